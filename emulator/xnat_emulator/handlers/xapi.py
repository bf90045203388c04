"""Site, plugin and user facts below ``/xapi`` (schema-and-search 5.1 and 5.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..call import Call, Reply, json_reply, text_reply
from ..documents import compact_json
from ..errors import StatusError
from ..store.node import JsonValue
from ..store.users import User

BUILD_INFO: Mapping[str, str] = {
    "version": "1.8.10",
    "buildNumber": "1",
    "buildDate": "Mon Jan 01 00:00:00 UTC 2024",
    "sha": "0000000000",
    "isDirty": "false",
    "commit": "0",
    "tag": "1.8.10",
    "shaFull": "0000000000000000000000000000000000000000",
    "branch": "master",
    "timestamp": "1704067200000",
}
"""What the emulator says it is: text values, as recorded (D10)."""


def show_build_info(call: Call) -> Reply:
    """``GET /xapi/siteConfig/buildInfo``; open to everybody."""
    del call
    return json_reply(compact_json(dict(BUILD_INFO)))


def show_build_property(call: Call) -> Reply:
    """``GET /xapi/siteConfig/buildInfo/{prop}``: one value as text."""
    value = BUILD_INFO.get(call.segments["PROPERTY"])
    if value is None:
        raise StatusError(404)
    return text_reply(value)


def show_uptime(call: Call) -> Reply:
    """``GET /xapi/siteConfig/uptime``: days to seconds since the start."""
    minutes, seconds = divmod(time.time() - call.site.started, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    facts: dict[str, JsonValue] = {
        "days": str(days),
        "hours": str(hours),
        "minutes": str(minutes),
        "seconds": f"{seconds:.3f}",
    }
    return json_reply(compact_json(facts))


def list_plugins(call: Call) -> Reply:
    """``GET /xapi/plugins``: there are none."""
    del call
    return json_reply("{}")


def show_plugin(call: Call) -> Reply:
    """``GET /xapi/plugins/{id}``: always unknown."""
    del call
    raise StatusError(404)


def show_user_name(call: Call) -> Reply:
    """``GET /xapi/users/username``: the caller's login as text."""
    return text_reply(call.login)


def show_profile(call: Call) -> Reply:
    """``GET /xapi/users/profile`` and ``/xapi/users/profile/{name}``."""
    user = call.archive.users.get(call.segments.get("USERNAME", call.login))
    if user is None:
        raise StatusError(404)
    return json_reply(compact_json(_profile(user)))


def _profile(user: User) -> JsonValue:
    return {
        "id": user.number,
        "username": user.login,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "secured": True,
        "enabled": user.enabled,
        "verified": True,
    }
