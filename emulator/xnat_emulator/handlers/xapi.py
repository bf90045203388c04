"""Site and plugin facts below ``/xapi`` (schema-and-search 5.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.node import JsonValue

_EMULATED: Mapping[str, str] = {
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
_VERSIONS: Mapping[str, str] = {"1.7": "1.7.5.6", "1.8": "1.8.10", "1.9": "1.9.2.1"}
"""Release line -> the version it calls itself: a recorded one, the emulated one, one that a client was tried on."""


def build_info(call: Call) -> dict[str, str]:
    """Return what the server says it is: text values, the keys as recorded (D10)."""
    version = _VERSIONS.get(call.site.mode.version, _VERSIONS["1.8"])
    return {**_EMULATED, "version": version, "tag": version}


def show_build_info(call: Call) -> Reply:
    """``GET /xapi/siteConfig/buildInfo``; open to everybody."""
    return json_reply(compact_json({**build_info(call)}))


def show_build_property(call: Call) -> Reply:
    """``GET /xapi/siteConfig/buildInfo/{prop}``: one value as text."""
    value = build_info(call).get(call.segments["PROPERTY"])
    if value is None:
        raise StatusError(404)
    return text_reply(value)


def show_build_attributes(call: Call) -> Reply:
    """``GET /xapi/siteConfig/buildInfo/attributes``: there are none."""
    del call
    return json_reply("{}")


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


_PLUGINS: Mapping[str, Mapping[str, str]] = {
    "containers": {"name": "containers", "description": "Container Service", "version": "3.7.2"},
    "dicomwebproxy": {"name": "DICOMweb Proxy Plugin", "version": "1.2.0"},
    "ohifViewerPlugin": {"name": "XNAT OHIF Viewer Plugin", "version": "3.6.2"},
    "xsyncPlugin": {"name": "XSync Plugin", "version": "1.6.0"},
}
"""Id of a plugin -> what it says of itself."""


def _plugins(call: Call) -> dict[str, JsonValue]:
    return {name: {"id": name, **_PLUGINS[name]} for name in call.site.mode.plugins}


def list_plugins(call: Call) -> Reply:
    """``GET /xapi/plugins``: id -> plugin; a stock server has none."""
    return json_reply(compact_json(_plugins(call)))


def show_plugin(call: Call) -> Reply:
    """``GET /xapi/plugins/{id}``."""
    found = _plugins(call).get(call.segments["PLUGIN_ID"])
    if found is None:
        raise StatusError(404)
    return json_reply(compact_json(found))
