"""Resources as JSON: their own path answers a catalog, so that the row of the list stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import NotFoundError

if TYPE_CHECKING:
    from .transport import JsonValue
    from .verbs import Verbs

_NAMES = ("xnat_abstractresource_id", "label")


def resource_document(session: Verbs, owner: str, name: str) -> JsonValue:
    """Return a document of one resource in the shape of item documents: one request.

    Args:
        session: The connection.
        owner: Path of the list of resources, ``/data/.../resources``.
        name: ID or label of the resource.

    Raises:
        NotFoundError: The list has no such resource.
    """
    for row in _rows(session.get_json(owner)):
        if name in {str(row[key]) for key in _NAMES if row.get(key)}:
            xsi_type = row.get("element_name") or "xnat:resourceCatalog"
            meta: JsonValue = {"xsi:type": xsi_type, "isHistory": False}
            return {"items": [{"children": [], "meta": meta, "data_fields": row}]}
    raise NotFoundError("GET", owner, 404, "no resource of this ID or label")


def _rows(document: JsonValue) -> list[dict[str, JsonValue]]:
    table = document.get("ResultSet") if isinstance(document, dict) else None
    rows = table.get("Result") if isinstance(table, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
