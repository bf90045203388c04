"""When a failed unit is tried again: policy, pauses, and what passes."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime.errors import (
    AuthenticationError,
    ConnectionFailedError,
    IncompleteTransferError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TlsError,
)
from xnat_runtime.retry_after import seconds_to_wait
from xnat_runtime.transfers.attempts import persist
from xnat_runtime.transfers.events import Events, Retried, TransferEvent
from xnat_runtime.transfers.retry import NEVER, RetryPolicy, is_passing
from xnat_runtime.transfers.stop import Stop, StoppedError
from xnat_runtime.transport import Response

QUICK = RetryPolicy(attempts=3, base=0.0)


def test_pauses_grow_within_their_span_and_end():
    policy = RetryPolicy(attempts=6, base=1.0, cap=5.0)
    assert [policy.pause(n, 0, None, draw=1.0) for n in range(1, 7)] == [1, 2, 4, 5, 5, None]
    assert policy.pause(3, 0, None, draw=0.0) == 0
    drawn = [policy.pause(1, 0, None) for _ in range(20)]
    assert len(set(drawn)) > 1
    assert all(seconds is not None and 0 <= seconds <= 1 for seconds in drawn)


def test_the_server_may_ask_for_patience_but_not_for_ever():
    policy = RetryPolicy(base=1.0, patience=60)
    assert policy.pause(1, 0, 30.0, draw=0.5) == 30.5
    assert policy.pause(1, 0, 61.0, draw=0.5) is None


def test_the_budget_of_pauses_ends_a_unit():
    policy = RetryPolicy(base=1.0, budget=10)
    assert policy.pause(1, 9.5, None, draw=0.5) == 0.5
    assert policy.pause(1, 9.6, None, draw=0.5) is None


def test_a_policy_that_cannot_work_is_refused():
    with pytest.raises(InvalidValueError):
        RetryPolicy(attempts=0)
    with pytest.raises(InvalidValueError):
        RetryPolicy(base=-1)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (ConnectionFailedError("reset"), True),
        (IncompleteTransferError("cut"), True),
        (ServerError("GET", "/data/x", 503), True),
        (ServerError("GET", "/data/x", 500), False),
        (NotFoundError("GET", "/data/x", 404), False),
        (PermissionDeniedError("GET", "/data/x", 403), False),
        (AuthenticationError("GET", "/data/x", 401), False),
        (TlsError("expired"), False),
        (KeyError("x"), False),
    ],
)
def test_losses_pass_and_refusals_do_not(error: Exception, passes: bool):
    assert is_passing(error) is passes


def test_a_unit_is_tried_until_it_succeeds_and_events_tell():
    told: list[TransferEvent] = []
    tries = iter([ConnectionFailedError("a"), ConnectionFailedError("b"), None])

    def attempt() -> str:
        failure = next(tries)
        if failure:
            raise failure
        return "moved"

    assert persist(attempt, "x", policy=QUICK, stop=Stop(), events=Events(told.append)) == "moved"
    assert told == [Retried("x", 1, 0.0, "a"), Retried("x", 2, 0.0, "b")]


def test_the_last_failure_is_raised():
    count = 0

    def attempt() -> None:
        nonlocal count
        count += 1
        raise ConnectionFailedError(str(count))

    with pytest.raises(ConnectionFailedError, match="3"):
        persist(attempt, "x", policy=QUICK, stop=Stop(), events=Events(None))
    count = 0
    with pytest.raises(ConnectionFailedError, match="1"):
        persist(attempt, "x", policy=NEVER, stop=Stop(), events=Events(None))


def test_a_refusal_is_not_tried_again():
    count = 0

    def attempt() -> None:
        nonlocal count
        count += 1
        raise PermissionDeniedError("GET", "/data/x", 403)

    with pytest.raises(PermissionDeniedError):
        persist(attempt, "x", policy=QUICK, stop=Stop(), events=Events(None))
    assert count == 1


def test_a_stopped_transfer_does_not_try_again():
    stop = Stop()

    def attempt() -> None:
        stop.set()
        raise ConnectionFailedError("cut off")

    with pytest.raises(StoppedError):
        persist(attempt, "x", policy=QUICK, stop=stop, events=Events(None))


def test_retry_after_is_read_from_the_answer():
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert seconds_to_wait("17") == 17
    assert seconds_to_wait("Thu, 01 Jan 2026 00:01:00 GMT", now) == 60
    assert seconds_to_wait("Wed, 31 Dec 2025 00:00:00 GMT", now) == 0
    assert seconds_to_wait("soon") is None
    assert seconds_to_wait("") is None
    answer = Response(method="GET", url="/data/x", status=503, headers={"Retry-After": "9"})
    assert answer.error().retry_after == 9
    assert Response(method="GET", url="/data/x", status=503).error().retry_after is None
