"""How connections, listings, objects and queries look in notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from .errors import InvalidValueError, XnatError
from .html_tables import ROW_LIMIT, Table, line
from .showable import Showable

__all__ = ["Shown", "show"]

_REASON_LIMIT: Final = 300


class Shown:
    """A table that notebooks show.

    Attributes:
        html: The table as HTML, one block without scripts and style sheets.
    """

    def __init__(self, table: Table) -> None:
        self.html = table.html()
        self._caption = table.caption

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Shown: {self._caption}>"


def show(what: object, *, identifying: bool = False, rows: int = ROW_LIMIT) -> Shown:
    """Returns a table of something, to be the last line of a notebook's cell.

    A listing is asked for once, as everywhere; a query is asked at every call; objects and lists of objects are shown
    with the values that they have, without a request.

    Args:
        what: A listing, a query, an object, a list of objects such as ``connection.search()`` returns, a session of
            the prearchive or a list of them, or the connection.
        identifying: Whether to show fields that may identify a patient too; they then are in the saved notebook.
        rows: How many rows at most.

    Raises:
        InvalidValueError: It is something else, or the number of rows is negative.
        XnatError: The server did not give a listing or a result.
    """
    if rows < 0:
        msg = "show() takes a number of rows from 0 on"
        raise InvalidValueError(msg)
    if isinstance(what, Showable):
        return Shown(what.__xnat_table__(identifying, rows))
    if isinstance(what, (list, tuple)):
        from .notebook_rows import of_items  # noqa: PLC0415  # most lists are shown by what they come from

        # cast: of_items looks at each one.
        return Shown(of_items(cast("Sequence[object]", what), identifying, rows))
    msg = f"show() takes a listing, a query, an object or a list of objects, not {type(what).__name__}"
    raise InvalidValueError(msg)


def rendered(what: Showable) -> str:
    """Returns what a notebook shows of something by itself: its table, or one line that says why there is none."""
    try:
        return what.__xnat_table__(identifying=False, limit=ROW_LIMIT).html()
    except XnatError as error:
        # Our own messages hold no secret and no value of a patient.
        return line(f"Not shown: {type(error).__name__}: {error}"[:_REASON_LIMIT])
    except Exception as error:  # noqa: BLE001  # a notebook would print the whole traceback, values in it included
        return line(f"Not shown: {type(error).__name__}")
