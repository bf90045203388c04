"""The archive: everything the server keeps, with the rules that hold between objects."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from ..datamodel.schema import DataModel, Slot
from ..datamodel.values import convert
from .automation import Automation
from .blobs import Blob, Blobs
from .change import UNRECORDED, Change
from .collaboration import Collaboration
from .config import Configurations
from .containers import Containers
from .database import Database
from .events import EventFacts, Events
from .files import Files
from .groups import Groups
from .history import Version, ended, mix
from .investigators import Investigators
from .invitations import Favorites, Invitations
from .items import Item, Items
from .mails import Mails
from .node import Node
from .patch import Patch, concrete, merge
from .prearchive import Prearchive
from .project_settings import ProjectSettings
from .receivers import Receivers
from .scratch import Scratch
from .searches import Searches
from .settings import Settings
from .sharing import unshare
from .studies import StudyRoutes
from .tasks import Tasks
from .users import Users
from .workflows import Workflows

SITE_ID = "XNAT"
_DATABASE, _BLOBS = "archive.db", "blobs"
_CATALOGS = {"DICOM": "scan_{}", "secondary": "scan_{}_secondary"}
"""Label of a scan's resource -> name of its catalog (dicom-import 49)."""


class Archive:
    """Projects, subjects, experiments, scans, files and accounts below one folder.

    Args:
        folder: Holds ``archive.db`` and ``blobs/``; made when missing.
        model: The data model.
    """

    def __init__(self, folder: Path, model: DataModel) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.model = model
        self.folder = folder
        self.database = Database(folder / _DATABASE)
        self.events = Events(self.database)
        self.items = Items(self.database, model, self._prefix)
        self.files = Files(self.database, Blobs(folder / _BLOBS))
        self.users = Users(self.database)
        self.groups = Groups(self.database, self.users)
        self.invitations = Invitations(self.database)
        self.favorites = Favorites(self.database)
        self.prearchive = Prearchive(self.database, self.files.blobs)
        self.scratch = Scratch(self.database, self.files.blobs)
        self.tasks = Tasks(self.database)
        self.settings = Settings(self.database)
        self.config = Configurations(self.database)
        self.workflows = Workflows(self.database)
        self.searches = Searches(self.database)
        self.automation = Automation(self.database)
        self.studies = StudyRoutes(self.database)
        self.mails = Mails(self.database)
        self.receivers = Receivers(self.database)
        self.collaboration = Collaboration(self.database)
        self.containers = Containers(self.database)
        self.investigators = Investigators(self.database, self.items)
        self.project_settings = ProjectSettings(self.database, self.settings)
        self.files.blobs.sweep(self.database.blob_names())

    def close(self) -> None:
        """Close the database; the folder stays."""
        self.database.close()

    def erase(self) -> None:
        """Remove the database and the contents of all files; nothing else in the folder is touched."""
        for database in self.folder.glob(f"{_DATABASE}*"):
            database.unlink()
        shutil.rmtree(self.folder / _BLOBS, ignore_errors=True)

    def _prefix(self) -> str:
        """Return what accession ids start with: the site's id without blanks, quotes and ``^`` (dicom-import 93)."""
        return re.sub(r"[\s'\"^]", "", self.settings.text("siteId")).replace("-", "_") or SITE_ID

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which everything happens or nothing."""
        return self.database.transaction()

    def change(self, login: str, facts: EventFacts | None = None) -> Change:
        """Record an event and return what identifies it."""
        return Change(login, self.events.record(login, facts or EventFacts()))

    # --- objects ---

    def new_node(self, xsi_type: str) -> Node:
        """Return a node that holds the schema's default values."""
        fields = self.model.type(xsi_type).fields.values()
        return Node(xsi_type, {item.path: convert(item.default, item) for item in fields if item.default is not None})

    def create(self, kind: str, xsi_type: str, patch: Patch, change: Change) -> Item:
        """Return a new object that the patch identifies and ties to its parent."""
        created = self.update(Item(kind, self.new_node(xsi_type)), patch, change)
        if kind == "project":
            self.groups.found(created.id)
        return created

    def update(self, item: Item, patch: Patch, change: Change) -> Item:
        """Apply a patch to an object and to the objects nested in the patch."""
        own, nested = self._split(item.xsi_type, patch)
        merge(self.model, item.node, own)
        self.items.save(item, change)
        for slot, children in nested.items():
            for child in children:
                self._update_nested(item, self.model.type(item.xsi_type).slots[slot], child, change)
        return item

    def _split(self, xsi_type: str, patch: Patch) -> tuple[Patch, dict[str, list[Patch]]]:
        """Part what belongs to the object itself from nested objects with a REST path of their own."""
        slots = self.model.type(xsi_type).slots
        nested = {path: items for path, items in patch.children.items() if self.model.kind_of(slots[path].target)}
        own = {path: items for path, items in patch.children.items() if path not in nested}
        return Patch(patch.xsi_type, patch.values, own), nested

    def _update_nested(self, owner: Item, slot: Slot, patch: Patch, change: Change) -> None:
        kind = self.model.kind_of(slot.target) or ""
        found = self._nested(owner, kind, slot, patch)
        if patch.removed:
            if found is not None:
                self.delete(found, change)
        elif found is not None:
            self.update(found, patch, change)
        else:
            item = Item(kind, self.new_node(concrete(slot, patch)))
            self.attach(item, owner, slot.path)
            if kind == "experiment" and not patch.text("ID"):
                item.node.values["ID"] = self.items.new_id(kind)
            self.update(item, patch, change)

    def _nested(self, owner: Item, kind: str, slot: Slot, patch: Patch) -> Item | None:
        """Return the stored object that a nested patch means: by ID, else by label."""
        members = self.children(owner, slot)
        if patch.position is not None:
            return members[patch.position] if patch.position < len(members) else None
        for name in ("label",) if kind == "resource" else ("ID", "label"):
            if wanted := patch.text(name):
                return next((item for item in members if item.node.text(name) == wanted), None)
        return None

    def attach(self, item: Item, owner: Item, slot: str) -> None:
        """Tie an object to the one it belongs to."""
        item.slot = slot
        if item.kind in {"scan", "reconstruction", "resource"}:
            item.owner = owner.row
        values = item.node.values
        if item.kind in {"scan", "reconstruction"}:
            values["image_session_ID"] = owner.id
        if item.kind in {"scan", "experiment"}:
            values["project"] = owner.project
        if item.kind == "experiment":
            values["subject_ID" if owner.kind == "subject" else "imageSession_ID"] = owner.id

    def children(self, owner: Item, slot: Slot) -> list[Item]:
        """Return the objects of a slot that have a REST path of their own."""
        kind = self.model.kind_of(slot.target)
        if kind == "experiment" and owner.kind == "subject":
            return self.items.of_subject(owner.id)
        if kind == "experiment":
            return self.items.assessors(owner.id)
        return self.items.owned(owner, kind or "", slot.path)

    def expand(self, item: Item, *, history: bool = False, seen: Callable[[Item], bool] | None = None) -> Node:
        """Return an object's node with every object that belongs to it as children, as item documents show it.

        Args:
            item: The object.
            history: Add earlier states to the child collections (rest-data 5.1).
            seen: Tells which experiments below the object are shown; all without it.
        """
        node = item.node
        if history:
            mix(node, self.items.history.of(item.row))
        for slot in self.model.type(item.xsi_type).slots.values():
            if self.model.kind_of(slot.target) is not None and slot.path not in node.children:
                children = self._expanded(item, slot, history=history, seen=seen)
                if children:
                    node.children[slot.path] = children
        if item.kind == "resource":
            node.values["URI"] = self.catalog_path(item)
        return node

    def _expanded(self, item: Item, slot: Slot, *, history: bool, seen: Callable[[Item], bool] | None) -> list[Node]:
        def shown(one: Item) -> bool:
            return seen is None or one.kind != "experiment" or seen(one)

        members = [child for child in self.children(item, slot) if shown(child)]
        if not history:
            return [self.expand(child, seen=seen) for child in members]
        kept = self.items.history
        past = [old for child in members for old in ended(kept.of(child.row), child.node)]
        past += [old.past() for old in self._removed(item, slot) if shown(Item(old.kind, old.node))]
        return [*(self.expand(child, history=True, seen=seen) for child in members), *past]

    def _removed(self, item: Item, slot: Slot) -> list[Version]:
        if self.model.kind_of(slot.target) == "experiment":
            return self.items.history.removed_experiments(item.id)
        return self.items.history.removed_from(item.row, slot.path)

    def delete(self, item: Item, change: Change = UNRECORDED) -> None:
        """Remove an object and everything that belongs to it."""
        for owned in self._belongings(item):
            self.delete(owned, change)
        if item.kind == "resource":
            self.files.clear(item.row)
        if item.kind == "project":
            self._end_shares(item, change)
            self.groups.disband(item.id)
            self.project_settings.forget(item.id)
            self.invitations.forget(item.id)
            self.database.run("INSERT OR IGNORE INTO deleted_projects (id) VALUES (?)", (item.id,))
        self.items.delete(item, change)

    def _belongings(self, item: Item) -> list[Item]:
        slots = self.model.type(item.xsi_type).slots.values()
        nested = [slot for slot in slots if self.model.kind_of(slot.target) is not None]
        own = [child for slot in nested for child in self.children(item, slot)]
        if item.kind != "project":
            return own
        subjects = self._owned_by(item, "subject")
        going = {one.id for one in (*subjects, *self._owned_by(item, "experiment"))}
        # Assessors go with their session, experiments with their subject, unless that one stays in another project.
        loose = [
            one for one in self._owned_by(item, "experiment") if one.subject not in going and one.session not in going
        ]
        return [*subjects, *loose, *own]

    def _owned_by(self, project: Item, kind: str) -> list[Item]:
        return [found for found in self.items.in_project(kind, project.id) if found.project == project.id]

    def _end_shares(self, project: Item, change: Change) -> None:
        """Take what other projects own out of a project that goes away."""
        for kind in ("subject", "experiment"):
            for found in self.items.in_project(kind, project.id):
                if found.project != project.id:
                    unshare(self, found, project.id, change)

    def was_deleted(self, project: str) -> bool:
        """Tell whether a project id was used before; ids are never reusable (rest-data 7.3)."""
        return bool(self.database.rows("SELECT 1 FROM deleted_projects WHERE lower(id) = lower(?)", (project,)))

    # --- resources ---

    def forget(self, blob: Blob) -> None:
        """Remove contents that nothing needs, once the running change is stored."""
        self.database.after_commit(lambda: self.files.blobs.remove(blob.name))

    def count_files(self, resource: Item, change: Change) -> None:
        """Write the number and size in bytes of a resource's files into it."""
        count, size = self.files.totals(resource.row)
        self.update(resource, Patch(values={"file_count": count, "file_size": size}), change)

    def catalog_path(self, resource: Item) -> str:
        """Return the absolute server path of a resource's catalog file, as documents show it (D14)."""
        owner = None if resource.owner is None else self.items.get(resource.owner)
        name = resource.label or self._stamp(resource)
        folder = name if owner is None else f"{self.folder_of(owner)}/{_place(owner, name)}"
        catalog = name if owner is None or owner.kind != "scan" else _CATALOGS.get(name, name).format(owner.id)
        return f"{folder}/{catalog}_catalog.xml"

    def _stamp(self, resource: Item) -> str:
        """Return the folder of a resource without a label: the second it was made in (D5), with a number for twins."""
        owner = None if resource.owner is None else self.items.get(resource.owner)
        older = [one for one in self.items.owned(owner, "resource") if one.row < resource.row] if owner else []
        stamps = [f"{datetime.fromisoformat(one.inserted):%Y%m%d_%H%M%S}" for one in (*older, resource)]
        twins = sum(not one.label and stamp == stamps[-1] for one, stamp in zip(older, stamps[:-1], strict=True))
        return f"{stamps[-1]}_{twins}" if twins else stamps[-1]

    def folder_of(self, item: Item) -> str:
        """Return the archive folder of an object as a server would lay it out (dicom-import 50)."""
        if item.kind == "project":
            return f"/data/xnat/archive/{item.id}"
        if item.kind == "subject":
            return f"/data/xnat/archive/{item.project}/subjects/{item.label}"
        parent = self.items.by_id("experiment", item.session) if item.session else None
        if parent is None:
            return f"/data/xnat/archive/{item.project}/arc001/{item.label or item.id}"
        place = {"scan": "SCANS", "reconstruction": "PROCESSED"}.get(item.kind, "ASSESSORS")
        return f"{self.folder_of(parent)}/{place}/{item.label or item.id}"


def _place(owner: Item, name: str) -> str:
    if owner.kind == "project":
        return f"resources/{name}"
    return f"RESOURCES/{name}" if owner.kind == "experiment" and not owner.session else name
