"""Structures inside an item's document.

A structure has no URI: it reads from its owner's document and writes through its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from .documents import ItemNode
from .edits import ChangeSet, join_path
from .errors import InvalidValueError, ReadOnlyFieldError
from .item import Item


class XnatStructure(Item):
    """A structure such as ``scan.parameters`` or ``subject.demographics``.

    One built by hand, ``DemographicData(gender="female")``, stands alone until it is assigned or added.
    """

    __slots__ = (
        "__weakref__",
        "__xnat_child__",
        "__xnat_node__",
        "__xnat_owner__",
        "__xnat_pending__",
        "__xnat_prefix__",
    )

    __xnat_owner__: Item | None
    __xnat_prefix__: str
    __xnat_child__: bool
    __xnat_node__: ItemNode | None
    __xnat_pending__: ChangeSet | None
    """What was added to the lists of a structure built by hand."""

    def __attrs_pre_init__(self) -> None:
        self.__xnat_row__ = {}
        self.__xnat_owner__ = None
        self.__xnat_prefix__ = ""
        self.__xnat_child__ = False
        self.__xnat_node__ = None
        self.__xnat_pending__ = None

    @classmethod
    def __xnat_inside__(cls, owner: Item, prefix: str, *, child: bool) -> Self:
        """Returns the structure that an item holds at a path; ``child``: as an item of its own in the JSON."""
        made = cls.__new__(cls)
        XnatStructure.__attrs_pre_init__(made)
        made.__xnat_owner__ = owner
        made.__xnat_prefix__ = prefix
        made.__xnat_child__ = child
        return made

    @classmethod
    def __xnat_entry__(cls, owner: Item, path: str, node: ItemNode, text: str) -> Self:
        """Returns an entry of a list; the value of ``text`` in the JSON item is the structure's own text."""
        made = cls.__xnat_inside__(owner, path, child=True)
        made.__xnat_node__ = node
        made.__xnat_row__ = node.fields | ({"": node.fields.get(text)} if text else {})
        return made

    def __xnat_fetch__(self, path: str) -> object:
        owner = self.__xnat_owner__
        if owner is None or self.__xnat_node__ is not None:
            return None
        full = join_path(self.__xnat_prefix__, path)
        if not self.__xnat_child__ or full in owner.__xnat_row__:
            return owner.__xnat_value__(full)
        node = self.__xnat_own_node__()
        return None if node is None else node.fields.get(path)

    def __xnat_own_node__(self) -> ItemNode | None:
        if self.__xnat_node__ is not None or self.__xnat_owner__ is None:
            return self.__xnat_node__
        return next(iter(self.__xnat_owner__.__xnat_children__(self.__xnat_prefix__)), None)

    def __xnat_children__(self, path: str) -> Sequence[ItemNode]:
        if self.__xnat_child__:
            node = self.__xnat_own_node__()
            return () if node is None else node.children(path)
        owner = self.__xnat_owner__
        return () if owner is None else owner.__xnat_children__(join_path(self.__xnat_prefix__, path))

    def __xnat_list_slot__(self, path: str) -> tuple[dict[str, object], str]:
        owner = self.__xnat_owner__
        if owner is None or self.__xnat_node__ is not None:
            return self.__xnat_row__, f"{path}[]"
        return owner.__xnat_list_slot__(join_path(self.__xnat_prefix__, path))

    def __xnat_assign__(self, path: str, value: object) -> None:
        if self.__xnat_owner__ is None:
            self.__xnat_row__[path] = value
        else:
            self.__xnat_writable_owner__().__xnat_assign__(join_path(self.__xnat_prefix__, path), value)

    def __xnat_assign_structure__(self, path: str, structure: XnatStructure) -> None:
        if self.__xnat_owner__ is None:
            self.__xnat_take__(structure.__xnat_changes__(path))
        else:
            owner = self.__xnat_writable_owner__()
            owner.__xnat_assign_structure__(join_path(self.__xnat_prefix__, path), structure)

    def __xnat_take__(self, changes: ChangeSet) -> None:
        self.__xnat_row__.update(changes.values)
        self.__xnat_change__(ChangeSet(entries=changes.entries, additions=changes.additions))

    def __xnat_change__(self, changes: ChangeSet) -> None:
        if self.__xnat_owner__ is None:
            self.__xnat_pending__ = self.__xnat_pending__ or ChangeSet()
            self.__xnat_pending__.merge(changes)
            return
        self.__xnat_writable_owner__().__xnat_change__(changes.moved(self.__xnat_prefix__))

    def __xnat_writable_owner__(self) -> Item:
        owner = self.__xnat_owner__
        if owner is None or self.__xnat_node__ is not None:
            msg = (
                f"an entry of {self.__xnat_prefix__!r} cannot be edited in place, since the server has no address "
                "for it: add a new entry instead"
            )
            raise ReadOnlyFieldError(msg)
        return owner

    def __xnat_changes__(self, prefix: str) -> ChangeSet:
        """Returns the values given to a structure built by hand, as changes of its future owner.

        Raises:
            InvalidValueError: The structure belongs to an item already, so it holds no values of its own.
        """
        if self.__xnat_owner__ is not None:
            name = type(self).__name__
            msg = f"this {name} belongs to an item already; build a new one, {name}(...), with the values to take over"
            raise InvalidValueError(msg)
        # Keys that end in "[]" hold the entries of lists, which are pending as changes.
        values = {path: value for path, value in self.__xnat_row__.items() if not path.endswith("[]")}
        changes = ChangeSet(values)
        changes.merge(self.__xnat_pending__ or ChangeSet())
        return changes.moved(prefix)

    def __xnat_entry_of__(self, owner: Item, path: str) -> Self:
        """Returns the entry that this structure has become in a list; the structure itself may join another list."""
        entry = self.__xnat_entry__(owner, path, ItemNode({}), "")
        entry.__xnat_row__ = dict(self.__xnat_row__)
        return entry

    def __repr__(self) -> str:
        where = self.__xnat_prefix__ or "not assigned"
        return f"<{type(self).__name__} at {where}>" if self.__xnat_owner__ else f"<{type(self).__name__} ({where})>"
