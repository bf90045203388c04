"""What can go wrong: `CodegenError` stops a run, a `Problem` is collected and reported at the end."""

from __future__ import annotations

import enum

import attrs


@attrs.frozen(order=True)
class Source:
    """Where something stands in the input.

    Attributes:
        file: The input file, as the user named it.
        line: Line number, counted from 1; 0 when a line cannot be told.
    """

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class CodegenError(Exception):
    """Input that no package can be made from; nothing is written.

    Attributes:
        source: Where the input is wrong.
        qname: The qualified name of the type or field, empty when there is none.
    """

    def __init__(self, message: str, source: Source | None = None, qname: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.source = source or Source()
        self.qname = qname

    def __str__(self) -> str:
        return render_message(self.source, self.qname, self.message)


class Level(enum.Enum):
    """How bad a problem is: a warning leaves the exit status 0, an error makes it 1."""

    WARNING = "warning"
    ERROR = "error"


@attrs.frozen
class Problem:
    """Something in the input that is reported while the rest is still generated."""

    level: Level
    message: str
    source: Source = Source()
    qname: str = ""

    def __str__(self) -> str:
        return f"{self.level.value}: {render_message(self.source, self.qname, self.message)}"


def render_message(source: Source, qname: str, message: str) -> str:
    """Returns the one line that is printed: place, name, message."""
    parts = [str(source), qname, message]
    return ": ".join(part for part in parts if part)
