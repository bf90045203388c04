"""Options of connections, and the logger that shows what goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from xnat_runtime.connecting import Options, open_session
from xnat_runtime.credentials import Surroundings
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.registry import Registry
from xnat_runtime.session import BaseSession
from xnat_runtime.timeouts import Timeouts

SESSION = "3940FAAC4CB8DD368A9A1575372ECBBA"
REGISTRY = Registry(package="nothing", namespaces={}, types={})
NOWHERE = Surroundings(environ={}, home=None, is_windows=False, prompt=None)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger("xnat_runtime")
    before = found.level, list(found.handlers)
    yield found
    found.setLevel(before[0])
    found.handlers[:] = before[1]


def test_who_brings_a_session_ends_it():
    assert Options().ends_login
    assert not Options(jsession=SESSION).ends_login
    assert not Options(cli=True).ends_login
    assert Options(jsession=SESSION, cli=False).ends_login


@pytest.mark.parametrize(
    ("told", "variable", "expected"),
    [
        (None, None, False),
        (None, "1", True),
        (None, "true", True),
        (None, "0", False),
        (None, " No ", False),
        (None, "", False),
        (False, "1", False),
        (True, "0", True),
    ],
)
def test_the_environment_makes_connections_read_only(told, variable, expected):
    environ = {} if variable is None else {"XNAT_READ_ONLY": variable}
    assert Options(read_only=told).is_read_only(environ) is expected


def test_timeouts_are_given_apart_or_together():
    assert Options().timeouts == Timeouts(12.0, 300.0)
    assert Options(connect_timeout=1, read_timeout=2).timeouts == Timeouts(1, 2)
    assert Options(default_timeout=(3, 4)).timeouts == Timeouts(3, 4)


def test_options_show_no_secret():
    assert SESSION not in repr(Options(jsession=SESSION, headers={"X": "S3CRET"}))


def test_the_level_of_the_log_shows_requests_and_no_secret(server, odd, logger, caplog):
    server.answer(odd(200, SESSION.encode()), odd(200, b"data"), odd(200))
    options = Options(loglevel="debug", keepalive=False)
    with open_session(BaseSession, REGISTRY, server.url, "bob", "S3CRET", options=options, around=NOWHERE) as session:
        session.get("/data/x", query={"token": "HIDDEN"})
    assert logger.level == logging.DEBUG
    assert "GET /data/x -> 200" in caplog.text
    for secret in ("S3CRET", "HIDDEN", SESSION):
        assert secret not in caplog.text


def test_a_program_without_logging_sees_it_on_stderr(server, odd, logger, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logger, "handlers", [])
    server.answer(odd(200, b"User 'guest' is logged in"))
    for _ in range(2):
        options = Options(loglevel=logging.INFO, cli=True)
        open_session(BaseSession, REGISTRY, server.url, None, None, options=options, around=NOWHERE).close()
    assert [type(handler) for handler in logger.handlers] == [logging.StreamHandler]


def test_a_connection_that_fails_leaves_nothing_open(server, odd):
    server.answer(odd(500))
    with pytest.raises(InvalidValueError):
        open_session(BaseSession, REGISTRY, None, None, None, options=Options(), around=NOWHERE)
    with pytest.raises(InvalidValueError, match="must begin with https"):
        open_session(BaseSession, REGISTRY, "xnat.example.org", "a", "b", options=Options(), around=NOWHERE)
    assert server.seen == []
