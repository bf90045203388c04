"""One file written under a temporary name, compared, and renamed: what stands under a final name is complete."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ..errors import TargetExistsError
from ..partial import new_file_mode, sync_folder
from .digest import Digest

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_CHANGES_OPEN: Final = os.chmod in os.supports_fd
PREFIX: Final = ".xnat-"
SUFFIX: Final = ".part"
"""What unfinished files are called, so that a rerun knows them after a kill."""


class Placing:
    """A file on its way to its final name; lighter than `PartialFile`, for thousands of them.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self, target: Path, *, overwrite: bool, durable: bool = False, mark: str = "") -> None:
        """Begin; the temporary file is made on entering.

        Args:
            target: The final name; its folder exists.
            overwrite: Whether a file that exists may be replaced.
            durable: Whether it is to be on the disk before it gets its name.
            mark: Stands in the temporary name, so that a rerun of the same transfer knows it.
        """
        self.target = target
        self.size = 0
        self._overwrite = overwrite
        self._durable = durable
        # Text and os functions: for thousands of small files, paths as objects cost as much as the files.
        self._name = os.fspath(target)
        self._path = _unfinished(self._name, mark)
        self._handle = -1
        self._digest = Digest()
        self._md5: str | None = None

    def __enter__(self) -> Self:
        self._handle = os.open(self._path, _FLAGS, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._digest.__exit__(kind, error, trace)
        if self._handle >= 0:
            self._close()
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as above

    @property
    def md5(self) -> str:
        """MD5 of all bytes, as lower-case hex; to be asked for when all have been added."""
        if self._md5 is None:
            self._md5 = self._digest.hexdigest()
        return self._md5

    def write(self, piece: bytes | memoryview) -> None:
        """Add bytes."""
        self._digest.update(piece)
        self.size += len(piece)
        _write(self._handle, piece)

    def restart(self) -> None:
        """Forget all bytes: the file is written once more from its beginning."""
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        self._digest.__exit__(None, None, None)
        self.size, self._digest, self._md5 = 0, Digest(), None

    def write_all(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Add all bytes that an iterable gives."""
        for piece in pieces:
            self.write(piece)

    def finish(self) -> None:
        """Give the file its final name.

        Raises:
            TargetExistsError: The target came to be meanwhile and may not be replaced.
        """
        if self._durable:
            os.fsync(self._handle)
        self._close()
        mode = new_file_mode(self.target if self._overwrite else None)
        os.chmod(self._path, mode)  # noqa: PTH101 - as above
        try:
            _rename(self._path, self._name, overwrite=self._overwrite)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as above
            raise
        if self._durable:
            sync_folder(self.target.parent)

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        os.close(handle)


def put(target: str, content: bytes | memoryview, *, overwrite: bool, durable: bool, mark: str, mode: int) -> None:
    """Write a file whose bytes are all here and compared; after a failure nothing is there.

    Args:
        target: The final name; its folder exists.
        content: Its bytes.
        overwrite: Whether a file that exists may be replaced.
        durable: Whether it is to be on the disk before it gets its name.
        mark: Stands in the temporary name.
        mode: Permissions of a new file; one that is replaced keeps its own.

    Raises:
        TargetExistsError: The target came to be meanwhile and may not be replaced.
    """
    path = _unfinished(target, mark)
    if overwrite:
        mode = new_file_mode(Path(target))
    handle = os.open(path, _FLAGS, 0o600)
    try:
        try:
            _write(handle, content)
            os.chmod(handle if _CHANGES_OPEN else path, mode)  # noqa: PTH101 - as above
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
        _rename(path, target, overwrite=overwrite)
    except BaseException:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - as above
        raise
    if durable:
        sync_folder(Path(target).parent)


def _unfinished(name: str, mark: str) -> str:
    """Return another new name in the folder of a file."""
    return f"{name[: name.rfind(os.sep) + 1]}{PREFIX}{mark}{os.urandom(8).hex()}{SUFFIX}"


def _write(handle: int, piece: bytes | memoryview) -> None:
    written = os.write(handle, piece)
    while written < len(piece):
        written += os.write(handle, memoryview(piece)[written:])


def _rename(path: str, name: str, *, overwrite: bool) -> None:
    if overwrite:
        _replace(path, name)
        return
    try:
        # A hard link is the one way to rename that fails, everywhere on POSIX, when the name is taken.
        os.link(path, name)
    except FileExistsError:
        raise _exists(name) from None
    except OSError:
        if os.path.lexists(name):
            raise _exists(name) from None
        os.replace(path, name)  # noqa: PTH105 - as above
    else:
        os.unlink(path)  # noqa: PTH108 - as above


def _replace(path: str, name: str) -> None:
    try:
        os.replace(path, name)  # noqa: PTH105 - as above
    except OSError:
        if not os.path.isdir(name):  # noqa: PTH112 - as above
            raise
        told = f"{name} is a folder, where a file is to be written. Remove it, or choose another folder."
        raise TargetExistsError(told, path=name) from None


def _exists(name: str) -> TargetExistsError:
    return TargetExistsError(f"{name} exists already; pass overwrite=True to replace it.", path=name)
