"""Changes to an item, as a request describes them, and how they are merged into a stored item."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..datamodel.schema import DataModel, Slot
from ..datamodel.values import Value
from .node import Node


@dataclass(slots=True)
class Patch:
    """Wanted values of an item; what is not named stays as it is.

    Attributes:
        xsi_type: Concrete type, None when the request names none.
        values: Path -> value, None clears the field.
        children: Slot path -> wanted child items.
        position: Zero-based place in the list, when the request selects the child by it.
        removed: The child item goes away.
        selected: Path and text of the value by which the request selects the child.
    """

    xsi_type: str | None = None
    values: dict[str, Value | None] = field(default_factory=dict[str, "Value | None"])
    children: dict[str, list[Patch]] = field(default_factory=dict[str, "list[Patch]"])
    position: int | None = None
    removed: bool = False
    selected: tuple[str, str] | None = None

    def text(self, path: str) -> str:
        """Return a wanted value as text, empty when it is not named or cleared."""
        value = self.values.get(path)
        return "" if value is None else str(value)

    def default(self, path: str, value: Value) -> None:
        """Give a field a value that is not named, blank or cleared."""
        if not self.text(path):
            self.values[path] = value

    @property
    def empty(self) -> bool:
        """Whether the request named nothing but perhaps a type."""
        return not self.values and not self.children


ABSTRACT_DEFAULTS = {
    "xnat:abstractDemographicData": "xnat:demographicData",
    "xnat:abstractSubjectMetadata": "xnat:subjectMetadata",
    "xnat:abstractProtocol": "xnat:studyProtocol",
    "xnat:abstractResource": "xnat:resourceCatalog",
}
"""Declared type of a member -> the type that stands there in practice (schema-and-search 2.3)."""


def concrete(slot: Slot, patch: Patch) -> str:
    """Return the type of a new child item."""
    return patch.xsi_type or ABSTRACT_DEFAULTS.get(slot.target, slot.target)


def merge(model: DataModel, node: Node, patch: Patch) -> None:
    """Apply a patch to an item in place."""
    for path, value in patch.values.items():
        if value is None:
            node.values.pop(path, None)
        else:
            node.values[path] = value
    slots = model.type(node.xsi_type).slots
    for path, wanted in patch.children.items():
        slot = slots[path]
        items = node.children.setdefault(path, [])
        for child in wanted:
            _merge_child(model, slot, items, child)
        if not items:
            del node.children[path]


def _merge_child(model: DataModel, slot: Slot, items: list[Node], patch: Patch) -> None:
    found = _find(model, slot, items, patch)
    if patch.removed:
        items[:] = [item for item in items if item is not found]
        return
    if found is None or (patch.xsi_type is not None and found.xsi_type != patch.xsi_type):
        items[:] = [item for item in items if item is not found]
        found = Node(concrete(slot, patch))
        items.append(found)
    merge(model, found, patch)
    if not slot.repeating and not found.values and not found.children:
        items.remove(found)


def _find(model: DataModel, slot: Slot, items: list[Node], patch: Patch) -> Node | None:
    """Return the stored child that a patch means: by place, by what selects it, by key, else one with its values."""
    if not slot.repeating:
        return items[0] if items else None
    if patch.position is not None:
        return items[patch.position] if patch.position < len(items) else None
    if patch.selected is not None:
        path, text = patch.selected
        return next((item for item in items if item.text(path) == text), None)
    keys = _keys(model, slot, patch)
    wanted = {key: patch.values.get(key) for key in keys} or patch.values
    return next((item for item in items if all(item.values.get(key) == value for key, value in wanted.items())), None)


def _keys(model: DataModel, slot: Slot, patch: Patch) -> tuple[str, ...]:
    fields = model.type(concrete(slot, patch)).fields
    keys = slot.keys or tuple(path for path, item in fields.items() if item.unique_composites)
    return tuple(key for key in keys if patch.values.get(key) is not None)
