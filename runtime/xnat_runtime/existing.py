"""Items that exist already: what ``exist_ok=True`` gives in place of a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents import ItemNode, read_item
from .errors import ConflictError, NotFoundError, PermissionDeniedError, UsageError
from .paths import child

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

# Of a new item: the field that names what it lies below, in the documents of subjects' and sessions' items.
_ABOVE = ("subject_ID", "imageSession_ID")


def existing(
    made: XnatObject, session: BaseSession, collection: str, values: dict[str, object], conflict: ConflictError
) -> ItemNode:
    """Returns the document of the item that stands in the way of a new one: one request.

    Nothing is written: the fields that the new one was to have are forgotten.

    Args:
        made: The new object.
        session: Its connection.
        collection: The path that it was sent to.
        values: What its place below that path makes of it, such as ``project``.
        conflict: What the server said; raised again when the name is taken by something that is not there.

    Raises:
        UsageError: The item has another data type, or belongs to another subject or session.
        ConflictError: No item of this name can be seen here.
    """
    uri = child(collection, str(made.__xnat_row__.get("label") or made.__xnat_row__["ID"]))
    try:
        node = read_item(session.get_json(uri), uri)
    except (NotFoundError, PermissionDeniedError):
        raise conflict from None
    require_type(made, node.xsi_type, uri)
    for name in _ABOVE:
        there = node.fields.get(name)
        if name in values and there and there != values[name]:
            msg = f"{uri} exists and belongs to another {name.removesuffix('_ID')}: exist_ok=True gives no other item"
            raise UsageError(msg)
    return node


def require_type(made: XnatObject, xsi_type: str, uri: str) -> None:
    """Checks that an item that exists is of the class that was asked for.

    Raises:
        UsageError: It is of another.
    """
    if xsi_type != made.xsi_type:
        msg = f"{uri} exists and is of type {xsi_type}: exist_ok=True gives no {made.xsi_type} ({type(made).__name__})"
        raise UsageError(msg)
