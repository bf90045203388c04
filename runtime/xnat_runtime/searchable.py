"""What searches can be about: the base of everything that ``Cls.query()`` works on, and which types a server knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, TypeVar

from .display import is_documented
from .documents import ItemNode
from .edits import ChangeSet
from .errors import InvalidValueError, ReadOnlyFieldError, UsageError
from .item import Item
from .structures import XnatStructure

if TYPE_CHECKING:
    from .queries import Query
    from .query import Constraint
    from .session import BaseSession

T = TypeVar("T", bound=Item)


def unbound(item_class: type[Item]) -> UsageError:
    """Returns the error of a query that belongs to no connection."""
    name = item_class.__name__
    return UsageError(
        f"{name}.query() needs a connection: write session.query({name}) or session.classes.{name}.query()"
    )


class SearchRecord(XnatStructure):
    """What searches find beside the objects of the archive: workflows, users. Read-only, and without an address."""

    __slots__ = ()

    @classmethod
    def query(cls, *constraints: Constraint) -> Query[Self]:
        """Returns a search for records of this type; on ``session.classes``, whose classes know their connection.

        Raises:
            UsageError: The class was imported; use ``session.query(...)``.
        """
        del constraints
        raise unbound(cls)

    @classmethod
    def __xnat_found__(cls, row: dict[str, object]) -> Self:
        """Returns the record of a row."""
        made = cls.__new__(cls)
        made.__attrs_pre_init__()
        made.__xnat_row__ = row
        made.__xnat_node__ = ItemNode({})
        return made

    def __xnat_fetch__(self, path: str) -> object:
        if self.__xnat_node__ is None:
            return super().__xnat_fetch__(path)
        raise self.__xnat_unloaded__(path)

    def __xnat_children__(self, path: str) -> Sequence[ItemNode]:
        if self.__xnat_node__ is None:
            return super().__xnat_children__(path)
        raise self.__xnat_unloaded__(path)

    def __xnat_unloaded__(self, path: str) -> UsageError:
        name = type(self).__name__
        return UsageError(
            f"the search did not load {path!r} of this {name}; name the field in view() to have it loaded"
        )

    def __xnat_assign__(self, path: str, value: object) -> None:
        self.__xnat_require_own__()
        super().__xnat_assign__(path, value)

    def __xnat_change__(self, changes: ChangeSet) -> None:
        self.__xnat_require_own__()
        super().__xnat_change__(changes)

    def __xnat_require_own__(self) -> None:
        if self.__xnat_node__ is not None:
            msg = f"a {type(self).__name__} found by a search cannot be changed"
            raise ReadOnlyFieldError(msg)


def require_possible(session: BaseSession, item_class: type[Item]) -> None:
    """Refuses a type that no server can search: one without a display document and an element of its own.

    Raises:
        InvalidValueError: It is such a type; the message names what can be searched instead.
    """
    if is_documented(item_class):
        return
    if issubclass(item_class, XnatStructure) or item_class.__xnat_element__ is None:
        raise InvalidValueError(_refusal(session, item_class))


def require_listed(session: BaseSession, item_class: type[Item]) -> None:
    """Refuses a type that this server is not set up to search; types with a known display document need no request.

    Raises:
        InvalidValueError: It is such a type.
    """
    from .search_calls import listed_types  # noqa: PLC0415  # only types without a display document ask

    if not is_documented(item_class) and item_class.xsi_type not in listed_types(session):
        raise InvalidValueError(_refusal(session, item_class))


def _refusal(session: BaseSession, item_class: type[Item]) -> str:
    name, xsi_type = item_class.__name__, item_class.xsi_type
    if issubclass(item_class, XnatStructure):
        return f"XNAT does not search for {name} ({xsi_type}): search for the type that holds it, such as SubjectData"
    registry = session.registry
    below = [
        entry.name
        for known, entry in sorted(registry.types.items())
        if known != xsi_type and entry.element and registry.is_subtype(known, xsi_type)
    ]
    names = f" Search for a type that extends it ({', '.join(below[:4])}, ...), or" if below else " Otherwise"
    return (
        f"this server cannot search for {name} ({xsi_type}), which has no search fields of its own.{names} filter a "
        f"listing: session.experiments.of_type({name}).filter(...)"
    )
