"""A downloaded folder read through typed objects, on machines that reach no server."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar
from urllib.parse import unquote
from weakref import WeakValueDictionary

from ..errors import IncompleteTransferError, OfflineError, UnsafeNameError
from ..names import safe_parts
from ..transport import Request, Response
from .carried import registry_of
from .manifest import Manifest, ManifestFile, read_manifest
from .offline_tables import Tables, names_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..files import FileData
    from ..registry import Registry
    from ..session import BaseSession
    from ..transport import Transport

B = TypeVar("B", bound="BaseSession")

_lock: Final = threading.Lock()
_opened: Final[WeakValueDictionary[tuple[str, Path], BaseSession]] = WeakValueDictionary()
"""The offline connections of this process, by package and folder: objects that come back find theirs."""

_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
_KNOWN_QUERY: Final = frozenset({"format", "columns", "xsiType"})


def open_folder(
    session_class: Callable[[Transport, Registry, str, str | None], B],
    registry: Registry,
    path: str | os.PathLike[str],
) -> B:
    """Return a connection that asks no server: it knows what the manifest of a downloaded folder knows.

    Args:
        session_class: The generated session class.
        registry: The generated registry.
        path: The folder, or its ``manifest.json``.

    Raises:
        FileNotFoundError: The folder has no manifest.
        DecodeError: The manifest cannot be read.
    """
    place = Path(path)
    manifest = read_manifest(place)
    folder = place if place.is_dir() else place.parent
    session = session_class(_Offline(manifest, folder.absolute(), registry), registry, manifest.server, None)
    session.__xnat_go_offline__()
    with _lock:
        _opened[registry.package, folder.absolute()] = session
    return session


def reduced(session: BaseSession) -> tuple[object, ...]:
    """Return what travels of an offline connection: its class and its folder, which the other process must see too.

    Raises:
        TypeError: The connection is not offline.
    """
    return reopened, (type(session), session.registry.package, _transport(session).folder)


def reopened(session_class: type[B], package: str, folder: Path) -> B:
    """Return the connection of this process to a folder, opened when there is none; errors as in `open_folder`."""
    with _lock:
        known = _opened.get((package, folder))
    if isinstance(known, session_class) and known.__xnat_is_open__:
        return known
    return open_folder(session_class, registry_of(package), folder)


def local_path(file: FileData) -> Path:
    """Return where a file of an offline connection is on this machine.

    Raises:
        OfflineError: The file is not there, or the manifest does not name it.
        IncompleteTransferError: It has another size than when it was downloaded.
        UnsafeNameError: The manifest names a place outside its folder; somebody has changed it.
        TypeError: The connection is not offline.
    """
    return _transport(file.session).path_of(unquote(file.uri))


def _transport(session: BaseSession) -> _Offline:
    found = session.__xnat_transport__
    if not isinstance(found, _Offline):
        msg = f"{session!r} is a connection to a server; only files of open_offline() are on this machine."
        raise TypeError(msg)
    return found


class _Offline:
    """The transport of a connection without a network: it answers listings and files of the manifest."""

    def __init__(self, manifest: Manifest, folder: Path, registry: Registry) -> None:
        self.folder = folder
        self._tables = Tables(manifest, registry)

    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return what the manifest tells.

        Raises:
            OfflineError: It does not tell.
        """
        del stream
        if request.method != "GET":
            raise self._refusal(request)
        path, query = unquote(request.path), dict(request.query)
        if path in self._tables.files and not query:
            return self._content(request, path)
        is_table = set(query) <= _KNOWN_QUERY and query.get("format", "json") == "json"
        rows = self._tables.find(path, query.get("xsiType", "")) if is_table else None
        if rows is None:
            raise self._refusal(request)
        self._require_columns(request, query.get("columns", ""), names_of(rows))
        body = json.dumps({"ResultSet": {"Result": rows}}).encode()
        return Response(method="GET", url=request.path, status=200, headers=_JSON, body=body)

    def close(self) -> None:
        """Nothing is open."""

    def path_of(self, address: str) -> Path:
        """Return where a file is; see `local_path`."""
        file = self._tables.files.get(address)
        if file is None:
            msg = f"offline: the manifest of {self.folder} names no file {address}"
            raise OfflineError(msg)
        path = _below(self.folder, file.path)
        if not path.is_file():
            msg = f"offline: {path} is not there any more, and no server is asked for it"
            raise OfflineError(msg)
        _require_size(file, path)
        return path

    def _content(self, request: Request, path: str) -> Response:
        place = self.path_of(path)
        size = place.stat().st_size
        begin, end = _wanted(request.headers.get("Range", ""), size)
        if begin >= size > 0:
            headers = {"Content-Range": f"bytes */{size}"}
            return Response(method="GET", url=request.path, status=416, headers=headers)
        is_part = (begin, end) != (0, size)
        headers = {"Content-Length": str(end - begin), "Accept-Ranges": "bytes"}
        if is_part:
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        body = _Piece(place.open("rb"), begin, end)
        return Response(method="GET", url=request.path, status=206 if is_part else 200, headers=headers, body=body)

    def _require_columns(self, request: Request, columns: str, known: set[str]) -> None:
        # Paths below a type are what a user asked for, short names are what listings ask for anyway.
        wanted = [column for column in columns.split(",") if "/" in column]
        lacking = [column for column in wanted if column.partition("/")[2] not in known]
        if lacking:
            msg = f"offline: the manifest of {self.folder} does not tell {', '.join(lacking)} of {request.path}"
            raise OfflineError(msg)

    def _refusal(self, request: Request) -> OfflineError:
        msg = (
            f"offline: {request.method} {request.path} was not sent. This connection reads the folder {self.folder} "
            "and asks no server; what its manifest does not tell needs connect()"
        )
        return OfflineError(msg)


_JSON: Final = {"Content-Type": "application/json"}


class _Piece:
    """A part of a file here, as the body of an answer."""

    def __init__(self, stream: BinaryIO, begin: int, end: int) -> None:
        stream.seek(begin)
        self._stream = stream
        self._left = end - begin

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        piece = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(piece)
        if not self._left:
            self._stream.close()
        return piece

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _wanted(header: str, size: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(header)
    if match is None:
        return 0, size
    return int(match[1]), min(int(match[2]) + 1, size) if match[2] else size


def _below(folder: Path, path: str) -> Path:
    try:
        return folder.joinpath(*safe_parts(path))
    except UnsafeNameError:
        msg = f"The manifest of {folder} names a file outside of it, or none: {path!r}."
        raise UnsafeNameError(msg, name=path) from None


def _require_size(file: ManifestFile, path: Path) -> None:
    found = path.stat().st_size
    if found != file.size:
        msg = f"{path} has {found:,} bytes, {file.size:,} were downloaded: verify() tells what else has changed"
        raise IncompleteTransferError(msg, expected=file.size, received=found)
