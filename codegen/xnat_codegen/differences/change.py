"""One difference between two sets of schemas, and what it means for code that uses the package."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import attrs

KindOfChange: TypeAlias = Literal[
    "type-added", "type-removed", "element-added", "element-removed",
    "field-added", "field-removed", "retyped", "facet", "mark", "python",
]  # fmt: skip
"""What changed: a type, a global element, a field, the type of one, a limit of its values, how servers store it,
or only what the package makes of it."""


class Verdict(enum.IntEnum):
    """What a change means for code that uses the package; the higher, the worse."""

    COMPATIBLE = 0
    ADDITIVE = 1
    BREAKING = 2

    @property
    def word(self) -> str:
        """The name in lower case."""
        return self.name.lower()


MEANINGS: Final = {
    Verdict.BREAKING: "code that uses this must change",
    Verdict.ADDITIVE: "new; code that exists works as before",
    Verdict.COMPATIBLE: "nothing that code sees",
}


@attrs.frozen
class Change:
    """One difference.

    Attributes:
        kind: What changed.
        type: The data type, such as ``xnat:mrScanData``; for elements its element, such as ``xnat:MRScan``.
        field: Path below the type, an attribute with ``@`` before its name; "" for the type itself.
        what: The changed property, such as ``maxLength``; "" for what came or went.
        old: How it was, None where there was none.
        new: How it is, None where there is none.
        verdict: What it means for code.
        python: The class or field of the package that it is about, "" when there is none.
    """

    kind: KindOfChange
    type: str
    field: str = ""
    what: str = ""
    old: str | None = None
    new: str | None = None
    verdict: Verdict = Verdict.COMPATIBLE
    python: str = ""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Sorts the worst first, then by name."""
        return -self.verdict, self.type, self.field, self.what


def overall(changes: Iterable[Change]) -> Verdict:
    """Returns the worst verdict; no change at all is compatible."""
    return max((change.verdict for change in changes), default=Verdict.COMPATIBLE)
