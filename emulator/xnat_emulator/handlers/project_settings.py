"""Who sees a project, and how it archives (rest-data 7.3, 9.4)."""

from __future__ import annotations

from .. import permissions
from ..address import project
from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..store.items import Item
from ..store.project_settings import ACCESS_LEVELS

_CODES = ("quarantine_code", "prearchive_code")
_READABLE = (*_CODES, "current_arc")
_FLAGS = {"true": "1", "false": "0"}


def show_accessibility(call: Call) -> Reply:
    """``GET /data/projects/P/accessibility``: ``private``, ``protected`` or ``public``."""
    return text_reply(call.archive.project_settings.accessibility(project(call).id))


def put_accessibility(call: Call) -> Reply:
    """``PUT /data/projects/P/accessibility/{level}``: 200 with the new level.

    Raises:
        StatusError: 403, no right to delete the project, or the site has private projects only; 400, there is no such
            level.
    """
    owner = project(call)
    level = call.segment("ACCESS_LEVEL")
    if level is None:
        raise StatusError(400, "You must specify the ACCESS_ID parameter for this PUT call")
    permissions.require(call, "delete", owner)
    set_accessibility(call, owner, level)
    return text_reply(level)


def set_accessibility(call: Call, owner: Item, level: str) -> None:
    """Say who sees a project."""
    check_accessibility(call, level)
    call.archive.project_settings.put(owner.id, "accessibility", level)
    permissions.forget(call)


def check_accessibility(call: Call, level: str) -> None:
    """Refuse a level that there is not, 400, or that the site does not allow, 403."""
    if level not in ACCESS_LEVELS:
        raise StatusError(400, f"There is no access level {level}")
    allowed = call.archive.settings.get("securityAllowNonPrivateProjects", default=True)
    if level != "private" and str(allowed).lower() == "false":
        raise StatusError(403, "This site has private projects only.")


def show(call: Call, owner: Item) -> Reply:
    """Return the archive setting that the tail of a project's URL names.

    Raises:
        StatusError: 400, the tail names none.
    """
    for name in _READABLE:
        if call.tail == name or (name != "quarantine_code" and call.tail.startswith(name)):
            return text_reply(call.archive.project_settings.get(owner.id, name))
    raise StatusError(400)


def put(call: Call, owner: Item | None) -> Reply:
    """Change the archive setting that the tail names: ``prearchive_code/4``, ``quarantine_code/true``.

    Raises:
        StatusError: 404, there is no such project; 403, no right to edit it; 400, the tail names no setting or the
            code is no number.
    """
    if owner is None:
        raise StatusError(404)
    permissions.require(call, "edit", owner, "User account doesn't have permission to edit this project.")
    name, slash, value = call.tail.partition("/")
    if not slash or name not in {*_READABLE, "scan_type_mapping"}:
        raise StatusError(400)
    if name in _CODES:
        value = _code(value)
    if value and (name != "scan_type_mapping" or value in _FLAGS):
        call.archive.project_settings.put(owner.id, name, value)
    return text_reply("")


def _code(text: str) -> str:
    """Return a code: any whole number, or a flag (claimed of 1.9.2: any number is taken)."""
    try:
        return _FLAGS.get(text) or str(int(text))
    except ValueError:
        raise StatusError(400, "Prearchive code must be an integer.") from None
