"""Plugins of a server, and what is said where one is missing."""

from __future__ import annotations

import json
import pickle

import pytest

from xnat_runtime.errors import (
    KeyNotFoundError,
    NotFoundError,
    PermissionDeniedError,
    PluginMissingError,
    UnexpectedAnswerError,
)
from xnat_runtime.paths import Target
from xnat_runtime.plugins import Plugins, require_plugin
from xnat_runtime.transport import Request, Response
from xnat_runtime.verbs import Verbs

LISTED = {"containers": {"id": "containers", "name": "XNAT Container Service Plugin", "version": "3.5.0"}, "odd": None}


class Site(Verbs):
    """A connection to a server that answers each path with a status and a JSON value."""

    def __init__(self, **answers: tuple[int, object]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def send(self, request: Request, *, stream: bool = False) -> Response:  # noqa: ARG002  # as connections have it
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        status, value = self._answers.get(name, (404, None))
        headers, body = {"Content-Type": "application/json"}, json.dumps(value).encode()
        return Response(method=request.method, url=request.path, status=status, headers=headers, body=body)

    def _resolve(self, uri: str) -> Target:
        return Target(uri, ())


def commands(site: Site) -> None:
    with require_plugin(site, "containers", "Container Service"):
        site.get_json("/xapi/commands")


def test_plugins_are_read_once_and_by_id():
    site = Site(plugins=(200, LISTED))
    plugins = Plugins(site)
    assert repr(plugins).endswith("not loaded>")
    found = plugins["containers"]
    assert (found.id, found.name, found.version) == ("containers", "XNAT Container Service Plugin", "3.5.0")
    assert found.raw["version"] == "3.5.0"
    assert (plugins["odd"].id, plugins["odd"].name) == ("odd", "")
    assert (sorted(plugins), len(plugins), "xsync" in plugins) == (["containers", "odd"], 2, False)
    with pytest.raises(KeyNotFoundError, match="it has containers, odd"):
        plugins["xsync"]
    assert site.asked == ["plugins"]
    plugins.refresh()
    assert len(plugins) == 2
    assert site.asked == ["plugins", "plugins"]


def test_an_answer_that_is_no_list_of_plugins():
    with pytest.raises(UnexpectedAnswerError, match="no list of plugins"):
        len(Plugins(Site(plugins=(200, []))))


def test_a_plugin_that_is_there_costs_no_request():
    site = Site(commands=(200, []))
    commands(site)
    assert site.asked == ["commands"]


def test_a_plugin_that_is_missing_is_named_and_asked_for_once():
    site = Site(plugins=(200, {"xsync": {}}))
    with pytest.raises(PluginMissingError, match="does not have the Container Service plugin") as caught:
        commands(site)
    assert site.asked == ["commands", "plugins"]
    assert (caught.value.plugin, caught.value.status, caught.value.url) == ("containers", 404, "/xapi/commands")
    assert isinstance(caught.value, NotFoundError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.plugin, str(again)) == ("containers", str(caught.value))


@pytest.mark.parametrize("plugins", [(200, LISTED), (403, None), (404, None), (500, None), (200, "no")])
def test_a_404_stays_one_where_the_plugin_is_there_or_the_server_does_not_tell(plugins):
    with pytest.raises(NotFoundError) as caught:
        commands(Site(plugins=plugins))
    assert not isinstance(caught.value, PluginMissingError)


def test_other_refusals_are_what_they_are():
    site = Site(commands=(403, None), plugins=(200, {}))
    with pytest.raises(PermissionDeniedError):
        commands(site)
    assert site.asked == ["commands"]
