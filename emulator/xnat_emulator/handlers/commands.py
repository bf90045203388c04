"""Commands of the container service and their wrappers (schema-and-search 5.9; schemas/SOURCES.md)."""

from __future__ import annotations

from typing import cast

from ..call import Call, Reply, as_number, json_reply, text_reply
from ..containers.definitions import find_wrapper, objects, root_input, whole_command, whole_wrapper, wrappers
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.containers import Document
from ..store.node import JsonValue
from .newer import require_administrator
from .texts import body_object


def _created(number: JsonValue) -> Reply:
    return json_reply(compact_json(number), 201)


def find_command(call: Call) -> Document:
    """Return the command of the URL.

    Raises:
        StatusError: 404.
    """
    number = as_number(call.segments["COMMAND_ID"])
    for command in call.archive.containers.commands():
        if command["id"] == number:
            return command
    raise StatusError(404, f"Could not find Command with id {call.segment('COMMAND_ID')}")


def list_commands(call: Call) -> Reply:
    """``GET /xapi/commands``: those of a ``name``, ``version`` and ``image``; 400 for a version without a name."""
    wanted = {name: text for name in ("name", "version", "image") if (text := call.parameter(name))}
    if "version" in wanted and "name" not in wanted:
        raise StatusError(400, 'Bad request:\nIf "version" is specified, must specify "name" as well.')
    found = call.archive.containers.commands()
    chosen = [one for one in found if all(one[name] == text for name, text in wanted.items())]
    return json_reply(compact_json(cast("JsonValue", chosen)))


def show_command(call: Call) -> Reply:
    """``GET /xapi/commands/{id}``."""
    return json_reply(compact_json(find_command(call)))


def post_command(call: Call) -> Reply:
    """``POST /xapi/commands``: managers; 201 with the id, 400 when there is one of this name and version."""
    require_administrator(call)
    said = body_object(call)
    if image := call.parameter("image"):
        said["image"] = image
    command = whole_command(said)
    for wrapper in objects(command["xnat"]):
        wrapper["id"] = 0
    for known in call.archive.containers.commands():
        if all(known[name] == command[name] for name in ("name", "version", "image")):
            raise StatusError(400, "Bad request:\nThere is a command of this name, version and image")
    return _created(call.archive.containers.save_command(command))


def update_command(call: Call) -> Reply:
    """``POST /xapi/commands/{id}``: managers; everything is replaced. 500 for an unknown id (peers' claim)."""
    require_administrator(call)
    number = as_number(call.segments["COMMAND_ID"])
    if not any(one["id"] == number for one in call.archive.containers.commands()):
        raise StatusError(500)
    call.archive.containers.save_command({**whole_command(body_object(call)), "id": number})
    return text_reply("")


def delete_command(call: Call) -> Reply:
    """``DELETE /xapi/commands/{id}``: managers; 204 for an unknown one too (peers' claim)."""
    require_administrator(call)
    call.archive.containers.delete_command(as_number(call.segments["COMMAND_ID"]) or 0)
    return text_reply("", 204)


# --- wrappers ---


def find(call: Call) -> tuple[Document, Document]:
    """Return the wrapper of the URL with its command before it.

    Raises:
        StatusError: 404.
    """
    found = find_wrapper(call.archive.containers.commands(), as_number(call.segments["WRAPPER_ID"]))
    if found is None:
        raise StatusError(404, f"Could not find CommandWrapper with id {call.segment('WRAPPER_ID')}")
    return found


def post_wrapper(call: Call) -> Reply:
    """``POST /xapi/commands/{id}/wrappers``: managers; 201 with the id."""
    require_administrator(call)
    command = find_command(call)
    wrapper = {**whole_wrapper(body_object(call)), "id": 0}
    cast("list[JsonValue]", command["xnat"]).append(wrapper)
    call.archive.containers.save_command(command)
    return _created(wrapper["id"])


def update_wrapper(call: Call) -> Reply:
    """``POST /xapi/commands/{id}/wrappers/{w}``: managers; everything is replaced."""
    require_administrator(call)
    command, number = find_command(call), as_number(call.segments["WRAPPER_ID"])
    said: Document = {**whole_wrapper(body_object(call)), "id": number}
    own = objects(command["xnat"])
    if not any(one["id"] == number for one in own):
        raise StatusError(404, f"Could not find CommandWrapper with id {call.segment('WRAPPER_ID')}")
    command["xnat"] = cast("JsonValue", [said if one["id"] == number else one for one in own])
    call.archive.containers.save_command(command)
    return text_reply("")


def delete_wrapper(call: Call) -> Reply:
    """``DELETE /xapi/wrappers/{w}``: managers; 204."""
    require_administrator(call)
    command, wrapper = find(call)
    rest = [one for one in objects(command["xnat"]) if one["id"] != wrapper["id"]]
    call.archive.containers.save_command({**command, "xnat": cast("JsonValue", rest)})
    return text_reply("", 204)


# --- what can be launched ---


def list_available(call: Call) -> Reply:
    """``GET .../commands/available``: enabled wrappers for objects of a type, in a project or on the whole site."""
    from .wrapper_settings import is_enabled  # noqa: PLC0415 - it needs find() from here

    project = call.segments.get("PROJECT_ID") or call.parameter("project") or ""
    xsi_type = call.parameter("xsiType")
    if not xsi_type:
        raise StatusError(400)
    if xsi_type not in call.model:
        raise StatusError(400, f"Bad XSI Type. {xsi_type}")
    found = [
        _summary(command, wrapper)
        for command, wrapper in wrappers(call.archive.containers.commands())
        if is_enabled(call.archive, wrapper, project)
        and any(context in call.model and call.model.extends(xsi_type, context) for context in _contexts(wrapper))
    ]
    return json_reply(compact_json(cast("JsonValue", found)))


def _contexts(wrapper: Document) -> list[str]:
    return [str(one) for one in cast("list[JsonValue]", wrapper["contexts"])]


def _summary(command: Document, wrapper: Document) -> Document:
    return {
        "command-id": command["id"],
        "command-name": command["name"],
        "command-label": command["label"],
        "command-description": command["description"],
        "wrapper-id": wrapper["id"],
        "wrapper-name": wrapper["name"],
        "wrapper-label": wrapper["label"],
        "wrapper-description": wrapper["description"],
        "wrapper-contexts": wrapper["contexts"],
        "image-name": command["image"],
        "image-type": command["type"],
        "enabled": True,
        "root-element-name": root_input(wrapper),
    }
