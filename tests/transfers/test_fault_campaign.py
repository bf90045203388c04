"""Bytes are never wrong, lost or written twice, whatever goes wrong on the way; and what fails is told.

``XNAT_TRANSFERS`` says how many transfers are made; ``make soak`` makes two thousand.
"""

from __future__ import annotations

import os
from pathlib import Path

import xnat_emulator

from .campaign import KINDS, Campaign
from .campaign_faults import EFFECTS

TRANSFERS = int(os.environ.get("XNAT_TRANSFERS", "60"))
SEED = int(os.environ.get("XNAT_SEED", "20"))


def test_no_fault_makes_wrong_bytes_or_two_writes_of_one(tmp_path: Path):
    with xnat_emulator.start() as server:
        campaign = Campaign(server, tmp_path, SEED)
        campaign.run(TRANSFERS)
    returned, reported = campaign.returned.total(), campaign.reported.total()
    print(f"{TRANSFERS} transfers, {campaign.hits.total()} requests disturbed: {returned} done, {reported} reported")
    for (kind, error), count in sorted(campaign.reported.items()):
        print(f"  {kind}: {count} {error}")
    print("  hits:", dict(sorted(campaign.hits.items())))
    assert campaign.problems == [], "\n".join(campaign.problems)
    assert returned + reported == TRANSFERS
    assert set(campaign.returned) == set(KINDS)
    assert set(campaign.hits) == set(EFFECTS)
