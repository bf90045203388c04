"""The options that every listing has, for every command that lists; and those that every command has."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from xnat_sdk import connect

from .catalogue import NAMES, command
from .screen import Desk, Done

# What is typed, and a column whose values differ.
LISTS = {
    "ls": ("ls sandbox/sessions", "label"),
    "search": ("search subject label=*", "label"),
    "verify": ("verify data --valid", "path"),
    "prearchive list": ("prearchive list", "name"),
    "vars get": ("vars get sandbox/subjects", "label"),
    "profile list": ("profile list", "name"),
}

Run = Callable[..., Done]


@pytest.fixture(scope="module")
def window(window, tmp_path_factory):
    """The demo server with two sessions in its prearchive."""
    zipped = tmp_path_factory.mktemp("scan") / "scan.zip"
    with connect(window.url, window.user, window.password) as connection:
        connection.projects["sandbox"].sessions["test001_MR"].scans["3"].download(zipped)
        for label in ("one_MR", "two_MR"):
            connection.services.import_(
                zipped, project="sandbox", subject=label, experiment=label, destination="/prearchive"
            )
    return window


@pytest.fixture
def listing(quick: Run, visitor: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands where there is something to list: files that were downloaded, profiles."""
    monkeypatch.chdir(visitor.folder)
    assert quick("download", "sandbox/test001/test001_MR/1", "--to", "data").status == 0
    for name in ("lab", "clinic"):
        assert quick("profile", "add", name, f"https://{name}.example.org").status == 0
    return quick


def table(done: Done) -> list[dict[str, str]]:
    assert done.status == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def test_every_command_that_lists_is_here():
    assert {*LISTS} == {name for name in NAMES if "sort_by" in command(name).options}


@pytest.mark.parametrize("name", LISTS)
def test_listing_options(name, listing):
    words, column = LISTS[name]
    typed = words.split()
    rows = table(listing(*typed, "--csv"))
    values = [row[column] for row in rows]
    assert len(set(values)) > 1
    assert [row[column] for row in json.loads(listing(*typed, "--json").out)] == values
    assert len(table(listing(*typed, "--csv", "--limit", "1"))) == 1
    assert table(listing(*typed, "--csv", "--columns", column)) == [{column: value} for value in values]
    assert table(listing(*typed, "--csv", "--filter", f"{column}={values[0]}")) == [
        row for row in rows if row[column].casefold() == values[0].casefold()
    ]
    upwards = [row[column] for row in table(listing(*typed, "--csv", "--sort-by", column))]
    downwards = [row[column] for row in table(listing(*typed, "--csv", "--sort-by", f"-{column}"))]
    assert upwards == downwards[::-1]
    assert sorted(upwards) == sorted(values)
    assert len(listing(*typed, "--tsv", "--no-header").lines) == len(rows)


@pytest.mark.parametrize("name", LISTS)
def test_unknown_columns_are_named_with_those_that_there_are(name, listing):
    words, column = LISTS[name]
    for option in ("--columns", "--sort-by"):
        done = listing(*words.split(), option, "nothing_like_it")
        assert done.status == 2
        assert "nothing_like_it" in done.err
        assert column in done.err


@pytest.mark.parametrize("name", ["ls", "search", "prearchive list", "vars get"])
def test_quiet_prints_paths_that_the_server_knows(name, listing):
    done = listing(*LISTS[name][0].split(), "-q")
    assert done.status == 0
    assert all(line.startswith("/data/") for line in done.lines)
    assert done.lines
