"""The server in a thread: ``start()`` and what it returns."""

from __future__ import annotations

import asyncio
import errno
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

import uvicorn

from . import checks
from .locate import find_schemas
from .mode import Mode
from .serving.application import create_app
from .site import Site, open_site, reset_site

if TYPE_CHECKING:
    from typing import Self

    from .build import SiteBuilder
    from .faults.fault import Fault, Faults
    from .serving.journal import Journal

_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_GRACE_SECONDS = 0.5
"""How long running requests may go on when the server stops; then their connections are cut."""
_CUT_SECONDS = 1.5
"""How long what is left of them may take after that; then it is cancelled."""
_LOOK_SECONDS = 0.005
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """A server that tells when it accepts connections, and that does not wait for slow clients when it stops."""

    def __init__(self, site: Site) -> None:
        config = uvicorn.Config(
            create_app(site, self.transport_of),
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
        )
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let the server end, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stop.set)

    def transport_of(self, client: object) -> asyncio.Transport | None:
        """Return the connection of a client by its address, None when it is gone."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                return connection.transport
        return None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Go on until the server is to stop, which uvicorn by itself looks at ten times a second."""
        ticking, stopping = asyncio.create_task(super().main_loop()), asyncio.create_task(self._stop.wait())
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        stopping.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, without its pauses of a tenth of a second: tests stop many servers."""
        for closed in (*self.servers, *(sockets or ())):
            closed.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._settle(_GRACE_SECONDS)
        self._cut_connections()
        await self._settle(_CUT_SECONDS)
        for task in list(self.server_state.tasks):
            task.cancel()
        for server in self.servers:
            await server.wait_closed()

    async def _settle(self, seconds: float) -> None:
        """Return when no request is left, or after some seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (self.server_state.connections or self.server_state.tasks) and loop.time() < end:
            await asyncio.sleep(_LOOK_SECONDS)

    def _cut_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class Emulator:
    """A running server; leaving its context stops it.

    Attributes:
        url: Base URL, without a final slash.
        user: Login of the administrator.
        password: Password of the administrator.
        requests: Journal of the requests.
        faults: What goes wrong on demand; see the module ``xnat_emulator.faults``.
    """

    def __init__(self, site: Site, user: str, password: str, listener: socket.socket, folder: Path | None) -> None:
        self.user = user
        self.password = password
        self.requests: Journal = site.journal
        self.faults: Faults = site.faults
        self.site = site
        self._folder = folder
        self._socket = listener
        address, port = listener.getsockname()[:2]
        self.url = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
        self._server = _Server(site)
        self._closed = False
        # An event, because an interrupted Thread.join takes the thread for dead.
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="xnat-emulator", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            self.close()
            raise RuntimeError(f"The server at {self.url} did not start")

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.ready.set()
            self._stopped.set()

    def __repr__(self) -> str:
        return f"<Emulator {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self) -> None:
        """Block until the server is stopped."""
        self._stopped.wait()

    @property
    def build(self) -> SiteBuilder:
        """Fills the archive without requests: ``server.build.project("P").subject("S").mr_session("E", scans=3)``.

        Raises:
            RuntimeError: The server is closed.
        """
        self._require_running()
        from .build import SiteBuilder  # noqa: PLC0415 - only tests need it

        return SiteBuilder(self.site, self.user)

    def reset(self) -> None:
        """Make the server as if it had just started: no data, logins, journal or faults; address and mode stay.

        It takes a fraction of a start. No request may be running. Of a folder given as ``data`` the archive is
        removed; other files in it, such as those below ``server``, stay.

        Raises:
            RuntimeError: The server is closed.
        """
        self._require_running()
        reset_site(self.site, self.user, self.password)

    def settle(self, seconds: float = 30.0) -> None:
        """Block until what goes on after an answer is done: moves, rebuilds, deletes and archiving of the prearchive.

        Args:
            seconds: How long to wait.

        Raises:
            TimeoutError: It is not done by then.
        """
        self.site.settle(seconds)

    def collect(self, idle_seconds: float = 0.0) -> int:
        """Do now what happens every minute: received sessions are built, and archived where their project says so.

        It waits until that is done.

        Args:
            idle_seconds: How long nothing may have arrived for a session.

        Returns:
            How many sessions there were.

        Raises:
            RuntimeError: The server is closed.
        """
        self._require_running()
        found = self.site.collect(idle_seconds)
        self.site.settle()
        return found

    def _require_running(self) -> None:
        if self._closed:
            raise RuntimeError(f"The server at {self.url} is closed: start() another one")

    def close(self) -> None:
        """Stop the server; a temporary archive is removed, a data folder stays. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._server.stop()
        self._stopped.wait(_STOP_SECONDS)
        self._socket.close()
        self.site.background.close()
        self.site.archive.close()
        _discard(self._folder)


def _discard(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        OSError: The address is in use, unknown or not allowed; the message names it.
        ValueError: The port is no port.
    """
    checks.whole("port", port, 0, 65_535)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named protocol: only then asyncio turns off the delay of small packets on accepted connections.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # At once, because two sockets can be bound to one port: only the second that listens is told.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def _check(latency_ms: object, user: object, password: object, mode: object) -> None:
    checks.whole("latency_ms", latency_ms)
    checks.account(user, password)
    if mode is not None:
        checks.kind("mode", mode, Mode, 'Mode(version="1.9")')


def _faults(given: object) -> Iterable[Fault]:
    from .faults.fault import Fault  # noqa: PLC0415 - for annotations only elsewhere

    if isinstance(given, (Fault, str)) or not isinstance(given, Iterable):
        raise TypeError(f"faults is a list of faults, such as [Fault(faults.Drop())], not {given!r}")
    for fault in cast("Iterable[object]", given):
        checks.kind("a fault", fault, Fault, "Fault(faults.Drop())")
        yield cast("Fault", fault)


def start(
    demo: bool = False,
    *,
    data: str | Path | None = None,
    schemas: str | Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    latency_ms: int = 0,
    user: str = "admin",
    password: str = "admin",  # noqa: S107 - the documented default of a throw-away server
    mode: Mode | None = None,
    faults: Iterable[Fault] = (),
) -> Emulator:
    """Return a running server, best used as a context manager.

    Args:
        demo: Fill the archive with the demo projects, unless it has them already.
        data: Folder of the archive; without one it lives in a temporary folder and goes with the server.
        schemas: Folder of the XSD documents; by default those that ship with the emulator.
        host: Address to listen on.
        port: Port to listen on, 0 for a free one.
        latency_ms: Milliseconds every answer is held back.
        user: Login of the administrator.
        password: Password of the administrator.
        mode: How the site is set up; by default like a stock server.
        faults: What goes wrong from the start; more can be added to ``faults`` of the running server.

    Raises:
        OSError: The address cannot be listened on, there is no archive at ``data`` and none can be made, or there are
            no schemas at ``schemas``.
        ValueError: A number is out of range, or no client could send this user or password.
        TypeError: ``mode`` is no ``Mode``, or ``faults`` holds something else than faults.
    """
    _check(latency_ms, user, password, mode)
    wanted = list(_faults(faults))
    if data is not None and Path(data).is_file():
        raise NotADirectoryError(errno.ENOTDIR, "The archive is kept in a folder, and this is a file", str(data))
    documents, listener = find_schemas(schemas), listen(host, port)
    folder = None if data is not None else Path(tempfile.mkdtemp(prefix="xnat-emulator-"))
    with ExitStack() as undo:
        undo.callback(_discard, folder)
        undo.callback(listener.close)
        site = open_site(folder or Path(str(data)), documents, user, password, latency_ms=latency_ms, mode=mode)
        undo.callback(site.archive.close)
        if demo:
            from .demo import fill  # noqa: PLC0415 - pydicom is only needed for this

            fill(site.archive, user)
        for fault in wanted:
            site.faults.add(fault)
        emulator = Emulator(site, user, password, listener, folder)
        undo.pop_all()
    return emulator
