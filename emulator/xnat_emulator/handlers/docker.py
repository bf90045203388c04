"""Where containers run: the host, hubs and images (schema-and-search 5.9; schemas/SOURCES.md)."""

from __future__ import annotations

from typing import cast

from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.containers import Document
from ..store.node import JsonValue
from .newer import require_administrator
from .texts import body_object

_HOST: Document = {
    "id": 0, "name": "Local socket", "host": "unix:///var/run/docker.sock", "cert-path": None, "swarm-mode": False,
    "path-translation-xnat-prefix": None, "path-translation-docker-prefix": None, "pull-images-on-xnat-init": False,
    "container-user": None, "auto-cleanup": True, "swarm-constraints": None, "max-concurrent-finalizing-jobs": None,
    "status-email-enabled": True,
}  # fmt: skip
_HUB: Document = {
    "id": 1, "name": "Docker Hub", "url": "https://index.docker.io/v1/", "default": True, "username": None,
    "email": None,
}  # fmt: skip
_SECRETS = {"password", "token"}


def _host(call: Call) -> Document:
    said = call.archive.containers.setting("host", "")
    return {**_HOST, **(said if isinstance(said, dict) else {})}


def show_host(call: Call) -> Reply:
    """``GET /xapi/docker/server``: how the host is set up, and whether it answers."""
    return json_reply(compact_json({**_host(call), "ping": True}))


def post_host(call: Call) -> Reply:
    """``POST /xapi/docker/server``: managers; everything is replaced, 201 with the host."""
    require_administrator(call)
    said = body_object(call)
    if not said.get("host"):
        raise StatusError(400, "The host is missing")
    call.archive.containers.set("host", "", {name: said[name] for name in _HOST if said.get(name) is not None})
    return json_reply(compact_json({**_host(call), "ping": True}), 201)


def ping_host(call: Call) -> Reply:
    """``GET /xapi/docker/server/ping``."""
    del call
    return text_reply("OK")


def list_hubs(call: Call) -> Reply:
    """``GET /xapi/docker/hubs``: they never tell passwords."""
    own = [value for value in call.archive.containers.settings("hub").values() if isinstance(value, dict)]
    return json_reply(compact_json(cast("JsonValue", [{**one, "ping": True} for one in [_HUB, *own]])))


def post_hub(call: Call) -> Reply:
    """``POST /xapi/docker/hubs``: managers; 201 with the hub."""
    require_administrator(call)
    said = body_object(call)
    number = call.archive.database.next_number("docker_hubs") + 1
    known: Document = {name: said.get(name) for name in _HUB if name not in _SECRETS}
    hub: Document = {**known, "id": number, "default": call.parameter("default") == "true"}
    call.archive.containers.set("hub", str(number), hub)
    return json_reply(compact_json({**hub, "ping": True}), 201)


def delete_hub(call: Call) -> Reply:
    """``DELETE /xapi/docker/hubs/{id}``: managers; 204, 409 for the default one."""
    require_administrator(call)
    if call.segments["HUB_ID"] == str(_HUB["id"]):
        raise StatusError(409, "Cannot delete the default hub")
    call.archive.containers.set("hub", call.segments["HUB_ID"], None)
    return text_reply("", 204)


def list_images(call: Call) -> Reply:
    """``GET /xapi/docker/images``: those that were pulled, and those of commands."""
    tags = {str(one["image"]) for one in call.archive.containers.commands()}
    tags |= call.archive.containers.settings("image").keys()
    found: list[JsonValue] = [{"image-id": f"sha256:{tag}", "tags": [tag], "labels": {}} for tag in sorted(tags)]
    return json_reply(compact_json(found))


def pull_image(call: Call) -> Reply:
    """``POST /xapi/docker/pull?image=``: managers; 400 without an image. Nothing is fetched."""
    require_administrator(call)
    image = call.parameter("image")
    if not image or ("sha256:" in image and "/" not in image):
        raise StatusError(400)
    call.archive.containers.set("image", image, True)
    return text_reply("")
