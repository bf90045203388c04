"""Which wrappers are enabled where, and how their inputs are configured (schemas/SOURCES.md, container service)."""

from __future__ import annotations

from typing import cast

from ..address import project
from ..call import Call, Reply, json_reply, text_reply
from ..containers.definitions import objects
from ..formats.documents import compact_json
from ..permissions import is_administrator, require_in
from ..store.archive import Archive
from ..store.containers import Document
from ..store.node import JsonValue
from .commands import find
from .newer import require_administrator
from .texts import body_object

_PROJECT = "xnat:projectData"


def _name(wrapper: Document, owner: str) -> str:
    return f"{wrapper['id']}/{owner}"


def _owner(call: Call, *, reads: bool = False) -> str:
    """Return the project of the URL, empty for the site, after asking whether the caller may set things there."""
    if "PROJECT_ID" not in call.segments:
        require_administrator(call)
        return ""
    owner = project(call).id
    if not is_administrator(call):
        require_in(call, "edit" if reads else "delete", owner, _PROJECT)
    return owner


def is_enabled(archive: Archive, wrapper: Document, owner: str) -> bool:
    """Tell whether a wrapper is enabled on the site, and in a project when one is named; new ones are not."""
    store = archive.containers
    site = store.setting("enabled", _name(wrapper, "")) is True
    return site and (not owner or store.setting("enabled", _name(wrapper, owner)) is True)


def show_enabled(call: Call) -> Reply:
    """``GET .../wrappers/{w}/enabled``: a flag; of a project an object that tells of the site too."""
    owner = _owner(call, reads=True)
    wrapper = find(call)[1]
    site = is_enabled(call.archive, wrapper, "")
    if not owner:
        return json_reply(compact_json(site))
    own = call.archive.containers.setting("enabled", _name(wrapper, owner)) is True
    return json_reply(compact_json({"enabled-for-site": site, "enabled-for-project": own, "project": owner}))


def list_projects(call: Call) -> Reply:
    """``GET /xapi/wrappers/{w}/projects``: managers; the projects that have the wrapper enabled."""
    require_administrator(call)
    own = f"{find(call)[1]['id']}/"
    flags = call.archive.containers.settings("enabled")
    names = [
        name.removeprefix(own) for name, on in flags.items() if name.startswith(own) and name != own and on is True
    ]
    return json_reply(compact_json(cast("JsonValue", sorted(names))))


def put_enabled(call: Call) -> Reply:
    """``PUT .../wrappers/{w}/enabled``."""
    return _switch(call, on=True)


def put_disabled(call: Call) -> Reply:
    """``PUT .../wrappers/{w}/disabled``."""
    return _switch(call, on=False)


def _switch(call: Call, *, on: bool) -> Reply:
    owner = _owner(call)
    call.archive.containers.set("enabled", _name(find(call)[1], owner), on)
    return text_reply("")


def show_configuration(call: Call) -> Reply:
    """``GET .../wrappers/{w}/config``: what is set for each input and output, over what the command says."""
    owner = _owner(call, reads=True)
    command, wrapper = find(call)
    said = call.archive.containers.setting("config", _name(wrapper, owner))
    said = said if said is not None else call.archive.containers.setting("config", _name(wrapper, ""))
    return json_reply(compact_json(_configuration(command, wrapper, said if isinstance(said, dict) else {})))


def post_configuration(call: Call) -> Reply:
    """``POST .../wrappers/{w}/config``: 201; enables the wrapper, unless ``enable=false``."""
    owner = _owner(call)
    wrapper = find(call)[1]
    call.archive.containers.set("config", _name(wrapper, owner), body_object(call))
    call.archive.containers.set("enabled", _name(wrapper, owner), (call.parameter("enable") or "true") == "true")
    return text_reply("", 201)


def delete_configuration(call: Call) -> Reply:
    """``DELETE .../wrappers/{w}/config``: 204."""
    owner = _owner(call)
    call.archive.containers.set("config", _name(find(call)[1], owner), None)
    return text_reply("", 204)


def _configuration(command: Document, wrapper: Document, said: Document) -> Document:
    inputs = [*objects(wrapper["external-inputs"]), *objects(wrapper["derived-inputs"])]
    provided = {str(one.get("provides-value-for-command-input")) for one in inputs}
    inputs += [one for one in objects(command["inputs"]) if one.get("name") not in provided]
    own = cast("Document", said.get("inputs") or {})
    found = {str(one["name"]): _input(one, cast("Document", own.get(str(one["name"])) or {})) for one in inputs}
    outputs = {
        str(one.get("name")): {"type": one.get("type"), "label": one.get("label")}
        for one in objects(wrapper["output-handlers"])
    }
    return {"inputs": cast("JsonValue", found), "outputs": cast("JsonValue", outputs)}


def _input(one: Document, said: Document) -> Document:
    known = {name: one.get(name) for name in ("description", "type", "default-value", "matcher", "required")}
    defaults: Document = {**known, "user-settable": one.get("user-settable", True), "advanced": False}
    return {**defaults, **{name: value for name, value in said.items() if name in defaults and value is not None}}
