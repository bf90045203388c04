"""Direct archiving: objects that go to the archive without a stay in the prearchive (dicom-import 86, 91).

Sessions on their way wait among the received ones here, where a server keeps a table of their own.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from ..call import Call, Reply, json_reply, text_reply
from ..errors import StatusError
from ..store.prearchive import PrearchiveSession
from .archiver import archive_session
from .options import Parameters, automatic

_FAILED = "Attempt to direct-archive failed"


def offer(call: Call, parameters: Parameters, session: PrearchiveSession) -> str:
    """Return the address that archives a received session, empty when that was not asked for or cannot be."""
    if not parameters.on("Direct-Archive") or not session.project or session.status != "RECEIVING":
        return ""
    if call.archive.items.by_label("experiment", session.project, session.name) is not None:
        return ""
    names = [quote(name, safe="") for name in (session.project, session.tag, session.name)]
    return "/xapi/direct-archive/{}/{}/{}".format(*names)


def show_direct(call: Call) -> Reply:
    """``GET /xapi/direct-archive/P/<StudyInstanceUID>/<name>``: its status; 404 for an unknown session.

    That there is an answer is known (schema-and-search 5.5), what is in it is not.
    """
    session = _named(call)
    about = {"project": session.project, "tag": session.tag, "name": session.name, "status": session.status}
    return json_reply(json.dumps(about))


def post_direct(call: Call) -> Reply:
    """``POST /xapi/direct-archive/P/<StudyInstanceUID>/<name>``: build and archive; 404 for an unknown session."""
    session = _named(call)
    try:
        archive_session(call, session, automatic(call.archive, session.project, session.autoarchive))
    except StatusError:
        with call.archive.transaction():
            if call.archive.prearchive.by_row(session.row) is not None:
                call.archive.prearchive.log(session, _FAILED)
        raise
    return text_reply("")


def _named(call: Call) -> PrearchiveSession:
    """Return the session that the path names.

    Raises:
        StatusError: 404, there is none.
    """
    found = call.archive.prearchive.by_study(*(call.segments[key] for key in ("PROJECT_ID", "TAG", "NAME")))
    if not found:
        raise StatusError(404)
    return found[-1]
