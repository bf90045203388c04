"""Which sessions are being archived right now, so that two requests never work on the same one (dicom-import 78)."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from ..errors import StatusError
from ..store.archive import Archive

_LOCK = threading.Lock()
_CLAIMED: WeakKeyDictionary[Archive, set[tuple[str, str]]] = WeakKeyDictionary()

DUPLICATE = "Duplicate archive attempt. Destination session in use."


@contextmanager
def claim(archive: Archive, project: str, label: str) -> Generator[None]:
    """Keep a label of a project to oneself.

    Raises:
        StatusError: 423, somebody else has it.
    """
    key = (project, label.lower())
    with _LOCK:
        claimed = _CLAIMED.setdefault(archive, set())
        if key in claimed:
            raise StatusError(423, DUPLICATE)
        claimed.add(key)
    try:
        yield
    finally:
        with _LOCK:
            claimed.discard(key)
