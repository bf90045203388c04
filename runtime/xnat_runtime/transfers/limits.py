"""How much an archive may unpack to: bombs are stopped before they fill a disk."""

from __future__ import annotations

from typing import Final

import attrs

from ..errors import CorruptArchiveError, InvalidValueError

_GIB: Final = 1 << 30


class ArchiveLimitError(CorruptArchiveError):
    """An archive unpacks to more than it may; it would do so again."""


@attrs.frozen
class Limits:
    """What one archive may come to; None lifts a limit.

    Attributes:
        ratio: Bytes unpacked for each byte received, looked at beyond `free` bytes. Deflate reaches 1,032 at most;
            images reach 2 to 20.
        total: Bytes unpacked.
        members: Members.
        free: Bytes unpacked that are never looked at for the ratio.
    """

    ratio: float | None = 200.0
    total: int | None = 4096 * _GIB
    members: int | None = 10_000_000
    free: int = 64 << 20

    def __attrs_post_init__(self) -> None:
        if any(value is not None and value <= 0 for value in (self.ratio, self.total, self.members)) or self.free < 0:
            msg = "Limits of an archive are positive numbers, or None for no limit."
            raise InvalidValueError(msg)

    def check(self, *, unpacked: int, received: int, members: int) -> None:
        """Return when an archive may go on.

        Raises:
            CorruptArchiveError: It has come to more than it may.
        """
        if self.total is not None and unpacked > self.total:
            raise _beyond(f"{self.total:,} bytes", "total")
        if self.members is not None and members > self.members:
            raise _beyond(f"{self.members:,} members", "members")
        if self.ratio is not None and unpacked > self.free and unpacked > self.ratio * max(received, 1):
            raise _beyond(f"{self.ratio:g} times its own size", "ratio")


UNLIMITED: Final = Limits(ratio=None, total=None, members=None)
"""For archives that are known to be large."""


def _beyond(what: str, limit: str) -> ArchiveLimitError:
    msg = (
        f"The archive unpacks to more than {what}, which looks like a bomb. When it is known to be so large, pass "
        f"options=TransferOptions(limits=Limits({limit}=None))."
    )
    return ArchiveLimitError(msg)
