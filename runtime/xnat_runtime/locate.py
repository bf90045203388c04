"""Objects by URI: what `BaseSession.create_object` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from .documents import read_item, read_table
from .errors import NotFoundError, UnexpectedAnswerError
from .objects import XnatObject

if TYPE_CHECKING:
    from .session import BaseSession


# What lies below an experiment, by collection.
_BELOW_EXPERIMENTS: Final = {
    "assessors": "xnat:imageAssessorData",
    "scans": "xnat:imageScanData",
    "reconstructions": "xnat:reconstructedImageData",
}
# What every item of a collection is, for those whose own type the package does not know.
_DECLARED: Final = {
    **_BELOW_EXPERIMENTS,
    "experiments": "xnat:experimentData",
    "resources": "xnat:abstractResource",
    "subjects": "xnat:subjectData",
}


def object_at(session: BaseSession, uri: str) -> XnatObject:
    """Returns the object at a path, loaded: one request.

    Raises:
        NotFoundError: There is none.
        UnexpectedAnswerError: The path names no item, or one of an unknown type.
    """
    uri = uri.rstrip("/")
    _, resource, name = uri.rpartition("/resources/")
    if resource and "/files/" in name:
        msg = "the URI names a file: open its resource, and take the file from .files"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    if resource and "/" not in name:
        return _resource_at(session, uri)
    node = read_item(session.get_json(uri), uri)
    item_class = _class_of(session, node.xsi_type, uri)
    _require_named(session, item_class.xsi_type, node.xsi_type, uri)
    made = item_class.__xnat_from_server__(session, uri, dict(node.fields), None)
    made.__xnat_document__ = node
    return made


def resource_row(session: BaseSession, uri: str) -> dict[str, object]:
    """Returns the row of a resource in the list of its owner: one request.

    The resource's own URI answers its catalog, never JSON (rest-data 10.2.4).

    Raises:
        NotFoundError: The owner has no such resource.
    """
    owner, _, name = uri.rpartition("/resources/")
    for row in read_table(session.get_json(f"{owner}/resources"), f"{owner}/resources"):
        if unquote(name) in {str(row[key]) for key in ("xnat_abstractresource_id", "label") if row.get(key)}:
            return row
    raise NotFoundError("GET", uri, 404, "no resource of this ID or label")


def _resource_at(session: BaseSession, uri: str) -> XnatObject:
    row = resource_row(session, uri)
    xsi_type = str(row.get("element_name") or "xnat:resourceCatalog")
    return _class_of(session, xsi_type, uri).__xnat_from_server__(session, uri, row, None)


def _class_of(session: BaseSession, xsi_type: str, uri: str) -> type[XnatObject]:
    found = class_of(session, xsi_type, uri)
    if found is None:
        kind = f"of type {xsi_type}, which this package does not know" if xsi_type else "of no named type"
        msg = f"the item is {kind}: generate a package from this server's schemas (xnat-codegen fetch, generate)"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    return found


def class_of(session: BaseSession, xsi_type: str, uri: str) -> type[XnatObject] | None:
    """Returns the class of an item at a path; of a type that is not known, the nearest class that is.

    None where there is no type, or where neither the path nor the server tells what the item is.
    """
    registry = session.registry
    if xsi_type in registry.types:
        found = registry.load(xsi_type)
        return found if found is not None and issubclass(found, XnatObject) else None
    declared = registry.load(_DECLARED.get(uri.split("/")[-2], "")) if xsi_type and uri.count("/") > 1 else None
    if declared is None or not issubclass(declared, XnatObject):
        return None
    return session.class_for(xsi_type, declared)


def _require_named(session: BaseSession, read_as: str, xsi_type: str, uri: str) -> None:
    """Refuses another item than the one that the URI names.

    Below ``/data/projects/P/experiments/E`` XNAT knows no scans and assessors, and answers the experiment itself
    (rest-data 1.3).
    """
    wanted = _BELOW_EXPERIMENTS.get(uri.split("/")[-2])
    if wanted is not None and not session.registry.is_subtype(read_as, wanted):
        msg = (
            f"the server knows no such path and answered with an item of type {xsi_type}: scans, assessors and "
            "reconstructions of an experiment lie below /data/experiments/ID"
        )
        raise UnexpectedAnswerError(msg, method="GET", url=uri)


def parent_uri(uri: str) -> str:
    """Returns the path of the item that an item's path lies below, "" when it does not show one."""
    above, _, _ = uri.rstrip("/").rpartition("/")
    owner, _, collection = above.rpartition("/")
    if collection == "resources" and owner.endswith(("/in", "/out")):
        owner = owner.rpartition("/")[0]
    return owner if owner.startswith("/data/") and owner.count("/") >= 3 else ""
