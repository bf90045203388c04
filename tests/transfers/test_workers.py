"""A few threads that move many units: order of ends, failures, interruption."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from xnat_runtime.errors import InvalidValueError
from xnat_runtime.transfers.stop import Stop, StoppedError
from xnat_runtime.transfers.workers import work_through


@pytest.mark.parametrize("workers", [1, 4])
def test_every_unit_is_worked_on_once(workers: int):
    found = list(work_through(range(50), lambda n: n * n, workers=workers, stop=Stop()))
    assert sorted(done.unit for done in found) == list(range(50))
    assert all(done.result == done.unit**2 and done.error is None for done in found)


@pytest.mark.parametrize("workers", [1, 3])
def test_failures_are_handed_over_with_their_unit(workers: int):
    def work(number: int) -> int:
        return 12 // number

    found = {done.unit: done for done in work_through([1, 0, 3], work, workers=workers, stop=Stop())}
    assert found[1].result == 12
    assert isinstance(found[0].error, ZeroDivisionError)
    assert found[3].result == 4


def test_never_more_threads_than_workers():
    busy, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.002)
        with lock:
            busy -= 1

    assert len(list(work_through(range(40), work, workers=3, stop=Stop()))) == 40
    assert most == 3


def test_units_are_taken_as_threads_become_free():
    taken: list[int] = []

    def units() -> Iterator[int]:
        for number in range(1_000):
            taken.append(number)
            yield number

    results = work_through(units(), lambda n: n, workers=1, stop=Stop())
    assert next(results).unit == 0
    assert taken == [0]
    results.close()


@pytest.mark.parametrize("workers", [1, 4])
def test_a_caller_that_stops_reading_ends_the_others(workers: int):
    stop, started = Stop(), threading.Semaphore(0)

    def work(_: int) -> None:
        started.release()
        stop.sleep(0 if workers == 1 else 0.01)

    results = work_through(range(100_000), work, workers=workers, stop=stop)
    next(results)
    begin = time.monotonic()
    results.close()
    assert stop.is_set
    assert time.monotonic() - begin < 1.0
    assert [thread for thread in threading.enumerate() if thread.name.endswith("(run)") and thread.is_alive()] == []


def test_stopping_from_elsewhere_is_an_error():
    stop = Stop()

    def work(number: int) -> int:
        if number == 3:
            stop.set()
        return number

    with pytest.raises(StoppedError):
        list(work_through(range(100), work, workers=2, stop=stop))


def test_what_interrupts_a_worker_is_raised():
    def work(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(work_through(range(3), work, workers=2, stop=Stop()))


def test_units_that_cannot_be_read_are_an_error():
    def units() -> Iterator[int]:
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        list(work_through(units(), lambda n: n, workers=2, stop=Stop()))


def test_no_workers_are_refused():
    with pytest.raises(InvalidValueError, match="at least 1 worker"):
        list(work_through([1], lambda n: n, workers=0, stop=Stop()))


def test_stopping_wakes_sleepers_and_cuts_what_is_received():
    stop, cut = Stop(), threading.Event()
    woken: list[float] = []

    def sleeper() -> None:
        begin = time.monotonic()
        with pytest.raises(StoppedError):
            stop.sleep(60)
        woken.append(time.monotonic() - begin)

    thread = threading.Thread(target=sleeper)
    thread.start()
    with stop.cutting(cut.set):
        stop.set()
    thread.join(5)
    assert cut.is_set()
    assert woken
    assert woken[0] < 5
    with pytest.raises(StoppedError), stop.cutting(cut.set):
        pytest.fail("the block of an ended transfer runs")
