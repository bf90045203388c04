"""What ``ls`` shows of a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from ..errors import InvalidValueError, KeyNotFoundError
from ..objects import XnatObject
from .loading import loaded, shaped
from .patterned import found_by, has_pattern, matching
from .picking import named
from .places import listing_at, place_of
from .terms import type_named
from .views import OF_A_PROJECT, OF_A_RESOURCE, OF_SUBJECTS, VIEWS, View

if TYPE_CHECKING:
    from ..listings import Listing
    from ..session import BaseSession
    from .settings import Settings

Rows = Iterator[dict[str, object]]


@attrs.frozen
class Listed:
    """The rows of a path.

    Attributes:
        rows: Returns them, and asks the server for them.
        columns: Columns of a table.
        noun: What a row is.
        aliases: Names that were typed -> names of columns.
    """

    rows: Callable[[], Rows]
    columns: Sequence[str]
    noun: str
    aliases: Mapping[str, str] = attrs.field(factory=dict[str, str])


def listed_at(session: BaseSession, path: str, data_type: str | None, settings: Settings) -> Listed:
    """Returns what a path names: a listing, the items of a pattern, a file.

    Args:
        session: The connection.
        path: The path.
        data_type: Name of a type that the items shall have, None for any.
        settings: The options; they name columns to load.

    Raises:
        InvalidValueError: The path names nothing, or there is no such type or column.
    """
    if has_pattern(path):
        match = matching(session, path)
        if match is None:
            return _of_objects(*found_by(session, path))
        return _of_listing(session, match.listing, data_type, settings, match.fits)
    place = place_of(session, path)
    if not place.file:
        return _of_listing(session, listing_at(session, path), data_type, settings)
    listing = listing_at(session, f"{place.uri}/files")
    found = _of_listing(session, listing, data_type, settings, lambda row: row.get("path") == place.file)
    return attrs.evolve(found, rows=lambda: _required(found.rows(), path))


def require_alike(found: Sequence[Listed]) -> Listed:
    """Returns the first one.

    Raises:
        InvalidValueError: Others have rows of another kind.
    """
    first = found[0]
    nouns = dict.fromkeys(each.noun for each in found)
    if len(nouns) > 1:
        msg = f"one list cannot show {' and '.join(nouns)} rows: call ls for each kind"
        raise InvalidValueError(msg)
    return first


def _of_listing(
    session: BaseSession,
    listing: Listing[XnatObject],
    data_type: str | None,
    settings: Settings,
    fits: Callable[[Mapping[str, object]], bool] | None = None,
) -> Listed:
    view = view_of(listing)
    if data_type is not None:
        kind = type_named(session.registry, data_type)
        if not issubclass(kind, XnatObject):
            msg = f"--type {data_type}: {kind.__name__} is no item of the archive"
            raise InvalidValueError(msg)
        listing = listing.of_type(kind)
    table = loaded(listing, view, named(settings))
    return Listed(lambda: table.rows(fits), view.columns, view.noun, table.aliases)


def view_of(listing: Listing[XnatObject]) -> View:
    """Returns what people want to see of a listing."""
    name = listing.__xnat_collection__.name
    owner = listing.owner.uri if listing.owner is not None else ""
    if name == "experiments" and owner:
        return OF_SUBJECTS
    if name == "scans" and owner.startswith("/data/projects/") and "/experiments/" not in owner:
        return OF_A_PROJECT
    return OF_A_RESOURCE if name == "files" and "/resources/" in owner else VIEWS[name]


def _required(rows: Rows, path: str) -> Rows:
    found = list(rows)
    if not found:
        msg = f"there is no file {path!r}"
        raise KeyNotFoundError(msg)
    yield from found


def _of_objects(found: Sequence[XnatObject], level: str) -> Listed:
    views = {"experiment": OF_SUBJECTS, "scan": OF_A_PROJECT}
    view = views.get(level) or VIEWS[f"{level.rpartition('_')[2]}s"]
    if level.endswith("_resource"):
        # Their labels are alike; where they lie tells them apart.
        view = View("resource", ("label", "file_count", "file_size", "uri"))
    rows = list(shaped([item.__xnat_row__ for item in found], [item.uri for item in found]))
    columns = [name for name in view.columns if not rows or name in rows[0]]
    return Listed(lambda: iter(rows), columns, view.noun)
