"""Files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import InvalidValueError

_FOLDER: Final = "xnat-sdk"


def settings_folder(environ: Mapping[str, str]) -> Path:
    """Returns the folder of profiles and logins: ``~/.config/xnat-sdk``, below XDG_CONFIG_HOME or APPDATA if set.

    Raises:
        InvalidValueError: The account has no home folder.
    """
    base = Path(environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME") or ".")
    # As the specification of these folders has it, a relative path counts as none.
    return (base if base.is_absolute() else home() / ".config") / _FOLDER


def home() -> Path:
    """Returns the home folder.

    Raises:
        InvalidValueError: The account has none.
    """
    try:
        return Path.home()
    except RuntimeError:
        msg = "this account has no home folder, where settings could be kept: set XDG_CONFIG_HOME, and NETRC"
        raise InvalidValueError(msg) from None


def write_private(path: Path, text: str) -> None:
    """Puts a new file in the place of one, readable by its owner only from the start; a link keeps pointing to it.

    Raises:
        InvalidValueError: It cannot be written; the old file is as it was.
    """
    target = path.resolve()
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes files with mode 0600.
        handle, made = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(made).replace(target)
    except BaseException as error:
        with suppress(OSError):
            Path(made).unlink()
        if isinstance(error, OSError):
            raise _unwritable(path, error) from None
        raise


def _unwritable(path: Path, error: OSError) -> InvalidValueError:
    return InvalidValueError(f"{path} cannot be written: {error.strerror or type(error).__name__}")
