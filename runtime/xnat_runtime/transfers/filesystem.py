"""XNAT for fsspec: ``xnat://host/projects/P/subjects/S/experiments/E/scans/1/resources/DICOM/files/x``, read-only."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, TypedDict, cast
from urllib.parse import urlsplit

from ..errors import InvalidValueError, UsageError
from ..extras import require
from ..transport import Request
from .reconnecting import connection_to
from .remote_tree import Entry, Parts, RemoteTree, parts_of

if TYPE_CHECKING:
    from ..credential_provider import CredentialProvider
    from ..session import BaseSession

    class AbstractFileSystem:
        """What is used of fsspec's class, which has no types of its own."""

        def __init__(self, **options: object) -> None: ...

else:
    AbstractFileSystem = require("fsspec", extra="fsspec").AbstractFileSystem

_ROOTS: Final = ("projects", "experiments")
_SCHEMES: Final = {"xnat": "https", "xnat+http": "http"}


class Info(TypedDict, total=False):
    """What fsspec is told of a file or folder."""

    name: str
    type: str
    size: int | None
    md5: str | None


class XnatFileSystem(AbstractFileSystem):
    """Folders and files of a server, as its own paths below ``/data`` name them; nothing can be written.

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
        **options: object,
    ) -> None:
        """Take note of where to read; nothing is asked before something is wanted.

        Without a connection the login comes from the environment or the netrc file, and all file systems of a process
        share it.

        Args:
            server: Address of the server; a URL tells it.
            session: A connection to use.
            credentials: A function that returns user and password, of a module; see ``connect(credentials=)``.
            **options: Those of fsspec.

        Raises:
            InvalidValueError: No server is told, or a user or password, which would be kept in URLs and pickles.
        """
        for name in ("user", "username", "password"):
            if name in options:
                msg = f"{name}= is not taken: use the environment, the netrc file, credentials= or session="
                raise InvalidValueError(msg)
        super().__init__(server=server, session=session, credentials=credentials, **options)
        if session is None and not server:
            msg = "Name the server: as xnat://host/projects/..., or with server= or session=."
            raise InvalidValueError(msg)
        self._session = session or connection_to(server, credentials)
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

    def _open(self, path: str, mode: str = "rb", **_: object) -> io.BufferedReader:
        if mode != "rb":
            raise _read_only("open a file to write")
        with self._lock:
            entry = self._tree.entry(self._parts(path))
        if entry.type != "file":
            raise IsADirectoryError(path)
        from ..remote_file import RemoteFile  # noqa: PLC0415 - as in FileData.open()

        return io.BufferedReader(RemoteFile(self._session.send, Request("GET", entry.uri), size=entry.size))

    def _parts(self, path: str) -> Parts:
        return parts_of(cast("str", self._strip_protocol(path)))

    # Writing

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise _read_only("change something")

    mkdir = makedirs = rm = rm_file = _rm = rmdir = put = put_file = pipe_file = cp_file = mv = touch = _refuse


def _read_only(what: str) -> UsageError:
    msg = f"xnat:// is read-only, it does not {what}: upload() of a resource writes, and compares what has arrived"
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
