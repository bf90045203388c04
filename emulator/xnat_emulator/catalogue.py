"""Routes a real server has and this one does not: read from ``schemas/routes.toml`` when it is there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class KnownRoute:
    """One path of the catalogue: its methods with their names."""

    template: str
    methods: dict[str, str]
    archive: bool


@lru_cache(maxsize=4)
def known_routes(schemas: Path) -> tuple[KnownRoute, ...]:
    """Return every route of the catalogue beside the schemas, nothing when there is no catalogue."""
    path = schemas / "routes.toml"
    if not path.is_file():
        return ()
    # tomllib gives untyped tables; only the keys of the catalogue's format are read.
    document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    routes: list[dict[str, Any]] = document.get("route", [])
    return tuple(KnownRoute(row["path"], dict(row["methods"]), bool(row.get("archive_alias"))) for row in routes)
