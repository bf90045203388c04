"""What keeps a connection logged in, and what becomes of one that ends or is forgotten, on the embedded server."""

from __future__ import annotations

import gc
import threading
import warnings

import pytest

from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.heartbeat import Heartbeat
from xnat_sdk import AuthenticationError, LoginFailedError, connect

LOGINS = ("PUT", "/data/services/auth")


def asked(server: Emulator, start: int = 0) -> list[tuple[str, str]]:
    return [(record.method, record.path) for record in server.requests[start:]]


# Renewal


def test_an_expired_login_is_renewed_in_mid_run(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        before = session.jsession
        empty.faults.add(Fault(faults.ExpiredSession(), path="/data/projects*", nth=3, count=1))
        start = len(empty.requests)
        for number in range(5):
            session.put(f"/data/projects/P{number}")
        assert session.jsession != before
        statuses = [record.status for record in empty.requests[start:] if record.path == "/data/projects/P2"]
        assert statuses == [401, 200]
        assert asked(empty, start).count(LOGINS) == 1
        assert len(session.projects) == 5


def test_many_threads_over_an_ended_login_log_in_once_and_all_get_their_answers(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        for number in range(16):
            session.put(f"/data/projects/P{number}")
        empty.site.sessions.close(session.jsession)
        start = len(empty.requests)
        barrier, found = threading.Barrier(16), []

        def work(number: int) -> None:
            barrier.wait(30)
            if number % 2:
                found.append(session.get(f"/data/projects/P{number}", format="json").status)
            else:
                found.append(session.put(f"/data/projects/P{number}", {"name": f"n{number}"}).status)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert found == [200] * 16
        assert asked(empty, start).count(LOGINS) == 1
        assert {project.name for project in session.projects} >= {f"n{number}" for number in range(0, 16, 2)}


def test_a_failed_renewal_is_not_repeated_for_each_request(empty):
    empty.build.user("carla", "pw-one-1")
    with connect(empty.url, empty.user, empty.password) as admin, connect(empty.url, "carla", "pw-one-1") as session:
        admin.put("/xapi/users/carla", json={"username": "carla", "password": "pw-two-2"})
        empty.site.sessions.close(session.jsession)
        start = len(empty.requests)
        for _ in range(5):
            with pytest.raises(LoginFailedError):
                session.get("/data/projects")
        assert asked(empty, start).count(LOGINS) == 1


def test_a_login_page_in_mid_run_is_no_data(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        empty.faults.add(Fault(faults.LoginPage(), path="/data/projects*"))
        with pytest.raises(AuthenticationError, match="login page"):
            list(session.projects)
        assert asked(empty).count(LOGINS) == 1


# The heartbeat, and leaving


def test_the_heartbeat_follows_what_the_server_says_and_ends_with_the_connection(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        assert session.keepalive
        assert session.session_expiration_time is not None
        assert session.session_expiration_time[1] == 900
        assert session._heartbeat._interval() == 450
        thread = session._heartbeat._thread
        assert thread is not None
        start = len(empty.requests)
        session.heartbeat()
        assert asked(empty, start) == [("GET", "/data/auth")]
    thread.join(10)
    assert not thread.is_alive()
    assert not session.keepalive


def test_a_heartbeat_survives_what_passes(empty):
    now = [0.0]
    with connect(empty.url, empty.user, empty.password, keepalive=False) as session:
        beating = Heartbeat(session.heartbeat, lambda: 100.0, clock=lambda: now[0])
        start = len(empty.requests)
        for fault in (faults.Unavailable(), faults.Unavailable(status=504), faults.LoseReply("reset")):
            now[0] += 101
            with empty.faults.add(Fault(fault, method="GET", path="/data/auth")):
                assert beating._next_pause() == 25.0  # again a quarter of the pause later
            now[0] += 25
            assert beating._next_pause() == 100.0
        assert set(asked(empty, start)) == {("GET", "/data/auth")}
        assert session.get("/data/projects").ok


def test_the_heartbeat_is_set_or_left_out(empty):
    with connect(empty.url, empty.user, empty.password, keepalive=False) as session:
        assert not session.keepalive
        session.keepalive = 33
        assert session._heartbeat._interval() == 33
        session.keepalive = False
        assert not session.keepalive
    session.keepalive = True
    assert not session.keepalive


def test_a_forgotten_connection_is_told_sends_nothing_and_takes_its_thread_along(empty):
    session = connect(empty.url, empty.user, empty.password)
    beating, secret = session._heartbeat, session.jsession
    start = len(empty.requests)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del session
        gc.collect()
    told = [str(each.message) for each in caught if each.category is ResourceWarning]
    assert len(told) == 1
    assert "was forgotten and not closed" in told[0]
    assert "call close()" in told[0]
    assert secret not in told[0]
    caught.clear()  # a recorded warning keeps what it is about
    gc.collect()
    assert beating._next_pause() == float("inf")
    assert asked(empty, start) == []
    beating.stop()


def test_a_connection_that_was_closed_or_that_others_end_is_forgotten_in_silence(empty):
    with connect(empty.url, empty.user, empty.password) as first, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        connect(empty.url, empty.user, empty.password).close()
        borrowed = connect(empty.url, jsession=first.jsession)
        del borrowed
        gc.collect()
    assert [each for each in caught if "connect()" in str(each.message)] == []


def test_a_heartbeat_does_not_hide_that_the_server_ended_the_login(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        empty.site.sessions.close(session.jsession)
        with pytest.raises(AuthenticationError):
            session.heartbeat()
        assert session.get("/data/projects").ok
