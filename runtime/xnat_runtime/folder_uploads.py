"""Uploads of whole folders into a resource: file by file, or as one archive that the server unpacks."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias, cast, get_args

from .errors import InvalidValueError
from .paths import encode_path
from .progress import Progress, no_progress
from .results import TransferResult
from .tar_body import TarBody, files_below
from .transport import MIB, Request, Send
from .uploads import accepted, upload_path, upload_stream

UploadMethod: TypeAlias = Literal["tar", "zip", "tgz", "per_file", "tar_memory", "tar_file", "tgz_memory", "tgz_file"]
"""How a folder travels; the names with ``_memory`` and ``_file`` are xnatpy's, for the same archives."""

_METHODS: Final[Mapping[str, str]] = {
    name: name.partition("_")[0] if name != "per_file" else name for name in get_args(UploadMethod)
}


def upload_folder(
    send: Send, uri: str, folder: Path, *, method: str, overwrite: bool, progress: Progress | None
) -> TransferResult:
    """Sends the files of a folder into the resource at a path, and returns the bytes that travelled.

    Args:
        send: Sends one request.
        uri: The resource's path.
        folder: The folder; the files get their paths below it.
        method: An `UploadMethod`.
        overwrite: Whether files that exist may be replaced.
        progress: Called with the bytes so far, and all bytes where they are known.

    Raises:
        InvalidValueError: There is no such method, the folder is none, or it holds no files.
        ConflictError: Files of these paths exist, and ``overwrite`` is not set.
    """
    if method not in _METHODS:
        msg = f"a folder is uploaded by one of the methods {', '.join(_METHODS)}, not {method!r}"
        raise InvalidValueError(msg)
    size = _SENDERS[_METHODS[method]](send, uri, folder, overwrite, progress)
    return TransferResult(folder, size, None, "unverified")


def _per_file(send: Send, uri: str, folder: Path, overwrite: bool, progress: Progress | None) -> int:
    files = files_below(folder)
    total, done = sum(path.stat().st_size for path in files), 0
    for path in files:
        name = encode_path(path.relative_to(folder).as_posix())
        done += upload_path(send, f"{uri}/files/{name}", path, overwrite=overwrite).size
        (progress or no_progress)(done, total)
    return done


def _tar(send: Send, uri: str, folder: Path, overwrite: bool, progress: Progress | None) -> int:
    body = TarBody(folder, progress)
    query = (("extract", "true"), ("inbody", "true"), *((("overwrite", "true"),) if overwrite else ()))
    headers = {"Content-Type": "application/x-tar"}
    accepted(send(Request("PUT", f"{uri}/files/folder.tar", query, headers, body, body.length)))
    return body.length


def _tgz(send: Send, uri: str, folder: Path, overwrite: bool, progress: Progress | None) -> int:
    """Keeps the archive in a temporary file, since its length must be known (rest-data 10.4.2)."""
    body = TarBody(folder)
    with tempfile.SpooledTemporaryFile(max_size=8 * MIB) as kept:
        # cast: the standard library declares it as IO[bytes], which BinaryIO is but for its name.
        stream = cast("BinaryIO", kept)
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name in body.names:
                archive.add(folder / name, name, recursive=False, filter=_without_owner)
        stream.seek(0)
        sent = upload_stream(
            send, f"{uri}/files/folder.tgz", stream, overwrite=overwrite, extract=True,
            content_type="application/x-gtar", progress=progress,
        )  # fmt: skip
    return sent.size


def _without_owner(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _zip(send: Send, uri: str, folder: Path, overwrite: bool, progress: Progress | None) -> int:
    body = _ZipBody(folder, progress or no_progress)
    query = (("extract", "true"), ("inbody", "true"), *((("overwrite", "true"),) if overwrite else ()))
    accepted(send(Request("PUT", f"{uri}/files/folder.zip", query, {"Content-Type": "application/zip"}, body)))
    return body.sent


_SENDERS: Final[Mapping[str, Callable[[Send, str, Path, bool, Progress | None], int]]] = {
    "per_file": _per_file,
    "tar": _tar,
    "tgz": _tgz,
    "zip": _zip,
}


class _ZipBody:
    """A folder as a zip archive that is made while it is sent: the one kind that needs no length (rest-data 10.4.2).

    Attributes:
        sent: Bytes of the last iteration.
    """

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._files = files_below(folder)
        self._progress = progress
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        self.sent = 0
        for piece in self._pieces():
            self.sent += len(piece)
            yield piece
            self._progress(self.sent, None)

    def _pieces(self) -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in self._files:
                info = zipfile.ZipInfo.from_file(
                    path, path.relative_to(self._folder).as_posix(), strict_timestamps=False
                )
                info.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(info, "w") as member:
                    while content := source.read(MIB):
                        member.write(content)
                        if len(sink) >= MIB:
                            yield sink.take()
        yield sink.take()


class _Sink(io.RawIOBase):
    """Takes what a zip archive writes, for the network to take; not seekable, so that nothing is written over."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def __len__(self) -> int:
        return len(self._kept)

    def __bool__(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # zipfile writes bytes only
        self._kept += data
        return len(data)

    def take(self) -> bytes:
        piece = bytes(self._kept)
        self._kept.clear()
        return piece
