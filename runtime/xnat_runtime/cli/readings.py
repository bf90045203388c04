"""Custom variables as ``vars get`` shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from ..custom_variables import VariablesObject
from ..errors import InvalidValueError, KeyNotFoundError
from ..variable_columns import entry_path
from .members import label_of
from .places import listing_at, object_at

if TYPE_CHECKING:
    from ..listings import Listing
    from ..query import CustomVariables
    from ..session import BaseSession
    from .changing import Row

_BEFORE, _BEHIND = entry_path("\0").split("\0")
_OWN = ("label", "id", "uri")


def of_item(session: BaseSession, path: str, names: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Returns a row for each variable of an item: one request, two when a name is not found.

    Raises:
        InvalidValueError: It has no custom variables.
        KeyNotFoundError: There is no variable of a name.
    """
    item = variables_object(object_at(session, path), path)
    values = dict(item.fields)
    chosen = _chosen(item, names, values) if names else [(name, name) for name in values]
    return [{"name": name, "value": values.get(key), "uri": item.uri} for name, key in chosen], ["name", "value"]


def _chosen(item: VariablesObject, names: Sequence[str], known: Iterable[str]) -> list[tuple[str, str]]:
    """Returns each name with the key that holds its value, as far as it has one."""
    keys = {key.lower(): key for key in known}
    missing = [name for name in names if name.lower() not in keys]
    if missing:
        groups = item.session.variable_definitions.groups(item.__xnat_variables_project__(), item.xsi_type)
        defined = {each.name.lower(): each for group in groups.values() for each in group.values()}
        wrong = next((name for name in missing if name.lower() not in defined), None)
        if wrong is not None:
            known_names = sorted({*keys.values(), *(each.name for each in defined.values())})
            msg = f"there is no custom variable {wrong!r}: there are {', '.join(known_names) or 'none'}"
            raise KeyNotFoundError(msg)
        keys |= {name: each.key for name, each in defined.items() if name not in keys}
    return [(name, keys[name.lower()]) for name in names]


def of_listing(session: BaseSession, path: str, names: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Returns a row for each item of a listing, with a column for each variable that one of them has: one request.

    Raises:
        InvalidValueError: Its items have no custom variables.
    """
    found = [(item, _values(item.__xnat_row__)) for item in with_variables(session, path)]
    columns = list(names) or list(dict.fromkeys(name for _, values in found for name in values))
    titles = {name: f"{name} (variable)" if name.lower() in _OWN else name for name in columns}
    rows: list[Row] = []
    for item, values in found:
        by_name = {name.lower(): text for name, text in values.items()}
        own: dict[str, object] = {"label": label_of(item), "id": item.__xnat_row__.get("ID"), "uri": item.uri}
        rows.append(own | {title: by_name.get(name.lower()) for name, title in titles.items()})
    return rows, ["label", *titles.values()]


def _values(row: dict[str, object]) -> dict[str, object]:
    cells = ((key, value) for key, value in row.items() if key.startswith(_BEFORE) and key.endswith(_BEHIND))
    return {key[len(_BEFORE) : -len(_BEHIND)]: value or None for key, value in cells}


def with_variables(session: BaseSession, path: str) -> Listing[VariablesObject]:
    """Returns a listing with the custom variables of its items; nothing is asked.

    Raises:
        InvalidValueError: Its items have none.
    """
    listing = listing_at(session, path)
    kind = listing.__xnat_kind__
    if not issubclass(kind, VariablesObject):
        msg = f"{path!r}: projects, subjects and experiments have custom variables, and nothing else"
        raise InvalidValueError(msg)
    # cast: of the class, it is the term of searches, which its declaration for checkers does not say.
    return listing.of_type(kind).columns(cast("CustomVariables[str]", cast("object", kind.fields)))


def variables_object(item: object, path: str) -> VariablesObject:
    """Returns an item, which can have custom variables.

    Raises:
        InvalidValueError: It cannot.
    """
    if not isinstance(item, VariablesObject):
        msg = f"{path!r}: projects, subjects and experiments have custom variables, and nothing else"
        raise InvalidValueError(msg)
    return item
