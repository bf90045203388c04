"""Data types, their fields, and searches."""

from __future__ import annotations

from ..handlers import search
from ..routing import Route

ROUTES: tuple[Route, ...] = (
    Route("/data/search/elements", {"GET": search.list_elements}, archive=False),
    Route("/data/search/elements/{ELEMENT_NAME}", {"GET": search.list_fields}, archive=False),
)
