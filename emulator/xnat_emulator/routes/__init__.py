"""The table of routes: what is served, and what is known and not served."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ..catalogue import KnownRoute, known_routes
from ..routing import Match, Route, match
from . import (
    accounts,
    cache,
    collaboration,
    containers,
    files,
    imports,
    items,
    newer,
    objects,
    prearchive,
    search,
    services,
    settings,
    site,
    web,
)

ROUTES: tuple[Route, ...] = (
    *objects.ROUTES,
    *items.ROUTES,
    *files.ROUTES,
    *cache.ROUTES,
    *web.ROUTES,
    *accounts.ROUTES,
    *search.ROUTES,
    *settings.ROUTES,
    *services.ROUTES,
    *prearchive.ROUTES,
    *imports.ROUTES,
    *site.ROUTES,
    *newer.ROUTES,
    *containers.ROUTES,
    *collaboration.ROUTES,
)
"""Every served route."""


def find(folder: Path, path: str) -> Match | None:
    """Return the route of an encoded path, a known but unserved one when that fits better."""
    served = match(ROUTES, path)
    if served is not None and _settled(served):
        return served
    known = match(_unserved(folder), path)
    if known is None or served is None:
        return known or served
    return known if _fit(known.route) > _fit(served.route) else served


def _settled(served: Match) -> bool:
    """Tell whether no route of the catalogue can fit better."""
    route = served.route
    if route.keeps_tail:
        return True
    return not served.remainder and not (route.exact and "{" in route.template)


def _fit(route: Route) -> tuple[int, int]:
    """Return how long a template is, and how much of it is no placeholder."""
    return len(route.parts), sum(part[0] != "{" for part in route.parts)


@lru_cache(maxsize=4)
def _unserved(folder: Path) -> tuple[Route, ...]:
    served = {shape(route.template) for route in ROUTES}
    return tuple(
        Route(known.template, {}, known.archive, exact=not known.template.startswith("/data"), name=_names(known))
        for known in known_routes(folder)
        if shape(known.template) not in served
    )


def _names(known: KnownRoute) -> str:
    return ", ".join(sorted(set(known.methods.values())))


def shape(template: str) -> str:
    """Return a template without the names of its placeholders and without an ending after one."""
    return re.sub(r"\{[^}]*\}(\.\w+)?", "{}", template)


def unserved(folder: Path, route: Route, method: str) -> str:
    """Return what the catalogue calls a method that a served route has on a real server and lacks here, else ``""``."""
    return _catalogued(folder).get(shape(route.template), {}).get(method, "")


@lru_cache(maxsize=4)
def _catalogued(folder: Path) -> dict[str, dict[str, str]]:
    return {shape(known.template): known.methods for known in known_routes(folder)}
