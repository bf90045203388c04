"""What the descriptors of lists inside an item's document share."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from .codec import Codec
from .edits import xml_text
from .errors import DecodeError, InvalidValueError
from .fields import Member
from .item import Item

T = TypeVar("T")
E = TypeVar("E")


class ListMember(Member, Generic[E]):
    """What the kinds of list share: the entries are read from the document once and kept with the item."""

    def read_entries(self, item: Item) -> E:
        """Returns the entries as the item's document has them."""
        raise TypeError(type(self).__name__, item)

    def entries(self, item: Item) -> E:
        """Returns the entries of an item, those added here included."""
        row, slot = item.__xnat_list_slot__(self.path)
        if slot not in row:
            entries = self.read_entries(item)
            # Reading may have loaded the document, and with it made a new row.
            row, slot = item.__xnat_list_slot__(self.path)
            row[slot] = entries
        return cast("E", row[slot])

    @property
    def element_name(self) -> str:
        """The name of one entry's element."""
        return self.path.rpartition("/")[2]


class SimpleListMember(ListMember[E], Generic[E, T]):
    """What the lists of simple values share."""

    def __init__(self, path: str, codec: Codec[T]) -> None:
        super().__init__(path)
        self.codec = codec

    def decode(self, raw: object) -> T | None:
        """Returns a value of the server, None for none.

        Raises:
            DecodeError: It is of another type.
        """
        try:
            return self.codec.decode(raw)
        except ValueError:
            msg = f"{self.label}: the server sent something that is no {self.codec.name} at path {self.path!r}"
            raise DecodeError(msg) from None

    def check(self, value: object) -> None:
        """Checks a value that is to join the list.

        Raises:
            InvalidValueError: It has the wrong type.
        """
        if not self.codec.accepts(value):
            msg = f"{self.label} takes {self.codec.wanted}, not {type(value).__name__}"
            raise InvalidValueError(msg)

    def text_of(self, value: object) -> str:
        """Returns the text that stands for a value in a document."""
        return xml_text(self.codec.encode(cast("T", value)), self.label)
