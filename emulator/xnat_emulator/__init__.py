"""An XNAT server in one process, for demos and tests.

``start()`` runs one. Module ``faults`` holds what goes wrong on demand, ``build`` what fills an archive.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import build as build
    from . import faults as faults
    from .faults.fault import Fault as Fault
    from .mode import Mode as Mode
    from .mode import Slow as Slow
    from .server import Emulator as Emulator
    from .server import start as start
    from .serving.journal import Journal as Journal
    from .serving.journal import RequestRecord as RequestRecord

__all__ = ["Emulator", "Fault", "Journal", "Mode", "RequestRecord", "Slow", "build", "faults", "start"]

_MODULES = {
    "Emulator": "server",
    "Fault": "faults.fault",
    "Journal": "serving.journal",
    "Mode": "mode",
    "RequestRecord": "serving.journal",
    "Slow": "mode",
    "start": "server",
}
_PARTS = ("build", "faults")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for, so that pytest runs without the extra."""
        if name in _PARTS:
            return import_module(f".{name}", __name__)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
