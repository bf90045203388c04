"""Loading pydicom and numpy, which takes long, when they are first needed."""

from __future__ import annotations

import threading
from importlib import import_module

_LOCK = threading.Lock()


def load() -> None:
    """Load pydicom and numpy unless they are there; to be called before any of their names is imported lazily.

    One thread at a time: modules of pydicom import each other, and a second thread would meet a half-loaded one.
    """
    with _LOCK:
        for name in ("numpy", "pydicom"):
            import_module(name)
