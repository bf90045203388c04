"""A tiny real server whose answers a test writes, and answers without a network."""

from __future__ import annotations

import http.server
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from xnat_runtime.pool import PoolTransport
from xnat_runtime.transport import Request, Response, Timeouts


@attrs.frozen
class Seen:
    """A request as the server received it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@attrs.frozen
class Reply:
    """An answer to give. `raw` replaces all else and is followed by the end of the connection."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    length: int | None = None
    close: bool = False


Answer = Reply | Callable[[Seen], Reply]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def _serve(self) -> None:
        seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._read_body())
        reply = self.server.odd.reply_to(seen)
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if not any(name.lower() in {"transfer-encoding", "content-length"} for name, _ in reply.headers):
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.close_connection = reply.close or reply.length not in {None, len(reply.body)}

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the names that http.server looks for

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    odd: OddServer
    connections = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class OddServer:
    """Answers with what `answer` queued, in order; the last answer stays."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._answers: list[Answer] = [Reply(404)]
        self._lock = threading.Lock()
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.odd = self
        if context:
            self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        self.port = self._listener.server_port
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, *answers: Answer) -> None:
        with self._lock:
            self._answers = list(answers)

    def reply_to(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, Reply) else answer(seen)

    @property
    def connections(self) -> int:
        return self._listener.connections

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[OddServer]:
    odd = OddServer()
    yield odd
    odd.close()


@pytest.fixture
def other_server() -> Iterator[OddServer]:
    odd = OddServer()
    yield odd
    odd.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with the key and certificate of 127.0.0.1, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    try:
        subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed")
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[OddServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    odd = OddServer(context)
    yield odd
    odd.close()


@pytest.fixture
def transport(server: OddServer) -> Iterator[PoolTransport]:
    pool = PoolTransport(server.url, timeouts=Timeouts(connect=5, read=5))
    yield pool
    pool.close()


class Replay:
    """A `send` that answers from a list and keeps the requests."""

    def __init__(self, *responses: Response | BaseException) -> None:
        self.requests: list[Request] = []
        self._responses = list(responses)

    def __call__(self, request: Request, *, stream: bool = False) -> Response:  # noqa: ARG002 - it is part of a Send
        self.requests.append(request)
        response = self._responses.pop(0)
        if isinstance(response, BaseException):
            raise response
        return response


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="xnat_runtime")  # whatever level another connection asked for
    return caplog


@pytest.fixture
def odd() -> type[Reply]:
    return Reply


@pytest.fixture
def replay() -> type[Replay]:
    return Replay


def status_page(reason: str, section: str) -> bytes:
    """Return XNAT's error page, byte for byte as recorded from real servers."""
    return (
        "<html>\n<head>\n   <title>Status page</title>\n</head>\n<body>\n"
        f'<h3>{reason}</h3><p>You can get technical details <a href="http://www.w3.org/Protocols/rfc2616/'
        f'rfc2616-sec10.html#sec10.4.{section}">here</a>.<br>\n'
        'Please continue your visit at our <a href="/">home page</a>.\n</p>\n</body>\n</html>\n'
    ).encode("latin-1")


LOGIN_PAGE = b"""<!DOCTYPE HTML>
<html><head><title>XNAT</title></head><body>
<form name="form1" method="post" id="login_form" action="/login">
<input type="text" name="username"><input type="password" name="password"></form>
</body></html>
"""


@pytest.fixture(name="status_page")
def _status_page() -> Callable[[str, str], bytes]:
    return status_page


@pytest.fixture
def login_page() -> bytes:
    return LOGIN_PAGE
