"""Triggers of automation scripts and templates of triggers (routes.json: ``/data/automation``).

Who may do what and the shape of the answers follow the resources of XNAT 1.8; no event ever fires.
"""

from __future__ import annotations

import json
from typing import cast

from ..address import project
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.javahash import hash_ordered, string_hash
from ..formats.tables import Cell, Table
from ..permissions import is_administrator, may
from ..store.automation import Filters, Trigger
from ..store.node import JsonValue
from .replies import table_reply
from .texts import body_object, plain, properties

_COLUMNS = (
    "id",
    "triggerId",
    "scope",
    "entityId",
    "srcEventClass",
    "event",
    "eventFilters",
    "scriptId",
    "description",
)


def _scope(call: Call) -> str:
    """Return the project of the URL, empty for the site, after checking that the caller may do this.

    Raises:
        StatusError: 404 for an unknown project, 403.
    """
    if call.segment("PROJECT_ID") is None:
        if call.method != "GET" and not is_administrator(call):
            raise StatusError(403, f"User {call.login} may not change the triggers of the site.")
        return ""
    owner = project(call)
    if call.method != "GET" and not may(call, "edit", owner):
        raise StatusError(403, f"User {call.login} may not change the triggers of {owner.id}.")
    return owner.id


def _named(call: Call) -> Trigger | None:
    """Return the trigger of the URL, None when the URL names none.

    Raises:
        StatusError: 404, there is none of this name.
    """
    name = call.segment("TRIGGER_ID")
    if name is None:
        return None
    found = call.archive.automation.trigger(name)
    if found is None:
        raise StatusError(404, f"Can't find script trigger with ID: {name}")
    return found


def show_triggers(call: Call) -> Reply:
    """``GET`` of ``triggers`` (all), ``handlers`` (of the site or of a project) and one trigger.

    An event alone does not identify a trigger any more: ``handlers/{EVENT_ID}`` is always 404.
    """
    scope, found = _scope(call), _named(call)
    if found is not None:
        return json_reply(compact_json(_object(found)))
    if "EVENT_ID" in call.segments:
        raise StatusError(404, f"Can't find a script trigger for event {call.segment('EVENT_ID')}")
    listed, metadata = call.archive.automation.triggers(), dict[str, str]()
    if not call.path.rstrip("/").endswith("triggers"):
        listed = [trigger for trigger in listed if trigger.project == scope]
        metadata = {"scope": "Project", "projectId": scope} if scope else {"scope": "Site"}
    rows = sorted((_row(trigger) for trigger in listed), key=lambda row: str(row["event"]))
    return table_reply(call, Table(_COLUMNS, rows, metadata, counted=False))


def _object(trigger: Trigger) -> JsonValue:
    fields: dict[str, JsonValue] = {
        "id": str(trigger.number),
        "triggerId": trigger.name,
        "scope": "prj" if trigger.project else "site",
        "entityId": trigger.project or None,
        "event": trigger.event,
        "scriptId": trigger.script,
        "description": trigger.description,
    }
    return hash_ordered(fields)


def _row(trigger: Trigger) -> dict[str, Cell]:
    return {
        "id": str(trigger.number),
        "triggerId": trigger.name,
        "scope": "prj" if trigger.project else "site",
        "entityId": trigger.project,
        "srcEventClass": trigger.event_class,
        "event": trigger.event,
        "eventFilters": _java_map(trigger.filters),
        "scriptId": trigger.script,
        "description": trigger.description,
    }


def _java_map(filters: Filters) -> str:
    """Return filters as Java prints a map of lists: ``{status=[Complete]}``."""
    return "{" + ", ".join(f"{name}=[{', '.join(filters[name])}]" for name in filters) + "}"


def put_trigger(call: Call) -> Reply:
    """``PUT`` of the same with a JSON body: makes a trigger, or changes the one of the URL; its name as text.

    Raises:
        StatusError: 400 without data, event or script, 415 for anything but JSON, 500 without event class or filters.
    """
    scope, found = _scope(call), _named(call)
    said = _body(call)
    texts = {name: plain(said[name]) for name in ("event", "scriptId", "eventClass", "description") if said.get(name)}
    if found is None and not (texts.get("event") and texts.get("scriptId")):
        raise StatusError(400, "You must specify the event and the script ID for your new script trigger.")
    filters = _filters(said)
    if "eventClass" not in texts or filters is None:
        raise StatusError(500)
    trigger = _changed(found, found.project if found else scope, texts, filters)
    if found is not None and trigger == found:
        return text_reply("")
    call.archive.automation.save_trigger(trigger)
    return text_reply(trigger.name)


def _body(call: Call) -> dict[str, JsonValue]:
    if not call.has_content:
        raise StatusError(400, "Unable to find script trigger parameters: no data sent?")
    if call.content_type != "application/json":
        raise StatusError(415, "This function currently only supports application/json")
    return body_object(call)


def _filters(said: dict[str, JsonValue]) -> dict[str, list[str]] | None:
    filters = said.get("filters")
    if not isinstance(filters, dict):
        return None
    return {name: [plain(one) for one in many] for name, many in filters.items() if isinstance(many, list)}


def _changed(found: Trigger | None, scope: str, texts: dict[str, str], filters: dict[str, list[str]]) -> Trigger:
    event = texts.get("event") or (found.event if found else "")
    script = texts.get("scriptId") or (found.script if found else "")
    return Trigger(
        number=found.number if found else 0,
        name=_name(script, scope, event, texts["eventClass"], filters),
        project=scope,
        event=event,
        event_class=texts["eventClass"],
        filters=filters,
        script=script,
        description=texts.get("description", found.description if found else None),
    )


def _name(script: str, scope: str, event: str, event_class: str, filters: Filters) -> str:
    """Return the name that a server gives a trigger, with the hash codes of the event class and the filters."""
    association = f"prj:{scope}" if scope else "site"
    flat = str.maketrans({" ": "_", "/": "_", ":": "_", "-": "_"})
    parts = (script.replace("-", "_"), association.translate(flat), event.translate(flat))
    numbers = (_signed(string_hash(event_class)), _signed(sum(_entry_hash(*entry) for entry in filters.items())))
    return "-".join((*parts, *(str(number) for number in numbers)))


def _entry_hash(name: str, values: list[str]) -> int:
    code = 1
    for value in values:
        code = (31 * code + string_hash(value)) & 0xFFFFFFFF
    return string_hash(name) ^ code


def _signed(code: int) -> int:
    code &= 0xFFFFFFFF
    return code - (1 << 32) if code >> 31 else code


def delete_trigger(call: Call) -> Reply:
    """``DELETE`` of a trigger by its name; 405 for anything that does not name one."""
    _scope(call)
    found = _named(call)
    if found is None:
        raise StatusError(405, "You must specify a specific scope and event or trigger ID to delete a script trigger.")
    call.archive.automation.delete_trigger(found)
    return text_reply("")


# --- templates ---


def _require_template_rights(call: Call) -> str:
    """Return the project of the URL, empty for the site; refuse who is neither administrator nor its owner."""
    if call.segment("PROJECT_ID") is None:
        if not is_administrator(call):
            raise StatusError(403, "Only site admins can view or update script trigger templates for the entire site.")
        return ""
    owner = project(call)
    if not may(call, "delete", owner):
        raise StatusError(403, "Only site admins and project owners can view or update script trigger templates.")
    return owner.id


def _template(text: str) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", json.loads(text))


def show_templates(call: Call) -> Reply:
    """``GET`` of ``templates`` (name and description) and ``templates/{ID}`` (its triggers)."""
    scope = _require_template_rights(call)
    known = {name: _template(text) for name, text in call.archive.automation.templates().items()}
    identifier = call.segment("TEMPLATE_ID")
    if identifier is None:
        listed = [name for name, template in known.items() if not scope or scope in _entities(template)]
        rows: list[dict[str, Cell]] = [
            {"NAME": name, "DESCRIPTION": plain(known[name].get("description") or "")} for name in listed
        ]
        return table_reply(call, Table(("NAME", "DESCRIPTION"), rows, counted=False))
    if identifier not in known:
        raise StatusError(404, f"Couldn't find a template with ID {identifier}")
    return _template_triggers(call, known[identifier])


def _entities(template: dict[str, JsonValue]) -> list[str]:
    entities = template.get("associatedEntities")
    return [plain(entity) for entity in entities] if isinstance(entities, list) else []


def _template_triggers(call: Call, template: dict[str, JsonValue]) -> Reply:
    keys = {
        "NAME": "triggerId",
        "SCRIPT_ID": "scriptId",
        "DATA_TYPE": "association",
        "EVENT": "event",
        "DESCRIPTION": "description",
    }
    triggers = template.get("triggers")
    rows: list[dict[str, Cell]] = [
        {column: plain(trigger.get(key) or "") for column, key in keys.items()}
        for trigger in (triggers if isinstance(triggers, list) else [])
        if isinstance(trigger, dict)
    ]
    return table_reply(call, Table(tuple(keys), rows, counted=False))


def put_template(call: Call) -> Reply:
    """``PUT /data/automation/templates/{ID}`` with JSON or a form; 405 without an id."""
    _require_template_rights(call)
    identifier = call.segment("TEMPLATE_ID")
    if identifier is None:
        raise StatusError(405, "You must specify a template ID on the REST URL to PUT a template to the server.")
    if call.has_content and call.content_type == "application/json":
        said = body_object(call)
    else:
        said = cast("dict[str, JsonValue]", dict(properties(call)))
    name = plain(said.get("templateId") or identifier)
    call.archive.automation.put_template(name, json.dumps(said, ensure_ascii=False))
    return text_reply("")


def delete_template(call: Call) -> Reply:
    """``DELETE`` of the same: 404 without an id and for an unknown one."""
    _require_template_rights(call)
    identifier = call.segment("TEMPLATE_ID")
    if identifier is None or identifier not in call.archive.automation.templates():
        raise StatusError(404, "The template ID was not found on the system.")
    call.archive.automation.delete_template(identifier)
    return text_reply("")
