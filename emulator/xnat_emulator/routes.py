"""The table of routes: method and path template -> handler (rest-data 1.1 to 1.3).

A template matches a prefix of the path; the longest one wins, of equally long ones the first, and what is left of the
path is the remainder. ``/REST`` means ``/data``, and most routes also answer below ``/data/archive``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import unquote

from .call import Call, Reply
from .catalogue import KnownRoute, known_routes
from .handlers import (
    assessors,
    experiments,
    files,
    projects,
    resources,
    scans,
    schemas,
    search,
    sessions,
    subjects,
    uploads,
    users,
    xapi,
)

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


_PROJECT = "/data/projects/{PROJECT_ID}"
_SUBJECT = _PROJECT + "/subjects/{SUBJECT_ID}"
_SESSIONS = (_SUBJECT + "/experiments/{ASSESSED_ID}", "/data/experiments/{ASSESSED_ID}")
"""The two places where scans, reconstructions and assessors are attached (rest-data 1.3, trap)."""


def _objects() -> Iterator[Route]:
    yield Route("/data/projects", {"GET": projects.list_projects, "POST": projects.post_projects})
    yield Route(
        _PROJECT, {"GET": projects.show_project, "PUT": projects.put_project, "DELETE": projects.delete_project}
    )
    subject_methods: dict[str, Handler] = {
        "GET": subjects.show_subject,
        "PUT": subjects.put_subject,
        "DELETE": subjects.delete_subject,
    }
    yield Route(_PROJECT + "/subjects", {"GET": subjects.list_subjects, "POST": subjects.post_subjects})
    yield Route(_SUBJECT, subject_methods)
    yield Route("/data/subjects", {"GET": subjects.list_subjects})
    yield Route("/data/subjects/{SUBJECT_ID}", subject_methods)


def _experiments() -> Iterator[Route]:
    lists: dict[str, Handler] = {"GET": experiments.list_experiments, "POST": experiments.post_experiments}
    methods: dict[str, Handler] = {
        "GET": experiments.show_experiment,
        "PUT": experiments.put_experiment,
        "DELETE": experiments.delete_experiment,
    }
    yield Route("/data/experiments", {"GET": experiments.list_experiments})
    for owner in (_PROJECT, _SUBJECT):
        yield Route(owner + "/experiments", lists)
        yield Route(owner + "/experiments/{EXPT_ID}", methods)
    yield Route("/data/experiments/{EXPT_ID}", methods)


def _session_parts() -> Iterator[Route]:
    parts: list[tuple[str, str, dict[str, Handler], dict[str, Handler]]] = [
        (
            "assessors",
            "{EXPT_ID}",
            {"GET": assessors.list_assessors, "POST": assessors.post_assessors},
            {"GET": assessors.show_assessor, "PUT": assessors.put_assessor, "DELETE": assessors.delete_assessor},
        ),
        (
            "scans",
            "{SCAN_ID}",
            {"GET": scans.list_scans, "POST": scans.post_scans},
            {"GET": scans.show_scan, "PUT": scans.put_scan, "DELETE": scans.delete_scan},
        ),
        (
            "reconstructions",
            "{RECON_ID}",
            {"GET": scans.list_reconstructions, "POST": scans.post_reconstructions},
            {
                "GET": scans.show_reconstruction,
                "PUT": scans.put_reconstruction,
                "DELETE": scans.delete_reconstruction,
            },
        ),
    ]
    for owner in _SESSIONS:
        for name, placeholder, list_methods, methods in parts:
            yield Route(f"{owner}/{name}", list_methods)
            yield Route(f"{owner}/{name}/{placeholder}", methods)


def _sessions() -> Iterator[Route]:
    login: dict[str, Handler] = {"PUT": sessions.log_in, "POST": sessions.log_in}
    jsession: dict[str, Handler] = {
        "GET": sessions.show_session,
        "POST": sessions.show_session,
        "DELETE": sessions.close_session,
    }
    tokens: dict[str, Handler] = {"GET": sessions.token_operation}
    yield Route("/data/services/auth", login, archive=False, public=True)
    yield Route("/data/JSESSION", jsession, archive=False)
    yield Route("/data/auth", {"GET": sessions.show_user}, archive=False)
    base = "/data/services/tokens/{OPERATION}"
    for tail in ("", "/user/{USERNAME}", "/{TOKEN}", "/{TOKEN}/{SECRET}"):
        yield Route(base + tail, tokens, archive=False, writes=True)
    yield Route("/", {"GET": sessions.home}, public=True, exact=True)
    yield Route("/app/template/Login.vm", {"GET": sessions.login_page}, public=True, exact=True)


def _levels() -> Iterator[str]:
    """Yield every place that holds resources; ``{TYPE}`` is ``in`` or ``out``."""
    yield _PROJECT
    for owner in (_SUBJECT, "/data/subjects/{SUBJECT_ID}"):
        yield owner
    for owner in (_PROJECT, _SUBJECT, "/data"):
        yield owner + "/experiments/{EXPT_ID}"
    for owner in _SESSIONS:
        yield owner + "/scans/{SCAN_ID}"
        for part in ("/assessors/{EXPT_ID}", "/reconstructions/{RECON_ID}"):
            yield owner + part
            yield owner + part + "/{TYPE}"


def _resources() -> Iterator[Route]:
    lists: dict[str, Handler] = {
        "GET": resources.list_resources,
        "PUT": resources.post_resources,
        "POST": resources.post_resources,
    }
    methods: dict[str, Handler] = {
        "GET": resources.show_resource,
        "PUT": resources.put_resource,
        "POST": resources.put_resource,
        "DELETE": resources.delete_resource,
    }
    file_methods: dict[str, Handler] = {
        "GET": files.get_files,
        "PUT": uploads.put_files,
        "POST": uploads.put_files,
        "DELETE": files.delete_files,
    }
    for level in _levels():
        yield Route(f"{level}/resources", lists)
        yield Route(level + "/resources/{RESOURCE_ID}", methods)
        yield Route(level + "/resources/{RESOURCE_ID}/files", file_methods, unlocked=True, keeps_tail=True)
    for level in _levels():
        if level != _PROJECT + "/experiments/{EXPT_ID}":
            yield Route(f"{level}/files", file_methods, unlocked=True, keeps_tail=True)


def _site() -> Iterator[Route]:
    yield Route("/data/users", {"GET": users.list_users}, archive=False)
    yield Route(_PROJECT + "/users", {"GET": users.list_project_users})
    yield Route("/data/search/elements", {"GET": search.list_elements}, archive=False)
    yield Route("/data/search/elements/{ELEMENT_NAME}", {"GET": search.list_fields}, archive=False)


def _xapi() -> Iterator[Route]:
    served: list[tuple[str, Handler, bool]] = [
        ("/xapi/schemas", schemas.list_schemas, False),
        ("/xapi/schemas/datatypes", schemas.list_data_types, False),
        ("/xapi/schemas/{SCHEMA}", schemas.show_schema, False),
        ("/xapi/schemas/{DIR}/{FILE}", schemas.show_schema, False),
        ("/schemas/{FILE}", schemas.show_schema_file, False),
        ("/schemas/{DIR}/{FILE}", schemas.show_schema_file, False),
        ("/xapi/siteConfig/buildInfo", xapi.show_build_info, True),
        ("/xapi/siteConfig/buildInfo/{PROPERTY}", xapi.show_build_property, True),
        ("/xapi/siteConfig/uptime", xapi.show_uptime, False),
        ("/xapi/plugins", xapi.list_plugins, False),
        ("/xapi/plugins/{PLUGIN_ID}", xapi.show_plugin, False),
        ("/xapi/users/username", xapi.show_user_name, False),
        ("/xapi/users/profile", xapi.show_profile, False),
        ("/xapi/users/profile/{USERNAME}", xapi.show_profile, False),
    ]
    for template, handler, public in served:
        yield Route(template, {"GET": handler}, archive=False, public=public, exact=True)


ROUTES: tuple[Route, ...] = (
    *_objects(),
    *_experiments(),
    *_session_parts(),
    *_resources(),
    *_site(),
    *_sessions(),
    *_xapi(),
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
    served = {_shape(route.template) for route in ROUTES}
    return tuple(
        Route(known.template, {}, known.archive, exact=not known.template.startswith("/data"), name=_names(known))
        for known in known_routes(folder)
        if _shape(known.template) not in served
    )


def _names(known: KnownRoute) -> str:
    return ", ".join(sorted(set(known.methods.values())))


def _shape(template: str) -> str:
    """Return a template without the names of its placeholders."""
    return re.sub(r"\{[^}]*\}", "{}", template)
