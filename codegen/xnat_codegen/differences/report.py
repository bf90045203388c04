"""Differences as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from .change import MEANINGS, Change, Verdict, overall

FORMAT: Final = 1
SIGNS: Final = {
    "type-added": "+ type", "type-removed": "- type", "element-added": "+ element", "element-removed": "- element",
    "field-added": "+ field", "field-removed": "- field",
}  # fmt: skip


def as_text(changes: Sequence[Change]) -> Iterator[str]:
    """Yields lines: the changes below what they mean, the worst first, and the verdict at the end."""
    for verdict, group in groupby(changes, key=lambda change: change.verdict):
        yield f"{verdict.word}: {MEANINGS[verdict]}"
        yield from (f"  {_line(change)}" for change in group)
        yield ""
    counts = Counter(change.verdict for change in changes)
    numbers = ", ".join(f"{counts[one]} {one.word}" for one in sorted(Verdict, reverse=True) if counts[one])
    yield f"verdict: {overall(changes).word} ({numbers or 'no change'})"


def _line(change: Change) -> str:
    place = f"{change.type} {change.field}".rstrip()
    python = f" [{change.python}]" if change.python else ""
    if change.kind in SIGNS:
        held = change.new or change.old
        return f"{SIGNS[change.kind]} {place}{f': {held}' if held else ''}{python}"
    shown = "Python " if change.kind == "python" else ""
    return f"~ {place}: {shown}{change.what} {_value(change.old)} -> {_value(change.new)}{python}"


def _value(text: str | None) -> str:
    return "none" if text is None else text


def as_json(changes: Sequence[Change]) -> str:
    """Returns a JSON object with ``format``, ``verdict``, ``counts`` and ``changes``."""
    counts = Counter(change.verdict for change in changes)
    document = {
        "format": FORMAT,
        "verdict": overall(changes).word,
        "counts": {one.word: counts[one] for one in Verdict},
        "changes": [_entry(change) for change in changes],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def _entry(change: Change) -> dict[str, str | None]:
    return {
        "kind": change.kind,
        "type": change.type,
        "field": change.field,
        "what": change.what,
        "old": change.old,
        "new": change.new,
        "verdict": change.verdict.word,
        "python": change.python,
    }
