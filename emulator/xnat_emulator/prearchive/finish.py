"""What follows when a session has arrived: it is built, and archived where that is to happen by itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ..call import Call
from ..errors import StatusError
from ..imports.options import Parameters, automatic, is_automatic
from ..store.prearchive import PrearchiveSession
from . import work

if TYPE_CHECKING:
    from ..site import Site

_ADMINISTRATOR = "Administrator"


def finish(site: Site, session: PrearchiveSession) -> None:
    """Build a session; archive it when its row or its project says so (dicom-import 65, 73).

    A refusal to archive stays in its row and its log.
    """
    work.build(site.archive, session)
    built = site.archive.prearchive.by_row(session.row)
    if built is None or built.status != "READY":
        return
    if not is_automatic(site.archive, built.project, built.autoarchive, Parameters(()), ""):
        return
    from ..imports.archiver import archive_session  # noqa: PLC0415 - reads DICOM, which start-up must not load

    options = automatic(site.archive, built.project, built.autoarchive)
    try:
        archive_session(_receiver(site), built, options)
    except StatusError:
        return


def _receiver(site: Site) -> Call:
    """Return a request of the account in whose name received sessions are archived: an administrator."""
    logins = site.archive.users.in_role(_ADMINISTRATOR)
    login = logins[0] if logins else ""
    return Call(site, "POST", "/data/services/archive", (), {}, "", 0, io.BytesIO(), login=login)
