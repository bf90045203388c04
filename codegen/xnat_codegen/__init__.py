"""Generates a typed package from XNAT's data-type schemas and its catalogue of REST routes."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
