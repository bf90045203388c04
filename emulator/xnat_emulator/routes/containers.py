"""The plugin "Container Service"; without the plugin none of it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import wraps

from ..call import Call, Reply
from ..errors import StatusError
from ..handlers import commands, containers, docker, launches
from ..handlers import wrapper_settings as settings
from ..handlers.newer import newer
from ..routing import Handler, Route

PLUGIN = "containers"
_PROJECT = "/xapi/projects/{PROJECT_ID}"


def _plugged(handler: Handler) -> Handler:
    """Return a handler that is not found where the plugin is not installed."""

    @wraps(handler)
    def answer(call: Call) -> Reply:
        if PLUGIN not in call.site.mode.plugins:
            raise StatusError(404)
        return handler(call)

    return answer


def _route(template: str, methods: Mapping[str, Handler]) -> Route:
    plugged = {name: newer(_plugged(handler)) for name, handler in methods.items()}
    return Route(template, plugged, archive=False, exact=True)


def _commands() -> Iterator[Route]:
    yield _route("/xapi/commands", {"GET": commands.list_commands, "POST": commands.post_command})
    one: dict[str, Handler] = {
        "GET": commands.show_command,
        "POST": commands.update_command,
        "DELETE": commands.delete_command,
    }
    # Before the commands by id: of equally long templates the first one counts.
    for path in ("/xapi/commands/available", "/xapi/commands/available/site", _PROJECT + "/commands/available"):
        yield _route(path, {"GET": commands.list_available})
    yield _route("/xapi/commands/{COMMAND_ID}", one)
    yield _route("/xapi/commands/{COMMAND_ID}/wrappers", {"POST": commands.post_wrapper})
    yield _route("/xapi/commands/{COMMAND_ID}/wrappers/{WRAPPER_ID}", {"POST": commands.update_wrapper})


def _wrappers() -> Iterator[Route]:
    yield _route("/xapi/wrappers/{WRAPPER_ID}", {"DELETE": commands.delete_wrapper})
    yield _route("/xapi/wrappers/{WRAPPER_ID}/projects", {"GET": settings.list_projects})
    for base in ("/xapi/wrappers/{WRAPPER_ID}", _PROJECT + "/wrappers/{WRAPPER_ID}"):
        yield _route(base + "/enabled", {"GET": settings.show_enabled, "PUT": settings.put_enabled})
        yield _route(base + "/disabled", {"PUT": settings.put_disabled})
        configuration: dict[str, Handler] = {
            "GET": settings.show_configuration,
            "POST": settings.post_configuration,
            "DELETE": settings.delete_configuration,
        }
        yield _route(base + "/config", configuration)
        yield _route(base + "/launch", {"POST": launches.post_launch})
        yield _route(base + "/root/{ROOT}/launch", {"POST": launches.post_launch})
        yield _route(base + "/root/{ROOT}/bulklaunch", {"POST": launches.post_bulk_launch})


def _containers() -> Iterator[Route]:
    base = "/xapi/containers/{CONTAINER_ID}"
    yield _route("/xapi/containers", {"GET": containers.list_all})
    yield _route(_PROJECT + "/containers", {"GET": containers.list_of_project})
    yield _route("/xapi/containers/version", {"GET": containers.show_version})
    yield _route(base, {"GET": containers.show, "DELETE": containers.delete})
    yield _route(base + "/kill", {"POST": containers.kill})
    yield _route(_PROJECT + "/containers/{CONTAINER_ID}/kill", {"POST": containers.kill})
    yield _route(base + "/finalize", {"POST": containers.finalize})
    yield _route(base + "/logs", {"GET": containers.show_logs})
    yield _route(base + "/logs/{STREAM}", {"GET": containers.show_log})
    yield _route(base + "/logSince/{STREAM}", {"GET": containers.show_log_since})


def _docker() -> Iterator[Route]:
    base = "/xapi/docker"
    yield _route(base + "/server", {"GET": docker.show_host, "POST": docker.post_host})
    yield _route(base + "/server/ping", {"GET": docker.ping_host})
    yield _route(base + "/hubs", {"GET": docker.list_hubs, "POST": docker.post_hub})
    yield _route(base + "/hubs/{HUB_ID}", {"DELETE": docker.delete_hub})
    yield _route(base + "/images", {"GET": docker.list_images})
    yield _route(base + "/pull", {"POST": docker.pull_image})


ROUTES: tuple[Route, ...] = (*_commands(), *_wrappers(), *_containers(), *_docker())
