"""Loading what renders pictures: it takes long, and its modules import each other."""

from __future__ import annotations

import threading
from importlib import import_module

from ..dicom.library import load

_LOCK = threading.Lock()


def load_preview() -> None:
    """Load ``preview`` unless it is there; one thread at a time, so that nobody meets a half-loaded module."""
    load()
    with _LOCK:
        import_module(f"{__package__}.preview")
