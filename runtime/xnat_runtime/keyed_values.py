"""Lists of texts with a key each, such as the custom variables of a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast, overload

from .codec import BOOLEAN, Codec
from .edits import ChangeSet, subelement, xml_text
from .errors import InvalidValueError
from .fields import UNSET, Unset
from .item import Item
from .list_members import SimpleListMember
from .query import CustomVariables
from .value_map import ValueMap

if TYPE_CHECKING:
    from xml.etree import ElementTree

T = TypeVar("T")


class KeyedValues(SimpleListMember[dict[str, T], T], Generic[T]):
    """A list of texts with a key each: reads as a mapping, such as ``subject.fields["x"]``."""

    def __init__(self, path: str, codec: Codec[T], *, key: str, text: str) -> None:
        super().__init__(path, codec)
        self.key = key
        self.text = text

    @overload
    def __get__(self, item: None, owner: type[Item]) -> CustomVariables[T]: ...
    @overload
    def __get__(self, item: Item, owner: type[Item]) -> ValueMap[T]: ...
    def __get__(self, item: Item | None, owner: type[Item]) -> CustomVariables[T] | ValueMap[T]:
        return self.search_terms(owner.xsi_type) if item is None else ValueMap(item, self)

    def search_terms(self, xsi_type: str) -> CustomVariables[T]:
        """Returns the entries of a type's list as search terms, by key."""
        return CustomVariables(xsi_type, self.codec, is_searchable=self.path == "fields/field")

    def entry_path(self, key: str) -> str:
        """Returns the path of one entry's text, such as ``fields/field[name=x]/field``.

        Raises:
            InvalidValueError: The key holds what ends a key in a path.
        """
        if set(key) & set("[]/=@"):
            msg = f"{self.label}: an entry whose name holds one of [ ] / = @ cannot be removed over XNAT's REST API"
            raise InvalidValueError(msg)
        return f"{self.path}[{self.key}={key}]/{self.text}"

    def read_entries(self, item: Item) -> dict[str, T]:
        """Returns the entries as the item's document has them; a cleared one, which keeps its name, is left out."""
        nodes = item.__xnat_children__(self.path)
        read = ((str(node.fields.get(self.key, "")), self.decode(node.fields.get(self.text))) for node in nodes)
        return {key: value for key, value in read if value is not None} | self.assigned(item)

    def assigned(self, item: Item) -> dict[str, T]:
        """Returns the entries assigned here before the document was read; assigning asks the server nothing."""
        row, slot = item.__xnat_list_slot__(self.path)
        return cast("dict[str, T]", row.setdefault(f"+{slot}", {}))

    def told(self, item: Item, key: str) -> T | Unset | None:
        """Returns what the row of a search tells of one entry: None for no value, UNSET when it tells nothing."""
        row, slot = item.__xnat_row__, f"{self.path}[]"
        if slot in row:
            return UNSET
        given = cast("dict[str, T]", row.get(f"+{slot}", {})).get(key)
        if given is not None:
            return given
        cell = self._cell(row, key)
        return UNSET if cell is None else self.decode(row[cell])

    def _cell(self, row: dict[str, object], key: str) -> str | None:
        """Returns where a row holds one entry; searches spell names in lower case."""
        cells = (f"{self.path}[{self.key}={name}]/{self.text}" for name in (key, key.lower()))
        return next((cell for cell in cells if cell in row), None)

    def note(self, item: Item, key: str, value: T | None) -> None:
        """Takes over what was sent for an entry; None when it was removed."""
        row, slot = item.__xnat_list_slot__(self.path)
        known = [self.assigned(item), cast("dict[str, T]", row.get(slot, {}))]
        for entries in known:
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
        cell = self._cell(row, key)
        if cell is not None:
            row[cell] = value

    def stored(self, value: object) -> T:
        """Returns a value as the list holds it: a number among texts becomes a text.

        Raises:
            InvalidValueError: The list takes no such value.
        """
        if isinstance(value, bool) and self.codec.accepts(""):
            value = BOOLEAN.encode(value)
        elif isinstance(value, (int, float)) and self.codec.accepts(""):
            value = str(value)
        self.check(value)
        return cast("T", value)

    def write_xml(self, element: ElementTree.Element, changes: ChangeSet, used: set[str]) -> None:
        """Adds the entries that changed to the element of their owner."""
        for (path, key), value in changes.entries.items():
            if path == self.path:
                entry = subelement(element, self, used)
                entry.set(self.key, xml_text(key, self.label))
                entry.text = self.text_of(value)
