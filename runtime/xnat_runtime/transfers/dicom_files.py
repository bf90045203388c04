"""The DICOM files of a folder by study and series, as an importer will tell them apart (dicom-import 30, 57)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import attrs

from ..errors import DecodeError
from .report import FailedFile, OmittedFile
from .upload_plan import LocalFile

if TYPE_CHECKING:
    import pydicom

_TAGS: Final = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber")
_DICOMDIR: Final = "1.2.840.10008.1.3.10"
_PREAMBLE: Final = 128
_MARK: Final = b"DICM"


@attrs.frozen
class Identity:
    """What the header of a DICOM file says of where it belongs; "" for what it does not say.

    Attributes:
        study: Study Instance UID.
        series: Series Instance UID.
        number: Series Number.
        instance: SOP Instance UID.
        sop_class: SOP Class UID.
    """

    study: str
    series: str
    number: str
    instance: str
    sop_class: str


@attrs.frozen
class Instance:
    """One object on its way to the importer.

    Attributes:
        file: The file.
        study: Study Instance UID.
        series: Series Instance UID.
        number: Series Number, "" for none.
        uid: SOP Instance UID.
    """

    file: LocalFile
    study: str
    series: str
    number: str
    uid: str

    @property
    def name(self) -> str:
        """Path below the folder."""
        return self.file.name


@attrs.frozen(eq=False)
class Series:
    """The objects of one series of a study.

    Attributes:
        study: Study Instance UID.
        uid: Series Instance UID.
        number: Series Number, "" for none.
        instances: Its objects.
    """

    study: str
    uid: str
    number: str
    instances: tuple[Instance, ...]


@attrs.frozen
class FoundDicom:
    """What a folder holds.

    Attributes:
        series: The series, each with its objects, in the order of their first file's name.
        omitted: Files that are no images: no DICOM, a DICOMDIR, or the same object once more.
        failed: DICOM files that no importer takes, and objects that clash with another one of the folder.
    """

    series: tuple[Series, ...]
    omitted: tuple[OmittedFile, ...]
    failed: tuple[FailedFile, ...]


Reader: TypeAlias = Callable[[LocalFile], Identity | None]
"""Returns what the header of a file says, None when it is no DICOM file."""


def read_identity(file: LocalFile) -> Identity | None:
    """Return what the header of a file says; pixels are not read.

    Raises:
        OSError: The file cannot be read.
    """
    # pydicom is imported only when DICOM is read; it leaves the kind of its path argument open.
    from pydicom import dcmread  # noqa: PLC0415 # pyright: ignore[reportUnknownVariableType]

    with Path(file.path).open("rb") as stream:
        if stream.read(_PREAMBLE + len(_MARK))[_PREAMBLE:] != _MARK:
            return None
        stream.seek(0)
        try:
            header = dcmread(stream, stop_before_pixels=True, specific_tags=list(_TAGS))
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - pydicom raises whatever damaged bytes lead to
            return Identity("", "", "", "", "")
    return _identity(header)


def _identity(header: pydicom.Dataset) -> Identity:
    # cast: pydicom types values as Any.
    said = {tag: str(cast("object", header.get(tag)) or "").strip() for tag in _TAGS}
    kind = str(cast("object", header.file_meta.get("MediaStorageSOPClassUID")) or "") if header.file_meta else ""
    number = said["SeriesNumber"] if header.get("SeriesNumber") is not None else ""
    return Identity(
        said["StudyInstanceUID"],
        said["SeriesInstanceUID"],
        number,
        said["SOPInstanceUID"],
        said["SOPClassUID"] or (_DICOMDIR if kind == _DICOMDIR else ""),
    )


def find_series(files: Iterable[LocalFile], read: Reader = read_identity) -> FoundDicom:
    """Return the series of some files; each header is read once.

    Args:
        files: The files.
        read: Reads a header.
    """
    search = _Search()
    for file in files:
        search.take(file, read)
    return FoundDicom(
        tuple(Series(study, uid, number, tuple(found)) for (study, uid, number), found in search.series.items()),
        tuple(search.omitted),
        tuple(search.failed),
    )


class _Search:
    """What was found so far."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str, str], list[Instance]] = {}
        self.omitted: list[OmittedFile] = []
        self.failed: list[FailedFile] = []
        self._known: dict[tuple[str, str], LocalFile] = {}

    def take(self, file: LocalFile, read: Reader) -> None:
        try:
            said = read(file)
        except OSError as error:
            self.failed.append(FailedFile(file.name, f"it cannot be read: {error.strerror or error}", error))
            return
        if said is None:
            self.omitted.append(OmittedFile(file.name, "is no DICOM file"))
        elif said.sop_class == _DICOMDIR:
            self.omitted.append(OmittedFile(file.name, "is a DICOMDIR, which importers do not take"))
        elif not (said.study and said.instance and said.sop_class):
            self._fail(file, "it is damaged, or has no Study, SOP Class or SOP Instance UID")
        elif (twin := self._known.setdefault((said.study, said.instance), file)) is not file:
            self._again(file, twin)
        else:
            found = Instance(file, said.study, said.series, said.number, said.instance)
            self.series.setdefault((said.study, said.series, said.number), []).append(found)

    def _again(self, file: LocalFile, twin: LocalFile) -> None:
        """A scan with one object twice cannot be archived (dicom-import 82)."""
        if file.size == twin.size and _digest(file) == _digest(twin):
            self.omitted.append(OmittedFile(file.name, f"is the same file as {twin.name}"))
        else:
            self._fail(file, f"it has the SOP Instance UID of {twin.name} and other bytes")

    def _fail(self, file: LocalFile, reason: str) -> None:
        self.failed.append(FailedFile(file.name, reason, DecodeError(f"{file.name} was not sent: {reason}.")))


def _digest(file: LocalFile) -> bytes:
    with Path(file.path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
