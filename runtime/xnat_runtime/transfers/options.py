"""How a transfer of many files is done, beside what is moved and where to."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

from ..errors import InvalidValueError
from .limits import Limits
from .retry import RetryPolicy
from .workers import DEFAULT_WORKERS

Strategy: TypeAlias = Literal["auto", "archive", "files"]
"""One archive unpacked as it arrives, one request a file on several connections, or what the sizes suggest."""

Failures: TypeAlias = Literal["raise", "report"]
"""Whether files that could not be moved are an error, or only stand in the report."""

_STRATEGIES: Final = frozenset({"auto", "archive", "files"})
_FAILURES: Final = frozenset({"raise", "report"})


@attrs.frozen
class TransferOptions:
    """How a transfer of many files is done.

    Attributes:
        workers: Connections used at once. All transfers of a login together use 4, or as many as the one among them
            with the most workers.
        retry: When a file that failed is tried again, and after how long.
        verify: Compare sizes and digests with the server's listing, which is one more request for an item.
        strategy: How the files travel; "auto" decides by their sizes.
        durable: Wait until every file is on the disk, so that a power cut loses none that is reported as moved.
        failures: "raise" raises the first failure when all others have been tried; "report" leaves it to the report.
        limits: What an archive may unpack to.
    """

    workers: int = DEFAULT_WORKERS
    retry: RetryPolicy = attrs.field(factory=RetryPolicy)
    verify: bool = True
    strategy: Strategy = "auto"
    durable: bool = False
    failures: Failures = "raise"
    limits: Limits = attrs.field(factory=Limits)

    def __attrs_post_init__(self) -> None:
        if self.workers < 1:
            msg = f"A transfer needs at least 1 worker, not {self.workers}."
            raise InvalidValueError(msg)
        if self.strategy not in _STRATEGIES or self.failures not in _FAILURES:
            msg = f"strategy= is one of {sorted(_STRATEGIES)}, failures= one of {sorted(_FAILURES)}."
            raise InvalidValueError(msg)


def retries(options: TransferOptions | None) -> RetryPolicy:
    """Return how often and how patiently something is tried."""
    return (options or TransferOptions()).retry
