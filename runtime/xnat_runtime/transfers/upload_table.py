"""What a resource holds, read from its file table, and whether that is what this side has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from ..documents import read_table
from ..errors import DigestMismatchError, IncompleteTransferError, NotFoundError, TransferError
from ..results import Verified
from ..transport import JsonValue

GetJson = Callable[[str], JsonValue]
"""Asks a path of the server for JSON."""

_MD5: Final = re.compile(r"\A[0-9a-fA-F]{32}\Z")


@attrs.frozen
class KeptFile:
    """A file that the server has.

    Attributes:
        size: Bytes by its table, None when that does not tell; 0 may mean "not counted" (rest-data 10.3.2).
        md5: MD5 as lower-case hex, None where the site keeps no checksums.
    """

    size: int | None
    md5: str | None


@attrs.frozen
class SentFile:
    """A file that was sent, or is to be.

    Attributes:
        size: Bytes.
        md5: MD5 as lower-case hex, None when it was not worked out.
    """

    size: int
    md5: str | None


Kept = dict[str, KeptFile]
"""The files of a resource by their paths below it."""


def kept_files(get_json: GetJson, files: str) -> Kept:
    """Return the files that a resource holds: one request; none when there is no such resource yet.

    Args:
        get_json: Asks the server.
        files: Path of its files, encoded: ``.../resources/R/files``.
    """
    try:
        rows = read_table(get_json(files), files)
    except NotFoundError:
        # An upload makes the resource (rest-data 10.4.4); where its owner is missing, the upload is refused.
        return {}
    return {_path_of(row): KeptFile(_size(row.get("Size")), _md5(row.get("digest"))) for row in rows}


def compared(name: str, sent: SentFile, kept: KeptFile | None, before: KeptFile | None) -> Verified:
    """Return what a file that was sent was compared with.

    Args:
        name: Its path below the resource.
        sent: What was sent.
        kept: What the server has afterwards, None for nothing.
        before: What it had before, None for nothing.

    Raises:
        IncompleteTransferError: The server has none, or another size.
        DigestMismatchError: It has other bytes.
    """
    if kept is None:
        told = (
            f"{name}: the server answered with success and kept nothing, as it does when an account may not edit "
            "(rest-data 10.4.11). Ask an owner of the project for the right to."
        )
        raise IncompleteTransferError(told, expected=sent.size)
    if kept.md5 is not None and sent.md5 is not None:
        if kept.md5 != sent.md5:
            told = f"{name}: the bytes sent have MD5 {sent.md5}, the server's catalog says {kept.md5}."
            raise DigestMismatchError(told, expected=sent.md5, actual=kept.md5)
        return "md5"
    if kept.size is not None and kept.size != sent.size:
        told = f"{name}: {sent.size} bytes were sent, the server's catalog says {kept.size}."
        raise IncompleteTransferError(told, expected=sent.size, received=kept.size)
    # A file of that size that was there before may be there still.
    return "unverified" if kept.size is None or before is not None else "size"


def is_kept(name: str, sent: SentFile, kept: KeptFile | None, before: KeptFile | None) -> bool:
    """Return whether the server shows that a file arrived; see `compared`."""
    try:
        found = compared(name, sent, kept, before)
    except TransferError:
        return False
    return found != "unverified" or before is None


def _path_of(row: dict[str, object]) -> str:
    """Return the path below the resource, which the table does not encode (rest-data 10.3.3)."""
    below = str(row.get("URI") or "").partition("/resources/")[2]
    return below.partition("/files/")[2] or str(row.get("Name") or "")


def _size(value: object) -> int | None:
    text = str(value or "")
    return (int(text) or None) if text.isdecimal() else None


def _md5(value: object) -> str | None:
    text = str(value or "")
    return text.lower() if _MD5.match(text) else None
