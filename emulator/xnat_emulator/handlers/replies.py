"""Formats of replies by ``format=`` (rest-data section 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from .. import permissions, tables
from ..call import Call, Reply, json_reply, text_reply
from ..documents import item_json
from ..errors import StatusError, status_page
from ..store.items import Item
from ..tables import Table
from ..values import to_text
from ..xmlwrite import item_xml


def table_reply(call: Call, table: Table) -> Reply:
    """Return a table as JSON, CSV or XML; any other format gives HTML, none gives JSON."""
    form = call.parameter("format") or _accepted(call)
    if form == "json":
        return json_reply(tables.to_json(_older(table) if call.site.mode.version == "1.7" else table))
    if form in {"csv", "application/vnd.ms-excel"}:
        return text_reply(tables.to_csv(table), media_type="text/csv")
    if form == "xml":
        return text_reply(tables.to_xml(table), media_type="text/xml")
    return text_reply(tables.to_html(table), media_type="text/html")


def _older(table: Table) -> Table:
    """Return a table as servers before 1.8 sent it: times without milliseconds (rest-data 20)."""
    rows = [
        {key: f"{cell:%H:%M:%S}" if isinstance(cell, time) else cell for key, cell in row.items()} for row in table.rows
    ]
    return replace(table, rows=rows)


def _accepted(call: Call) -> str:
    """Return the first variant a listing registers that the client accepts: JSON, HTML, XML."""
    accept = call.headers.get("accept", "*/*")
    variants = {"application/json": "json", "text/html": "html", "text/xml": "xml"}
    if "*/*" in accept:
        return "json"
    return next((form for media, form in variants.items() if media in accept), "json")


def attachment(name: str) -> str:
    """Return the ``Content-Disposition`` of a file; signs that no header can hold become ``?`` (rest-data 10.5)."""
    safe = "".join("?" if sign in '"\\' or not " " <= sign <= "~" else sign for sign in name)
    return f'attachment; filename="{safe}";'


def item_reply(call: Call, item: Item) -> Reply:
    """Return an item document: JSON, HTML, or XML for every other format (rest-data 3.4)."""
    if call.parameter("handler") is not None:
        return _values_reply(call, item)
    node = call.archive.expand(
        item, history=call.flag("includeHistory"), seen=lambda experiment: permissions.may(call, "read", experiment)
    )
    form = call.parameter("format") or _accepted_item(call)
    if form == "json":
        return json_reply(item_json(call.model, node, headers=call.flag("includeHeaders")))
    if form == "html":
        return text_reply(f"<html><body><h2>{item.xsi_type} {item.id}</h2></body></html>", media_type="text/html")
    hidden = not call.flag("concealHiddenFields")
    return text_reply(item_xml(call.model, node, call.base_url, hidden=hidden), media_type="text/xml")


def _accepted_item(call: Call) -> str:
    """Return HTML or XML: JSON is no registered variant of items (rest-data 3.2)."""
    accept = call.headers.get("accept", "*/*")
    return "xml" if "xml" in accept and "html" not in accept else "html"


def _values_reply(call: Call, item: Item) -> Reply:
    """Return named properties as a one-row table, or one of them as plain text (rest-data 3.5)."""
    if call.parameter("handler") != "values":
        raise StatusError(400, "Unknown handler")
    names = [name.strip() for name in (call.parameter("columns") or "").split(",") if name.strip()]
    paths = {name: name.partition("/")[2] or name for name in names}
    row = {name: item.node.values.get(path) for name, path in paths.items()}
    if call.flag("asValue") and len(names) == 1:
        value = row[names[0]]
        return text_reply("" if value is None else to_text(value))
    return table_reply(call, Table(tuple(names), [row]))


def refusal(status: int, message: str = "") -> Reply:
    """Return a status page as a reply, for refusals that leave done what was done."""
    error = StatusError(status, message)
    return Reply(status, status_page(status, error.message).encode(), "text/html")
