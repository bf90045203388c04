"""MD5s of files that pass on their way to the server, worked out beside the network."""

from __future__ import annotations

import hashlib
import queue
import threading
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Digest(Protocol):
    """An MD5 that is not complete yet."""

    def update(self, piece: bytes, /) -> None:
        """Add bytes."""
        ...

    def hexdigest(self) -> str:
        """Return it as lower-case hex."""
        ...


_INLINE_BYTES: Final = 4 << 20
_GROUP_BYTES: Final = 256 << 10
_AHEAD: Final = 2


class Hashes:
    """The MD5 of each file of a request; from 4 MiB on a thread of its own does the work, at most three pieces behind.

    Pieces go to the thread in groups, so that thousands of small files cost few changes of threads. Leaving the
    ``with`` block ends the thread.

    Attributes:
        is_wanted: Whether anything is worked out at all.
    """

    def __init__(self, *, is_wanted: bool = True) -> None:
        self.is_wanted = is_wanted
        self._found: dict[str, Digest] = {}
        self._group: list[tuple[Digest, bytes]] = []
        self._grouped = 0
        self._total = 0
        self._groups: queue.Queue[list[tuple[Digest, bytes]] | None] = queue.Queue(_AHEAD)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()

    def start_over(self) -> None:
        """Forget everything: the request is sent once more."""
        self._finish()
        self._found.clear()
        self._total = 0

    def begin(self, name: str) -> Digest:
        """Return the MD5 of a file of which no bytes have passed yet."""
        digest = self._found[name] = hashlib.md5(usedforsecurity=False)
        return digest

    def add(self, digest: Digest, piece: bytes) -> None:
        """Add bytes of a file."""
        if not self.is_wanted:
            return
        self._total += len(piece)
        if self._total <= _INLINE_BYTES:
            digest.update(piece)
            return
        self._group.append((digest, piece))
        self._grouped += len(piece)
        if self._grouped >= _GROUP_BYTES:
            self._hand_over()

    def result(self) -> dict[str, str]:
        """Return the MD5 of each file as lower-case hex, by name; nothing when none is wanted."""
        self._finish()
        return {name: digest.hexdigest() for name, digest in self._found.items()} if self.is_wanted else {}

    def _hand_over(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="xnat-digest", daemon=True)
            self._thread.start()
        self._groups.put(self._group)
        self._group, self._grouped = [], 0

    def _finish(self) -> None:
        if self._group:
            self._hand_over()
        thread, self._thread = self._thread, None
        if thread is not None:
            self._groups.put(None)
            thread.join()

    def _work(self) -> None:
        while (group := self._groups.get()) is not None:
            for digest, piece in group:
                digest.update(piece)
