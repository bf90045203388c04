"""The prearchive, its batch services, header dumps and the progress of uploads."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import dumps, prearchive, prearchive_actions, prearchive_batch, prearchive_parts, transactions
from ..handlers import prearchive_uploads as uploads
from ..routing import Handler, Route

SESSION = "/data/prearchive/projects/{PROJECT_ID}/{SESSION_TIMESTAMP}/{SESSION_LABEL}"


def _lists() -> Iterator[Route]:
    methods: dict[str, Handler] = {"GET": prearchive.list_sessions, "PUT": prearchive.rebuild_table}
    yield Route("/data/prearchive", methods, archive=False)
    yield Route("/data/prearchive/experiments", {"GET": prearchive.list_recent}, archive=False)
    yield Route("/data/prearchive/projects/{PROJECT_ID}", methods, archive=False)


def _session() -> Iterator[Route]:
    methods: dict[str, Handler] = {
        "GET": prearchive.show_session,
        "POST": prearchive_actions.post_session,
        "DELETE": prearchive.delete_session,
    }
    yield Route(SESSION, methods, archive=False, unlocked=True)
    yield Route(SESSION + "/scans", {"GET": prearchive_parts.list_scans}, archive=False)
    scan: dict[str, Handler] = {"GET": prearchive_parts.show_scan, "DELETE": prearchive_parts.delete_scan}
    yield Route(SESSION + "/scans/{SCAN_ID}", scan, archive=False)
    yield Route(SESSION + "/scans/{SCAN_ID}/resources", {"GET": prearchive_parts.list_scan_resources}, archive=False)
    files: dict[str, Handler] = {"GET": prearchive_parts.get_scan_files}
    yield Route(SESSION + "/scans/{SCAN_ID}/resources/{RESOURCE_ID}/files", files, archive=False, keeps_tail=True)


def _resources() -> Iterator[Route]:
    yield Route(SESSION + "/resources", {"GET": prearchive_parts.list_resources}, archive=False)
    resource: dict[str, Handler] = {
        "GET": prearchive_parts.show_resource,
        "DELETE": prearchive_parts.delete_resource,
    }
    yield Route(SESSION + "/resources/{RESOURCE_ID}", resource, archive=False)
    files: dict[str, Handler] = {
        "GET": prearchive_parts.get_resource_files,
        "PUT": uploads.put_files,
        "DELETE": uploads.delete_files,
    }
    template = SESSION + "/resources/{RESOURCE_ID}/files"
    yield Route(template, files, archive=False, unlocked=True, keeps_tail=True)


def _services() -> Iterator[Route]:
    batches: dict[str, Handler] = {
        "move": prearchive_batch.move_sessions,
        "delete": prearchive_batch.delete_sessions,
        "rebuild": prearchive_batch.rebuild_sessions,
    }
    for name, handler in batches.items():
        yield Route(f"/data/services/prearchive/{name}", {"POST": handler}, archive=False)
    yield Route("/data/services/dicomdump", {"GET": dumps.dump_dicom}, archive=False)
    yield Route("/data/services/ecatdump", {"GET": dumps.dump_ecat}, archive=False)
    progress: dict[str, Handler] = {
        "GET": transactions.show,
        "POST": transactions.add,
        "DELETE": transactions.remove,
    }
    yield Route("/data/status/{TRANSACTION_ID}", progress, archive=False)


ROUTES: tuple[Route, ...] = (*_lists(), *_session(), *_resources(), *_services())
