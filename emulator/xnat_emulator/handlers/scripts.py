"""Automation scripts and what runs them (routes.json: ``/data/automation``).

Who may do what and the shape of the answers follow the resources of XNAT 1.8; no script is ever run.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..call import Call, Reply, as_number, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.tables import Cell, Table
from ..permissions import is_administrator
from ..store.automation import Script
from ..store.node import JsonValue
from .replies import table_reply
from .texts import properties

_RUNNERS = ("groovy", "javascript", "python")
_DEFAULT_LANGUAGE = "groovy"


def show_runners(call: Call) -> Reply:
    """``GET /data/automation/runners[/{LANGUAGE}[/{VERSION}]]``: languages, or one of them; 404 for any other."""
    language = call.segments.get("LANGUAGE")
    if language is None:
        return json_reply(compact_json([*_RUNNERS]))
    if language.lower() not in _RUNNERS:
        raise StatusError(404, f"No script runner found for {call.segment('LANGUAGE')}")
    return json_reply(compact_json({"language": language.lower()}))


def _require_access(call: Call) -> None:
    """Refuse who is no administrator, but for the list of scripts."""
    if not is_administrator(call) and (call.method != "GET" or "SCRIPT_ID" in call.segments):
        raise StatusError(403, "Only site admins can view or update script resources.")
    if call.method != "GET" and "SCRIPT_ID" not in call.segments:
        raise StatusError(405, "You must specify a specific script ID to update or delete a script.")


def show_scripts(call: Call) -> Reply:
    """``GET /data/automation/scripts``, ``/scripts/{ID}`` and ``/scripts/{ID}/{VERSION}``."""
    _require_access(call)
    if "SCRIPT_ID" not in call.segments:
        rows = [_row(script) for script in call.archive.automation.scripts()]
        columns = ("Script ID", "Script Label", "Language", "Description")
        return table_reply(call, Table(columns, rows, counted=False))
    found = call.archive.automation.script(call.segment("SCRIPT_ID") or "")
    if found is None:
        raise StatusError(404)
    number = call.segments.get("VERSION")
    if number is not None:
        versions = call.archive.automation.versions(found)
        found = next((one for one in versions if one.version == as_number(number)), None)
    if found is None:
        raise StatusError(500, "The script has no such version")
    return json_reply(compact_json(_object(found)))


def _row(script: Script) -> dict[str, Cell]:
    return {
        "Script ID": script.id,
        "Script Label": script.label,
        "Language": script.language,
        "Description": script.description,
    }


def _object(script: Script) -> JsonValue:
    return {
        "id": script.number,
        "created": epoch_ms(script.created),
        "timestamp": epoch_ms(script.modified),
        "disabled": 0,
        "enabled": True,
        "scriptId": script.id,
        "scriptLabel": script.label,
        "description": script.description,
        "language": script.language,
        "content": script.content,
    }


def epoch_ms(moment: str) -> int:
    """Return an ISO moment in UTC as milliseconds since the epoch, as entities of the server show it (D27)."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def put_script(call: Call) -> Reply:
    """``PUT /data/automation/scripts/{ID}``: properties as a form or JSON; a new version of the script.

    Raises:
        StatusError: 403, 405 without an id, 400 without data, 415 for another media type, 500 without label or content.
    """
    _require_access(call)
    said = properties(call)
    label, content = said.get("scriptLabel", ""), said.get("content", "")
    if not label.strip() or not content.strip():
        raise StatusError(500, "A script cannot be saved without a label and content")
    identifier = call.segment("SCRIPT_ID") or ""
    language = said.get("language") or _DEFAULT_LANGUAGE
    call.archive.automation.put_script(identifier, label, said.get("description"), language, content)
    return text_reply("")


def delete_script(call: Call) -> Reply:
    """``DELETE`` of the same: the script with its triggers; 500 when there is none."""
    _require_access(call)
    found = call.archive.automation.script(call.segment("SCRIPT_ID") or "")
    if found is None:
        raise StatusError(500, "A service exception occurred trying to delete (disable) script")
    call.archive.automation.delete_script(found)
    return text_reply("")


def show_versions(call: Call) -> Reply:
    """``GET /data/automation/scriptVersions[/{ID}]``: scripts as a table, or the version numbers of one as JSON."""
    if "SCRIPT_ID" not in call.segments:
        rows = [_row(script) for script in call.archive.automation.scripts()]
        return table_reply(call, Table(("Script ID", "Language", "Description", "Version"), rows, counted=False))
    if not is_administrator(call):
        raise StatusError(403, "Only site admins can view or update script resources.")
    found = call.archive.automation.script(call.segment("SCRIPT_ID") or "")
    if found is None:
        raise StatusError(500)
    versions: list[JsonValue] = [str(one.version) for one in call.archive.automation.versions(found)]
    return json_reply(compact_json(versions))
