"""The objects a search looks through, read once, with the joins between them (schema-and-search 4.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from .. import permissions
from ..call import Call
from ..store.items import Item

Key = TypeVar("Key", str, int)

SESSION = "xnat:imageSessionData"
WORKFLOW = "wrk:workflowData"
ASSESSOR = "xnat:imageAssessorData"


class Corpus:
    """Everything the caller may read, by kind, and what an object is joined to.

    Args:
        call: The request; its caller decides what is found.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self._kinds: dict[str, list[Item]] = {}
        self._ids: dict[str, dict[str, Item]] = {}
        self._related: dict[tuple[int, str], Item | None] = {}

    def all(self, kind: str) -> list[Item]:
        """Return the readable objects of a kind."""
        if kind not in self._kinds:
            items = self.call.archive.items.all(kind)
            if kind == "experiment":
                permissions.access(self.call).tops.update((item.row, item) for item in items)
            elif kind in {"scan", "reconstruction"}:
                self.all("experiment")
            self._kinds[kind] = permissions.readable(self.call, items)
        return self._kinds[kind]

    def of_type(self, xsi_type: str) -> list[Item]:
        """Return the readable objects that are of a type or extend it."""
        if xsi_type == WORKFLOW:
            return self._workflows
        kind = self.call.model.kind_of(xsi_type)
        if kind is None:
            return []
        fits = {name: self.call.model.extends(name, xsi_type) for name in {item.xsi_type for item in self.all(kind)}}
        return [item for item in self.all(kind) if fits[item.xsi_type]]

    @cached_property
    def _workflows(self) -> list[Item]:
        """Workflows of readable projects; they are kept apart from other objects and get rows of their own."""
        nodes = self.call.archive.workflows.all()
        return [
            Item("workflow", node, row=-node.number, inserted=node.started, modified=node.started)
            for node in nodes
            if permissions.may_in(self.call, "read", node.text("ExternalID"), WORKFLOW)
        ]

    def by_id(self, kind: str, identifier: str) -> Item | None:
        """Return a readable object by its ID."""
        if kind not in self._ids:
            self._ids[kind] = {item.id: item for item in self.all(kind)}
        return self._ids[kind].get(identifier)

    @cached_property
    def by_row(self) -> dict[int, Item]:
        """Row -> readable experiment."""
        return {item.row: item for item in self.all("experiment")}

    @cached_property
    def by_subject(self) -> dict[str, list[Item]]:
        """ID of a subject -> its readable experiments."""
        return _grouped((item.subject, item) for item in self.all("experiment"))

    @cached_property
    def by_session(self) -> dict[str, list[Item]]:
        """ID of a session -> its readable assessors."""
        return _grouped((item.session, item) for item in self.all("experiment"))

    @cached_property
    def scans(self) -> dict[int, list[Item]]:
        """Row of a session -> its readable scans, as they were made."""
        return _grouped((item.owner or 0, item) for item in self.all("scan"))

    def related(self, item: Item, xsi_type: str) -> Item | None:
        """Return the one object of a type that an object is joined to: itself, what is above it, or what is below.

        Of several objects below, a subject has its latest experiment, where no date counts as the latest of all, a
        session its last scan; a session meets others of its subject by the closest date.
        """
        key = (item.row, xsi_type)
        if key not in self._related:
            self._related[key] = self._find(item, xsi_type)
        return self._related[key]

    def _find(self, item: Item, xsi_type: str) -> Item | None:
        model = self.call.model
        if model.extends(item.xsi_type, xsi_type):
            return item
        kind = model.kind_of(xsi_type)
        if kind == "project":
            return self.by_id("project", item.project)
        if kind == "subject":
            return self.by_id("subject", self.subject_id(item))
        if kind == "experiment":
            return self._experiment(item, xsi_type)
        return self._scan(item, xsi_type) if kind == "scan" else None

    def session_of(self, item: Item) -> Item | None:
        """Return the imaging session that an object is, or belongs to."""
        if item.kind in {"scan", "reconstruction"}:
            return self.by_row.get(item.owner or 0)
        if item.kind != "experiment":
            return None
        if item.session:
            return self.by_id("experiment", item.session)
        return item if self.call.model.extends(item.xsi_type, SESSION) else None

    def subject_of(self, item: Item) -> Item | None:
        """Return the subject that an object is, or belongs to."""
        return item if item.kind == "subject" else self.by_id("subject", self.subject_id(item))

    def subject_id(self, item: Item) -> str:
        """Return the ID of the subject that an object is, or belongs to."""
        if item.kind == "subject":
            return item.id
        session = self.session_of(item)
        return item.subject or ("" if session is None else session.subject)

    def _experiment(self, item: Item, xsi_type: str) -> Item | None:
        session = self.session_of(item)
        if session is not None and self.call.model.extends(session.xsi_type, xsi_type):
            return session
        if self.call.model.extends(xsi_type, ASSESSOR):
            sessions = [session] if session is not None else self.by_subject.get(self.subject_id(item), [])
            return _latest(
                self._fitting((one for top in sessions for one in self.by_session.get(top.id, [])), xsi_type)
            )
        if item.kind not in {"subject", "experiment", "scan"} or not (subject := self.subject_id(item)):
            return None
        found = self._fitting(self.by_subject.get(subject, []), xsi_type)
        day = day_of(session or item)
        return _latest(found) if day is None else min(found, key=lambda one: _distance(one, day), default=None)

    def _fitting(self, items: Iterable[Item], xsi_type: str) -> list[Item]:
        return [item for item in items if self.call.model.extends(item.xsi_type, xsi_type)]

    def _scan(self, item: Item, xsi_type: str) -> Item | None:
        session = self.session_of(item)
        if session is None and item.kind == "subject":
            wanted = xsi_type.replace("ScanData", "SessionData")
            session = self.related(item, wanted if wanted in self.call.model else SESSION)
        if session is None:
            return None
        found = self._fitting(self.scans.get(session.row, []), xsi_type)
        return found[-1] if found else None


def _grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for key, item in pairs:
        if key:
            groups[key].append(item)
    return dict(groups)


def day_of(item: Item) -> date | None:
    """Return the date of an experiment."""
    text = item.node.text("date")
    return date.fromisoformat(text) if text else None


def _latest(items: Sequence[Item]) -> Item | None:
    return max(items, key=lambda item: (day_of(item) is None, item.node.text("date"), item.row), default=None)


def _distance(item: Item, day: date) -> tuple[bool, int]:
    other = day_of(item)
    return (True, 0) if other is None else (False, abs((other - day).days))
