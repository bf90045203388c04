"""The order in which DICOM files are sent one by one, and when that ends: with files that are none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from xnat_runtime.errors import (
    BadRequestError,
    ConnectionFailedError,
    OperationFailedError,
    PermissionDeniedError,
    SessionExpiredError,
    XnatError,
    error_for,
)
from xnat_runtime.transfers import gradual
from xnat_runtime.transfers.dicom_files import Instance, Series
from xnat_runtime.transfers.events import Finished, Retried, TransferEvent
from xnat_runtime.transfers.gradual import Gradual
from xnat_runtime.transfers.importer_words import ends_all, is_busy, likeness, may_pass
from xnat_runtime.transfers.retry import RetryPolicy
from xnat_runtime.transfers.upload_plan import LocalFile
from xnat_runtime.transfers.workers import work_through

QUICK = RetryPolicy(attempts=4, base=0.0)
BUSY = "Session processing in progress: concurrent modification is discouraged"
ADDRESS = "/data/prearchive/projects/P/20260101_000000000/E"


def virtual(series: int, files: int, *, studies: int = 1) -> list[Series]:
    """Return series whose files do not exist."""
    made = []
    for study in range(studies):
        for one in range(series):
            uid = f"1.{study}.{one}"
            instances = tuple(
                Instance(
                    LocalFile(f"{study}/{one:06}/{n:06}.dcm", "", 1_000, 0), f"1.{study}", uid, str(one), f"{uid}.{n}"
                )
                for n in range(files)
            )
            made.append(Series(f"1.{study}", uid, str(one), instances))
    return made


def refused(text: str, status: int = 400) -> XnatError:
    return error_for("POST", "/data/services/import", status, text)


class Server:
    """Takes virtual files, counts them, and knows which run at the same moment."""

    def __init__(self, judge: Callable[[Instance, int], XnatError | None] = lambda _one, _number: None) -> None:
        self.asked: list[str] = []
        self.looked: list[str] = []
        self.together: dict[str, int] = {}
        self.most = 0
        self._judge = judge
        self._lock = threading.Lock()
        self._running: dict[str, int] = {}

    def send(self, one: Instance) -> str:
        with self._lock:
            self.asked.append(one.name)
            number = len(self.asked)
            self._running[one.study] = self._running.get(one.study, 0) + 1
            self.together[one.name] = self._running[one.study]
        try:
            error = self._judge(one, number)
        finally:
            with self._lock:
                self.most = max(self.most, sum(self._running.values()))
                self._running[one.study] -= 1
        if error is not None:
            raise error
        return ADDRESS

    def look(self, one: Instance) -> None:
        self.looked.append(one.name)


def engine(server: Server, *, workers: int = 4, events: list[TransferEvent] | None = None) -> Gradual:
    observer = None if events is None else events.append
    return Gradual(server.send, server.look, workers=workers, retry=QUICK, observer=observer)


def test_all_files_are_sent_once():
    server, series = Server(), virtual(5, 40)
    made = engine(server)
    made.run(series)
    every = {each.name for one in series for each in one.instances}
    assert sorted(server.asked) == sorted(every)
    assert {each.name for each, _ in made.sent} == every
    assert made.failed == []


def test_the_first_file_of_each_series_goes_first_and_alone():
    server, series = Server(), virtual(6, 10)
    engine(server).run(series)
    assert server.asked[:6] == [one.instances[0].name for one in series]
    assert {server.together[name] for name in server.asked[:6]} == {1}


def test_studies_begin_side_by_side_each_with_one_file_at_a_time():
    met = threading.Barrier(2, timeout=20)

    def judge(one: Instance, number: int) -> None:
        if number <= 2:
            met.wait()  # breaks unless both studies are at it

    server, series = Server(judge), virtual(3, 1, studies=2)
    engine(server).run(series)
    assert set(server.together.values()) == {1}


def test_the_others_are_sent_by_as_many_workers_as_asked_for():
    met = threading.Barrier(3, timeout=20)

    def judge(one: Instance, number: int) -> None:
        if 1 < number <= 4:
            met.wait()

    server = Server(judge)
    engine(server, workers=3).run(virtual(1, 20))
    assert len(server.asked) == 20
    assert server.most <= 3


def test_series_that_the_server_knows_need_no_first_file():
    server, series = Server(), virtual(2, 3)
    engine(server, workers=1).run(series, warm=["1.0.1"])
    assert server.asked[0] == series[0].instances[0].name
    assert len(server.asked) == 6


# What has no hope


@pytest.mark.parametrize(("series", "most"), [(100, 50), (10, 30), (1, 3)])
def test_a_hundred_thousand_files_that_nobody_wants_end_after_the_first_ones(series: int, most: int):
    def judge(one: Instance, number: int) -> XnatError:
        return refused(f"unable to read DICOM object {one.name.rpartition('/')[2]}")

    server = Server(judge)
    made = engine(server)
    made.run(virtual(series, 100_000 // series))
    assert len(server.asked) <= most
    assert len(made.failed) == 100_000
    assert made.sent == []
    assert all(isinstance(one.error, BadRequestError) for one in made.failed)
    assert "not sent, since the files tried were refused" in made.failed[1].reason


def test_a_hundred_thousand_series_that_nobody_wants_end_too():
    server = Server(lambda _one, _number: refused("no"))
    made = engine(server)
    made.run(virtual(100_000, 1))
    assert len(server.asked) == 50
    assert len(made.failed) == 100_000


def test_an_import_that_is_refused_from_some_file_on_ends():
    server = Server(lambda _one, number: refused("quota exceeded") if number > 100 else None)
    made = engine(server)
    made.run(virtual(4, 25_000))
    assert len(server.asked) < 1_000
    assert len(made.sent) == 100
    assert len(made.sent) + len(made.failed) == 100_000


def test_a_server_that_is_gone_ends_it_too():
    lost = ConnectionFailedError("refused", method="POST", url="/x", sent=False)
    server = Server(lambda _one, number: lost if number > 100 else None)
    made = engine(server)
    made.run(virtual(4, 2_500))
    assert len(made.sent) == 100
    assert len(server.asked) < 100 + 4 * 30
    assert len(made.sent) + len(made.failed) == 10_000


def test_a_server_that_is_gone_from_the_start_ends_after_few_attempts():
    lost = ConnectionFailedError("refused", method="POST", url="/x", sent=False)
    server = Server(lambda _one, _number: lost)
    made = engine(server)
    made.run(virtual(1_000, 10))
    assert len(server.asked) == 3 * QUICK.attempts
    assert len(made.failed) == 10_000


def test_a_series_that_is_refused_leaves_the_others_alone():
    def judge(one: Instance, number: int) -> XnatError | None:
        return refused("no") if one.series == "1.0.1" else None

    server, series = Server(judge), virtual(3, 1_000)
    made = engine(server)
    made.run(series)
    tried = [name for name in server.asked if name in {each.name for each in series[1].instances}]
    found = series[1].instances
    assert tried == [found[0].name, found[499].name, found[999].name]
    assert (len(made.sent), len(made.failed)) == (2_000, 1_000)


def test_a_first_file_that_is_bad_does_not_give_up_its_series():
    def judge(one: Instance, number: int) -> XnatError | None:
        return refused("unable to read") if one.name.endswith("000000.dcm") else None

    server = Server(judge)
    made = engine(server)
    made.run(virtual(3, 10))
    assert (len(made.sent), len(made.failed)) == (27, 3)
    assert len(server.asked) == 30


def test_different_reasons_are_each_files_own():
    numbers = count()

    def judge(one: Instance, number: int) -> XnatError | None:
        return refused(("first", "second", "third")[next(numbers)]) if number <= 3 else None

    made = engine(Server(judge), workers=1)
    made.run(virtual(1, 10))
    assert (len(made.sent), len(made.failed)) == (7, 3)


@pytest.mark.parametrize("error", [PermissionDeniedError("POST", "/x", 403), SessionExpiredError("POST", "/x", 401)])
@pytest.mark.parametrize("at", [1, 30])
def test_what_concerns_all_files_ends_at_once(error: XnatError, at: int):
    server = Server(lambda _one, number: error if number >= at else None)
    with pytest.raises(type(error)):
        engine(server).run(virtual(2, 10_000))
    assert len(server.asked) < at + 8


# As many at once as the server takes


class Rush:
    """A server that shows how many requests run at once, and refuses those that are too many for it."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.peaks: list[int] = []
        self.refused = 0
        self._running = 0
        self._lock = threading.Lock()
        self._met = threading.Event()

    def judge(self, _one: Instance, _number: int) -> XnatError | None:
        with self._lock:
            self._running += 1
            mine = self._running
            self.peaks.append(mine)
        try:
            # Others come in meanwhile, as many as are allowed to.
            self._met.wait(0.002)
            if mine > self.room:
                self.refused += 1
                return refused(BUSY)
            return None
        finally:
            with self._lock:
                self._running -= 1


@pytest.mark.parametrize(("room", "widths"), [(8, [8]), (4, [8, 4]), (1, [8, 4, 1])])
def test_workers_widen_after_the_first_file_and_narrow_until_the_server_takes_them(
    monkeypatch: pytest.MonkeyPatch, room: int, widths: list[int]
):
    used: list[int] = []

    def watched(units, work, *, workers, stop):
        used.append(workers)
        return work_through(units, work, workers=workers, stop=stop)

    monkeypatch.setattr(gradual, "work_through", watched)
    rush = Rush(room)
    server = Server(rush.judge)
    made = engine(server, workers=8)
    made.run(virtual(1, 300))
    assert (len(made.sent), made.failed) == (300, [])
    assert used == [1, *widths]  # the first file of the series goes alone
    assert rush.peaks[0] == 1
    assert max(rush.peaks) <= 8
    assert (rush.refused > 0) == (len(widths) > 1)
    # A pass that meets refusals only ends early: its other files wait for fewer workers.
    assert len(server.asked) == 300 + rush.refused


# What passes


def test_files_that_meet_another_request_are_sent_again_until_all_are_there():
    running = threading.Lock()

    def judge(one: Instance, number: int) -> XnatError | None:
        if not running.acquire(blocking=False):
            return refused(BUSY)
        try:
            threading.Event().wait(0.001)
            return None
        finally:
            running.release()

    server = Server(judge)
    made = engine(server, workers=8)
    made.run(virtual(2, 200))
    assert (len(made.sent), made.failed) == (400, [])


def test_only_files_that_were_refused_for_the_moment_are_sent_again():
    seen: set[str] = set()

    def judge(one: Instance, number: int) -> XnatError | None:
        if number > 2 and one.name not in seen and one.name.endswith(("3.dcm", "7.dcm")):
            seen.add(one.name)
            return refused(BUSY) if one.name.endswith("3.dcm") else refused("contains no SOP Class UID")
        return None

    server = Server(judge)
    made = engine(server)
    made.run(virtual(1, 100))
    assert len(made.failed) == 10
    assert len(made.sent) == 90
    assert len(server.asked) == 110


def test_when_all_are_refused_for_the_moment_few_requests_are_wasted():
    server = Server(lambda _one, number: refused(BUSY) if number > 1 else None)
    made = engine(server)
    made.run(virtual(1, 100_000))
    assert len(made.sent) == 1
    assert len(made.failed) == 99_999
    assert len(server.asked) < 500


def test_a_busy_server_is_waited_for_and_told_of():
    events: list[TransferEvent] = []
    server = Server(lambda _one, number: refused("", 503) if number in {1, 5} else None)
    made = engine(server, workers=1, events=events)
    made.run(virtual(1, 5))
    assert len(made.sent) == 5
    assert len([one for one in events if isinstance(one, Retried)]) == 2
    assert [one.outcome for one in events if isinstance(one, Finished)] == ["moved"] * 5


def test_a_lost_reply_is_looked_at_before_the_file_is_sent_again():
    server = Server(lambda _one, number: refused("", 504) if number == 3 else None)
    made = engine(server, workers=1)
    made.run(virtual(1, 5))
    assert len(server.looked) == 2  # at once, and again before it is sent
    assert len(server.asked) == 6
    assert len(made.sent) == 5


def test_a_look_that_shows_no_room_ends_that_file():
    server = Server(lambda _one, number: refused("", 504) if number == 3 else None)

    def look(one: Instance) -> None:
        raise OperationFailedError("the session has left the prearchive")

    made = Gradual(server.send, look, workers=1, retry=QUICK)
    made.run(virtual(1, 5))
    assert (len(made.sent), len(made.failed), len(server.asked)) == (4, 1, 5)


def test_an_error_of_the_observer_ends_it():
    def observer(event: TransferEvent) -> None:
        if isinstance(event, Finished):
            raise ZeroDivisionError

    server = Server()
    with pytest.raises(ZeroDivisionError):
        Gradual(server.send, server.look, observer=observer).run(virtual(1, 10_000))
    assert len(server.asked) < 100


# What texts mean


@pytest.mark.parametrize(
    ("status", "text", "busy", "passing", "all_"),
    [
        (400, BUSY, True, True, False),
        (400, "Session processing may already be in progress: 1 workflow", True, True, False),
        (409, "session document locked", True, True, False),
        (423, "", True, True, False),
        (400, "unable to read DICOM object a.dcm", False, False, False),
        (400, "object a.dcm contains no SOP Class UID", False, False, False),
        (400, "Session already exists, retry with overwrite enabled", False, False, False),
        (400, "Importer is limited to one uploaded resource at a time.", False, False, False),
        (503, "", False, True, False),
        (401, "", False, False, True),
        (403, BUSY, False, False, True),
        (404, "Unknown importer implementation specified: x", False, False, True),
        (500, "", False, False, False),
    ],
)
def test_refusals_are_told_apart_by_their_text(status: int, text: str, busy: bool, passing: bool, all_: bool):
    error = refused(text, status)
    assert (is_busy(error), may_pass(error), ends_all(error)) == (busy, passing, all_)


def test_likeness_leaves_out_names_and_numbers():
    first = likeness(refused("unable to read DICOM object a1.dcm"), "x/a1.dcm")
    assert first == likeness(refused("unable to read DICOM object b22.dcm"), "y/b22.dcm")
    assert first != likeness(refused("object b22.dcm contains no SOP Class UID"), "y/b22.dcm")
