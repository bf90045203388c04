"""The run of a copy: what its plan says is made on the target, and everything that belongs to it carried there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from xml.dom.minidom import Element

import attrs

from ..documents import read_item
from ..errors import ConflictError, NotFoundError, PermissionDeniedError, XnatError
from ..paths import segment
from .copy_documents import AssessorEntry, ItemDocument, SharedInto
from .copy_fields import FieldCopy
from .copy_files import Carried, CopyFailure, FileCopy
from .copy_items import Making, read_document
from .copy_plan import CopyPlan, LeftOut, PlannedItem
from .copy_resources import CopiedResource, resources_of
from .copy_state import CopyState
from .download import Connection
from .events import Events, Finished
from .stop import Stop
from .workers import work_through

if TYPE_CHECKING:
    from ..session import BaseSession
    from .copy_project import ProjectCopy


class CopyRun:
    """One run of a copy: makes the items of its plan, one after the other, and what belongs to each.

    Attributes:
        carried: What came of the files.
        failed: What could not be copied.
        left: What was not carried.
    """

    def __init__(self, copy: ProjectCopy, plan: CopyPlan, state: CopyState, events: Events, stop: Stop) -> None:
        self.carried = Carried()
        self.failed: list[CopyFailure] = []
        self.left: list[LeftOut] = []
        self._copy, self._plan, self._state = copy, plan, state
        self._events, self._stop = events, stop
        self._making = Making(copy.target, copy.project_id, state)
        self._files = FileCopy(
            _connection(copy.source), _connection(copy.target), state, copy.options, events, stop
        )  # fmt: skip
        self._subjects: dict[str, str] = {}
        self._there: dict[str, bool] = {}
        self._fields = FieldCopy(copy.source, copy.target, copy.project_id, state, self.left, self._tried)

    def everything(self) -> None:
        """Copy the project, its subjects and their experiments."""
        for item in self._plan.items:
            self._stop.check()
            if item.kind == "project":
                self._project(item)
            elif item.kind == "subject":
                self._tried(f"subject {item.label}", partial(self._subject, item))
            elif item.action != "skip" and item.subject in self._subjects:
                self._tried(f"experiment {item.label}", partial(self._experiment, item))
            elif item.action != "skip":
                self.left.append(LeftOut(f"experiment {item.label}", "its subject could not be copied"))

    def _tried(self, name: str, step: Callable[[], object]) -> None:
        """Do one step; what the server refuses does not stop the others."""
        try:
            step()
        except XnatError as error:
            self._stop.check()
            self._events(Finished(name, "failed", str(error)))
            self.failed.append(CopyFailure(name, str(error), error))

    def _project(self, item: PlannedItem) -> None:
        copy, uri = self._copy, f"/data/projects/{segment(item.id)}"
        document = read_document(copy.source, uri)
        said = document.descriptions
        if item.action != "skip":
            own = {"ID": copy.project_id}
            if document.value("secondary_ID"):
                own["secondary_ID"] = copy.project_id
            if copy.name:
                document.rename(copy.name)
            document.drop_aliases(self._plan.taken_aliases)
            self._making.make_project(f"project {item.id}", document.ready(own, {}))
        self._tried("custom variables", lambda: self._fields.variables(item.id))
        base = self._making.base
        self._custom_fields(f"project {item.id}", uri, base)
        self._tried("project resources", partial(self._resources, uri, base, {}, None, said))

    def _subject(self, item: PlannedItem) -> None:
        uri = f"/data/projects/{segment(self._copy.project)}/subjects/{segment(item.id)}"
        if item.action == "skip":
            self._subjects[item.id] = self._label_id(item.label)
            return
        document = read_document(self._copy.source, uri)
        own = {"ID": "", "project": self._copy.project_id, "label": item.label}
        said, shares = document.descriptions, document.shares
        key = f"subject {item.id}"
        made = self._making.make_subject(key, item.label, document.ready(own, {}))
        self._subjects[item.id] = made
        there = f"{self._making.base}/subjects/{segment(made)}"
        self._custom_fields(key, uri, there)
        self._resources(uri, there, {}, None, said)
        self._shares(key, item.label, there, shares)

    def _label_id(self, label: str) -> str:
        uri = f"{self._making.base}/subjects/{segment(label)}"
        return str(read_item(self._copy.target.get_json(uri), uri).fields["ID"])

    def _experiment(self, item: PlannedItem) -> None:
        uri = f"/data/experiments/{segment(item.id)}"
        document = read_document(self._copy.source, uri)
        if (owner := document.value("project")) not in {"", self._copy.project}:
            self.left.append(LeftOut(f"experiment {item.label}", f"belongs to project {owner}, shared into this"))
            return
        scans, kept = self._scans(item, document)
        said, assessors, shares = document.descriptions, document.assessors, document.shares
        ids = {item.subject: self._subjects[item.subject]}
        own = {"ID": "", "project": self._copy.project_id, "label": item.label}
        key = f"experiment {item.id}"
        was_made = self._state.is_ours(key)
        made = self._making.make_experiment(
            key, self._subjects[item.subject], item.label, item.xsi_type, document.ready(own, ids)
        )
        ids[item.id] = made
        there = f"/data/experiments/{segment(made)}"
        if was_made and kept:
            self._tried(f"new scans of {item.label}", partial(self._new_scans, item, document, there))
        base = f"{self._making.base}/experiments/{segment(made)}"
        self._custom_fields(key, uri, base)
        self._fields_of_scans(item, kept, base)
        for assessor in assessors:
            self._tried(f"assessor {assessor.label}", partial(self._assessor, assessor, made, ids, said))
        seen = self._resources(uri, there, ids, scans - kept, said)
        for assessor in assessors:
            if assessor.id in ids:
                step = partial(self._own_resources, assessor.id, ids[assessor.id], said, seen)
                self._tried(f"resources of assessor {assessor.label}", step)
        self._shares(key, item.label, base, shares)

    def _scans(self, item: PlannedItem, document: ItemDocument) -> tuple[set[str], set[str]]:
        """Take out the scans that are not copied; return the IDs of all, and of those that are left."""
        if not self._copy.source.registry.is_subtype(item.xsi_type, "xnat:imageSessionData"):
            return set(), set()
        scans = {scan.getAttribute("ID") for scan in document.scans()}
        document.keep_scans(lambda scan: self._wants_scan(item, scan))
        return scans, {scan.getAttribute("ID") for scan in document.scans()}

    def _new_scans(self, item: PlannedItem, document: ItemDocument, there: str) -> None:
        """Make the scans that came to a session after an earlier run had made it."""
        known = self._making.scans(there)
        for scan in document.scans():
            identity, kind = scan.getAttribute("ID"), scan.getAttribute("xsi:type")
            if identity in known:
                continue
            prefix, element = kind.partition(":")[0], self._copy.target.registry.types[kind].element
            if element is None:
                self.left.append(
                    LeftOut(f"scan {identity} of {item.label}", "it is newer than the copy of its session")
                )
                continue
            body = document.scan(identity, f"{prefix}:{element}")
            self._making.make_scan(f"scan {item.id}/{identity}", there, identity, body)

    def _fields_of_scans(self, item: PlannedItem, scans: set[str], there: str) -> None:
        def work(scan: str) -> None:
            uri = f"/data/experiments/{segment(item.id)}/scans/{segment(scan)}"
            self._custom_fields(f"scan {item.id}/{scan}", uri, f"{there}/scans/{segment(scan)}")

        wanted = sorted(scans) if self._fields.has_fields else []
        for done in work_through(wanted, work, workers=self._copy.options.workers, stop=self._stop):
            if done.error is not None:
                raise done.error

    def _wants_scan(self, item: PlannedItem, scan: Element) -> bool:
        kind = scan.getAttribute("xsi:type")
        if kind and self._copy.target.registry.load(kind) is None:
            told = f"its data type {kind} is unknown to the package of the target"
            self.left.append(LeftOut(f"scan {scan.getAttribute('ID')} of {item.label}", told))
            return False
        return self._copy.choice.has_scan(scan.getAttribute("type"))

    def _assessor(
        self, assessor: AssessorEntry, session: str, ids: dict[str, str], said: dict[tuple[str, str], str]
    ) -> None:
        choice, registry = self._copy.choice, self._copy.source.registry
        identity, label, kind = assessor.id, assessor.label, assessor.xsi_type
        if not choice.has_type(kind, registry):
            return
        if self._copy.target.registry.load(kind) is None:
            told = f"its data type {kind} is unknown to the package of the target"
            self.left.append(LeftOut(f"assessor {label}", told))
            return
        document = read_document(self._copy.source, f"/data/experiments/{segment(identity)}")
        own = {"ID": "", "project": self._copy.project_id, "label": document.value("label") or label}
        key, shares = f"assessor {identity}", document.shares
        said.update({(identity, label): text for (owner, label), text in document.descriptions.items() if not owner})
        made = self._making.make_assessor(key, session, own["label"], kind, document.ready(own, ids))
        ids[identity] = made
        there = f"{self._making.base}/experiments/{segment(made)}"
        self._custom_fields(key, f"/data/experiments/{segment(identity)}", there)
        self._shares(key, label, there, shares)

    def _own_resources(self, old: str, new: str, said: Mapping[tuple[str, str], str], seen: set[str]) -> None:
        """Copy what an assessor has like any other experiment; what it produced came with its session."""
        found = resources_of(self._copy.source, f"/data/experiments/{segment(old)}", nested=False)
        own = [
            attrs.evolve(
                each.described({(each.owner, each.label): said.get((old, each.label), "")}), category="", owner=""
            )
            for each in found
            if each.identity not in seen and self._copy.choice.has_resource(each.label)
        ]
        self._carry(own, f"/data/experiments/{segment(new)}", {})

    def _custom_fields(self, key: str, uri: str, there: str) -> None:
        self._tried(f"custom fields of {key}", lambda: self._fields.fields(key, uri, there))

    def _resources(
        self,
        uri: str,
        there: str,
        ids: Mapping[str, str],
        without: set[str] | None,
        said: Mapping[tuple[str, str], str],
    ) -> set[str]:
        """Copy the resources of an item, and return the IDs of all that it has.

        Args:
            uri: Path of the item on the source.
            there: Its path on the target.
            ids: New IDs of assessors by old ones.
            without: IDs of scans that are not copied; None leaves out everything below the item.
            said: Descriptions of resources.
        """
        found = resources_of(self._copy.source, uri, nested=without is not None)
        self._carry([each.described(said) for each in found if self._wants(each, ids, without)], there, ids)
        return {each.identity for each in found}

    def _carry(self, wanted: Iterable[CopiedResource], there: str, ids: Mapping[str, str]) -> None:
        """Copy resources, several at a time."""

        def work(resource: CopiedResource) -> Carried:
            return self._files.resource(resource, resource.target(there, ids))

        for done in work_through(wanted, work, workers=self._copy.options.workers, stop=self._stop):
            if done.result is not None:
                self.carried.moved += done.result.moved
                self.carried.skipped += done.result.skipped
                self.failed += done.result.failed
            elif isinstance(done.error, XnatError):
                name = f"{there}: {done.unit.name}"
                self.failed.append(CopyFailure(name, str(done.error), done.error))
            elif done.error is not None:
                raise done.error

    def _wants(self, resource: CopiedResource, ids: Mapping[str, str], without: set[str] | None) -> bool:
        if not self._copy.choice.has_resource(resource.label):
            return False
        if resource.category == "scans":
            return resource.owner not in (without or set())
        return resource.category != "assessors" or resource.owner in ids

    def _shares(self, key: str, label: str, there: str, shares: Iterable[SharedInto]) -> None:
        for share in shares:
            name = f"share of {key.partition(' ')[0]} {label} with {share.project}"
            project = share.project if self._copy.shares is None else self._copy.shares.get(share.project, "")
            if not project:
                self.left.append(LeftOut(name, "shares= names no project for it"))
            elif not self._is_there(project):
                self.left.append(LeftOut(name, f"the target has no project {project} that you may see"))
            else:
                self._share(name, f"share {key} {share.project}", there, project, share.label)

    def _share(self, name: str, key: str, there: str, project: str, label: str) -> None:
        try:
            self._making.share(key, there, project, label)
        except (ConflictError, PermissionDeniedError, NotFoundError) as error:
            self.left.append(LeftOut(name, str(error)))

    def _is_there(self, project: str) -> bool:
        if project not in self._there:
            self._there[project] = self._making.document(f"/data/projects/{segment(project)}") is not None
        return self._there[project]


def _connection(session: BaseSession) -> Connection:
    return Connection(session.send, session.get_json, session.server)
