"""Filling a server from a test, without a client: projects, subjects and imaging sessions with DICOM files.

Everything goes through the rules of the archive, so that fields, catalogs and counts are what an import would leave.
Modules that need pydicom and numpy are imported when the first image is made.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from .dicom.library import load

if TYPE_CHECKING:
    from .demo.builder import Builder
    from .demo.builder import DicomFile as _Image
    from .demo.images import HeaderValue
    from .site import Site
    from .store.items import Item

_DATE = "20200101"
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class DicomFile:
    """One DICOM file that was made.

    Attributes:
        name: Name in its resource.
        data: Contents.
    """

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class _Made:
    """An object that is in the archive.

    Attributes:
        id: Its ID; accession id of subjects and sessions.
        label: Its label; the ID where it has none.
        uri: Path below the server, by labels, such as ``/data/projects/P/subjects/S``.
    """

    id: str
    label: str
    uri: str
    _source: _Source = field(repr=False, compare=False)
    _item: Item = field(repr=False, compare=False)

    def resource(self, label: str, files: Mapping[str, bytes], *, format: str = "", content: str = "") -> str:
        """Add a resource with files, name -> contents, and return its path below the server."""
        slot = "file" if self._item.kind == "scan" else "resources/resource"
        given = {"format": format, "content": content}
        values = {name: value for name, value in given.items() if value}
        with self._source.building() as builder:
            builder.filled(self._item, slot, label, values, files)
        return f"{self.uri}/resources/{quote(label, safe='')}"


@dataclass(frozen=True)
class BuiltScan(_Made):
    """A scan whose resource ``DICOM`` holds its files."""

    dicom: tuple[DicomFile, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class BuiltSession(_Made):
    """An imaging session with its scans."""

    scans: tuple[BuiltScan, ...] = ()


@dataclass(frozen=True)
class BuiltSubject(_Made):
    """A subject."""

    def mr_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add an MR session; see ``session``."""
        return self.session(label, "MR", scans, slices=slices, fields=fields)

    def ct_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add a CT session; see ``session``."""
        return self.session(label, "CT", scans, slices=slices, fields=fields)

    def pet_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add a PET session; see ``session``."""
        return self.session(label, "PT", scans, slices=slices, fields=fields)

    def session(
        self,
        label: str,
        modality: str,
        scans: int | Sequence[str] = 1,
        *,
        slices: int = 2,
        fields: Mapping[str, str] = _NOTHING,
    ) -> BuiltSession:
        """Add an imaging session.

        Args:
            label: Label of the session.
            modality: DICOM modality: ``MR``, ``CT`` or ``PT``.
            scans: How many scans, or their series descriptions; they are numbered from 1.
            slices: DICOM files of each scan.
            fields: Schema path below the type of the session -> value.

        Raises:
            ValueError: There is no such modality here.
        """
        series = _images(modality, label, scans, slices, {"PatientName": self.label, "PatientID": label})
        with self._source.building() as builder:
            headers = [image.header for images in series for image in images]
            item = builder.session(self._item, label, headers, fields)
            uri = f"{self.uri}/experiments/{quote(label, safe='')}"
            made = [(builder.scan(item, images, {}), images) for images in series]
        built = tuple(_scan(self._source, uri, scan, images) for scan, images in made)
        return BuiltSession(item.id, label, uri, self._source, item, built)


def _scan(source: _Source, session_uri: str, item: Item, images: Sequence[_Image]) -> BuiltScan:
    uri = f"{session_uri}/scans/{quote(item.id, safe='')}"
    return BuiltScan(item.id, item.id, uri, source, item, tuple(DicomFile(file.name, file.data) for file in images))


@dataclass(frozen=True)
class BuiltProject(_Made):
    """A project."""

    def subject(self, label: str, fields: Mapping[str, str] = _NOTHING) -> BuiltSubject:
        """Add a subject; ``fields`` maps schema paths below its type to values."""
        with self._source.building() as builder:
            item = builder.subject(self._item, label, fields)
        return BuiltSubject(item.id, label, f"{self.uri}/subjects/{quote(label, safe='')}", self._source, item)


class SiteBuilder:
    """Fills the archive of one server, as the administrator.

    Args:
        site: The server.
        login: Whose objects they become.
    """

    def __init__(self, site: Site, login: str) -> None:
        self._source = _Source(site, login)

    def project(self, identifier: str, fields: Mapping[str, str] = _NOTHING) -> BuiltProject:
        """Add a project, owned by the administrator; ``fields`` maps schema paths below its type to values."""
        with self._source.building() as builder:
            item = builder.project(identifier, fields)
        return BuiltProject(identifier, identifier, f"/data/projects/{quote(identifier, safe='')}", self._source, item)


@dataclass(frozen=True)
class _Source:
    """Where objects are put."""

    site: Site
    login: str

    @contextmanager
    def building(self) -> Generator[Builder]:
        """Give a builder; what it makes is one change."""
        load()
        from .demo.builder import Builder  # noqa: PLC0415 - brings numpy and pydicom

        with self.site.archive.transaction():
            yield Builder(self.site.archive, self.login)


# --- DICOM files that are in no archive ---


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
        ValueError: There is no such modality here.
    """
    project_part = f"Project:{project} " if project else ""
    person = {"PatientName": subject, "PatientID": session}
    routing = {"PatientComments": f"{project_part}Subject:{subject} Session:{session}"}
    series = _images(modality, session, scans, slices, {**person, **routing, **(header or {})})
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
    """Return a zip of ``dicom_files``, as clients upload it."""
    files = dicom_files(
        modality, project=project, subject=subject, session=session, scans=scans, slices=slices, header=header
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            archive.writestr(f"{session}/{file.name}", file.data)
    return target.getvalue()


def _images(
    modality: str, label: str, scans: int | Sequence[str], slices: int, header: Mapping[str, HeaderValue]
) -> list[list[_Image]]:
    """Return the images of each scan."""
    load()
    from .demo import builder, images  # noqa: PLC0415 - brings numpy and pydicom

    if modality not in images.SOP_CLASSES:
        raise ValueError(f"No images of modality {modality!r} are made: take one of {', '.join(images.SOP_CLASSES)}")
    names = [f"series {number}" for number in range(1, scans + 1)] if isinstance(scans, int) else scans
    common = {"StudyDate": _DATE, "SeriesDate": _DATE, "StudyTime": "120000", "SliceThickness": 1.0, **header}
    study = images.Study(label, modality, common)
    series = [images.Series(number, name, slices, 16) for number, name in enumerate(names, 1)]
    return [[builder.from_dataset(image) for image in images.make_series(study, one)] for one in series]
