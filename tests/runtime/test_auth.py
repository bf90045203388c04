from __future__ import annotations

import base64
import pickle
from urllib.parse import parse_qs

import pytest

from xnat_runtime.auth import (
    GuestLogin,
    Login,
    PasswordLogin,
    Secret,
    SessionLogin,
    check_session,
    log_out,
    run,
    sign_in,
)
from xnat_runtime.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidValueError,
    LoginFailedError,
    LoginPageError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    UnexpectedAnswerError,
)
from xnat_runtime.transport import Request, Response

SESSION = "3940FAAC4CB8DD368A9A1575372ECBBA"
PASSWORD = "pa:ss wörd&="


def answer(status: int = 200, body: bytes = b"", cookies: dict[str, str] | None = None, kind: str = "text/plain"):
    return Response(
        method="PUT",
        url="/data/services/auth",
        status=status,
        headers={"Content-Type": kind},
        body=body,
        cookies=cookies,
    )


def test_a_secret_shows_nothing():
    secret = Secret(PASSWORD)
    assert secret.reveal() == PASSWORD
    assert PASSWORD not in f"{secret} {secret!r} {[secret]} {Login('bob', secret)}"
    assert secret == Secret(PASSWORD)
    assert secret != Secret("other")
    assert secret != PASSWORD
    assert len({secret, Secret(PASSWORD)}) == 1
    assert not Secret("")
    with pytest.raises(InvalidValueError, match="never pickled"):
        pickle.dumps(secret)


def test_a_password_travels_in_the_body_of_a_put(replay):
    send = replay(answer(body=SESSION.encode() + b"\n"))
    login = run(PasswordLogin("bob", PASSWORD).flow(), send)
    assert login == Login("bob", Secret(SESSION))
    (request,) = send.requests
    assert (request.method, request.path, request.query) == ("PUT", "/data/services/auth", ())
    assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert parse_qs(request.body.decode(), strict_parsing=True) == {"username": ["bob"], "password": [PASSWORD]}


def test_a_provider_is_named_in_the_form(replay):
    send = replay(answer(body=SESSION.encode()))
    run(PasswordLogin("bob", PASSWORD, provider="ldap1").flow(), send)
    assert parse_qs(send.requests[0].body.decode())["provider"] == ["ldap1"]


def test_the_cookie_counts_before_the_body(replay):
    send = replay(answer(body=b"OLD0OLD0OLD0", cookies={"JSESSIONID": SESSION}))
    assert run(PasswordLogin("bob", PASSWORD).flow(), send).session_id == Secret(SESSION)


def test_a_csrf_token_behind_the_session_id_is_cut_off(replay):
    send = replay(answer(body=SESSION.encode() + b"; XNAT_CSRF=123"))
    assert run(PasswordLogin("bob", PASSWORD).flow(), send).session_id == Secret(SESSION)


@pytest.mark.parametrize("status", [404, 405, 400])
def test_a_server_without_the_route_gets_basic_credentials_once(replay, status: int):
    send = replay(answer(status), answer(body=SESSION.encode()))
    login = run(PasswordLogin("bob", PASSWORD).flow(), send)
    assert login.session_id == Secret(SESSION)
    basic = send.requests[1]
    assert (basic.method, basic.path, basic.body) == ("GET", "/data/JSESSION", None)
    assert base64.b64decode(basic.headers["Authorization"].removeprefix("Basic ")).decode() == f"bob:{PASSWORD}"


def test_basic_credentials_name_the_provider_before_the_user(replay):
    send = replay(answer(404), answer(body=SESSION.encode()))
    run(PasswordLogin("bob", PASSWORD, provider="ldap1").flow(), send)
    pair = base64.b64decode(send.requests[1].headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair.startswith("ldap1/bob:")


def test_a_user_name_that_basic_cannot_carry_is_refused(replay):
    with pytest.raises(InvalidValueError, match="cannot hold ':'"):
        run(PasswordLogin("bo:b", PASSWORD).flow(), replay(answer(404)))


def test_a_wrong_provider_is_a_failed_login_and_no_missing_route(replay, status_page):
    send = replay(answer(400, status_page("Unknown provider", "1"), kind="text/html"))
    with pytest.raises(LoginFailedError, match="Unknown provider"):
        run(PasswordLogin("bob", PASSWORD, provider="nope").flow(), send)
    assert len(send.requests) == 1


def test_a_refused_login_gives_the_servers_reason_and_is_never_sent_again(replay, status_page):
    policy = PasswordLogin("bob", PASSWORD)
    send = replay(answer(401, status_page("Authentication failed.", "2"), kind="text/html"))
    with pytest.raises(LoginFailedError, match=r"401 Unauthorized\. Authentication failed") as first:
        run(policy.flow(), send)
    with pytest.raises(LoginFailedError, match=r"Authentication failed") as second:
        run(policy.flow(), send)
    assert len(send.requests) == 1
    assert first.value is not second.value
    assert isinstance(first.value, AuthenticationError)


def test_a_refused_basic_login_is_not_repeated_either(replay):
    policy = PasswordLogin("bob", PASSWORD)
    send = replay(answer(404), answer(401))
    for _ in range(2):
        with pytest.raises(LoginFailedError, match="does not accept this user name and password for 'bob'"):
            run(policy.flow(), send)
    assert len(send.requests) == 2


def test_an_expired_password_tells_what_to_do(replay):
    body = b"<html><h1>403</h1><p><b>Message</b> Your password has expired. Please contact X.</p></html>"
    with pytest.raises(LoginFailedError, match=r"has expired.*choose a new password") as caught:
        run(PasswordLogin("bob", PASSWORD).flow(), replay(answer(403, body, kind="text/html")))
    assert caught.value.status == 403


def test_an_address_without_xnat_is_told_as_such(replay):
    send = replay(answer(404), answer(404))
    with pytest.raises(NotFoundError, match="no XNAT at this address; check the path"):
        run(PasswordLogin("bob", PASSWORD).flow(), send)


def test_a_server_that_fails_is_no_refused_login(replay):
    policy = PasswordLogin("bob", PASSWORD)
    send = replay(answer(503), answer(body=SESSION.encode()))
    with pytest.raises(ServerError):
        run(policy.flow(), send)
    assert run(policy.flow(), send).user == "bob"


def test_a_lost_connection_is_no_refused_login(replay):
    policy = PasswordLogin("bob", PASSWORD)
    send = replay(ConnectionFailedError("gone"), answer(body=SESSION.encode()))
    with pytest.raises(ConnectionFailedError):
        run(policy.flow(), send)
    assert run(policy.flow(), send).user == "bob"


def test_a_reason_that_repeats_the_password_is_blotted(replay):
    page = f"<html><h3>Wrong password {PASSWORD} for bob</h3>".encode()
    with pytest.raises(LoginFailedError) as caught:
        run(PasswordLogin("bob", PASSWORD).flow(), replay(answer(401, page, kind="text/html")))
    assert PASSWORD not in str(caught.value)
    assert "Wrong password *** for bob" in str(caught.value)


def test_a_login_answered_with_a_page_is_not_a_login(replay, login_page: bytes):
    with pytest.raises(LoginPageError):
        run(PasswordLogin("bob", PASSWORD).flow(), replay(answer(body=login_page, kind="text/html")))


@pytest.mark.parametrize("body", [b"", b"short", b"with blanks in it", b"x" * 300, "ünïcödé12".encode()])
def test_a_login_without_a_session_id_is_an_unexpected_answer(replay, body: bytes):
    with pytest.raises(UnexpectedAnswerError, match="without a session id"):
        run(PasswordLogin("bob", PASSWORD).flow(), replay(answer(body=body)))


@pytest.mark.parametrize(("user", "password"), [("", "x"), ("bob", ""), ("bob", Secret(""))])
def test_empty_credentials_are_refused_before_any_request(user: str, password: str | Secret):
    with pytest.raises(InvalidValueError, match="not empty"):
        PasswordLogin(user, password)


def test_the_user_of_a_session_is_read(replay):
    send = replay(answer(body=b"User 'bob' is logged in; XNAT_CSRF=x"))
    assert run(check_session(), send) == "bob"
    assert (send.requests[0].method, send.requests[0].path) == ("GET", "/data/auth")


def test_a_session_that_ended_is_told(replay, login_page: bytes):
    with pytest.raises(AuthenticationError):
        run(check_session(), replay(answer(401)))
    with pytest.raises(LoginPageError):
        run(check_session(), replay(answer(body=login_page, kind="text/html")))
    with pytest.raises(UnexpectedAnswerError, match="does not name the user"):
        run(check_session(), replay(answer(body=b"hello")))


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404])
def test_logging_out_of_an_ended_session_is_fine(replay, status: int):
    send = replay(answer(status))
    assert run(log_out(), send) is None
    assert (send.requests[0].method, send.requests[0].path) == ("DELETE", "/data/JSESSION")


def test_a_failed_logout_is_told(replay):
    with pytest.raises(ServerError):
        run(log_out(), replay(answer(500)))


def test_signing_in_over_the_network_keeps_the_session(server, transport, odd):
    server.answer(
        odd(200, SESSION.encode(), headers=(("Set-Cookie", f"JSESSIONID={SESSION}; Path=/; HttpOnly"),)), odd(200)
    )
    transport.cookies.set("JSESSIONID", "STALESTALE")
    assert sign_in(PasswordLogin("bob", PASSWORD), transport).user == "bob"
    transport.send(Request("GET", "/data/x"))
    assert [seen.headers.get("cookie") for seen in server.seen] == [None, f"JSESSIONID={SESSION}"]


def test_a_session_id_that_only_the_body_gave_is_kept(server, transport, odd):
    server.answer(odd(200, SESSION.encode()))
    sign_in(PasswordLogin("bob", PASSWORD), transport)
    assert transport.cookies.get("JSESSIONID") == SESSION


def test_an_existing_session_is_taken_over(server, transport, odd):
    server.answer(odd(200, b"User 'bob' is logged in"))
    assert sign_in(SessionLogin(SESSION), transport).user == "bob"
    assert server.seen[0].headers["cookie"] == f"JSESSIONID={SESSION}"
    assert SESSION not in repr(SessionLogin(SESSION))


@pytest.mark.parametrize("text", ["short", "a b c d e f g", "abcdefgh\r\nX: y", "ümläutüm", "x" * 300, 'a";b=cdefg'])
def test_what_cannot_be_a_session_id_is_refused_before_any_request(server, transport, text: str):
    with pytest.raises(InvalidValueError, match="jsession= holds no session id") as caught:
        sign_in(SessionLogin(text), transport)
    assert text not in str(caught.value)
    assert server.seen == []


def test_a_guest_needs_an_open_site(server, transport, odd):
    server.answer(odd(200, b"User 'guest' is logged in"), odd(401))
    assert sign_in(GuestLogin(), transport) == Login("guest", None)
    with pytest.raises(AuthenticationError):
        sign_in(GuestLogin(), transport)


def test_permission_errors_of_other_requests_are_no_login_errors(replay):
    with pytest.raises(PermissionDeniedError):
        run(check_session(), replay(answer(403)))
