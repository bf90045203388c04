"""A downloaded folder compared with what the server has now: by the manifest and the server's tables of files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from ..errors import ResponseError
from .bulk import sources_for
from .file_choice import Chosen
from .manifest import ManifestFile, read_manifest
from .plan import Listed, Source, listed
from .stop import Stop
from .workers import DEFAULT_WORKERS, work_through

if TYPE_CHECKING:
    from ..session import BaseSession

Change: TypeAlias = Literal["new", "gone", "replaced"]
"""The server has a file that the folder has not, has it no more, or has other bytes than were downloaded."""

# What the server answers when nothing is selected (rest-data 10.5.3).
_NO_FILES = frozenset({204, 404})


@attrs.frozen
class ServerDifference:
    """A file that is not the same here and there.

    Attributes:
        change: How it differs.
        path: Path below the folder; "" for one that was never downloaded.
        uri: Path on the server.
        reason: What is different, in a few words.
    """

    change: Change
    path: str
    uri: str
    reason: str


def compare_with_server(
    session: BaseSession, folder: Path, items: Iterable[Chosen], *, workers: int = DEFAULT_WORKERS
) -> list[ServerDifference]:
    """Return how a downloaded folder differs from what items have on the server now; no file travels.

    One request for the table of each session or other item, and one more for each project and subject.

    Args:
        session: The connection.
        folder: The folder, with its ``manifest.json``.
        items: All that was downloaded into it.
        workers: Tables that are asked for at once.

    Raises:
        FileNotFoundError: The folder has no manifest.
        DecodeError: The manifest cannot be read.
        ResponseError: The server refused.
    """
    known = {file.uri: file for file in read_manifest(folder).files}
    now = {row.uri: row for row in _rows(session, sources_for(items), workers)}
    found = [ServerDifference("new", "", row.uri, "not downloaded") for row in now.values() if row.uri not in known]
    for file in known.values():
        row = now.get(file.uri)
        if row is None:
            found.append(ServerDifference("gone", file.path, file.uri, "not on the server at these paths"))
        elif reason := _difference(file, row):
            found.append(ServerDifference("replaced", file.path, file.uri, reason))
    return sorted(found, key=lambda each: (each.path, each.uri))


def _rows(session: BaseSession, sources: Iterable[Source], workers: int) -> list[Listed]:
    def table(source: Source) -> list[Listed]:
        try:
            rows = listed(session.get_json(source.files), source.files)
        except ResponseError as error:
            if error.status in _NO_FILES:
                return []
            raise
        return rows if source.wants is None else [row for row in rows if source.wants(row)]

    found: list[Listed] = []
    for done in work_through(sources, table, workers=workers, stop=Stop()):
        if done.error is not None:
            raise done.error
        found += done.result or []
    return found


def _difference(file: ManifestFile, row: Listed) -> str:
    if row.md5 and file.md5 and row.md5 != file.md5:
        return f"MD5 {row.md5} there, {file.md5} in the manifest"
    if row.size is not None and row.size != file.size:
        return f"{row.size:,} bytes there, {file.size:,} in the manifest"
    return ""
