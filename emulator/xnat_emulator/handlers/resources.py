"""Resources of every level (rest-data 10.1 and 10.2)."""

from __future__ import annotations

from ..call import Call, Reply, text_reply
from ..errors import StatusError, not_found
from ..formats.catalogs import catalog_xml
from ..formats.tables import Cell, Table
from ..listing import sorted_rows
from ..store.change import Change
from ..store.items import Item
from ..store.patch import Patch
from .bodies import read
from .projects import created_reply
from .replies import table_reply
from .selection import Held, Place, chosen_resources, held, known_resources, nested, places, require_unlocked

_COLUMNS = (
    "xnat_abstractresource_id",
    "label",
    "element_name",
    "category",
    "cat_id",
    "cat_desc",
    "file_count",
    "file_size",
    "tags",
    "content",
    "format",
)
_CATEGORIES = {"scan": "scans", "reconstruction": "reconstructions"}
TYPE = "xnat:resourceCatalog"


def list_resources(call: Call) -> Reply:
    """``GET .../resources``; ``all=true`` adds those of scans, reconstructions and assessors."""
    merged = call.flag("all")
    found = [one for place in places(call) for one in held(call, place)]
    if merged:
        found += [one for place in places(call) for one in nested(call, place)]
    rows = [_row(call, one, merged=merged) for one in found]
    return table_reply(call, Table(_COLUMNS, sorted_rows(call, rows), {"title": "Resources"}))


def _row(call: Call, one: Held, *, merged: bool) -> dict[str, Cell]:
    node = one.resource.node
    count, size = node.values.get("file_count"), node.values.get("file_size")
    return {
        "xnat_abstractresource_id": node.number,
        "label": one.resource.label or None,
        "element_name": one.resource.xsi_type,
        "category": category(one.place),
        "cat_id": _category_id(one.place, merged=merged),
        "cat_desc": _category_text(call, one.place, merged=merged),
        "file_count": count,
        "file_size": size,
        "tags": ",".join(tag_texts(one.resource)) or None,
        "content": node.values.get("content"),
        "format": node.values.get("format"),
    }


def tag_texts(resource: Item) -> list[str]:
    """Return the tags of a resource, named ones as ``name=value``."""
    tags = resource.node.children.get("tags/tag", ())
    return [f"{tag.text('name')}={tag.text('tag')}" if tag.text("name") else tag.text("tag") for tag in tags]


def category(place: Place) -> str:
    """Return ``resources``, ``scans``, ``reconstructions`` or ``assessors``."""
    if place.owner.kind == "experiment" and place.owner.session:
        return "assessors"
    return _CATEGORIES.get(place.owner.kind, "resources")


def _category_id(place: Place, *, merged: bool) -> str | None:
    if place.owner.kind in {"project", "subject"} or (merged and category(place) == "resources"):
        return None
    return place.owner.id


def _category_text(call: Call, place: Place, *, merged: bool) -> str | None:
    if place.owner.kind == "scan":
        return place.owner.node.text("type") or None
    if category(place) == "assessors":
        return call.site.singular(place.owner.xsi_type)
    return None if merged else " "


def show_resource(call: Call) -> Reply:
    """``GET .../resources/R``: the catalog as XML, whatever format is asked."""
    if call.remainder:
        raise StatusError(400, "Append /files to the URL to reach the files of a resource")
    found = chosen_resources(call)
    if len(found) > 1:
        return text_reply("")
    resource, owner = found[0].resource, found[0].place.owner
    root = call.archive.catalog_path(resource).rpartition("/")[0] if call.flag("includeRootPath") else ""
    files, version = call.archive.files.of(resource.row), call.site.mode.version
    text = catalog_xml(call.model, resource, files, owner, version, root=root)
    return text_reply(text, media_type="text/xml")


def put_resource(call: Call) -> Reply:
    """``PUT|POST .../resources/L``: 200 for a new resource, 409 for one that exists."""
    if call.remainder:
        raise StatusError(400)
    place = places(call)[0]
    require_unlocked(call, "edit", place.owner)
    label = call.segment("RESOURCE_ID") or ""
    if find_resource(call, place, label) is not None:
        raise StatusError(409, "Specified resource already exists.")
    create_resource(call, place, label, call.change(place.owner.xsi_type))
    return text_reply("")


def post_resources(call: Call) -> Reply:
    """``PUT|POST .../resources``: 200 with the URL of the new resource, which ends in its numeric id."""
    place = places(call)[0]
    require_unlocked(call, "edit", place.owner)
    wanted = read(call)
    label = wanted.first("label") or ("" if wanted.document is None else wanted.document.text("label"))
    resource = create_resource(call, place, label, call.change(place.owner.xsi_type), wanted.document)
    return created_reply(call, str(resource.node.number))


def find_resource(call: Call, place: Place, name: str) -> Item | None:
    """Return a resource of an object by label or number."""
    names = [(one.resource, {one.resource.label, str(one.resource.node.number)}) for one in held(call, place)]
    return next((resource for resource, known in names if name in known), None)


def create_resource(call: Call, place: Place, label: str, change: Change, document: Patch | None = None) -> Item:
    """Return a new empty resource with the attributes of the request (rest-data 10.1).

    Raises:
        StatusError: 400, the label holds an apostrophe.
    """
    if "'" in label or "&apos;" in label:
        raise StatusError(400, "A resource label must not hold an apostrophe")
    item = Item("resource", call.archive.new_node(TYPE))
    call.archive.attach(item, place.owner, place.slot)
    patch = document or Patch()
    patch.values.update({"file_count": 0, "file_size": 0})
    if label:
        patch.values["label"] = label
    describe(call, patch)
    return call.archive.update(item, patch, change)


def describe(call: Call, patch: Patch) -> None:
    """Add format, content, description and tags of the query to a resource's patch."""
    for name in ("format", "content", "description"):
        if value := call.parameter(name):
            patch.values[name] = value
    for tag in split_tags(call):
        name, sign, value = tag.partition("=" if "=" in tag else ":")
        values = {"name": name, "tag": value} if sign else {"tag": tag}
        patch.children.setdefault("tags/tag", []).append(Patch(values=dict(values)))


def split_tags(call: Call) -> list[str]:
    """Return the tags of the query: a comma list, or several parameters."""
    parts = (part.strip() for text in call.parameters("tags") for part in text.split(","))
    return [part for part in parts if part]


def delete_resource(call: Call) -> Reply:
    """``DELETE .../resources/R[,R2]``: 200, also for those that are not there (rest-data 8.6)."""
    if call.remainder:
        raise StatusError(400)
    found = known_resources(call)
    if not found:
        return text_reply("")
    for one in found:
        require_unlocked(call, "delete", one.place.owner)
    change = call.change(found[0].place.owner.xsi_type)
    for one in found:
        call.archive.delete(one.resource, change)
    return text_reply("")


def resource_of(call: Call) -> Held:
    """Return the one resource of a URL.

    Raises:
        StatusError: 404, there is none.
    """
    found = chosen_resources(call)
    if not found:
        raise not_found("resource")
    return found[0]
