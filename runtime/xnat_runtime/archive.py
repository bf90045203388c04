"""Runtime bases of the data types that have a REST path: what a project, subject, experiment, scan or resource does."""

from __future__ import annotations

import abc
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from .documents import ItemNode
from .edits import ChangeSet, creation_body
from .errors import InvalidValueError, ReadOnlyFieldError, UnexpectedAnswerError, UsageError
from .locate import parent_uri, resource_row
from .objects import XnatObject
from .paths import child, encode_path, segment
from .transport import JsonValue, Request

if TYPE_CHECKING:
    import pydicom

    from .files import FileData
    from .listings import Listing
    from .progress import Progress
    from .results import DirectoryResult, TransferResult
    from .session import BaseSession


class ArchiveObject(XnatObject):
    """An item of the archive below a project: it is created below its parent and can hold resources."""

    def create_resource(self, label: str, *, format: str | None = None, content: str | None = None) -> ResourceObject:
        """Creates an empty resource (a folder of files) on this item.

        Args:
            label: Its label, which must be new on this item.
            format: Format of its files, such as ``NIFTI``.
            content: What its files are, such as ``SEGMENTATION``.

        Raises:
            ConflictError: The label exists.
        """
        catalog = self.session.registry.load("xnat:resourceCatalog")
        if catalog is None or not issubclass(catalog, ResourceObject):
            msg = "this package was generated without xnat:resourceCatalog"
            raise UsageError(msg)
        values = {"label": label, "format": format, "content": content}
        made = catalog.__xnat_from_server__(self.session, "", {k: v for k, v in values.items() if v is not None}, self)
        made.__xnat_create__(self)
        return made

    def __xnat_require__(self, *paths: str) -> None:
        """Checks that a new item has what its address needs."""
        for path in paths:
            if not self.__xnat_row__.get(path):
                msg = f"{type(self).__name__}(...) needs {path.lower()}= to be created"
                raise InvalidValueError(msg)

    def __xnat_post__(self, session: BaseSession, collection: str, values: dict[str, object]) -> str:
        """Creates the item with POST, which refuses a label that exists (rest-data 7.2); returns the new ID.

        Raises:
            ConflictError: The ID or label exists.
        """
        self.__xnat_session__ = session
        try:
            body = creation_body(self)
            answer = session.post(collection, data=body, headers={"Content-Type": "text/xml"}).text.strip()
        except BaseException:
            self.__xnat_session__ = None
            raise
        identity = answer.rpartition("/")[2]
        if not identity:
            msg = "the server created the item but did not name it"
            raise UnexpectedAnswerError(msg, method="POST", url=collection)
        self.__xnat_row__.update(values)
        return identity

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        return self.session.create_object(above) if above else super().__xnat_find_parent__()


class ProjectObject(ArchiveObject):
    """Behaviour of ``xnat:projectData``."""

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("ID")
        session = cast("BaseSession", parent)
        identity = self.__xnat_post__(session, "/data/projects", {})
        self.__xnat_uri__ = child("/data/projects", identity)

    def __xnat_find_parent__(self) -> object:
        return self.session


class LabelledObject(ArchiveObject):
    """What subjects and experiments share: they have a label, belong to one project and can be shared into others."""

    def rename(self, label: str) -> None:
        """Gives the item another label; files move along. Servers before 1.8.11 anonymise again (rest-data 7.4).

        Raises:
            ConflictError: The label is taken.
        """
        self.__xnat_commit__(ChangeSet({"label": label}))
        self.__xnat_row__["label"] = label

    def delete(self, *, remove_files: bool) -> None:
        """Deletes the item; refused when it is seen through a project that only shares it. Two requests.

        Args:
            remove_files: Whether the files go too (``removeFiles``, rest-data 8).

        Raises:
            UsageError: The item belongs to another project.
            NotFoundError: There is no such item.
            PermissionDeniedError: The server refuses.
        """
        seen, owner = self.__xnat_seen_project__(), str(self.__xnat_load__().fields.get("project", ""))
        if seen and owner and seen != owner:
            msg = (
                f"{type(self).__name__} {self.uri} belongs to project {owner} and is only shared into {seen}: deleting "
                f"it would remove it from {owner}. Open it through {owner} to delete it."
            )
            raise UsageError(msg)
        super().delete(remove_files=remove_files)

    def __xnat_seen_project__(self) -> str:
        """Returns the ID of the project that the item was reached through, "" when there was none."""
        owner = self.__xnat_listing__.owner if self.__xnat_listing__ is not None else None
        for uri in (owner.uri if owner is not None else "", self.uri):
            if uri.startswith("/data/projects/"):
                from urllib.parse import unquote  # noqa: PLC0415  # only deletes need it

                return unquote(uri.split("/")[3])
        return ""


class SubjectObject(LabelledObject):
    """Behaviour of ``xnat:subjectData``."""

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        project = cast("XnatObject", parent)
        collection = f"{project.uri}/subjects"
        values = {"project": project.__xnat_value__("ID")}
        self.__xnat_row__["ID"] = identity = self.__xnat_post__(project.session, collection, values)
        self.__xnat_uri__ = child(collection, identity)


class ExperimentObject(LabelledObject):
    """Behaviour of ``xnat:experimentData`` and all that extends it."""

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        subject = cast("XnatObject", parent)
        values = {"project": subject.__xnat_value__("project"), "subject_ID": subject.__xnat_value__("ID")}
        identity = self.__xnat_post__(subject.session, f"{subject.uri}/experiments", values)
        self.__xnat_row__["ID"] = identity
        self.__xnat_uri__ = child("/data/experiments", identity)

    def __xnat_write_uri__(self) -> str:
        """Writes name the project, since ``/data/experiments/ID`` does not merge typed values (rest-data 7.3)."""
        if self.uri.startswith("/data/projects/"):
            return self.uri
        project, identity = (str(self.__xnat_value__(path) or "") for path in ("project", "ID"))
        return f"/data/projects/{segment(project)}/experiments/{segment(identity)}"

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        if not above.endswith("/experiments") and "/subjects/" in above:
            return self.session.create_object(above)
        project, subject = (str(self.__xnat_value__(path) or "") for path in ("project", "subject_ID"))
        return self.session.create_object(f"/data/projects/{segment(project)}/subjects/{segment(subject)}")


class ImageSessionObject(ExperimentObject):
    """Behaviour of ``xnat:imageSessionData`` and all that extends it."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> TransferResult:
        """Writes the files of all scans to one zip file, in XNAT's layout (rest-data 10.6).

        Args:
            target: Path of the zip file to write.
            overwrite: Whether an existing file may be replaced.
            progress: Called with the bytes so far and the total, which is not known here.

        Raises:
            NotFoundError: The scans hold no files.
            TransferError: The archive did not arrive whole; nothing is left at the target.
        """
        return _download_zip(self, "/scans/ALL/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the files of all scans below a folder, as ``<label>/scans/<id>-<type>/resources/...``.

        Raises:
            NotFoundError: The scans hold no files.
            UnsafeNameError: A name of the archive would leave the folder.
            TransferError: The archive did not arrive whole.
        """
        return _download_dir(self, "/scans/ALL/files", target, overwrite, progress)


class AssessorObject(ExperimentObject):
    """Behaviour of ``xnat:imageAssessorData`` and all that extends it."""

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        owner = cast("XnatObject", parent)
        values = {"project": owner.__xnat_value__("project"), "imageSession_ID": owner.__xnat_value__("ID")}
        identity = self.__xnat_post__(owner.session, f"{owner.uri}/assessors", values)
        self.__xnat_row__["ID"] = identity
        self.__xnat_uri__ = child(f"{owner.uri}/assessors", identity)

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        if "/assessors/" in self.uri and above:
            return self.session.create_object(above)
        session_id = str(self.__xnat_value__("imageSession_ID") or self.__xnat_value__("session_ID") or "")
        return self.session.create_object(child("/data/experiments", session_id))


class ScanObject(ArchiveObject):
    """Behaviour of ``xnat:imageScanData`` and all that extends it."""

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the scan's resources."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> TransferResult:
        """Writes the scan's files to a zip file; see `ImageSessionObject.download`."""
        return _download_zip(self, "/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the scan's files below a folder; see `ImageSessionObject.download_dir`."""
        return _download_dir(self, "/files", target, overwrite, progress)

    def read_dicom(self, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the data set of the scan's first DICOM file: one request for the list, one for the file.

        The transfer stops before the pixels unless they are wanted.

        Raises:
            UsageError: The scan has no file in a resource named or formatted DICOM.
            DecodeError: The file is no DICOM file.
        """
        for file in self.files:
            if "DICOM" in {file.collection, file.file_format}:
                return file.read_dicom(read_pixel_data=read_pixel_data)
        msg = f"{self.uri} has no file in a resource DICOM"
        raise UsageError(msg)

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("ID")
        owner = cast("XnatObject", parent)
        identity = self.__xnat_post__(owner.session, f"{owner.uri}/scans", {})
        self.__xnat_uri__ = child(f"{owner.uri}/scans", identity)


class ReconstructionObject(ArchiveObject):
    """Behaviour of ``xnat:reconstructedImageData``."""

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("ID")
        owner = cast("XnatObject", parent)
        identity = self.__xnat_post__(owner.session, f"{owner.uri}/reconstructions", {})
        self.__xnat_uri__ = child(f"{owner.uri}/reconstructions", identity)


class ResourceObject(ArchiveObject):
    """Behaviour of ``xnat:abstractResource`` and all that extends it: a folder of files."""

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the resource."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> TransferResult:
        """Writes the resource's files to a zip file; see `ImageSessionObject.download`."""
        return _download_zip(self, "/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the resource's files below a folder; see `ImageSessionObject.download_dir`."""
        return _download_dir(self, "/files", target, overwrite, progress)

    def upload(
        self,
        source: str | Path,
        remote_path: str | None = None,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> TransferResult:
        """Uploads a file.

        Args:
            source: The file.
            remote_path: Path below the resource; the file's name by default.
            overwrite: Whether a file of that path may be replaced.
            progress: Called with the bytes so far and the total.

        Raises:
            ConflictError: The path exists and ``overwrite`` is not set.
            FileNotFoundError: There is no such file here.
        """
        from .uploads import upload_path  # noqa: PLC0415  # transfers are imported when they happen

        path = Path(source)
        uri = self.__xnat_file_uri__(remote_path or path.name)
        return upload_path(self.session.send, uri, path, overwrite=overwrite, progress=progress)

    def upload_data(
        self,
        data: bytes | str | BinaryIO,
        remote_path: str,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> TransferResult:
        """Uploads bytes, a text (as UTF-8) or a binary stream as one file; see `upload`."""
        from .uploads import upload_bytes, upload_stream  # noqa: PLC0415  # as in upload()

        uri, send = self.__xnat_file_uri__(remote_path), self.session.send
        if isinstance(data, (bytes, str)):
            content = data.encode() if isinstance(data, str) else data
            return upload_bytes(send, uri, content, overwrite=overwrite, progress=progress)
        return upload_stream(send, uri, data, overwrite=overwrite, progress=progress)

    def __xnat_file_uri__(self, path: str) -> str:
        return f"{self.uri}/files/{encode_path(path.strip('/'))}"

    def __xnat_load__(self) -> ItemNode:
        row = resource_row(self.session, self.uri)
        return ItemNode({"data_fields": cast("JsonValue", row)})

    def __xnat_create__(self, parent: object) -> None:
        """PUT, since a POST on the collection does not check the label (rest-data 7.2)."""
        self.__xnat_require__("label")
        owner = cast("XnatObject", parent)
        row = self.__xnat_row__
        label = str(row["label"])
        query = {name: str(row[name]) for name in ("format", "content", "description") if row.get(name)}
        uri = child(f"{owner.uri}/resources", label)
        owner.session.put(uri, query=query)
        self.__xnat_session__ = owner.session
        self.__xnat_uri__ = uri

    def __xnat_commit__(self, changes: ChangeSet) -> None:
        msg = f"{type(self).__name__} is described when it is created; XNAT has no call that edits it afterwards"
        raise ReadOnlyFieldError(msg)


def _download_zip(
    item: XnatObject, path: str, target: str | Path, overwrite: bool, progress: Progress | None
) -> TransferResult:
    from .archives import download_zip  # noqa: PLC0415  # transfers are imported when they happen

    return download_zip(
        item.session.send, _zip_request(item, path), Path(target), overwrite=overwrite, progress=progress
    )


def _download_dir(
    item: XnatObject, path: str, target: str | Path, overwrite: bool, progress: Progress | None
) -> DirectoryResult:
    from .archives import download_dir  # noqa: PLC0415  # as in _download_zip()

    return download_dir(
        item.session.send, _zip_request(item, path), Path(target), overwrite=overwrite, progress=progress
    )


def _zip_request(item: XnatObject, path: str) -> Request:
    return Request("GET", item.uri + path, (("format", "zip"),))
