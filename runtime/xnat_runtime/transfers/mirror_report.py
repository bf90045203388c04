"""What a mirror of a project came to."""

from __future__ import annotations

import attrs

from .report import TransferReport


@attrs.frozen
class GoneFile:
    """A local file whose original is not on the server any more.

    Attributes:
        path: Its path below the folder.
        uri: Where it was on the server.
        is_removed: Whether it was deleted here, too.
    """

    path: str
    uri: str
    is_removed: bool


@attrs.frozen(repr=False)
class MirrorReport:
    """What a mirror of a project came to.

    Attributes:
        transfer: The files that travelled, were there, or failed.
        since: When the run before began, by the server's clock as ISO 8601 in UTC; "" for the first run.
        started: When this run began, by the server's clock.
        visited: Labels of the experiments and subjects that were looked at, since they are new or changed.
        gone: Labels of experiments that were deleted on the server since, or belong elsewhere now.
        gone_files: Local files whose originals are gone.
    """

    transfer: TransferReport
    since: str
    started: str
    visited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    gone_files: tuple[GoneFile, ...] = ()

    def __repr__(self) -> str:
        return (
            f"<MirrorReport {self.transfer.path}: {len(self.visited):,} visited, {len(self.transfer.moved):,} files "
            f"moved, {len(self.transfer.failed):,} failed, {len(self.gone_files):,} gone>"
        )
