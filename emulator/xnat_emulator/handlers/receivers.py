"""DICOM receivers (schema-and-search 5.7); the port is never checked (peers 5.2.1, claim)."""

from __future__ import annotations

from ..call import Call, Reply, as_number, json_reply, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..store.node import JsonValue
from ..store.receivers import Receiver
from .newer import require_administrator
from .texts import body_object

_IDENTIFIERS: JsonValue = {"dicomObjectIdentifier": "Default DICOM object identifier (ClassicDicomObjectIdentifier)"}
"""Identifier -> what it is called, the default first."""


def list_receivers(call: Call) -> Reply:
    """``GET /xapi/dicomscp``."""
    return json_reply(compact_json([*call.archive.receivers.all()]))


def list_identifiers(call: Call) -> Reply:
    """``GET /xapi/dicomscp/identifiers``: the ways to route."""
    del call
    return json_reply(compact_json(_IDENTIFIERS))


def _find(call: Call) -> Receiver:
    """Return the receiver of the URL.

    Raises:
        StatusError: 403 for who is no administrator, 404.
    """
    require_administrator(call)
    number = call.segments["RECEIVER_ID"]
    found = call.archive.receivers.get(as_number(number) or 0)
    if found is None:
        raise StatusError(404, f"Could not find DICOM SCP instance with ID {call.segment('RECEIVER_ID')}")
    return found


def _number(receiver: Receiver) -> int:
    return int(str(receiver["id"]))


def _reply(receiver: Receiver | None) -> Reply:
    return json_reply(compact_json(receiver))


def post_receiver(call: Call) -> Reply:
    """``POST /xapi/dicomscp``: the new receiver; 409 when an enabled one has its title and port."""
    require_administrator(call)
    said = body_object(call)
    taken = [one for one in call.archive.receivers.all() if one["enabled"]]
    if any((one["aeTitle"], one["port"]) == (said.get("aeTitle"), said.get("port")) for one in taken):
        raise StatusError(409, "There is an enabled receiver with this title and port")
    return _reply(call.archive.receivers.add(said))


def show_receiver(call: Call) -> Reply:
    """``GET /xapi/dicomscp/{id}``: administrators."""
    return _reply(_find(call))


def put_receiver(call: Call) -> Reply:
    """``PUT /xapi/dicomscp/{id}``: changes what the body names, the rest stays (peers 5.2.1, claim)."""
    found = _find(call)
    return _reply(call.archive.receivers.change(_number(found), body_object(call)))


def delete_receiver(call: Call) -> Reply:
    """``DELETE /xapi/dicomscp/{id}``."""
    call.archive.receivers.delete(_number(_find(call)))
    return text_reply("")


def show_enabled(call: Call) -> Reply:
    """``GET /xapi/dicomscp/{id}/enabled``: ``true`` or ``false``."""
    return json_reply(compact_json(_find(call)["enabled"]))


def put_enabled(call: Call) -> Reply:
    """``PUT /xapi/dicomscp/{id}/enabled/{flag}``: an empty answer."""
    flag = call.segments["FLAG"].lower()
    if flag not in {"true", "false"}:
        raise StatusError(400)
    call.archive.receivers.change(_number(_find(call)), {"enabled": flag == "true"})
    return text_reply("")


def show_by_title(call: Call) -> Reply:
    """``GET /xapi/dicomscp/title/{title}/{port}``: administrators."""
    require_administrator(call)
    wanted = (call.segments["TITLE"], call.segments["PORT"])
    for receiver in call.archive.receivers.all():
        if (receiver["aeTitle"], str(receiver["port"])) == wanted:
            return _reply(receiver)
    raise StatusError(404)
