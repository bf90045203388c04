"""What a copy to another server came to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from ..results import Verified
from .copy_files import CopiedBytes, CopyFailure
from .copy_plan import CopyPlan, LeftOut


@attrs.frozen(repr=False)
class CopyReport:
    """What a copy to another server came to.

    Attributes:
        plan: What it was to do.
        state: The journal, which also holds the map of IDs; a copy that is run again goes on from there.
        ids: New IDs by kind and old ID, such as ``subject XNAT_S00001``.
        moved: Files that travelled.
        skipped: Files that the target had already, with the same bytes.
        failed: Items and files that could not be copied; empty unless failures were asked for instead of an error.
        left_out: What was not carried and why: items of other projects, unknown data types, shares.
    """

    plan: CopyPlan
    state: Path
    ids: Mapping[str, str]
    moved: tuple[CopiedBytes, ...] = ()
    skipped: tuple[CopiedBytes, ...] = ()
    failed: tuple[CopyFailure, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the files that travelled."""
        return sum(each.size for each in self.moved)

    @property
    def verified(self) -> Verified:
        """The weakest comparison among the files: "md5", "size" or "unverified"."""
        found = {each.verified for each in (*self.moved, *self.skipped)}
        if found <= {"md5"}:
            return "md5" if found else "unverified"
        return "size" if "unverified" not in found else "unverified"

    def __repr__(self) -> str:
        counts = f"{len(self.moved):,} files moved, {len(self.skipped):,} skipped, {len(self.failed):,} failures"
        return f"<CopyReport {self.plan.source} to {self.plan.target}: {counts}, {len(self.left_out):,} left out>"
