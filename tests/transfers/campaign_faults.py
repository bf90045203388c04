"""Every fault of the embedded server, with numbers drawn by chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from xnat_emulator import Fault, faults

READ_SECONDS = 2.0
"""How long the campaign's client waits for the next bytes."""

EFFECTS: Mapping[str, Callable[[random.Random], Any]] = {  # Any: effects have a base that is no part of the API
    "drop": lambda chance: faults.Drop(after=chance.choice([0, 1, 700, 5_000, 40_000]), reset=chance.random() < 0.5),
    "lose-reply": lambda chance: faults.LoseReply(chance.choice(["504", "reset", "close"])),
    "stall": lambda chance: faults.Stall(chance.choice([0.02, 0.02, 2 * READ_SECONDS]), after=chance.choice([0, 900])),
    "trickle": lambda chance: faults.Trickle(chance.choice([100_000, 400_000])),
    "unavailable": lambda chance: faults.Unavailable(
        retry_after=chance.choice(["", "0", "7000"]), status=chance.choice([429, 500, 502, 503, 504])
    ),
    "expired-session": lambda _: faults.ExpiredSession(),
    "login-page": lambda _: faults.LoginPage(),
    "redirect": lambda _: faults.Redirect(),
    "wrong-length": lambda chance: faults.WrongLength(by=chance.choice([-10, 10])),
    "cookie-without-path": lambda _: faults.CookieWithoutPath(),
    "truncated-zip": lambda chance: faults.TruncatedZip(keep=chance.random()),
    "corrupt-zip": lambda _: faults.CorruptZip(),
    "hostile-members": lambda _: faults.HostileMembers(),
    "wrong-digest": lambda _: faults.WrongDigest(),
    "duplicate-labels": lambda chance: faults.DuplicateLabels(column=chance.choice(["label", "Name"])),
    "hostile-labels": lambda _: faults.HostileLabels(),
    "stale-prearchive": lambda _: faults.StalePrearchive(),
    "import-race": lambda _: faults.ImportRace(),
}
RENAMING = frozenset({"hostile-members", "hostile-labels", "duplicate-labels"})
"""Effects under which files come with names that are none of theirs."""
MISLEADING = RENAMING | {"wrong-digest"}
"""Effects that a transfer cannot tell from files of somebody else, so that it need not go on after them."""

SUITED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("truncated-zip", "corrupt-zip", "hostile-members"), ("session to", "scan to", "resource to", "zip", "mirror")
    ),
    "lose-reply": ("upload", "import", "archiving", "copy", "edit", "deletion"),
    "import-race": ("import",),
    "stale-prearchive": ("archiving",),
}
"""Effect -> words in the kinds that it can disturb; the others disturb all kinds."""


def pairs_of(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Return every kind with every effect that can disturb it."""
    return [
        (kind, effect)
        for kind in sorted(kinds)
        for effect in sorted(EFFECTS)
        if kind.startswith(SUITED.get(effect, ("",)))
    ]


def turns_of(kinds: Iterable[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield pairs of kind and effect without end: what was used least comes next, all pairs before any comes again."""
    used = Counter[str]()
    while True:
        left = pairs_of(kinds)
        chance.shuffle(left)
        while left:
            kind, effect = chosen = min(left, key=lambda pair: used[pair[0]] + used[pair[1]])
            left.remove(chosen)
            used.update((kind, effect))
            yield chosen


def fault_of(name: str, chance: random.Random) -> Fault:
    """Return a fault that disturbs some of the next requests; the first one, when only few can be disturbed."""
    effect, nth = EFFECTS[name](chance), chance.choice([1, 1, 1, 2, 3, 5])
    return Fault(effect, nth=1 if name in SUITED else nth, count=chance.choice([1, 1, 1, 2, 3, None]))
