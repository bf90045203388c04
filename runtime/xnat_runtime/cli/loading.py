"""Columns that a listing does not show by itself: loaded by the listing's own request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from ..collections import plain_path
from ..errors import DecodeError, InvalidValueError
from ..identifying import HIDDEN
from ..query import DisplayField, VariableField
from ..variable_columns import entry_path
from .near import near
from .terms import AnyField, field_named, field_names
from .views import CONVERTED, NAMES, Convert, View, is_dropped, name_of

if TYPE_CHECKING:
    from ..listings import Listing
    from ..objects import XnatObject


Fits = Callable[[Mapping[str, object]], bool]


@attrs.frozen
class Loaded:
    """A listing that loads all columns that are asked for; nothing is asked before `rows`.

    Attributes:
        listing: The listing.
        view: What is shown of it.
        fields: Further fields by the name that was typed.
        aliases: Names that were typed -> names of columns.
    """

    listing: Listing[XnatObject]
    view: View
    fields: dict[str, AnyField]
    aliases: dict[str, str]

    def rows(self, fits: Fits | None = None) -> Iterator[dict[str, object]]:
        """Returns the rows by name of column, with ``uri``, the path of the item; one request in all.

        Args:
            fits: Tells whether a row, as the server sent it, is wanted.
        """
        raw = self.listing.rows()
        if fits is not None:
            raw = [row for row in raw if fits(row)]
        return shaped(raw, map(self.listing.uri_of, raw), self.fields, asked=self.aliases.values())


def shaped(
    raw: Sequence[Mapping[str, object]],
    uris: Iterable[str],
    fields: Mapping[str, AnyField] | None = None,
    *,
    asked: Collection[str] = (),
) -> Iterator[dict[str, object]]:
    """Yields rows by name of column, made one by one when they are wanted.

    Columns that may identify a patient, such as notes, are left out unless they are asked for.

    Args:
        raw: Rows as the server sent them.
        uris: The path of each.
        fields: Further columns by name.
        asked: Names of columns that are asked for.
    """
    keys = [key for key in (raw[0] if raw else ()) if not is_dropped(key) and (key not in HIDDEN or key in asked)]
    cells = _cells(keys, fields or {})
    # Few cells are numbers or moments; the others are copied.
    converted = [(name, key, convert) for name, key, convert in cells if convert is not None]
    copied = [(name, key) for name, key, convert in cells if convert is None]
    for row, uri in zip(raw, uris, strict=True):
        made = {name: row.get(key) for name, key in copied}
        for name, key, convert in converted:
            made[name] = convert(row.get(key))
        made["uri"] = uri
        yield made


def _cells(keys: Sequence[str], fields: Mapping[str, AnyField]) -> list[tuple[str, str, Convert | None]]:
    """Returns name, key of the server and conversion of each column."""
    extra = {name: _key(field) for name, field in fields.items()}
    plain = {name_of(key): key for key in keys if key not in extra.values()}
    found = [(name, key, CONVERTED.get(name)) for name, key in plain.items()]
    return [*found, *((name, key, _decoder(fields[name])) for name, key in extra.items())]


def _key(field: AnyField) -> str:
    return entry_path(field.value) if isinstance(field, VariableField) else plain_path(field.path)


def _decoder(field: AnyField) -> Convert:
    def decode(raw: object) -> object:
        try:
            return field.codec.decode(raw)
        except ValueError:
            msg = f"{field.xpath}: the server sent something that is no {field.codec.name}"
            raise DecodeError(msg) from None

    return decode


def loaded(listing: Listing[XnatObject], view: View, names: Sequence[str]) -> Loaded:
    """Returns a listing with the columns of these names; nothing is asked.

    Args:
        listing: The listing.
        view: What is shown of it.
        names: Names of columns, as somebody typed them.

    Raises:
        InvalidValueError: There is no such column.
    """
    collection = listing.__xnat_collection__
    asked = [name for name in view.asked if name in collection.aliases]
    known = [*(name_of(key) for key in (*collection.columns, *asked)), *view.columns, *view.told, "uri"]
    by_name = {name.casefold(): name for name in known} | {key.casefold(): name for key, name in NAMES.items()}
    fields: dict[str, AnyField] = {}
    aliases: dict[str, str] = {}
    for name in names:
        same = by_name.get(name.casefold())
        if same in known:
            aliases[name] = str(same)
        elif collection.columns:
            fields[name] = _field(listing, name, known)
        # Routes that take no columns send what they have: the rows will tell.
    table = _asking(listing, asked)
    return Loaded(table.columns(*fields.values()) if fields else table, view, fields, aliases)


def _asking(listing: Listing[XnatObject], names: Sequence[str]) -> Listing[XnatObject]:
    if not names:
        return listing
    kind, collection = listing.__xnat_kind__, listing.__xnat_collection__
    made = type(listing)(listing.session, collection.with_columns(*names), owner=listing.owner)
    return made if kind is collection.item() else made.of_type(kind)


def _field(listing: Listing[XnatObject], name: str, known: Sequence[str]) -> AnyField:
    kind = listing.__xnat_kind__
    alias = listing.__xnat_collection__.aliases.get(name, name)
    found = field_named(kind, name) or field_named(kind, plain_path(alias))
    if found is None or isinstance(found, DisplayField) != isinstance(found, VariableField):
        names = list(dict.fromkeys(known))
        msg = (
            f"there is no column {name!r}{near(name, [*names, *field_names(kind)])}. There are {', '.join(names)}, and "
            f"the fields of {kind.__name__} by Python name or XML path; --type narrows to a type with more fields"
        )
        raise InvalidValueError(msg)
    return found
