"""One server: its archive, its schemas, its sessions and its journal."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from . import xsd
from .auth import Sessions
from .display import element
from .journal import Journal
from .mode import Mode
from .store.archive import Archive


@dataclass
class Site:
    """Everything handlers work with.

    Attributes:
        archive: The state.
        schemas: Folder of the XSD documents.
        sessions: HTTP sessions.
        journal: Record of the requests.
        mode: How it is set up.
        latency_ms: Milliseconds every answer is held back.
        started: When the server started, seconds since the epoch.
    """

    archive: Archive
    schemas: Path
    sessions: Sessions = field(default_factory=Sessions)
    journal: Journal = field(default_factory=Journal)
    mode: Mode = field(default_factory=Mode)
    latency_ms: int = 0
    started: float = field(default_factory=time.time)

    def singular(self, xsi_type: str) -> str:
        """Return the readable name of a type."""
        return element(self.schemas, self.archive.model, xsi_type).singular


def open_site(
    data: Path, schemas: Path, user: str, password: str, *, latency_ms: int = 0, mode: Mode | None = None
) -> Site:
    """Return a site on a data folder, with one administrator account."""
    archive = Archive(data, xsd.load(schemas))
    with archive.transaction():
        archive.users.add(user, password, "Admin", "Admin", f"{user}@localhost")
    return Site(archive, schemas, mode=mode or Mode(), latency_ms=latency_ms)
