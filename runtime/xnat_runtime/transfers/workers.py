"""A few threads that move many units; they end together, whatever ends them."""

from __future__ import annotations

import contextvars
import os
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, Generic, TypeVar, cast

import attrs

from ..errors import InvalidValueError
from .stop import Stop, StoppedError

U = TypeVar("U")
R = TypeVar("R")

DEFAULT_WORKERS: Final = 4
"""Connections that a transfer uses unless told otherwise."""

IS_INTERRUPTED = os.name != "nt"
"""Whether Ctrl+C wakes a thread that waits for the network."""

_LAST_SECONDS: Final = 0.8
_LOOK_UP_SECONDS: Final = 0.2


@attrs.frozen
class Done(Generic[U, R]):
    """A unit that was worked on.

    Attributes:
        unit: The unit.
        result: What the work returned, None when it failed.
        error: What it raised, None when it did not.
    """

    unit: U
    result: R | None
    error: Exception | None


def work_through(
    units: Iterable[U], work: Callable[[U], R], *, workers: int = DEFAULT_WORKERS, stop: Stop
) -> Generator[Done[U, R], None, None]:
    """Yield each unit with what its work came to, in the order of completion.

    The units are taken one by one, as threads become free; what they come from is read in those threads, by one at a
    time. When the caller stops reading, is interrupted or raises, the threads are told to end and waited for: at most
    a second. Errors of the work are yielded, others raised.

    Args:
        units: What there is to do.
        work: Does one unit, in any thread.
        workers: Threads at most; with 1 the work is done in the caller's own.
        stop: Ends the work; the caller's `work` must look at it when it takes long.

    Raises:
        InvalidValueError: Less than one worker.
        StoppedError: `stop` was set by someone else.
    """
    if workers < 1:
        msg = f"A transfer needs at least 1 worker, not {workers}."
        raise InvalidValueError(msg)
    is_alone = workers == 1 and IS_INTERRUPTED
    yield from _alone(units, work, stop) if is_alone else _together(units, work, workers, stop)


def interruptibly(work: Callable[[], R], stop: Stop) -> R:
    """Return what one piece of work returns; whoever calls it can be interrupted while it waits for the network.

    Args:
        work: What is done, in the caller's thread where that can be interrupted, in another one elsewhere.
        stop: Set when the caller is interrupted, which cuts the connections of the work.
    """
    if IS_INTERRUPTED:
        return work()
    (done,) = _together([None], lambda _: work(), 1, stop)
    if done.error is not None:
        raise done.error
    # cast: without an error there is a result, which may be None by its own right.
    return cast("R", done.result)


def _alone(units: Iterable[U], work: Callable[[U], R], stop: Stop) -> Generator[Done[U, R], None, None]:
    try:
        for unit in units:
            stop.check()
            yield _do(unit, work)
    except BaseException:
        stop.set()
        raise


def _do(unit: U, work: Callable[[U], R]) -> Done[U, R]:
    try:
        return Done(unit, work(unit), None)
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - it is handed to the caller
        return Done(unit, None, error)


class _Crew(Generic[U, R]):
    """The threads of one piece of work, and where they put what they did."""

    def __init__(self, units: Iterable[U], work: Callable[[U], R], stop: Stop) -> None:
        self.finished: queue.SimpleQueue[Done[U, R] | BaseException | None] = queue.SimpleQueue()
        self._units: Iterator[U] = iter(units)
        self._work = work
        self._stop = stop
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            with self._stop.lines.watched():
                self._work_through()
        except (StopIteration, StoppedError):
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised by the reader
            self.finished.put(error)
        finally:
            self.finished.put(None)

    def _work_through(self) -> None:
        while not self._stop.is_set:
            with self._lock:
                unit = next(self._units)
            self.finished.put(_do(unit, self._work))


def _together(
    units: Iterable[U], work: Callable[[U], R], workers: int, stop: Stop
) -> Generator[Done[U, R], None, None]:
    crew = _Crew(units, work, stop)
    # Context variables (a reason, a logging context) are those of the caller.
    threads = [
        threading.Thread(
            target=contextvars.copy_context().run, args=(crew.run,), name=f"xnat-transfer-{n}", daemon=True
        )
        for n in range(1, workers + 1)
    ]
    try:
        for thread in threads:
            thread.start()
        yield from _results(crew, workers)
        stop.check()
    except BaseException:
        stop.set()
        raise
    finally:
        _wait_for(threads)


def _wait_for(threads: Iterable[threading.Thread]) -> None:
    end = time.monotonic() + _LAST_SECONDS
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, end - time.monotonic()))


def _results(crew: _Crew[U, R], running: int) -> Generator[Done[U, R], None, None]:
    while running:
        try:
            # A wait without end cannot be interrupted on Windows.
            found = crew.finished.get(timeout=_LOOK_UP_SECONDS)
        except queue.Empty:
            continue
        if found is None:
            running -= 1
        elif isinstance(found, BaseException):
            raise found
        else:
            yield found
