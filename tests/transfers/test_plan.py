"""What a file table says of its files, and which of them a member of an archive may be."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from xnat_runtime.transfers.job import Job
from xnat_runtime.transfers.plan import Expectations, Listed, listed
from xnat_runtime.transfers.report import MovedFile

MD5 = "0" * 32


def rows(*uris: str) -> list[Listed]:
    table = [{"URI": uri, "Name": uri.rpartition("/")[2], "collection": "", "Size": "3", "digest": MD5} for uri in uris]
    return listed({"ResultSet": {"Result": table}}, "/data/x")


@pytest.mark.parametrize(
    ("uri", "scan", "resource", "path"),
    [
        ("/data/experiments/E/scans/1/resources/123/files/a/b.dcm", "1", "123", "a/b.dcm"),
        ("/experiments/E/scans/1%20a/resources/123/files/a.dcm", "1 a", "123", "a.dcm"),
        ("/data/experiments/E/resources/R/files/a.txt", "", "R", "a.txt"),
        (
            "/data/experiments/E/resources/R/files/x/scans/9/resources/Q/files/a",
            "",
            "R",
            "x/scans/9/resources/Q/files/a",
        ),
        ("/data/experiments/E/scans/1/resources/R/files/resources/Q/files/a", "1", "R", "resources/Q/files/a"),
        ("/data/projects/files/resources/R/files/a", "", "R", "a"),
        ("/data/projects/resources/subjects/S/resources/R/files/a", "", "R", "a"),
        ("/data/somewhere/else/a.txt", "", "", "a.txt"),
    ],
)
def test_a_row_names_scan_resource_and_path(uri: str, scan: str, resource: str, path: str):
    (first, second) = rows(uri, uri + "2")
    assert (first.scan, first.resource, first.path) == (scan, resource, path)
    assert (second.scan, second.resource, second.path) == (scan, resource, f"{path}2")
    assert (first.size, first.md5) == (3, MD5)


def test_a_member_is_found_by_scan_resource_and_path():
    first, second, third = rows(
        "/data/experiments/E/scans/1/resources/R/files/a",
        "/data/experiments/E/scans/1-2/resources/R/files/a",
        "/data/experiments/E/resources/R/files/a",
    )
    expected = Expectations([first, second, third])
    assert expected.of("S/scans/1/resources/R/files/a") == [first]
    assert expected.of("S/scans/1-T1/resources/R/files/a") == [first]
    assert expected.of("S/scans/1-2/resources/R/files/a") == [second, first]
    assert expected.of("S/resources/R/files/a") == [third]
    for name in ("S/scans/1/resources/R/files/b", "S/scans/3/resources/R/files/a", "S/resources/Q/files/a", "S/a", ""):
        assert expected.of(name) == []
    assert expected.of("S/scans/1/resources/R/files/a") == [first]


def test_a_moved_file_tells_its_path_however_it_was_made(tmp_path: Path):
    made = MovedFile("a", tmp_path / "a", 3, MD5, "md5")
    told = MovedFile("a", str(tmp_path / "a"), 3, MD5, "md5")
    assert made.path == told.path == tmp_path / "a"
    assert made == told
    assert hash(made) == hash(told)
    assert pickle.loads(pickle.dumps(told)) == made
    assert str(tmp_path / "a") in repr(told)


@pytest.mark.parametrize("target", ["here", ".", "/", "/a/b"])
def test_the_journal_calls_files_by_their_path_below_the_folder(target: str):
    folder = Path(target)
    nothing: Any = None
    job = Job(nothing, folder, False, nothing, nothing, nothing, nothing, "", True, False, nothing)
    assert job.key(folder / "S" / "a.dcm") == "S/a.dcm"
    assert job.key(os.fspath(folder / "S")) == "S"
