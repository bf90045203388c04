"""Actions on received sessions whose reply was lost: their rows tell what became of them, nothing is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ..errors import NotFoundError, XnatError
from ..prearchive_rows import PrearchiveRow
from .reconcile import Write, done_once, is_lost, settled

T = TypeVar("T")

Rest = Callable[[], PrearchiveRow | None]
"""Waits until the server is not at a session, and returns its row, None when it has left its place."""


def acted(send: Callable[[], T], rest: Rest, known: PrearchiveRow | None) -> None:
    """Do something with a session whose effect is the same when it is done twice; with a lost reply it may be.

    It is sent again when the server is not at the session, and the row shows no effect.

    Args:
        send: Makes the request.
        rest: Reads the row when the server is not at the session any more.
        known: The row before, None when nobody knows how it was.
    """
    _twice(Write(lambda: (send(), True)[1], lambda: has_changed(rest(), known) or None))


def queued(
    send: Callable[[], PrearchiveRow], rest: Rest, known: PrearchiveRow | None, last: PrearchiveRow
) -> PrearchiveRow:
    """Hand a session to a service and return its row, the last one when it has left its place; see `acted`."""

    def look() -> PrearchiveRow | None:
        found = rest()
        return (found or last) if has_changed(found, known) else None

    return _twice(Write(send, look))


def _twice(write: Write[T]) -> T:
    try:
        return write()
    except XnatError as error:
        if not is_lost(error):
            raise
    return write()


def moved(
    send: Callable[[], list[str]],
    leaving: Callable[[], bool],
    rows: Callable[[], Iterable[PrearchiveRow]],
    known: PrearchiveRow,
) -> list[str]:
    """Move a session to another project and return its path there; its timestamp and folder stay (rest-data 12.2).

    Args:
        send: Makes the request, and returns the paths that the answer names.
        leaving: Waits until the server is not at the session any more, and returns whether it has left its place.
        rows: Reads the rows of the other project.
        known: The row before.
    """

    def look() -> list[str] | None:
        own = _folder(known)
        return [row.path for row in rows() if _folder(row) == own] or None if leaving() else None

    return settled(send, look)


def begun(
    send: Callable[[], object],
    known: Mapping[str, PrearchiveRow | None],
    rows: Callable[[], Mapping[str, PrearchiveRow]],
) -> None:
    """Hand several sessions to a service; that a row of one has left its place or changed shows that it took them.

    Args:
        send: Makes the request.
        known: The rows before by path, None for one of which nobody knows how it was.
        rows: Reads the rows by path.
    """

    def is_begun() -> bool:
        found = rows()
        return any(has_changed(found.get(path), row) for path, row in known.items())

    done_once(send, is_begun)


def deleted_part(delete: Callable[[], object], is_there: Callable[[], bool]) -> None:
    """Delete a part of a received session; with a lost reply the parts beside it are listed.

    Args:
        delete: Makes the request.
        is_there: Whether it is listed still; what it was in may have gone with it.
    """

    def is_gone() -> bool:
        try:
            return not is_there()
        except NotFoundError:
            return True

    done_once(delete, is_gone)


def has_changed(found: PrearchiveRow | None, known: PrearchiveRow | None) -> bool:
    """Return whether a session has left its place, or reads otherwise than in a row that was read before."""
    return found is None or (known is not None and _state(found) != _state(known))


def _state(row: PrearchiveRow) -> tuple[str, str]:
    return row.text("status"), row.text("lastmod")


def _folder(row: PrearchiveRow) -> tuple[str, str]:
    return row.text("timestamp"), row.text("folderName")
