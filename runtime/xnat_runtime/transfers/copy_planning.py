"""How the plan of a copy is made: from tables of both servers, nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from ..errors import NotFoundError
from ..paths import segment
from .copy_items import read_document
from .copy_plan import Action, CopyConflict, CopyPlan, Kind, LeftOut, PlannedItem
from .copy_tables import Row, Tables, assessors_of, names_on

if TYPE_CHECKING:
    from ..session import BaseSession
    from .copy_choice import CopyChoice, IfThere

_CURES: Final = {
    "ID": "; give project_id= another",
    "name": "; give name= another",
    "secondary_ID": "; give project_id= another",
}


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
        name: Name that it gets, "" for its own.
    """

    source: BaseSession
    target: BaseSession
    project: str
    project_id: str
    choice: CopyChoice
    if_there: IfThere
    known: Mapping[str, str]
    name: str = ""

    def plan(self) -> CopyPlan:
        """Return the plan; at most eight requests, however large the project is.

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
        project = self._project(there, conflicts)
        taken = self._names(conflicts, left) if project.action == "make" else []
        items = [project]
        held = self._held("subject", there)
        items += [self._item("subject", row, held, conflicts) for row in self._subjects(here, left)]
        held = self._held("experiment", there)
        items += [self._item("experiment", row, held, conflicts) for row in self._experiments(here, items, left)]
        if there is not None:
            conflicts += self._assessors(items, there)
        return CopyPlan(
            f"{self.source.server} project {self.project}", f"{self.target.server} project {self.project_id}",
            tuple(items), tuple(conflicts), tuple(left), tuple(taken),
        )  # fmt: skip

    @staticmethod
    def _held(kind: Kind, there: Tables | None) -> Mapping[str, Row]:
        return there.labels(kind) if there is not None else {}

    def _project(self, there: Tables | None, conflicts: list[CopyConflict]) -> PlannedItem:
        key = f"project {self.project}"
        action: Action = "made" if key in self.known else "make" if there is None else "skip"
        if action == "skip" and self.if_there == "error":
            told = "exists; if_there='skip' adds to it"
            conflicts.append(CopyConflict("project", self.project_id, told, self.project))
        return PlannedItem("project", self.project, self.project_id, "xnat:projectData", "", action)

    def _names(self, conflicts: list[CopyConflict], left: list[LeftOut]) -> list[str]:
        """Find names that other projects of the target have; return the aliases that cannot go along."""
        document = read_document(self.source, f"/data/projects/{segment(self.project)}")
        known = names_on(self.target)
        name = self.name or document.name or self.project_id
        secondary = self.project_id if document.value("secondary_ID") else ""
        for kind, text in (("ID", self.project_id), ("name", name), ("secondary_ID", secondary)):
            kinds = {kind, "alias"} if kind == "ID" else {kind}
            for other in known:
                if text and other.kind in kinds and other.text == text.lower():
                    told = f"its {kind} {text!r} is taken by project {other.project}{_CURES[kind]}"
                    conflicts.append(CopyConflict("project", self.project_id, told, self.project))
        owners = {each.text: each.project for each in known if each.kind in {"ID", "alias"}}
        taken = [alias for alias in document.aliases if alias.lower() in owners]
        left += [LeftOut(f"alias {each}", f"it is taken by project {owners[each.lower()]}") for each in taken]
        return taken

    def _assessors(self, items: list[PlannedItem], there: Tables) -> Iterator[CopyConflict]:
        """Yield labels of experiments and assessors that the target has: both share one set of labels in a project."""
        sessions = {item.id for item in items if item.kind == "experiment" and item.action != "skip"}
        if not sessions:
            return
        kept = assessors_of(self.target, self.project_id)
        own = {new for key, new in self.known.items() if key.startswith("assessor ")}
        labels = {row["label"] for identity, row in kept.items() if identity not in own}
        for item in items:
            if item.kind == "experiment" and item.action == "make" and item.label in labels:
                yield CopyConflict("experiment", item.label, "an assessor on the target has this label", item.id)
        labels |= set(there.labels("experiment"))
        for row in assessors_of(self.source, self.project).values():
            is_made = f"assessor {row['ID']}" in self.known or not self.choice.has_type(
                row.get("xsiType", ""), self.source.registry
            )
            if row.get("session_ID") in sessions and row["label"] in labels and not is_made:
                yield CopyConflict("assessor", row["label"], "the target has an experiment of this label", row["ID"])

    def _subjects(self, here: Tables, left: list[LeftOut]) -> Iterable[Row]:
        for row in here.subjects.values():
            if not self.choice.has_subject(row["label"]):
                continue
            if row.get("project", self.project) not in {"", self.project}:
                left.append(
                    LeftOut(f"subject {row['label']}", f"belongs to project {row['project']}, shared into this")
                )
                continue
            yield row

    def _experiments(self, here: Tables, items: list[PlannedItem], left: list[LeftOut]) -> Iterable[Row]:
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

    def _item(self, kind: Kind, row: Row, held: Mapping[str, Row], conflicts: list[CopyConflict]) -> PlannedItem:
        label, xsi_type = row["label"], row.get("xsiType", "") or "xnat:subjectData"
        item = PlannedItem(kind, row["ID"], label, xsi_type, row.get("subject_ID", ""))
        if f"{kind} {item.id}" in self.known:
            return attrs.evolve(item, action="made")
        found = held.get(label)
        if found is None:
            return item
        kept = found.get("xsiType", "") or "xnat:subjectData"
        if kept != xsi_type:
            conflicts.append(CopyConflict(kind, label, f"is of type {kept} on the target, {xsi_type} here", item.id))
        elif self.if_there == "error":
            told = "exists on the target; if_there='skip' leaves it as it is"
            conflicts.append(CopyConflict(kind, label, told, item.id))
        return attrs.evolve(item, action="skip")
