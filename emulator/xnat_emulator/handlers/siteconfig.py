"""Preferences of the site and of its tools (schema-and-search 5.2)."""

from __future__ import annotations

import time

from ..call import Call, Reply, as_number, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..permissions import is_administrator
from ..store.node import JsonValue
from ..store.settings import DEFAULTS
from .newer import require_administrator
from .texts import body_object, body_text, plain

_FOR_ALL = frozenset({"siteId", "requireLogin", "sessionTimeout", "uiAllowNonAdminProjectCreation"})
"""What everybody reads; the facts say only that there is such a subset."""

_TOOL = "siteConfig"
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def show_settings(call: Call) -> Reply:
    """``GET /xapi/siteConfig``: every preference for administrators, some of them for others."""
    known = call.archive.settings.all()
    return json_reply(compact_json({name: value for name, value in known.items() if _may_read(call, name)}))


def _may_read(call: Call, name: str) -> bool:
    return name in _FOR_ALL or is_administrator(call)


def post_settings(call: Call) -> Reply:
    """``POST /xapi/siteConfig`` with a map: administrators; names that nobody knows are kept too."""
    require_administrator(call)
    for name, value in body_object(call).items():
        call.archive.settings.set(name, _typed(name, value))
    return text_reply("")


def _typed(name: str, value: JsonValue) -> JsonValue:
    """Return a value as the preference keeps it: text becomes a number or a truth value where the default is one."""
    if not isinstance(value, str):
        return value
    default = DEFAULTS.get(name)
    if isinstance(default, bool):
        return value.strip().lower() == "true"
    number = as_number(value.strip())
    return number if isinstance(default, int) and number is not None else value


def show_setting(call: Call) -> Reply:
    """``GET /xapi/siteConfig/{property}``: one value, text as it is and all else as JSON; 404 for an unknown one."""
    name = call.segments["PROPERTY"]
    if not _may_read(call, name):
        raise StatusError(403)
    if not call.archive.settings.has(name):
        raise StatusError(404)
    return json_reply(plain(call.archive.settings.get(name)))


def post_setting(call: Call) -> Reply:
    """``POST /xapi/siteConfig/{property}`` with the value as body: administrators."""
    require_administrator(call)
    name = call.segments["PROPERTY"]
    text = body_text(call)
    if call.content_type == "application/json" and len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    call.archive.settings.set(name, _typed(name, text))
    return text_reply("")


def show_values(call: Call) -> Reply:
    """``GET /xapi/siteConfig/values/{a,b}``: a map of those that exist; 403 when one is for administrators."""
    names = [name for name in call.segments["PROPERTIES"].split(",") if name]
    if not all(_may_read(call, name) for name in names):
        raise StatusError(403)
    settings = call.archive.settings
    return json_reply(compact_json({name: settings.get(name) for name in names if settings.has(name)}))


# --- preferences by tool ---


def _tool(call: Call) -> dict[str, str]:
    """Return the preferences of the tool of the URL as texts; the site is the only tool there is.

    Raises:
        StatusError: 403 for who is no administrator, 404 for another tool.
    """
    require_administrator(call)
    if call.segments["TOOL"] != _TOOL:
        raise StatusError(404, f"There is no tool with ID {call.segment('TOOL')} in this system.")
    return {name: plain(value) for name, value in call.archive.settings.all().items()}


def list_preferences(call: Call) -> Reply:
    """``GET /xapi/prefs``: tool -> preferences; administrators."""
    require_administrator(call)
    texts: dict[str, JsonValue] = {name: plain(value) for name, value in call.archive.settings.all().items()}
    return json_reply(compact_json({_TOOL: texts}))


def show_tool(call: Call) -> Reply:
    """``GET /xapi/prefs/props/{tool}``: a properties file of Java."""
    known = _tool(call)
    head = (
        f"#Settings for tool {call.segments['TOOL']}",
        f"#{time.strftime('%a %b %d %H:%M:%S UTC %Y', time.gmtime())}",
    )
    lines = (f"{_escaped(name, ' ')}={_escaped(value)}" for name, value in known.items())
    return text_reply("\n".join((*head, *lines, "", "")))


def _escaped(text: str, more: str = "") -> str:
    """Return a name or value as properties files spell it; blanks matter in names, and where a value starts."""
    blank = "\\" if not more and text.startswith(" ") else ""
    return blank + "".join(_ESCAPES.get(one, f"\\{one}" if one in "\\=:#!" + more else one) for one in text)


def show_preference(call: Call) -> Reply:
    """``GET /xapi/prefs/props/{tool}/{preference}``: the value as text."""
    known, name = _tool(call), call.segments["PREFERENCE"]
    if name not in known:
        raise StatusError(404, f"There is no preference with the name {call.segment('PREFERENCE')}.")
    return text_reply(known[name])


def put_preference(call: Call) -> Reply:
    """``PUT`` of the same with the value as body."""
    _tool(call)
    call.segments = {**call.segments, "PROPERTY": call.segments["PREFERENCE"]}
    return post_setting(call)


def put_tool(call: Call) -> Reply:
    """``PUT /xapi/prefs/props/{tool}`` with a map."""
    _tool(call)
    return post_settings(call)
