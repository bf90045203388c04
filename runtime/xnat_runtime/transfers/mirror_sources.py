"""Where the files of the items of a mirror come from, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from ..documents import read_table
from ..paths import segment
from .places import NameOf
from .plan import Source, scan_folder

if TYPE_CHECKING:
    from ..session import BaseSession
    from .mirror_tables import MirrorItem

_TOPS: Final = frozenset({"scans", "resources"})


def sources_of_item(session: BaseSession, item: MirrorItem) -> list[Source]:
    """Return the sources of one item; for an imaging session after two requests, for assessors and reconstructions.

    What an assessor produced and the resources that it has like any other experiment are two collections.
    """
    own = _source(session, f"{item.uri}/files", item, ())
    if not item.is_session:
        return [own]
    found = [_source(session, f"{item.uri}/scans/ALL/files", item, ()), own]
    for row in _rows(session, f"{item.uri}/assessors"):
        name, identity = str(row.get("label") or row.get("ID")), segment(str(row.get("ID")))
        kind = str(row.get("xsiType") or "")
        for uri in (f"{item.uri}/assessors/{identity}", f"/data/experiments/{identity}"):
            found.append(_source(session, f"{uri}/files", item, ("assessors", name), name, xsi_type=kind))
    for row in _rows(session, f"{item.uri}/reconstructions"):
        name = str(row.get("ID"))
        files = f"{item.uri}/reconstructions/{segment(name)}/files"
        found.append(_source(session, files, item, ("reconstructions", name), f"{item.label}/reconstructions/{name}"))
    return found


def _rows(session: BaseSession, uri: str) -> list[dict[str, object]]:
    return read_table(session.get_json(uri), uri)


def _source(
    session: BaseSession, files: str, item: MirrorItem, below: tuple[str, ...], top: str = "", *, xsi_type: str = ""
) -> Source:
    is_experiment = item.key.startswith("experiment ")
    name_of = _name_of((*item.folder, *below))
    return Source(
        files, top or item.label, item.uri if is_experiment else "", cache(lambda: _scans(session, item.uri)), xsi_type,
        name_of=lambda: name_of,
    )  # fmt: skip


def _scans(session: BaseSession, uri: str) -> Mapping[str, str]:
    rows = read_table(session.get_json(f"{uri}/scans"), uri)
    return {str(row["ID"]): scan_folder(str(row["ID"]), str(row.get("type") or "")) for row in rows}


def _name_of(folder: tuple[str, ...]) -> NameOf:
    """Return what puts a file of the server's archive (rest-data 10.6) into the folder of its item."""

    def name(tree: str) -> tuple[str, ...]:
        parts = tree.split("/")
        # The first part is the item's own folder, whatever it is called; "out" is left away, "in" tells files apart.
        tops = (at for at in range(1, len(parts)) if parts[at] in _TOPS or parts[at : at + 2] == ["in", "resources"])
        return (*folder, *parts[next(tops, 1 if len(parts) > 1 else 0) :])

    return name
