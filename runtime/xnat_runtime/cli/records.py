"""The record of what commands changed: a line of JSON before the work and one behind it, for this account's eyes only.

``~/.local/state/xnat-sdk/record.jsonl``, below XDG_STATE_HOME or LOCALAPPDATA where these are set. It names paths and
never holds a value, a password or a token.
"""

from __future__ import annotations

import datetime
import json
import os
import stat
import sys
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from ..errors import XnatError
from ..locks import turn
from .statuses import status_of

if TYPE_CHECKING:
    from .context import Run

_FLAGS: Final = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_OTHERS: Final = 0o077


@attrs.define
class Outcome:
    """What became of each path; a command adds to the lists as it goes.

    Attributes:
        done: Paths that were changed.
        failed: Paths that were not, since something failed.
    """

    done: list[str] = attrs.field(factory=list[str])
    failed: list[str] = attrs.field(factory=list[str])


@contextmanager
def recorded(run: Run, action: str, paths: Sequence[str]) -> Generator[Outcome, None, None]:
    """Records what a command is about to do, and how it ended; nothing with ``--dry-run``.

    Args:
        run: The run, whose exit status is told when no error is raised.
        action: What is done, such as ``prearchive delete``.
        paths: What it is done to: paths of the REST API, or of local files; never values.

    Raises:
        XnatError: The record cannot be written, so that nothing was done. Once the work is done, that is a warning.
    """
    outcome = Outcome()
    if run.settings.dry_run:
        yield outcome
        return
    common = _common(run, action)
    try:
        _append({"event": "start", **common, "paths": [_plain(path) for path in paths]})
    except OSError as error:
        msg = f"nothing was done: {_place_text()}, the record of changes, cannot be written ({_reason(error)})"
        raise XnatError(msg) from None
    try:
        yield outcome
    except BaseException as error:
        _end(common, outcome, status_of(error), type(error).__name__)
        raise
    _end(common, outcome, run.status, None)


def record_path() -> Path:
    """Returns where the record is.

    Raises:
        OSError: The account has no home folder.
    """
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    base = Path(os.environ.get(name) or ".")
    # As the specification of these folders has it, a relative path counts as none.
    if not base.is_absolute():
        try:
            base = Path.home() / ".local" / "state"
        except RuntimeError:
            msg = "there is no home folder"
            raise OSError(msg) from None
    return base / "xnat-sdk" / "record.jsonl"


def _common(run: Run, action: str) -> dict[str, object]:
    return {
        "run": uuid.uuid4().hex[:12],
        "program": run.site.program,
        "command": run.name,
        "action": action,
        "server": urlsplit(run.connection.server).hostname or "",
        "account": run.connection.user or "guest",
    }


def _end(common: dict[str, object], outcome: Outcome, status: int, error: str | None) -> None:
    told: dict[str, object] = {"event": "end", **common, "exit_status": status}
    told["done"] = [_plain(path) for path in outcome.done]
    told["failed"] = [_plain(path) for path in outcome.failed]
    try:
        _append(told if error is None else {**told, "error": error})
    except (OSError, XnatError) as problem:
        sys.stderr.write(f"warning: the end of this command is not in {_place_text()} ({_reason(problem)})\n")


def _append(values: dict[str, object]) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": now, **values}).encode("ascii") + b"\n"
    path = record_path()
    _make_folder(path.parent)
    with turn(path.with_suffix(".lock")):
        handle = _opened(path)
        try:
            _write(handle, line)
        finally:
            os.close(handle)


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        msg = "its folder is a link"
        raise OSError(msg)
    if sys.platform != "win32":
        found = folder.stat()
        _require_own(found)
        if found.st_mode & _OTHERS:
            folder.chmod(0o700)


def _opened(path: Path) -> int:
    if path.is_symlink():
        msg = "it is a link"
        raise OSError(msg)
    handle = os.open(path, _FLAGS, 0o600)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            msg = "it is no file"
            raise OSError(msg)
        if sys.platform != "win32":
            _require_own(found)
            if found.st_mode & _OTHERS:
                os.fchmod(handle, 0o600)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _write(handle: int, line: bytes) -> None:
    """Writes a whole line; behind one that a full disk cut off, it starts a new one."""
    size = os.fstat(handle).st_size
    if size:
        os.lseek(handle, size - 1, os.SEEK_SET)
        if os.read(handle, 1) != b"\n":
            line = b"\n" + line
    if os.write(handle, line) != len(line):
        msg = "the disk is full"
        raise OSError(msg)


def _require_own(found: os.stat_result) -> None:
    if sys.platform != "win32" and found.st_uid != os.geteuid():
        msg = "it belongs to another account"
        raise OSError(msg)


def _plain(path: str) -> str:
    """Returns a path without a query, which could hold values."""
    return path.partition("?")[0]


def _place_text() -> str:
    try:
        return str(record_path())
    except OSError:
        return "record.jsonl"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
