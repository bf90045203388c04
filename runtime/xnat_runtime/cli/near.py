"""Near misses: what somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Returns `` (did you mean 'label'?)`` for a misspelt word, "" when nothing is like it.

    Args:
        word: What was typed.
        known: What there is.
        cutoff: How like it has to be, 1 for the same.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only errors compare words

    by_case = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), by_case, n=1, cutoff=cutoff)
    return f" (did you mean {by_case[found[0]]!r}?)" if found else ""
