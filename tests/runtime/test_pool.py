from __future__ import annotations

import gzip
import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xnat_runtime._version import __version__
from xnat_runtime.errors import (
    ConnectionFailedError,
    IncompleteTransferError,
    InvalidValueError,
    LoginPageError,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    TlsError,
    UnexpectedStatusError,
    UsageError,
)
from xnat_runtime.pool import PoolTransport
from xnat_runtime.transport import Request, Timeouts, checked

GET = Request("GET", "/data/x")
QUICK = Timeouts(connect=2, read=0.3)


def test_a_request_arrives_as_it_was_meant(server, transport, odd):
    server.answer(odd(200, b"hello"))
    request = Request("GET", "/data/a%20b", (("format", "json"), ("xnat:a/b", "c d&e=ä")), {"Accept": "text/csv"})
    assert transport.send(request).text == "hello"
    (seen,) = server.seen
    assert seen.target == "/data/a%20b?format=json&xnat:a/b=c%20d%26e%3D%C3%A4"
    assert seen.headers["accept"] == "text/csv"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["user-agent"] == f"xnat-sdk/{__version__}"
    assert "cookie" not in seen.headers


def test_the_context_path_of_the_server_comes_first(server, odd):
    server.answer(odd(200))
    transport = PoolTransport(server.url + "/xnat/")
    answer = transport.send(GET)
    transport.close()
    assert server.seen[0].target == "/xnat/data/x"
    assert answer.url == "/data/x"


def test_characters_that_need_no_escape_stay_raw_on_the_wire(server, transport, odd):
    server.answer(odd(200))
    transport.send(Request("GET", "/data/files/a!$&'()*,=:@b%2Bc%3Bd%C3%A9"))
    assert server.seen[0].target == "/data/files/a!$&'()*,=:@b%2Bc%3Bd%C3%A9"


def test_statuses_are_returned_and_not_raised(server, transport, odd, status_page):
    server.answer(odd(500, status_page("It broke", "1")))
    answer = transport.send(GET)
    assert answer.status == 500
    with pytest.raises(ServerError, match="It broke"):
        answer.raise_for_status()


def test_connections_are_used_again(server, transport, odd):
    server.answer(odd(200, b"x" * 100))
    for _ in range(5):
        transport.send(GET)
        with transport.send(GET, stream=True) as answer:
            assert answer.content == b"x" * 100
    assert server.connections == 1


def test_the_connection_of_a_refused_stream_is_used_again(server, transport, odd, status_page):
    server.answer(odd(404, status_page("Not there", "5")))
    for _ in range(3):
        with pytest.raises(NotFoundError, match="Not there"):
            checked(transport.send(GET, stream=True))
    assert server.connections == 1


def test_threads_share_the_pool(server, transport, odd):
    server.answer(odd(200, b"x"))

    def work() -> None:
        for _ in range(20):
            transport.send(GET)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == 80
    assert server.connections <= 4


def test_a_stream_that_is_not_read_to_its_end_is_closed_without_reading_on(server, transport, odd):
    server.answer(odd(200, b"x" * 50_000_000), odd(200, b"next"))
    with transport.send(GET, stream=True) as answer:
        assert answer.read(10) == b"x" * 10
    assert transport.send(GET).content == b"next"
    assert server.connections == 2


def test_bodies_are_sent_with_their_length(server, transport, odd):
    server.answer(odd(200))
    transport.send(Request("PUT", "/data/x", body=b"abc"))
    transport.send(Request("PUT", "/data/x", body=io.BytesIO(b"abcd"), length=4))
    transport.send(Request("PUT", "/data/x", body=[b"ab", b"", b"cde"], length=5))
    transport.send(Request("POST", "/data/x"))
    assert [(seen.headers["content-length"], seen.body) for seen in server.seen] == [
        ("3", b"abc"),
        ("4", b"abcd"),
        ("5", b"abcde"),
        ("0", b""),
    ]


def test_a_body_of_unknown_length_is_sent_in_chunks(server, transport, odd):
    server.answer(odd(200))
    transport.send(Request("PUT", "/data/x", body=iter([b"ab", b"", b"c"])))
    assert server.seen[0].body == b"abc"
    assert server.seen[0].headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(("length", "told"), [(10, "less"), (2, "more")])
def test_a_body_of_another_length_than_announced_never_arrives_as_whole(server, transport, odd, length, told):
    server.answer(odd(200))
    with pytest.raises(IncompleteTransferError, match=f"gave {told} than the {length} bytes"):
        transport.send(Request("PUT", "/data/x", body=[b"abc"], length=length))
    server.answer(odd(200, b"still fine"))
    assert transport.send(GET).content == b"still fine"


def test_a_source_that_cannot_be_read_is_not_blamed_on_the_network(transport):
    def pieces() -> Iterator[bytes]:
        yield b"abc"
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        transport.send(Request("PUT", "/data/x", body=pieces(), length=9))


@pytest.mark.parametrize(
    ("name", "value"), [("X", "a\r\nY: b"), ("X", "ü\u0100"), ("X Y", "a"), ("", "a"), ("X", "\x00")]
)
def test_headers_that_cannot_be_sent_are_refused_without_their_value(transport, server, name, value):
    with pytest.raises(InvalidValueError) as caught:
        transport.send(Request("GET", "/data/x", headers={name: value + "S3CRET"}))
    assert "S3CRET" not in str(caught.value)
    assert server.seen == []


def test_cookies_come_back_to_their_server_and_the_latest_session_wins(server, transport, odd):
    server.answer(
        odd(200, headers=(("Set-Cookie", "JSESSIONID=AAAA1111; Path=/; HttpOnly"), ("Set-Cookie", "LB=1"))),
        odd(200, headers=(("Set-Cookie", "JSESSIONID=BBBB2222; Path=/"),)),
        odd(200),
    )
    first = transport.send(GET)
    transport.send(GET)
    transport.send(GET)
    assert first.cookies == {"JSESSIONID": "AAAA1111", "LB": "1"}
    assert "set-cookie" not in first.headers
    assert [seen.headers.get("cookie") for seen in server.seen] == [
        None,
        "JSESSIONID=AAAA1111; LB=1",
        "JSESSIONID=BBBB2222; LB=1",
    ]


def test_a_redirect_on_the_same_server_is_followed(server, transport, odd):
    server.answer(
        odd(302, headers=(("Location", "/data/y;jsessionid=ABCD?a=b#part"), ("Set-Cookie", "JSESSIONID=AAAA1111"))),
        odd(200, b"there"),
    )
    answer = transport.send(GET)
    assert answer.content == b"there"
    assert answer.url == "/data/x"
    assert server.seen[1].target == "/data/y?a=b"
    assert server.seen[1].headers["cookie"] == "JSESSIONID=AAAA1111"


def test_a_redirect_to_the_login_page_is_recognised(server, transport, odd, login_page):
    server.answer(
        odd(302, headers=(("Location", "/app/template/Login.vm"),)),
        odd(200, login_page, headers=(("Content-Type", "text/html;charset=UTF-8"),)),
    )
    with pytest.raises(LoginPageError, match="GET /data/x"):
        checked(transport.send(GET))


@pytest.mark.parametrize(
    "form", ["{url}/data/y", "//127.0.0.1:{port}/data/y", "http://user:pw@127.0.0.1:{port}/data/y"]
)
def test_another_server_gets_neither_the_request_nor_credentials(server, other_server, transport, odd, form):
    location = form.format(url=other_server.url, port=other_server.port)
    server.answer(odd(302, headers=(("Location", location), ("Set-Cookie", "JSESSIONID=S3CRET99"))))
    other_server.answer(odd(200, b"gotcha"))
    answer = transport.send(Request("GET", "/data/x", headers={"Authorization": "Basic S3CRET"}))
    assert answer.status == 302
    assert other_server.seen == []
    with pytest.raises(
        UnexpectedStatusError, match=f"redirects to (http:)?//127.0.0.1:{other_server.port}/data/y"
    ) as caught:
        answer.raise_for_status()
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["https://[::1", "https://h:port/", "ftp://127.0.0.1/x", "javascript:alert(1)", ""]
)
def test_a_redirect_to_nowhere_is_handed_back(server, transport, odd, location):
    server.answer(odd(302, headers=(("Location", location),)))
    assert transport.send(GET).status == 302


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_is_never_sent_on(server, transport, odd, method):
    server.answer(odd(301, headers=(("Location", "/data/prearchive/projects/P/T/S"),)))
    answer = transport.send(Request(method, "/data/x"))
    assert (answer.status, answer.headers["Location"]) == (301, "/data/prearchive/projects/P/T/S")
    assert len(server.seen) == 1


def test_redirects_in_a_circle_end(server, transport, odd):
    server.answer(odd(302, headers=(("Location", "/data/x"),)))
    assert transport.send(GET).status == 302
    assert len(server.seen) == 6


def test_from_http_to_https_of_the_same_host_is_followed(server, tls_server, odd, certificate: Path):
    server.answer(odd(301, headers=(("Location", tls_server.url + "/data/x"),)))
    tls_server.answer(odd(200, b"safe"))
    transport = PoolTransport(server.url, verify=str(certificate))
    assert transport.send(GET).content == b"safe"
    transport.close()


def test_from_https_down_to_http_is_not_followed(server, tls_server, odd, certificate: Path):
    tls_server.answer(odd(301, headers=(("Location", server.url + "/data/x"),)))
    transport = PoolTransport(tls_server.url, verify=str(certificate))
    assert transport.send(GET).status == 301
    assert server.seen == []
    transport.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server, odd):
    tls_server.answer(odd(200))
    transport = PoolTransport(tls_server.url)
    with pytest.raises(TlsError, match="self-signed certificate; pass verify="):
        transport.send(GET)
    transport.close()
    assert tls_server.seen == []


@pytest.mark.parametrize("kind", ["path", "context", "environment"])
def test_a_certificate_can_be_trusted(tls_server, odd, certificate: Path, kind, monkeypatch):
    tls_server.answer(odd(200, b"safe"))
    if kind == "environment":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    own = ssl.create_default_context(cafile=certificate)
    verify = {"path": str(certificate), "context": own, "environment": True}[kind]
    transport = PoolTransport(tls_server.url, verify=verify)
    assert transport.send(GET).content == b"safe"
    transport.close()


def test_checking_can_be_switched_off_and_is_warned_of(tls_server, odd):
    tls_server.answer(odd(200, b"who knows"))
    transport = PoolTransport(tls_server.url, verify=False)
    with pytest.warns(Warning, match="Unverified HTTPS request"):
        assert transport.send(GET).content == b"who knows"
    transport.close()


def test_a_proxy_gets_the_request_and_its_own_password(server, odd, monkeypatch):
    server.answer(odd(200, b"by proxy"))
    monkeypatch.setenv("HTTP_PROXY", server.url.replace("://", "://bob:pw@"))
    transport = PoolTransport("http://xnat.example.org/xnat")
    assert transport.send(GET).content == b"by proxy"
    transport.close()
    assert server.seen[0].target == "http://xnat.example.org/xnat/data/x"
    assert server.seen[0].headers["proxy-authorization"] == "Basic Ym9iOnB3"
    assert server.seen[0].headers["host"] == "xnat.example.org"


def test_a_get_that_met_a_closed_connection_is_sent_once_more(server, transport, odd):
    server.answer(odd(200, b"first"), odd(raw=b""), odd(200, b"third"))
    assert transport.send(GET).content == b"first"
    assert transport.send(GET).content == b"third"
    assert len(server.seen) == 3


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_write_is_never_sent_twice(server, transport, odd, method):
    server.answer(odd(200, b"first"), odd(raw=b""), odd(200, b"third"))
    transport.send(GET)
    with pytest.raises(ConnectionFailedError, match="closed without an answer") as caught:
        transport.send(Request(method, "/data/x"))
    assert caught.value.sent
    assert len(server.seen) == 2


def test_a_fresh_connection_that_is_dropped_is_not_tried_again(server, transport, odd):
    server.answer(odd(raw=b""))
    with pytest.raises(ConnectionFailedError):
        transport.send(GET)
    assert len(server.seen) == 1


def test_a_server_that_keeps_dropping_is_tried_twice_at_most(server, transport, odd):
    server.answer(odd(200), odd(raw=b""))
    transport.send(GET)
    with pytest.raises(ConnectionFailedError):
        transport.send(GET)
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_breaks_off_is_an_error(server, transport, odd, raw, stream):
    server.answer(odd(raw=raw))
    with pytest.raises(ConnectionFailedError, match="before the end of the answer"):
        _ = transport.send(GET, stream=stream).content


def test_an_answer_that_is_no_http_is_an_error(server, transport, odd):
    server.answer(odd(raw=b"SSH-2.0-OpenSSH_9.6\r\n"))
    with pytest.raises(ConnectionFailedError):
        transport.send(GET)


def test_a_server_that_is_silent_runs_into_the_timeout(server, odd):
    def slow(_seen: object) -> object:
        time.sleep(1)
        return odd(200)

    server.answer(slow)
    transport = PoolTransport(server.url, timeouts=QUICK)
    with pytest.raises(RequestTimeoutError, match="took too long") as caught:
        transport.send(GET)
    assert caught.value.sent
    transport.close()


def test_a_request_can_have_its_own_timeout(server, transport, odd):
    def slow(_seen: object) -> object:
        time.sleep(1)
        return odd(200)

    server.answer(slow)
    with pytest.raises(RequestTimeoutError):
        transport.send(Request("GET", "/data/x", timeout=QUICK))


def test_nobody_at_home_is_told_with_the_address():
    transport = PoolTransport("http://127.0.0.1:9")
    with pytest.raises(
        ConnectionFailedError, match=r"cannot connect \(http://127.0.0.1:9: Connection refused\)"
    ) as caught:
        transport.send(GET)
    assert not caught.value.sent
    transport.close()


def test_compressed_answers_are_unpacked(server, transport, odd):
    body = gzip.compress(b"abc" * 1000)
    server.answer(odd(200, body, headers=(("Content-Encoding", "gzip"),)))
    assert transport.send(GET).content == b"abc" * 1000
    with transport.send(GET, stream=True) as answer:
        assert b"".join(answer.iter_content(100)) == b"abc" * 1000


def test_damaged_compression_is_an_error(server, transport, odd):
    server.answer(odd(200, b"no gzip at all", headers=(("Content-Encoding", "gzip"),)))
    with pytest.raises(ConnectionFailedError, match="compression is damaged"):
        transport.send(GET)


def test_a_head_has_no_body(server, transport, odd):
    server.answer(odd(200, b"abc"))
    answer = transport.send(Request("HEAD", "/data/x"))
    assert answer.content == b""
    assert answer.headers["Content-Length"] == "3"


def test_a_slow_receiver_has_the_read_timeout_and_not_the_connect_timeout():
    listener = socket.create_server(("127.0.0.1", 0))

    def receive_late() -> None:
        connection, _ = listener.accept()
        time.sleep(0.6)
        received = 0
        while received < 32_000_000 and (piece := connection.recv(1_000_000)):
            received += len(piece)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=receive_late, daemon=True)
    thread.start()
    transport = PoolTransport(f"http://127.0.0.1:{listener.getsockname()[1]}", timeouts=Timeouts(connect=0.2, read=10))
    body = [b"x" * 1_000_000] * 32
    assert transport.send(Request("PUT", "/data/x", body=body, length=32_000_000)).status == 200
    thread.join()
    transport.close()
    listener.close()


def test_a_receiver_that_stops_runs_into_the_read_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = PoolTransport(f"http://127.0.0.1:{listener.getsockname()[1]}", timeouts=QUICK)
        body = [b"x" * 1_000_000] * 64
        with pytest.raises(RequestTimeoutError, match="took too long") as caught:
            transport.send(Request("PUT", "/data/x", body=body, length=64_000_000))
        transport.close()
    assert caught.value.sent


def test_a_closed_transport_says_so(server, odd):
    server.answer(odd(200))
    transport = PoolTransport(server.url)
    transport.send(GET)
    transport.close()
    transport.close()
    with pytest.raises(UsageError, match="was closed; connect again"):
        transport.send(GET)
