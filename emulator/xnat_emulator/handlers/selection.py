"""Which objects and resources a resource or file URL selects (rest-data 10.2, 10.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..address import experiment, find_experiment, optional_project, project, subject
from ..call import Call, as_number
from ..errors import StatusError, not_found
from ..permissions import Action, require
from ..store.items import Item

_SLOTS = {"scan": "file", "project": "resources/resource", "subject": "resources/resource"}
_ALL = frozenset({"ALL", "*"})


@dataclass(frozen=True)
class Place:
    """An object that holds resources, as a URL reached it.

    Attributes:
        owner: The object.
        slot: Where its resources hang.
        session: The imaging session above it, None when there is none.
        base: Path of the object with ids in the place of labels, as file URIs show it (D7).
    """

    owner: Item
    slot: str
    session: Item | None
    base: str


def places(call: Call) -> list[Place]:
    """Return every object a URL selects; only GET may select several.

    Raises:
        StatusError: 404, there is none, or a write selects several.
    """
    found = _places(call)
    if call.method != "GET" and len(found) != 1:
        raise StatusError(404)
    return found


def _places(call: Call) -> list[Place]:
    base = _base(call)
    if call.segment("ASSESSED_ID") is not None:
        sessions = _sessions(call, "ASSESSED_ID")
        return [_place(call, base, item, slot, session) for session in sessions for item, slot in _parts(call, session)]
    if call.segment("EXPT_ID") is not None:
        return [_place(call, base, item, "resources/resource", item) for item in _sessions(call, "EXPT_ID")]
    owner = subject(call) if call.segment("SUBJECT_ID") is not None else project(call)
    return [_place(call, base, owner, "resources/resource", None)]


def _base(call: Call) -> str:
    """Return the path of the project and the subject of a URL, with ids."""
    head = optional_project(call)
    above = "" if head is None else f"/projects/{quote(head.id, safe='')}"
    return f"/data{above}/subjects/{subject(call).id}" if call.segment("SUBJECT_ID") is not None else f"/data{above}"


def _sessions(call: Call, placeholder: str) -> list[Item]:
    name = call.segment(placeholder) or ""
    if call.method != "GET" or "," not in name:
        return [experiment(call, placeholder)]
    owner = optional_project(call)
    found = [find_experiment(call, part.strip(), owner) for part in name.split(",")]
    if None in found:
        raise not_found("experiment")
    return [item for item in found if item is not None]


def _parts(call: Call, session: Item) -> list[tuple[Item, str]]:
    """Return the selected scans, reconstructions or assessors of a session, each with the slot of its resources."""
    items = call.archive.items
    side = "in/file" if call.segment("TYPE") == "in" else "out/file"
    if (name := call.segment("SCAN_ID")) is not None:
        exact = items.member(session, "scan", name)
        found = [exact] if exact is not None else _choose(call, items.owned(session, "scan"), name, "scan")
        return [(item, "file") for item in found]
    if (name := call.segment("RECON_ID")) is not None:
        found = _choose(call, items.owned(session, "reconstruction"), name, "reconstruction")
        return [(item, side) for item in found]
    found = _choose(call, items.assessors(session.id), call.segment("EXPT_ID") or "", "experiment")
    return [(item, side) for item in found]


def _choose(call: Call, members: Sequence[Item], wanted: str, what: str) -> list[Item]:
    """Return the members that an id, a label, a type, a comma list or ``ALL`` means.

    Raises:
        StatusError: 404, nothing is meant; parts of a list that mean nothing are passed over.
    """
    if call.method == "GET" and wanted in _ALL:
        return list(members)
    parts = wanted.split(",") if call.method == "GET" else [wanted]
    chosen: list[Item] = []
    for part in parts:
        found = _meant(call, members, part.replace("[COMMA]", ",").replace("[SLASH]", "/"))
        chosen += [item for item in found if item not in chosen]
    if not chosen:
        raise not_found(what)
    return chosen


def _meant(call: Call, members: Sequence[Item], name: str) -> list[Item]:
    exact = [item for item in members if name in {item.id, item.label}]
    if exact or call.method != "GET":
        return exact
    if name == "NULL":
        return [item for item in members if item.kind == "scan" and not item.node.text("type")]
    by_type = [item for item in members if item.kind == "scan" and item.node.text("type") == name]
    return by_type or [item for item in members if item.xsi_type == name]


def _place(call: Call, base: str, owner: Item, slot: str, session: Item | None) -> Place:
    if session is not None:
        base += f"/experiments/{quote(session.id, safe='')}"
    if owner.session:
        base += f"/{_COLLECTIONS[owner.kind]}/{quote(owner.id, safe='')}"
    side = slot.partition("/")[0] if slot in {"in/file", "out/file"} and call.segment("TYPE") is not None else ""
    return Place(owner, slot, session, f"{base}/{side}" if side else base)


_COLLECTIONS = {"scan": "scans", "reconstruction": "reconstructions", "experiment": "assessors"}


def short_base(place: Place) -> str:
    """Return the path of an object without project and subject, as lists of several resources show it (10.3.3)."""
    owner = place.owner
    if owner.kind == "project":
        return f"/data/projects/{owner.id}"
    if owner.kind == "subject":
        return f"/data/projects/{owner.project}/subjects/{owner.id}"
    if not owner.session or place.slot == "resources/resource":
        return f"/data/experiments/{owner.id}"
    side = f"/{place.slot.partition('/')[0]}" if place.slot != "file" else ""
    return f"/data/experiments/{owner.session}/{_COLLECTIONS[owner.kind]}/{quote(owner.id, safe='')}{side}"


@dataclass(frozen=True)
class Held:
    """A resource and where it was found."""

    resource: Item
    place: Place


def held(call: Call, place: Place) -> list[Held]:
    """Return the resources of one object."""
    found = call.archive.items.owned(place.owner, "resource", place.slot)
    return [Held(item, place) for item in found]


def nested(call: Call, place: Place) -> list[Held]:
    """Return the resources of a session's scans, reconstructions and assessors, for ``all=true``."""
    items, owner = call.archive.items, place.owner
    if owner.kind != "experiment":
        return []
    inner: list[tuple[Item, str]] = [(item, "file") for item in items.owned(owner, "scan")]
    for item in [*items.owned(owner, "reconstruction"), *items.assessors(owner.id)]:
        inner += [(item, "in/file"), (item, "out/file")]
    return [found for item, slot in inner for found in held(call, Place(item, slot, owner, place.base))]


def chosen_resources(call: Call) -> list[Held]:
    """Return the resources a URL names by label or number.

    Raises:
        StatusError: 404, one of them does not exist; 403, a number means one that may not be read (rest-data 10.2.5).
    """
    found: list[Held] = []
    for name in _names(call):
        matching = _matching(call, name)
        if not matching:
            raise not_found("resource")
        found += matching
    return found


def known_resources(call: Call) -> list[Held]:
    """Return those resources of a URL that exist, each once.

    Raises:
        StatusError: 404, their owner does not exist; 403, a number means one that may not be read (rest-data 10.2.5).
    """
    found = (one for name in _names(call) for one in _matching(call, name))
    return list({one.resource.row: one for one in found}.values())


def _names(call: Call) -> list[str]:
    wanted = call.segment("RESOURCE_ID") or ""
    return wanted.split(",") if call.method in {"GET", "DELETE"} else [wanted]


def _matching(call: Call, name: str) -> list[Held]:
    here = places(call)
    known = [one for place in here for one in held(call, place)]
    found = [one for one in known if name in {one.resource.label, str(one.resource.node.number)}]
    number = as_number(name)
    if found or number is None:
        return found
    foreign = call.archive.items.resource(number)
    if foreign is None:
        return []
    require(call, "read", foreign)
    return [Held(foreign, here[0])]


def require_unlocked(call: Call, action: Action, owner: Item) -> None:
    """Refuse a change of what an object holds: without the right to, and while it is locked (rest-data 8.6).

    Raises:
        StatusError: 403.
    """
    require(call, action, owner, "User account doesn't have permission to modify this session.")
    if owner.status in {"locked", "obsolete"}:
        raise StatusError(403, "Item locked or is not active and not quarantined")
