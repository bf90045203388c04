"""The requests of searches (schema-and-search 4.5): run one, page through a stored result, list what is searchable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from .documents import read_table
from .errors import ResponseError, UnexpectedAnswerError
from .paths import join
from .search_answer import WHERE, Answer, read_answer
from .transport import Response, checked

if TYPE_CHECKING:
    from .session import BaseSession

_ELEMENTS: Final = "/data/search/elements"
_HEADERS: Final = {"Content-Type": "text/xml"}
# Data types by connection: a site sets them up once, so they are asked for once.
_LISTED: WeakKeyDictionary[BaseSession, frozenset[str]] = WeakKeyDictionary()


def run_search(
    session: BaseSession, root: str, body: bytes, answer_format: str, options: tuple[tuple[str, str], ...] = ()
) -> Response:
    """Returns the answer to a search document: one request.

    Args:
        session: The connection.
        root: Type of the rows, for messages.
        body: The document; all values are in it.
        answer_format: ``json`` or ``csv``.
        options: Further parameters, such as ``cache``; never values.

    Raises:
        PermissionDeniedError: The account may not search this type.
        BadRequestError: The server takes the document for no search.
        ServerError: The server failed, as it does on a field it does not know.
    """
    try:
        answer = session.post(WHERE, data=body, query=[("format", answer_format), *options], headers=_HEADERS)
    except ResponseError as error:
        raise _explained(error, root) from None
    return checked(answer, html=False)


def _explained(error: ResponseError, root: str) -> ResponseError:
    """Returns the error with what it means for a search, behind the server's own reason."""
    hint = {
        403: f"the account may not search {root} on this server",
        422: f"the server does not take the document for a search of {root}",
        500: f"the server failed on a search of {root}; it may not know a field of the conditions, or refuse a value",
    }.get(error.status)
    if hint is None:
        return error
    reason = ". ".join(part.rstrip(".") for part in (error.reason, hint) if part)
    return type(error)(error.method, error.url, error.status, reason)


def page(session: BaseSession, stored: str, offset: int, limit: int) -> Answer:
    """Returns rows of a stored result: one request.

    Raises:
        UnexpectedStatusError: The server has forgotten the result (status 410); run the search again.
        UnexpectedAnswerError: The result was stored by another account.
    """
    uri = join("data", "search", stored)
    answer = session.get(uri, query=[("format", "json"), ("offset", str(offset)), ("limit", str(limit))])
    if not answer.content.strip():
        msg = "the answer is empty: a stored result belongs to the account that ran the search"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    return read_answer(answer.json())


def listed_types(session: BaseSession) -> frozenset[str]:
    """Returns the data types that the server is set up to search: one request for each connection."""
    known = _LISTED.get(session)
    if known is None:
        rows = read_table(session.get_json(_ELEMENTS), _ELEMENTS)
        known = _LISTED[session] = frozenset(str(row.get("ELEMENT_NAME")) for row in rows)
    return known
