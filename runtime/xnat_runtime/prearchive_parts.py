"""What a received session holds: scans, resources and files (rest-data 12.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Generic, TypeVar, overload

from .documents import read_table
from .errors import AmbiguousKeyError, KeyNotFoundError, UsageError
from .paths import child, encode_path
from .transfers.retry import RetryPolicy
from .transport import Request

if TYPE_CHECKING:
    import pydicom

    from .dump import DicomDumpRow
    from .remote_file import RemoteFile
    from .results import DirectoryResult, TransferResult
    from .session import BaseSession
    from .transfers.events import Observer

P_co = TypeVar("P_co", bound="PrearchivePart", covariant=True)

Row = dict[str, object]


class PrearchivePart:
    """A scan, resource or file of a received session.

    Attributes:
        uri: Its path on the server, percent-encoded.
        data: The row that the server sent, by column.
    """

    def __init__(self, session: BaseSession, uri: str, data: Row) -> None:
        self._session = session
        self.uri = uri
        self.data = data

    @property
    def key(self) -> str:
        """What it is called among its like."""
        return self.uri.rpartition("/")[2]

    def _text(self, column: str) -> str:
        value = self.data.get(column)
        return "" if value is None else str(value)

    def _number(self, column: str) -> int:
        text = self._text(column)
        return int(text) if text.isdecimal() else 0

    def _rows(self, path: str) -> list[Row]:
        return read_table(self._session.get_json(path), path)

    def _delete(self, beside: str, *columns: str) -> None:
        """Deletes the part, which is known among those at a path by some columns."""
        from .transfers.lost_actions import deleted_part  # noqa: PLC0415 - few programs delete parts

        def is_there() -> bool:
            return any(all(row.get(name) == self.data.get(name) for name in columns) for row in self._rows(beside))

        deleted_part(lambda: self._session.delete(self.uri), is_there)

    def _zip(self, target: str | PathLike[str], overwrite: bool, progress: Observer | None) -> TransferResult:
        from .bundles import zip_at  # noqa: PLC0415 - transfers are imported when they happen

        return zip_at(self._session, self.uri, Path(target), overwrite, progress)

    def _unpacked(self, target: str | PathLike[str], overwrite: bool, progress: Observer | None) -> DirectoryResult:
        from .archives import download_dir  # noqa: PLC0415 - as above

        request = Request("GET", self.uri, (("format", "zip"),))
        return download_dir(self._session.send, request, Path(target), overwrite=overwrite, progress=progress)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PrearchivePart):
            return NotImplemented
        return self._session is other._session and self.uri == other.uri

    def __hash__(self) -> int:
        return hash((id(self._session), self.uri))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}>"


class Parts(Sequence[P_co], Generic[P_co]):
    """Scans, resources or files in the server's order; ``parts["4"]`` takes an ID, label or name."""

    def __init__(self, parts: Iterable[P_co], where: str) -> None:
        self._parts = tuple(parts)
        self._where = where

    @overload
    def __getitem__(self, key: str | int) -> P_co: ...
    @overload
    def __getitem__(self, key: slice) -> list[P_co]: ...
    def __getitem__(self, key: str | int | slice) -> P_co | list[P_co]:
        """Return one, or several for a slice.

        Raises:
            KeyNotFoundError: None has this key (also a KeyError).
            AmbiguousKeyError: Several have it.
            IndexError: The position is out of range.
        """
        if isinstance(key, slice):
            return list(self._parts[key])
        if isinstance(key, int):
            return self._parts[key]
        found = [part for part in self._parts if part.key == key]
        if len(found) == 1:
            return found[0]
        if found:
            msg = f"{key!r} fits {len(found)} entries of {self._where}"
            raise AmbiguousKeyError(msg, candidates=[part.uri for part in found])
        msg = f"{key!r} is not in {self._where}"
        raise KeyNotFoundError(msg)

    def __len__(self) -> int:
        return len(self._parts)

    def keys(self) -> list[str]:
        """Return the IDs, labels or names."""
        return [part.key for part in self._parts]

    def values(self) -> list[P_co]:
        """Return all of them."""
        return list(self._parts)

    def items(self) -> list[tuple[str, P_co]]:
        """Return pairs of key and part."""
        return [(part.key, part) for part in self._parts]

    def __repr__(self) -> str:
        return repr(list(self._parts))


class PrearchiveScan(PrearchivePart):
    """A scan of a received session."""

    @property
    def key(self) -> str:
        """The scan's ID."""
        return self.id

    @property
    def id(self) -> str:
        """The scan's ID: the series number, in most cases."""
        return self._text("ID")

    @property
    def xsi_type(self) -> str:
        """The data type that it will have, such as ``xnat:mrScanData``."""
        return self._text("xsiType")

    @property
    def series_description(self) -> str:
        """The series description, "" when there is none."""
        return self._text("series_description")

    @property
    def resources(self) -> Parts[PrearchiveResource]:
        """The scan's resources: one request."""
        path = f"{self.uri}/resources"
        made = (PrearchiveResource(self._session, child(path, str(row["label"])), row) for row in self._rows(path))
        return Parts(made, path)

    @property
    def files(self) -> Parts[PrearchiveFile]:
        """The files of all its resources: one request, and one a resource, of which there are one or two."""
        return Parts((file for resource in self.resources for file in resource.files), self.uri)

    def download(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> TransferResult:
        """Writes the scan's files to a zip file.

        Args:
            path: The file to write.
            overwrite: Whether an existing file may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            TransferError: The archive did not arrive whole; nothing is left at the path.
        """
        return self._zip(path, overwrite, progress)

    def download_dir(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> DirectoryResult:
        """Unpacks the scan's files into a folder; see `download`."""
        return self._unpacked(path, overwrite, progress)

    def delete(self) -> None:
        """Deletes the scan and its files from the prearchive: one request."""
        self._delete(self.uri.rpartition("/")[0], "ID")

    def dicom_dump(self, fields: Iterable[str] | None = None, *, summary: bool = False) -> list[DicomDumpRow]:
        """Returns the header of one of its files as the server reads it; see `xnat_runtime.dump.dicom_dump`."""
        from .dump import dicom_dump  # noqa: PLC0415 - few need it

        return dicom_dump(self._session, self.uri, fields, summary=summary)

    def read_dicom(self, file: PrearchiveFile | None = None, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the data set of one file, by default the first one; without pixels, only the header travels.

        Raises:
            UsageError: The scan has no file in a resource DICOM or secondary.
            DecodeError: The file is no DICOM file.
        """
        chosen = file or next((found for found in self.files if "/resources/" in found.uri), None)
        if chosen is None:
            msg = f"{self.uri} has no files"
            raise UsageError(msg)
        return chosen.read_dicom(read_pixel_data=read_pixel_data)


class PrearchiveResource(PrearchivePart):
    """A resource (folder of files) of a received session or of one of its scans."""

    @property
    def key(self) -> str:
        """The resource's label."""
        return self.label

    @property
    def label(self) -> str:
        """Its label, such as ``DICOM``."""
        return self._text("label")

    @property
    def file_count(self) -> int:
        """How many files it holds."""
        return self._number("file_count")

    @property
    def file_size(self) -> int:
        """Bytes of its files."""
        return self._number("file_size")

    @property
    def files(self) -> Parts[PrearchiveFile]:
        """Its files: one request."""
        path = f"{self.uri}/files"
        made = (PrearchiveFile(self._session, self._place(row, path), row) for row in self._rows(path))
        return Parts(made, path)

    def _place(self, row: Row, path: str) -> str:
        """Returns the path of a file, which the server sends unencoded and without ``/data`` (rest-data 10.3.3)."""
        _, _, below = str(row.get("URI") or "").partition(f"/resources/{self.label}/files/")
        return f"{path}/{encode_path(below or str(row['Name']))}"

    def _require_own(self, what: str) -> None:
        if "/scans/" in self.uri:
            msg = f"The server cannot {what} one resource of a received scan: take the whole scan."
            raise UsageError(msg)

    def download(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> TransferResult:
        """Writes the files of a session's own resource to a zip file; see `PrearchiveScan.download`.

        Raises:
            UsageError: It belongs to a scan, for which the server has no such archive (rest-data 12.2).
        """
        self._require_own("pack")
        return self._zip(path, overwrite, progress)

    def delete(self) -> None:
        """Deletes a session's own resource from the prearchive: one request.

        Raises:
            UsageError: It belongs to a scan.
        """
        self._require_own("delete")
        self._delete(self.uri.rpartition("/")[0], "label", "category")

    def upload(
        self,
        source: str | PathLike[str] | bytes | BinaryIO,
        name: str | None = None,
        *,
        overwrite: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends a file into a session's own resource; see `PrearchiveSession.upload`.

        Raises:
            UsageError: It belongs to a scan.
        """
        from .prearchive_uploads import put_file  # noqa: PLC0415 - transfers are imported when they happen

        self._require_own("change")
        chosen = Path(source) if isinstance(source, str | PathLike) else source
        return put_file(self._session, self.uri, chosen, name, overwrite=overwrite, progress=progress)


class PrearchiveFile(PrearchivePart):
    """A file of a received session."""

    @property
    def key(self) -> str:
        """The file's name."""
        return self.name

    @property
    def name(self) -> str:
        """Its bare name."""
        return self._text("Name")

    @property
    def size(self) -> int:
        """Bytes."""
        return self._number("Size")

    def download(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> TransferResult:
        """Writes the file itself (no archive of it) to a path, compared with the size that the server lists.

        Raises:
            TargetExistsError: The path exists and ``overwrite`` is not set.
            TransferError: The bytes did not arrive as announced; nothing is left at the path.
        """
        from .downloads import download_file  # noqa: PLC0415 - transfers are imported when they happen

        request = Request("GET", self.uri)
        return download_file(
            self._session.send, request, Path(path), size=self.size or None, overwrite=overwrite, progress=progress,
            policy=RetryPolicy(),
        )  # fmt: skip

    def delete(self) -> None:
        """Deletes a file of a session's own resource; the last one takes the resource along. One request.

        Raises:
            UsageError: It belongs to a scan, of which the server deletes no single files.
        """
        if "/scans/" in self.uri:
            msg = "The server cannot delete one file of a received scan: delete the scan."
            raise UsageError(msg)
        self._delete(f"{self.uri.partition('/files/')[0]}/files", "URI")

    def download_stream(self, target: BinaryIO, *, progress: Observer | None = None) -> TransferResult:
        """Writes the file's bytes to a binary stream; see `download`."""
        from .downloads import download_stream  # noqa: PLC0415 - as above

        request = Request("GET", self.uri)
        return download_stream(
            self._session.send, request, target, size=self.size or None, progress=progress, policy=RetryPolicy()
        )

    def open(self) -> RemoteFile:
        """Returns the file as a file object to read from, seekable; bytes travel as they are read."""
        from .remote_file import RemoteFile  # noqa: PLC0415 - as above

        policy = self._session.__xnat_retry__
        return RemoteFile(self._session.send, Request("GET", self.uri), size=self.size or None, policy=policy)

    def read_dicom(self, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the DICOM data set of the file; the transfer stops before the pixels unless they are wanted.

        Raises:
            DecodeError: The file is no DICOM file.
        """
        from .dicom import read_dataset  # noqa: PLC0415 - pydicom is imported when DICOM is read

        request, policy = Request("GET", self.uri), self._session.__xnat_retry__
        return read_dataset(self._session.send, request, read_pixel_data=read_pixel_data, policy=policy)
