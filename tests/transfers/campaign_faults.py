"""Every fault of the embedded server, with numbers drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
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


def fault_of(name: str, chance: random.Random) -> Fault:
    """Return a fault that disturbs some of the next requests."""
    effect = EFFECTS[name](chance)
    return Fault(effect, nth=chance.choice([1, 1, 1, 2, 3, 5]), count=chance.choice([1, 1, 1, 2, 3, None]))
