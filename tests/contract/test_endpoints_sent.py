"""Every method on every path of the catalogue has an endpoint, which sends that request."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest

import xnat_emulator
from xnat_emulator.serving.journal import path_without_secrets
from xnat_runtime.errors import ResponseError, UnexpectedAnswerError
from xnat_sdk import XnatSession, connect

from .endpoints import CATALOGUE, Pair, areas, arguments_of, pairs, parameters_of, wire_names

AREAS = sorted(CATALOGUE["areas"])


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    """A server with nothing in it: names are sent that it does not know."""
    with xnat_emulator.start() as started:
        yield started


@pytest.fixture
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A login of its own for each area: some endpoints end logins."""
    with connect(server.url, server.user, server.password) as connection:
        yield connection


def test_every_pair_has_an_endpoint(session: XnatSession) -> None:
    found = [pair for pair in pairs() if callable(pair.endpoint(session))]
    assert len(found) == len(list(pairs())) >= 692
    assert {(pair.route.method, pair.route.template) for pair in found} == {
        (pair.method, pair.entry["path"]) for pair in found
    }


def test_there_are_no_other_endpoints(session: XnatSession) -> None:
    known = {(pair.entry["area"], pair.name) for pair in pairs()}
    found = {
        (name, method) for name, area in areas(session).items() for method in dir(area) if not method.startswith("_")
    }
    assert found == known
    assert sorted(areas(session)) == AREAS


@pytest.mark.parametrize("area", AREAS)
def test_requests_that_go_out(area: str, session: XnatSession, server: xnat_emulator.Emulator) -> None:
    # What ends the login comes last.
    for pair in sorted((one for one in pairs() if one.entry["area"] == area), key=lambda one: one.method == "DELETE"):
        endpoint = pair.endpoint(session)
        given = {name: f"no {name}" for name in _path_names(pair, endpoint)}
        parameters = parameters_of(endpoint)
        before = len(server.requests)
        with contextlib.suppress(ResponseError, UnexpectedAnswerError):
            _close(endpoint(*arguments_of(endpoint, given), **parameters))
        wanted = pair.route.uri(**dict(zip(pair.route.parameters, given.values(), strict=True)))
        sent = [one for one in server.requests[before:] if one.method == pair.method]
        sent = [one for one in sent if unquote(one.path) == unquote(path_without_secrets(wanted))]
        # A resource that is not there is asked for once; there is nothing to make a document of.
        assert len(sent) == 1, pair.name
        names = {name for name, _ in sent[0].query}
        assert names - {"format"} == pair.query - {"format"}, pair.name
        assert names - {"format"} == {*wire_names(endpoint).values(), *_repeated(pair)} - {"format"}, pair.name
        if wanted.startswith("/data/"):
            assert pair.answers_json is (("format", "json") in sent[0].query), pair.name


def _path_names(pair: Pair, endpoint: Callable[..., object]) -> list[str]:
    """Return what the placeholders of the path are called in Python: the first arguments."""
    return list(inspect.signature(endpoint).parameters)[: len(pair.route.parameters)]


def _repeated(pair: Pair) -> set[str]:
    """Return the placeholders whose values the server reads from the query."""
    return set(pair.route.parameters).intersection(pair.entry.get("query", ()))


def _close(answer: object) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()
