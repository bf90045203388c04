"""What became of many launches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

import attrs

from ..errors import MappingError, OperationFailedError
from ..objects import XnatObject

T_co = TypeVar("T_co", bound=XnatObject, covariant=True)
_NAMED = 10


@attrs.frozen
class Launched(Generic[T_co]):
    """What became of one object.

    Attributes:
        item: The object.
        status: How its job ended, or the state it was last seen in, as the server calls it: ``Complete``, ``Failed``,
            ``Killed``, ...; "" when it was not launched.
        workflow_id: Number of the workflow, "" when there is none.
        reason: Why it was skipped, is not launched, or failed.
        skipped: Whether it was left out because it is done.
        has_failed: Whether it failed, was killed or could not be launched.
    """

    item: T_co
    status: str = ""
    workflow_id: str = ""
    reason: str = attrs.field(default="", repr=False)
    skipped: bool = False
    has_failed: bool = False


class Launches(Sequence[Launched[T_co]]):
    """What became of many objects, in their order."""

    def __init__(self, outcomes: Sequence[Launched[T_co]]) -> None:
        self._outcomes = tuple(outcomes)

    @overload
    def __getitem__(self, index: int) -> Launched[T_co]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Launched[T_co]]: ...
    def __getitem__(self, index: int | slice) -> Launched[T_co] | Sequence[Launched[T_co]]:
        return self._outcomes[index]

    def __len__(self) -> int:
        return len(self._outcomes)

    def __iter__(self) -> Iterator[Launched[T_co]]:
        return iter(self._outcomes)

    @property
    def complete(self) -> list[Launched[T_co]]:
        """Those whose jobs ended well in this run."""
        return [one for one in self if not (one.skipped or one.has_failed) and one.status.startswith("Complete")]

    @property
    def skipped(self) -> list[Launched[T_co]]:
        """Those that were done before."""
        return [one for one in self if one.skipped]

    @property
    def failed(self) -> list[Launched[T_co]]:
        """Those whose jobs failed or were killed, or could not be launched."""
        return [one for one in self if one.has_failed]

    @property
    def unfinished(self) -> list[Launched[T_co]]:
        """Those that were not launched or had not ended when the time was over."""
        return [one for one in self if not (one.skipped or one.has_failed) and not one.status.startswith("Complete")]

    def raise_failures(self) -> None:
        """Raises an error when something failed.

        Raises:
            MappingError: Something did; ``failures`` tells of each by the object's URI.
        """
        errors = {
            one.item.uri: OperationFailedError(
                f"job {one.workflow_id or 'not queued'}", status=one.status, reason=one.reason
            )
            for one in self.failed
        }
        if errors:
            named = "; ".join(f"{uri}: {error.status or error.reason}" for uri, error in list(errors.items())[:_NAMED])
            more = f"; and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
            msg = f"{len(errors)} of {len(self)} launches failed: {named}{more}"
            raise MappingError(msg, failures=errors, results={one.item.uri: one.status for one in self.complete})

    def __repr__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in ("complete", "skipped", "failed", "unfinished")}
        return f"<Launches: {', '.join(f'{count} {name}' for name, count in counts.items() if count) or 'none'}>"
