"""The plan of a copy to another server: what would be made, what stands in the way, what cannot go along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..documents import read_table
from ..errors import NotFoundError
from ..paths import segment

if TYPE_CHECKING:
    from ..session import BaseSession
    from .copy_choice import CopyChoice, IfThere

Kind: TypeAlias = Literal["project", "subject", "experiment"]
"""What is planned; assessors, scans, resources and shares go with what they belong to."""

Action: TypeAlias = Literal["make", "skip", "made"]
"""It is made, stays as it is on the target, or was made by an earlier run."""

_SESSION: Final = "xnat:imageSessionData"
_SHOWN: Final = 20


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
    """

    kind: Kind
    label: str
    reason: str


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
    """

    source: str
    target: str
    items: tuple[PlannedItem, ...]
    conflicts: tuple[CopyConflict, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def of(self, kind: Kind, *actions: Action) -> list[PlannedItem]:
        """Return the items of a kind, those with one of some actions only."""
        return [item for item in self.items if item.kind == kind and (not actions or item.action in actions)]

    def __repr__(self) -> str:
        return (
            f"<CopyPlan {self.source} to {self.target}: {len(self.items):,} items, {len(self.conflicts):,} conflicts>"
        )

    def __str__(self) -> str:
        counts = ", ".join(f"{len(self.of(kind, 'make')):,} {kind}s" for kind in ("subject", "experiment"))
        lines = [f"Copy {self.source} to {self.target}", f"To make: {counts}"]
        lines += _told("Conflicts", [f"{each.kind} {each.label}: {each.reason}" for each in self.conflicts])
        lines += _told("Left out", [f"{each.name}: {each.reason}" for each in self.left_out])
        lines += _told("On the target already", [item.label for item in self.items if item.action != "make"])
        return "\n".join(lines)


def _told(title: str, lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return [f"{title}: {len(lines):,}", *(f"  {line}" for line in lines[:_SHOWN]), *more] if lines else []


@attrs.frozen
class Tables:
    """What one project holds, from its tables: two requests, three where sessions have assessors of their own.

    Attributes:
        subjects: Rows of subjects by ID.
        experiments: Rows of experiments by ID, without assessors of imaging sessions.
    """

    subjects: Mapping[str, Mapping[str, str]]
    experiments: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, session: BaseSession, project: str) -> Tables | None:
        """Return the tables of a project, None when there is no such project."""
        base = f"/data/projects/{segment(project)}"
        try:
            subjects = _rows(session, f"{base}/subjects", "ID,label,project,insert_date,last_modified")
        except NotFoundError:
            return None
        names = "ID,label,project,xsiType,subject_ID,subject_label,insert_date,last_modified"
        return cls(subjects, _rows(session, f"{base}/experiments", names))

    def labels(self, kind: Kind) -> dict[str, Mapping[str, str]]:
        """Return rows by label."""
        rows = self.subjects if kind == "subject" else self.experiments
        return {row["label"]: row for row in rows.values()}


def _rows(session: BaseSession, uri: str, columns: str) -> dict[str, Mapping[str, str]]:
    answer = session.get_json(uri, query={"columns": columns})
    rows = [{name: str(value or "") for name, value in row.items()} for row in read_table(answer, uri)]
    return {row.get("ID", ""): row for row in rows}


@attrs.frozen
class Planning:
    """What a plan is made from.

    Attributes:
        source: The connection that is read.
        target: The connection that is written.
        project: ID of the project on the source.
        project_id: ID that it gets.
        choice: What of it is copied.
        if_there: What becomes of items that are on the target.
        known: New IDs of what earlier runs made, by kind and old ID.
    """

    source: BaseSession
    target: BaseSession
    project: str
    project_id: str
    choice: CopyChoice
    if_there: IfThere
    known: Mapping[str, str]

    def plan(self) -> CopyPlan:
        """Return the plan; at most four requests, however large the project is.

        Raises:
            NotFoundError: There is no such project on the source.
        """
        here = Tables.of(self.source, self.project)
        if here is None:
            told = f"there is no project {self.project} on {self.source.server}, or you may not see it"
            raise NotFoundError("GET", f"/data/projects/{segment(self.project)}", 404, told)
        there = Tables.of(self.target, self.project_id)
        left: list[LeftOut] = []
        conflicts: list[CopyConflict] = []
        items = [self._project(there, conflicts)]
        items += [self._item("subject", row, there, conflicts) for row in self._subjects(here, left)]
        items += [self._item("experiment", row, there, conflicts) for row in self._experiments(here, items, left)]
        return CopyPlan(
            f"{self.source.server} project {self.project}", f"{self.target.server} project {self.project_id}",
            tuple(items), tuple(conflicts), tuple(left),
        )  # fmt: skip

    def _project(self, there: Tables | None, conflicts: list[CopyConflict]) -> PlannedItem:
        key = f"project {self.project}"
        action: Action = "made" if key in self.known else "make" if there is None else "skip"
        if action == "skip" and self.if_there == "error":
            conflicts.append(CopyConflict("project", self.project_id, "exists; if_there='skip' adds to it"))
        return PlannedItem("project", self.project, self.project_id, "xnat:projectData", "", action)

    def _subjects(self, here: Tables, left: list[LeftOut]) -> Iterable[Mapping[str, str]]:
        for row in here.subjects.values():
            if not self.choice.has_subject(row["label"]):
                continue
            if row.get("project", self.project) not in {"", self.project}:
                left.append(
                    LeftOut(f"subject {row['label']}", f"belongs to project {row['project']}, shared into this")
                )
                continue
            yield row

    def _experiments(self, here: Tables, items: list[PlannedItem], left: list[LeftOut]) -> Iterable[Mapping[str, str]]:
        subjects = {item.id for item in items if item.kind == "subject"}
        for row in here.experiments.values():
            kind, name = row.get("xsiType", ""), f"experiment {row['label']}"
            if row.get("subject_ID", "") not in subjects:
                subject = here.subjects.get(row.get("subject_ID", ""))
                if subject is None or self.choice.has_subject(subject["label"]):
                    left.append(LeftOut(name, "its subject belongs to another project"))
                continue
            if not self.choice.has_type(kind, self.source.registry):
                continue
            if self.target.registry.load(kind) is None:
                left.append(LeftOut(name, f"its data type {kind} is unknown to the package of the target"))
                continue
            yield row

    def _item(
        self, kind: Kind, row: Mapping[str, str], there: Tables | None, conflicts: list[CopyConflict]
    ) -> PlannedItem:
        label, xsi_type = row["label"], row.get("xsiType", "") or "xnat:subjectData"
        item = PlannedItem(kind, row["ID"], label, xsi_type, row.get("subject_ID", ""))
        if f"{kind} {item.id}" in self.known:
            return attrs.evolve(item, action="made")
        found = there.labels(kind).get(label) if there is not None else None
        if found is None:
            return item
        kept = found.get("xsiType", "") or "xnat:subjectData"
        if kept != xsi_type:
            conflicts.append(CopyConflict(kind, label, f"is of type {kept} on the target, {xsi_type} here"))
        elif self.if_there == "error":
            conflicts.append(CopyConflict(kind, label, "exists on the target; if_there='skip' leaves it as it is"))
        return attrs.evolve(item, action="skip")
