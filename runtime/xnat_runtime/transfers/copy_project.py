"""A copy of a project from server to server: planned first, journalled, each item made exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.dom.minidom import Element

import attrs

from ..documents import ItemNode
from ..errors import ConflictError, NotFoundError, PermissionDeniedError, UsageError, XnatError
from ..paths import segment
from ..protocol_document import ProtocolDocument
from .copy_choice import CopyChoice, IfThere
from .copy_documents import AssessorEntry, SharedInto
from .copy_files import Carried, CopyFailure, FileCopy
from .copy_items import Making, read_document
from .copy_plan import CopyPlan, LeftOut, PlannedItem, Planning
from .copy_report import CopyReport
from .copy_resources import CopiedResource, resources_of
from .copy_state import CopyState, read_ids, state_path
from .download import Connection
from .events import Events, Finished, Observer
from .options import TransferOptions
from .stop import Stop
from .upload_state import state_folder
from .workers import work_through

if TYPE_CHECKING:
    from ..session import BaseSession


class CopyConflictError(UsageError):
    """A copy was not begun, since things on the target are in its way.

    Attributes:
        plan: The plan, with its conflicts.
    """

    def __init__(self, message: str, *, plan: CopyPlan | None = None) -> None:
        self.plan = plan
        super().__init__(message)


@attrs.frozen
class ProjectCopy:
    """One copy of one project; `plan` tells what it would do, `run` does it.

    Attributes:
        source: The connection that is read.
        project: ID of the project.
        target: The connection that is written.
        project_id: ID that the project gets there.
        name: Name that it gets there, "" for its own; names are unique on a server.
        choice: What of it is copied.
        if_there: "error" stops the copy before anything is written when items are on the target; "skip" leaves them
            as they are, with everything in them, and adds what is missing to the project and its subjects.
        shares: ID of the project on the target for each that items are shared into here; None for the same IDs.
        state: Folder of the journal, None for the user's own.
        options: How files travel.
        observer: Told of what happens.
    """

    source: BaseSession
    project: str
    target: BaseSession
    project_id: str
    name: str = ""
    choice: CopyChoice = attrs.field(factory=CopyChoice)
    if_there: IfThere = "error"
    shares: Mapping[str, str] | None = None
    state: Path | None = None
    options: TransferOptions = attrs.field(factory=TransferOptions)
    observer: Observer | None = None

    def plan(self) -> CopyPlan:
        """Return what would be done; nothing is written anywhere.

        Raises:
            UsageError: Source and target are the same project.
            NotFoundError: There is no such project on the source.
        """
        if self.source.server == self.target.server and self.project == self.project_id:
            msg = f"Project {self.project} cannot be copied to itself: give project_id= another ID, or another server."
            raise UsageError(msg)
        known = read_ids(state_path(self._folder, self._job))
        return Planning(
            self.source, self.target, self.project, self.project_id, self.choice, self.if_there, known
        ).plan()

    def run(self) -> CopyReport:
        """Copy, or go on where an earlier run stopped, and return what came of it.

        Raises:
            CopyConflictError: Something is in the way; nothing was written.
            XnatError: Something could not be copied, and failures are to be raised; all others were tried.
        """
        plan = self.plan()
        events, stop = Events(self.observer), Stop()
        with CopyState(self._folder, self._job, self.options.retry, stop, events) as state:
            plan = _without_own(plan, state)
            if plan.conflicts:
                told = f"{len(plan.conflicts):,} things on {plan.target} are in the way; nothing was copied.\n{plan}"
                raise CopyConflictError(told, plan=plan)
            run = _Run(self, plan, state, events, stop)
            try:
                run.everything()
            except BaseException:
                stop.set()
                raise
            if not run.failed:
                state.complete()
        if run.failed and self.options.failures == "raise":
            raise run.failed[0].error
        return CopyReport(
            plan, state.path, read_ids(state.path), tuple(run.carried.moved), tuple(run.carried.skipped),
            tuple(run.failed), (*plan.left_out, *run.left),
        )  # fmt: skip

    @property
    def _folder(self) -> Path:
        return self.state or state_folder()

    @property
    def _job(self) -> dict[str, str]:
        return {
            "copy": "project", "source": self.source.server, "project": self.project, "target": self.target.server,
            "project_id": self.project_id,
        }  # fmt: skip


def _without_own(plan: CopyPlan, state: CopyState) -> CopyPlan:
    """Return the plan without conflicts with what this copy was about to make when it was interrupted."""
    own = {item.label for item in plan.items if state.is_ours(f"{item.kind} {item.id}")}
    conflicts = tuple(each for each in plan.conflicts if each.label not in own)
    items = tuple(
        attrs.evolve(item, action="made") if state.is_ours(f"{item.kind} {item.id}") else item for item in plan.items
    )
    return attrs.evolve(plan, items=items, conflicts=conflicts)


class _Run:
    """One run of a copy.

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
        self._has_fields = True

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

    def _tried(self, name: str, step: Callable[[], None]) -> None:
        """Do one step; what the server refuses does not stop the others."""
        try:
            step()
        except XnatError as error:
            self._stop.check()
            self._events(Finished(name, "failed", str(error)))
            self.failed.append(CopyFailure(name, str(error), error))

    def _project(self, item: PlannedItem) -> None:
        copy, uri = self._copy, f"/data/projects/{segment(item.id)}"
        if item.action != "skip":
            document = read_document(copy.source, uri)
            own = {"ID": copy.project_id}
            if document.value("secondary_ID"):
                own["secondary_ID"] = copy.project_id
            if copy.name:
                document.rename(copy.name)
            self._making.make_project(f"project {item.id}", document.ready(own, {}))
        self._tried("custom variables", lambda: self._variables(item.id))
        base = self._making.base
        self._custom_fields(f"project {item.id}", uri, base)
        self._tried("project resources", lambda: self._resources(uri, base, {}, None))

    def _variables(self, project: str) -> None:
        """Copy the definitions of custom variables: one request for each data type that has some."""
        source, target, there = self._copy.source, self._copy.target, self._copy.project_id
        nodes = source.variable_definitions.protocols(project)
        if not nodes:
            return
        target.variable_definitions.forget(there)
        known = {str(node.fields.get("data-type")) for node in target.variable_definitions.protocols(there)}
        for node in nodes:
            kind = str(node.fields.get("data-type", ""))
            if kind in known and not self._state.is_ours(f"variables {kind}"):
                self.left.append(
                    LeftOut(f"custom variables of {kind}", "the target defines some for this type already")
                )
            else:
                self._tried(f"custom variables of {kind}", partial(self._protocol, node, kind))
        target.variable_definitions.forget(there)

    def _protocol(self, node: ItemNode, kind: str) -> None:
        target, there = self._copy.target, self._copy.project_id
        edit = ProtocolDocument(node, target.registry.namespaces["xnat"])
        name = f"{there}_{kind.replace(':', '_')}"
        edit.root.set("ID", name)
        uri = f"/data/projects/{segment(there)}/protocols/{segment(name)}"

        def send() -> str:
            target.put(uri, edit.document(), query={"dataType": kind}, headers={"Content-Type": "text/xml"})
            return name

        # A protocol replaces itself: to send the same once more changes nothing.
        self._state.once(f"variables {kind}", send, lambda: None)

    def _subject(self, item: PlannedItem) -> None:
        uri = f"/data/projects/{segment(self._copy.project)}/subjects/{segment(item.id)}"
        if item.action == "skip":
            self._subjects[item.id] = str(self._label_id(item.label))
            return
        document = read_document(self._copy.source, uri)
        own = {"ID": "", "project": self._copy.project_id, "label": item.label}
        shares = document.shares
        key = f"subject {item.id}"
        made = self._making.make_subject(key, item.label, document.ready(own, {}))
        self._subjects[item.id] = made
        there = f"{self._making.base}/subjects/{segment(made)}"
        self._custom_fields(key, uri, there)
        self._resources(uri, there, {}, None)
        self._shares(key, item.label, there, shares)

    def _label_id(self, label: str) -> str:
        found = self._making.document(f"{self._making.base}/subjects/{segment(label)}")
        return str(found.fields.get("ID", "")) if found is not None else ""

    def _experiment(self, item: PlannedItem) -> None:
        uri = f"/data/experiments/{segment(item.id)}"
        document = read_document(self._copy.source, uri)
        if (owner := document.value("project")) not in {"", self._copy.project}:
            self.left.append(LeftOut(f"experiment {item.label}", f"belongs to project {owner}, shared into this"))
            return
        scans = {scan.getAttribute("ID") for scan in document.scans()} if _has_scans(item, self._copy) else set[str]()
        if scans:
            document.keep_scans(lambda scan: self._wants_scan(item, scan))
        kept = {scan.getAttribute("ID") for scan in document.scans()} if scans else set[str]()
        ids = {item.subject: self._subjects[item.subject]}
        assessors, shares = document.assessors, document.shares
        own = {"ID": "", "project": self._copy.project_id, "label": item.label}
        key = f"experiment {item.id}"
        made = self._making.make_experiment(
            key, self._subjects[item.subject], item.label, item.xsi_type, document.ready(own, ids)
        )
        ids[item.id] = made
        there = f"/data/experiments/{segment(made)}"
        self._custom_fields(key, uri, f"{self._making.base}/experiments/{segment(made)}")
        for assessor in assessors:
            self._tried(f"assessor {assessor.label}", partial(self._assessor, assessor, made, ids))
        self._resources(uri, there, ids, scans - kept)
        self._shares(key, item.label, f"{self._making.base}/experiments/{segment(made)}", shares)

    def _wants_scan(self, item: PlannedItem, scan: Element) -> bool:
        kind = scan.getAttribute("xsi:type")
        if kind and self._copy.target.registry.load(kind) is None:
            told = f"its data type {kind} is unknown to the package of the target"
            self.left.append(LeftOut(f"scan {scan.getAttribute('ID')} of {item.label}", told))
            return False
        return self._copy.choice.has_scan(scan.getAttribute("type"))

    def _assessor(self, assessor: AssessorEntry, session: str, ids: dict[str, str]) -> None:
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
        made = self._making.make_assessor(key, session, own["label"], kind, document.ready(own, ids))
        ids[identity] = made
        there = f"{self._making.base}/experiments/{segment(made)}"
        self._custom_fields(key, f"/data/experiments/{segment(identity)}", there)
        self._shares(key, label, there, shares)

    def _custom_fields(self, key: str, uri: str, there: str) -> None:
        """Copy the JSON object of custom fields, where servers have such: a request, two where an item has some."""
        if not self._has_fields or self._state.is_done(f"fields {key}"):
            return
        from ..custom_fields import CustomFields  # noqa: PLC0415 - it imports what imports transfers

        here = CustomFields(self._copy.source, f"/xapi/custom-fields{uri.removeprefix('/data')}/fields")
        try:
            values = dict(here)
        except UsageError:
            self._has_fields = False
            return
        except XnatError:
            values = {}
        if values:
            sent = CustomFields(self._copy.target, f"/xapi/custom-fields{there.removeprefix('/data')}/fields")
            self._tried(f"custom fields of {key}", lambda: sent.update(values))

    def _resources(self, uri: str, there: str, ids: Mapping[str, str], without: set[str] | None) -> None:
        """Copy the resources of an item, several at a time."""
        nested = without is not None
        wanted = [
            each for each in resources_of(self._copy.source, uri, nested=nested) if self._wants(each, ids, without)
        ]

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


def _has_scans(item: PlannedItem, copy: ProjectCopy) -> bool:
    return copy.source.registry.is_subtype(item.xsi_type, "xnat:imageSessionData")


def _connection(session: BaseSession) -> Connection:
    return Connection(session.send, session.get_json, session.server)
