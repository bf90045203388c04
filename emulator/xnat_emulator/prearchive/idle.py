"""Sessions whose data has stopped arriving: the server goes on with them by itself (dicom-import 65)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..store.prearchive import PrearchiveSession
from . import queue, work

if TYPE_CHECKING:
    from ..site import Site

IDLE_SECONDS = 300.0
"""How long nothing may have changed before a session counts as complete."""
CHECK_SECONDS = 60.0


def watch(site: Site) -> None:
    """Look for complete sessions every minute."""
    site.background.every(CHECK_SECONDS, lambda: collect(site))


def collect(site: Site, idle_seconds: float = IDLE_SECONDS) -> int:
    """Queue every complete session for building and, where that is to happen, archiving; return how many.

    Left alone are sessions that must not be committed by themselves, and those of the uploader.
    """
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=idle_seconds)
    queued = 0
    with site.archive.transaction():
        for session in site.archive.prearchive.all():
            if _is_complete(session, since) and (claimed := work.claim(site.archive, session.row, "QUEUED_BUILDING")):
                queue.promise(site, "finish", claimed, "", {})
                queued += 1
    return queued


def _is_complete(session: PrearchiveSession, since: datetime) -> bool:
    if session.status != "RECEIVING" or session.prevent_auto_commit or session.source == "uploader":
        return False
    return datetime.fromisoformat(session.lastmod) <= since
