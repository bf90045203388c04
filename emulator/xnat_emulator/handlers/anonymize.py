"""Anonymisation scripts in the newer API (schema-and-search 5.7); the config service keeps them."""

from __future__ import annotations

from ..address import project
from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..permissions import require
from ..store.config import DISABLED, ENABLED, ConfigurationMissing
from .config import anonymisation
from .newer import require_administrator
from .texts import body_text

DEFAULT_SCRIPT = "(0008,1030) := project\n(0010,0010) := subject\n(0010,0020) := session\n"
"""The script that a recorded site had."""


def show_default(call: Call) -> Reply:
    """``GET /xapi/anonymize/default``."""
    del call
    return text_reply(DEFAULT_SCRIPT)


def show_site(call: Call) -> Reply:
    """``GET /xapi/anonymize/site``: the script that was set, else the default one."""
    found = call.archive.config.get(anonymisation(""))
    return text_reply(DEFAULT_SCRIPT if found is None else found.contents)


def put_site(call: Call) -> Reply:
    """``PUT`` of the same with the script as text: administrators; it counts from then on."""
    require_administrator(call)
    call.archive.config.put(anonymisation(""), body_text(call), call.login)
    call.archive.settings.set("enableSitewideAnonymizationScript", value=True)
    return text_reply("")


def show_site_enabled(call: Call) -> Reply:
    """``GET /xapi/anonymize/site/enabled``: ``true`` or ``false``."""
    return _truth(value=call.archive.settings.flag("enableSitewideAnonymizationScript"))


def put_site_enabled(call: Call) -> Reply:
    """``PUT /xapi/anonymize/site/enabled?enable=``: administrators."""
    require_administrator(call)
    wanted = _wanted(call)
    if wanted and call.archive.config.get(anonymisation("")) is None:
        call.archive.config.put(anonymisation(""), DEFAULT_SCRIPT, call.login)
    _set_status(call, "", enable=wanted)
    call.archive.settings.set("enableSitewideAnonymizationScript", wanted)
    return text_reply("")


def _wanted(call: Call) -> bool:
    """Return the switch of the query; the body is not read, but has to be declared as JSON (peers 5.2.1, claim).

    Raises:
        StatusError: 415, it is not.
    """
    if call.content_type != "application/json":
        raise StatusError(415)
    return call.parameter("enable") is None or call.flag("enable")


def _truth(*, value: bool) -> Reply:
    return json_reply("true" if value else "false")


def _set_status(call: Call, project_id: str, *, enable: bool) -> None:
    try:
        call.archive.config.set_status(anonymisation(project_id), ENABLED if enable else DISABLED, call.login)
    except ConfigurationMissing:
        if project_id:
            raise StatusError(500, "The project has no anonymization script") from None


def show_project(call: Call) -> Reply:
    """``GET /xapi/anonymize/projects/P``: 204 without a script; a disabled one counts as none (peers 5.2.1, claim)."""
    contents = call.archive.config.contents(anonymisation(project(call).id))
    return text_reply(contents) if contents and contents.strip() else Reply(204, media_type="")


def put_project(call: Call) -> Reply:
    """``PUT`` of the same with the script as text: owners."""
    owner = project(call)
    require(call, "delete", owner)
    call.archive.config.put(anonymisation(owner.id), body_text(call), call.login)
    return text_reply("")


def show_project_enabled(call: Call) -> Reply:
    """``GET /xapi/anonymize/projects/P/enabled``."""
    found = call.archive.config.get(anonymisation(project(call).id))
    return _truth(value=found is not None and found.enabled)


def put_project_enabled(call: Call) -> Reply:
    """``PUT /xapi/anonymize/projects/P/enabled?enable=``: owners."""
    owner = project(call)
    require(call, "delete", owner)
    _set_status(call, owner.id, enable=_wanted(call))
    return text_reply("")
