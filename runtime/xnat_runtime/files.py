"""Files of resources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, cast

from .codec import INTEGER, TEXT, URI
from .declare import attribute, key, xnat_type
from .documents import ItemNode, read_table
from .edits import ChangeSet
from .errors import InvalidValueError, NotFoundError, ReadOnlyFieldError
from .fields import UNSET, Attribute, Key
from .objects import XnatObject
from .paths import encode_path
from .transport import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    import pydicom

    from .remote_file import RemoteFile
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.options import TransferOptions
    from .transport import Send


_IN_RESOURCE: Final = re.compile(r"/resources/[^/]+/files/(.+)")


@xnat_type("xnat:fileData", element=None)
class FileData(XnatObject):
    """A file of a resource, as a row of the server's file table describes it (rest-data 4.4, 10.3)."""

    __xnat_is_loadable__ = False

    path: Key[str] = key("path", TEXT, xml="attribute", default=UNSET)
    """Path below the resource, slashes between folders."""
    name: Key[str] = key("Name", TEXT, xml="attribute", default=UNSET)
    """Bare file name."""
    size: Key[int] = key("Size", INTEGER, xml="attribute", default=UNSET)
    """Size in bytes."""
    digest: Attribute[str] = attribute("digest", TEXT, xml="attribute", default=UNSET)
    """MD5 as lower-case hex; None where the server keeps no checksums."""
    collection: Attribute[str] = attribute("collection", TEXT, xml="attribute", default=UNSET)
    """Label of the resource."""
    file_tags: Attribute[str] = attribute("file_tags", TEXT, xml="attribute", default=UNSET)
    """Tags, joined by commas."""
    file_format: Attribute[str] = attribute("file_format", TEXT, xml="attribute", default=UNSET)
    """Format that the uploader named."""
    file_content: Attribute[str] = attribute("file_content", TEXT, xml="attribute", default=UNSET)
    """Content that the uploader named."""
    cat_id: Attribute[str] = attribute("cat_ID", TEXT, xml="attribute", default=UNSET)
    """ID of the resource."""
    server_uri: Attribute[str] = attribute("URI", URI, xml="attribute", default=UNSET)
    """The file's URI as the server sends it, not percent-encoded."""

    @property
    def id(self) -> str:
        """The path below the resource, as xnatpy names it."""
        return self.path

    @property
    def file_size(self) -> int:
        """Size in bytes, as xnatpy names it."""
        return self.size

    @property
    def data_path(self) -> Path | None:
        """The file in the mounted archive (``XNAT_DATA``), once it has the right size; None when it has to travel."""
        from .mounted import path_of  # noqa: PLC0415  # as in download()

        return path_of(self)

    @property
    def expected_data_path(self) -> Path | None:
        """Where the file would be in the mounted archive, there or not; None without a mount."""
        from .mounted import expected_path_of  # noqa: PLC0415  # as in download()

        return expected_path_of(self)

    @staticmethod
    def calculate_digest(file: Path | FileData) -> str:
        """Returns the MD5 of a file here or on the server, as lower-case hex; one on the server travels whole.

        Raises:
            TransferError: The bytes did not arrive as announced.
        """
        from .digests import md5_of  # noqa: PLC0415  # as in download()

        return md5_of(file)

    def verify_digest(self) -> bool:
        """Returns whether the file's bytes on the server have the MD5 of the catalog; they travel whole.

        Raises:
            UsageError: The catalog has no MD5 of the file: refresh it with ``checksum=True``.
        """
        from .digests import is_intact  # noqa: PLC0415  # as in download()

        return is_intact(self)

    def delete(self, *, remove_files: bool = True) -> None:
        """Deletes the file. One request.

        Args:
            remove_files: Whether the file itself goes too, as it does in any case (rest-data 8).

        Raises:
            NotFoundError: There is no such file.
            PermissionDeniedError: The server refuses.
        """
        super().delete(remove_files=remove_files)

    def __repr__(self) -> str:
        row = self.__xnat_row__
        return f"<{type(self).__name__} {row.get('path') or row.get('Name') or self.uri}>"

    @classmethod
    def __xnat_prepare_rows__(cls, rows: list[dict[str, object]]) -> None:
        """Adds the path below the resource, which is the part of the URI behind the resource's ``/files/``."""
        for row in rows:
            match = _IN_RESOURCE.search(str(row.get("URI", "")))
            row["path"] = match[1] if match else row.get("Name")

    def __xnat_load__(self) -> ItemNode:
        """Everything known about a file stands in its row; the URI itself answers the content."""
        return ItemNode({})

    def __xnat_commit__(self, changes: ChangeSet) -> None:
        msg = "FileData cannot be edited: XNAT has no call for it; upload the file again with overwrite=True"
        raise ReadOnlyFieldError(msg)

    def refresh(self) -> None:
        """Reads the file's row again from the file table of its resource. One request.

        Raises:
            NotFoundError: The file is not there any more.
        """
        path = self.__xnat_row__["path"]
        table = self.uri.removesuffix(f"/{encode_path(str(path))}")
        rows = read_table(self.session.get_json(table), table)
        self.__xnat_prepare_rows__(rows)
        found = next((row for row in rows if row["path"] == path), None)
        if found is None:
            raise NotFoundError("GET", self.uri, 404, "no such file in the resource's file table")
        self.__xnat_row__, self.__xnat_shared__ = found, False

    def __xnat_known_size__(self) -> int | None:
        """Returns the size to compare with; some listings say 0 for "not counted" (rest-data 10.3.2)."""
        try:
            return INTEGER.decode(self.__xnat_row__.get("Size")) or None
        except ValueError:
            return None

    def download(
        self,
        target: str | Path,
        *,
        overwrite: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
        verbose: bool = False,
    ) -> TransferResult:
        """Writes the file to a path: streamed, checked against size and MD5, renamed when complete.

        Args:
            target: Path of the file to write.
            overwrite: Whether an existing file may be replaced.
            options: How often it is tried when the connection breaks; see `TransferOptions.retry`.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to show on stderr how far it is.

        Raises:
            TargetExistsError: The target exists and ``overwrite`` is not set.
            TransferError: The bytes did not arrive as announced; nothing is left at the target.
            ResponseError: The server refused.
        """
        from .downloads import download_file  # noqa: PLC0415  # transfers are imported when they happen
        from .mounted_file import taken  # noqa: PLC0415  # as above
        from .transfers.options import retries  # noqa: PLC0415  # as above
        from .verbose import shown  # noqa: PLC0415  # as above

        path = Path(target)

        def fetch(told: Observer | None) -> Callable[[Send], TransferResult]:
            return lambda send: download_file(
                send, Request("GET", self.uri), path, md5=self.digest, size=self.__xnat_known_size__(),
                overwrite=overwrite, progress=told, policy=retries(options),
            )  # fmt: skip

        with shown(verbose, progress, path.name) as told, self.session.__xnat_transfers__:
            return taken(self, fetch(told))

    def download_stream(
        self, target: BinaryIO, *, options: TransferOptions | None = None, progress: Observer | None = None
    ) -> TransferResult:
        """Writes the file's bytes to a binary stream, each once; see `download` and `XnatSession.download_stream`."""
        from .downloads import download_stream  # noqa: PLC0415  # as in download()
        from .mounted_file import sending  # noqa: PLC0415  # as in download()
        from .transfers.options import retries  # noqa: PLC0415  # as in download()

        return download_stream(
            sending(self),
            Request("GET", self.uri),
            target,
            md5=self.digest,
            size=self.__xnat_known_size__(),
            progress=progress,
            policy=retries(options),
        )

    def open(self, mode: Literal["rb"] = "rb") -> RemoteFile:
        """Returns the file as a file object to read from, seekable; bytes travel as they are read.

        Args:
            mode: Only ``rb``: XNAT writes whole files, which is what `ResourceObject.upload` does.

        Raises:
            InvalidValueError: Another mode.
        """
        from .mounted_file import open_mounted  # noqa: PLC0415  # as in download()
        from .remote_file import RemoteFile  # noqa: PLC0415  # as in download()

        if cast("str", mode) != "rb":
            msg = f"open() reads bytes, so its mode is 'rb', not {mode!r}"
            raise InvalidValueError(msg)
        if (local := open_mounted(self)) is not None:
            return local
        return RemoteFile(
            self.session.send, Request("GET", self.uri), size=self.__xnat_known_size__(),
            policy=self.session.__xnat_retry__,
        )  # fmt: skip

    def read_dicom(self, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the DICOM data set of the file; the transfer stops before the pixels unless they are wanted.

        Raises:
            DecodeError: The file is no DICOM file.
        """
        from .dicom import read_dataset  # noqa: PLC0415  # pydicom is imported when DICOM is read
        from .mounted_file import sending  # noqa: PLC0415  # as in download()

        return read_dataset(
            sending(self), Request("GET", self.uri), read_pixel_data=read_pixel_data,
            policy=self.session.__xnat_retry__,
        )  # fmt: skip
