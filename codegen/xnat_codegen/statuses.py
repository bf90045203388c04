"""Exit statuses of the command line."""

from __future__ import annotations

from typing import Final

FINE: Final = 0
INCOMPLETE: Final = 1
"""A type could not be generated, or the package on disk is stale."""
BAD_INPUT: Final = 2
ADDITIVE: Final = 3
"""`diff`: types, fields or values came."""
BREAKING: Final = 4
"""`diff`: code that uses the package must change."""
INTERRUPTED: Final = 130
