"""Values of schema paths for rows of listings, joined objects included (rest-data 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from ..datamodel import aliases, xmlpath
from ..datamodel.schema import Field
from ..datamodel.values import Value
from ..datamodel.xmlpath import PathError, Step, XmlPath
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
        children = [child for child in node.children.get(found.slot.path, ()) if _selected(child, found.step)]
        if found.step.index is not None:
            children = children[found.step.index : found.step.index + 1]
        return [cell for child in children for cell in self._child_values(child, found.rest, found.step.name)]

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
