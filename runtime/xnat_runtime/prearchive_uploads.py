"""Files that are put into the resources of a received session (rest-data 12.2)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .documents import read_table
from .errors import ConflictError, InvalidValueError, NotFoundError
from .paths import encode_path
from .transfers.stop import Stop
from .transfers.workers import interruptibly
from .uploads import upload_source

if TYPE_CHECKING:
    from .bodies import UploadSource
    from .results import TransferResult
    from .session import BaseSession
    from .transfers.events import Observer


def put_file(
    session: BaseSession,
    resource: str,
    source: UploadSource,
    name: str | None,
    *,
    overwrite: bool,
    progress: Observer | None,
) -> TransferResult:
    """Send a file into a resource of a received session and return its size; see `PrearchiveSession.upload`.

    Args:
        session: The connection.
        resource: Path of the resource.
        source: A path, bytes or a binary stream.
        name: Name of the file on the server, with folders; None for that of a path.
        overwrite: Whether a file of that name may be replaced, so that nobody has to ask whether there is one.
        progress: Told of what happens (`xnat_runtime.transfers.events`).
    """
    chosen = name or (source.name if isinstance(source, Path) else "")
    if not chosen:
        msg = "Bytes and streams need a name for the file on the server."
        raise InvalidValueError(msg)
    uri = f"{resource}/files/{encode_path(chosen)}"
    if not overwrite and chosen in _names(session, resource):
        told = f"Already there and left as it was: {chosen}. Pass overwrite=True to replace"
        raise ConflictError("PUT", uri, 409, told, duplicates=[chosen])
    return interruptibly(lambda: upload_source(session.send, uri, source, progress=progress), Stop())


def _names(session: BaseSession, resource: str) -> set[str]:
    """Return the files that are there, with their folders; none in a resource that the first upload makes."""
    path = f"{resource}/files"
    try:
        rows = read_table(session.get_json(path), path)
    except NotFoundError:
        return set()
    label = unquote(resource.rpartition("/")[2])
    return {
        str(row.get("URI") or "").partition(f"/resources/{label}/files/")[2] or str(row.get("Name")) for row in rows
    }
