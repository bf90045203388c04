"""What the batch services promise and the server does afterwards (rest-data 12.3, dicom-import 65).

A promise is stored with the request that makes it, so that it is kept after a restart too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import StatusError
from ..store.prearchive import PrearchiveSession
from ..store.tasks import Task
from . import work
from .finish import finish

if TYPE_CHECKING:
    from ..site import Site

QUEUED: Mapping[str, str] = {"rebuild": "QUEUED_BUILDING", "delete": "QUEUED_DELETING", "move": "QUEUED_MOVING"}
"""Operation -> status of a session that waits for it."""


def promise(site: Site, operation: str, session: PrearchiveSession, login: str, options: Mapping[str, str]) -> None:
    """Store what is to be done with a session; it is begun once the running change is stored."""
    task = site.archive.tasks.add(operation, session.row, login, options)
    site.archive.database.after_commit(lambda: _submit(site, task))


def resume(site: Site) -> None:
    """Free what an earlier server left locked, and keep the promises it did not keep."""
    tasks = site.archive.tasks.all()
    work.unlock(site.archive, {task.session for task in tasks})
    for task in tasks:
        _submit(site, task)


def _submit(site: Site, task: Task) -> None:
    site.background.submit(lambda: _keep(site, task))


def _keep(site: Site, task: Task) -> None:
    session = site.archive.prearchive.by_row(task.session)
    try:
        if session is not None:
            _OPERATIONS[task.operation](site, session, task)
    except Exception as error:  # noqa: BLE001 - the row and its log tell what failed, and the next promise is kept
        work.fail(site.archive, task.session, error)
    finally:
        site.archive.tasks.done(task)


def _rebuild(site: Site, session: PrearchiveSession, task: Task) -> None:
    override = task.options.get("overrideLock") == "true"
    claimed = work.claim(site.archive, session.row, "BUILDING", override_lock=override)
    if claimed is not None:
        work.build(site.archive, claimed)


def _delete(site: Site, session: PrearchiveSession, _task: Task) -> None:
    claimed = work.claim(site.archive, session.row, "_DELETING")
    if claimed is not None:
        site.archive.prearchive.remove(claimed)


def _move(site: Site, session: PrearchiveSession, task: Task) -> None:
    project = task.options.get("newProject", "")
    if site.archive.items.by_id("project", project) is None:
        raise StatusError(404, f"No project named {project}")
    claimed = work.claim(site.archive, session.row, "_MOVING")
    if claimed is not None:
        work.move(site.archive, claimed, project)


def _finish(site: Site, session: PrearchiveSession, _task: Task) -> None:
    claimed = work.claim(site.archive, session.row, "BUILDING")
    if claimed is not None:
        finish(site, claimed)


_OPERATIONS: Mapping[str, Callable[[Site, PrearchiveSession, Task], None]] = {
    "rebuild": _rebuild,
    "delete": _delete,
    "move": _move,
    "finish": _finish,
}
