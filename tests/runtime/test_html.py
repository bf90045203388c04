from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xnat_runtime.html import REASON_LIMIT, is_html, is_login_page, may_be_page, reason

TOMCAT = (
    b'<!doctype html><html lang="en"><head><title>HTTP Status 401 \xe2\x80\x93 Unauthorized</title>'
    b'<style type="text/css">h3 {color:white}</style></head><body><h1>HTTP Status 401 \xe2\x80\x93 Unauthorized</h1>'
    b'<hr class="line" /><p><b>Type</b> Status Report</p><p><b>Message</b> Your password has expired.</p>'
    b"<p><b>Description</b> The request has not been applied.</p></body></html>"
)
JETTY = (
    b"<html><head><title>Error 404 Not Found</title></head><body><h2>HTTP ERROR 404</h2><table>"
    b"<tr><th>URI:</th><td>/data/x</td></tr><tr><th>MESSAGE:</th><td>Not Found</td></tr></table></body></html>"
)
NGINX = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>"


@pytest.mark.parametrize(
    ("told", "section"), [("Already assigned to project:pr000r00", "10"), ("Need PUT Contents", "18")]
)
def test_the_reason_of_a_recorded_status_page(status_page, told: str, section: str):
    assert reason(status_page(told, section)) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (TOMCAT, "Your password has expired."),
        (JETTY, "Not Found"),
        (NGINX, "502 Bad Gateway"),
        (b"<html><head><title>Down for maintenance</title></head></html>", "Down for maintenance"),
        (b"<h3>null</h3><title>Status page</title>", "Status page"),
        (b"<h3>Bad <b>label</b> &amp; more &lt;x&gt;\n  twice</h3>", "Bad label & more <x> twice"),
        (b"Subject not found", "Subject not found"),
        (b"  a < b and c > d\n", "a < b and c > d"),
        (b"null", ""),
        (b"", ""),
        (b"<html><body></body></html>", ""),
        (b'{"status":400,"message":"No such project","trace":"long"}', "No such project"),
        (b'{"error":"Forbidden"}', "Forbidden"),
        (b"{not json", "{not json"),
        (b'{"a": [1]}', '{"a": [1]}'),
        (b"<html><script>var h3 = '<h3>no</h3>';</script><h3>yes</h3></html>", "yes"),
        (b"line one\x1b[31m\r\nline two\x00", "line one [31m line two"),
    ],
)
def test_the_reason_of_other_answers(body: bytes, told: str):
    assert reason(body) == told


def test_a_reason_is_decoded_in_the_declared_character_set():
    assert reason("<h3>Größe</h3>".encode("latin-1"), "iso-8859-1") == "Größe"
    assert reason("<h3>Größe</h3>".encode(), "no-such-charset") == "Größe"


@given(st.binary(max_size=2000))
def test_a_reason_is_always_one_short_printable_line(body: bytes):
    told = reason(b"<html><h3>" + body)
    assert len(told) <= REASON_LIMIT
    assert told.isprintable()


def test_a_long_reason_is_cut():
    assert len(reason(b"x" * 10_000)) == REASON_LIMIT
    assert reason(b"x" * 10_000).endswith("…")


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html><html>",
        b"<!doctype HTML>",
        b"\xef\xbb\xbf\n  <html lang='en'>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
        b"<!-- a comment --><HTML>",
    ],
)
def test_the_beginning_of_html_is_recognised(head: bytes):
    assert is_html(head)


@pytest.mark.parametrize(
    "head",
    [b"", b'{"a": 1}', b"<xnat:Subject>", b"<htmlish>", b"<?xml version='1.0'?><cat:Catalog/>", b"PK\x03\x04", b"text"],
)
def test_other_beginnings_are_not_html(head: bytes):
    assert not is_html(head)


def test_a_page_in_place_of_data_is_a_login_page(login_page: bytes):
    assert is_login_page(login_page)
    assert is_login_page(b"<html><title>Single sign-on</title>")
    assert not is_login_page(b'{"duplicates": []}')


def test_where_html_was_asked_for_only_a_login_form_counts(login_page: bytes):
    assert is_login_page(login_page, html=True)
    assert not is_login_page(b"<html><h1>Report</h1>", html=True)


@pytest.mark.parametrize(
    ("content_type", "may_be"),
    [("", True), ("text/html", True), ("application/xhtml+xml", True), ("application/octet-stream", False)],
)
def test_html_inside_of_another_type_is_data(content_type: str, may_be: bool):
    assert may_be_page(content_type) is may_be
