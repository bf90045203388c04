"""What a transfer of many files came to."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from ..results import Verified


@attrs.frozen
class MovedFile:
    """One file that was moved, or was found to be there already.

    Attributes:
        name: Path inside the transfer, slashes between folders; for a download that below the target folder.
        size: Bytes.
        md5: MD5 as lower-case hex, None when it was not worked out.
        verified: What it was compared with.
        uri: Path of the file on the server, "" when it is not known.
    """

    name: str
    # Kept as text: of thousands of small files, paths as objects cost as much as they do.
    _path: str | Path = attrs.field(eq=os.fspath)
    size: int
    md5: str | None
    verified: Verified
    uri: str = ""

    @property
    def path(self) -> Path:
        """The file on this side."""
        return Path(self._path)

    @property
    def place(self) -> str:
        """The same as text."""
        return os.fspath(self._path)


@attrs.frozen
class FailedFile:
    """One file that was not moved.

    Attributes:
        name: Path inside the transfer.
        reason: Why, in one line.
        error: The error itself.
    """

    name: str
    reason: str
    error: BaseException = attrs.field(repr=False, eq=False)


@attrs.frozen
class OmittedFile:
    """Something that was not moved and was not meant to be, such as a link to a folder.

    Attributes:
        name: Path inside the transfer.
        reason: Why, as the end of a sentence that begins with the name.
    """

    name: str
    reason: str


@attrs.frozen(repr=False)
class TransferReport:
    """A transfer of many files: what was moved, what was there already, and what failed.

    Attributes:
        path: The folder on this side.
        size: Bytes that travelled, archives as they came over the network.
        moved: Files that were moved.
        skipped: Files that were there already, with the same bytes.
        failed: Files that could not be moved; empty unless failures were asked for instead of an error.
        omitted: What an upload left out: links that are not followed, and what is neither file nor folder.
    """

    path: Path
    size: int
    moved: tuple[MovedFile, ...] = ()
    skipped: tuple[MovedFile, ...] = ()
    failed: tuple[FailedFile, ...] = ()
    omitted: tuple[OmittedFile, ...] = ()

    @property
    def files(self) -> tuple[MovedFile, ...]:
        """All files that stand on this side now, moved and skipped, sorted by name."""
        return tuple(sorted((*self.moved, *self.skipped), key=lambda each: each.name))

    @property
    def verified(self) -> Verified:
        """The weakest comparison among the files: "md5", "size" or "unverified"."""
        found = {each.verified for each in self.files}
        if found == {"md5"}:
            return "md5"
        return "size" if found and "unverified" not in found else "unverified"

    def __repr__(self) -> str:
        counts = f"{len(self.moved):,} moved, {len(self.skipped):,} skipped, {len(self.failed):,} failed"
        return f"<TransferReport {self.path}: {counts}, {self.size:,} bytes>"
