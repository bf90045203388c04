"""An XNAT server in one process, for demos and tests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .faults.fault import Fault as Fault
    from .journal import Journal as Journal
    from .journal import RequestRecord as RequestRecord
    from .mode import Mode as Mode
    from .mode import Slow as Slow
    from .server import Emulator as Emulator
    from .server import start as start

__all__ = ["Emulator", "Fault", "Journal", "Mode", "RequestRecord", "Slow", "start"]

_MODULES = {
    "Emulator": "server",
    "Fault": "faults.fault",
    "Journal": "journal",
    "Mode": "mode",
    "RequestRecord": "journal",
    "Slow": "mode",
    "start": "server",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for, so that pytest runs without the extra."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
