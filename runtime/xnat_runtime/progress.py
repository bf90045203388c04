"""Bars for transfers: what ``progress=`` takes, shown by rich or tqdm; and the events, for observers of one's own."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from .extras import require
from .transfers.events import Advanced, Finished, Observer, Outcome, Retried, Started, TransferEvent

__all__ = [
    "Advanced",
    "Finished",
    "Observer",
    "Outcome",
    "Retried",
    "Started",
    "Tally",
    "TransferEvent",
    "rich_bars",
    "tqdm_bars",
]

_MOST_BARS: Final = 8
_NUMBERS: Final = 36
"""Width of bytes, speed and time left, with the spaces between all columns."""
_SHORTEST: Final = 8
_LONGEST_BAR: Final = 40


class Tally:
    """Bytes of all units that events told of, added up; safe to be told by several transfers at a time.

    Attributes:
        done: Bytes that passed so far; what is moved again counts once.
        ended: Units that ended, however.
        failed: Those of them that could not be moved.
    """

    def __init__(self) -> None:
        self.done = 0
        self.ended = 0
        self.failed = 0
        self._passed: dict[str, int] = {}
        self._totals: dict[str, int] = {}
        self._known = 0
        self._is_open = False

    @property
    def total(self) -> int | None:
        """Bytes of all units so far, None when one of them did not tell."""
        return None if self._is_open else max(self._known, self.done)

    def take(self, event: TransferEvent) -> None:
        """Take note of an event."""
        match event:
            case Started():
                self._start(event.unit, event.total)
            case Advanced():
                self._passed[event.unit] = self._passed.get(event.unit, 0) + event.count
                self.done += event.count
            case Retried():
                self.done -= self._passed.pop(event.unit, 0)
            case Finished():
                self.ended += 1
                self.failed += event.outcome == "failed"
                self._passed.pop(event.unit, None)
                self._totals.pop(event.unit, None)

    def _start(self, unit: str, total: int | None) -> None:
        # A unit that is tried again starts again.
        self.done -= self._passed.pop(unit, 0)
        self._known += (total or 0) - self._totals.get(unit, 0)
        self._totals[unit] = total or 0
        self._is_open = self._is_open or total is None


@contextmanager
def rich_bars(
    console: Any = None,  # Any: rich is optional
    *,
    transient: bool = False,
) -> Generator[Observer, None, None]:
    """Yields an observer that shows a bar for all bytes and one for each unit on its way, in terminals and notebooks.

    ``with rich_bars() as bars: scan.download_dir("scan", progress=bars)``

    Args:
        console: The ``rich.console.Console`` to show them on, rich's own when None.
        transient: Whether they are wiped away at the end.

    Raises:
        UsageError: rich is not installed; it comes with the extra ``cli``.
    """
    require("rich", extra="cli")
    width = (console or require("rich", extra="cli").get_console()).width
    shown = _rich(console, width, transient=transient)
    with shown:
        yield _RichBars(shown, max(width - _NUMBERS - _bar_width(width), _SHORTEST))


def _rich(console: Any, width: int, *, transient: bool) -> Any:  # Any: rich is optional
    rich, column = require("rich.progress", extra="cli"), require("rich.table", extra="cli").Column
    numbers = (rich.DownloadColumn, rich.TransferSpeedColumn, rich.TimeRemainingColumn)
    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(bar_width=_bar_width(width)),
        *(kind(table_column=column(no_wrap=True)) for kind in numbers),
    )
    return rich.Progress(*columns, console=console, transient=transient)


def _bar_width(width: int) -> int:
    """Return the width of the bar itself in a line of a width; names take what is left beside it and the numbers."""
    return min(max((width - _NUMBERS) // 3, _SHORTEST), _LONGEST_BAR)


class _RichBars:
    def __init__(self, shown: Any, longest: int) -> None:  # Any: rich is optional
        self._shown = shown
        self._longest = longest
        self._all = shown.add_task("all", total=None)
        self._tasks: dict[str, Any] = {}
        self._tally = Tally()
        self._lock = threading.Lock()

    def __call__(self, event: TransferEvent, /) -> None:
        with self._lock:
            self._tally.take(event)
            self._show(event)
            self._shown.update(
                self._all, completed=self._tally.done, total=self._tally.total, description=self._told(),
            )  # fmt: skip

    def _told(self) -> str:
        failed = self._tally.failed
        return f"all ({self._tally.ended - failed:,} done{f', {failed:,} failed' if failed else ''})"

    def _show(self, event: TransferEvent) -> None:
        task = self._tasks.get(event.unit)
        match event:
            case Started() if task is None and len(self._tasks) < _MOST_BARS:
                # Text in brackets would be taken for a style.
                name = _short(event.unit, self._longest).replace("[", r"\[")
                self._tasks[event.unit] = self._shown.add_task(name, total=event.total)
            case Advanced() if task is not None:
                self._shown.advance(task, event.count)
            case Retried() if task is not None:
                self._shown.update(task, completed=0)
            case Finished() if task is not None:
                self._shown.remove_task(self._tasks.pop(event.unit))
            case _:
                pass


def _short(name: str, longest: int) -> str:
    """Return the end of a long path, which tells more than its beginning."""
    return name if len(name) <= longest else f"...{name[3 - longest :]}"


@contextmanager
def tqdm_bars(**options: Any) -> Generator[Observer, None, None]:  # Any: what tqdm takes
    """Yields an observer that shows one bar of tqdm for all bytes, in terminals and notebooks.

    ``with tqdm_bars(desc="scan") as bars: scan.download_dir("scan", progress=bars)``

    Args:
        **options: What ``tqdm()`` takes, such as ``desc`` or ``file``.

    Raises:
        UsageError: tqdm is not installed; it comes with the extra ``tqdm``.
    """
    require("tqdm", extra="tqdm")
    shown = {"unit": "B", "unit_scale": True, "total": 0, **options}
    with require("tqdm.auto", extra="tqdm").tqdm(**shown) as bar:
        yield _TqdmBar(bar)


class _TqdmBar:
    def __init__(self, bar: Any) -> None:  # Any: tqdm is optional
        self._bar = bar
        self._tally = Tally()
        self._lock = threading.Lock()

    def __call__(self, event: TransferEvent, /) -> None:
        with self._lock:
            before = self._tally.done
            self._tally.take(event)
            self._bar.total = self._tally.total
            if isinstance(event, Finished):
                self._bar.set_postfix_str(f"{self._tally.ended:,} done", refresh=False)
            # What is moved again goes back; tqdm takes no update of 0 as a reason to draw.
            self._bar.update(self._tally.done - before)
