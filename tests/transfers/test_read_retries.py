"""Reads that are made again on a connection, and what never is: counted on the embedded server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import ConnectionFailedError, ServerError, XnatError
from xnat_runtime.outgoing import is_pure_read
from xnat_runtime.read_retries import READS, ReadRetries
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_runtime.transport import Request, Response, Send

AT_ONCE = RetryPolicy(attempts=4, base=0.0)
LISTING = "/data/projects"


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as emulator:
        yield emulator


@pytest.fixture
def session(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    server.faults.clear()
    with xnat_sdk.connect(server.url, server.user, server.password, retry=AT_ONCE) as connection:
        server.requests.clear()
        yield connection
        server.faults.clear()


@pytest.mark.parametrize(
    "fault",
    [
        faults.Unavailable(status=429),
        faults.Unavailable(status=502),
        faults.Unavailable(status=503),
        faults.Unavailable(status=504),
        faults.Drop(after=10),
        faults.Drop(after=10, reset=True),
        faults.LoseReply("reset"),
        faults.LoseReply("504"),
    ],
    ids=str,
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_read_is_made_again_until_it_succeeds(server, session, fault, times):
    server.faults.add(Fault(fault, method="GET", path=LISTING, count=times))
    assert "sandbox" in session.projects
    assert len(server.requests) == times + 1


def test_the_last_answer_is_what_the_caller_gets(server, session):
    server.faults.add(Fault(faults.Unavailable(), method="GET", path=LISTING))
    with pytest.raises(ServerError, match="503"):
        session.get_json(LISTING)
    assert len(server.requests) == AT_ONCE.attempts


def test_a_broken_connection_is_told_as_it_was(server, session):
    server.faults.add(Fault(faults.Drop(), method="GET", path=LISTING))
    with pytest.raises(ConnectionFailedError):
        session.get_json(LISTING)
    assert len(server.requests) == AT_ONCE.attempts


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_a_refusal_is_final(server, session, status):
    server.faults.add(Fault(faults.Unavailable(status=status), method="GET", path=LISTING))
    with pytest.raises(XnatError):
        session.get_json(LISTING)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [faults.Unavailable(), faults.LoseReply("reset"), faults.LoseReply("504")], ids=str)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_write_is_never_made_again(server, session, fault, method):
    server.faults.add(Fault(fault, method=method, path="*"))
    with pytest.raises(XnatError):
        session.send(Request(method, "/data/projects/none", body=b"<x/>")).raise_for_status()
    assert [request.method for request in server.requests] == [method]


def test_a_search_is_made_again_with_its_document(server, session):
    from xnat_sdk.models import SubjectData

    server.faults.add(Fault(faults.Unavailable(), method="POST", path="/data/search*", count=2))
    found = session.query(SubjectData, SubjectData.project == "sandbox").all()
    assert found
    assert [request.status for request in server.requests if request.path == "/data/search"] == [503, 503, 200]


@pytest.mark.parametrize(
    ("method", "path", "is_read"),
    [
        ("GET", "/data/projects", True),
        ("HEAD", "/data/projects", True),
        ("POST", "/data/search", True),
        ("POST", "/data/services/import", False),
        ("POST", "/data/JSESSION", False),
        ("PUT", "/data/services/auth", False),
        ("GET", "/data/services/tokens/issue", False),
        ("DELETE", "/data/projects/p", False),
    ],
)
def test_what_counts_as_a_read(method, path, is_read):
    assert is_pure_read(Request(method, path)) == is_read


def test_a_body_that_is_left_to_be_read_is_not_asked_for_again(server, session):
    server.faults.add(Fault(faults.Unavailable(), method="GET", path=LISTING, count=1))
    with session.send(Request("GET", LISTING), stream=True) as answer:
        assert answer.status == 503
    assert len(server.requests) == 1


def test_retries_can_be_turned_off(server):
    server.faults.clear()
    with xnat_sdk.connect(server.url, server.user, server.password, retry=NEVER) as connection:
        server.requests.clear()
        with (
            server.faults.add(Fault(faults.Unavailable(), method="GET", path=LISTING, count=1)),
            pytest.raises(ServerError),
        ):
            connection.get_json(LISTING)
        assert len(server.requests) == 1


def test_a_busy_server_is_named_with_the_seconds_that_it_asks_for(server, session):
    server.faults.add(Fault(faults.Unavailable(retry_after="3600"), method="GET", path=LISTING))
    with pytest.raises(ServerError, match="The server asks to wait 3600 seconds before the next attempt") as caught:
        session.get_json(LISTING)
    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1  # longer than its patience


class Paused(ReadRetries):
    """Takes down pauses in place of making them."""

    def __init__(self, policy: RetryPolicy) -> None:
        super().__init__(policy)
        self.pauses: list[float] = []

    def _is_closed_within(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return False


def busy(retry_after: str = "") -> Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Response(method="GET", url=LISTING, status=503, headers=headers)


def always(retry_after: str) -> Send:
    def send(request: Request, *, stream: bool = False) -> Response:
        return busy(retry_after)

    return send


def test_pauses_grow_and_stay_within_the_budget():
    retries = Paused(RetryPolicy(attempts=9, base=1.0, cap=8.0, budget=10.0))
    retries.send(always(""), Request("GET", LISTING))
    assert sum(retries.pauses) <= 10.0
    assert all(pause <= min(8.0, 2.0**number) for number, pause in enumerate(retries.pauses))


def test_the_server_s_own_wish_is_kept():
    retries = Paused(RetryPolicy(attempts=3, base=0.0))
    retries.send(always("7"), Request("GET", LISTING))
    assert retries.pauses == [7.0, 7.0]


def test_the_default_gives_an_unreachable_server_up_soon():
    pauses = [READS.pause(failures, 0.0, None, draw=1.0) for failures in range(1, READS.attempts + 1)]
    assert pauses == [0.5, 1.0, 2.0, None]


def test_closing_ends_a_pause():
    retries = ReadRetries(RetryPolicy(attempts=3, base=1000.0, cap=1000.0, budget=10_000.0))
    asked = threading.Event()
    outcome: list[Response] = []

    def send(request: Request, *, stream: bool = False) -> Response:
        asked.set()
        return busy()

    thread = threading.Thread(target=lambda: outcome.append(retries.send(send, Request("GET", LISTING))))
    thread.start()
    assert asked.wait(10)
    retries.close()
    thread.join(10)
    assert [answer.status for answer in outcome] == [503]


def test_what_is_logged_names_path_and_seconds_and_no_secret(server, session, caplog):
    server.faults.add(Fault(faults.Unavailable(), method="GET", path=LISTING, count=1))
    with caplog.at_level(logging.INFO, logger="xnat_runtime"):
        session.get_json(LISTING, {"columns": "secret-value"})
    (told,) = [record.getMessage() for record in caplog.records if record.name == "xnat_runtime.retry"]
    assert told == "GET /data/projects: 503; made again in 0.0 s (attempt 2 of 4)"
    assert "secret-value" not in caplog.text
    assert session.jsession not in caplog.text
