"""Bytes are never wrong, lost or written twice, whatever goes wrong on the way; and what fails is told.

``XNAT_TRANSFERS`` says how many transfers are made; ``make soak`` makes two thousand.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import xnat_emulator

from .campaign import Campaign
from .campaign_faults import EFFECTS
from .campaign_kinds import KINDS

TRANSFERS = int(os.environ.get("XNAT_TRANSFERS", "96"))
SEED = int(os.environ.get("XNAT_SEED", "20"))


def test_no_fault_makes_wrong_bytes_or_two_writes_of_one(tmp_path: Path):
    with xnat_emulator.start() as server:
        campaign = Campaign(server, tmp_path, SEED)
        campaign.run(TRANSFERS, KINDS)
    returned, reported = campaign.returned.total(), campaign.reported.total()
    print(
        f"{TRANSFERS} transfers, {campaign.hits.total()} requests disturbed: {returned} done, {reported} reported, "
        f"{campaign.resumed.total()} made again"
    )
    for (kind, error), count in sorted(campaign.reported.items()):
        print(f"  {kind}: {count} {error}")
    effects, kinds = Counter[str](), Counter[str]()
    for (kind, effect), count in campaign.hits.items():
        effects[effect] += count
        kinds[kind] += count
    print("  hits:", dict(sorted(effects.items())))
    assert campaign.problems == [], "\n".join(campaign.problems)
    assert returned + reported == TRANSFERS
    assert not [kind for kind in KINDS if not campaign.returned[kind]]
    assert not [kind for kind in KINDS if not kinds[kind]]
    assert not [effect for effect in EFFECTS if not effects[effect]]
