"""Which routes of a real server are served here, which are not, and why (the catalogue against the route table)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .catalogue import KnownRoute, known_routes
from .locate import find_schemas
from .routes import ROUTES, shape
from .routing import Route


@dataclass(frozen=True, slots=True)
class Pair:
    """One method of one catalogued path.

    Attributes:
        path: Template as the catalogue has it.
        method: HTTP method.
        name: What the catalogue calls it.
        served: Whether it is served.
        reason: Why it is not; empty for a served one, and for one that nobody gave a reason for.
    """

    path: str
    method: str
    name: str
    served: bool
    reason: str = ""

    @property
    def classic(self) -> bool:
        """Whether it belongs to the classic API below ``/data``."""
        return self.path.startswith("/data")


@dataclass(frozen=True, slots=True)
class Count:
    """How much of one API is served.

    Attributes:
        paths: Catalogued paths.
        served_paths: Paths served with all their methods.
        partly_served_paths: Paths served with some of their methods.
        pairs: Pairs of path and method.
        served_pairs: Served pairs.
    """

    paths: int
    served_paths: int
    partly_served_paths: int
    pairs: int
    served_pairs: int


def covered(schemas: Path | None = None) -> list[Pair]:
    """Return every pair of path and method of the catalogue, in its order.

    Args:
        schemas: Folder with ``routes.toml``; by default that of the shipped schemas.
    """
    served = {shape(route.template): route for route in ROUTES}
    pairs = (
        _pair(known, method, name, served.get(shape(known.template)))
        for known in known_routes(schemas or find_schemas())
        for method, name in known.methods.items()
    )
    return list(pairs)


def _pair(known: KnownRoute, method: str, name: str, route: Route | None) -> Pair:
    served = route is not None and method in route.methods
    return Pair(known.template, method, name, served, "" if served else reasons().get((known.template, method), ""))


@cache
def _written_down() -> dict[str, list[dict[str, Any]]]:
    # tomllib gives untyped tables; only the keys of the file's format are read.
    return tomllib.loads(Path(__file__).with_name("unserved.toml").read_text(encoding="utf-8"))


@cache
def reasons() -> dict[tuple[str, str], str]:
    """Return (path, method) -> why it is not served, as ``unserved.toml`` has it."""
    rows = _written_down().get("unserved", [])
    return {(path, method): row["reason"] for row in rows for path in row["paths"] for method in row["methods"]}


def parts() -> dict[str, str]:
    """Return parts of served routes that answer 501 -> why."""
    return {route: row["reason"] for row in _written_down().get("part", []) for route in row["routes"]}


def count(pairs: Iterable[Pair]) -> Count:
    """Return how many of some pairs, and of their paths, are served."""
    methods: dict[str, list[bool]] = {}
    for pair in pairs:
        methods.setdefault(pair.path, []).append(pair.served)
    whole = sum(all(served) for served in methods.values())
    some = sum(any(served) and not all(served) for served in methods.values())
    flat = [served for group in methods.values() for served in group]
    return Count(len(methods), whole, some, len(flat), sum(flat))


def report(schemas: str | Path | None = None, *, as_json: bool = False) -> str:
    """Return the report as text or JSON: both APIs counted, then every pair that is not served with its reason."""
    pairs = covered(find_schemas(schemas))
    counts = {"/data": count(p for p in pairs if p.classic), "/xapi": count(p for p in pairs if not p.classic)}
    if as_json:
        counted = {name: asdict(found) for name, found in counts.items()}
        listed = [asdict(pair) for pair in pairs]
        return json.dumps({"counts": counted, "pairs": listed, "unserved_parts": parts()}, indent=1)
    lines = [_count_line(name, found) for name, found in counts.items()]
    missing = [pair for pair in pairs if not pair.served]
    if missing:
        lines += ["", "Not served (they answer 501 with the route's name):"]
    lines += [*_missing_lines(missing), "", "Parts of served routes that answer 501:"]
    return "\n".join([*lines, *(f"  {route}\n      {reason}" for route, reason in parts().items())])


def _count_line(name: str, found: Count) -> str:
    return (
        f"{name}: {found.served_paths} of {found.paths} paths with all their methods, {found.partly_served_paths} more "
        f"with some; {found.served_pairs} of {found.pairs} pairs of path and method"
    )


def _missing_lines(missing: Iterable[Pair]) -> Iterable[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for pair in missing:
        groups.setdefault((pair.path, pair.reason), []).append(pair.method)
    for (path, reason), methods in groups.items():
        yield f"  {', '.join(methods)} {path}"
        yield f"      {reason or 'no reason is written down'}"
