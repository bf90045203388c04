"""``import``: archives and folders of DICOM, to where they are told, and on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnat_emulator.build import dicom_files, dicom_zip

from .journal import record, sent

AS_S2 = ("--project", "P", "--subject", "S2", "--session", "S2_CT")


@pytest.fixture
def radiographer(clerk, small):
    """The desk of somebody with a study, as an archive and as a folder, and a project for it."""
    small.build.project("P")
    (clerk.folder / "study.zip").write_bytes(dicom_zip("CT", project="P", subject="S2", session="S2_CT", scans=2))
    (clerk.folder / "study").mkdir()
    for file in dicom_files("CT", project="P", subject="S2", session="S2_CT", scans=2):
        Path(clerk.folder, "study", file.name).write_bytes(file.data)
    return clerk


def test_an_import_says_where_it_went(radiographer, office):
    status, screen = radiographer.shown("import", "study.zip", *AS_S2, "--to-archive")
    assert status == 0
    (made,) = office.projects["P"].sessions
    assert f"study.zip is in the archive: /data/experiments/{made.id}" in screen
    assert made.label == "S2_CT"


def test_to_the_prearchive_and_from_there_into_the_archive(radiographer, office, small):
    status, screen = radiographer.shown("import", "study.zip", *AS_S2, "--to-prearchive")
    assert status == 0
    assert "study.zip is in the prearchive: /data/prearchive/projects/P/" in screen
    assert "To archive it: xnat-sdk prearchive archive /data/prearchive/projects/P/" in screen
    (waiting,) = office.prearchive.sessions("P")
    done = radiographer.run("prearchive", "archive", waiting.uri, "--yes")
    assert done.status == 0, done.err
    assert len(office.projects["P"].sessions) == 1


def test_q_feeds_prearchive_archive(radiographer, office):
    path = radiographer.run("import", "study.zip", *AS_S2, "--to-prearchive", "-q")
    assert path.err == ""
    assert path.out.startswith("/data/prearchive/projects/P/")
    done = radiographer.run("prearchive", "archive", "-", "--yes", stdin=path.out)
    assert done.status == 0, done.err
    assert len(office.projects["P"].sessions) == 1


def test_requests_record_and_json(radiographer, small):
    before = len(small.requests)
    done = radiographer.run("import", "study.zip", *AS_S2, "--to-archive", "--json")
    (row,) = done.json["imported"]
    assert (row["source"], row["state"], row["label"]) == ("study.zip", "archive", "S2_CT")
    assert done.json["failed"] == []
    assert len(sent(small, before)) == 2, "the import and the session"
    begun, ended = record(radiographer)
    assert (begun["action"], begun["paths"]) == ("import", ["/data/archive/projects/P"])
    assert (ended["exit_status"], ended["done"]) == (0, [row["uri"]])


def test_a_session_that_exists_is_a_conflict_until_overwrite_says_what_to_do(radiographer):
    radiographer.run("import", "study.zip", *AS_S2, "--to-archive")
    done = radiographer.run("import", "study.zip", *AS_S2, "--to-archive")
    assert done.status == 8
    (line,) = done.err.splitlines()
    assert "409" in line
    for way in ("delete", "override"):
        assert radiographer.run("import", "study.zip", *AS_S2, "--to-archive", "--overwrite", way).status == 0


def test_switches_reach_the_server(radiographer, small):
    before = len(small.requests)
    words = ["--quarantine", "--no-trigger-pipelines", "--handler", "DICOM-zip", "--skip-unparsable"]
    done = radiographer.run("import", "study.zip", *AS_S2, "--to-archive", *words)
    assert done.status == 0, done.err
    (query,) = [dict(one.query) for one in list(small.requests)[before:] if one.path == "/data/services/import"]
    assert query["quarantine"] == "true"
    assert query["triggerPipelines"] == "false"
    assert query["import-handler"] == "DICOM-zip"
    assert query["Ignore-Unparsable"] == "true"


def test_direct_archive(radiographer):
    done = radiographer.run("import", "study.zip", *AS_S2, "--direct-archive", "--json")
    assert done.status == 0, done.err
    assert done.json["imported"][0]["state"] in {"direct", "prearchive", "archive"}


def test_folders_at_once_and_file_by_file(radiographer, office, small):
    assert radiographer.run("import", "study", *AS_S2, "--to-prearchive").status == 0
    (radiographer.folder / "study" / "notes.txt").write_text("no image")
    before = len(small.requests)
    done = radiographer.run("import", "study", *AS_S2, "--to-archive", "--gradual", "--workers", "2")
    assert done.status == 0, done.err
    assert "left out: notes.txt is no DICOM file" in done.err
    assert len([each for each in sent(small, before) if each == "POST /data/services/import"]) == 4
    assert [session.label for session in office.projects["P"].sessions] == ["S2_CT"]


def test_one_of_two_that_fails_is_status_9(radiographer):
    (radiographer.folder / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    words = ["broken.zip", "study.zip", *AS_S2, "--to-archive"]
    done = radiographer.run("import", *words)
    assert done.status == 9
    assert "study.zip is in the archive" in done.out
    (line,) = done.err.splitlines()
    assert line.startswith("error: broken.zip: ")


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["nothing.zip", "--project", "P"], 2, "there is no nothing.zip"),
        (["study.zip", "--to-archive", "--to-prearchive"], 2, "leave one"),
        (["study.zip", "--gradual"], 2, "--gradual takes folders"),
        (["study", "--gradual", "--quarantine"], 2, "--gradual takes no --quarantine"),
        (["study.zip", "--overwrite", "some"], 2, "some"),
        (["study.zip", "--project", "P", "--read-only"], 6, "read-only"),
        (["study.zip", "--project", "P", "--server", "http://127.0.0.1:9"], 4, "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_imported_is_one_line(radiographer, words, status, text):
    done = radiographer.run("import", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_an_error_is_json_for_programs(radiographer):
    done = radiographer.run("import", "nothing.zip", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (2, 2, "")
