from __future__ import annotations

import inspect
import socket
import ssl
from http.client import IncompleteRead, RemoteDisconnected

import pytest
import urllib3.exceptions

from xnat_runtime.errors import ConnectionFailedError, RequestTimeoutError, TlsError, TransportError
from xnat_runtime.failures import FAILURES, is_dropped, transport_error

EXPORTED = [
    kind
    for _, kind in inspect.getmembers(urllib3.exceptions, inspect.isclass)
    if kind.__module__ == urllib3.exceptions.__name__ and not issubclass(kind, Warning)
]


def told(error: BaseException) -> TransportError:
    return transport_error(error, method="GET", url="/data/x?note=S3CRET", origin="https://h")


@pytest.mark.parametrize("kind", EXPORTED)
def test_each_exception_that_urllib3_exports_has_a_place_in_the_table(kind: type[BaseException]):
    assert kind in FAILURES, f"decide which of our errors {kind.__name__} is"
    assert issubclass(FAILURES[kind].kind, TransportError)


def test_a_refused_certificate_tells_why_and_what_to_do():
    inner = ssl.SSLCertVerificationError(1, "certificate verify failed")
    inner.verify_message = "self-signed certificate"
    error = told(urllib3.exceptions.SSLError(inner))
    assert type(error) is TlsError
    assert "self-signed certificate; pass verify= the path of your CA file" in str(error)


def test_a_tls_failure_behind_a_proxy_is_a_tls_failure():
    inner = urllib3.exceptions.SSLError(ssl.SSLError(1, "[SSL] no"))
    assert type(told(urllib3.exceptions.ProxyError("proxy", inner))) is TlsError


def test_tls_with_a_server_that_has_none_tells_to_look_at_the_address():
    inner = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    inner.reason = "WRONG_VERSION_NUMBER"
    error = told(urllib3.exceptions.SSLError(inner))
    assert type(error) is TlsError
    assert "does its address begin with http://?" in str(error)


def test_a_cut_off_answer_is_named_so():
    error = urllib3.exceptions.ProtocolError("Connection broken", IncompleteRead(b"abc", 7))
    assert "before the end of the answer" in str(told(error))


def test_a_timeout_tells_whether_the_request_may_have_arrived():
    pool = urllib3.HTTPConnectionPool("h")
    late = told(urllib3.exceptions.ReadTimeoutError(pool, "/data/x?note=S3CRET", "Read timed out."))
    early = told(urllib3.exceptions.ConnectTimeoutError(None, "timed out"))
    assert type(late) is type(early) is RequestTimeoutError
    assert (late.sent, early.sent) == (True, False)
    assert "S3CRET" not in str(late)


def test_an_unknown_failure_is_a_broken_connection():
    assert type(told(ValueError("S3CRET"))) is ConnectionFailedError
    assert "S3CRET" not in str(told(ValueError("S3CRET")))


def test_system_errors_are_told_in_the_systems_words():
    error = urllib3.exceptions.ProtocolError(
        "Connection aborted.", ConnectionResetError(104, "Connection reset by peer")
    )
    assert str(told(error)) == "GET /data/x: the connection broke (https://h: Connection reset by peer)"


@pytest.mark.parametrize("inner", [RemoteDisconnected("x"), ConnectionResetError(), BrokenPipeError()])
def test_a_dropped_connection_is_recognised(inner: OSError):
    assert is_dropped(urllib3.exceptions.ProtocolError("Connection aborted.", inner))
    assert not is_dropped(urllib3.exceptions.ProtocolError("x", socket.gaierror(1, "y")))
