"""Scans and reconstructions of imaging sessions (rest-data 4.4, 7.2, 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from .. import permissions
from ..address import find_reconstruction, find_scan, session
from ..call import Call, Reply, text_reply
from ..datamodel import aliases
from ..errors import StatusError, not_found
from ..listing import Listing, run
from ..store.items import Item
from ..store.patch import Patch
from . import actions, bodies, sharing, status, tails
from .bodies import Wanted
from .projects import created_reply
from .replies import item_reply, table_reply

_ABSTRACT_SCAN = "xnat:imageScanData"


def _listing(owner: Item, kind: str) -> Listing:
    base = f"/data/experiments/{quote(owner.id, safe='')}"
    if kind == "scan":
        defaults = ("xnat_imagescandata_id", "ID", "type", "quality", "xsiType", "note", "series_description")
        return Listing(
            _ABSTRACT_SCAN, aliases.SCAN, defaults, f"{base}/scans/", key="xnat_imagescandata_id", filterable=False
        )
    return Listing(
        "xnat:reconstructedImageData",
        aliases.RECONSTRUCTION,
        ("xnat_reconstructedimagedata_id", "ID", "type", "baseScanType"),
        f"{base}/reconstructions/",
        key="xnat_reconstructedimagedata_id",
        filterable=False,
    )


@dataclass(frozen=True)
class _Kind:
    """What scans and reconstructions do differently."""

    name: str
    slot: str
    placeholder: str
    aliases: dict[str, str]


_SCAN = _Kind("scan", "scans/scan", "SCAN_ID", aliases.writable(aliases.SCAN))
_RECON = _Kind(
    "reconstruction", "reconstructions/reconstructedImage", "RECON_ID", aliases.writable(aliases.RECONSTRUCTION)
)


def list_scans(call: Call) -> Reply:
    """``GET .../scans``.

    Raises:
        StatusError: 500 for an unknown session without a project, where the server trips over the project that is not
            there (rest-data 1.4).
    """
    name = call.segment("ASSESSED_ID") or ""
    if call.segment("PROJECT_ID") is None and call.archive.items.by_id("experiment", name) is None:
        raise StatusError(500)
    return _list(call, "scan")


def list_reconstructions(call: Call) -> Reply:
    """``GET .../reconstructions``."""
    return _list(call, "reconstruction")


def _list(call: Call, kind: str) -> Reply:
    owner = session(call)
    return table_reply(call, run(call, _listing(owner, kind), call.archive.items.owned(owner, kind)))


def show_scan(call: Call) -> Reply:
    """``GET .../scans/N``; any tail is ignored (rest-data section 5)."""
    return item_reply(call, _scan(call))


def show_reconstruction(call: Call) -> Reply:
    """``GET .../reconstructions/R``."""
    return item_reply(call, _reconstruction(call))


def _scan(call: Call) -> Item:
    found = find_scan(call, session(call))
    if found is None:
        raise not_found("scan")
    return found


def _reconstruction(call: Call) -> Item:
    found = find_reconstruction(call, session(call))
    if found is None:
        raise not_found("reconstruction")
    return found


def put_scan(call: Call) -> Reply:
    """``PUT .../scans/N``: 200 with an empty body."""
    owner = session(call)
    if sharing.is_asked(call):
        return sharing.put_scan(call, _scan(call), owner)
    return _put(call, owner, _SCAN, find_scan(call, owner))


def put_reconstruction(call: Call) -> Reply:
    """``PUT .../reconstructions/R``: 200 with an empty body; one of another session is changed where it is."""
    owner = session(call)
    return _put(call, owner, _RECON, find_reconstruction(call, owner))


def _put(call: Call, owner: Item, kind: _Kind, found: Item | None) -> Reply:
    tails.refuse(call)
    wanted = bodies.read(call)
    if found is not None:
        permissions.require(call, "edit", found)
        status.refuse_locked(call, found, wanted)
    xsi_type, patch = _patch(call, kind, found, wanted)
    identifier = call.segment(kind.placeholder) or ""
    if found is None:
        patch.default("ID", identifier)
        created = _create(call, owner, kind, xsi_type, patch)
        actions.run(call, created, wanted)
        return text_reply("")
    if patch.text("ID") not in {"", found.id}:
        raise StatusError(400, "ID must not be modified.")
    patch.values.pop("ID", None)
    change = call.change(xsi_type)
    if wanted.replaces:
        bodies.empty_lists(call, found, patch, change)
    updated = call.archive.update(found, patch, change)
    status.apply(call, updated, wanted, change)
    actions.run(call, updated, wanted)
    return text_reply("")


def _patch(call: Call, kind: _Kind, found: Item | None, wanted: Wanted) -> tuple[str, Patch]:
    """Return the type and the patch of a write.

    Raises:
        StatusError: 409, the type differs from the stored one; 400, a new scan has no concrete type.
    """
    xsi_type = _type(call, kind, None if found is None else found.xsi_type, wanted)
    if xsi_type == _ABSTRACT_SCAN:
        raise StatusError(400, "Multiple scan modalities are possible: name the xsiType.")
    if call.model.kind_of(xsi_type) != kind.name:
        raise StatusError(422, f"Only {kind.name} documents can be sent here")
    return xsi_type, bodies.patch(call, wanted, xsi_type, kind.aliases, new=found is None)


def _type(call: Call, kind: _Kind, stored: str | None, wanted: Wanted) -> str:
    """Return the type a write means; before 1.8.6 a stored scan neither told its type nor held on to it (20)."""
    newer = call.site.mode.version != "1.7" or kind is _RECON
    default = "xnat:reconstructedImageData" if kind is _RECON else _ABSTRACT_SCAN
    asked = wanted.xsi_type or (stored if newer else None) or default
    if stored is None or (asked == _ABSTRACT_SCAN and not newer):
        return asked
    if newer and not call.model.extends(stored, asked):
        raise StatusError(409, f"The {kind.name} is of type {stored}")
    return stored


def _create(call: Call, owner: Item, kind: _Kind, xsi_type: str, patch: Patch) -> Item:
    permissions.require(call, "edit", owner)
    status.refuse_locked(call, owner)
    items = call.archive.items
    known = items.all(kind.name) if kind is _RECON else items.owned(owner, kind.name)
    existing = {item.id for item in known}
    if patch.text("ID") in existing:
        raise StatusError(409, f"Specified {kind.name} already exists.")
    if not patch.text("ID"):
        patch.values["ID"] = next(str(number) for number in range(1, len(existing) + 2) if str(number) not in existing)
    item = Item(kind.name, call.archive.new_node(xsi_type))
    call.archive.attach(item, owner, kind.slot)
    return call.archive.update(item, patch, call.change(xsi_type))


def post_scans(call: Call) -> Reply:
    """``POST .../scans``: 200 with the URL of the new scan as text and ``Location``."""
    return _post(call, _SCAN)


def post_reconstructions(call: Call) -> Reply:
    """``POST .../reconstructions``: 200 with the URL of the new reconstruction as text and ``Location``."""
    return _post(call, _RECON)


def _post(call: Call, kind: _Kind) -> Reply:
    owner = session(call)
    xsi_type, patch = _patch(call, kind, None, bodies.read(call))
    return created_reply(call, _create(call, owner, kind, xsi_type, patch).id)


def delete_scan(call: Call) -> Reply:
    """``DELETE .../scans/N``."""
    if sharing.is_asked(call):
        return sharing.delete(call, _scan(call))
    return _delete(call, _scan(call))


def delete_reconstruction(call: Call) -> Reply:
    """``DELETE .../reconstructions/R``."""
    return _delete(call, _reconstruction(call))


def _delete(call: Call, item: Item) -> Reply:
    tails.refuse(call)
    permissions.require(call, "delete", item)
    status.refuse_locked(call, item)
    call.archive.delete(item, call.change(item.xsi_type))
    return text_reply("")
