"""The table of recent experiments, ``/data/experiments?recent=<days>`` (rest-data 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from ..call import Call, as_number
from ..datamodel.values import Value
from ..formats.tables import Cell, Table
from ..store.items import Item

_USUAL = 60
_COLUMNS = ("ID", "project", "date", "xsiType", "label", "insert_date", "last_modified", "URI")


def table(call: Call, days: str, items: Sequence[Item]) -> Table:
    """Return the latest changed experiments, newest first.

    Days and limit count only when both differ from 60, else both are 60. Which columns a server sends is not known;
    these are the ones of the list of all experiments.
    """
    asked = (as_number(days) or _USUAL, as_number(call.parameter("limit") or "") or _USUAL)
    span, limit = asked if _USUAL not in asked else (_USUAL, _USUAL)
    oldest = (datetime.now(UTC).replace(tzinfo=None) - timedelta(days=min(span, 365_000))).isoformat()
    found = sorted((item for item in items if item.modified >= oldest), key=lambda item: item.modified, reverse=True)
    return Table(_COLUMNS, [_row(item) for item in found[:limit]], {"title": "Recent Experiments"})


def _row(item: Item) -> dict[str, Cell]:
    day: Value | None = item.node.values.get("date")
    return {
        "ID": item.id,
        "project": item.project,
        "date": day,
        "xsiType": item.xsi_type,
        "label": item.label,
        "insert_date": datetime.fromisoformat(item.inserted),
        "last_modified": datetime.fromisoformat(item.modified),
        "URI": f"/data/experiments/{quote(item.id, safe='')}",
    }
