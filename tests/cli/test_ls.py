"""``ls`` at a terminal and for programs."""

from __future__ import annotations

import pytest


@pytest.fixture
def asked(window):
    """Counts the requests from here on, login and logout among them."""
    before = len(window.requests)
    return lambda: len(window.requests) - before


def cells(done) -> list[list[str]]:
    return [line.split("\t") for line in done.lines]


def test_ls_shows_projects(visitor, asked):
    status, screen = visitor.shown("ls")
    assert status == 0
    assert screen.splitlines()[1].split()[:3] == ["sandbox", "Sandbox", "project"]
    assert screen.splitlines()[-1] == "2 projects"
    assert asked() == 3, "login, listing, logout"


@pytest.mark.parametrize(
    ("path", "columns", "first"),
    [
        ("", "id,name", ["sandbox", "Sandbox project"]),
        ("subjects", "label,project", ["test001", "sandbox"]),
        ("sessions", "label,subject,date,xsi_type", ["test001_MR", "test001", "2020-05-14", "xnat:mrSessionData"]),
        ("experiments", "label,date", ["test001_MR", "2020-05-14"]),
        ("sandbox", "label,id", ["test001", "XNAT_S00001"]),
        ("sandbox/subjects", "label,insert_user", ["test001", "admin"]),
        ("sandbox/experiments", "label,subject", ["test001_MR", "test001"]),
        ("sandbox/sessions", "label,subject", ["test001_MR", "test001"]),
        ("sandbox/scans", "session,id,type,frames", ["test001_MR", "1", "localizer", "3"]),
        ("sandbox/scans", "subject,ID,project", ["test001", "1", "sandbox"]),
        ("sandbox/assessors", "label,session", ["test001_MR_QC", "test001_MR"]),
        ("sandbox/resources", "label,file_count,file_size", ["documents", "2", "51"]),
        ("sandbox/files", "path,resource,size", ["README.txt", "documents", "27"]),
        ("sandbox/test001", "label,subject", ["test001_MR", "test001"]),
        ("sandbox/test001/sessions", "label,subject", ["test001_MR", "test001"]),
        ("sandbox/test001/test001_MR", "id,type,quality", ["1", "localizer", "usable"]),
        ("sandbox/sessions/test001_MR/scans", "id,frames", ["1", "3"]),
        ("sandbox/test001/test001_MR/assessors", "label,session", ["test001_MR_QC", "test001_MR"]),
        ("sandbox/test001/test001_MR/reconstructions", "id,type,base_scan_type", ["recon_1", "mask", "T1"]),
        ("sandbox/test001/test001_MR/resources", "label,content", ["QC", "QC Data"]),
        ("sandbox/test001/test001_MR/assessors/test001_MR_QC/out/resources", "label", ["REPORT"]),
        ("sandbox/test001/test001_MR/2", "label,file_count", ["DICOM", "24"]),
        ("sandbox/test001/test001_MR/2/NIFTI", "path,size", ["T1.nii.gz", "8841"]),
        ("sandbox/test001/test001_MR/2/NIFTI/T1.nii.gz", "path,size", ["T1.nii.gz", "8841"]),
        ("/data/experiments/XNAT_E00001/scans/2/resources", "label", ["DICOM"]),
    ],
)
def test_every_level_takes_one_request(quick, window, path, columns, first):
    before = len(window.requests)
    done = quick("ls", path, "--columns", columns, "--tsv")
    assert (done.status, done.err) == (0, "")
    assert cells(done)[0] == columns.replace("ID", "id").split(",")
    assert cells(done)[1] == first
    # Below /data/projects/P/experiments/E a server knows nothing, so the session's ID is asked for.
    by_label = path == "sandbox/sessions/test001_MR/scans"
    assert len(window.requests) - before == 3 + by_label


def test_a_file_is_shown_alone(quick):
    done = quick("ls", "sandbox/test001/test001_MR/2/DICOM", "--json")
    name = done.json[3]["path"]
    alone = quick("ls", f"sandbox/test001/test001_MR/2/DICOM/{name}", "--json").json
    assert [row["path"] for row in alone] == [name]
    assert len(alone[0]["digest"]) == 32


def test_further_fields_come_with_the_same_request(quick, asked):
    done = quick(
        "ls", "sandbox/subjects", "-c", "label,demographics.gender,xnat:subjectData/demographics/handedness", "--csv"
    )
    assert done.lines[1] == "test001,male,right"
    assert asked() == 3


def test_fields_of_filters_and_order_are_loaded_too(quick, asked):
    done = quick("ls", "sandbox/sessions", "-f", "scanner=CT*", "-s", "modality", "-c", "label", "--csv")
    assert done.lines == ["label", "TEST01_CT"]
    assert asked() == 3


def test_custom_variables_are_columns(quick):
    row = quick("ls", "sandbox/subjects", "-f", "fields.diagnosis=healthy", "--json").json[0]
    assert (row["label"], row["fields.diagnosis"]) == ("test001", "healthy")
    assert "some note" not in row.values()
    done = quick("ls", "sandbox/subjects", "-c", "label,fields.diagnosis", "--csv")
    assert "test001,healthy" in done.lines


def test_a_type_narrows_and_has_more_fields(quick, asked):
    done = quick("ls", "sandbox/experiments", "--type", "mr", "-c", "label,field_strength", "--csv")
    assert done.lines[1] == "test001_MR,3.0"
    assert not any("CT" in line for line in done.lines)
    assert asked() == 3
    wrong = quick("ls", "sandbox/experiments", "-c", "label,field_strength")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert "--type narrows" in wrong.err
    assert "did you mean 'mr'?" in quick("ls", "sandbox/sessions", "-t", "mrr").err


def test_values_that_may_identify_a_patient_are_shown_when_they_are_asked_for(quick):
    path = "sandbox/test001/test001_MR"
    assert "note" not in quick("ls", path, "--json").json[0]
    assert "note" in quick("ls", path, "--json", "--columns", "id,note").json[0]
    done = quick("ls", "sandbox/sessions", "-c", "label,dcm_patient_name", "--csv")
    assert "test001_MR,test001^Demo" in done.lines


@pytest.mark.parametrize(
    ("pattern", "found", "requests"),
    [
        ("sandbox/sessions/test*", ["test001_MR"], 1),
        ("sandbox/sessions/XNAT_E0000[15]", ["test001_MR", "TEST01_CT"], 1),
        ("sandbox/t*", ["test001"], 1),
        ("sandbox/test001/test001_MR/T?", ["2", "3"], 1),
        ("sandbox/*/*/T1", ["2", "2", "2"], 2),
        ("sandbox/Brain*/*/scans/T1", ["2", "2"], 2),
        ("sand*/subjects/test*", ["test001"], 2),
        ("sandbox/sessions/test*/scans", ["1", "2", "3"], 2),
        ("sandbox/*/*/T1*/N*", ["NIFTI"], 2),
    ],
)
def test_patterns(quick, window, pattern, found, requests):
    before = len(window.requests)
    done = quick("ls", pattern, "--json")
    assert (done.status, done.err) == (0, "")
    assert [row.get("label") or row["id"] for row in done.json] == found
    assert len(window.requests) - before == 2 + requests
    assert all(row["uri"].startswith("/data/") for row in done.json)


def test_patterns_go_as_deep_as_resources(visitor):
    done = visitor.run("ls", "sandbox/*/*/assessors/x*")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "patterns are for" in done.err


def test_a_pattern_that_nothing_fits_finds_nothing(visitor):
    done = visitor.run("ls", "sandbox/sessions/nobody*")
    assert (done.status, done.lines, done.err) == (0, ["label  subject  date  xsi_type  id"], "0 sessions\n")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("nosuch", "nothing is at 'nosuch'"),
        ("sandbox/sesions", "did you mean 'sessions'?"),
        ("sandbox/test001_MR", "A session is named by PROJECT/sessions/LABEL"),
        ("sandbox/test001/test001_MR/9", "nothing is at"),
        ("sandbox/test001/test001_MR/2/NIFTI/none.nii", "there is no file"),
        ("/data/experiments/XNAT_E99999", "nothing is at"),
    ],
)
def test_what_is_not_there_is_one_line_and_status_5(quick, path, hint):
    done = quick("ls", path)
    assert (done.status, done.out, done.err.count("\n")) == (5, "", 1)
    assert done.err.startswith("error: ")
    assert hint in done.err
    assert quick("ls", path, "--json").error["exit_status"] == 5


def test_ls_of_sessions_as_paths(visitor):
    done = visitor.run("ls", "sandbox/sessions", "-q")
    assert (done.status, done.err) == (0, "")
    assert done.lines[0] == "/data/experiments/XNAT_E00001"
    assert visitor.run("ls", done.lines[0], "-q").lines[0] == "/data/experiments/XNAT_E00001/scans/1"


def test_several_paths_make_one_list(quick, window):
    before = len(window.requests)
    done = quick("ls", "sandbox/test001/test001_MR", "sandbox/sessions/TEST01_CT/scans", "-c", "id,type", "--csv")
    assert done.lines[1:] == ["1,localizer", "2,T1", "3,T2", "1,unknown", "2,Thorax 1.25"]
    assert len(window.requests) - before == 2 + 2 + 1
    paths = quick("search", "mr", "subject.label=test001", "-q").out
    assert len(quick("ls", "-", "-q", stdin=paths).lines) == 3
    mixed = quick("ls", "sandbox", "sandbox/sessions")
    assert (mixed.status, mixed.err) == (
        2,
        "error: one list cannot show subject and session rows: call ls for each kind\n",
    )
    missing = quick("ls", "sandbox/test001/test001_MR", "sandbox/test001/nosuch")
    assert (missing.status, missing.err.count("\n")) == (5, 1)
