"""``tree``."""

from __future__ import annotations

import pytest


def test_a_project_at_a_terminal(visitor, window):
    before = len(window.requests)
    status, screen = visitor.shown("tree", "sandbox")
    assert status == 0
    lines = screen.splitlines()
    assert lines[:4] == ["sandbox", "├── test001", "│   └── test001_MR", "│       ├── 1  localizer"]
    assert "│       │   ├── DICOM  (24 files, 3.2 MB)" in lines
    assert lines[-2] == "└── documents  (2 files, 51 bytes)"
    assert lines[-1] == "5 subjects, 5 sessions, 11 scans, 14 resources, 1 assessor"
    # Subjects, experiments, scans, assessors, and resources of the project, subjects, experiments and scans.
    assert len(window.requests) - before == 2 + 8


@pytest.mark.parametrize(("depth", "requests", "kinds"), [
    ("1", 2, {"subject", "resource"}),
    ("2", 4, {"subject", "resource", "session"}),
    ("3", 7, {"subject", "resource", "session", "scan", "assessor"}),
])  # fmt: skip
def test_depth_saves_requests(quick, window, depth, requests, kinds):
    before = len(window.requests)
    done = quick("tree", "sandbox", "--depth", depth, "--csv")
    assert {line.split(",")[1] for line in done.lines[2:]} == kinds
    assert len(window.requests) - before == 2 + requests


def test_ascii_where_the_terminal_knows_no_other_signs(visitor):
    done = visitor.run("tree", "sandbox", "--depth", "1", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.lines[1] == "|-- test001"
    assert done.lines[-1].startswith("`-- documents")


def test_json_is_nested(visitor):
    found = visitor.run("tree", "sandbox", "--json").json
    assert (found["kind"], found["name"], found["uri"]) == ("project", "sandbox", "/data/projects/sandbox")
    session = found["branches"][0]["branches"][0]
    scan = session["branches"][1]
    assert (scan["kind"], scan["name"], scan["title"]) == ("scan", "2", "T1")
    assert scan["branches"][0]["file_count"] == 24
    assert scan["branches"][0]["file_size"] == 3174096


def test_files_take_two_requests_more_for_each_session_with_resources(visitor, window):
    before = len(window.requests)
    done = visitor.run("tree", "sandbox", "--files", "--json")
    first = done.json["branches"][0]["branches"][0]
    scan = next(each for each in first["branches"] if each["name"] == "2")
    nifti = next(each for each in scan["branches"] if each["name"] == "NIFTI")
    assert [(each["kind"], each["name"], each["file_size"]) for each in nifti["branches"]] == [
        ("file", "T1.nii.gz", 8841)
    ]
    own = next(each for each in first["branches"] if each["name"] == "QC")
    assert [each["name"] for each in own["branches"]] == ["qc.csv"]
    # One for the files of the project's own resources, one a session for its scans, one for the resources of one.
    assert len(window.requests) - before == 2 + 8 + 1 + 5 + 1


def test_a_session_takes_four_requests(visitor, window):
    before = len(window.requests)
    done = visitor.run("tree", "sandbox/sessions/test001_MR")
    assert done.lines[0] == "test001_MR"
    assert "│   └── DICOM  (3 files, 101.8 kB)" in done.lines
    assert "└── QC  (1 file, 29 bytes)" in done.lines
    assert len(window.requests) - before == 2 + 4
    assert visitor.run("tree", "sandbox/test001/test001_MR", "--depth", "1").out.count("DICOM") == 0


def test_a_subject_a_scan_a_resource(quick):
    assert "└── test001_MR" in quick("tree", "sandbox/test001").out
    assert quick("tree", "sandbox/test001/test001_MR/2").lines[0] == "2"
    assert "└── T1.nii.gz  (8.8 kB)" in quick("tree", "sandbox/test001/test001_MR/2", "--files").out.replace(
        "    └", "└"
    )
    assert quick("tree", "sandbox/test001/test001_MR/2/NIFTI").lines == ["NIFTI", "└── T1.nii.gz  (8.8 kB)"]


def test_the_site_needs_a_depth(visitor, window):
    before = len(window.requests)
    done = visitor.run("tree")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "--depth" in done.err
    assert len(window.requests) == before
    done = visitor.run("tree", "--depth", "3")
    assert len(window.requests) - before == 2 + 3
    assert "│   │   └── test001_MR" in done.lines
    assert done.err == "2 projects, 6 subjects, 6 sessions\n"
    assert visitor.run("tree", "--depth", "4").status == 2


def test_paths_of_all_that_is_below(quick):
    done = quick("tree", "sandbox/test001", "-q")
    assert done.lines[0] == "/data/projects/sandbox/subjects/test001"
    assert "/data/experiments/XNAT_E00001/scans/1" in done.lines


@pytest.mark.parametrize(
    ("path", "status"), [("nosuch", 5), ("sandbox/sessions", 2), ("sandbox/test001/test001_MR/2/DICOM/a.dcm", 2)]
)
def test_what_cannot_be_shown_is_one_line(quick, path, status):
    done = quick("tree", path)
    assert (done.status, done.out, done.err.count("\n")) == (status, "", 1)
