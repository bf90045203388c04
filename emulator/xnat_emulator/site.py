"""One server: its archive, its schemas, its sessions and its journal."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, fields
from pathlib import Path

from .auth import Sessions
from .background import Background
from .containers import jobs
from .datamodel import xsd
from .datamodel.display import element
from .faults.fault import Faults
from .inboxrequests import InboxRequests
from .locate import SchemasMissing, find_schemas
from .mode import Mode
from .prearchive import idle, queue
from .serving.journal import Journal
from .store.archive import Archive
from .transactions import Transactions


@dataclass
class Site:
    """Everything handlers work with.

    Attributes:
        archive: The state.
        schemas: Folder of the XSD documents.
        sessions: HTTP sessions.
        journal: Record of the requests.
        mode: How it is set up.
        faults: What goes wrong on demand.
        crashes: Requests that failed in a way nobody planned, with the exception of each; tests want it empty.
        latency_ms: Milliseconds every answer is held back.
        started: When the server started, seconds since the epoch.
        background: What is done after an answer was sent.
        transactions: Progress of uploads.
        inbox_requests: Imports from the inbox.
    """

    archive: Archive
    schemas: Path
    sessions: Sessions = field(default_factory=Sessions)
    journal: Journal = field(default_factory=Journal)
    mode: Mode = field(default_factory=Mode)
    faults: Faults = field(default_factory=Faults)
    crashes: deque[str] = field(default_factory=lambda: deque[str](maxlen=1000))
    latency_ms: int = 0
    started: float = field(default_factory=time.time)
    background: Background = field(default_factory=Background)
    transactions: Transactions = field(default_factory=Transactions)
    inbox_requests: InboxRequests = field(default_factory=InboxRequests)

    def settle(self, seconds: float = 30.0) -> None:
        """Block until what was queued (moves, deletes, rebuilds of the prearchive, archiving) is done.

        Raises:
            TimeoutError: It is not done after that many seconds.
        """
        self.background.settle(seconds)

    def collect(self, idle_seconds: float = 0.0) -> int:
        """Do now what happens every minute to received sessions that nothing arrived for since a while.

        They are built, and archived where their project says so, in the background; ``settle`` waits for it.

        Args:
            idle_seconds: How long nothing may have arrived.

        Returns:
            How many sessions there were.
        """
        return idle.collect(self, idle_seconds)

    def singular(self, xsi_type: str) -> str:
        """Return the readable name of a type."""
        return element(self.schemas, self.archive.model, xsi_type).singular


def open_site(
    data: Path, schemas: Path, user: str, password: str, *, latency_ms: int = 0, mode: Mode | None = None
) -> Site:
    """Return a site on a data folder, with one administrator account.

    Raises:
        SchemasMissing: The schemas do not declare what every server has.
        ValueError: A schema or a display document is no XML; the message names it.
    """
    model = xsd.load(schemas)
    if "xnat:projectData" not in model:
        raise SchemasMissing(
            f"The schemas below {schemas} do not declare xnat:projectData: xnat/xnat.xsd is missing. Put those of a "
            f"plugin beside copies of the stock ones, which are in {find_schemas()}"
        )
    # Reads every display document, so that a broken one is told at the start and not by the first search.
    element(schemas, model, "xnat:projectData")
    archive = Archive(data, model)
    archive.files.checksums = mode is None or mode.checksums
    with archive.transaction():
        archive.users.add(user, password, "Admin", "Admin", f"{user}@localhost")
        archive.users.ensure_administrator()
        archive.users.ensure_guest()
    site = Site(
        archive,
        schemas,
        mode=mode or Mode(),
        latency_ms=latency_ms + (mode.slow.request_ms if mode is not None and mode.slow is not None else 0),
    )
    queue.resume(site)
    idle.watch(site)
    jobs.watch(site)
    return site


_LASTING = {"schemas", "journal", "faults", "mode", "latency_ms"}


def reset_site(site: Site, user: str, password: str) -> None:
    """Empty a site's folder and make everything else what it is after a start; how it is set up stays."""
    site.settle()
    site.background.close()
    site.archive.close()
    site.archive.erase()
    fresh = open_site(site.archive.folder, site.schemas, user, password, mode=site.mode)
    for own in fields(Site):
        if own.name not in _LASTING:
            setattr(site, own.name, getattr(fresh, own.name))
    site.journal.clear()
    site.faults.clear()
