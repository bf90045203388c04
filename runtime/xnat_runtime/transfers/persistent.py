"""One file or archive of a login, tried again when the connection breaks, and counted among its transfers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..errors import CorruptArchiveError
from .attempts import persist
from .events import Events, Observer
from .options import TransferOptions
from .retry import is_passing
from .stop import Stop

if TYPE_CHECKING:
    from ..session import BaseSession

R = TypeVar("R")


def persistently(
    session: BaseSession,
    unit: str,
    observer: Observer | None,
    attempt: Callable[[], R],
    options: TransferOptions | None = None,
) -> R:
    """Return what the first attempt that succeeds returns.

    Args:
        session: The login; an attempt holds one of the connections that its transfers may use.
        unit: What is moved, for events.
        observer: Told of further attempts.
        attempt: Moves it; after a failure nothing is left.
        options: How often it is tried, and after which pauses.
    """

    def in_turn() -> R:
        with session.__xnat_transfers__:
            return attempt()

    return tried(unit, observer, in_turn, options)


def tried(unit: str, observer: Observer | None, attempt: Callable[[], R], options: TransferOptions | None = None) -> R:
    """Return what the first attempt that succeeds returns; see `persistently`.

    An archive that comes damaged or cut off is asked for once more.
    """
    policy, damaged = (options or TransferOptions()).retry, list[BaseException]()

    def passes(error: BaseException) -> bool:
        if isinstance(error, CorruptArchiveError):
            damaged.append(error)
            return len(damaged) == 1
        return is_passing(error)

    return persist(attempt, unit, policy=policy, stop=Stop(), events=Events(observer), passes=passes)
