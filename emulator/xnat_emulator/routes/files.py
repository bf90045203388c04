"""Resources and files at every level."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import files, resources, uploads
from ..routing import Handler, Route
from .objects import PROJECT, SESSIONS, SUBJECT


def _levels() -> Iterator[str]:
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
        if level != PROJECT + "/experiments/{EXPT_ID}":
            yield Route(f"{level}/files", file_methods, unlocked=True, keeps_tail=True)


ROUTES: tuple[Route, ...] = tuple(_resources())
