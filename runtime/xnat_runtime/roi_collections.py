"""ROI collections of imaging sessions: contours and segmentations, as the plugin of the OHIF viewer keeps them.

Paths, parameters and the type's fields are those that the viewer itself uses; see ``schemas/SOURCES.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias

import attrs

from .documents import read_item, read_table
from .errors import InvalidValueError, KeyNotFoundError, NotFoundError
from .paths import join
from .plugins import require_plugin

if TYPE_CHECKING:
    from .imaging import ImageSessionObject
    from .results import TransferResult
    from .session import BaseSession

XSI_TYPE: Final = "icr:roiCollectionData"
"""Data type of the assessors that ROI collections are."""
PLUGIN: Final = "ohifViewerPlugin"
"""ID of the plugin."""

RoiFormat: TypeAlias = Literal["RTSTRUCT", "SEG", "AIM", "MEAS", "NIFTI"]
"""Contours (DICOM RT structure set, AIM), segmentations (DICOM SEG, NIfTI), measurements of the viewer."""

_FORMATS: Final = ("RTSTRUCT", "SEG", "AIM", "MEAS", "NIFTI")
_BINARY: Final = {"Content-Type": "application/octet-stream"}


@attrs.frozen
class RoiFile:
    """A file of a ROI collection.

    Attributes:
        name: Its name.
        size: Bytes, None when the server does not say.
        resource: Label of the resource that it lies in, such as ``RTSTRUCT``.
        uri: Its path.
    """

    name: str
    size: int | None
    resource: str
    uri: str = attrs.field(repr=False)


@attrs.frozen
class RoiCollection:
    """A ROI collection as its session lists it.

    Attributes:
        id: ID of the assessor.
        label: Its label.
        date: When its contents were made, as the server writes it, "" for unknown.
        uri: Its path.
    """

    id: str
    label: str
    date: str = ""
    uri: str = attrs.field(kw_only=True, repr=False)
    _session: BaseSession = attrs.field(kw_only=True, alias="session", repr=False, eq=False)

    def details(self) -> RoiDetails:
        """Returns what the server knows of it: one request."""
        node = read_item(self._session.get_json(self.uri), self.uri)

        def text(name: str) -> str:
            return str(node.fields.get(name) or "")

        return RoiDetails(text("name"), text("collectionType"), text("UID"), text("subjectID"), node.fields)

    def files(self) -> list[RoiFile]:
        """Returns its files: one request."""
        uri = f"{self.uri}/files"
        rows = read_table(self._session.get_json(uri), uri)
        return [_file(row) for row in rows]

    def download(self, target: str | PathLike[str], *, overwrite: bool = False) -> TransferResult:
        """Writes its file to a path: two requests.

        Of several files that of the resource with the name of its format is taken, which is what the viewer reads.

        Args:
            target: Path of the file; its folder must exist.
            overwrite: Whether an existing file may be replaced.

        Raises:
            NotFoundError: It has no files.
            TargetExistsError: The file exists and `overwrite` is not set.
        """
        found = self.files()
        if not found:
            raise NotFoundError("GET", f"{self.uri}/files", 404, "the ROI collection has no files")
        chosen = next((one for one in found if one.resource in _FORMATS), found[0])
        return self._session.download(chosen.uri, target, overwrite=overwrite)

    def delete(self, *, remove_files: bool) -> None:
        """Deletes the collection: one request.

        Args:
            remove_files: Whether its files go too.
        """
        self._session.delete(self.uri, query={"removeFiles": "true" if remove_files else "false"})


@attrs.frozen
class RoiDetails:
    """What the server knows of a ROI collection.

    Attributes:
        name: Its name, which the viewer shows.
        format: Such as ``RTSTRUCT``.
        uid: UID of the DICOM object, or of the annotation.
        subject_id: ID of the subject.
        fields: All that the server says, as it came.
    """

    name: str
    format: str
    uid: str
    subject_id: str = attrs.field(repr=False)
    fields: Mapping[str, object] = attrs.field(repr=False)


class RoiCollections(Mapping[str, RoiCollection]):
    """The ROI collections of an imaging session by label, as a snapshot: one request at the first use.

    An ID is taken as a key, too.
    """

    __slots__ = ("_found", "_owner")

    def __init__(self, owner: ImageSessionObject) -> None:
        self._owner = owner
        self._found: dict[str, RoiCollection] | None = None

    def refresh(self) -> None:
        """Forgets the snapshot; the next use asks the server again."""
        self._found = None

    def upload(
        self,
        source: str | PathLike[str] | bytes | BinaryIO,
        label: str,
        format: RoiFormat,
        *,
        overwrite: bool = False,
        series_uid: str = "",
    ) -> RoiCollection:
        """Makes a ROI collection of a file and returns it: two requests. The file streams from disk.

        Args:
            source: The file, its bytes or a binary stream.
            label: Label of the new collection.
            format: What the file is.
            overwrite: Whether a collection of this label may be replaced.
            series_uid: UID of the series that it belongs to; NIfTI files do not say it themselves.

        Raises:
            InvalidValueError: The label is blank or the format is none; NIfTI came without a series.
            PluginMissingError: The server does not have the plugin of the viewer.
            ResponseError: The server refused: the file is none of this format, names images that the session does not
                have, or the label is taken.
        """
        _require(label, format, series_uid)
        project, identity = (str(self._owner.__xnat_value__(name) or "") for name in ("project", "ID"))
        uri = join("xapi", "roi", "projects", project, "sessions", identity, "collections", label)
        query = {"type": format, "overwrite": "true" if overwrite else "false"}
        if series_uid:
            query["seriesuid"] = series_uid
        session = self._owner.session
        with require_plugin(session, PLUGIN, "OHIF viewer"):
            if isinstance(source, (str, PathLike)):
                with Path(source).open("rb") as stream:
                    session.put(uri, data=stream, query=query, headers=_BINARY)
            else:
                session.put(uri, data=source, query=query, headers=_BINARY)
        self._found = None
        return self[label]

    def _load(self) -> dict[str, RoiCollection]:
        if self._found is None:
            uri = join("data", "experiments", str(self._owner.__xnat_value__("ID")), "assessors")
            rows = read_table(self._owner.session.get_json(uri), uri)
            found = [self._row(uri, row) for row in rows if row.get("xsiType") == XSI_TYPE]
            self._found = {one.label: one for one in found}
        return self._found

    def _row(self, above: str, row: Mapping[str, object]) -> RoiCollection:
        identity = str(row.get("ID") or "")
        uri = f"{above}{join(identity)}"
        date = str(row.get("date") or "")
        return RoiCollection(identity, str(row.get("label") or identity), date, uri=uri, session=self._owner.session)

    def __getitem__(self, key: str) -> RoiCollection:
        known = self._load()
        found = known.get(key) or next((one for one in known.values() if one.id == key), None)
        if found is None:
            msg = f"the session has no ROI collection {key!r}"
            raise KeyNotFoundError(msg)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def __repr__(self) -> str:
        return f"<RoiCollections of {self._owner!r}>"


def _require(label: str, format: str, series_uid: str) -> None:
    if not label.strip():
        msg = "a ROI collection needs a label"
        raise InvalidValueError(msg)
    if format not in _FORMATS:
        msg = f"the format of a ROI collection is one of {', '.join(_FORMATS)}"
        raise InvalidValueError(msg)
    if format == "NIFTI" and not series_uid:
        msg = "NIfTI does not say which series it belongs to: give series_uid="
        raise InvalidValueError(msg)


def _file(row: Mapping[str, object]) -> RoiFile:
    size = str(row.get("Size") or "")
    resource = str(row.get("collection") or "")
    uri = str(row.get("URI") or "")
    return RoiFile(str(row.get("Name") or ""), int(size) if size.isdecimal() else None, resource, uri)
