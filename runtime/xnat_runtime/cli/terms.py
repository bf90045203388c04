"""Words for data types and fields: ``subject``, ``mr``, ``MrSessionData``; ``label``, ``demographics.gender``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from ..display import Display, ValueDisplay
from ..errors import InvalidValueError
from ..fields import Nested, NestedFields
from ..identifying import declared
from ..query import CustomVariables, QueryField, ValueFields
from .near import near

if TYPE_CHECKING:
    from ..item import Item
    from ..registry import Registry

AnyField = QueryField[Any]  # Any: fields of every type stand side by side

# What people say for a data type, where its name says it otherwise.
_SHORT: Final = {
    "project": "xnat:projectData",
    "subject": "xnat:subjectData",
    "experiment": "xnat:experimentData",
    "session": "xnat:imageSessionData",
    "scan": "xnat:imageScanData",
    "assessor": "xnat:imageAssessorData",
    "pt": "xnat:petSessionData",
    "resource": "xnat:resourceCatalog",
}


def type_named(registry: Registry, word: str) -> type[Item]:
    """Returns the class of a data type: ``subject``, ``mr``, ``MrSessionData``, ``MRSession``, ``xnat:mrSessionData``.

    Raises:
        InvalidValueError: There is no such type; the message says which one is like it.
    """
    names = _names(registry)
    wanted = word.casefold()
    found = names.get(wanted) or names.get(wanted.removesuffix("s"))
    loaded = registry.load(found) if found else None
    if loaded is None:
        msg = (
            f"there is no data type {word!r}{near(word, names)}. Types are named by a short name "
            f"({', '.join(_SHORT)}, mr, ct, ...), by class (MrSessionData) or by XML name (xnat:mrSessionData)"
        )
        raise InvalidValueError(msg)
    return loaded


def _names(registry: Registry) -> dict[str, str]:
    """Returns the data types by all their names, in lower case; what stands earlier is meant."""
    made: dict[str, str] = {}
    for xsi_type, entry in registry.types.items():
        for name in (xsi_type, entry.name, xsi_type.partition(":")[2], entry.element or ""):
            made.setdefault(name.casefold(), xsi_type)
    made.update({word: known for word, known in _SHORT.items() if known in registry.types})
    for ending in ("Data", "SessionData"):
        for xsi_type in registry.types:
            local = xsi_type.partition(":")[2]
            if local.endswith(ending):
                made.setdefault(local.removesuffix(ending).casefold(), xsi_type)
    made.pop("", None)
    return made


def field_named(item_class: type[Item], word: str) -> AnyField | None:
    """Returns a field of a type by its name, None when there is none.

    Args:
        item_class: The class.
        word: Its Python name (``demographics.gender``, ``fields.weight`` for a custom variable), its path in XML
            (``demographics/gender``, also after the type) or the id of a display field (``AGE``).
    """
    found = _walked(item_class, word.split("."))
    if found is not None:
        return found
    path = word.removeprefix(f"{item_class.xsi_type}/")
    steps = declared(item_class, path) or declared(item_class, _same_case(item_class, path))
    return _walked(item_class, [step.name for step in steps]) if steps else None


def _same_case(item_class: type[Item], path: str) -> str:
    return next((known for known in _paths(item_class) if known.casefold() == path.casefold()), path)


def _walked(item_class: type[Item], names: list[str]) -> AnyField | None:
    first, *others = names
    member = item_class.__xnat_members__().get(first)
    display = next((vars(base)[first] for base in item_class.__mro__ if first in vars(base)), None)
    if member is None and not isinstance(display, Display | ValueDisplay):
        return None
    found: object = getattr(item_class, first)
    for name in others:
        found = _below(found, name)
    return _plain(found)


def _below(found: object, name: str) -> object:
    if isinstance(found, CustomVariables | ValueFields):
        return cast("CustomVariables[object]", found)[name]
    return getattr(found, name, None) if isinstance(found, NestedFields) else None


def _plain(found: object) -> AnyField | None:
    """Returns a field; of a structure that has a text and attributes, such as ``scanner``, its text."""
    if isinstance(found, NestedFields):
        found = getattr(found, "value", None)
    term: Any = found  # Any: as in AnyField
    return term if isinstance(found, QueryField) else None


def field_names(item_class: type[Item]) -> list[str]:
    """Returns the Python names of the fields of a type, in the order of its schema."""
    return [name for name, _ in _named_paths(item_class)]


def _paths(item_class: type[Item]) -> list[str]:
    return [path for _, path in _named_paths(item_class)]


def _named_paths(item_class: type[Item], depth: int = 2) -> Iterator[tuple[str, str]]:
    for name, member in item_class.__xnat_members__().items():
        if isinstance(member, Nested):
            if depth:
                below = _named_paths(cast("type[Item]", member.structure()), depth - 1)
                yield from ((f"{name}.{inner}", f"{member.path}/{path}") for inner, path in below)
        elif _plain(getattr(item_class, name)) is not None:
            yield name, member.path
