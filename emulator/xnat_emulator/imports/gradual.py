"""Import handlers ``gradual-DICOM`` and ``DICOM-zip``: objects are received, sessions are built later (86)."""

from __future__ import annotations

from dataclasses import replace

from ..call import Call
from ..errors import StatusError
from ..store.prearchive import PrearchiveSession, url_of
from . import direct
from .archiver import archive_session
from .build import LOCKED, build
from .claims import DUPLICATE
from .destination import Destination
from .options import Parameters, for_import, is_automatic
from .receive import Receiver, Unparsable
from .upload import Upload, members

_OLDER = frozenset({"1.7"})
_NEWEST = frozenset({"1.9"})
_ATTEMPTS = 5
_PASSING = frozenset({403, 404, 423})
_ALIASES = {"project": "PROJECT_ID", "subject": "SUBJECT_ID", "session": "EXPT_LABEL"}


def run_gradual(call: Call, parameters: Parameters, dest: Destination, upload: Upload) -> list[str]:
    """Return the address of the session that one object was received into."""
    receiver = Receiver.of(call, _older(parameters), dest)
    session = receiver.receive(upload.name, upload.stream)
    return [] if session is None else [direct.offer(call, parameters, session) or f"/data{url_of(session)}"]


def run_zip(call: Call, parameters: Parameters, dest: Destination, upload: Upload) -> list[str]:
    """Return the addresses of the sessions that the objects of an archive were received into, or of the archived ones.

    Raises:
        StatusError: 400, the upload is no archive, a member is no DICOM object, or a session cannot be archived.
    """
    if not upload.kind:
        raise StatusError(400, f"Unsupported format {upload.name}")
    version, committing = call.site.mode.version, parameters.get("action") == "commit"
    commit = committing or (version not in _OLDER and dest.place != "")
    lenient = parameters.on("Ignore-Unparsable") or (version in _NEWEST and committing)
    sessions = _received(call, parameters, dest, upload, lenient=lenient)
    if not commit:
        return [direct.offer(call, parameters, session) or f"/data{url_of(session)}" for session in sessions]
    return list(dict.fromkeys(uri for session in sessions for uri in _commit(call, parameters, dest, session)))


def _received(
    call: Call, parameters: Parameters, dest: Destination, upload: Upload, *, lenient: bool
) -> list[PrearchiveSession]:
    receiver = Receiver.of(call, _named(call, parameters), dest)
    sessions: dict[int, PrearchiveSession] = {}
    for name, stream in members(upload):
        try:
            session = receiver.receive(name, stream)
        except Unparsable:
            if lenient:
                continue
            raise
        if session is not None:
            sessions[session.row] = session
    return list(sessions.values())


def _older(parameters: Parameters) -> Parameters:
    return Parameters(tuple(pair for pair in parameters.pairs if pair[0] not in _ALIASES))


def _named(call: Call, parameters: Parameters) -> Parameters:
    """Return the parameters with the short names as newer servers read them (dicom-import 6)."""
    if call.site.mode.version in _OLDER:
        return _older(parameters)
    return Parameters(tuple((_ALIASES.get(name, name), value) for name, value in parameters.pairs))


def _commit(call: Call, parameters: Parameters, dest: Destination, session: PrearchiveSession) -> list[str]:
    """Build a session and archive it when that is wanted (dicom-import 86)."""
    try:
        parts = _built(call, session)
        return [_committed(call, parameters, dest, part, alone=len(parts) == 1) for part in parts]
    except StatusError as refusal:
        # Another import of the same session is at work, or has archived it already: trying again helps.
        passing = refusal.status in _PASSING or refusal.message == LOCKED
        cause = DUPLICATE if passing else refusal.message
        raise StatusError(400, f"unable to archive for the Prearchive session {url_of(session)}: {cause}") from None


def _built(call: Call, session: PrearchiveSession) -> list[PrearchiveSession]:
    """Build a session, once more when objects came in meanwhile, and return it, or what it was split into.

    Raises:
        StatusError: 400, it cannot be built; 423, objects keep coming in.
    """
    for _ in range(_ATTEMPTS):
        parts = build(call.archive, session)
        if session.status == "READY":
            return parts
        if session.status == "ERROR":
            entries = call.archive.prearchive.logs(session)
            raise StatusError(400, entries[-1].entry if entries else "the session cannot be built")
    raise StatusError(423, DUPLICATE)


def _committed(
    call: Call, parameters: Parameters, dest: Destination, session: PrearchiveSession, *, alone: bool
) -> str:
    """Archive a built session when that is wanted; the halves of a split one keep the labels they got."""
    place = f"/{dest.place}" if dest.place else ""
    if not is_automatic(call.archive, session.project, session.autoarchive, parameters, place):
        return f"/data{url_of(session)}"
    options = for_import(call.archive, session.project, parameters)
    subject, label = options.subject or dest.subject, options.label or dest.session
    named = replace(options, project="", subject=subject, label=label if alone else "")
    return archive_session(call, session, named)
