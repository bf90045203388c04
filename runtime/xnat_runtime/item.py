"""Anything with fields of a data type: `Item`, and the metaclass that keeps misspelt fields out."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .documents import ItemNode
    from .edits import ChangeSet
    from .fields import Member
    from .structures import XnatStructure


class ItemType(abc.ABCMeta):
    """Gives classes no place for attributes that no schema knows, so that a misspelt assignment raises."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> ItemType:
        """Returns a class that adds no attributes to its objects, unless it lists them itself."""
        namespace.setdefault("__slots__", ())
        return super().__new__(mcs, name, bases, namespace)


class Item(metaclass=ItemType):
    """Anything with fields of a data type. Names in double underscores leave the rest to the schemas' own fields.

    Attributes:
        xsi_type: The data type, such as ``xnat:subjectData``.
    """

    __slots__ = ("__xnat_row__",)

    xsi_type: ClassVar[str] = ""
    __xnat_element__: ClassVar[str | None] = None
    __xnat_own_members__: ClassVar[dict[str, Member]] = {}

    __xnat_row__: dict[str, object]
    """Values by path, as the server sent them or as they were assigned."""

    @classmethod
    def __xnat_members__(cls) -> dict[str, Member]:
        """Returns the descriptors by Python name in schema order, those of base types first."""
        cached: dict[str, Member] | None = cls.__dict__.get("__xnat_member_cache__")
        if cached is None:
            cached = {}
            for base in reversed(cls.__mro__):
                cached.update(base.__dict__.get("__xnat_own_members__", {}))
            setattr(cls, "__xnat_member_cache__", cached)  # noqa: B010  # a plain assignment would declare a field
        return cached

    @abc.abstractmethod
    def __xnat_fetch__(self, path: str) -> object:
        """Returns the value at a path that the row does not hold, None when there is none."""

    @abc.abstractmethod
    def __xnat_assign__(self, path: str, value: object) -> None:
        """Stores a checked value, and sends it when the item is on a server."""

    @abc.abstractmethod
    def __xnat_assign_structure__(self, path: str, structure: XnatStructure) -> None:
        """Stores the values of a structure below a path, and sends them when the item is on a server."""

    @abc.abstractmethod
    def __xnat_children__(self, path: str) -> Sequence[ItemNode]:
        """Returns the repeated members at a path."""

    @abc.abstractmethod
    def __xnat_change__(self, changes: ChangeSet) -> None:
        """Takes changes of repeated members, and sends them when the item is on a server."""

    @abc.abstractmethod
    def __xnat_list_slot__(self, path: str) -> tuple[dict[str, object], str]:
        """Returns the row and the key in it where the entries of a list are kept."""

    def __xnat_value__(self, path: str) -> object:
        """Returns the value at a path, from the row or fetched."""
        row = self.__xnat_row__
        return row[path] if path in row else self.__xnat_fetch__(path)
