"""How generated classes are declared: the decorator and the field specifiers.

The specifiers return Any, as ``dataclasses.field`` does: the annotation beside each use gives the type.
``default`` and ``init`` are written out at every use, since type checkers do not count a default in these signatures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, dataclass_transform

import attrs

from .codec import Codec
from .fields import UNSET, Attribute, Key, Member, Nested, Unset, XmlKind
from .item import Item
from .lists import Items, KeyedItems, KeyedValues, Values
from .structures import XnatStructure

C = TypeVar("C", bound=type[Item])
AnyCodec = Codec[Any]  # Any: the annotation beside the use names the type


def attribute(
    path: str,
    codec: AnyCodec,
    *,
    default: Unset,
    xml: XmlKind = "element",
    max_length: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    values: tuple[str, ...] = (),
) -> Any:  # Any: see the module's docstring
    """Returns the descriptor of a simple value that may be empty (`Attribute`)."""
    del default
    return Attribute[Any](path, codec, xml=xml, max_length=max_length, minimum=minimum, maximum=maximum, values=values)


def key(
    path: str,
    codec: AnyCodec,
    *,
    default: Unset,
    xml: XmlKind = "element",
    max_length: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    values: tuple[str, ...] = (),
) -> Any:  # Any: see the module's docstring
    """Returns the descriptor of a simple value that identifies its object (`Key`)."""
    del default
    return Key[Any](path, codec, xml=xml, max_length=max_length, minimum=minimum, maximum=maximum, values=values)


def nested(
    path: str,
    make: Callable[[], type[XnatStructure]],
    *,
    default: Unset,
    child: bool = False,
    xsi_type: str = "",
) -> Any:  # Any: see the module's docstring
    """Returns the descriptor of a structure (`Nested`).

    Args:
        path: Path below the owner.
        make: Returns the structure's class; a function, so that its module is imported when it is used.
        default: Always UNSET.
        child: Whether JSON documents hold the structure as an item of its own (rest-data 5.4).
        xsi_type: The concrete type, where the schema declares an abstract one.
    """
    del default
    return Nested(path, make, child=child, xsi_type=xsi_type)


def keyed_values(path: str, codec: AnyCodec, *, key: str, text: str, init: Literal[False]) -> Any:  # Any: as above
    """Returns the descriptor of a keyed list of texts (`KeyedValues`).

    Args:
        path: Path below the owner, wrapper included, such as ``fields/field``.
        codec: Codec of the texts.
        key: The attribute that is the key.
        text: The field of the JSON item that holds the text.
        init: Always False.
    """
    del init
    return KeyedValues[Any](path, codec, key=key, text=text)


def keyed_items(
    path: str,
    make: Callable[[], type[XnatStructure]],
    *,
    key: str,
    init: Literal[False],
    text: str = "",
) -> Any:  # Any: as above
    """Returns the descriptor of a keyed list of structures (`KeyedItems`)."""
    del init
    return KeyedItems(path, make, key=key, text=text)


def items(
    path: str, make: Callable[[], type[XnatStructure]], *, init: Literal[False], text: str = ""
) -> Any:  # Any: as above
    """Returns the descriptor of a list of structures (`Items`)."""
    del init
    return Items(path, make, text=text)


def values(path: str, codec: AnyCodec, *, init: Literal[False]) -> Any:  # Any: as above
    """Returns the descriptor of a list of simple values (`Values`)."""
    del init
    return Values[Any](path, codec)


@dataclass_transform(
    kw_only_default=True,
    eq_default=False,
    field_specifiers=(attribute, key, nested, keyed_values, keyed_items, items, values),
)
def xnat_type(xsi_type: str, *, element: str | None) -> Callable[[C], C]:
    """Returns the decorator that makes an attrs class of a class body of descriptors.

    Args:
        xsi_type: The data type; for an anonymous structure the path of its element, ``xnat:mrScanData/parameters``.
        element: Local name of the type's global element, None when it has none.
    """

    def decorate(cls: C) -> C:
        own = {name: member for name, member in vars(cls).items() if isinstance(member, Member)}
        cls.xsi_type = xsi_type
        cls.__xnat_element__ = element
        cls.__xnat_own_members__ = own
        these: dict[str, Any] = {  # Any: what attrs.field() returns has the type of the default
            name: attrs.field(default=UNSET) for name, member in own.items() if member.takes_part_in_init
        }
        if "parent" in vars(cls).get("__annotations__", {}):
            these["parent"] = attrs.field()
            # In the class body it is an argument and no attribute; only objects have a place for it.
            these["__xnat_exist_ok__"] = attrs.field(default=False, alias="exist_ok")
            setattr(cls, "__xnat_takes_parent__", True)  # noqa: B010  # only objects have it, structures do not
        made = attrs.define(cls, these=these, slots=False, kw_only=True, eq=False, repr=False)
        if "exist_ok" in vars(made):
            delattr(made, "exist_ok")
        for name, member in own.items():
            # attrs leaves its defaults as class attributes; the descriptors go back in their place.
            setattr(made, name, member)
        return made

    return decorate
