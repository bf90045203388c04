"""Types of query parameters, bodies and answers, as the route catalogue spells them.

``text``, ``integer``, ``number``, ``boolean``, ``date``, ``time``, ``datetime``, ``timestamp`` (milliseconds since
1970), ``json``; ``a|b`` for one of several words; the name of a record. Behind one of them ``[]`` means a list, ``[,]``
a list whose items are joined by commas, ``{}`` an object with such values, and ``!`` a field that servers always send.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

import attrs

from .errors import CodegenError, Source

Shape: TypeAlias = Literal["one", "list", "joined", "map"]

SIMPLE: Final = frozenset({
    "text", "integer", "number", "boolean", "date", "time", "datetime", "timestamp", "json",
})  # fmt: skip

_SPELLING: Final = re.compile(r"(?P<what>[^\[\]{}!]+)(?P<shape>\[\]|\[,\]|\{\}|)(?P<always>!?)")
_SHAPES: Final[dict[str, Shape]] = {"": "one", "[]": "list", "[,]": "joined", "{}": "map"}


@attrs.frozen
class WireType:
    """One type.

    Attributes:
        name: One of `SIMPLE`, or the name of a record; "" for words.
        words: The values that are known, when there is a closed list of them.
        shape: Whether there is one value or several, and how several are written.
        always: Whether servers always send it.
    """

    name: str
    words: tuple[str, ...] = ()
    shape: Shape = "one"
    always: bool = False

    @property
    def record(self) -> str:
        """The name of the record, "" for everything else."""
        return self.name if self.name not in SIMPLE else ""


JSON: Final = WireType("json")


def wire_type(text: str, source: Source, where: str) -> WireType:
    """Returns the type that a text spells.

    Args:
        text: Such as ``text[]``.
        source: Where it stands.
        where: What it is the type of, for messages.

    Raises:
        CodegenError: It spells none.
    """
    match = _SPELLING.fullmatch(text.strip())
    if match is None:
        raise CodegenError(f"{text!r} is no type", source, where)
    what, shape = match["what"], _SHAPES[match["shape"]]
    if "|" in what:
        return WireType("", tuple(what.split("|")), shape, bool(match["always"]))
    if what not in SIMPLE and not re.fullmatch(r"[A-Z]\w*", what):
        known = ", ".join(sorted(SIMPLE))
        raise CodegenError(f"{text!r} is no type: there are {known}, a|b and names of records", source, where)
    return WireType(what, (), shape, bool(match["always"]))
