"""Files that get their final name only when they are complete."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import InvalidValueError, TargetExistsError

_UMASK_LOCK = threading.Lock()


class PartialFile:
    """A private temporary file beside its target; `finish` renames it, leaving the ``with`` block otherwise removes it.

    The target changes at once or not at all. While it is written the file is readable by its owner only; it then gets
    the permissions of the file it replaces, else those that the process gives to new files.
    """

    def __init__(self, target: Path, *, overwrite: bool) -> None:
        """Keep the target; the file is made on entering.

        Raises:
            TargetExistsError: The target exists and may not be replaced, or is a folder.
            InvalidValueError: The target's folder does not exist.
        """
        require_free(target, overwrite=overwrite)
        self.target = target
        self._overwrite = overwrite
        self._is_open = False

    def __enter__(self) -> Self:
        handle, name = tempfile.mkstemp(prefix=".xnat-", suffix=".part", dir=self.target.parent)
        self.path = Path(name)
        self.stream = os.fdopen(handle, "w+b")
        self._is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_open:
            self._is_open = False
            with suppress(OSError):
                self.stream.close()
            self.path.unlink(missing_ok=True)

    def restart(self) -> None:
        """Forget all bytes: the file is written once more from its beginning."""
        self.stream.seek(0)
        self.stream.truncate()

    def finish(self, *, durable: bool = True) -> None:
        """Give the file its final name.

        Args:
            durable: Wait until the bytes are on the disk, so that a power cut cannot leave an empty file.

        Raises:
            TargetExistsError: The target came to be meanwhile and may not be replaced.
        """
        self.stream.flush()
        if durable:
            os.fsync(self.stream.fileno())
        self.stream.close()
        self.path.chmod(new_file_mode(self.target))
        _rename(self.path, self.target, overwrite=self._overwrite)
        self._is_open = False
        if durable:
            sync_folder(self.target.parent)


def require_free(target: Path, *, overwrite: bool) -> None:
    """Check that a file can be written to a path.

    Raises:
        TargetExistsError: It exists and may not be replaced, or is a folder.
        InvalidValueError: Its folder does not exist.
    """
    if target.is_dir():
        msg = f"{target} is a folder; name the file to write."
        raise TargetExistsError(msg, path=str(target))
    if not overwrite and os.path.lexists(target):
        raise _exists(target)
    if not target.parent.is_dir():
        msg = f"The folder {target.parent} does not exist; create it first."
        raise InvalidValueError(msg)


def _exists(target: Path) -> TargetExistsError:
    return TargetExistsError(f"{target} exists already; pass overwrite=True to replace it.", path=str(target))


def _rename(source: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        source.replace(target)
        return
    try:
        # A hard link is the one way to rename that fails, everywhere on POSIX, when the name is taken.
        os.link(source, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:
        require_free(target, overwrite=False)
        source.replace(target)
    else:
        source.unlink()


def new_file_mode(target: Path | None = None) -> int:
    """Return the permissions of the file that a target is, else those that the process gives to new files."""
    if target is not None:
        with suppress(OSError):
            return stat.S_IMODE(target.stat().st_mode)
    return 0o666 & ~_umask()


def _umask() -> int:
    # There is no way to read it but to set it; the strict value in between can only make another thread's file private.
    with _UMASK_LOCK:
        mask = os.umask(0o077)
        os.umask(mask)
    return mask


def sync_folder(folder: Path) -> None:
    """Wait until names that changed in a folder are on the disk."""
    with suppress(OSError):  # Windows opens no folders; there the rename is durable by itself
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
