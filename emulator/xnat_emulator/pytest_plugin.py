"""Pytest plugin: ``xnat_server``, an empty server for one test."""

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
