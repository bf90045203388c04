"""Progress of uploads: ``/data/status/{TRANSACTION_ID}`` (rest-data 13.3, recorded answer D28)."""

from __future__ import annotations

from ..call import Call, Reply, escape_entities, first_values, read_form, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.javahash import hash_ordered
from ..store.node import JsonValue
from ..transactions import Message, progress_named


def _transaction(call: Call) -> str:
    return call.segment("TRANSACTION_ID") or ""


def show(call: Call) -> Reply:
    """``GET``: the messages as JSON, as HTML or, by default, as text; an unknown transaction has none."""
    messages = call.site.transactions.messages(call.login, _transaction(call))
    form = call.parameter("format") or ("html" if "text/html" in call.headers.get("accept", "") else "text")
    if form == "json":
        return text_reply(compact_json(_document(messages)), media_type="application/json")
    if form in {"text", "txt", "text/plain"}:
        lines = "".join(f"{message.status} {message.text}\n" for message in messages)
        return text_reply(f"StatusLog{lines}")
    rows = "".join(f"<tr><td class='s{m.status}'>{m.status}</td><td>{m.text}</td></tr>\n" for m in messages)
    return text_reply(f"<html><body><table>{rows}</table></body></html>", media_type="text/xml")


def _document(messages: list[Message]) -> JsonValue:
    return {"msgs": [[_entry(message) for message in messages]]}


def _entry(message: Message) -> JsonValue:
    facts: dict[str, JsonValue] = {"msg": message.text, "status": message.status}
    return hash_ordered(facts | {"terminal": True} if message.terminal else facts)


def add(call: Call) -> Reply:
    """``POST``: add a message; the form holds ``status`` and ``message``.

    Raises:
        StatusError: 500, there is no such status.
    """
    said = first_values((*call.query, *read_form(call.body.read())))
    status = progress_named(said.get("status", ""))
    if status is None:
        raise StatusError(500, "Status is not a valid Status.")
    call.site.transactions.add(call.login, _transaction(call), status, escape_entities(said.get("message", "")))
    return text_reply("")


def remove(call: Call) -> Reply:
    """``DELETE``: forget the transaction."""
    call.site.transactions.remove(call.login, _transaction(call))
    return text_reply("")
