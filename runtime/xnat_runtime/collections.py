"""Collections: what a listing route answers, as data that the generator writes from the route catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from .errors import UnexpectedAnswerError
from .paths import encode_path, segment

if TYPE_CHECKING:
    from .objects import XnatObject

T_co = TypeVar("T_co", bound="XnatObject", covariant=True)

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_SELECTOR: Final = re.compile(r"\[@[^\]]*\]")
# Bookkeeping of the server and fields of other types: no schema paths of the rows' own type.
_NOT_OWN: Final = re.compile(r"meta/|extension_item/|[^/]+:")


@attrs.frozen(eq=False)
class Collection(Generic[T_co]):
    """One listing route.

    Attributes:
        name: The property's name, such as ``subjects``.
        path: Path below the owner; the whole path for collections of the connection.
        item: Returns the class of the rows; a function, so that its module is imported when it is used.
        key: Row key that identifies a row.
        second_key: Row key that people use too (label, type, file name), "" when there is none.
        columns: Row keys that the server sends unasked (rest-data 4.4); empty where a route takes no ``columns``.
        item_uri: Pattern of a row's URI; ``{owner}`` is the owner's, other names are row keys.
        xsi_type: Value of ``xsiType`` when the route is narrowed to a type, else "".
        aliases: Short names of the server for schema paths below the type (rest-data 4.5).
        is_explicit: Whether ``columns`` are others than the server sends unasked, so that each request names them.
    """

    name: str
    path: str
    item: Callable[[], type[T_co]]
    key: str
    second_key: str
    columns: tuple[str, ...]
    item_uri: str
    xsi_type: str = ""
    aliases: Mapping[str, str] = attrs.field(factory=dict[str, str])
    is_explicit: bool = False

    def with_columns(self, *names: str) -> Collection[T_co]:
        """Returns the same route with further columns, by short names of the server, such as ``subject_label``."""
        return attrs.evolve(self, columns=tuple(dict.fromkeys((*self.columns, *names))), is_explicit=True)

    def uri_of(self, owner: str, row: Mapping[str, object]) -> str:
        """Returns the URI of a row's item, percent-encoded.

        Raises:
            UnexpectedAnswerError: The row lacks a value that the URI needs.
        """
        if self.item_uri == "{URI}":
            uri = str(row.get("URI") or "")
            if not uri:
                msg = f"a row of {self.path} has no URI"
                raise UnexpectedAnswerError(msg)
            return encode_path(data_path(uri))

        def fill(match: re.Match[str]) -> str:
            if match[1] == "owner":
                return owner
            value = row.get(match[1])
            if not value:
                msg = f"a row of {self.path} has no {match[1]}, which its URI needs"
                raise UnexpectedAnswerError(msg)
            return segment(str(value))

        return _PLACEHOLDER.sub(fill, self.item_uri)

    @property
    def renamed(self) -> dict[str, str]:
        """Row keys of the default columns that are spelled otherwise than their schema paths."""
        paths = {alias: plain_path(path) for alias, path in self.aliases.items() if alias in self.columns}
        return {alias: path for alias, path in paths.items() if path != alias and not _NOT_OWN.match(path)}

    def row_keys(self, xpath: str, path: str) -> tuple[str, ...]:
        """Returns the keys under which a row may carry a requested column: its alias, and the lower-cased path.

        Which of them a server takes depends on the type that the path names (rest-data 4.3).

        Args:
            xpath: The full path that was requested, ``xnat:subjectData/initials``.
            path: The same below the type.
        """
        wanted = {xpath.lower(), path.lower()}
        aliases = (alias for alias, known in self.aliases.items() if known.lower() in wanted)
        return (*aliases, xpath.lower())


def plain_path(path: str) -> str:
    """Returns a schema path without its type selectors: ``demographics/gender``."""
    return _SELECTOR.sub("", path)


def data_path(uri: str) -> str:
    """Returns a path of a table cell with its ``/data``, which some routes leave out (rest-data 10.3.3)."""
    return uri if uri.startswith(("/data/", "/REST/")) else f"/data{uri}"
