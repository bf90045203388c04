"""Custom forms: definitions are kept, listed, switched and deleted (schema-and-search 5.8).

The shape of what is sent and listed is that of the server's own classes; nothing is drawn on pages.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping

from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.collaboration import Kept
from ..store.items import Item
from ..store.node import JsonValue
from .newer import require_administrator, require_line
from .texts import body_json, body_object, plain

_KIND, _ROW = "form", "idCustomVariableFormAppliesTo"
_NEW = "-1_-1"
_FORBIDDEN = ("<", "&lt;", ">", "&gt;")


def _forms(call: Call) -> list[tuple[int, Kept]]:
    return call.archive.collaboration.all(_KIND)


def _uses(form: Kept) -> list[dict[str, JsonValue]]:
    found = form["appliesToList"]
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def list_forms(call: Call) -> Reply:
    """``GET /xapi/customforms``: all of them, or those of the site and of ``projectId``."""
    require_line(call, "1.7")
    wanted = call.parameter("projectId")
    found = [
        form for _, form in _forms(call) if not wanted or any(one["entityId"] in {None, wanted} for one in _uses(form))
    ]
    return json_reply(compact_json([{**form, "hasData": _has_data(call, form)} for form in found]))


def _has_data(call: Call, form: Kept) -> bool:
    key = str(form["formUUID"])
    return any(f'"{key}":' in item.node.text("custom_fields") for item in _holders(call))


def _holders(call: Call) -> Iterator[Item]:
    for kind in ("project", "subject", "experiment", "scan"):
        yield from call.archive.items.all(kind)


def show_form(call: Call) -> Reply:
    """``GET /xapi/customforms/element``: 404 where no form is for the type.

    Raises:
        StatusError: 501, there is one: how a server joins the forms of a page is not known.
    """
    require_line(call, "1.7")
    wanted = call.parameter("xsiType") or ""
    if any(str(form["path"]).endswith(f"/{wanted}") for _, form in _forms(call)):
        raise StatusError(501, "The emulator does not draw custom forms")
    raise StatusError(404, "Custom Forms Not Found")


def save_form(call: Call) -> Reply:
    """``PUT /xapi/customforms/save``: 201 with the UUID as text.

    Raises:
        StatusError: 400 for a submission or a title that the server does not take, 501 for a change of a form.
    """
    require_line(call, "1.7")
    require_administrator(call)
    said, builder = _submission(body_object(call))
    if plain(said.get(_ROW) or _NEW) != _NEW:
        raise StatusError(501, "The emulator does not change custom forms: make a new one")
    title = plain(builder.get("title") or "")
    if not title:
        raise StatusError(400, "Missing form title")
    if any(sign in title for sign in _FORBIDDEN):
        raise StatusError(400, "Invalid characters in form title")
    site = plain(said.get("isThisASiteWideConfiguration") or "")
    if site.lower() not in {"yes", "no"}:
        raise StatusError(400, 'Invalid form submission: Data missing required value "isThisASiteWideConfiguration"')
    return text_reply(_made(call, said, builder, None if site.lower() == "yes" else _chosen(said)), 201)


def _submission(body: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    submission, builder = body.get("submission"), body.get("builder")
    data = submission.get("data") if isinstance(submission, dict) else None
    if not isinstance(data, dict) or not isinstance(builder, dict):
        raise StatusError(400, "Invalid form submission: it needs a submission with data and a builder")
    return data, builder


def _chosen(said: Mapping[str, JsonValue]) -> list[str]:
    projects = said.get("xnatProject")
    found = (
        [plain(one.get("value") or "") for one in projects if isinstance(one, dict)]
        if isinstance(projects, list)
        else []
    )
    if not found:
        raise StatusError(400, "Invalid form submission: no project")
    return found


def _made(
    call: Call, said: Mapping[str, JsonValue], builder: Mapping[str, JsonValue], projects: list[str] | None
) -> str:
    chosen = said.get("xnatDatatype")
    data_type = plain(chosen.get("value") or "") if isinstance(chosen, dict) else ""
    if data_type not in call.model.bases:
        raise StatusError(400, "Invalid form submission: unknown data type")
    identity = str(uuid.uuid4())
    form: Kept = {
        "contents": json.dumps(builder, ensure_ascii=False),
        "formUUID": identity,
        "formDisplayOrder": said.get("zIndex", 0),
        "path": f"datatype/{data_type}",
        "scope": "Site" if projects is None else "Project",
        "doProjectsShareForm": projects is not None and len(projects) > 1,
        "username": call.login,
        "dateCreated": int(time.time() * 1000),
        "appliesToList": [],
    }
    number = call.archive.collaboration.add(_KIND, form)
    form["formId"] = str(number)
    form["appliesToList"] = [_use(number, place, name) for place, name in enumerate(projects or [None])]
    call.archive.collaboration.change(number, form)
    return identity


def _use(number: int, place: int, name: str | None) -> JsonValue:
    return {"entityId": name, _ROW: f"{number}0{place}_{number}", "status": "enabled"}


# --- what is done with them ---


def _named(call: Call) -> list[tuple[int, Kept, set[str]]]:
    """Return the forms that the body names, each with the rows of it that are meant.

    Raises:
        StatusError: 400, the body is no list of rows of forms.
    """
    require_line(call, "1.7")
    require_administrator(call)
    body = body_json(call)
    named = [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []
    rows = {plain(one.get(_ROW) or "") for one in named}
    found = [(number, form, rows & {str(one[_ROW]) for one in _uses(form)}) for number, form in _forms(call)]
    meant = [one for one in found if one[2]]
    if not meant:
        raise StatusError(400, "The body names no custom form")
    return meant


def switch_forms(call: Call) -> Reply:
    """``POST /xapi/customforms/enable`` and ``disable``."""
    status = "enabled" if call.path.rstrip("/").endswith("enable") else "disabled"
    for number, form, rows in _named(call):
        uses: list[JsonValue] = [
            {**one, "status": status if one[_ROW] in rows else one["status"]} for one in _uses(form)
        ]
        call.archive.collaboration.change(number, {**form, "appliesToList": uses})
    return text_reply(f"Form {status.capitalize()}" if status == "enabled" else "Form disabled")


def promote_form(call: Call) -> Reply:
    """``POST /xapi/customforms/promote``: a project's form becomes one of the site."""
    for number, form, _ in _named(call):
        changed: Kept = {"scope": "Site", "doProjectsShareForm": False, "appliesToList": [_use(number, 99, None)]}
        call.archive.collaboration.change(number, {**form, **changed})
    return text_reply("Form promoted to site repository")


def delete_form(call: Call) -> Reply:
    """``DELETE /xapi/customforms``.

    Raises:
        StatusError: 501, items have answers: what a server does then is not known.
    """
    for number, form, _ in _named(call):
        if _has_data(call, form):
            raise StatusError(501, "The emulator does not delete custom forms that have answers")
        call.archive.collaboration.delete(number)
    return text_reply("Form deleted")


def _one(call: Call, name: str) -> tuple[int, Kept]:
    require_line(call, "1.7")
    require_administrator(call)
    wanted = call.segments[name]
    for number, form in _forms(call):
        if wanted == form["formUUID"] or wanted in {str(one[_ROW]) for one in _uses(form)}:
            return number, form
    raise StatusError(404, "Not found")


def _projects(call: Call) -> list[str]:
    body = body_json(call)
    found = [plain(one) for one in body if plain(one).strip()] if isinstance(body, list) else []
    if not found:
        raise StatusError(400, "Projects not passed")
    return found


def opt_in(call: Call) -> Reply:
    """``POST /xapi/customforms/optin/{row}`` with a list of projects."""
    number, form = _one(call, "ROW_ID")
    uses = _uses(form)
    new = [name for name in _projects(call) if name not in {str(one["entityId"]) for one in uses}]
    added = [_use(number, len(uses) + place, name) for place, name in enumerate(new)]
    call.archive.collaboration.change(number, {**form, "appliesToList": [*uses, *added], "doProjectsShareForm": True})
    return text_reply("Projects opted into form")


def opt_out(call: Call) -> Reply:
    """``POST /xapi/customforms/optout/{form}`` with a list of projects."""
    number, form = _one(call, "FORM_ID")
    leaving = _projects(call)
    uses: list[JsonValue] = [one for one in _uses(form) if one["entityId"] not in leaving]
    call.archive.collaboration.change(number, {**form, "appliesToList": uses})
    return text_reply("Projects  have opted out")


def order_form(call: Call) -> Reply:
    """``POST /xapi/customforms/formId/{form}?displayOrder=``.

    Raises:
        StatusError: 400 for anything but a number between -1,000,000 and 1,000,000.
    """
    number, form = _one(call, "FORM_ID")
    text = call.parameter("displayOrder") or ""
    if not text.removeprefix("-").isdecimal() or abs(int(text)) > 1_000_000:
        raise StatusError(400, "The display order you have entered is empty or outside the allowed range.")
    call.archive.collaboration.change(number, {**form, "formDisplayOrder": int(text)})
    return text_reply(f"Display order updated to {text}")


def show_has_data(call: Call) -> Reply:
    """``GET /xapi/customforms/hasdata/{row}``: ``true`` or ``false``."""
    _, form = _one(call, "ROW_ID")
    return json_reply(compact_json(_has_data(call, form)))
