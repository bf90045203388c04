"""Resources and files at every level."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import dicomdir, files, folders, refresh, resources, scans, uploads
from ..handlers.uris import PROJECT, SESSIONS, levels
from ..routing import Handler, Route


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
    for level in levels():
        yield Route(f"{level}/resources", lists)
        yield Route(level + "/resources/{RESOURCE_ID}", methods)
        yield Route(level + "/resources/{RESOURCE_ID}/files", file_methods, unlocked=True, keeps_tail=True)
    for level in levels():
        if level != PROJECT + "/experiments/{EXPT_ID}":
            yield Route(f"{level}/files", file_methods, unlocked=True, keeps_tail=True)


def _others() -> Iterator[Route]:
    for owner in (PROJECT, "/data"):
        yield Route(owner + "/experiments/{EXPT_ID}/DIR", {"GET": folders.browse}, keeps_tail=True)
        yield Route(owner + "/experiments/{EXPT_ID}/XAR", {"GET": folders.send_xar})
    for owner in SESSIONS:
        # DELETE is the scan's own (routes.json): it deletes the scan.
        methods: dict[str, Handler] = {"GET": dicomdir.send_dicomdir, "DELETE": scans.delete_scan}
        yield Route(owner + "/scans/{SCAN_ID}/DICOMDIR", methods)
    yield Route("/data/services/refresh/catalog", {"POST": refresh.refresh_catalogs}, archive=False)
    for tail in ("", "/{OPERATIONS}"):
        put: dict[str, Handler] = {"PUT": refresh.put_refresh}
        yield Route(f"/xapi/archive/catalogs/refresh{tail}", put, archive=False, exact=True)


ROUTES: tuple[Route, ...] = (*_resources(), *_others())
