"""Edits whose reply was lost: the item's document is read, and the edit counts as done when all of it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from ..documents import ItemNode
from ..edits import ChangeSet
from ..fields import Nested, ScalarField
from ..keyed_values import KeyedValues
from ..lists import Items, KeyedItems, Values
from ..structures import XnatStructure
from .reconcile import done_once

if TYPE_CHECKING:
    from ..fields import Member
    from ..item import Item
    from ..objects import XnatObject


def committed(item: XnatObject, changes: ChangeSet, send: Callable[[], object]) -> None:
    """Send the changes of an item, once; with a lost reply its document tells whether they are there.

    What joins a list counts as new when the document that was known before had fewer of it; without one, nobody can
    tell, and the loss is raised.

    Args:
        item: The item.
        changes: What is changed, without its label.
        send: Makes the request.
    """
    known = item.__xnat_document__

    def is_done() -> bool:
        before = None if known is None else _as_read(item, known)
        return is_there(_as_read(item, item.__xnat_load__()), changes, before)

    done_once(send, is_done)


def is_there(item: Item, changes: ChangeSet, before: Item | None = None) -> bool:
    """Return whether an item reads as changes say.

    Args:
        item: The item as it is now.
        changes: What was changed.
        before: The item as it was, which what joined its lists is compared with; None when nobody knows.
    """
    return (
        all(_has_value(item, path, value) for path, value in changes.values.items())
        and all(_has_entry(item, path, key, value) for (path, key), value in changes.entries.items())
        and all(_has_gained(item, before, path, value) for path, value in changes.additions)
    )


def _as_read(item: XnatObject, document: ItemNode) -> XnatObject:
    made = type(item).__xnat_from_server__(item.session, item.uri, dict(document.fields), None)
    made.__xnat_document__ = document
    return made


def _member(item: Item, path: str) -> tuple[Item, Member] | None:
    """Return the descriptor at a path and what holds it, which may be a structure inside the item."""
    for member in type(item).__xnat_members__().values():
        if member.path == path and not isinstance(member, Nested):
            return item, member
        if isinstance(member, Nested) and path.startswith(f"{member.path}/"):
            # cast: the descriptor is read through an object.
            nested = cast("Nested[XnatStructure]", member)
            inside: Item = nested.__get__(item, type(item))
            return _member(inside, path[len(member.path) + 1 :])
    return None


def _has_value(item: Item, path: str, value: object) -> bool:
    found = _member(item, path)
    if found is None or not isinstance(found[1], ScalarField):
        return False
    # cast: the field's own checks let nothing of another type pass.
    field = cast("ScalarField[object]", found[1])
    raw = found[0].__xnat_value__(field.path)
    if value is None:
        return raw is None or raw == ""
    try:
        return field.codec.decode(raw) == field.codec.decode(field.codec.encode(value))
    except ValueError:
        return False


def _has_entry(item: Item, path: str, key: str, value: object) -> bool:
    found = _member(item, path)
    if found is None or not isinstance(found[1], KeyedValues):
        return False
    return cast("KeyedValues[object]", found[1]).read_entries(found[0]).get(key) == value


def _has_gained(item: Item, before: Item | None, path: str, value: object) -> bool:
    return before is not None and _alike(item, path, value) > _alike(before, path, value)


def _alike(item: Item, path: str, value: object) -> int:
    """Return how many entries of a list are the same as a value or structure."""
    found = _member(item, path)
    if found is None:
        return 0
    entries = _entries(*found)
    if isinstance(value, XnatStructure):
        changes = value.__xnat_changes__("")
        return sum(isinstance(entry, XnatStructure) and is_there(entry, changes) for entry in entries)
    return sum(entry == value for entry in entries)


def _entries(item: Item, member: Member) -> Sequence[object]:
    if isinstance(member, Values):
        return cast("Values[object]", member).read_entries(item)
    if isinstance(member, Items | KeyedItems):
        return cast("Items[XnatStructure]", member).structures(item)
    return ()
