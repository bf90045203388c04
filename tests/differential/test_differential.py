"""One program, run through xnatpy and through the SDK: the same answers, the same archive, no more requests.

The steps are in ``scenario``; ``differences`` names the few where one of both is wrong.
"""

from __future__ import annotations

import pytest

from .differences import REQUESTS, RESULTS
from .scenario import STEPS, TUTORIAL


def test_every_step_of_the_tutorial_is_in_the_scenario():
    assert set(TUTORIAL.values()) == set(range(1, 17))


def has_failed(result):
    return isinstance(result, dict) and list(result) == ["failed"]


@pytest.mark.parametrize("step", STEPS)
def test_both_clients_tell_the_same(ours, theirs, step):
    known = RESULTS.get(step)
    if known is None:
        assert ours.results[step] == theirs.results[step]
        assert not has_failed(ours.results[step]), "a step that fails for both compares nothing"
    else:
        assert ours.results[step] == known.ours, known.reason
        assert theirs.results[step] == known.theirs, known.reason


@pytest.mark.parametrize("step", STEPS)
def test_the_sdk_asks_no_more_often(ours, theirs, step):
    counts = (len(ours.requests[step]), len(theirs.requests[step]))
    known = REQUESTS.get(step)
    if known is None:
        assert counts[0] <= counts[1], (ours.requests[step], theirs.requests[step])
    else:
        assert counts == (known.ours, known.theirs), known.reason


@pytest.mark.parametrize("number", range(1, 17))
def test_the_sdk_asks_no_more_often_for_a_step_of_the_tutorial(ours, theirs, number):
    """Added up over a step of the tutorial, with what is named as needed on top."""
    steps = [name for name, part in TUTORIAL.items() if part == number]
    needed = sum(REQUESTS[name].ours - REQUESTS[name].theirs for name in steps if name in REQUESTS)
    mine = sum(len(ours.requests[name]) for name in steps)
    assert mine <= sum(len(theirs.requests[name]) for name in steps) + needed


def test_both_clients_leave_the_same_files(ours, theirs):
    assert ours.archive.tree == theirs.archive.tree


def test_both_clients_leave_the_same_objects(ours, theirs):
    assert ours.archive.documents.keys() == theirs.archive.documents.keys()
    for place, document in ours.archive.documents.items():
        assert document == theirs.archive.documents[place], place


def test_every_named_difference_is_one_of_a_step():
    assert {*RESULTS, *REQUESTS} <= set(STEPS)
    assert all(known.ours != known.theirs and known.reason for known in RESULTS.values())
    assert all(known.ours > known.theirs and known.reason for known in REQUESTS.values())
