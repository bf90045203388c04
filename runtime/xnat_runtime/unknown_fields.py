"""Fields that a class has and the connected server does not, where they are written.

A value that XNAT's reader of XML cannot place ends the request: 422 with the field's name, and nothing is stored. The
one exception are attributes of the document's root, which it drops; none of them is newer than XNAT 1.7. A path in the
query that it cannot place ends the reading of the query, without a word (rest-data 7.1.6).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .errors import BadRequestError, FieldNotOnServerError, XnatError

if TYPE_CHECKING:
    from .documents import ItemNode
    from .item import Item
    from .objects import XnatObject
    from .session import BaseSession

_FIELD: Final = re.compile(r"Invalid field '([^']+)'")
_ATTRIBUTE: Final = re.compile(r"Invalid attribute '([^']+)' of '[^'/]+/?([^']*)'")


@contextmanager
def named_when_unknown(item: XnatObject, sent: Iterable[str]) -> Generator[None]:
    """Tells a refusal for an unknown field from others.

    Args:
        item: What is written.
        sent: The paths that are written, below the item.

    Raises:
        FieldNotOnServerError: The server does not know a field of the document; it stored nothing of it.
    """
    try:
        yield
    except BadRequestError as error:
        path = _refused(error.reason)
        if not path:
            raise
        # The server counts from the inner item that it was reading, such as the demographics of a subject.
        whole = next((one for one in sent if one == path or one.endswith(f"/{path}")), path)
        msg = (
            f"{_label(type(item), whole)}: {_version(item.session)} does not know the field "
            f"{item.xsi_type}/{whole}; nothing was stored"
        )
        raise FieldNotOnServerError(msg, field=f"{item.xsi_type}/{whole}") from error


def in_safe_order(item: XnatObject, paths: Collection[str]) -> list[str]:
    """Returns the fields to clear so that an unknown one among them takes none of the others along.

    One that the loaded document holds is known, and goes first. One other may follow: nothing stands behind it that
    could be lost, and where the server does not know it there is nothing to clear. When there are more, the document
    is loaded again, in one request, and those that it holds are cleared: the others are empty.
    """
    document = item.__xnat_document__ if len(paths) > 1 else None
    known = [path for path in paths if document is not None and _holds(document, path)]
    others = [path for path in paths if path not in known]
    if len(others) > 1:
        fresh = item.__xnat_load__()
        others = [path for path in others if _holds(fresh, path)]
    return known + others


def _refused(reason: str) -> str:
    if found := _FIELD.search(reason):
        return found[1]
    found = _ATTRIBUTE.search(reason)
    return "/".join(part for part in (found[2], found[1]) if part) if found else ""


def _holds(node: ItemNode, path: str) -> bool:
    if node.fields.get(path) not in {None, ""}:
        return True
    return any(
        _holds(child, path[len(inner) + 1 :])
        for inner in node.paths()
        if path.startswith(f"{inner}/")
        for child in node.children(inner)
    )


def _label(owner: type[Item], path: str) -> str:
    """Returns the name of the field in its class, the class alone where none has it."""
    for member in owner.__xnat_members__().values():
        if member.path == path:
            return member.label
        structure = member.structure()
        if structure is not None and path.startswith(f"{member.path}/"):
            return _label(structure, path[len(member.path) + 1 :])
    return owner.__name__


def _version(session: BaseSession) -> str:
    try:
        return f"this server (XNAT {session.server_version})"
    except XnatError:
        return "this server"
