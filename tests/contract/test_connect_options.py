"""Arguments of xnatpy's connect(), credentials from functions and from the environment, on the embedded server."""

from __future__ import annotations

import io
import logging
import pickle
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from xnat_emulator import Fault, faults
from xnat_runtime.logs import LOGGER
from xnat_runtime.pool import PoolTransport
from xnat_sdk import (
    InvalidValueError,
    LoginFailedError,
    Request,
    RequestTimeoutError,
    Response,
    SessionExpiredError,
    Timeouts,
    UsageError,
    connect,
)

LOGINS = ("PUT", "/data/services/auth")


@pytest.fixture(autouse=True)
def ours() -> Iterator[logging.Logger]:
    """The package's logger, as it was before the test."""
    logger = logging.getLogger(LOGGER)
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def asked(server, start=0):
    return [(record.method, record.path) for record in server.requests[start:]]


# What xnatpy's connect() takes


def test_debug_logs_all_requests_and_a_level_comes_before_it(empty, ours):
    with connect(empty.url, empty.user, empty.password, debug=True):
        assert ours.level == logging.DEBUG
    with connect(empty.url, empty.user, empty.password, debug=True, loglevel="warning"):
        assert ours.level == logging.WARNING


def test_a_logger_of_ones_own_gets_the_records_at_its_level_and_no_secret(empty):
    written = io.StringIO()
    mine = logging.Logger("mine", logging.DEBUG)
    mine.parent = logging.getLogger()
    mine.addHandler(logging.StreamHandler(written))
    with connect(empty.url, empty.user, empty.password, logger=mine) as session:
        assert session.logger is mine
        secret = session.jsession
        session.get("/data/projects", query={"columns": "ID"})
    with connect(empty.url, empty.user, empty.password, logger=mine):
        pass
    lines = written.getvalue().splitlines()
    assert lines.count("GET /data/projects -> 200") == 1
    assert not any(part in written.getvalue() for part in (secret, empty.password, "columns"))


def test_a_quiet_logger_stays_quiet_and_no_record_comes_twice(empty, caplog):
    mine = logging.getLogger("an.application")
    mine.setLevel(logging.ERROR)
    try:
        with connect(empty.url, empty.user, empty.password, logger=mine, loglevel="DEBUG") as session:
            caplog.set_level(logging.DEBUG)
            mine.setLevel(logging.DEBUG)
            caplog.clear()
            session.get("/data/projects")
        seen = [record.getMessage() for record in caplog.records if record.name.startswith(LOGGER)]
        assert seen.count("GET /data/projects -> 200") == 1
    finally:
        mine.setLevel(logging.NOTSET)


def test_without_a_logger_the_packages_own_is_there(empty, ours):
    with connect(empty.url, empty.user, empty.password) as session:
        assert session.logger is ours
    with connect(empty.url, empty.user, empty.password, logger=ours) as session:
        assert session.logger is ours
        assert ours.handlers == []


@pytest.mark.parametrize("timeout", [0.3, (5, 0.3)])
def test_a_pilot_timeout_is_for_logging_in_only(empty, timeout, monkeypatch):
    empty.faults.add(Fault(faults.Stall(seconds=30), path=LOGINS[1]))
    with pytest.raises(RequestTimeoutError):
        connect(empty.url, empty.user, empty.password, pilot_timeout=timeout)
    empty.faults.clear()
    waits: list[Timeouts | None] = []
    send = PoolTransport.send

    def watched(self: PoolTransport, request: Request, *, stream: bool = False) -> Response:
        waits.append(request.timeout)
        return send(self, request, stream=stream)

    monkeypatch.setattr(PoolTransport, "send", watched)
    with connect(empty.url, empty.user, empty.password, pilot_timeout=timeout) as session:
        assert session.get("/data/projects").ok
        assert waits == [Timeouts(0.3, 0.3) if timeout == 0.3 else Timeouts(5, 0.3), None]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"detect_redirect": False}, "detect_redirect=False has no effect: a redirect from http to https"),
        ({"extension_types": True}, "extension_types=True has no effect: data types come with the package"),
    ],
)
def test_what_cannot_be_had_here_is_taken_with_one_warning_at_the_line_that_asks(empty, option, told):
    with pytest.warns(UserWarning, match=told) as caught:
        connect(empty.url, empty.user, empty.password, **option).close()
    assert [Path(each.filename).name for each in caught] == [Path(__file__).name]
    assert "xnat-codegen generate" in str(caught[0].message) or "connect() the address" in str(caught[0].message)


def test_what_is_so_anyway_is_taken_without_a_word(empty):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = {"detect_redirect": True, "extension_types": False, "debug": False, "logger": None}
        with connect(empty.url, empty.user, empty.password, no_parse_model=True, **options) as session:
            assert session.user == empty.user
        connect(empty.url, empty.user, empty.password, no_parse_model=False, default_timeout=300.0).close()


def test_a_misspelt_argument_is_refused_before_any_request(empty):
    for wrong, meant in (("pasword", "password"), ("pilot_timout", "pilot_timeout"), ("credential", "credentials")):
        with pytest.raises(TypeError, match=rf"takes no argument {wrong}=; is {meant}= meant\?"):
            connect(empty.url, empty.user, empty.password, **{wrong: "x"})
    with pytest.raises(TypeError, match=r"takes no argument zzz=$"):
        connect(empty.url, zzz=1)
    assert asked(empty) == []


# A function that gives credentials


def test_a_function_gives_the_credentials_at_login_and_at_renewal(empty):
    told: list[str] = []

    def vault(server: str) -> tuple[str, str]:
        told.append(server)
        return empty.user, empty.password

    with connect(empty.url, credentials=vault) as session:
        assert session.user == empty.user
        assert told == [empty.url]
        empty.site.sessions.close(session.jsession)
        assert session.get("/data/projects").ok
        assert told == [empty.url] * 2
        assert session.get("/data/projects").ok
    assert told == [empty.url] * 2
    assert asked(empty).count(LOGINS) == 2


def test_rotated_credentials_go_on_where_the_old_ones_ended(empty):
    with connect(empty.url, empty.user, empty.password) as owner:
        tokens = [owner.tokens.issue(), owner.tokens.issue()]
        given = iter(tokens)

        def rotating(_: str, /) -> tuple[str, str]:
            token = next(given)
            return token.alias, token.secret

        with connect(empty.url, credentials=rotating) as session:
            owner.tokens.invalidate(tokens[0])
            empty.site.sessions.close(session.jsession)
            assert session.logged_in_user == empty.user


def test_refused_credentials_are_sent_once_and_new_ones_are_tried(empty):
    with connect(empty.url, empty.user, empty.password) as owner:
        token = owner.tokens.issue()
        answers = [(token.alias, token.secret)] * 3 + [(empty.user, empty.password)]
        with connect(empty.url, credentials=lambda _: answers.pop(0)) as session:
            owner.tokens.invalidate(token)
            empty.site.sessions.close(session.jsession)
            start = len(empty.requests)
            for _ in range(2):
                with pytest.raises(LoginFailedError) as caught:
                    session.get("/data/projects")
                assert token.secret not in str(caught.value)
            assert asked(empty, start).count(LOGINS) == 1
            assert session.get("/data/projects").ok
            assert asked(empty, start).count(LOGINS) == 2


def test_many_threads_ask_the_function_once(empty):
    asks: list[int] = []

    def vault(_: str, /) -> tuple[str, str]:
        asks.append(threading.get_ident())
        return empty.user, empty.password

    with connect(empty.url, credentials=vault) as session:
        empty.site.sessions.close(session.jsession)
        threads = [threading.Thread(target=session.get, args=("/data/projects",)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(asks) == 2


def test_a_function_that_fails_or_gives_nothing_is_told_before_any_request(empty):
    def broken(_: str, /) -> tuple[str, str]:
        msg = "vault sealed: S3CRET"
        raise OSError(msg)

    with pytest.raises(UsageError, match=r"credentials= failed with OSError; nothing was sent") as caught:
        connect(empty.url, credentials=broken)
    assert "S3CRET" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    for wrong in (None, ("me",), ("me", ""), ("", "x"), ("me", 3), "me:pw"):
        with pytest.raises(InvalidValueError, match="two texts that are not empty") as refused:
            connect(empty.url, credentials=lambda _, wrong=wrong: wrong)
        assert "me:pw" not in str(refused.value)
    with pytest.raises(InvalidValueError, match="not both"):
        connect(empty.url, "me", "pw", credentials=broken)
    assert asked(empty) == []


def test_what_a_function_gave_is_in_no_repr_and_no_pickle(empty):
    with connect(empty.url, empty.user, empty.password) as owner:
        token = owner.tokens.issue()
    with connect(empty.url, credentials=lambda _: (token.alias, token.secret)) as session:
        renewal = session._renewal
        policy = renewal._policy
        assert token.secret not in repr([session, renewal, policy, vars(policy)])
        for each in (session, policy):
            with pytest.raises(TypeError, match="cannot be pickled"):
                pickle.dumps(each)


# The environment


@pytest.mark.parametrize("name", ["XNATPY_JSESSION", "XNAT_TOKEN"])
def test_a_session_of_the_environment_is_used_and_not_ended(empty, monkeypatch, name):
    with connect(empty.url, empty.user, empty.password) as first:
        monkeypatch.setenv("XNAT_URL", empty.url)
        monkeypatch.setenv(name, first.jsession)
        start = len(empty.requests)
        with connect() as second:
            assert second.jsession == first.jsession
            assert second.user == empty.user
        assert asked(empty, start) == [("GET", "/data/auth")]
        assert first.get("/data/projects").ok


def test_a_dead_session_of_the_environment_is_an_error_that_names_the_variable(empty, monkeypatch):
    monkeypatch.setenv("XNAT_TOKEN", "0" * 32)
    with pytest.raises(SessionExpiredError, match="given as XNAT_TOKEN has ended") as caught:
        connect(empty.url)
    assert "0" * 32 not in str(caught.value)
    monkeypatch.setenv("XNATPY_JSESSION", "no; id")
    start = len(empty.requests)
    with pytest.raises(InvalidValueError, match="XNATPY_JSESSION holds no session id") as refused:
        connect(empty.url)
    assert "no; id" not in str(refused.value)
    assert asked(empty, start) == []


def test_the_order_in_which_logins_are_looked_for(empty, monkeypatch, tmp_path):
    home = tmp_path / ".netrc"
    home.write_text(f"machine 127.0.0.1 login {empty.user} password {empty.password}\n")
    home.chmod(0o600)
    with connect(empty.url, empty.user, empty.password) as one, connect(empty.url, empty.user, empty.password) as two:
        ids = {one.jsession: "one", two.jsession: "two"}

        def way(**given: object) -> str:
            start = len(empty.requests)
            with connect(empty.url, **given) as session:
                found = ids.get(session.jsession, "login")
                return f"{found} {session.user}" if LOGINS in asked(empty, start) else found

        assert way() == f"login {empty.user}"  # the netrc file
        monkeypatch.setenv("XNAT_USER", "nobody")
        monkeypatch.setenv("XNAT_PASS", "wrong")
        with pytest.raises(LoginFailedError):
            way()
        monkeypatch.setenv("XNATPY_USER", empty.user)
        monkeypatch.setenv("XNATPY_PASS", empty.password)
        assert way() == f"login {empty.user}"
        monkeypatch.setenv("XNAT_TOKEN", one.jsession)
        assert way() == "one"
        monkeypatch.setenv("XNATPY_JSESSION", two.jsession)
        assert way() == "two"
        assert way(jsession=one.jsession) == "one"
        assert way(user=empty.user) == f"login {empty.user}"
        assert way(credentials=lambda _: (empty.user, empty.password)) == f"login {empty.user}"


def test_a_session_of_another_server_is_not_sent_to_this_one(empty, monkeypatch):
    monkeypatch.setenv("XNAT_URL", "https://other.example.org")
    monkeypatch.setenv("XNAT_TOKEN", "A" * 32)
    with connect(empty.url, empty.user, empty.password) as session:
        assert session.jsession != "A" * 32
    with pytest.raises(Exception, match="requires a login"):
        connect(empty.url)


@pytest.mark.parametrize("name", ["XNATPY_HOST", "XNAT_HOST", "XNAT_URL"])
def test_the_server_may_come_from_each_clients_variable(empty, monkeypatch, name):
    monkeypatch.setenv(name, empty.url)
    with connect(user=empty.user, password=empty.password) as session:
        assert session.server == empty.url
