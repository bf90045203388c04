"""Investigators, in the classic listing and in the newer API (rest-data 4.4, schema-and-search 5.2)."""

from __future__ import annotations

from ..call import Call, Reply, json_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.tables import Cell, Table
from ..permissions import is_administrator
from ..store.investigators import TYPE, Investigator
from ..store.node import JsonValue, Node
from .replies import table_reply
from .texts import body_object, plain

_COLUMNS = ("firstname", "lastname", "institution", "department", "email", "xnat_investigatordata_id", "login")
_FIELDS = ("title", "firstname", "lastname", "institution", "department", "email", "phone")


def list_investigators(call: Call) -> Reply:
    """``GET /data/investigators``: one row a name, with the login of the account of the same name or address."""
    rows = [_row(call, found.node) for found in call.archive.investigators.all()]
    return table_reply(call, Table(_COLUMNS, rows, {"title": "Investigators"}))


def _row(call: Call, node: Node) -> dict[str, Cell]:
    row: dict[str, Cell] = {name: node.text(name) or None for name in _COLUMNS[:5]}
    return {**row, "xnat_investigatordata_id": node.number, "login": _login(call, node)}


def _login(call: Call, node: Node) -> str | None:
    name = (node.text("firstname").lower(), node.text("lastname").lower())
    email = node.text("email")
    for user in call.archive.users.all():
        if name == (user.first_name.lower(), user.last_name.lower()) or (email and email == user.email):
            return user.login
    return None


# --- newer API ---


def _object(call: Call, node: Node) -> JsonValue:
    name = (node.text("lastname"), node.text("firstname"))
    same = [found for found in call.archive.investigators.everywhere() if _name(found) == name]
    primary: list[JsonValue] = [*_projects(same, "PI")]
    other: list[JsonValue] = [*_projects(same, "investigators/investigator")]
    return {
        "xnatInvestigatordataId": node.number,
        "id": node.text("ID") or None,
        **{field: node.text(field) or None for field in _FIELDS},
        "primaryProjects": primary,
        "investigatorProjects": other,
    }


def _name(found: Investigator) -> tuple[str, str]:
    return found.node.text("lastname"), found.node.text("firstname")


def _projects(found: list[Investigator], slot: str) -> list[str]:
    return [one.item.id for one in found if one.item is not None and one.item.kind == "project" and one.slot == slot]


def list_objects(call: Call) -> Reply:
    """``GET /xapi/investigators``: every investigator by name."""
    return json_reply(compact_json([_object(call, found.node) for found in call.archive.investigators.all()]))


def _find(call: Call) -> Investigator:
    """Return the investigator of the URL.

    Raises:
        StatusError: 404, there is none.
    """
    number = call.segments["INVESTIGATOR_ID"]
    found = next((one for one in call.archive.investigators.everywhere() if str(one.node.number) == number), None)
    if found is None:
        raise StatusError(404, f"{TYPE}:ID = {number}")
    return found


def show_object(call: Call) -> Reply:
    """``GET /xapi/investigators/{id}``."""
    return json_reply(compact_json(_object(call, _find(call).node)))


def post_object(call: Call) -> Reply:
    """``POST /xapi/investigators``: 400 without a first and a last name, 409 when there is one of this name."""
    said = body_object(call)
    node = Node(TYPE)
    _fill(node, said)
    if not node.text("firstname") or not node.text("lastname"):
        raise StatusError(400, "Can't create investigator without a first or last name.")
    name = (node.text("lastname"), node.text("firstname"))
    if any(_name(found) == name for found in call.archive.investigators.all()):
        raise StatusError(409, f"{name[1]} {name[0]}")
    call.archive.investigators.add(node)
    return json_reply(compact_json(_object(call, node)))


def _fill(node: Node, said: dict[str, JsonValue]) -> bool:
    """Put what the body says into an investigator and tell whether that changed it."""
    before = dict(node.values)
    for field in _FIELDS:
        value = said.get(field)
        if value is None:
            node.values.pop(field, None)
        else:
            node.values[field] = plain(value)
    return node.values != before


def put_object(call: Call) -> Reply:
    """``PUT /xapi/investigators/{id}``: a field that the body does not name is cleared; no change has no answer."""
    found = _find(call)
    if not _fill(found.node, body_object(call)):
        return json_reply("")
    if found.item is None:
        call.archive.investigators.write(found.node)
    else:
        call.archive.items.save(found.item, call.change(found.item.xsi_type))
    return json_reply(compact_json(_object(call, found.node)))


def delete_object(call: Call) -> Reply:
    """``DELETE /xapi/investigators/{id}``: administrators only; ``true``."""
    if not is_administrator(call):
        raise StatusError(403)
    found = _find(call)
    if found.item is None:
        call.archive.investigators.delete(found.node.number)
    else:
        children = found.item.node.children
        children[found.slot] = [node for node in children[found.slot] if node is not found.node]
        if not children[found.slot]:
            del children[found.slot]
        call.archive.items.save(found.item, call.change(found.item.xsi_type))
    return json_reply("true")
