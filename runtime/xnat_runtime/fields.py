"""Field descriptors: a query field on the class, a value on the instance.

``SubjectData.initials`` is a `QueryField[str]`, ``subject.initials`` is ``str | None``. A value lives in the
object's row under the field's schema path, as the server sent it, and is decoded when it is read.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar, cast, overload

from .codec import TEXT, Codec
from .edits import ChangeSet, fill, set_type, subelement, xml_text
from .errors import DecodeError, InvalidValueError, MissingValueError
from .query import KeyField, QueryField

if TYPE_CHECKING:
    from xml.etree import ElementTree

    from .item import Item
    from .structures import XnatStructure

T = TypeVar("T")
S = TypeVar("S", bound="XnatStructure")
XmlKind = Literal["element", "attribute", "text"]


class _Unset(enum.Enum):
    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = _Unset.UNSET
"""Not loaded or not given; never the same as None, which means empty."""
Unset = Literal[_Unset.UNSET]


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


class Member(abc.ABC):
    """What every descriptor of a data type knows: its name, its class and its path below that class."""

    name: str
    owner: type[Item]
    takes_part_in_init = False

    def __init__(self, path: str) -> None:
        self.path = path

    def __set_name__(self, owner: type[Item], name: str) -> None:
        self.owner = owner
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.label}>"

    @property
    def label(self) -> str:
        """The name that messages use, such as ``SubjectData.initials``."""
        return f"{self.owner.__name__}.{self.name}"

    @property
    def query_path(self) -> str:
        """The path as searches and queries spell it."""
        return self.path

    @property
    def prefix(self) -> str:
        """The namespace prefix of the schema that declares the member."""
        return self.owner.xsi_type.partition(":")[0]

    def structure(self) -> type[XnatStructure] | None:
        """Returns the class of the structure at this path, None for simple values."""
        return None

    def declared_type(self) -> str:
        """Returns the data type that the schema declares for the member, "" for simple values."""
        structure = self.structure()
        return "" if structure is None else structure.xsi_type

    def entry_path(self, key: str) -> str:
        """Returns the path of one entry; only keyed lists have entries."""
        return f"{self.path}[{key}]"

    @abc.abstractmethod
    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds what changed at this member's path to the element of its owner; notes namespace prefixes used."""


class ScalarField(Member, Generic[T]):
    """Storage, decoding and checks of a simple value; `Attribute` and `Key` differ in what an empty one reads as."""

    takes_part_in_init = True

    def __init__(
        self,
        path: str,
        codec: Codec[T],
        *,
        xml: XmlKind = "element",
        max_length: int | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        values: tuple[str, ...] = (),
    ) -> None:
        super().__init__(path)
        self.codec = codec
        self.xml: XmlKind = xml
        self.max_length = max_length
        self.minimum = minimum
        self.maximum = maximum
        self.values = values
        self._terms: dict[tuple[str, str], QueryField[T]] = {}

    def _read(self, item: Item) -> T | None:
        row = item.__xnat_row__
        path = self.path
        raw = row[path] if path in row else item.__xnat_fetch__(path)
        if raw.__class__ is str and self.codec is TEXT:
            return cast("T | None", raw or None)
        try:
            return self.codec.decode(raw)
        except ValueError:
            msg = f"{self.label}: the server sent something that is no {self.codec.name} at path {self.path!r}"
            raise DecodeError(msg) from None

    def check(self, value: object) -> None:
        """Checks a value that is to be assigned against the schema; None (clear) always passes.

        Raises:
            InvalidValueError: Wrong type, not in the enumeration, too long or out of range.
        """
        if value is None:
            return
        if not self.codec.accepts(value):
            msg = f"{self.label} takes {self.codec.wanted}, not {type(value).__name__}"
        elif self.values and value not in self.values:
            msg = f"{self.label} takes one of {', '.join(map(repr, self.values))}"
        elif self.max_length is not None and len(str(value)) > self.max_length:
            msg = f"{self.label} holds at most {self.max_length} characters; {len(str(value))} were given"
        elif isinstance(value, (int, float)) and not self._in_range(value):
            msg = f"{self.label} takes numbers from {self.minimum} to {self.maximum}"
        else:
            return
        raise InvalidValueError(msg)

    def _in_range(self, value: float) -> bool:
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    def _write(self, item: Item, value: object) -> None:
        if value is not UNSET:
            self.check(value)
            # XNAT ignores blank texts (rest-data 7.1.4): as they read as None, they clear like None.
            item.__xnat_assign__(self.path, None if _is_blank(value) else value)

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the changed value as an attribute, a text or an element."""
        if self.path not in changes.values:
            return
        text = xml_text(self.codec.encode(cast("T", changes.values[self.path])), self.label)
        if self.xml == "attribute":
            element.set(self.path, text)
        elif self.xml == "text":
            element.text = text
        else:
            subelement(element, self, used).text = text

    def query_field_of(self, xsi_type: str, prefix: str) -> QueryField[T]:
        """Returns the field as a search term of a type that holds it below ``prefix``: always the same object.

        Terms are compared as constraints, so nothing but identity finds them in a dict.
        """
        path = "/".join(part for part in (prefix, self.path) if part)
        return self._terms.setdefault((xsi_type, prefix), QueryField(xsi_type, path, self.codec))


class Attribute(ScalarField[T]):
    """A value that may be empty: reads as ``T | None``."""

    @overload
    def __get__(self, item: None, owner: type[Item]) -> QueryField[T]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> T | None: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> QueryField[T] | T | None:
        if item is None:
            return self.query_field_of(owner.xsi_type, "")
        return self._read(item)

    def __set__(self, item: Item, value: T | None) -> None:
        self._write(item, value)


class Key(ScalarField[T]):
    """A value that identifies or keeps book (ID, label, size): reads as ``T``.

    Raises:
        MissingValueError: When read and the server sent none.
    """

    def query_field_of(self, xsi_type: str, prefix: str) -> KeyField[T]:
        """Returns the field as a search term of a type that holds it below ``prefix``."""
        path = "/".join(part for part in (prefix, self.path) if part)
        # cast: a key makes no other terms.
        return cast("KeyField[T]", self._terms.setdefault((xsi_type, prefix), KeyField(xsi_type, path, self.codec)))

    @overload
    def __get__(self, item: None, owner: type[Item]) -> KeyField[T]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> T: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> KeyField[T] | T:
        if item is None:
            return self.query_field_of(owner.xsi_type, "")
        value = self._read(item)
        if value is None:
            msg = f"{self.label}: the server sent no {self.path} for this {self.owner.xsi_type}"
            raise MissingValueError(msg)
        return value

    def __set__(self, item: Item, value: T) -> None:
        if value is None or _is_blank(value):
            msg = f"{self.label} cannot be empty: it identifies the item"
            raise InvalidValueError(msg)
        self._write(item, value)


class Nested(Member, Generic[S]):
    """A structure inside the owner's document; never None, an absent one reads as an empty one."""

    takes_part_in_init = True

    def __init__(self, path: str, make: Callable[[], type[S]], *, child: bool = False, xsi_type: str = "") -> None:
        super().__init__(path)
        self.make = make
        self.child = child
        self.xsi_type = xsi_type

    @property
    def query_path(self) -> str:
        """The path with the type selector that a narrowed member needs (rest-data 4.5)."""
        return f"{self.path}[@xsi:type={self.xsi_type}]" if self.xsi_type else self.path

    def structure(self) -> type[S]:
        """Returns the class of the structure."""
        return self.make()

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the structure's element when something inside changed."""
        inside = changes.below(self.path)
        if inside:
            nested_element = subelement(element, self, used)
            set_type(nested_element, self.xsi_type, used)
            fill(nested_element, self.make(), inside, used)

    @overload
    def __get__(self, item: None, owner: type[Item]) -> type[S]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> S: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> type[S] | S:
        if item is None:
            # At run time a stand-in whose attributes are the query fields below this path.
            return cast("type[S]", NestedFields(owner.xsi_type, self.query_path, self.make()))
        return self.make().__xnat_inside__(item, self.path, child=self.child)

    def __set__(self, item: Item, value: S) -> None:
        given = cast("object", value)
        if given is UNSET:
            return
        if not isinstance(given, self.make()):
            msg = (
                f"{self.label} takes {self.make().__name__}, not {type(given).__name__}; to clear it, clear its fields"
            )
            raise InvalidValueError(msg)
        item.__xnat_assign_structure__(self.path, value)


class NestedFields:
    """The query fields of a structure: ``MrScanData.parameters`` before ``.tr``."""

    __slots__ = ("_prefix", "_structure", "_xsi_type")

    def __init__(self, xsi_type: str, prefix: str, structure: type[Item]) -> None:
        self._xsi_type = xsi_type
        self._prefix = prefix
        self._structure = structure

    def __getattr__(self, name: str) -> object:
        member = self._structure.__xnat_members__().get(name)
        if isinstance(member, ScalarField):
            return cast("ScalarField[object]", member).query_field_of(self._xsi_type, self._prefix)
        if isinstance(member, Nested):
            nested_member = cast("Nested[XnatStructure]", member)
            return NestedFields(self._xsi_type, f"{self._prefix}/{nested_member.query_path}", nested_member.make())
        msg = f"{self._structure.__name__} has no field {name!r}"
        raise AttributeError(msg)

    def __dir__(self) -> list[str]:
        return sorted(self._structure.__xnat_members__())

    def __repr__(self) -> str:
        return f"<fields of {self._structure.__name__} below {self._xsi_type}/{self._prefix}>"
