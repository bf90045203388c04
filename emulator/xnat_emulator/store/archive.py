"""The archive: everything the server keeps, with the rules that hold between objects."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ..schema import DataModel, Slot
from ..values import convert
from .blobs import Blob, Blobs
from .change import Change
from .database import Database, utc_now
from .files import Files
from .items import Item, Items
from .node import Node
from .patch import Patch, concrete, merge
from .users import Users

SITE_ID = "XNAT"


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
        self.database = Database(folder / "archive.db")
        self.items = Items(self.database, model, SITE_ID)
        self.files = Files(self.database, Blobs(folder / "blobs"))
        self.users = Users(self.database)

    def close(self) -> None:
        """Close the database; the folder stays."""
        self.database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which everything happens or nothing."""
        return self.database.transaction()

    def change(self, login: str) -> Change:
        """Record an event and return what identifies it."""
        event = self.database.run("INSERT INTO events (login, moment) VALUES (?, ?)", (login, utc_now()))
        return Change(login, event)

    # --- objects ---

    def new_node(self, xsi_type: str) -> Node:
        """Return a node that holds the schema's default values."""
        fields = self.model.type(xsi_type).fields.values()
        return Node(xsi_type, {item.path: convert(item.default, item) for item in fields if item.default is not None})

    def create(self, kind: str, xsi_type: str, patch: Patch, change: Change) -> Item:
        """Return a new object that the patch identifies and ties to its parent."""
        return self.update(Item(kind, self.new_node(xsi_type)), patch, change)

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
                self.delete(found)
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

    def expand(self, item: Item) -> Node:
        """Return an object's node with every object that belongs to it as children, as item documents show it."""
        node = item.node
        for slot in self.model.type(item.xsi_type).slots.values():
            if self.model.kind_of(slot.target) is not None and slot.path not in node.children:
                children = [self.expand(child) for child in self.children(item, slot)]
                if children:
                    node.children[slot.path] = children
        if item.kind == "resource":
            node.values["URI"] = self.catalog_path(item)
        return node

    def delete(self, item: Item) -> None:
        """Remove an object and everything that belongs to it."""
        for owned in self._belongings(item):
            self.delete(owned)
        if item.kind == "resource":
            for file in self.files.of(item.row):
                self.files.remove(file)
        if item.kind == "project":
            self.users.disband(item.id)
            self.database.run("INSERT OR IGNORE INTO deleted_projects (id) VALUES (?)", (item.id,))
        self.items.delete(item)

    def unshare(self, item: Item, project: str, change: Change) -> None:
        """Take an object out of a project that only shares it."""
        self.update(item, Patch(children={"sharing/share": [Patch(values={"project": project}, removed=True)]}), change)

    def _belongings(self, item: Item) -> list[Item]:
        slots = self.model.type(item.xsi_type).slots.values()
        nested = [slot for slot in slots if self.model.kind_of(slot.target) is not None]
        own = [child for slot in nested for child in self.children(item, slot)]
        if item.kind != "project":
            return own
        subjects = [found for found in self.items.in_project("subject", item.id) if found.project == item.id]
        loose = [found for found in self.items.in_project("experiment", item.id) if self._loose(found, item)]
        return [*subjects, *loose, *own]

    def _loose(self, experiment: Item, project: Item) -> bool:
        """Tell whether an experiment goes with its project and not already with a subject or a session."""
        return experiment.project == project.id and not experiment.subject and not experiment.session

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
        name = resource.label or str(resource.node.number)
        folder = name if owner is None else f"{self.folder_of(owner)}/{_place(owner, name)}"
        catalog = f"scan_{owner.id}" if owner is not None and owner.kind == "scan" and name == "DICOM" else name
        return f"{folder}/{catalog}_catalog.xml"

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
