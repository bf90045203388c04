"""Where an import goes: what ``dest`` and the parameters name (rest-data 13.4, dicom-import 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ..address import project_named
from ..call import Call
from ..errors import StatusError
from ..permissions import may_in, require_in
from .options import Parameters

_SESSION = "xnat:imageSessionData"


@dataclass(frozen=True, slots=True)
class Destination:
    """A parsed ``dest``; empty texts where it names nothing.

    Attributes:
        place: ``prearchive``, ``archive`` or nothing.
    """

    place: str = ""
    project: str = ""
    timestamp: str = ""
    folder: str = ""
    subject: str = ""
    session: str = ""


def parse(text: str) -> Destination:
    """Return what a ``dest`` names.

    Raises:
        StatusError: 400, it is no address of the prearchive or the archive.
    """
    if not text:
        return Destination()
    parts = [unquote(part) for part in text.partition("?")[0].split("/") if part]
    parts = parts[1:] if parts[:1] in (["data"], ["REST"]) else parts
    place, rest = (parts[0], parts[1:]) if parts else ("", [])
    if place not in {"prearchive", "archive"} or (rest and rest[0] != "projects"):
        raise StatusError(400, "dest uri is invalid.")
    if place == "prearchive":
        return _prearchive(rest[1:])
    named = dict(zip(rest[::2], rest[1::2], strict=False))
    return Destination(
        "archive", named.get("projects", ""), "", "", named.get("subjects", ""), named.get("experiments", "")
    )


def _prearchive(names: Sequence[str]) -> Destination:
    project, timestamp, folder = (*names, "", "", "")[:3]
    return Destination("prearchive", "" if project == "Unassigned" else project, timestamp, folder)


def named_project(call: Call, parameters: Parameters, dest: Destination) -> str:
    """Return the ID of the project that the request itself names; an unknown one counts as none (dicom-import 6).

    Raises:
        StatusError: 403, the caller may not create sessions in it.
    """
    for name in (parameters.get("PROJECT_ID", "project"), dest.project):
        found = project_named(call, name) if name else None
        if found is not None:
            require_in(call, "create", found.id, _SESSION)
            return found.id
    return ""


def reachable(call: Call, name: str) -> str | None:
    """Return the ID of a project in which the caller may create sessions, by ID or alias (dicom-import 5)."""
    found = project_named(call, name)
    return found.id if found is not None and may_in(call, "create", found.id, _SESSION) else None
