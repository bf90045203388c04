"""Items that were made or deleted when the reply was lost: the server is looked at, nothing is sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..documents import ItemNode, read_item
from ..errors import NotFoundError
from ..locate import resource_row
from ..paths import child
from .reconcile import done_once, settled

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession
    from ..transport import Response


def created(
    made: XnatObject, session: BaseSession, collection: str, values: dict[str, object], send: Callable[[], Response]
) -> str:
    """Return what a POST answered that made an item; of a lost reply, the path of the item when it is there.

    It is when an item of its label and type lies below the same parent with no other values than those that were sent.

    Args:
        made: The new item.
        session: Its connection.
        collection: The path that it is sent to.
        values: What its place makes of it, such as ``project``.
        send: Makes the request.
    """
    sent = {**made.__xnat_row__, **values}

    def look() -> str | None:
        uri = child(collection, str(sent.get("label") or sent["ID"]))
        try:
            node = read_item(session.get_json(uri), uri)
        except NotFoundError:
            return None
        is_ours = node.xsi_type == made.xsi_type and not _differs(sent, node)
        return child(collection, str(node.fields.get("ID") or "")) if is_ours else None

    def answer() -> str:
        return send().text.strip()

    return settled(answer, look)


def made_resource(session: BaseSession, uri: str, query: dict[str, str]) -> None:
    """Make a resource; with a lost reply it is looked for, with the format and content that it was to have."""

    def is_made() -> bool:
        try:
            row = resource_row(session, uri)
        except NotFoundError:
            return False
        return all(str(row.get(name) or wanted) == wanted for name, wanted in query.items())

    done_once(lambda: session.put(uri, query=query), is_made)


def deleted(session: BaseSession, uri: str, query: dict[str, str]) -> None:
    """Delete an item; with a lost reply it is looked for: gone is done."""

    def is_there() -> bool:
        try:
            session.head(uri)
        except NotFoundError:
            return False
        return True

    gone(lambda: session.delete(uri, query=query), is_there)


def gone(delete: Callable[[], object], is_there: Callable[[], bool]) -> None:
    """Delete something; with a lost reply it is looked for: gone is done.

    Args:
        delete: Makes the request.
        is_there: Whether it is there still.
    """
    done_once(delete, lambda: not is_there())


def _differs(sent: dict[str, object], node: ItemNode) -> bool:
    """Return whether a value that was sent reads otherwise on the server, as far as its document tells."""
    there = node.fields
    return any(
        value is not None and path in there and not _same(value, there[path])
        for path, value in sent.items()
        if not path.endswith("[]")
    )


def _same(sent: object, there: object) -> bool:
    if str(sent) == str(there):
        return True
    try:
        return float(str(sent)) == float(str(there))
    except ValueError:
        return str(sent).lower() == str(there).lower() if isinstance(sent, bool) else False
