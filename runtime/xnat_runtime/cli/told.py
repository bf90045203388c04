"""What transfers tell at the end: files, bytes, how they were compared, how long it took, and what failed."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import attrs

from ..errors import XnatError
from ..sizes import size_text
from .changing import counted, printable
from .failures import one_line
from .statuses import CONFLICT, INCOMPLETE, status_of

if TYPE_CHECKING:
    from ..results import Verified
    from .context import Run

_WORDS: Final = {"md5": "by MD5", "size": "by size alone", "unverified": "not at all"}
_COLUMNS: Final = ("status", "size", "verified", "name")


class Failed(Protocol):
    """What could not be moved."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...

    @property
    def error(self) -> BaseException:
        """The error itself."""
        ...


@attrs.frozen
class Missed:
    """A path, file or folder that could not be worked on.

    Attributes:
        name: What was typed.
        reason: Why.
        error: The error itself.
    """

    name: str
    reason: str
    error: XnatError


class File(Protocol):
    """A file that was moved, or that was there."""

    @property
    def name(self) -> str:
        """Path inside the transfer."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def verified(self) -> Verified:
        """What it was compared with."""
        ...


@attrs.frozen
class Told:
    """One transfer.

    Attributes:
        verb: What was done, such as ``downloaded``.
        place: Where the files are now, for people.
        moved: Files that travelled.
        skipped: Files that were there already.
        failed: What could not be moved.
        begun: When it began, by `time.monotonic`.
        more: What JSON has beside the rest.
        notes: Lines for people behind the summary.
        quiet: What ``-q`` prints of a file: its ``path`` here, or its ``uri`` on the server.
    """

    verb: str
    place: str
    moved: Sequence[File]
    skipped: Sequence[File]
    failed: Sequence[Failed]
    begun: float
    more: Mapping[str, object] = attrs.field(factory=dict[str, object])
    notes: Sequence[str] = ()
    quiet: Literal["path", "uri"] = "path"

    @property
    def _size(self) -> int:
        """Bytes of the files that travelled; an archive may have brought more, which were not wanted."""
        return sum(each.size for each in self.moved)

    def tell(self, run: Run) -> None:
        """Prints it and sets the exit status that failures make.

        Raises:
            XnatError: All failed, of the same one reason.
        """
        settle(run, self.failed, is_nothing_done=not self.moved and not self.skipped)
        rows = [*_rows(self.moved, "moved"), *_rows(self.skipped, "there already")]
        seconds = round(time.monotonic() - self.begun, 2)
        kinds = Counter(str(row["verified"]) for row in rows)
        if run.settings.format in {"json", "table"}:
            values = {
                **self.more, "moved": len(self.moved), "skipped": len(self.skipped), "bytes": self._size,
                "verified": dict(kinds), "seconds": seconds, "files": rows, "failed": failures(self.failed),
            }  # fmt: skip
            run.out.record(values, self._text(kinds, seconds))
        else:
            run.out.rows(rows, _COLUMNS, path=self.quiet)
        tell_failures(run, self.failed)
        for note in self.notes:
            run.out.say(note)

    def _text(self, kinds: Mapping[str, int], seconds: float) -> str:
        parts = [f"{counted(len(self.moved), 'file')} {self.verb} ({size_text(self._size)}) in {seconds:,.1f} s"]
        if self.skipped:
            parts.append(f"{len(self.skipped):,} there already")
        if self.failed:
            parts.append(f"{len(self.failed):,} failed")
        compared = ", ".join(f"{kinds[kind]:,} {words}" for kind, words in _WORDS.items() if kinds.get(kind))
        return f"{self.place}: {'; '.join(parts)}" + (f"\ncompared with the server: {compared}" if compared else "")


def settle(run: Run, failed: Sequence[Failed], *, is_nothing_done: bool) -> None:
    """Sets the exit status that failures make.

    Raises:
        XnatError: One thing was to be done, and it failed.
    """
    if not failed:
        return
    if is_nothing_done and len(failed) == 1 and isinstance(failed[0].error, XnatError | OSError):
        raise failed[0].error
    in_the_way = all(status_of(each.error) == CONFLICT for each in failed)
    run.status = CONFLICT if in_the_way else INCOMPLETE


def failures(failed: Iterable[Failed]) -> list[dict[str, object]]:
    """Returns what JSON tells of failures."""
    return [
        {
            "name": each.name, "error": type(each.error).__name__, "message": one_line(each.reason),
            "exit_status": status_of(each.error),
        }
        for each in failed
    ]  # fmt: skip


def tell_failures(run: Run, failed: Iterable[Failed]) -> None:
    """Writes a line for each failure to standard error; with ``--json`` they are in the result."""
    if run.settings.format != "json":
        sys.stderr.writelines(f"error: {printable(each.name)}: {printable(one_line(each.reason))}\n" for each in failed)


def _rows(files: Iterable[File], status: str) -> list[dict[str, object]]:
    return [
        {
            "status": status, "name": each.name, "size": each.size, "verified": each.verified,
            "md5": getattr(each, "md5", None), "uri": getattr(each, "uri", ""), "path": _place(each),
        }
        for each in sorted(files, key=lambda each: each.name)
    ]  # fmt: skip


def _place(file: File) -> str:
    path = getattr(file, "path", None)
    return str(path) if isinstance(path, Path) else file.name
