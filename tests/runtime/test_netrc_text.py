"""Netrc files as people write them."""

from __future__ import annotations

import netrc
from pathlib import Path

import pytest

from xnat_runtime.netrc_text import Entry, NetrcError, entries, spans


def test_a_comment_of_several_words_may_follow_a_blank_line():
    text = "machine a\n  login b\n  password c\n\n# about the second one\nmachine d login e password f # behind it\n"
    assert entries(text) == {"a": Entry("b", "c"), "d": Entry("e", "f")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "machine a login b password c",
        "machine a login b account x password c\nmachine b user d password e\n",
        "default login b password c\n",
        "machine a login b password #1 machine d login e password f\n",
        'machine a login "b \\" c" password d\\ e\n',
        "macdef init\ncd /x\nmachine y\n\nmachine a login b password c\n",
        "machine a\nlogin b\n#c\npassword d\n",
        "machine a login b password c\nmachine a login d password e\n",
        "machine a login b password \u00e9\u00a0x\n",
    ],
)
def test_what_pythons_reader_reads_is_read_alike(tmp_path: Path, text):
    file = tmp_path / "netrc"
    file.write_text(text, encoding="utf-8")
    assert {name: tuple(found) for name, found in entries(text).items()} == {
        name: (found[0], found[2]) for name, found in netrc.netrc(file).hosts.items()
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("machine a login b passwd c", 1),
        ("machine a\n\nlogin", 3),
        ("hello", 1),
        ("\nmachine", 2),
        ('machine a login b password "c', 1),
        ("\n\nmacdef init\ncd /x\n", 3),
    ],
)
def test_what_is_no_netrc_file_is_told_with_its_line(text, line):
    with pytest.raises(NetrcError) as caught:
        entries(text)
    assert caught.value.line == line


def test_spans_tell_where_values_are():
    text = "# x\nmachine a login b password c # y\n"
    [span] = spans(text)
    assert text[span.start : span.end] == "machine a login b password c"
    assert {name: text[place.start : place.end] for name, place in span.places.items()} == {
        "machine": "machine a", "login": "b", "password": "c",
    }  # fmt: skip
