"""Requests to the plugin, with the errors that it has of its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from ..errors import UnexpectedAnswerError
from ..plugins import require_plugin
from ..transport import JsonValue

if TYPE_CHECKING:
    from ..session import BaseSession

PLUGIN: Final = "containers"
TITLE: Final = "Container Service"


@contextmanager
def plugged(session: BaseSession) -> Generator[None, None, None]:
    """Stands around requests to the plugin.

    Raises:
        PluginMissingError: The server does not have it; asked for only after a 404.
    """
    with require_plugin(session, PLUGIN, TITLE):
        yield


def objects(session: BaseSession, uri: str, query: Mapping[str, str] | None = None) -> list[dict[str, JsonValue]]:
    """Return the JSON list of objects that a path answers: one request.

    Raises:
        UnexpectedAnswerError: The answer is none.
    """
    with plugged(session):
        found = session.get_json(uri, query or {})
    if not isinstance(found, list):
        msg = "the answer is no list"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    return [one for one in found if isinstance(one, dict)]


def one_object(session: BaseSession, uri: str) -> dict[str, JsonValue]:
    """Return the JSON object that a path answers: one request.

    Raises:
        UnexpectedAnswerError: The answer is none.
    """
    with plugged(session):
        found = session.get_json(uri)
    if not isinstance(found, dict):
        msg = "the answer is no object"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    return found


def as_json(definition: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return a definition as it is sent; one that JSON cannot say is refused when it is written."""
    # cast: checkers cannot see in a variable that nested literals are JSON.
    return cast("dict[str, JsonValue]", dict(definition))


def number_of(answer: str, uri: str) -> int:
    """Return the number that a server gave to something new.

    Raises:
        UnexpectedAnswerError: The answer is none.
    """
    text = answer.strip().strip('"')
    if not text.isdecimal():
        msg = "the server did not tell the number of what it made"
        raise UnexpectedAnswerError(msg, method="POST", url=uri)
    return int(text)
