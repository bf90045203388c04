"""Waiting without a clock."""

from __future__ import annotations

import pickle

import pytest

from xnat_runtime.errors import InvalidValueError, WaitTimeoutError, XnatError
from xnat_runtime.waiting import Patience


def test_pauses_grow_up_to_the_interval():
    slept: list[float] = []
    answers = iter(["busy"] * 9 + ["done"])
    patience = Patience(timeout=100, interval=2, sleep=slept.append, clock=lambda: 0.0)
    assert patience.until(lambda: next(answers), lambda answer: answer == "done", "work") == "done"
    assert slept[:3] == [0.25, 0.375, 0.5625]
    assert slept[-1] == 2
    assert len(slept) == 9


def test_an_end_at_once_costs_no_pause():
    slept: list[float] = []
    assert Patience(timeout=0, sleep=slept.append).until(lambda: 1, bool, "work") == 1
    assert slept == []


def test_the_time_is_over_even_where_the_clock_stands_still():
    slept: list[float] = []
    patience = Patience(timeout=10, interval=3, sleep=slept.append, clock=lambda: 0.0)
    with pytest.raises(WaitTimeoutError, match="work: still busy after 10 seconds") as caught:
        patience.until(lambda: "busy", lambda _: False, "work")
    assert sum(slept) == pytest.approx(10)
    assert isinstance(caught.value, XnatError)
    assert isinstance(caught.value, TimeoutError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_slow_answers_count_too():
    ticks = iter(range(0, 1000, 40))
    patience = Patience(timeout=100, sleep=lambda _: None, clock=lambda: float(next(ticks)))
    with pytest.raises(WaitTimeoutError):
        patience.until(lambda: "busy", lambda _: False, "work")
    assert next(ticks) <= 160


@pytest.mark.parametrize("numbers", [{"timeout": -1}, {"interval": 0}, {"timeout": float("nan")}])
def test_impossible_numbers_are_refused(numbers):
    with pytest.raises(InvalidValueError):
        Patience(**numbers)
