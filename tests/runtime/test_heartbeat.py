"""The heartbeat: when it beats, what it survives and when it ends. Time is told by the test."""

from __future__ import annotations

import datetime
import gc
import subprocess
import sys
import threading

import pytest

from xnat_runtime.errors import ConnectionFailedError
from xnat_runtime.heartbeat import FALLBACK_SECONDS, Heartbeat, beat_interval, session_expiration


class Time:
    """A clock that goes on only when somebody waits; stops the thread after some pauses."""

    def __init__(self, pauses: int) -> None:
        self.now = 1_000.0
        self.pauses: list[float] = []
        self._most = pauses

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now += seconds
        return len(self.pauses) >= self._most


class Heart:
    """Counts its beats; fails as told."""

    def __init__(self, time: Time, *failures: BaseException | None) -> None:
        self.beats: list[float] = []
        self._time = time
        self._failures = list(failures)

    def beat(self) -> None:
        self.beats.append(self._time.now - 1_000)
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure


def run(time: Time, heart: Heart, interval: float = 100.0) -> Heartbeat:
    beating = Heartbeat(heart.beat, lambda: interval, clock=time.clock, wait=time.wait)
    beating.start()
    thread = beating._thread
    assert thread is not None
    assert thread.daemon
    thread.join(10)
    assert not thread.is_alive()
    return beating


def test_an_idle_login_gets_one_beat_an_interval():
    time = Time(4)
    heart = Heart(time)
    run(time, heart)
    assert heart.beats == [100, 200, 300]


def test_requests_of_others_count():
    time = Time(4)
    heart = Heart(time)
    used = iter([True, False, False, False])

    def wait(seconds: float) -> bool:
        over = time.wait(seconds - 30)
        if next(used):
            beating.note_use()
        time.now += 30
        return over

    beating = Heartbeat(heart.beat, lambda: 100.0, clock=time.clock, wait=wait)
    beating.start()
    assert beating._thread is not None
    beating._thread.join(10)
    # Used at 70, so that the first beat comes at 170 and not at 100.
    assert heart.beats[0] == 170
    assert time.pauses[:2] == [70, 40]


@pytest.mark.parametrize("failure", [ConnectionFailedError("gone"), OSError("odd"), RuntimeError("odd")])
def test_a_failed_beat_is_repeated_earlier_and_does_not_end_it(failure, caplog: pytest.LogCaptureFixture):
    time = Time(5)
    heart = Heart(time, failure, failure)
    run(time, heart)
    assert heart.beats == [100, 125, 150, 250]
    assert "a heartbeat failed and is repeated" in caplog.text


def test_it_ends_when_stopped_and_can_be_started_again():
    heart = Heart(Time(1))
    beating = Heartbeat(heart.beat, lambda: 3_600.0)
    assert not beating.is_running
    for _ in range(2):
        beating.start()
        beating.start()
        thread = beating._thread
        assert thread is not None
        assert beating.is_running
        beating.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert not beating.is_running
    assert heart.beats == []


def test_it_ends_when_what_it_serves_is_gone():
    time = Time(10)
    heart = Heart(time)
    gate = threading.Event()

    def wait(seconds: float) -> bool:
        gate.wait(10)
        return time.wait(seconds)

    beating = Heartbeat(heart.beat, lambda: 100.0, clock=time.clock, wait=wait)
    beating.start()
    del heart
    gc.collect()
    gate.set()
    assert beating._thread is not None
    beating._thread.join(10)
    assert not beating._thread.is_alive()
    assert len(time.pauses) == 1


def test_an_interpreter_that_ends_does_not_wait_for_it():
    program = (
        "from xnat_runtime.heartbeat import Heartbeat\n"
        "class Heart:\n"
        "    def beat(self): pass\n"
        "heart = Heart()\n"
        "beating = Heartbeat(heart.beat, lambda: 3600.0)\n"
        "beating.start()\n"
        "print(beating.is_running)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_the_server_says_how_long_a_login_lives():
    assert beat_interval('"1625022991874,900000"') == 450
    assert beat_interval("1625022991874,432000000") == 216_000
    assert beat_interval('"1625022991874,1000"') == 1
    assert session_expiration('"1625022991874,900000"') == (
        datetime.datetime(2021, 6, 30, 3, 16, 31, 874_000, tzinfo=datetime.UTC),
        900.0,
    )


@pytest.mark.parametrize("cookie", [None, "", '""', "soon", "1625022991874", '"x,900000"', '"1625022991874,-1"'])
def test_a_server_that_does_not_say_gets_a_beat_before_its_default_ends(cookie):
    assert session_expiration(cookie) is None
    assert beat_interval(cookie) == FALLBACK_SECONDS == 14 * 60


@pytest.mark.parametrize("cookie", ['"1625022991874,0"', f'"{"9" * 30},900000"'])
def test_numbers_that_mean_nothing_do_no_harm(cookie):
    assert beat_interval(cookie) == FALLBACK_SECONDS
