"""A function run on many items: in order or by several threads, resumable, with the failures collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from .errors import InvalidValueError, MappingError
from .journal import Journal

if TYPE_CHECKING:
    from .objects import XnatObject

R = TypeVar("R")
_NAMED = 10


@attrs.frozen
class MappedFunctionFailed:
    """What stands for the result of an item whose function raised.

    Attributes:
        reason: Class and text of the error.
        error: The error.
    """

    reason: str
    error: Exception = attrs.field(repr=False, eq=False)


class Mapper(Generic[R]):
    """Runs one function on items; see `run`."""

    def __init__(
        self, function: Callable[[Any], R], journal: Journal | None, workers: int, executor: Executor | None = None
    ) -> None:
        # Any: the items of any level.
        """Keep what is to be done.

        Raises:
            InvalidValueError: There are no workers, or two kinds of them.
        """
        if workers < 1:
            msg = f"workers= is at least 1, not {workers}"
            raise InvalidValueError(msg)
        if executor is not None and workers != 1:
            msg = "Give workers= or executor=, not both: an executor has workers of its own."
            raise InvalidValueError(msg)
        self._executor = executor
        self._function = function
        self._journal = journal
        self._workers = workers

    def run(self, items: Sequence[XnatObject]) -> dict[str, R]:
        """Returns the results by URI, in the order of the items; those that the journal has are not run again.

        Raises:
            MappingError: The function raised for some items.
        """
        known = {} if self._journal is None else self._journal.results
        todo = [item for item in items if item.uri not in known]
        fresh = dict(zip((item.uri for item in todo), self._outcomes(todo), strict=True))
        # cast: the journal holds what the function returned, as far as JSON can say it.
        outcomes = {item.uri: fresh[item.uri] if item.uri in fresh else cast("R", known[item.uri]) for item in items}
        failures = {uri: found for uri, found in outcomes.items() if isinstance(found, MappedFunctionFailed)}
        results = {uri: found for uri, found in outcomes.items() if not isinstance(found, MappedFunctionFailed)}
        if failures:
            raise _mapping_error(items, failures, results)
        return results

    def _outcomes(self, items: Sequence[XnatObject]) -> Iterator[R | MappedFunctionFailed]:
        if self._executor is not None:
            yield from self._elsewhere(items, self._executor)
            return
        if self._workers == 1:
            yield from (self._attempt(item) for item in items)
            return
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="xnat-map")
        try:
            futures = [pool.submit(self._attempt, item) for item in items]
            for future in futures:
                yield future.result()
        finally:
            # Without waiting: Ctrl-C ends the run now, and what has not begun is not begun.
            pool.shutdown(wait=False, cancel_futures=True)

    def _elsewhere(self, items: Sequence[XnatObject], executor: Executor) -> Iterator[R | MappedFunctionFailed]:
        # The function alone travels: the journal is written here, as soon as each result has come.
        futures = {executor.submit(self._function, item): item for item in items}
        outcomes: dict[str, R | MappedFunctionFailed] = {}
        try:
            for future in as_completed(futures):
                outcomes[futures[future].uri] = self._outcome(futures[future], future.result)
        finally:
            for future in futures:
                future.cancel()
        yield from (outcomes[item.uri] for item in items)

    def _attempt(self, item: XnatObject) -> R | MappedFunctionFailed:
        return self._outcome(item, lambda: self._function(item))

    def _outcome(self, item: XnatObject, result_of: Callable[[], R]) -> R | MappedFunctionFailed:
        try:
            result = result_of()
        except Exception as error:  # noqa: BLE001 - whatever a function of the user raises is told at the end
            if self._journal is not None:
                self._journal.failed(item.uri, label_of(item), error)
            return MappedFunctionFailed(f"{type(error).__name__}: {error}", error)
        if self._journal is not None:
            self._journal.done(item.uri, label_of(item), result)
        return result


def label_of(item: XnatObject) -> str:
    """Returns the name of an item that its row tells, "" when it tells none."""
    row = item.__xnat_row__
    return str(row.get("label") or row.get("ID") or "")


def _mapping_error(
    items: Sequence[XnatObject], failures: Mapping[str, MappedFunctionFailed], results: Mapping[str, object]
) -> MappingError:
    labels = {item.uri: label_of(item) for item in items}
    named = [f"{uri} ({labels[uri]}): {type(failed.error).__name__}" for uri, failed in failures.items()]
    more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    msg = f"{len(named)} of {len(items)} items failed: {'; '.join(named[:_NAMED])}{more}"
    return MappingError(msg, failures=failures, results=results)


def map_items(
    items: Sequence[XnatObject],
    function: Callable[[Any], R],  # Any: as in Mapper
    level: str,
    logfile: str | Path | None,
    workers: int,
    *,
    executor: Executor | None = None,
) -> dict[str, R]:
    """Returns the results of a function by the items' URIs; see `Mappable.map`."""
    journal = None if logfile is None else Journal(Path(logfile), level)
    opened: AbstractContextManager[object] = nullcontext() if journal is None else journal
    with opened:
        return Mapper(function, journal, workers, executor).run(items)
