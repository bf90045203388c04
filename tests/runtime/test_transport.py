from __future__ import annotations

import io
import math

import pytest

from xnat_runtime.errors import (
    InvalidValueError,
    LoginPageError,
    NotFoundError,
    UnexpectedAnswerError,
    UnexpectedStatusError,
    UsageError,
)
from xnat_runtime.transport import Headers, Request, Response, Timeouts, checked


def response(body: bytes = b"", status: int = 200, content_type: str = "", stream: bool = False) -> Response:
    headers = {"Content-Type": content_type} if content_type else {}
    return Response(
        method="GET", url="/data/x", status=status, headers=headers, body=io.BytesIO(body) if stream else body
    )


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_timeouts_are_finite_and_positive(seconds: float):
    with pytest.raises(InvalidValueError, match="read timeout"):
        Timeouts(read=seconds)
    with pytest.raises(InvalidValueError, match="connect timeout"):
        Timeouts(connect=seconds)


@pytest.mark.parametrize(
    "path", ["", "data/x", "//evil.org/x", "/a?b=c", "/a#b", "/a b", "/é", "/a\\b", "https://h/x", "/a\r\nX: y"]
)
def test_a_request_takes_encoded_paths_only(path: str):
    with pytest.raises(InvalidValueError, match="encoded path"):
        Request("GET", path)


def test_headers_are_found_under_any_case_and_repeated_ones_are_joined():
    headers = Headers([("Content-Type", "text/xml"), ("Via", "a"), ("VIA", "b")])
    assert headers["content-TYPE"] == "text/xml"
    assert headers["via"] == "a, b"
    assert "VIA" in headers
    assert headers.get("X", "none") == "none"
    assert len(headers) == 2


def test_cookies_are_not_among_the_headers():
    answer = Response(method="GET", url="/x", status=200, headers={"Set-Cookie": "JSESSIONID=S3CRET", "A": "b"})
    assert dict(answer.headers) == {"a": "b"}


def test_text_is_decoded_in_the_declared_character_set():
    assert response("ä".encode("latin-1"), content_type="text/plain;charset=ISO-8859-1").text == "ä"
    assert response("ä".encode()).text == "ä"
    assert response(b"\xff", content_type="text/plain").text == "\ufffd"
    assert response(b"a", content_type="text/plain; charset=nonsense").text == "a"


def test_json_is_read_in_utf_8():
    assert response('{"ä": [1, null]}'.encode(), content_type="application/json").json() == {"ä": [1, None]}


@pytest.mark.parametrize("body", [b"not json: JOHN DOE", b" ", b'{"a": ', b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_reported_without_its_content(body: bytes):
    with pytest.raises(UnexpectedAnswerError, match=r"GET /data/x: the answer is not JSON") as caught:
        response(body, content_type="application/json").json()
    assert "JOHN" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_empty_answer_where_json_was_asked_for_tells_what_it_means():
    with pytest.raises(UnexpectedAnswerError, match=r"GET /data/x: the answer is empty, .* may not see this"):
        response(b"", content_type="application/json").json()


def test_html_where_json_was_asked_for_is_a_login_page(login_page: bytes):
    with pytest.raises(LoginPageError, match="login page"):
        response(login_page, content_type="text/html").json()


@pytest.mark.parametrize("stream", [False, True])
def test_checked_tells_success_errors_and_login_pages_apart(stream: bool, login_page: bytes, status_page):
    assert checked(response(b"abc", stream=stream)).content == b"abc"
    with pytest.raises(NotFoundError, match="Need PUT Contents"):
        checked(response(status_page("Need PUT Contents", "5"), 404, "text/html", stream))
    with pytest.raises(LoginPageError):
        checked(response(login_page, content_type="text/html", stream=stream))
    with pytest.raises(LoginPageError):
        checked(response(login_page, content_type="text/html", stream=stream), html=True)
    page = response(b"<html><h1>Report</h1></html>", content_type="text/html", stream=stream)
    assert checked(page, html=True).content == b"<html><h1>Report</h1></html>"


def test_duplicates_served_as_html_are_no_login_page():
    assert checked(response(b'{"duplicates":["a"]}', content_type="text/html")).json() == {"duplicates": ["a"]}


def test_a_redirect_that_was_not_followed_is_named_without_its_secrets():
    answer = Response(
        method="POST",
        url="/data/x",
        status=301,
        headers={"Location": "https://bob:pw@h.org/data/y;jsessionid=ABC?token=S3CRET"},
        body=b"<html><h1>Moved</h1></html>",
    )
    with pytest.raises(UnexpectedStatusError) as caught:
        answer.raise_for_status()
    assert str(caught.value) == (
        "POST /data/x: 301 Moved Permanently. The server redirects to https://h.org/data/y, which was not followed; "
        "connect to that address if it is the right one"
    )


def test_peeking_leaves_the_bytes_to_be_read():
    answer = response(b"abcdef", stream=True)
    assert answer.peek(2) == b"ab"
    assert answer.peek(4) == b"abcd"
    assert answer.read(3) == b"abc"
    assert answer.peek(2) == b"de"
    assert b"".join(answer.iter_content(2)) == b"def"


def test_content_is_read_once_and_kept():
    answer = response(b"abc", stream=True)
    assert answer.content == b"abc"
    assert answer.content == b"abc"
    assert answer.text == "abc"


def test_content_after_reading_a_part_is_refused():
    answer = response(b"abc", stream=True)
    assert answer.read(1) == b"a"
    with pytest.raises(UsageError, match="as a stream already"):
        _ = answer.content


def test_a_streaming_answer_closes_at_its_end_and_with_its_block():
    body = io.BytesIO(b"abc")
    answer = Response(method="GET", url="/x", status=200, body=body)
    assert list(answer.iter_content(2)) == [b"ab", b"c"]
    assert body.closed
    body = io.BytesIO(b"abc")
    with Response(method="GET", url="/x", status=200, body=body):
        assert not body.closed
    assert body.closed


def test_reprs_show_verb_path_and_status_only():
    request = Request("PUT", "/data/x", (("note", "S3CRET"),), {"Authorization": "S3CRET"}, b"S3CRET")
    answer = Response(
        method="PUT", url="/data/x?note=S3CRET", status=200, headers={"X": "S3CRET"}, cookies={"J": "S3CRET"}
    )
    assert repr(request) == "<Request PUT /data/x>"
    assert repr(answer) == "<Response 200 PUT /data/x>"
    assert repr(answer.headers) == "<Headers x>"
    assert answer.status_code == 200


def test_an_answer_that_was_read_can_be_iterated_again_and_again():
    class Arriving:
        def __init__(self) -> None:
            self.stream = io.BytesIO(b"abcd")

        def read(self, size: int, /) -> bytes:
            return self.stream.read(size)

        def close(self) -> None:
            pass

    for body in (b"abcd", Arriving()):
        answer = Response(method="GET", url="/x", status=200, headers={}, body=body)
        assert answer.content == b"abcd"
        assert list(answer.iter_content(chunk_size=3)) == [b"abc", b"d"]
        assert list(answer.iter_content(2)) == [b"ab", b"cd"]
        assert answer.read(3) == b"abc"
        assert list(answer.iter_content(3)) == [b"d"]
        assert answer.content == b"abcd"
