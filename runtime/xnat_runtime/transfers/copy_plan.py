"""The plan of a copy to another server: what would be made, what stands in the way, what cannot go along."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

Kind: TypeAlias = Literal["project", "subject", "experiment", "assessor"]
"""What is planned; assessors, scans, resources and shares go with what they belong to, and assessors can conflict."""

Action: TypeAlias = Literal["make", "skip", "made"]
"""It is made, stays as it is on the target, or was made by an earlier run."""

_SHOWN: Final = 20
_COUNTED: Final[tuple[Kind, ...]] = ("subject", "experiment")


@attrs.frozen
class PlannedItem:
    """One project, subject or experiment of a copy.

    Attributes:
        kind: What it is.
        id: Its ID on the source.
        label: Its label; the project's ID on the target for a project.
        xsi_type: Its data type.
        subject: ID of its subject on the source, "" for others than experiments.
        action: What is done.
    """

    kind: Kind
    id: str
    label: str
    xsi_type: str
    subject: str = ""
    action: Action = "make"


@attrs.frozen
class CopyConflict:
    """Something on the target that is in the way.

    Attributes:
        kind: What it is.
        label: Its label, a project's ID.
        reason: Why it is in the way, in one line.
        id: ID on the source of the item that is to be made.
    """

    kind: Kind
    label: str
    reason: str
    id: str = ""


@attrs.frozen
class LeftOut:
    """Something of the source that a copy does not carry.

    Attributes:
        name: What it is, such as ``experiment sub1_MR``.
        reason: Why, in one line.
    """

    name: str
    reason: str


@attrs.frozen(repr=False)
class CopyPlan:
    """What a copy would do; ``print(plan)`` tells it.

    Attributes:
        source: Server and project that are copied.
        target: Server and project that are made.
        items: Project, subjects and experiments in the order in which they are made.
        conflicts: What is in the way; a copy with conflicts writes nothing.
        left_out: What is not carried, as far as it is known before; the report of the copy knows all.
        taken_aliases: Aliases of the project that another one on the target has.
    """

    source: str
    target: str
    items: tuple[PlannedItem, ...]
    conflicts: tuple[CopyConflict, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    taken_aliases: tuple[str, ...] = ()

    def of(self, kind: Kind, *actions: Action) -> list[PlannedItem]:
        """Return the items of a kind, those with one of some actions only."""
        return [item for item in self.items if item.kind == kind and (not actions or item.action in actions)]

    def __repr__(self) -> str:
        return (
            f"<CopyPlan {self.source} to {self.target}: {len(self.items):,} items, {len(self.conflicts):,} conflicts>"
        )

    def __str__(self) -> str:
        made = {kind: len(self.of(kind, "make")) for kind in _COUNTED}
        counts = ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in made.items())
        lines = [f"Copy {self.source} to {self.target}", f"To make: {counts}"]
        lines += _told("Conflicts", [f"{each.kind} {each.label}: {each.reason}" for each in self.conflicts])
        lines += _told("Left out", [f"{each.name}: {each.reason}" for each in self.left_out])
        lines += _told("On the target already", [item.label for item in self.items if item.action != "make"])
        return "\n".join(lines)


def _told(title: str, lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return [f"{title}: {len(lines):,}", *(f"  {line}" for line in lines[:_SHOWN]), *more] if lines else []
