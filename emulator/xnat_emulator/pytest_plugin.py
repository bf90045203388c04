"""Pytest plugin: ``xnat_server``, an empty server for one test, and ``shared_xnat_server``, one for all.

Every process of a parallel run (pytest-xdist) has servers of its own, on free ports and in temporary folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .server import Emulator


@pytest.fixture
def xnat_server() -> Iterator[Emulator]:
    """A running, empty XNAT server; it is gone when the test ends."""
    from .server import start  # noqa: PLC0415 - pytest loads this module without the emulator's extra

    with start() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def _one_xnat_server() -> Iterator[Emulator]:
    from .server import start  # noqa: PLC0415 - pytest loads this module without the emulator's extra

    with start() as emulator:
        yield emulator


@pytest.fixture
def shared_xnat_server(_one_xnat_server: Emulator) -> Emulator:
    """The one XNAT server of all tests that ask for it, emptied before each: the same address every time."""
    _one_xnat_server.reset()
    return _one_xnat_server
