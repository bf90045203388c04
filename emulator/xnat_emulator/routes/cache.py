"""Files outside of the archive: user caches, and what waits for a project's triage."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import cache, move, triage
from ..routing import Handler, Route

_CACHE = "/data/user/cache/resources"
_TRIAGE = "/data/services/triage/projects/{PROJECT}/resources"
_FILE = "/{XNAME}/files/{FILE}"


def _cache() -> Iterator[Route]:
    top: dict[str, Handler] = {
        "GET": cache.do_nothing,
        "POST": cache.do_nothing,
        "PUT": cache.refuse,
        "DELETE": cache.do_nothing,
    }
    folder: dict[str, Handler] = {
        "GET": cache.find_nothing,
        "POST": cache.refuse_file,
        "PUT": cache.make_folder,
        "DELETE": cache.delete_nothing,
    }
    file: dict[str, Handler] = {"GET": cache.list_files, "POST": cache.post_file, "PUT": cache.put_file}
    yield Route(_CACHE, top, archive=False, exact=True)
    for tail in ("/{XNAME}", "/{XNAME}/files"):
        yield Route(_CACHE + tail, folder, archive=False, exact=True)
    unlocked: dict[str, Handler] = {**file, "DELETE": cache.delete_folder}
    yield Route(_CACHE + _FILE, unlocked, archive=False, unlocked=True, keeps_tail=True)
    yield Route("/data/services/move-files", {"POST": move.move_files}, archive=False)


def _triage() -> Iterator[Route]:
    top: dict[str, Handler] = {
        "GET": triage.list_folders,
        "POST": triage.refuse,
        "PUT": triage.refuse,
        "DELETE": triage.refuse,
    }
    folder: dict[str, Handler] = {
        "GET": triage.list_files,
        "POST": triage.post_files,
        "PUT": triage.make_folder,
        "DELETE": triage.delete_folder,
    }
    file: dict[str, Handler] = {
        "GET": triage.show_file,
        "POST": triage.put_file,
        "PUT": triage.put_file,
        "DELETE": triage.delete_file,
    }
    yield Route(_TRIAGE, top, archive=False, exact=True)
    for tail in ("/{XNAME}", "/{XNAME}/files"):
        yield Route(_TRIAGE + tail, folder, archive=False, exact=True, unlocked=True)
    yield Route(_TRIAGE + _FILE, file, archive=False, unlocked=True, keeps_tail=True)


ROUTES: tuple[Route, ...] = (*_cache(), *_triage())
