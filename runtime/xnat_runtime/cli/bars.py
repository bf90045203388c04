"""Progress bars of long work: on standard error, where a person looks at it, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..transfers.events import Observer
    from .context import Run

STOPPED: Final = "stopped. Nothing unfinished is left under its name; the same command again goes on from here"

_ECHO: Final = "^C"
_NARROWEST: Final = 20


@contextmanager
def bars(run: Run, stopped: str = STOPPED) -> Generator[Observer | None, None, None]:
    """Yields what a transfer takes as ``progress=``; None where no bars are shown: piped, ``-q``, or for programs.

    Args:
        run: The run.
        stopped: What Ctrl+C is answered with.

    Raises:
        KeyboardInterrupt: Ctrl+C, with that text; the bars are gone then.
    """
    try:
        if run.settings.format != "table" or not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console  # noqa: PLC0415 - only where bars are shown

        from ..progress import rich_bars  # noqa: PLC0415 - as above

        # A terminal writes ^C behind the last bar: where that begins a new line, wiping the bars would miss one.
        width = max(Console(stderr=True).width - len(_ECHO) - 1, _NARROWEST)
        with rich_bars(Console(stderr=True, width=width), transient=True) as observer:
            yield observer
    except KeyboardInterrupt:
        raise KeyboardInterrupt(stopped) from None
