"""XSync: what is set up is kept; nothing is sent anywhere, because there is no other server to reach.

Shapes are those of the plugin's own classes.
"""

from __future__ import annotations

from ..address import project
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import may
from ..store.collaboration import Kept
from .texts import body_object

_KIND, _PLUGIN = "xsync", "xsyncPlugin"
_NEEDED = ("source_project_id", "enabled", "sync_frequency", "sync_new_only", "identifiers", "remote_url")


def _owned(call: Call, *, changes: bool) -> str:
    """Return the project of the URL.

    Raises:
        StatusError: 404 without the plugin and for an unknown project, 403.
    """
    if _PLUGIN not in call.site.mode.plugins:
        raise StatusError(404)
    owner = project(call)
    if changes and not may(call, "delete", owner):
        raise StatusError(403)
    return owner.id


def _setup(call: Call, name: str) -> tuple[int, Kept] | None:
    found = call.archive.collaboration.all(_KIND)
    return next((one for one in found if one[1]["source_project_id"] == name), None)


def show_setup(call: Call) -> Reply:
    """``GET /xapi/xsync/setup/projects/P``: what was said, 404 when nothing was."""
    found = _setup(call, _owned(call, changes=False))
    if found is None:
        raise StatusError(404)
    return json_reply(compact_json(found[1]))


def post_setup(call: Call) -> Reply:
    """``POST`` of the same: it takes the place of what was said before; 500 when something is missing."""
    name, said = _owned(call, changes=True), body_object(call)
    if said.get("source_project_id") != name or any(said.get(key) is None for key in _NEEDED):
        raise StatusError(500, f"{name} Xsync Setup failed ")
    earlier = _setup(call, name)
    if earlier is None:
        call.archive.collaboration.add(_KIND, said)
    else:
        call.archive.collaboration.change(earlier[0], said)
    return text_reply(f"{name} Xsync Setup complete")


def show_status(call: Call) -> Reply:
    """``GET /xapi/xsync/syncStatus/projects/P``: that of a project that was not sent since the start."""
    _owned(call, changes=False)
    status: Kept = {
        "isSyncing": False,
        "syncType": "NONE_SINCE_STARTUP",
        "syncStartTime": None,
        "syncEndTime": None,
        "currentSubject": None,
        "currentExperiment": None,
        "currentExperimentType": None,
        "historyId": 0,
        "wasSyncSuccessful": None,
        "initialSubjectList": [],
        "completedSubjects": [],
        "failedSubjects": [],
        "completedExperiments": {},
        "failedExperiments": {},
    }
    return json_reply(compact_json(status))


def show_history(call: Call) -> Reply:
    """``GET /xapi/xsync/history/projects/P``: nothing was sent."""
    _owned(call, changes=False)
    return json_reply("[]")


def show_progress(call: Call) -> Reply:
    """``GET /xapi/xsync/progress/P``: no log."""
    _owned(call, changes=False)
    return text_reply("")


def start(call: Call) -> Reply:
    """``POST /xapi/xsync/projects/P``: says that it starts, as a server does before it looks for the other one."""
    name = _owned(call, changes=True)
    return text_reply(f"{name} synchronization started")


def unblock(call: Call) -> Reply:
    """``POST /xapi/xsync/unblock/P``: nothing blocks it."""
    _owned(call, changes=True)
    return text_reply("")
