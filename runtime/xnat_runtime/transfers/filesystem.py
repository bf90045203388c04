"""XNAT for fsspec: ``xnat://host/projects/P/subjects/S/experiments/E/scans/1/resources/DICOM/files/x``."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, Protocol, TypedDict, cast
from urllib.parse import urlsplit

from ..errors import ConflictError, InvalidValueError, TargetExistsError, UsageError
from ..extras import require
from ..single_uploads import upload_into
from ..transport import Request
from .new_file import NewFile
from .reconnecting import connection_to
from .remote_tree import Entry, Parts, RemoteTree, parts_of, require_in_files

if TYPE_CHECKING:
    from ..bodies import UploadSource
    from ..credential_provider import CredentialProvider
    from ..session import BaseSession

    class AbstractFileSystem:
        """What is used of fsspec's class, which has no types of its own."""

        def __init__(self, **options: object) -> None: ...

        def expand_path(self, path: str | list[str], recursive: bool = False, maxdepth: int | None = None) -> list[str]:
            """Return the paths that a pattern or folder stands for."""
            ...

else:
    AbstractFileSystem = require("fsspec", extra="fsspec").AbstractFileSystem

_ROOTS: Final = ("projects", "experiments")
_SCHEMES: Final = {"xnat": "https", "xnat+http": "http"}


class Callback(Protocol):
    """What is used of fsspec's callbacks."""

    def set_size(self, size: int | None) -> object:
        """Take note of the size."""
        ...

    def absolute_update(self, value: int) -> object:
        """Take note of how far it is."""
        ...


class Info(TypedDict, total=False):
    """What fsspec is told of a file or folder."""

    name: str
    type: str
    size: int | None
    md5: str | None


class XnatFileSystem(AbstractFileSystem):
    """Folders and files of a server, as its own paths below ``/data`` name them.

    New files can be written into resources that exist. What is there is neither replaced nor deleted, unless the file
    system is made with ``overwrite=True``.

    Projects are named by ID, subjects and experiments by label (below a subject) or ID, scans by ID, resources by
    label or ID. Tables of folders are asked for once; `invalidate_cache` forgets them.
    """

    protocol: ClassVar[tuple[str, ...]] = ("xnat", "xnat+http")
    # An instance holds a connection; which of them are equal, only connections know.
    cachable: ClassVar[bool] = False

    def __init__(
        self,
        server: str = "",
        session: BaseSession | None = None,
        credentials: CredentialProvider | None = None,
        overwrite: bool = False,
        **options: object,
    ) -> None:
        """Take note of where to read; nothing is asked before something is wanted.

        Without a connection the login comes from the environment or the netrc file, and all file systems of a process
        share it.

        Args:
            server: Address of the server; a URL tells it.
            session: A connection to use.
            credentials: A function that returns user and password, of a module; see ``connect(credentials=)``.
            overwrite: Whether files may be replaced and deleted.
            **options: Those of fsspec.

        Raises:
            InvalidValueError: No server is told, or a user or password, which would be kept in URLs and pickles.
        """
        for name in ("user", "username", "password"):
            if name in options:
                msg = f"{name}= is not taken: use the environment, the netrc file, credentials= or session="
                raise InvalidValueError(msg)
        super().__init__(server=server, session=session, credentials=credentials, overwrite=overwrite, **options)
        if session is None and not server:
            msg = "Name the server: as xnat://host/projects/..., or with server= or session=."
            raise InvalidValueError(msg)
        self._session = session or connection_to(server, credentials)
        self._overwrite = overwrite
        self._tree = RemoteTree(self._session)
        self._lock = threading.RLock()

    # Addresses

    @classmethod
    def _strip_protocol(cls, path: str | list[str]) -> str | list[str]:
        if isinstance(path, list):
            return [cast("str", cls._strip_protocol(one)) for one in path]
        if path.split("://")[0] in _SCHEMES and "://" in path:
            path = _split(path)[1]
        return path.strip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, str]:
        return {"server": _split(path)[0]} if "://" in path else {}

    def unstrip_protocol(self, name: str) -> str:
        """Return the URL of a path."""
        scheme = "xnat+http" if self._session.server.startswith("http:") else "xnat"
        path = cast("str", self._strip_protocol(name))
        return f"{scheme}://{self._session.server.partition('://')[2]}/{path}"

    # Reading

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Info] | list[str]:
        """Return what a folder holds, or the file itself."""
        parts = self._parts(path)
        with self._lock:
            entry = self._tree.entry(parts)
            found = [entry] if entry.type == "file" else self._tree.entries(parts)
        above = parts[:-1] if entry.type == "file" else parts
        infos = [_info(above, one) for one in found]
        return infos if detail else [info["name"] for info in infos if "name" in info]

    def info(self, path: str, **_: object) -> Info:
        """Return what a path stands for.

        Raises:
            FileNotFoundError: There is nothing.
        """
        parts = self._parts(path)
        with self._lock:
            return _info(parts[:-1], self._tree.entry(parts))

    def checksum(self, path: str) -> str:
        """Return what changes when the file does: its MD5 where the server keeps it, else its size."""
        info = self.info(path)
        return str(info.get("md5") or info.get("size"))

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget the tables that were read."""
        del path
        with self._lock:
            self._tree.forget()

    def _open(self, path: str, mode: str = "rb", autocommit: bool = True, **_: object) -> io.BufferedIOBase:
        if mode in {"wb", "xb"}:
            return self._new(path, mode, autocommit=autocommit)
        if mode != "rb":
            msg = f"open() reads with 'rb' and writes whole files with 'wb' or 'xb', not with {mode!r}."
            raise InvalidValueError(msg)
        with self._lock:
            entry = self._tree.entry(self._parts(path))
        if entry.type != "file":
            raise IsADirectoryError(path)
        from ..remote_file import RemoteFile  # noqa: PLC0415 - as in FileData.open()

        return io.BufferedReader(RemoteFile(self._session.send, Request("GET", entry.uri), size=entry.size))

    def _parts(self, path: str) -> Parts:
        return parts_of(cast("str", self._strip_protocol(path)))

    # Writing

    def _new(self, path: str, mode: str, *, autocommit: bool) -> io.BufferedIOBase:
        may_replace = self._overwrite and mode == "wb"
        with self._lock:
            self._tree.address(self._parts(path))
        if not may_replace and self._is_there(path):
            raise _exists(path)
        return NewFile(lambda content: self._send(path, content, may_replace=may_replace), autocommit=autocommit)

    def _is_there(self, path: str) -> bool:
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def _send(self, path: str, source: UploadSource, *, may_replace: bool) -> None:
        parts = self._parts(path)
        with self._lock:
            uri = self._tree.address(parts)
        try:
            upload_into(
                self._session, uri, source, overwrite=may_replace, if_exists=None, extract=False, query=(),
                options=None, progress=None,
            )  # fmt: skip
        except ConflictError:
            raise _exists(path) from None
        finally:
            with self._lock:
                self._tree.forget_files(parts)

    def pipe_file(self, path: str, value: bytes, mode: str = "create", **_: object) -> None:
        """Write a file of a resource.

        Args:
            path: The file.
            value: Its bytes.
            mode: "create"; "overwrite" is refused unless the file system is made for it.

        Raises:
            TargetExistsError: The file exists.
            FileNotFoundError: There is no such resource.
        """
        self._send(path, bytes(value), may_replace=self._may_replace(mode))

    def put_file(
        self, lpath: str | Path, rpath: str, callback: Callback | None = None, mode: str = "create", **_: object
    ) -> None:
        """Upload a file into a resource; folders are there with their files. Arguments as in `pipe_file`."""
        source = Path(lpath)
        if source.is_dir():
            return
        size = source.stat().st_size
        if callback is not None:
            callback.set_size(size)
        self._send(rpath, source, may_replace=self._may_replace(mode))
        if callback is not None:
            callback.absolute_update(size)

    def _may_replace(self, mode: str) -> bool:
        if mode == "overwrite" and not self._overwrite:
            raise _kept("replace a file")
        return self._overwrite

    def touch(self, path: str, truncate: bool = True, **_: object) -> None:
        """Write an empty file; with ``truncate=False`` one that is there stays as it is."""
        if truncate or not self._is_there(path):
            self.pipe_file(path, b"")

    def rm_file(self, path: str) -> None:
        """Delete a file of a resource, where the file system is made with ``overwrite=True``.

        Raises:
            UsageError: It is not made so.
            FileNotFoundError: There is no such file.
            IsADirectoryError: It is a folder.
        """
        if not self._overwrite:
            raise _kept("delete a file")
        parts = self._parts(path)
        with self._lock:
            entry = self._tree.entry(parts)
            self._tree.address(parts)
        if entry.type != "file":
            raise IsADirectoryError(path)
        self._session.delete(entry.uri)
        with self._lock:
            self._tree.forget_files(parts)

    _rm = rm_file

    def rm(self, path: str | list[str], recursive: bool = False, maxdepth: int | None = None) -> None:
        """Delete files of resources; with ``recursive`` those in folders too, which go with their last file.

        Raises:
            InvalidValueError: Items are meant, such as scans; nothing is deleted then.
        """
        found = {each: self.info(each) for each in self.expand_path(path, recursive=recursive, maxdepth=maxdepth)}
        for each in found:
            require_in_files(self._parts(each))
        for each, info in found.items():
            if info.get("type") == "file" or not recursive:
                self.rm_file(each)

    def mkdir(self, path: str, create_parents: bool = True, **_: object) -> None:
        """Do nothing for folders of a resource, which are there with their files; items are not made by a path."""
        del create_parents
        parts = self._parts(path)
        with self._lock:
            self._tree.address((*parts, "x"))

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Do as `mkdir`."""
        del exist_ok
        self.mkdir(path)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        msg = "xnat:// does not copy, move or remove this: read and write the files, or use the objects of connect()."
        raise UsageError(msg)

    rmdir = cp_file = mv = _refuse


def _exists(path: str) -> TargetExistsError:
    msg = f"{path} exists already; make the file system with overwrite=True to replace it."
    return TargetExistsError(msg, path=path)


def _kept(what: str) -> UsageError:
    msg = f"xnat:// does not {what} unless the file system is made with overwrite=True."
    return UsageError(msg)


def _info(above: Parts, entry: Entry) -> Info:
    info = Info(name="/".join((*above, entry.name)) if entry.name else "", type=entry.type, size=entry.size)
    if entry.md5:
        info["md5"] = entry.md5
    return info


def _split(url: str) -> tuple[str, str]:
    """Return the server's address and the path in it; what comes before ``projects`` is the server's context path.

    Raises:
        InvalidValueError: The URL has a user or password in it.
    """
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if "@" in host or urlsplit(f"//{host}").username is not None:
        msg = "An xnat:// URL must not hold a user or password: use the environment, the netrc file or session=."
        raise InvalidValueError(msg)
    names = path.split("/")
    at = next((index for index, name in enumerate(names) if name in _ROOTS), len(names))
    context = "/".join(name for name in names[:at] if name)
    server = f"{_SCHEMES[scheme]}://{host}" + (f"/{context}" if context else "")
    return server, "/".join(names[at:])
