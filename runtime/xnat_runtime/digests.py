"""MD5 of files here and on the server."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from .downloads import download_pieces
from .errors import UsageError
from .transfers import digest
from .transport import Request

if TYPE_CHECKING:
    from .files import FileData


def md5_of(file: Path | FileData) -> str:
    """Returns the MD5 of a file as lower-case hex, reading it 1 MiB at a time."""
    if isinstance(file, Path):
        return digest.md5_of(file)
    found = hashlib.md5(usedforsecurity=False)
    request, policy = Request("GET", file.uri), file.session.__xnat_retry__
    for piece in download_pieces(file.session.send, request, policy=policy):
        found.update(piece)
    return found.hexdigest()


def is_intact(file: FileData) -> bool:
    """Returns whether a file on the server has the MD5 of its catalog.

    Raises:
        UsageError: The catalog has none.
    """
    if not file.digest:
        msg = f"the catalog has no MD5 of {file.uri}: call refresh_catalog(checksum=True) on its resource"
        raise UsageError(msg)
    return md5_of(file) == file.digest.lower()
