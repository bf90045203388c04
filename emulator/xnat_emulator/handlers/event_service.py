"""The event service: subscriptions are kept and checked, and no event ever fires (schema-and-search 5.6).

What it answers is what a client's author recorded on 1.9.2 and what the server's own classes say; a new site has it
switched off, and then only new subscriptions are refused.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..address import project
from ..call import Call, Reply, as_number, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import may
from ..store.collaboration import Kept
from ..store.node import JsonValue
from .newer import require_administrator
from .texts import body_object

_KIND, _ENABLED = "subscription", "eventService.enabled"
_LOGGING = "org.nrg.xnat.eventservice.actions.EventServiceLoggingAction"
_TYPES: list[JsonValue] = [
    {
        "type": "org.nrg.xnat.eventservice.events.ProjectEvent",
        "statuses": ["CREATED", "DELETED"],
        "display-name": "Project",
        "description": "Project created or deleted.",
        "event-scope": ["SITE"],
        "is-xsi-type": True,
    }
]
_ACTIONS: list[JsonValue] = [
    {
        "action-key": f"{_LOGGING}:{_LOGGING}",
        "display-name": "Logging Action",
        "description": "Simple action that logs event detection.",
        "attributes": {},
    }
]
_KNOWN = ("name", "active", "action-key", "attributes", "act-as-event-user")
_FILTER = ("name", "event-type", "project-ids", "status", "payload-filter", "filter-nodes")


def _scope(call: Call) -> str:
    """Return the project of the URL, empty for the site, after checking that the caller may manage it.

    Raises:
        StatusError: 403; 404 for an unknown project.
    """
    if "PROJECT_ID" not in call.segments:
        require_administrator(call)
        return ""
    owner = project(call)
    if not may(call, "delete", owner):
        raise StatusError(403)
    return owner.id


def show_types(call: Call) -> Reply:
    """``GET .../events/events``: the one kind whose description was recorded."""
    del call
    return json_reply(compact_json(_TYPES))


def show_actions(call: Call) -> Reply:
    """``GET .../events/actions``: the one that every server has."""
    _scope(call)
    return json_reply(compact_json(_ACTIONS))


def show_all_actions(call: Call) -> Reply:
    """``GET /xapi/events/allactions``: the same for everybody who is logged in."""
    del call
    return json_reply(compact_json(_ACTIONS))


def show_preferences(call: Call) -> Reply:
    """``GET /xapi/events/prefs``: whether the service is on."""
    require_administrator(call)
    return json_reply(compact_json({"enabled": _is_on(call)}))


def put_preferences(call: Call) -> Reply:
    """``PUT`` of the same: 200 without a body."""
    require_administrator(call)
    said = body_object(call)
    if isinstance(said.get("enabled"), bool):
        call.archive.settings.set(_ENABLED, said["enabled"])
    return text_reply("")


def _is_on(call: Call) -> bool:
    return call.archive.settings.flag(_ENABLED)


# --- subscriptions ---


def list_subscriptions(call: Call) -> Reply:
    """``GET .../events/subscriptions``: all of them, or those that a project sees: its own and the site's."""
    scope = _scope(call)
    found = [(number, one) for number, one in call.archive.collaboration.all(_KIND) if _seen(one, scope)]
    return json_reply(compact_json([_shown(number, one) for number, one in found]))


def _projects(document: Kept) -> list[str]:
    chosen = document.get("event-filter")
    names = chosen.get("project-ids") if isinstance(chosen, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []


def _seen(document: Kept, scope: str) -> bool:
    return not scope or not _projects(document) or scope in _projects(document)


def _shown(number: int, document: Kept) -> JsonValue:
    return {"id": number, **document}


def _find(call: Call, *, changes: bool) -> tuple[int, Kept]:
    """Return the subscription of the URL.

    Raises:
        StatusError: 404, there is none; 401, it is none of the project.
    """
    scope, number = _scope(call), as_number(call.segments["SUBSCRIPTION_ID"]) or 0
    found = call.archive.collaboration.get(_KIND, number)
    if found is None:
        raise StatusError(404, f"Could not find subscription with ID {call.segment('SUBSCRIPTION_ID')}")
    if scope and not (scope in _projects(found) if changes else _seen(found, scope)):
        raise StatusError(401)
    return number, found


def post_subscription(call: Call) -> Reply:
    """``POST .../events/subscription``: 201 with the name and the number as text, a colon between.

    Raises:
        StatusError: 405, the service is off; 424, the server cannot use it; 401, it is for another project.
    """
    scope, said = _scope(call), body_object(call)
    if not _is_on(call):
        raise StatusError(405, "Event Service disabled.")
    document = _checked(call, {name: said[name] for name in _KNOWN if name in said}, said.get("event-filter"))
    if scope and scope not in _projects(document):
        raise StatusError(401)
    if scope:
        document["act-as-event-user"] = False
    facts: Kept = {"subscription-owner": call.login, "valid": True, "created": _now()}
    number = call.archive.collaboration.add(_KIND, {**document, **facts})
    return text_reply(f"{document['name']}:{number}", 201)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _checked(call: Call, document: Kept, chosen: JsonValue, number: int = 0) -> Kept:
    """Return a subscription that can be used.

    Raises:
        StatusError: 424 for an unknown event or action and a name that is taken, 400 without a filter.
    """
    if not isinstance(chosen, dict):
        raise StatusError(400)
    document["event-filter"] = {name: chosen[name] for name in _FILTER if name in chosen}
    known = {str(one["type"]) for one in _TYPES if isinstance(one, dict)}
    if str(chosen.get("event-type")) not in known:
        raise _invalid("The event type is not known")
    if str(document.get("action-key")) not in {str(one["action-key"]) for one in _ACTIONS if isinstance(one, dict)}:
        raise _invalid("The action is not known")
    taken = {str(one.get("name")) for other, one in call.archive.collaboration.all(_KIND) if other != number}
    if not document.get("name"):
        raise StatusError(501, "The emulator does not make up names of subscriptions")
    if str(document["name"]) in taken:
        raise _invalid("There is a subscription of this name")
    return document


def _invalid(why: str) -> StatusError:
    return StatusError(424, f"Subscription format failed to validate.\n{why}")


def show_subscription(call: Call) -> Reply:
    """``GET .../events/subscription/{id}``."""
    return json_reply(compact_json(_shown(*_find(call, changes=False))))


def put_subscription(call: Call) -> Reply:
    """``PUT`` of the same: what the body names is changed, 200 without a body."""
    number, found = _find(call, changes=True)
    said = body_object(call)
    chosen = said.get("event-filter")
    earlier = found["event-filter"]
    merged: JsonValue = {
        **(earlier if isinstance(earlier, dict) else {}),
        **(chosen if isinstance(chosen, dict) else {}),
    }
    document = _checked(call, {**found, **{name: said[name] for name in _KNOWN if name in said}}, merged, number)
    call.archive.collaboration.change(number, document)
    return text_reply("")


def activate(call: Call) -> Reply:
    """``POST .../events/subscription/{id}/activate`` and ``deactivate``: 200 without a body."""
    number, found = _find(call, changes=True)
    call.archive.collaboration.change(number, {**found, "active": call.path.rstrip("/").endswith("/activate")})
    return text_reply("")


def delete_subscription(call: Call) -> Reply:
    """``DELETE`` of a subscription: 204."""
    number, _ = _find(call, changes=True)
    call.archive.collaboration.delete(number)
    return Reply(204)


def count_delivered(call: Call) -> Reply:
    """``GET .../events/delivered/count``: none, because no event fires."""
    _scope(call)
    return json_reply("0")
