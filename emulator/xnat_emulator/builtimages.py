"""DICOM files that a test makes, for a session of an archive or for an import service.

Modules that need pydicom and numpy are imported when the first image is made.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import checks
from .dicom.library import load

if TYPE_CHECKING:
    from .demo.builder import DicomFile as MadeImage
    from .demo.images import HeaderValue

_DATE = "20200101"


@dataclass(frozen=True)
class DicomFile:
    """One DICOM file that was made.

    Attributes:
        name: Name in its resource.
        data: Contents.
    """

    name: str
    data: bytes = field(repr=False)


def dicom_files(
    modality: str = "MR",
    *,
    project: str = "",
    subject: str = "S1",
    session: str = "E1",
    scans: int | Sequence[str] = 1,
    slices: int = 2,
    header: Mapping[str, HeaderValue] | None = None,
) -> list[DicomFile]:
    """Return the DICOM files of a session that an import service can route.

    Args:
        modality: DICOM modality: ``MR``, ``CT`` or ``PT``.
        project: Project that the headers name, empty for none.
        subject: Label that the headers name.
        session: Label that the headers name.
        scans: How many series, or their descriptions.
        slices: Files of each series.
        header: Further attributes of every file, keyword -> value.

    Raises:
        ValueError: There is no such modality here, a number is out of range, or a keyword is none of DICOM.
    """
    project_part = f"Project:{project} " if project else ""
    person = {"PatientName": subject, "PatientID": session}
    routing = {"PatientComments": f"{project_part}Subject:{subject} Session:{session}"}
    series = make_images(modality, session, scans, slices, {**person, **routing, **(header or {})})
    return [DicomFile(image.name, image.data) for images in series for image in images]


def dicom_zip(
    modality: str = "MR",
    *,
    project: str = "",
    subject: str = "S1",
    session: str = "E1",
    scans: int | Sequence[str] = 1,
    slices: int = 2,
    header: Mapping[str, HeaderValue] | None = None,
) -> bytes:
    """Return a zip of the files that ``dicom_files`` makes of the same arguments, as clients upload it.

    Raises:
        ValueError: As for ``dicom_files``.
    """
    files = dicom_files(
        modality, project=project, subject=subject, session=session, scans=scans, slices=slices, header=header
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            archive.writestr(f"{session}/{file.name}", file.data)
    return target.getvalue()


def _check_series(scans: object, slices: object) -> None:
    if isinstance(scans, str):
        raise TypeError(f"scans is a number or a list of series descriptions, such as [{scans!r}], not a text")
    if isinstance(scans, int):
        checks.whole("scans", scans)
    checks.whole("slices", slices, 1)


def _check_keywords(header: Mapping[str, HeaderValue]) -> None:
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - only images need it

    for keyword in header:
        if tag_for_keyword(keyword) is None:
            raise ValueError(f"{keyword!r} is no keyword of DICOM, such as 'StationName'")


def make_images(
    modality: str, label: str, scans: int | Sequence[str], slices: int, header: Mapping[str, HeaderValue]
) -> list[list[MadeImage]]:
    """Return the images of each scan of a session.

    Raises:
        TypeError: ``scans`` is a text, or a number is none.
        ValueError: There is no such modality here, a number is out of range, or a keyword is none of DICOM.
    """
    _check_series(scans, slices)
    load()
    from .demo import builder, images  # noqa: PLC0415 - brings numpy and pydicom

    if modality not in images.SOP_CLASSES:
        raise ValueError(f"No images of modality {modality!r} are made: take one of {', '.join(images.SOP_CLASSES)}")
    names = [f"series {number}" for number in range(1, scans + 1)] if isinstance(scans, int) else scans
    _check_keywords(header)
    common = {"StudyDate": _DATE, "SeriesDate": _DATE, "StudyTime": "120000", "SliceThickness": 1.0, **header}
    study = images.Study(label, modality, common)
    series = [images.Series(number, name, slices, 16) for number, name in enumerate(names, 1)]
    return [[builder.from_dataset(image) for image in images.make_series(study, one)] for one in series]
