"""Netrc files: entries go in and out, and all else stays, whatever the file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xnat_runtime.auth import Secret
from xnat_runtime.cli.netrc_file import Entry, entry_of, put, remove
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.netrc_text import entries

VALUES = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["C"]), min_size=1)
FILES = [
    "",
    "\n\n",
    "# only a comment",
    "machine a login b password c",
    "machine a\n  login b\n  password c\n\n# about d\nmachine d login e password f # behind\n",
    "macdef init\ncd /tmp\nmachine x\n\nmachine a login b password c\n",
    "machine here login old password old\nmachine here login newer password newer\nmachine z login y password x\n",
    "machine here\n\taccount acc\n\tuser old\n\tpassword old\n",
    "machine here login old\ndefault login anonymous password x\n",
    "default login anonymous password x\n",
    'machine here password "old one" login old\nmachine "odd name" login a password b\n',
]


def hosts(path: Path) -> dict[str, Entry]:
    return entries(path.read_text())


@pytest.mark.parametrize("text", FILES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(user=VALUES, password=VALUES)
def test_what_is_put_in_is_read_again_and_all_else_stays(tmp_path, text, user, password):
    path = tmp_path / "netrc"
    path.write_text(text)
    path.chmod(0o600)
    before = hosts(path)
    put(path, "here", user, Secret(password))
    assert entry_of(path, "here") == Entry(user, password)
    others = {name: entry for name, entry in before.items() if name != "here"}
    assert {name: entry for name, entry in hosts(path).items() if name != "here"} == others
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    remove(path, "here")
    assert hosts(path) == others


@pytest.mark.parametrize("text", FILES)
def test_an_entry_that_was_added_leaves_no_trace(tmp_path, text):
    path = tmp_path / "netrc"
    path.write_text(text)
    path.chmod(0o600)
    if "here" in hosts(path):
        return
    put(path, "here", "a", Secret("b"))
    remove(path, "here")
    assert path.read_text() in {text, f"{text}\n"}


def test_a_new_entry_stands_before_default(tmp_path):
    path = tmp_path / "netrc"
    path.write_text("default login anonymous password x\n")
    put(path, "here", "a", Secret("b"))
    assert path.read_text() == "machine here\nlogin a\npassword b\ndefault login anonymous password x\n"


@pytest.mark.parametrize("secret", ["two\nlines", "bell\x07"])
def test_what_no_file_can_hold_is_refused_and_not_repeated(tmp_path, secret):
    with pytest.raises(InvalidValueError) as caught:
        put(tmp_path / "netrc", "here", "a", Secret(secret))
    assert secret not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidValueError, match="its folder does not exist"):
        put(tmp_path / "none" / "netrc", "here", "a", Secret("b"))
