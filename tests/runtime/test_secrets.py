"""A password, a session id and a token are planted, everything that can go wrong goes wrong, and nothing shows them."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import urllib3

from xnat_runtime import auth
from xnat_runtime.downloads import download_file
from xnat_runtime.environment import proxy_for
from xnat_runtime.errors import XnatError
from xnat_runtime.paths import resolve
from xnat_runtime.paths import server as parse_server
from xnat_runtime.pool import PoolTransport
from xnat_runtime.transport import Request, checked
from xnat_runtime.uploads import upload_source

PASSWORD = "p4ss W0rd/&hunter2"
SESSION = "5E55104D5E55104D5E55104D5E55104D"
TOKEN = "70CE4N70CE4N70CE4N70CE4N70CE4N70CE4N70CE4N70CE4N70CE4N70CE4N7777"
FORMS = {PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), "hunter2", SESSION, TOKEN, "Basic "}


def shown(error: BaseException) -> str:
    """Everything that a log or a crash report shows of an error."""
    pieces = [str(error), repr(error), "".join(traceback.format_exception(error)), repr(vars(error))]
    if isinstance(error, XnatError):
        pieces.append(repr(vars(pickle.loads(pickle.dumps(error)))))
    return "\n".join(pieces)


def failure_of(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which error it is belongs to other tests
        call()
    return caught.value


def assert_clean(text: str) -> None:
    found = [form for form in FORMS if form in text]
    assert not found, text


@pytest.fixture
def connection(server, odd):
    transport = PoolTransport(server.url)
    server.answer(odd(200, SESSION.encode(), headers=(("Set-Cookie", f"JSESSIONID={SESSION}; Path=/"),)))
    auth.sign_in(auth.PasswordLogin("bob", PASSWORD), transport)
    yield transport
    transport.close()


def test_no_repr_shows_them(connection, server, odd):
    server.answer(odd(200, SESSION.encode(), headers=(("Set-Cookie", f"JSESSIONID={SESSION}"), ("X-Token", TOKEN))))
    policy = auth.PasswordLogin("bob", PASSWORD)
    flow = policy.flow()
    request = next(flow)
    answer = connection.send(request)
    things = [
        connection,
        connection.cookies,
        policy,
        request,
        answer,
        answer.headers,
        auth.Login("bob", auth.Secret(SESSION)),
        auth.SessionLogin(SESSION),
        Request("GET", "/data/x", (("token", TOKEN),), {"Authorization": f"Basic {TOKEN}"}, TOKEN.encode()),
    ]
    flow.close()
    assert_clean(" ".join(f"{thing!r} {thing!s}" for thing in things))


def test_no_log_record_shows_them(connection, server, odd, everything_logged):
    server.answer(odd(401, f"<h3>No {SESSION}</h3>".encode()), odd(200, b"{"), odd(200, b"{"), odd(raw=b""))
    failure_of(lambda: auth.run(auth.PasswordLogin("bob", PASSWORD).flow(), connection.send))
    failure_of(lambda: connection.send(Request("GET", f"/data/services/tokens/validate/alias/{TOKEN}")).json())
    failure_of(lambda: connection.send(Request("GET", "/data/x", (("session", SESSION), ("p", PASSWORD)))).json())
    failure_of(lambda: connection.send(Request("PUT", "/data/x", (("session", SESSION),), body=PASSWORD.encode())))
    names = {record.name for record in everything_logged.records}
    assert {"xnat_runtime.transport", "urllib3.connectionpool"} <= names
    assert_clean("\n".join(f"{record.getMessage()} {vars(record)}" for record in everything_logged.records))


def test_what_others_log_through_urllib3_stays_as_it_is(connection, server, odd, everything_logged):
    server.answer(odd(200))
    with urllib3.PoolManager() as others:
        others.request("GET", f"{server.url}/theirs?query=kept")
    assert "/theirs?query=kept" in everything_logged.text


def test_no_url_that_is_sent_holds_them(connection, server, odd):
    server.answer(odd(404), odd(200, SESSION.encode()), odd(200))
    auth.sign_in(auth.PasswordLogin("bob", PASSWORD), connection)
    auth.run(auth.log_out(), connection.send)
    assert len(server.seen) == 4
    assert_clean(" ".join(seen.target for seen in server.seen))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 417, 422, 500, 302])
def test_no_error_of_an_answer_shows_them(connection, server, odd, status: int):
    location = f"https://bob:{quote(PASSWORD, safe='')}@h.org/x;jsessionid={SESSION}?token={TOKEN}"
    server.answer(odd(status, headers=(("Location", location), ("Set-Cookie", f"JSESSIONID={SESSION}"))))
    request = Request("POST", f"/data/services/tokens/validate/alias/{TOKEN}", (("s", SESSION),), {}, PASSWORD.encode())
    assert_clean(shown(failure_of(lambda: checked(connection.send(request)))))


def test_no_error_of_a_login_shows_them(connection, server, odd):
    page = f"<html><h3>Bad password '{PASSWORD}' for bob</h3></html>".encode()
    server.answer(odd(401, page, headers=(("Content-Type", "text/html"),)))
    policy = auth.PasswordLogin("bob", PASSWORD)
    for _ in range(2):
        assert_clean(shown(failure_of(lambda: auth.sign_in(policy, connection))))
    assert_clean(shown(failure_of(lambda: pickle.dumps(auth.Secret(PASSWORD)))))
    assert_clean(shown(failure_of(lambda: auth.sign_in(auth.SessionLogin(SESSION + "\n"), connection))))


def test_no_error_of_the_network_shows_them(connection, server, odd, tmp_path: Path):
    secret = Request("PUT", "/data/x", (("token", TOKEN),), {"Authorization": f"Basic {TOKEN}"}, PASSWORD.encode())
    server.answer(odd(raw=b""))
    assert_clean(shown(failure_of(lambda: connection.send(secret))))
    server.answer(odd(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"))
    assert_clean(shown(failure_of(lambda: connection.send(secret))))
    assert_clean(shown(failure_of(lambda: download_file(connection.send, Request("GET", "/data/x"), tmp_path / "x"))))
    server.answer(odd(200, f'{{"duplicates":["{SESSION[:4]}"]}}'.encode()))
    assert_clean(shown(failure_of(lambda: upload_source(connection.send, "/data/x", PASSWORD.encode()))))
    nobody = PoolTransport("http://127.0.0.1:9")
    assert_clean(shown(failure_of(lambda: nobody.send(secret))))
    nobody.close()


def test_no_error_of_a_header_shows_them(connection):
    bad = Request("GET", "/data/x", headers={"Authorization": f"Bearer {TOKEN}\r\nX: y"})
    assert_clean(shown(failure_of(lambda: connection.send(bad))))


def test_no_error_of_an_address_shows_them(monkeypatch: pytest.MonkeyPatch):
    code = quote(PASSWORD, safe="")
    for address in (f"https://bob:{code}@h.org", f"https://h.org/?token={TOKEN}", f"ftp://bob:{code}@h.org"):
        assert_clean(str(failure_of(lambda address=address: parse_server(address))))
    for uri in (f"https://bob:{code}@h.org/data", f"https://other.org/data;jsessionid={SESSION}?t={TOKEN}"):
        assert_clean(str(failure_of(lambda uri=uri: resolve("https://h.org", uri))))
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://bob:{code}@proxy:1")
    assert_clean(str(failure_of(lambda: proxy_for(parse_server("https://h.org")))))
