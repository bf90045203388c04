"""Items without a row of their own as documents: protocols, workflows, archive specifications."""

from __future__ import annotations

from ..call import Call, Reply, json_reply, text_reply
from ..formats.documents import item_json
from ..formats.xmlwrite import item_xml
from ..store.node import Node


def node_reply(call: Call, node: Node, *, xml_only: bool = False) -> Reply:
    """Return an item document: JSON or HTML when ``format`` says so, XML else (rest-data 3.4)."""
    form = "" if xml_only else call.parameter("format") or ""
    if form == "json":
        return json_reply(item_json(call.model, node))
    if form == "html":
        return text_reply(f"<html><body><h2>{node.xsi_type}</h2></body></html>", media_type="text/html")
    hidden = not call.flag("concealHiddenFields")
    return text_reply(item_xml(call.model, node, call.base_url, hidden=hidden), media_type="text/xml")
