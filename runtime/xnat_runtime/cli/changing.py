"""Changes of many items: planned, shown, confirmed, made one by one, and told one by one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import (
    AmbiguousKeyError,
    AuthenticationError,
    ForeignUrlError,
    InvalidValueError,
    ReadOnlyConnectionError,
    TransportError,
    XnatError,
)
from .cells import fitted, width
from .grid import fit
from .records import Outcome, recorded
from .statuses import CANCELLED, INCOMPLETE, status_of

if TYPE_CHECKING:
    from .context import Run

Row = Mapping[str, object]

# Errors that every further item would meet, too.
_ENDING: Final = (TransportError, AuthenticationError, ReadOnlyConnectionError)
# What was typed is wrong: nothing is begun.
_MISTAKES: Final = (*_ENDING, InvalidValueError, ForeignUrlError, AmbiguousKeyError)
_SHOWN: Final = 20
_GAP: Final = "  "


@attrs.frozen
class Change:
    """One item that is to be changed.

    Attributes:
        uri: Its path on the server, which the record names.
        planned: What is to be done, as a row that is shown.
        make: Does it, and returns what the row of the result has beside that.
    """

    uri: str
    planned: Row
    make: Callable[[], Row]


@attrs.define
class Changes:
    """The changes of one command.

    Attributes:
        run: The run.
        columns: Columns that tables show.
        planned: What is to be done.
        done: Rows of what was done.
        failed: Path and error of each item that was not found, or could not be changed.
    """

    run: Run
    columns: Sequence[str]
    planned: list[Change] = attrs.field(factory=list[Change])
    done: list[Row] = attrs.field(factory=list[Row])
    failed: list[tuple[str, XnatError]] = attrs.field(factory=list[tuple[str, XnatError]])
    _count: int = attrs.field(default=0, init=False)

    def plan(self, paths: Sequence[str], find: Callable[[str], Change | None]) -> None:
        """Finds what is to be done to each path; what there is not counts as failed, and the others go on.

        Args:
            paths: The paths.
            find: Returns the change of a path, None when there is none to make.

        Raises:
            InvalidValueError: A path names nothing that there could be.
            XnatError: The only path failed, or none of the rest could do better.
        """
        self._count += len(paths)
        for path in paths:
            try:
                change = find(path)
            except XnatError as error:
                if isinstance(error, _MISTAKES):
                    raise
                self.failed.append((path, error))
            else:
                self.planned += [] if change is None else [change]
        self._settle()

    def take(self, changes: Sequence[Change]) -> None:
        """Adds changes that are known already."""
        self.planned += changes
        self._count += len(changes)

    def carry_out(
        self,
        action: str,
        question: str = "",
        notes: Sequence[str] = (),
        *,
        at_once: Callable[[], Row] | None = None,
        typed: str = "",
    ) -> None:
        """Asks where there is a question, makes the changes and tells what became of each; or tells, with --dry-run.

        Args:
            action: Name of the action in the record.
            question: What people are asked, "" for nothing; ``--yes`` answers it.
            notes: What they should know before.
            at_once: Makes all changes together, in place of each by itself; returns what all results have.
            typed: What people have to type in place of yes.

        Raises:
            XnatError: The only item failed, or none of the rest could do better.
        """
        if self.run.settings.dry_run:
            self._tell("planned", [each.planned for each in self.planned])
            return
        if question and self.planned:
            self._show(notes)
            if not (_typed(self.run, question, typed) if typed else self.run.confirm(question)):
                return
        try:
            if self.planned:
                with recorded(self.run, action, [each.uri for each in self.planned]) as outcome:
                    self._make(outcome, at_once)
        except BaseException:
            # Ctrl+C or a lost connection: what was done until then is told.
            if self.done:
                self._tell("done", self.done)
            raise
        self._tell("done", self.done)

    def _make(self, outcome: Outcome, at_once: Callable[[], Row] | None) -> None:
        if at_once is not None:
            made = at_once()
            self.done += [{**each.planned, **made} for each in self.planned]
            outcome.done += [each.uri for each in self.planned]
            return
        for each in self.planned:
            try:
                self.done.append({**each.planned, **each.make()})
                outcome.done.append(each.uri)
            except XnatError as error:
                outcome.failed.append(each.uri)
                if isinstance(error, _ENDING):
                    raise
                self.failed.append((each.uri, error))
        self._settle()

    def _settle(self) -> None:
        """Sets the exit status that failures make; the error of an only item is raised."""
        if self._count == 1 and self.failed:
            raise self.failed.pop()[1]
        if self.failed:
            self.run.status = INCOMPLETE

    def _show(self, notes: Sequence[str]) -> None:
        if self.run.settings.yes or not sys.stdin.isatty():
            return
        for line in table_lines([each.planned for each in self.planned[:_SHOWN]], self.columns):
            self.run.out.say(line)
        if len(self.planned) > _SHOWN:
            self.run.out.say(f"... and {len(self.planned) - _SHOWN} more; --dry-run shows all")
        for note in notes:
            self.run.out.say(note)

    def _tell(self, name: str, rows: Sequence[Row]) -> None:
        if self.run.settings.format == "json":
            self.run.out.record({name: rows, "failed": [_failure(*each) for each in self.failed]})
            return
        if rows or self.run.settings.format != "table":
            is_read = self.run.settings.format == "table"
            self.run.out.rows(rows, _filled(rows, self.columns) if is_read else self.columns)
        for path, error in self.failed:
            sys.stderr.write(f"error: {printable(path)}: {_line(error)}\n")


def _filled(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Returns the columns that have something in one of the rows."""
    return [name for name in columns if any(row.get(name) not in {None, ""} for row in rows)]


def _typed(run: Run, question: str, wanted: str) -> bool:
    """Returns whether a person at the terminal types a word; ``--yes`` stands for it.

    Raises:
        InvalidValueError: There is nobody to ask.
    """
    if run.settings.yes:
        return True
    if not sys.stdin.isatty():
        msg = f"{question} Nobody can answer here: add --yes, or look first with --dry-run"
        raise InvalidValueError(msg)
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() == wanted:
        return True
    run.status = CANCELLED
    run.out.say("nothing was changed")
    return False


def table_lines(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Returns rows as lines of text, under the names of those columns that have something.

    On a terminal the lines are as wide as it is: paths are left out first, then cells are cut.
    """
    shown = _filled(rows, columns)
    cells = [shown, *([printable(str(row.get(name, ""))) for name in shown] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    if sys.stderr.isatty():
        room = shutil.get_terminal_size().columns
        if sum(widths) + len(_GAP) * (len(widths) - 1) > room and "uri" in shown[1:]:
            return table_lines(rows, [name for name in shown if name != "uri"])
        widths = fit(widths, room)
    return [_GAP.join(map(fitted, line, widths)).rstrip() for line in cells]


def printable(text: str) -> str:
    """Returns a text without signs that would move the cursor or change the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def counted(count: int, noun: str) -> str:
    """Returns ``1 item`` or ``3 items``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _failure(path: str, error: XnatError) -> dict[str, object]:
    return {"path": path, "error": type(error).__name__, "message": _line(error), "exit_status": status_of(error)}


def _line(error: XnatError) -> str:
    return " ".join(str(error).split())
