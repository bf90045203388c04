"""Says whether a schema path such as ``parameters/tr`` leads to something, by the rules of the server.

Elements and attributes share one space of names; a step may carry a predicate; the text of a repeating item is a
step of its own that has the name of the item (schema-and-search 2.5 and 2.6).
"""

from __future__ import annotations

import re
from typing import Any

from xmlschema.validators import XsdComplexType, XsdGroup

STEP = re.compile(r"(?P<name>[\w-]+)(\[@xsi:type=(?P<type>[\w:]+)\]|\[\w+=\w+\])?")

Type = Any  # a simple or complex type of xmlschema
Types = dict[str, Type]  # prefixed name -> type


def split(path: str, item: str) -> tuple[str, str]:
    """Returns the type a path starts at and the rest of it; the path itself may name another type than the item."""
    found = re.match(r"(\w+:\w+)/(.+)", path)
    return (found[1], found[2]) if found else (item, path)


def leads_somewhere(types: Types, start: str, path: str) -> bool:
    """Returns whether every step of the path exists, beginning at the named type."""
    type_: Type = types.get(start)
    last = ""
    for step in path.split("/"):
        found = STEP.fullmatch(step)
        if type_ is None or found is None:
            return False
        type_ = _below(type_, found["name"], last)
        if found["type"]:
            type_ = types.get(found["type"])
        last = found["name"]
    return type_ is not None


def _below(type_: Type, name: str, last: str) -> Type:
    if not isinstance(type_, XsdComplexType):
        return None
    if name in type_.attributes:
        return type_.attributes[name].type
    if isinstance(type_.content, XsdGroup):
        return next((one.type for one in type_.content.iter_elements() if one.local_name == name), None)
    return type_.content if name == last else None
