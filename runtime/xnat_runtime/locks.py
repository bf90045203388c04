"""Files that one run holds at a time, in this process or another; whatever ends the process lets them go."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import Final

from .errors import UsageError

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_PAUSE: Final = 0.02
_PATIENCE: Final = 60.0

if sys.platform == "win32":
    import msvcrt

    # Behind everything that is ever written: on Windows, what is locked cannot be read by others.
    _FAR: Final = 2**31 - 2

    def _try(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _release(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(handle: int) -> None:
        # flock, not lockf: that would let threads of one process share a lock, and end it with any other handle.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def held(path: Path, busy: Callable[[], Exception]) -> RawIOBase:
    """Return a file that is held from now on, open for appending without a buffer; `let_go` closes it.

    The file is made when it is not there, readable by its owner only. On a file system that knows no locks nothing is
    held.

    Args:
        path: The file.
        busy: Returns what is raised when somebody else holds it.
    """
    while True:
        handle = os.open(path, _FLAGS, 0o600)
        try:
            _hold(handle, busy)
            if _is_named(handle, path):
                return os.fdopen(handle, "ab", buffering=0)
        except BaseException:
            os.close(handle)
            raise
        # Who held it before has removed it since: the next run would make another one.
        os.close(handle)


def let_go(stream: RawIOBase, *, remove: Path | None = None) -> None:
    """Close a file of `held`, so that others can hold it, and remove it when its path is given; once is enough."""
    if stream.closed:
        return
    if remove is not None and sys.platform != "win32":
        # While it is held: afterwards it may be the next run's.
        remove.unlink(missing_ok=True)
    with suppress(OSError):
        # A forked process may have the handle too: closing alone would not end the lock.
        _release(stream.fileno())
    stream.close()
    if remove is not None and sys.platform == "win32":
        with suppress(PermissionError):  # the next run has it open, and removes it
            remove.unlink(missing_ok=True)


@contextmanager
def turn(path: Path, patience: float = _PATIENCE) -> Generator[None, None, None]:
    """Hold a file for a moment; who comes meanwhile waits. The file is there only that long.

    Args:
        path: The file.
        patience: Seconds to wait for others.

    Raises:
        UsageError: Others hold it all the time.
    """
    stream = _patiently(path, time.monotonic() + patience)
    try:
        yield
    finally:
        let_go(stream, remove=path)


@contextmanager
def alone(path: Path, what: str) -> Generator[None, None, None]:
    """Hold a file for a whole run; another run is refused meanwhile. The file is there only that long.

    Args:
        path: The file.
        what: What runs, for the error, such as "mirror".

    Raises:
        UsageError: Another run is under way.
    """

    def busy() -> UsageError:
        msg = f"Another run of this {what} is under way: it holds {path}. Wait until it has ended, or end it."
        return UsageError(msg)

    stream = held(path, busy)
    try:
        yield
    finally:
        let_go(stream, remove=path)


class _BusyError(Exception):
    """Somebody else holds a file."""


def _patiently(path: Path, until: float) -> RawIOBase:
    while True:
        try:
            return held(path, _BusyError)
        except _BusyError:
            if time.monotonic() > until:
                msg = f"{path} is held by another process that does not let it go."
                raise UsageError(msg) from None
        time.sleep(_PAUSE)


def _hold(handle: int, busy: Callable[[], Exception]) -> None:
    try:
        _try(handle)
    except (BlockingIOError, PermissionError):
        raise busy() from None
    except OSError:
        return  # some network file systems have no locks; there, nothing can tell two runs apart


def _is_named(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
