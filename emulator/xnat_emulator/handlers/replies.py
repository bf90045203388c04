"""Formats of replies by ``format=`` (rest-data section 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from .. import permissions
from ..call import Call, Reply, json_reply, text_reply
from ..datamodel.values import to_text
from ..errors import StatusError, status_page
from ..formats import tables
from ..formats.documents import item_json
from ..formats.tables import Table
from ..formats.xmlwrite import item_xml
from ..store.items import Item
from .negotiation import wanted_form

_TABLE_VARIANTS = {"application/json": "json", "text/html": "html", "text/xml": "xml", "application/xml": "xml"}
_ITEM_VARIANTS = {"text/html": "html", "text/xml": "xml", "application/xml": "xml"}
"""Variants in the order of registration; JSON is none of those of items (rest-data 3.2)."""


def table_reply(call: Call, table: Table) -> Reply:
    """Return a table as JSON, CSV or XML; any other known format gives HTML (rest-data 3.3)."""
    form = wanted_form(call, _TABLE_VARIANTS)
    if form == "json":
        return json_reply(tables.to_json(_older(table) if call.site.mode.version == "1.7" else table))
    if form == "csv":
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
    form = wanted_form(call, _ITEM_VARIANTS)
    if form == "json":
        return json_reply(item_json(call.model, node, headers=call.flag("includeHeaders")))
    if form == "html":
        return text_reply(f"<html><body><h2>{item.xsi_type} {item.id}</h2></body></html>", media_type="text/html")
    hidden = not call.flag("concealHiddenFields")
    return text_reply(item_xml(call.model, node, call.base_url, hidden=hidden), media_type="text/xml")


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
