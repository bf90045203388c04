"""Low-level endpoints: what the generated ``api`` package is made of.

An endpoint is one method on one path of the REST API. It sends exactly one request, and gives what the catalogue
says of the answer: rows, an item, a record, a text, a stream, nothing, or the answer as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

from .documents import ItemNode, read_item, read_table
from .errors import InvalidValueError, UnexpectedAnswerError
from .paths import encode_path, segment
from .payloads import NO_JSON, Data, NoJson, Payload, payload
from .records import Decoder, Record
from .transport import JsonValue, Request, Response, checked
from .verbs import Query, may_answer_html, pairs_of

if TYPE_CHECKING:
    from .routes import Route
    from .session import BaseSession

__all__ = ["NO_JSON", "Area", "Data", "ItemNode", "JsonValue", "NoJson", "Parameters", "Query", "Response"]

T = TypeVar("T")
R = TypeVar("R", bound=Record)

# Placeholders whose values are paths: their slashes stay slashes (rest-data 16).
_PATHS: Final = frozenset({"PATH_TO_FILE"})
_NO_BODY: Final = Payload(None, {}, None)


class Parameters:
    """The query parameters of an endpoint: Python name -> the server's.

    Args:
        names: All of them.
        joined: Python names of those that take several values with commas between; others are sent several times.
    """

    def __init__(self, names: Mapping[str, str], joined: Iterable[str] = ()) -> None:
        self._names = names
        self._joined = frozenset(joined)

    def pairs(self, values: Mapping[str, object], further: Query) -> tuple[tuple[str, str], ...]:
        """Returns what is sent; values that are None are not.

        Raises:
            TypeError: The endpoint has no such parameter; `further` takes what the catalogue does not know.
        """
        unknown = sorted(values.keys() - self._names.keys())
        if unknown:
            known = ", ".join(sorted(self._names)) or "none"
            msg = f"no parameter {', '.join(unknown)}; there are {known}. query= takes any other."
            raise TypeError(msg)
        own = [
            (self._names[name], text)
            for name, value in values.items()
            if value is not None
            for text in _texts(value, joined=name in self._joined)
        ]
        return (*own, *pairs_of(further))


def _texts(value: object, *, joined: bool) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [_text(value)]
    # cast: isinstance cannot look into the values.
    several = [_text(each) for each in cast("Iterable[object]", value)]
    return [",".join(several)] if joined else several


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        msg = f"a query parameter cannot be {type(value).__name__}"
        raise InvalidValueError(msg)
    return str(isoformat())


class Area:
    """The endpoints of one subject; generated classes add them.

    Each raises what the verbs of a connection raise (`xnat_runtime.verbs.Verbs`): ResponseError, TransportError and
    ReadOnlyConnectionError. Those that decode an answer raise UnexpectedAnswerError when it is of another form, and all
    raise TypeError for a query parameter that they do not have.
    """

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._session!r}>"

    def _rows(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        record: type[R],
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> list[R]:
        """Return the rows of a listing; none where the server says that there is nothing (204)."""
        request = self._request(route, values, _as_json(query), body, tail)
        answer = self._checked(request)
        if answer.status == 204:
            return []
        # cast: rows are JSON objects.
        rows = cast("list[dict[str, JsonValue]]", read_table(answer.json(), request.path))
        return [record(row) for row in rows]

    def _item(self, route: Route, values: tuple[str, ...], query: Query) -> ItemNode:
        """Return the document of an item; that of a resource is made of two requests (`Verbs.get_json`)."""
        path = _path(route, values, "")
        return read_item(self._session.get_json(path, query), path)

    def _json(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        decoder: Decoder[T],
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> T:
        """Return the value that the JSON of an answer stands for."""
        asked = _as_json(query) if route.template.startswith("/data/") else query
        answer = self._response(route, values, asked, body=body, tail=tail)
        try:
            value = decoder.decode(answer.json())
        except ValueError:
            msg = "the answer is of another type than the catalogue says; session.get() gives it as it came"
            raise UnexpectedAnswerError(msg, method=route.method, url=answer.url) from None
        if value is None:
            msg = "the server answered with nothing"
            raise UnexpectedAnswerError(msg, method=route.method, url=answer.url)
        return value

    def _value(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> JsonValue:
        """Return the JSON of an answer as it came."""
        asked = _as_json(query) if route.template.startswith("/data/") else query
        return self._response(route, values, asked, body=body, tail=tail).json()

    def _text(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> str:
        """Return the text of an answer."""
        return self._response(route, values, query, body=body, tail=tail).text

    def _file(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> Response:
        """Return an answer whose body is still to be read; whoever called closes it."""
        request = self._request(route, values, query, body, tail)
        return checked(self._session.send(request, stream=True), html=may_answer_html(request))

    def _response(
        self,
        route: Route,
        values: tuple[str, ...],
        query: Query,
        *,
        body: Payload = _NO_BODY,
        tail: str = "",
    ) -> Response:
        """Return an answer that is a success, read whole."""
        return self._checked(self._request(route, values, query, body, tail))

    def _checked(self, request: Request) -> Response:
        return checked(self._session.send(request), html=may_answer_html(request))

    @staticmethod
    def _request(route: Route, values: tuple[str, ...], query: Query, body: Payload, tail: str) -> Request:
        path = _path(route, values, tail)
        return Request(route.method, path, pairs_of(query), body.headers, body.body, body.length)

    @staticmethod
    def _with(query: Query, own: Mapping[str, str]) -> Query:
        return (*own.items(), *pairs_of(query))

    @staticmethod
    def _body(data: Data = None, json: JsonValue | NoJson = NO_JSON) -> Payload:
        return payload(data, json, None)

    @staticmethod
    def _json_body(json: object) -> Payload:
        plain = json.data if isinstance(json, Record) else json
        # cast: the signature of the endpoint says what it takes, and that is JSON.
        return payload(None, cast("JsonValue", plain), None)


def _path(route: Route, values: tuple[str, ...], tail: str) -> str:
    path = route.template
    for name, value in zip(route.parameters, values, strict=True):
        path = path.replace(f"{{{name}}}", encode_path(value) if name in _PATHS else segment(value), 1)
    return f"{path}/{encode_path(tail).lstrip('/')}" if tail else path


def _as_json(query: Query) -> Query:
    return (*pairs_of(query), ("format", "json"))
