"""Objects that a parameter names by their REST path, with or without ``/data`` in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..call import Call, Reply
from ..errors import StatusError
from ..routing import Route, match

PROJECT = "/data/projects/{PROJECT_ID}"
SUBJECT = PROJECT + "/subjects/{SUBJECT_ID}"
SESSIONS = (SUBJECT + "/experiments/{ASSESSED_ID}", "/data/experiments/{ASSESSED_ID}")


def levels() -> Iterator[str]:
    """Yield every place that holds resources; ``{TYPE}`` is ``in`` or ``out``."""
    yield PROJECT
    for owner in (SUBJECT, "/data/subjects/{SUBJECT_ID}"):
        yield owner
    for owner in (PROJECT, SUBJECT, "/data"):
        yield owner + "/experiments/{EXPT_ID}"
    for owner in SESSIONS:
        yield owner + "/scans/{SCAN_ID}"
        for part in ("/assessors/{EXPT_ID}", "/reconstructions/{RECON_ID}"):
            yield owner + part
            yield owner + part + "/{TYPE}"


def _nothing(_: Call) -> Reply:
    return Reply()


_PLACES = tuple(
    Route(level + tail, {"GET": _nothing})
    for level in levels()
    for tail in ("", "/resources/{RESOURCE_ID}", "/resources/{RESOURCE_ID}/files", "/files")
)
_CACHED = (
    Route("/data/user/cache/resources/{XNAME}", {"GET": _nothing}),
    Route("/data/user/cache/resources/{XNAME}/files", {"GET": _nothing}),
)


def resolve(call: Call, uri: str) -> Call:
    """Return a GET of what an archive path means, for the functions that find objects by a request's URL.

    Raises:
        StatusError: 400, it is no path of the archive's objects.
    """
    return _resolve(call, uri, _PLACES)


def resolve_cached(call: Call, uri: str) -> Call:
    """Return a GET of what a path in the user cache means; the remainder is the file's path.

    Raises:
        StatusError: 400, it is no path of the user cache.
    """
    return _resolve(call, uri, _CACHED)


def _resolve(call: Call, uri: str, places: tuple[Route, ...]) -> Call:
    path = uri.partition("?")[0]
    if not path.startswith(("/data/", "/REST/")):
        path = f"/data/{path.lstrip('/')}"
    found = match(places, path)
    if found is None or (found.remainder and not found.route.template.endswith(("/files", "{XNAME}"))):
        raise StatusError(400, f"Invalid URI: {uri}")
    return replace(call, method="GET", path=path, segments=found.values, remainder=found.remainder)
