"""Everything that a server sent of an item, by schema path: what `XnatObject.data` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .errors import KeyNotFoundError

if TYPE_CHECKING:
    from .documents import ItemNode
    from .objects import XnatObject


class NodeData(Mapping[str, object]):
    """One entry of a list inside an item: its fields and lists by path, as the server sent them."""

    __slots__ = ("_node",)

    def __init__(self, node: ItemNode) -> None:
        self._node = node

    @property
    def xsi_type(self) -> str:
        """The data type of the entry, "" when the server does not say."""
        return self._node.xsi_type

    def __getitem__(self, path: str) -> object:
        if path in self._node.fields:
            return self._node.fields[path]
        return _required(_entries(self._node, path), path)

    def entries(self, path: str) -> list[NodeData]:
        """Returns the entries of a list inside the entry, none where the server sent none."""
        return _entries(self._node, path)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._node.fields, *self._node.paths())))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return f"<data of {self.xsi_type or 'an entry'}>"


class ItemData(Mapping[str, object]):
    """The fields and lists of an item by path, as the server sent them, those that its class does not know included.

    What the listing told costs no request; the first other path loads the item's document, once.
    """

    __slots__ = ("_item",)

    def __init__(self, item: XnatObject) -> None:
        self._item = item

    def __getitem__(self, path: str) -> object:
        row = self._item.__xnat_row__
        if path in row and _is_path(path):
            return row[path]
        document = self._item.__xnat_loaded__()
        row = self._item.__xnat_row__
        return row[path] if path in row and _is_path(path) else _required(_entries(document, path), path)

    def entries(self, path: str) -> list[NodeData]:
        """Returns the entries of a list, none where the server sent none: ``data.entries("lesions/lesion")``."""
        return _entries(self._item.__xnat_loaded__(), path)

    def __iter__(self) -> Iterator[str]:
        document = self._item.__xnat_loaded__()
        row = filter(_is_path, self._item.__xnat_row__)
        return iter(dict.fromkeys((*row, *document.paths())))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        # Without values: a representation ends up in logs.
        return f"<data of {type(self._item).__name__} {self._item.uri}>"


def _is_path(key: str) -> bool:
    """Whether a key of a row is a path: what was assigned to lists stands there under others."""
    return not key.startswith("+") and not key.endswith("[]")


def _entries(node: ItemNode, path: str) -> list[NodeData]:
    return [NodeData(child) for child in node.children(path)]


def _required(found: list[NodeData], path: str) -> list[NodeData]:
    if not found:
        msg = f"the server sent nothing at {path!r}: an empty field is left out of its answers"
        raise KeyNotFoundError(msg)
    return found
