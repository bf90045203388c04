"""Single objects, received sessions and connections as tables of notebooks; nothing is asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from .errors import InvalidValueError
from .fields import Nested
from .html_tables import Cell, Table
from .identifying import HIDDEN
from .keyed_values import KeyedValues
from .notebook_rows import HINT, cell, counted, is_hidden_key, is_shown, rank, text, title_of
from .objects import XnatObject

if TYPE_CHECKING:
    from .session import BaseSession

FIELD_LIMIT: Final = 100
"""Fields of an object that are shown at most; stock types have fewer."""
_RECEIVED: Final = ("folderName", "name", "subject", "project", "timestamp", "status", "scan_date", "uploaded", "tag")


def of_object(item: XnatObject, identifying: bool) -> Table:
    """Returns the table of the values that an object has; one that is not loaded says how to load it."""
    kind = type(item)
    values = dict(known_values(item))
    order = {member.path.partition("/")[0]: rank for rank, member in enumerate(kind.__xnat_members__().values())}
    keys = [key for key, value in values.items() if is_shown(key) and text(value)]
    keys.sort(key=lambda key: (rank(key), order.get(key.partition("/")[0].partition("[")[0], len(order))))
    hidden = {key for key in keys if not identifying and is_hidden_key(kind, key)}
    shown = keys[:FIELD_LIMIT]
    rows: list[tuple[Cell, ...]] = [
        (title_of(kind, key), cell(key, values[key], hidden=key in hidden)) for key in shown
    ]
    notes = [f"{len(keys) - len(shown):,} more fields"] if len(keys) > len(shown) else []
    if item.__xnat_document__ is None and kind.__xnat_is_loadable__:
        notes.append("Not loaded: these values came with a listing or a search; refresh() loads the rest.")
    return Table(_name(item), (), rows, [*notes, HINT] if hidden.intersection(shown) else notes)


def _name(item: XnatObject) -> str:
    row = item.__xnat_row__
    label, identity = text(row.get(item.__xnat_shown__)), text(row.get("ID"))
    names = f"{label} ({identity})" if label and identity else label or identity or text(row.get("path"))
    return f"{type(item).__name__} {names}"


def known_values(item: XnatObject) -> Iterator[tuple[str, object]]:
    """Yields the values that need no request, by path; of the lists in the document, those of texts with keys."""
    document = item.__xnat_document__
    yield from item.__xnat_row__.items()
    for member in type(item).__xnat_members__().values() if document is not None else ():
        if isinstance(member, KeyedValues):
            # The type of the entries does not matter here.
            entries: dict[str, object] = {**member.entries(item)}
            yield from ((f"{member.path}[{member.key}={key}]/{member.text}", value) for key, value in entries.items())
        elif isinstance(member, Nested) and member.child:
            for node in item.__xnat_children__(member.path)[:1]:
                yield from ((f"{member.path}/{path}", value) for path, value in node.fields.items())


def of_received(sessions: Sequence[object], identifying: bool, limit: int) -> Table:
    """Returns the table of received sessions, with what was known of them last.

    Raises:
        InvalidValueError: One is something else.
    """
    from .prearchive_session import PrearchiveSession  # noqa: PLC0415  # few notebooks look at the prearchive

    found: list[dict[str, str]] = []
    for one in sessions[:limit]:
        if not isinstance(one, PrearchiveSession):
            msg = "show() takes lists of one kind of thing: received sessions, or objects"
            raise InvalidValueError(msg)
        found.append(one.__xnat_cells__)
    keys = [key for key in _RECEIVED if any(row.get(key) for row in found)]
    hidden = {key for key in keys if key in HIDDEN and not identifying}
    rows = [[cell(key, row.get(key), hidden=key in hidden) for key in keys] for row in found]
    titles = ["folder_name" if key == "folderName" else key for key in keys]
    title = f"PrearchiveSession: {counted(len(sessions), limit)}"
    return Table(title, titles, rows, [HINT] if hidden else [])


def of_connection(session: BaseSession) -> Table:
    """Returns the table of a connection; its version only when it was asked for before."""
    rows = [("server", session.server), ("user", session.user or "guest")]
    if "server_info" in vars(session):
        rows.append(("server_version", session.server_version))
    return Table(f"{type(session).__name__}{'' if session.__xnat_is_open__ else ' (closed)'}", (), rows)
