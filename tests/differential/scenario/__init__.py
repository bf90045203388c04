"""One program that a user of either client could have written; ``python -m scenario`` runs it step by step."""

from . import connecting, browsing, downloading, variables, importing, searching, creating, opening  # noqa: F401, I001 - the order of the steps
from .tour import STEPS, TUTORIAL

__all__ = ["STEPS", "TUTORIAL"]
