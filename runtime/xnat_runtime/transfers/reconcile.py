"""Writes whose reply was lost: the server's state is looked at before anything is sent again, for exactly one effect.

``settled(send, look)`` sends once and never again. `Write` is the same as an attempt for
`xnat_runtime.transfers.attempts.persist`, which may send it again after a look has shown that nothing was done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from ..errors import ConflictError, ResponseError, TransportError, XnatError

T = TypeVar("T")

LOST_STATUSES: Final = frozenset({502, 504})
"""Answers of a proxy that gave up waiting, while the server behind it may have done the work."""


def is_lost(error: BaseException) -> bool:
    """Return whether a write may have been done although it failed so: its reply was lost on the way.

    What was never sent was not done; what the server refused (401, 403, 409, 503) was not done either.
    """
    if isinstance(error, ResponseError):
        return error.status in LOST_STATUSES
    return isinstance(error, TransportError) and error.sent


def settled(send: Callable[[], T], look: Callable[[], T | None]) -> T:
    """Return what a write came to, by its reply or by a look at the server's state; it is sent once.

    Args:
        send: Makes the write.
        look: Returns what the write came to when the server shows that it was done, None when it was not. It is called
            only when the reply was lost, and must not take what was there before for the effect. When it finds out
            that the write failed, it raises an error that is no answer of the server (`OperationError`).

    Raises:
        XnatError: What `send` raised: with a lost reply, when the look found no effect or could not be made.
    """
    return Write(send, look)()


def done_once(send: Callable[[], object], is_done: Callable[[], bool]) -> None:
    """Make a write whose answer tells nothing, once; with a lost reply the server is looked at.

    Args:
        send: Makes the request.
        is_done: Whether the server shows the effect; called only when the reply was lost.

    Raises:
        XnatError: What `send` raised: with a lost reply, when there is no effect or the server could not be looked at.
    """

    def write() -> bool:
        send()
        return True

    settled(write, lambda: is_done() or None)


class Write(Generic[T]):
    """A write that may be called again after it failed: it is sent again only when the server shows no effect.

    Once a reply was lost, each further call looks first, since a server may finish late; a conflict that a further
    call meets is looked at too, since it may be the first one's effect.

    Attributes:
        is_lost: Whether a reply was lost so far.
    """

    def __init__(self, send: Callable[[], T], look: Callable[[], T | None]) -> None:
        """Take note of the write; see `settled` for the arguments."""
        self.is_lost = False
        self._send = send
        self._look = look

    def __call__(self) -> T:
        """Return what the write came to; see `settled`."""
        if self.is_lost and (found := self._look()) is not None:
            return found
        try:
            return self._send()
        except XnatError as error:
            was_lost, self.is_lost = self.is_lost, self.is_lost or is_lost(error)
            if not (is_lost(error) or (was_lost and isinstance(error, ConflictError))):
                raise
            found = self._looked(error)
            if found is None:
                raise
            return found

    def _looked(self, lost: XnatError) -> T | None:
        try:
            return self._look()
        except (ResponseError, TransportError) as error:
            # What is known is that the reply was lost; that the look failed too is told as its cause.
            raise lost from error
