"""Who may see and change received sessions (rest-data 12.1, 12.2)."""

from __future__ import annotations

from ..address import stored_project
from ..call import Call
from ..errors import StatusError
from ..permissions import Action, may_in, sees_all_data
from ..permissions import access as access_of
from ..store.prearchive import UNASSIGNED, PrearchiveSession

_SESSION = "xnat:imageSessionData"


def has_all_data(call: Call) -> bool:
    """Tell whether the caller may read everybody's data: administrators and reviewers."""
    return sees_all_data(call)


def is_data_administrator(call: Call) -> bool:
    """Tell whether the caller may change everybody's data."""
    return "edit" in access_of(call).all_data


def may_with_sessions(call: Call, action: Action, project: str) -> bool:
    """Tell whether the caller may do something with imaging sessions of some type in a project."""
    model = call.model
    types = [name for name in model.bases if model.extends(name, _SESSION)]
    return any(may_in(call, action, project, name) for name in (_SESSION, *types))


def project_id(call: Call, name: str) -> str:
    """Return the ID of a project by ID or alias, empty for ``Unassigned``; unknown names stay as they are."""
    if name.lower() == UNASSIGNED.lower():
        return ""
    found = stored_project(call, name)
    return name if found is None else found.id


def is_project(call: Call, project: str) -> bool:
    """Tell whether there is a project of that ID, visible or not."""
    return call.archive.items.by_id("project", project) is not None


def may_edit(call: Call, project: str) -> bool:
    """Tell whether the caller may change the received sessions of a project, or the unassigned ones."""
    if not project:
        return is_data_administrator(call)
    return may_with_sessions(call, "edit", project)


def require_edit(call: Call, project: str, *, allow_unassigned: bool = False) -> None:
    """Refuse who may not change the received sessions of a project.

    Args:
        call: The request.
        project: Project ID, empty for the unassigned sessions.
        allow_unassigned: Everybody may touch unassigned sessions.

    Raises:
        StatusError: 500, there is no such project; 403, the caller may not.
    """
    if not project and allow_unassigned:
        return
    if project and not is_project(call, project):
        raise StatusError(500, f"No project named {project}")
    if not may_edit(call, project):
        raise StatusError(403, f"User {call.login} may not edit the prearchive of {project or UNASSIGNED}")


def addressed_project(call: Call) -> str:
    """Return the project ID of the URL, empty for ``Unassigned``."""
    return project_id(call, call.segment("PROJECT_ID") or "")


def addressed(call: Call, project: str) -> PrearchiveSession | None:
    """Return the session of the URL, None when there is none."""
    timestamp, folder = call.segments["SESSION_TIMESTAMP"], call.segments["SESSION_LABEL"]
    return call.archive.prearchive.get(project, timestamp, folder)
