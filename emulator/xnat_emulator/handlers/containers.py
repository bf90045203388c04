"""Containers: their lists, their logs, ending them (schema-and-search 5.9; schemas/SOURCES.md)."""

from __future__ import annotations

import io
import zipfile
from typing import cast

from ..address import project
from ..call import Call, Reply, json_reply, text_reply
from ..containers import jobs
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import access, is_administrator
from ..store.containers import Document
from ..store.node import JsonValue
from .xapi import build_info

_STREAMS = ("stdout", "stderr")


def show_version(call: Call) -> Reply:
    """``GET /xapi/containers/version``: whether plugin and server fit together."""
    facts: Document = {
        "compatible": True,
        "xnat-version-detected": build_info(call)["version"],
        "min-xnat-version-required": "1.8.5",
        "message": None,
    }
    return json_reply(compact_json(facts))


def _owns(call: Call, container: Document) -> bool:
    if is_administrator(call) or container["user-id"] == call.login:
        return True
    rights = access(call).projects.get(str(container["project"]))
    return rights is not None and rights.level == "owner"


def _shown(container: Document) -> Document:
    return {name: value for name, value in container.items() if not name.startswith("_")}


def _list(call: Call, owner: str | None) -> Reply:
    active = call.parameter("nonfinalized") == "true"
    found = call.archive.containers.containers(active=active)
    chosen = [_shown(one) for one in found if (owner is None or owner == one["project"]) and _owns(call, one)]
    return json_reply(compact_json(cast("JsonValue", chosen)))


def list_all(call: Call) -> Reply:
    """``GET /xapi/containers``: one's own; those of one's projects; all of them for administrators."""
    return _list(call, None)


def list_of_project(call: Call) -> Reply:
    """``GET /xapi/projects/{p}/containers``: the same of one project."""
    return _list(call, project(call).id)


def _find(call: Call) -> Document:
    found = call.archive.containers.find(call.segments["CONTAINER_ID"])
    if found is None:
        raise StatusError(404, f"No container with ID {call.segment('CONTAINER_ID')}")
    return found


def show(call: Call) -> Reply:
    """``GET /xapi/containers/{id}``: of somebody else's container without what could tell of data."""
    found = _shown(_find(call))
    if not _owns(call, found):
        for name in ("mounts", "inputs", "outputs", "history"):
            found[name] = []
        found |= {"env": {}, "command-line": "[REDACTED]", "container-id": None, "workflow-id": None}
    return json_reply(compact_json(found))


def delete(call: Call) -> Reply:
    """``DELETE /xapi/containers/{id}``: the record of a container; 204."""
    found = _find(call)
    _require(call, found)
    call.archive.containers.delete(int(str(found["id"])))
    return text_reply("", 204)


def _require(call: Call, container: Document) -> None:
    if not _owns(call, container):
        raise StatusError(403)


def kill(call: Call) -> Reply:
    """``POST .../containers/{id}/kill``: its owner, owners of the project, administrators; the host's id as text."""
    found = _find(call)
    _require(call, found)
    jobs.kill(call.site, found, call.login)
    return text_reply(str(found["container-id"]))


def finalize(call: Call) -> Reply:
    """``POST /xapi/containers/{id}/finalize``: administrators; there is nothing left to do for those that ended."""
    if not is_administrator(call):
        raise StatusError(403)
    _find(call)
    return text_reply("")


# --- logs ---


def show_logs(call: Call) -> Reply:
    """``GET /xapi/containers/{id}/logs``: both logs in a zip."""
    found = _find(call)
    _require(call, found)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for stream in _STREAMS:
            if text := jobs.log(found, stream):
                archive.writestr(f"{stream}.log", text)
    return Reply(200, packed.getvalue(), "application/zip")


def show_log(call: Call) -> Reply:
    """``GET /xapi/containers/{id}/logs/{stdout|stderr}``: text; 500 for an unknown container (peers' claim)."""
    found = call.archive.containers.find(call.segments["CONTAINER_ID"])
    if found is None or call.segments["STREAM"] not in _STREAMS:
        raise StatusError(500)
    _require(call, found)
    return text_reply(jobs.log(found, call.segments["STREAM"]))


def show_log_since(call: Call) -> Reply:
    """``GET /xapi/containers/{id}/logSince/{stdout|stderr}``: all of it as JSON; a time of -1 says that is the end."""
    found = _find(call)
    _require(call, found)
    text = jobs.log(found, call.segments["STREAM"])
    return json_reply(compact_json({"content": text, "timestamp": -1, "bytesRead": -1, "fromFile": True}))
