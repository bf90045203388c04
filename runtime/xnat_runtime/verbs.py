"""The low-level verbs of a connection: paths or URLs of the server in, checked answers out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Container, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import unquote

import attrs

from .errors import InvalidValueError
from .paths import Target
from .payloads import NO_JSON, Data, NoJson, Payload, payload
from .transport import JsonValue, Request, Response, TimeoutSpec, as_timeouts, checked

if TYPE_CHECKING:
    from .form_files import Files

_CATALOG = re.compile(rb"<cat:(?:DCM)?Catalog\b")
_CATALOG_HEAD = 2_000
_RESOURCE = re.compile(r"(/data/.+/resources)/([^/]+)/?\Z")

Query: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Names and values for the URL; values of fields belong in a body."""


class Verbs(ABC):
    """GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, with login and error checks around them.

    Every verb takes a path (``/data/projects``) or a full URL of the server, and raises:

    * ResponseError: the status is not accepted (by default every 2xx is); its class tells which kind.
    * TransportError: there was no answer.
    * ForeignUrlError: the URL belongs to another server.
    * ReadOnlyConnectionError: the connection is read-only and the request would change something.
    """

    @abstractmethod
    def send(self, request: Request, *, stream: bool = False) -> Response:
        """Return the answer, whatever its status."""

    @abstractmethod
    def _resolve(self, uri: str) -> Target:
        """Return the place on the server that a URI names."""

    def get(
        self,
        uri: str,
        format: str | None = None,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a GET.

        Args:
            uri: A path (``/data/projects``) or a full URL of this server.
            format: Value of the query parameter ``format``, such as ``json``, ``xml`` or ``csv``.
            query: Query parameters beside those of the URI. Values of fields belong in a body, not here.
            accepted_status: Statuses that are no error; every 2xx by default.
            timeout: Seconds, or (connect, read) seconds, in place of the connection's.
            headers: Further headers.

        Raises:
            ResponseError: The status is not accepted; the class tells which kind.
            TransportError: There was no answer.
            ForeignUrlError: The URL belongs to another server.
        """
        request = self._request("GET", uri, format=format, query=query, timeout=timeout, headers=headers)
        return self._checked(request, accepted_status)

    def head(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a HEAD, which has no body; see `get`."""
        return self._checked(self._request("HEAD", uri, query=query, timeout=timeout, headers=headers), accepted_status)

    def options(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to OPTIONS, whose ``Allow`` header names the verbs of a path; see `get`."""
        return self._checked(
            self._request("OPTIONS", uri, query=query, timeout=timeout, headers=headers), accepted_status
        )

    def post(
        self,
        uri: str,
        data: Data = None,
        json: JsonValue | NoJson = NO_JSON,
        format: str | None = None,
        *,
        files: Files | None = None,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a POST; see `put`."""
        with _body(data, files, json, headers) as body:
            request = self._request("POST", uri, body, format=format, query=query, timeout=timeout)
            return self._checked(request, accepted_status)

    def put(
        self,
        uri: str,
        data: Data = None,
        files: Files | None = None,
        json: JsonValue | NoJson = NO_JSON,
        format: str | None = None,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a PUT.

        Args:
            uri: A path or a full URL of this server.
            data: A mapping is sent as a form, a text as UTF-8; bytes, a binary stream (from where it stands) and
                pieces of bytes are sent as they are.
            files: Files to send as parts of a form (``multipart/form-data``), by the name of their field: a path,
                text, bytes or binary stream, or ``(name, content)`` or ``(name, content, media type)``. They are read
                while they are sent; values of ``data`` become fields of the same form.
            json: A value to send as JSON, in place of data.
            format: Value of the query parameter ``format``.
            query: Query parameters beside those of the URI. Values of fields belong in the body.
            accepted_status: Statuses that are no error; every 2xx by default.
            timeout: Seconds, or (connect, read) seconds, in place of the connection's.
            headers: Further headers.

        Raises:
            ResponseError: The status is not accepted; the class tells which kind.
            TransportError: There was no answer; the server may have done the work.
            ForeignUrlError: The URL belongs to another server.
            ReadOnlyConnectionError: The connection is read-only.
            InvalidValueError: json came together with data or files, or a value or file cannot be sent.
        """
        with _body(data, files, json, headers) as body:
            request = self._request("PUT", uri, body, format=format, query=query, timeout=timeout)
            return self._checked(request, accepted_status)

    def patch(
        self,
        uri: str,
        data: Data = None,
        json: JsonValue | NoJson = NO_JSON,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a PATCH; see `put`."""
        request = self._request("PATCH", uri, payload(data, json, headers), query=query, timeout=timeout)
        return self._checked(request, accepted_status)

    def delete(
        self,
        uri: str,
        *,
        query: Query = (),
        accepted_status: Container[int] | None = None,
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Returns the answer to a DELETE; see `get`."""
        return self._checked(
            self._request("DELETE", uri, query=query, timeout=timeout, headers=headers), accepted_status
        )

    def get_json(self, uri: str, query: Query = (), *, accepted_status: Container[int] | None = None) -> JsonValue:
        """Returns the decoded JSON that a GET answers; ``format=json`` is asked for on ``/data`` paths.

        A resource answers with its catalog, never with JSON (rest-data 10.2.4): for one, a document is made of its row
        in the list of its owner's resources, which takes a second request.

        Raises:
            UnexpectedAnswerError: The answer is no JSON.
            ResponseError: As in `get`.
        """
        request = self._request("GET", uri, query=query)
        if request.path.startswith("/data/") and "format" not in dict(request.query):
            request = attrs.evolve(request, query=(*request.query, ("format", "json")))
        response = self._checked(request, accepted_status)
        if _CATALOG.search(response.peek(_CATALOG_HEAD)) and (parts := _RESOURCE.match(request.path)):
            return self._resource_document(parts[1], unquote(parts[2]))
        return response.json()

    def _resource_document(self, owner: str, name: str) -> JsonValue:
        from .catalog_json import resource_document  # noqa: PLC0415 - few need it

        return resource_document(self, owner, name)

    def _request(
        self,
        method: str,
        uri: str,
        body: Payload | None = None,
        *,
        format: str | None = None,
        query: Query = (),
        timeout: TimeoutSpec | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        target = self._resolve(uri)
        asked = (("format", format),) if format is not None else ()
        pairs = (*target.query, *pairs_of(query), *asked)
        sent = body or payload(None, NO_JSON, headers)
        return Request(method, target.path, pairs, sent.headers, sent.body, sent.length, as_timeouts(timeout))

    def _checked(self, request: Request, accepted: Container[int] | None) -> Response:
        response = self.send(request)
        if accepted is None:
            return checked(response, html=may_answer_html(request))
        if response.status not in accepted:
            raise response.error()
        return response


@contextmanager
def _body(
    data: Data, files: Files | None, json: JsonValue | NoJson, headers: Mapping[str, str] | None
) -> Generator[Payload, None, None]:
    if files is None:
        yield payload(data, json, headers)
        return
    if not isinstance(json, NoJson):
        msg = "Give files= or json=, not both: a request has one body."
        raise InvalidValueError(msg)
    from .form_files import opened_form  # noqa: PLC0415 - few need it

    with opened_form(data, files, headers) as form:
        yield form


def may_answer_html(request: Request) -> bool:
    """Return whether an HTML answer can be what was asked for; where not, it is a login page.

    Pages of the site, HTML files and ``format=html`` are HTML, and so is what XNAT answers to some writes: sharing
    gives a table (rest-data 7.5.4).
    """
    return (
        request.method not in {"GET", "HEAD"}
        or not request.path.startswith(("/data/", "/xapi/"))
        or request.path.lower().endswith((".html", ".htm", ".xhtml"))
        or ("format", "html") in request.query
    )


def pairs_of(query: Query) -> tuple[tuple[str, str], ...]:
    """Return a query as pairs of names and values."""
    if isinstance(query, Mapping):
        # cast: isinstance cannot look into the mapping.
        return tuple(cast("Mapping[str, str]", query).items())
    return tuple(query)
