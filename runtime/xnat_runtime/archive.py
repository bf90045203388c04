"""Runtime bases of the data types that have a REST path: what a project, subject, experiment, scan or resource does."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast
from urllib.parse import unquote

from .archive_item import ArchiveObject
from .bundles import unpacked, zip_of
from .custom_variables import VariablesObject
from .documents import ItemNode
from .edits import ChangeSet
from .errors import InvalidValueError, ReadOnlyFieldError, UsageError
from .folder_resource import FolderObject
from .locate import parent_uri, resource_row
from .objects import XnatObject
from .paths import child, encode_path, join, segment
from .sharing import SharableObject
from .status import StatusObject
from .transport import JsonValue
from .trees import SessionTree
from .users import SharedWithUsers

if TYPE_CHECKING:
    import pydicom

    from .collections import Collection
    from .dump import DicomDumpRow
    from .fields import Key
    from .files import FileData
    from .listings import Listing
    from .progress import Progress
    from .results import DirectoryResult, TransferResult

Listed = TypeVar("Listed", bound=XnatObject)


class ProjectObject(SharedWithUsers, SessionTree, VariablesObject):
    """Behaviour of ``xnat:projectData``."""

    def __xnat_create__(self, parent: object) -> None:
        from .session import BaseSession  # noqa: PLC0415  # models are read without a connection

        self.__xnat_require__("ID")
        if not isinstance(parent, BaseSession):
            msg = f"{type(self).__name__}(parent=...) takes the connection, not {type(parent).__name__}"
            raise InvalidValueError(msg)
        self.__xnat_post__(parent, "/data/projects", {})
        self.__xnat_uri__ = child("/data/projects", str(self.__xnat_row__["ID"]))

    def __xnat_find_parent__(self) -> object:
        return self.session

    def __xnat_variables_project__(self) -> str:
        return str(self.__xnat_value__("ID"))

    def _listing(self, collection: Collection[Listed]) -> Listing[Listed]:
        from .project_tables import listing_of  # noqa: PLC0415  # listings import objects

        return listing_of(self, collection)


class LabelledObject(SharableObject, VariablesObject):
    """What subjects and experiments share: they have a label, belong to one project and can be shared into others."""

    if TYPE_CHECKING:
        # Generated classes declare it with its checks.
        label: Key[str]

    def rename(self, label: str) -> None:
        """Gives the item another label; files move along. Servers before 1.8.11 anonymise again (rest-data 7.4).

        Raises:
            ConflictError: The label is taken.
        """
        self.label = label

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
                return unquote(uri.split("/")[3])
        return ""


class SubjectObject(SessionTree, LabelledObject):
    """Behaviour of ``xnat:subjectData``."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ProjectObject

    def __xnat_base__(self) -> str:
        """Names the project: ``/data/subjects/S`` has no experiments below it."""
        if not self.uri.startswith("/data/subjects/"):
            return self.uri
        return join("data", "projects", str(self.__xnat_value__("project")), "subjects", str(self.__xnat_value__("ID")))

    def __xnat_write_uri__(self) -> str:
        return self.__xnat_base__()

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        project = self.__xnat_owner_in__(parent)
        collection = f"{project.uri}/subjects"
        values = {"project": project.__xnat_value__("ID")}
        self.__xnat_row__["ID"] = identity = self.__xnat_post__(project.session, collection, values)
        self.__xnat_uri__ = child(collection, identity)


class ExperimentObject(StatusObject, LabelledObject):
    """Behaviour of ``xnat:experimentData`` and all that extends it."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return SubjectObject

    def __xnat_base__(self) -> str:
        """Names no project: ``/data/projects/P/experiments/E`` has no scans, assessors or files (rest-data 1.3)."""
        is_short = self.uri.startswith("/data/projects/") and self.uri.split("/")[4:5] == ["experiments"]
        return child("/data/experiments", str(self.__xnat_value__("ID"))) if is_short else self.uri

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        subject = self.__xnat_owner_in__(parent)
        # Of a subject that is seen through a project that shares it: the new item belongs to that project.
        seen = subject.__xnat_seen_project__() if isinstance(subject, LabelledObject) else ""
        project = seen or subject.__xnat_value__("project")
        values = {"project": project, "subject_ID": subject.__xnat_value__("ID")}
        identity = self.__xnat_post__(subject.session, f"{subject.__xnat_base__()}/experiments", values)
        self.__xnat_row__["ID"] = identity
        self.__xnat_uri__ = child("/data/experiments", identity)

    def __xnat_write_uri__(self) -> str:
        """Writes name the project, since ``/data/experiments/ID`` does not merge typed values (rest-data 7.3)."""
        # Below .../assessors/ an item cannot be renamed (rest-data 7.3).
        if self.uri.startswith("/data/projects/") and "/assessors/" not in self.uri:
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
        return zip_of(self, "/scans/ALL/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the files of all scans below a folder, as ``<label>/scans/<id>-<type>/resources/...``.

        Raises:
            NotFoundError: The scans hold no files.
            UnsafeNameError: A name of the archive would leave the folder.
            TransferError: The archive did not arrive whole.
        """
        return unpacked(self, "/scans/ALL/files", target, overwrite, progress)


class AssessorObject(ExperimentObject):
    """Behaviour of ``xnat:imageAssessorData`` and all that extends it."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    def __xnat_base__(self) -> str:
        """Names the imaging session: only there has an assessor resources ``in`` and ``out``."""
        if "/assessors/" in self.uri:
            return self.uri
        return join("data", "experiments", self.__xnat_session_id__(), "assessors", str(self.__xnat_value__("ID")))

    def __xnat_session_id__(self) -> str:
        return str(self.__xnat_value__("imageSession_ID") or self.__xnat_value__("session_ID") or "")

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        owner = self.__xnat_owner_in__(parent)
        collection = f"{owner.__xnat_base__()}/assessors"
        values = {"project": owner.__xnat_value__("project"), "imageSession_ID": owner.__xnat_value__("ID")}
        self.__xnat_row__["ID"] = identity = self.__xnat_post__(owner.session, collection, values)
        self.__xnat_uri__ = child(collection, identity)

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        if "/assessors/" in self.uri and above:
            return self.session.create_object(above)
        return self.session.create_object(child("/data/experiments", self.__xnat_session_id__()))


class ScanObject(SharableObject):
    """Behaviour of ``xnat:imageScanData`` and all that extends it."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the scan's resources."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> TransferResult:
        """Writes the scan's files to a zip file; see `ImageSessionObject.download`."""
        return zip_of(self, "/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the scan's files below a folder; see `ImageSessionObject.download_dir`."""
        return unpacked(self, "/files", target, overwrite, progress)

    def read_dicom(self, file: FileData | None = None, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the data set of a file, by default of the scan's first: one request for it, and one for the list.

        The transfer stops before the pixels unless they are wanted.

        Raises:
            UsageError: The scan has no file in a resource named or formatted DICOM.
            DecodeError: The file is no DICOM file.
        """
        from .scan_dicom import first_of  # noqa: PLC0415  # as in zip_of()

        return (file or first_of(self)).read_dicom(read_pixel_data=read_pixel_data)

    def iter_dicom(self, *, read_pixel_data: bool = False) -> Iterator[pydicom.Dataset]:
        """Yields the data sets of the scan's DICOM files, one at a time; see `read_dicom`."""
        from .scan_dicom import files_of  # noqa: PLC0415  # as above

        return (file.read_dicom(read_pixel_data=read_pixel_data) for file in files_of(self))

    def dicom_dump(self, fields: Iterable[str] | None = None) -> list[DicomDumpRow]:
        """Returns the header of one of the scan's files as the server reads it; see `xnat_runtime.dump.dicom_dump`."""
        from .dump import dicom_dump  # noqa: PLC0415  # as above

        return dicom_dump(self.session, self.uri, fields)

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_create_below__(parent, "scans")


class ReconstructionObject(ArchiveObject):
    """Behaviour of ``xnat:reconstructedImageData``."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_create_below__(parent, "reconstructions")


class ResourceObject(FolderObject):
    """Behaviour of ``xnat:abstractResource`` and all that extends it: a folder of files."""

    if TYPE_CHECKING:
        # As in LabelledObject: create_resource() returns this class.
        label: Key[str]

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the resource."""

    def download(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> TransferResult:
        """Writes the resource's files to a zip file; see `ImageSessionObject.download`."""
        return zip_of(self, "/files", target, overwrite, progress)

    def download_dir(
        self, target: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> DirectoryResult:
        """Writes the resource's files below a folder; see `ImageSessionObject.download_dir`."""
        return unpacked(self, "/files", target, overwrite, progress)

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
        if not path.strip("/ "):
            msg = "an upload needs the path that the file shall have in the resource, such as reports/a.pdf"
            raise InvalidValueError(msg)
        return f"{self.uri}/files/{encode_path(path.strip('/'))}"

    def __xnat_load__(self) -> ItemNode:
        row = resource_row(self.session, self.uri)
        return ItemNode({"data_fields": cast("JsonValue", row)})

    def __xnat_create__(self, parent: object) -> None:
        """PUT, since a POST on the collection does not check the label (rest-data 7.2)."""
        self.__xnat_require__("label")
        owner = self.__xnat_owner_in__(parent)
        row = self.__xnat_row__
        label = str(row["label"])
        if set(label) & set("/\\'"):
            msg = f"a resource's label cannot hold / \\ or ' (rest-data 10.1): {label!r}"
            raise InvalidValueError(msg)
        query = {name: str(row[name]) for name in ("format", "content", "description") if row.get(name)}
        uri = child(f"{owner.__xnat_base__()}/resources", label)
        owner.session.put(uri, query=query)
        self.__xnat_session__ = owner.session
        self.__xnat_uri__ = uri

    def __xnat_commit__(self, changes: ChangeSet) -> None:
        msg = f"{type(self).__name__} is described when it is created; XNAT has no call that edits it afterwards"
        raise ReadOnlyFieldError(msg)
