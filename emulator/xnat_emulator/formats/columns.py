"""Values of schema paths for rows of listings, joined objects included (rest-data 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import product

from ..datamodel import aliases, xmlpath
from ..datamodel.schema import Field
from ..datamodel.values import Value
from ..datamodel.xmlpath import Located, PathError, Step, XmlPath
from ..store.archive import Archive
from ..store.items import Item
from ..store.node import Node
from ..store.patch import ABSTRACT_DEFAULTS
from .tables import Cell


@dataclass
class Columns:
    """Reads cells; objects reached through a join are looked up once."""

    archive: Archive
    _joined: dict[tuple[str, str], Item | None] = field(default_factory=dict[tuple[str, str], "Item | None"])
    _owners: dict[int, Item] = field(default_factory=dict[int, Item])

    def cells(self, item: Item, path: XmlPath) -> list[Cell]:
        """Return every value of a path for an object; several when a step repeats, none when there is no value."""
        target = self._target(item, path.root)
        if target is None:
            return []
        if (special := _special(target, path.names)) is not None:
            return [special]
        try:
            return self._values(target.node, path.steps)
        except PathError:
            return []

    def rows(self, sources: Sequence[Item], paths: Sequence[XmlPath]) -> list[tuple[Cell, ...]]:
        """Return the rows of an object's columns: as many as repeated children have combinations.

        Columns of one repeated child stand side by side, since they come from one join (rest-data 4.3 and 18.1).
        """
        blocks: dict[object, list[int]] = {}
        for index, (item, path) in enumerate(zip(sources, paths, strict=True)):
            blocks.setdefault(self._child_of(item, path) or index, []).append(index)
        tables = [self._block([sources[i] for i in block], [paths[i] for i in block]) for block in blocks.values()]
        places = [index for block in blocks.values() for index in block]
        joined = (dict(zip(places, (cell for cells in row for cell in cells), strict=True)) for row in product(*tables))
        return [tuple(row[index] for index in range(len(paths))) for row in joined]

    def _block(self, sources: Sequence[Item], paths: Sequence[XmlPath]) -> list[tuple[Cell, ...]]:
        target = self._target(sources[0], paths[0].root)
        if len(paths) == 1 or target is None:
            return [(cell,) for cell in self.cells(sources[0], paths[0])] or [(None,)]
        parts = [xmlpath.locate(self.archive.model, target.node.xsi_type, path.steps) for path in paths]
        rows = [self._child_cells(child, parts) for child in self._children(target.node, parts[0])]
        return [cells for row in rows for cells in product(*row)] or [(None,) * len(paths)]

    def _child_cells(self, child: Node, parts: Sequence[Located]) -> list[list[Cell]]:
        return [self._child_values(child, part.rest, part.step.name) or [None] for part in parts]

    def _child_of(self, item: Item, path: XmlPath) -> object:
        """Return what the repeated child that a path leads through has in common with its other columns, else None."""
        target = self._target(item, path.root) if len(path.steps) > 1 else None
        if target is None:
            return None
        try:
            found = xmlpath.locate(self.archive.model, target.node.xsi_type, path.steps)
        except PathError:
            return None
        return None if found.slot is None else (id(target.node), found.slot.path, found.step)

    def _children(self, node: Node, found: Located) -> list[Node]:
        slot = found.slot
        known = () if slot is None else node.children.get(slot.path, ()) or self._resources(node, slot.path)
        children = [child for child in known if _selected(child, found.step)]
        index = found.step.index
        return children if index is None else children[index : index + 1]

    def _resources(self, node: Node, slot: str) -> list[Node]:
        """Return the resources of an object, which are objects of their own: a column of theirs is joined too."""
        owner = self._owners.get(id(node)) if slot in _RESOURCES else None
        return [] if owner is None else [held.node for held in self.archive.items.owned(owner, "resource", slot)]

    def knows(self, path: XmlPath) -> bool:
        """Return whether a path names a field; a listing drops columns that do not."""
        name = path.names
        return name in _SPECIAL or _is_hidden_key(name) or self._leads_somewhere(path.root, path.steps)

    def _leads_somewhere(self, type_name: str, steps: tuple[Step, ...]) -> bool:
        try:
            found = xmlpath.locate(self.archive.model, type_name, steps)
        except PathError:
            return False
        if found.slot is None or not found.rest:
            return True
        target = found.step.xsi_type or ABSTRACT_DEFAULTS.get(found.slot.target, found.slot.target)
        return target in self.archive.model and self._leads_somewhere(target, found.rest)

    def _target(self, item: Item, root: str) -> Item | None:
        """Return the object a path starts at: the row's own, or its session, subject or project."""
        target = self._found(item, root)
        if target is not None:
            self._owners[id(target.node)] = target
        return target

    def _found(self, item: Item, root: str) -> Item | None:
        model = self.archive.model
        if model.extends(item.xsi_type, root):
            return item
        if root == "xnat:projectData":
            return self._join("project", item.project)
        if root == "xnat:subjectData":
            return self._join("subject", self._subject_id(item))
        if item.session and model.extends(root, "xnat:experimentData"):
            session = self._join("experiment", item.session)
            return session if session is not None and model.extends(session.xsi_type, root) else None
        return None

    def _subject_id(self, item: Item) -> str:
        session = self._join("experiment", item.session) if item.session else None
        return item.subject or ("" if session is None else session.subject)

    def _join(self, kind: str, identifier: str) -> Item | None:
        key = (kind, identifier)
        if key not in self._joined:
            self._joined[key] = self.archive.items.by_id(kind, identifier)
        return self._joined[key]

    def _values(self, node: Node, steps: tuple[Step, ...]) -> list[Cell]:
        found = xmlpath.locate(self.archive.model, node.xsi_type, steps)
        if found.slot is None:
            return _field_cells(node, found.field)
        values = (self._child_values(child, found.rest, found.step.name) for child in self._children(node, found))
        return [cell for cells in values for cell in cells]

    def _child_values(self, child: Node, rest: tuple[Step, ...], element: str) -> list[Cell]:
        if rest:
            return self._values(child, rest)
        fields = self.archive.model.type(child.xsi_type).fields
        local = self.archive.model.type(child.xsi_type).local_name
        return _field_cells(child, fields.get(element) or fields.get(local))


def _selected(child: Node, step: Step) -> bool:
    key_matches = step.key is None or child.text(step.key[0]) == step.key[1]
    return key_matches and step.xsi_type in {None, child.xsi_type}


def _field_cells(node: Node, item: Field | None) -> list[Cell]:
    if item is None or item.path not in node.values:
        return []
    return [typed(node.values[item.path], item.datatype)]


def typed(value: Value, datatype: str) -> Cell:
    """Return a stored value as the cell of its type: dates and times are no text."""
    if not isinstance(value, str):
        return value
    if datatype == "date":
        return date.fromisoformat(value)
    if datatype == "time":
        return time.fromisoformat(value)
    if datatype == "dateTime":
        return datetime.fromisoformat(value)
    return value


_SPECIAL: Mapping[str, Callable[[Item], Cell]] = {
    aliases.INSERT_DATE: lambda item: datetime.fromisoformat(item.inserted),
    aliases.LAST_MODIFIED: lambda item: datetime.fromisoformat(item.modified),
    aliases.INSERT_USER: lambda item: item.inserted_by,
    aliases.STATUS: lambda item: item.status,
    aliases.TYPE_NAME: lambda item: item.xsi_type,
    "xsiType": lambda item: item.xsi_type,
}
"""Paths that every type has although its schema does not say so (schema-and-search 2.4)."""


_RESOURCES = frozenset({"file", "resources/resource", "out/file", "in/file"})
"""Where resources hang: those of scans, of everything else, and what assessors produced and were made from."""


def _is_hidden_key(name: str) -> bool:
    return name.startswith("xnat_") and name.endswith("data_id")


def _special(item: Item, path: str) -> Cell:
    """Return the value of a path that no schema declares, None for any other."""
    if (read := _SPECIAL.get(path)) is not None:
        return read(item)
    return item.node.number if _is_hidden_key(path) else None


def first(cells: Sequence[Cell]) -> Cell:
    """Return the only or first value, None when there is none."""
    return cells[0] if cells else None
