from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xnat_runtime.errors import ForeignUrlError, InvalidValueError
from xnat_runtime.paths import Server, Target, child, encode_path, join, resolve, segment, server
from xnat_runtime.transport import Request

NAMES = st.text(min_size=1).filter(lambda name: name not in {".", ".."})
WIRE = re.compile(r"(?:[A-Za-z0-9._~!$&'()*,=:@-]|%[0-9A-F]{2})+")
OWN = "https://xnat.example.org/xnat"


def without_surrogates(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


@given(NAMES.filter(without_surrogates))
def test_any_name_is_encoded_once_and_comes_back(name: str):
    encoded = segment(name)
    assert WIRE.fullmatch(encoded)
    assert unquote(encoded, errors="strict") == name


@given(st.lists(NAMES.filter(without_surrogates), min_size=1, max_size=5))
def test_no_name_changes_the_shape_of_a_path(names: list[str]):
    path = join(*names)
    assert [unquote(part) for part in path.split("/")[1:]] == names
    assert urlsplit("https://h" + path).path == path
    assert resolve("https://h", "/data/x" + path).path == "/data/x" + path


@given(NAMES.filter(without_surrogates))
def test_an_encoded_path_is_left_as_it_is_by_resolve_and_accepted_by_requests(name: str):
    path = child("/data/projects", name)
    assert resolve(OWN, path) == Target(path, ())
    assert resolve(OWN, OWN + path) == Target(path, ())
    assert Request("GET", path).path == path


@given(st.lists(st.sampled_from([".", "%2e", "%2E", "/", "\\", "%5c", "%2f", "a", ";x"]), max_size=12).map("".join))
def test_dot_segments_never_climb(text: str):
    try:
        path = resolve(OWN, "/data/projects/" + text).path
    except InvalidValueError:
        return
    parts = re.split(r"[/\\]", unquote(path))
    assert not {part.split(";")[0] for part in parts} & {".", ".."}


@pytest.mark.parametrize("name", ["", ".", "..", "half \ud800"])
def test_names_that_would_change_the_path_are_refused(name: str):
    with pytest.raises(InvalidValueError, match="cannot be"):
        segment(name)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("50%", "50%25"),
        ("%20", "%2520"),
        ("a+b", "a%2Bb"),
        ("a;b", "a%3Bb"),
        ("a?b#c", "a%3Fb%23c"),
        ("scan (1), é", "scan%20(1),%20%C3%A9"),
        ("...", "..."),
    ],
)
def test_names_look_so_on_the_wire(name: str, encoded: str):
    assert segment(name) == encoded


@given(st.lists(NAMES.filter(without_surrogates).filter(lambda name: "/" not in name), min_size=1, max_size=4))
def test_a_raw_path_is_encoded_segment_by_segment(names: list[str]):
    raw = "/" + "/".join(names)
    assert encode_path(raw) == join(*names)
    assert encode_path(raw[1:] + "/") == join(*names)[1:] + "/"


def test_a_raw_path_with_dots_or_holes_is_refused():
    for raw in ("/a/../b", "a//b", "./a"):
        with pytest.raises(InvalidValueError):
            encode_path(raw)
    assert encode_path("/") == "/"


def test_a_server_address_is_taken_apart():
    assert server("HTTPS://XNAT.Example.ORG/xnat/") == Server("https", "xnat.example.org", 443, "/xnat")
    assert server("http://[::1]:8080").url == "http://[::1]:8080"
    assert server("https://h:443").url == "https://h"
    assert server(" https://h:8443 ").origin == "https://h:8443"


@pytest.mark.parametrize(
    "address",
    [
        "xnat.example.org",
        "ftp://xnat.example.org",
        "https://",
        "https://bob:hunter2@xnat.example.org",
        "https://h/?a=hunter2",
        "https://h/#hunter2",
        "https://h:hunter2/",
        "https://h:99999/",
        "https://h:0/",
        "https://h\\hunter2/",
        "https://h/a/../b",
        "",
    ],
)
def test_a_server_address_that_cannot_be_used_is_refused_without_repeating_it(address: str):
    with pytest.raises(InvalidValueError) as caught:
        server(address)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/data/projects/P", "/data/projects/P"),
        ("data/projects/P", "/data/projects/P"),
        ("/projects/P", "/data/projects/P"),
        ("/experiments/E/scans/1", "/data/experiments/E/scans/1"),
        ("/REST/projects/P", "/data/projects/P"),
        ("/data/archive/projects/P", "/data/projects/P"),
        ("/REST/archive/projects/P", "/data/projects/P"),
        ("/archive/projects/P", "/data/projects/P"),
        ("/prearchive/projects/P/T/S", "/data/prearchive/projects/P/T/S"),
        ("/xnat/data/projects/P", "/data/projects/P"),
        ("https://xnat.example.org/xnat/data/projects/P", "/data/projects/P"),
        ("https://XNAT.example.org:443/xnat/REST/projects/P", "/data/projects/P"),
        ("//xnat.example.org/xnat/data/projects/P", "/data/projects/P"),
        ("https://xnat.example.org/xnat", "/"),
        ("/xapi/siteConfig/buildInfo", "/xapi/siteConfig/buildInfo"),
        ("/data", "/data"),
        ("/data/a b/é/50%/%41", "/data/a%20b/%C3%A9/50%25/%41"),
        ("/data/x#part", "/data/x"),
        ("https://xnat.example.org/xnat//x", "/x"),
    ],
)
def test_full_and_partial_uris_name_one_place(uri: str, path: str):
    assert resolve(OWN, uri) == Target(path, ())


def test_the_query_of_a_uri_is_kept_as_pairs():
    assert resolve("https://h", "/data/x?format=json&note=&a=b%20c").query == (
        ("format", "json"),
        ("note", ""),
        ("a", "b c"),
    )


@pytest.mark.parametrize(
    "uri",
    [
        "http://xnat.example.org/xnat/data/x",
        "https://xnat.example.org:8443/xnat/data/x",
        "https://evil.example.org/xnat/data/x",
        "https://xnat.example.org.evil.org/xnat/data/x",
        "//evil.example.org/xnat/data/x",
        "https://bob:hunter2@xnat.example.org/xnat/data/x",
        "https://xnat.example.org@evil.org/xnat/data/x",
        "https://xnat.example.org/data/x",
        "https://xnat.example.org/xnatter/data/x",
        "ftp://xnat.example.org/xnat/data/x",
        "file:///etc/passwd",
        "mailto:bob",
    ],
)
def test_a_uri_of_another_place_is_foreign(uri: str):
    with pytest.raises(ForeignUrlError) as caught:
        resolve(OWN, uri)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("uri", ["https://xnat.example.org\\@evil.org/xnat", "https://[::1/x", "https://h:port/x"])
def test_a_uri_that_is_none_is_refused(uri: str):
    with pytest.raises(InvalidValueError):
        resolve(OWN, uri)


@given(st.text(max_size=30))
def test_resolve_either_refuses_or_stays_on_the_server(text: str):
    assume(text.strip())
    try:
        target = resolve(OWN, text)
    except (InvalidValueError, ForeignUrlError):
        return
    assert target.path.startswith("/")
    assert not target.path.startswith("//")
    assert Request("GET", target.path)
