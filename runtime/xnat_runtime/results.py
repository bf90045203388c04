"""What a finished transfer came to."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import attrs

Verified: TypeAlias = Literal["md5", "size", "unverified"]
"""What the bytes were compared with: the catalog's MD5, a length, or nothing because the server told neither."""


@attrs.frozen
class TransferResult:
    """One file that was downloaded or uploaded.

    Attributes:
        path: The file on this side, None for bytes and streams.
        size: Bytes.
        md5: MD5 as lower-case hex, None when it was not worked out.
        verified: What it was compared with. Uploads are always "unverified", since XNAT confirms no bytes
            (rest-data 10.4): compare with the resource's file listing to be sure.
    """

    path: Path | None
    size: int
    md5: str | None
    verified: Verified


@attrs.frozen
class ExtractedFile:
    """One file of an unpacked archive; its CRC was right.

    Attributes:
        path: Where it was written.
        name: Name inside the archive, slashes between folders.
        size: Bytes.
        md5: MD5 as lower-case hex.
    """

    path: Path
    name: str
    size: int
    md5: str


@attrs.frozen(repr=False)
class DirectoryResult:
    """An archive that was downloaded and unpacked.

    Attributes:
        path: The folder.
        size: Bytes of the archive, as they came over the network.
        files: The files, in the archive's order.
    """

    path: Path
    size: int
    files: tuple[ExtractedFile, ...]

    def __repr__(self) -> str:
        return f"<DirectoryResult {self.path}: {len(self.files):,} files, {self.size:,} bytes>"
