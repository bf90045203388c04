"""What a route is, and how a path finds the one that is meant (rest-data 1.1 to 1.3).

A template matches a prefix of the path; the longest one wins, of equally long ones the first, and what is left of the
path is the remainder. ``/REST`` means ``/data``, and most routes also answer below ``/data/archive``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from .call import Call, Reply

Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Route:
    """One template.

    Attributes:
        template: Path with ``{PLACEHOLDER}`` segments.
        methods: HTTP method -> handler.
        archive: Also answers below ``/data/archive``.
        public: Needs no login.
        exact: Takes no remainder.
        name: What the catalogue calls it, for routes that are known and not served.
        writes: Changes the state on GET too.
        keeps_tail: Its remainder is a path of the user's, so that no longer template can be meant.
        unlocked: Its handlers keep other requests out themselves, and only where they must.
    """

    template: str
    methods: Mapping[str, Handler]
    archive: bool = True
    public: bool = False
    exact: bool = False
    name: str = ""
    writes: bool = False
    unlocked: bool = False
    keeps_tail: bool = False

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The segments of the template."""
        return tuple(part for part in self.template.split("/") if part)

    def accepts(self, segments: Sequence[str]) -> bool:
        """Tell whether a path starts like this template."""
        if len(segments) < len(self.parts) or (self.exact and len(segments) > len(self.parts)):
            return False
        return all(part[0] == "{" or part == segment for part, segment in zip(self.parts, segments, strict=False))


@dataclass(frozen=True)
class Match:
    """A route found for a path, with the decoded values of its placeholders and the decoded remainder."""

    route: Route
    values: Mapping[str, str]
    remainder: tuple[str, ...]


def match(routes: Sequence[Route], path: str) -> Match | None:
    """Return the route of an encoded path, None when no template fits."""
    segments = [segment for segment in path.split("/") if segment]
    archived = False
    if segments and segments[0] in {"data", "REST"}:
        archived = segments[1:2] == ["archive"]
        segments = ["data", *segments[2 if archived else 1 :]]
    fitting = [route for route in routes if route.accepts(segments) and (route.archive or not archived)]
    if not fitting:
        return None
    best = max(fitting, key=lambda route: len(route.parts))
    return _match(best, segments)


def _match(route: Route, segments: Sequence[str]) -> Match:
    pairs = zip(route.parts, segments, strict=False)
    values = {part[1:-1]: unquote(segment) for part, segment in pairs if part[0] == "{"}
    return Match(route, values, tuple(unquote(segment) for segment in segments[len(route.parts) :]))
