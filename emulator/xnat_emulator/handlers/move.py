"""Moving files from a user's cache into resources (rest-data section 11)."""

from __future__ import annotations

from ..call import Call, Reply, text_reply
from ..errors import StatusError
from ..formats.unpacking import safe_path
from ..store.scratch import ScratchFile, cache_of
from .selection import places, require_unlocked
from .uploads import Staged, enter
from .uris import resolve, resolve_cached


def move_files(call: Call) -> Reply:
    """``POST /data/services/move-files``: 200 without a body.

    ``src`` and ``dest`` name one move; parameters whose names are cache paths name more. What is there already stays
    in both places, unless ``overwrite=true``.
    """
    for source, target in _moves(call):
        _move(call, source, target)
    return text_reply("")


def _moves(call: Call) -> list[tuple[str, str]]:
    pairs = [*call.escaped_query, *call.form]
    said = dict(pairs)
    found = [(name, value) for name, value in pairs if "/" in name]
    if source := said.get("src"):
        if not said.get("dest"):
            raise StatusError(400, "Missing dest path")
        found.append((source, said["dest"]))
    if not found:
        raise StatusError(400, "Missing src and dest path")
    return found


def _move(call: Call, source: str, target: str) -> None:
    cached, meant = resolve_cached(call, source), resolve(call, target)
    if meant.segment("RESOURCE_ID") is None:
        raise StatusError(400, f"Invalid Destination:{target}")
    found = _cached(call, cached)
    place = places(meant)[0]
    require_unlocked(call, "edit", place.owner)
    staged = [(file, Staged(_path(meant, file, alone=len(found) == 1), file.blob)) for file in found]
    left = enter(meant, place, [one for _, one in staged], call.change(place.owner.xsi_type))
    moved = [file for file, one in staged if one not in left]
    call.archive.scratch.remove_files(moved, keep_contents=True)


def _cached(call: Call, cached: Call) -> list[ScratchFile]:
    """Return the file, the folder's part or the whole folder that a cache path means."""
    folder = call.archive.scratch.folder(cache_of(call.login), cached.segment("XNAME") or "")
    files = [] if folder is None else call.archive.scratch.files(folder)
    wanted = cached.tail.strip("/")
    found = [file for file in files if not wanted or file.path == wanted or file.path.startswith(f"{wanted}/")]
    if not found:
        raise StatusError(404, "No matching files found.")
    return found


def _path(meant: Call, file: ScratchFile, *, alone: bool) -> str:
    """Return where a file goes: the path of the destination when it is one file's, else below it."""
    if not meant.remainder:
        return file.path
    return safe_path(meant.tail if alone and not meant.path.endswith("/") else f"{meant.tail}/{file.path}")
