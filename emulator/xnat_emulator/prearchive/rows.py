"""Rows of prearchive listings (rest-data 12.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..call import Call
from ..formats.tables import Cell, Table
from ..listing import sorted_rows
from ..store.prearchive import UNASSIGNED, PrearchiveSession, url_of

COLUMNS = (
    *("project", "timestamp", "lastmod", "uploaded", "scan_date", "scan_time", "subject", "folderName", "name", "tag"),
    *("status", "url", "autoarchive", "prevent_anon", "prevent_auto_commit", "SOURCE", "VISIT", "PROTOCOL", "TIMEZONE"),
)


def session_table(call: Call, sessions: Iterable[PrearchiveSession]) -> Table:
    """Return the listing of sessions in the order that is asked for; it does not count its records (D21)."""
    return Table(COLUMNS, sorted_rows(call, [_row(session) for session in sessions]), counted=False)


def _row(session: PrearchiveSession) -> dict[str, Cell]:
    said = {"SOURCE": session.source, "VISIT": session.visit, "PROTOCOL": session.protocol}
    return {
        "project": session.project or UNASSIGNED,
        "timestamp": session.timestamp,
        "lastmod": _moment(session.lastmod),
        "uploaded": _moment(session.uploaded),
        "scan_date": _moment(session.scan_date),
        "scan_time": session.scan_time or None,
        "subject": session.subject or None,
        "folderName": session.folder,
        "name": session.name,
        "tag": session.tag or None,
        "status": session.status,
        "url": url_of(session),
        "autoarchive": session.autoarchive or None,
        "prevent_anon": session.prevent_anon,
        "prevent_auto_commit": session.prevent_auto_commit,
        **{name: text or None for name, text in said.items()},
        "TIMEZONE": session.timezone or None,
    }


def _moment(text: str) -> Cell:
    """Return a moment as one, so that CSV does not quote it (D8)."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return text
