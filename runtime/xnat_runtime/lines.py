"""Connections in use by the threads of one piece of work, which can be cut all at once: nobody waits on them longer."""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final, Protocol


class Connection(Protocol):
    """What carries requests, one at a time."""

    sock: socket.socket | None


class Lines:
    """The connections that threads sent their last requests over while they were `watched`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._cut = threading.Event()

    @property
    def is_cut(self) -> bool:
        """Whether they were cut."""
        return self._cut.is_set()

    def take(self, connection: Connection) -> None:
        """Take note of a connection that is about to carry something.

        Raises:
            ConnectionAbortedError: The lines were cut.
        """
        with self._lock:
            self._connections.add(connection)
        if self.is_cut:
            raise ConnectionAbortedError

    def cut(self) -> None:
        """Shut down every connection that is still in use for this work; who waits on one is woken by an error."""
        self._cut.set()
        with self._lock:
            known = list(self._connections)
        with _USERS_LOCK:
            connections = [each for each in known if _USERS.get(each) is self]
        for connection in connections:
            shut_down(connection.sock)

    @contextmanager
    def watched(self) -> Generator[None, None, None]:
        """Take note of every connection that the calling thread sends something over in the block."""
        token = _LINES.set(self)
        try:
            yield
        finally:
            _LINES.reset(token)


_LINES: Final[ContextVar[Lines | None]] = ContextVar("lines", default=None)
# A connection goes back to a pool and on to other work: only its last user may cut it.
_USERS: Final[weakref.WeakKeyDictionary[Connection, Lines]] = weakref.WeakKeyDictionary()
_USERS_LOCK: Final = threading.Lock()


def present_lines() -> Lines | None:
    """Return the lines of the work that the calling thread does, None when it can be interrupted itself."""
    return _LINES.get()


def use(connection: Connection) -> None:
    """Note whose connection it is; called before anything is sent over it.

    Raises:
        ConnectionAbortedError: The work was cut already.
    """
    lines = _LINES.get()
    with _USERS_LOCK:
        if lines is None:
            _USERS.pop(connection, None)
        else:
            _USERS[connection] = lines
    if lines is not None:
        lines.take(connection)


def shut_down(sock: socket.socket | None) -> None:
    """End a connection at once, whoever waits on it."""
    if sock is not None:
        with suppress(OSError, ValueError):
            sock.shutdown(socket.SHUT_RDWR)
