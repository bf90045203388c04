"""Experiments: imaging sessions and other subject assessors (rest-data 4.4, 7.2 to 7.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from .. import permissions
from ..address import (
    experiment,
    find_experiment,
    find_subject,
    listed_project,
    optional_project,
    project,
    subject,
    subject_named,
)
from ..call import Call, Reply, text_reply
from ..datamodel import aliases
from ..errors import StatusError
from ..formats.tables import Cell
from ..imports.rerun import rerun
from ..listing import Listing, run
from ..store.change import Change
from ..store.items import Item
from ..store.patch import Patch
from . import actions, bodies, recent, sharing, status, tails
from .bodies import Wanted
from .projects import created_reply
from .replies import table_reply
from .subjects import check_id, check_identity, create_subject, rename

_LISTED = "xnat:experimentData"
DEFAULTS = ("ID", "project", "date", "xsiType", "label", "insert_date")

SITE_LISTING = Listing(
    root="xnat:experimentData",
    aliases=aliases.EXPERIMENT,
    defaults=DEFAULTS,
    uri_prefix="/data/experiments/",
    pageable=True,
    metadata={"title": "Matching experiments"},
    more_defaults={
        "xnat:subjectAssessorData": ("subject_ID", "subject_label"),
        "xnat:imageAssessorData": ("session_ID", "session_label"),
    },
)


def _project_listing(call: Call, shown_in: str) -> Listing:
    def relabel(item: Item, row: dict[str, Cell]) -> None:
        if item.project == shown_in:
            return
        if "label" in row:
            row["label"] = item.label_in(shown_in)
        if "project" in row:
            row["project"] = shown_in
        owner = call.archive.items.by_id("subject", item.subject) if "subject_label" in row else None
        if owner is not None:
            row["subject_label"] = owner.label_in(shown_in)

    return replace(SITE_LISTING, root="xnat:subjectAssessorData", metadata={}, more_defaults={}, relabel=relabel)


def list_experiments(call: Call) -> Reply:
    """``GET /data/experiments`` and the lists of a project and of a subject."""
    owner = listed_project(call)
    items = call.archive.items
    if owner is None:
        found = permissions.readable(call, items.all("experiment"))
        if (days := call.parameter("recent")) is not None:
            return table_reply(call, recent.table(call, days, found))
        return table_reply(call, run(call, SITE_LISTING, found))
    found = items.in_project("experiment", owner.id)
    if call.segment("SUBJECT_ID") is not None:
        identifier = subject(call).id
        found = [item for item in found if item.subject == identifier]
    return table_reply(call, run(call, _project_listing(call, owner.id), permissions.readable(call, found)))


def show_experiment(call: Call) -> Reply:
    """``GET .../experiments/E``; a tail such as ``/scans`` below a project is ignored (rest-data 1.3)."""
    return tails.show(call, experiment(call))


@dataclass
class _Write:
    """One write of an experiment, with what its URL says."""

    call: Call
    owner: Item | None
    wanted: Wanted

    @cached_property
    def change(self) -> Change:
        """The event this write belongs to."""
        return self.call.change(self.wanted.xsi_type or _LISTED)

    def finish(self, item: Item) -> None:
        """Do what a write asks for beside its fields."""
        status.apply(self.call, item, self.wanted, self.change)
        actions.run(self.call, item, self.wanted)

    @property
    def shorts(self) -> dict[str, str]:
        """Short names: only the subject-qualified route knows them all (rest-data 7.3)."""
        known = aliases.writable(aliases.EXPERIMENT)
        if self.call.segment("SUBJECT_ID") is not None:
            return known
        return {"subject_ID": known["subject_ID"]}


def put_experiment(call: Call) -> Reply:
    """``PUT .../experiments/E``: 201 for a new experiment, 200 for a changed one, its accession id as text."""
    if sharing.is_asked(call):
        return sharing.put_experiment(call, experiment(call))
    tails.refuse(call)
    write = _Write(call, optional_project(call), bodies.read(call))
    found = find_experiment(call, call.segment("EXPT_ID") or "", write.owner)
    if found is not None:
        permissions.require(call, "edit", found)
        status.refuse_locked(call, found, write.wanted)
    if found is not None and (label := write.wanted.first("label")):
        return rename(call, found, label)
    if found is None or (write.owner is None and write.wanted.xsi_type is not None):
        return _put_by_request(write, found)
    return _update(write, found)


def _put_by_request(write: _Write, found: Item | None) -> Reply:
    """Handle a PUT whose item comes from the request alone (rest-data 7.3, bare ``/experiments/E``)."""
    patch = _patch(write)
    if found is not None and patch.text("project") == found.project and patch.text("ID") == found.id:
        return _update(write, found)
    owner = write.owner or _project_of(write.call, patch)
    existing = find_experiment(write.call, write.call.segment("EXPT_ID") or "", owner)
    if existing is not None and write.owner is None and patch.text("ID") == existing.id:
        return _update(write, existing)
    patch.default("label", write.call.segment("EXPT_ID") or "")
    if write.call.segment("SUBJECT_ID") is None and write.wanted.document is None:
        patch.values["label"] = write.call.segment("EXPT_ID") or ""
    return text_reply(_create(write, owner, patch).id, 201)


def _project_of(call: Call, patch: Patch) -> Item:
    found = call.archive.items.by_id("project", patch.text("project")) if patch.text("project") else None
    if found is None:
        raise StatusError(422, "Experiments need a project")
    return found


def _patch(write: _Write) -> Patch:
    xsi_type = write.wanted.xsi_type
    if xsi_type is None:
        raise StatusError(417, f"Need {write.call.method} Contents")
    if not write.call.model.extends(xsi_type, "xnat:experimentData"):
        raise StatusError(422, "Only xnat:experimentData documents can be sent here")
    return bodies.patch(write.call, write.wanted, xsi_type, write.shorts, new=True)


def _update(write: _Write, found: Item) -> Reply:
    asked = write.wanted.xsi_type
    if asked is not None and not write.call.model.extends(found.xsi_type, asked):
        raise StatusError(409, f"The experiment is of type {found.xsi_type}")
    patch = bodies.patch(write.call, write.wanted, found.xsi_type, write.shorts)
    check_identity(found, patch)
    if write.call.segment("SUBJECT_ID") is not None and not patch.text("subject_ID") and found.subject:
        patch.values["subject_ID"] = _new_subject_id(write, write.owner or _owner_of(write.call, found), patch)
    elif patch.text("subject_ID"):
        patch.values["subject_ID"] = _subject_id(write, write.owner or _owner_of(write.call, found), patch)
    empty_for_replacement(write.call, found, write.wanted, patch, write.change)
    subject_before = found.node.text("subject_ID")
    updated = write.call.archive.update(found, patch, write.change)
    if updated.node.text("subject_ID") != subject_before:
        rerun(write.call, updated, write.change)
    write.finish(updated)
    return text_reply(updated.id)


_KEPT = ("ID", "label", "project", "subject_ID", "imageSession_ID")


def empty_for_replacement(call: Call, item: Item, wanted: Wanted, patch: Patch, change: Change) -> None:
    """Take away what a document replaces: everything but the identity, with allowDataDeletion (rest-data 7.1.3)."""
    if wanted.replaces:
        item.node.values = {name: item.node.values[name] for name in _KEPT if name in item.node.values}
        bodies.empty_lists(call, item, patch, change)


def _owner_of(call: Call, item: Item) -> Item:
    found = call.archive.items.by_id("project", item.project)
    if found is None:
        raise StatusError(422, "Experiments need a project")
    return found


def _subject_id(write: _Write, owner: Item, patch: Patch) -> str:
    """Return the accession id of the wanted subject; an unknown label makes a new subject (rest-data 7.3)."""
    name = patch.text("subject_ID")
    found = subject_named(write.call, name, owner)
    if found is None:
        found = create_subject(write.call, owner, Patch(values={"label": name}), write.change)
    return found.id


def _create(write: _Write, owner: Item, patch: Patch) -> Item:
    call, items = write.call, write.call.archive.items
    xsi_type = write.wanted.xsi_type or ""
    permissions.require_in(call, "create", owner.id, xsi_type)
    check_id(patch.text("ID"))
    taken = patch.text("label") and items.by_label("experiment", owner.id, patch.text("label")) is not None
    if taken or (patch.text("ID") and items.by_id("experiment", patch.text("ID")) is not None):
        raise StatusError(409, "Specified experiment already exists.")
    if call.model.extends(xsi_type, "xnat:subjectAssessorData"):
        patch.values["subject_ID"] = _new_subject_id(write, owner, patch)
    identifier = patch.text("ID") or items.new_id("experiment")
    patch.values.update({"ID": identifier, "project": owner.id})
    patch.default("label", identifier)
    new = Item("experiment", call.archive.new_node(xsi_type), status=starting_status(call, owner.id))
    created = call.archive.update(new, patch, write.change)
    write.finish(created)
    return created


def starting_status(call: Call, project_id: str) -> str:
    """Return the status of new experiments of a project: its quarantine code decides (rest-data 7.3)."""
    code = call.archive.project_settings.get(project_id, "quarantine_code").lower()
    return "active" if code in {"", "0", "false"} else "quarantine"


def _new_subject_id(write: _Write, owner: Item, patch: Patch) -> str:
    label = write.call.segment("SUBJECT_ID")
    if label is None:
        if not patch.text("subject_ID"):
            raise StatusError(422, "Subject assessors need a subject")
        return _subject_id(write, owner, patch)
    found = find_subject(write.call, owner)
    if found is None and write.call.method == "POST":
        raise StatusError(404, "Unable to find the specified subject.")
    return (found or create_subject(write.call, owner, Patch(values={"label": label}), write.change)).id


def post_experiments(call: Call) -> Reply:
    """``POST .../experiments``: 200 with the URL of the new experiment as text and ``Location``."""
    write = _Write(call, project(call), bodies.read(call))
    if call.segment("SUBJECT_ID") is not None:
        subject(call)
    patch = _patch(write)
    label = write.wanted.first("label")
    if label is not None:
        patch.values["label"] = label
    return created_reply(call, _create(write, project(call), patch).id)


def delete_experiment(call: Call) -> Reply:
    """``DELETE .../experiments/E``."""
    return tails.delete(call, experiment(call))
