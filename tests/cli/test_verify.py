"""``verify``: a folder and its manifest, a folder and the server, and the server's own archive."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from xnat_runtime.documents import read_table
from xnat_runtime.paths import encode_path
from xnat_sdk import connect

from .journal import sent

SESSION = "study/S1/S1_MR"


@pytest.fixture
def downloaded(reader):
    """The desk of somebody who has downloaded a session."""
    assert reader.run("download", SESSION, "--to", "data").status == 0
    return reader


def statuses(done) -> list[str]:
    return sorted(row["status"] for row in done.json)


def test_nothing_differs(downloaded, study):
    before = len(study.requests)
    status, screen = downloaded.shown("verify", "data")
    assert status == 0
    assert "6 files of data as downloaded (md5); nothing differs" in screen
    assert len(study.requests) == before, "no server is asked"


def test_what_is_missing_changed_and_new_here(downloaded):
    folder = downloaded.folder / "data"
    (first, second) = sorted(folder.rglob("*.dcm"))[:2]
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1] + b"!")
    (folder / "mine.txt").write_text("mine")
    done = downloaded.run("verify", "data", "--json")
    assert done.status == 9
    assert statuses(done) == ["changed", "extra", "missing"]
    status, screen = downloaded.shown("verify", "data")
    assert status == 9
    assert "4 files of data as downloaded (md5); 1 changed, 1 extra, 1 missing" in screen


def test_a_file_beside_does_no_harm(downloaded):
    (downloaded.folder / "data" / "mine.txt").write_text("mine")
    done = downloaded.run("verify", "data", "--csv")
    assert done.status == 0
    assert done.lines == ["status,path,reason", "extra,data/mine.txt,the manifest does not name it"]


def test_valid_lists_all_and_rows_can_be_chosen(downloaded):
    assert len(downloaded.run("verify", "data", "--valid", "--csv", "--no-header").lines) == 6
    done = downloaded.run("verify", "data", "--valid", "--workers", "2", "-f", "path=*.nii", "-q")
    assert [Path(line).name for line in done.lines] == ["t1.nii"]


def test_with_the_server_nothing_differs(downloaded, study):
    before = len(study.requests)
    done = downloaded.run("verify", "data", SESSION, "--json")
    assert (done.status, done.json) == (0, [])
    assert len(sent(study, before)) == 2, "the session and its table"


def test_what_changed_on_the_server(clerk, small, office):
    imaging = small.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=1)
    imaging.resource("NOTES", {"same.txt": b"a", "gone.txt": b"b", "other.txt": b"c"})
    assert clerk.run("download", "P/S/E/resources/NOTES", "--to", "data").status == 0
    notes = office.projects["P"].subjects["S"].experiments["E"].resources["NOTES"]
    notes.files["gone.txt"].delete()
    notes.upload_data("changed", "other.txt", overwrite=True)
    notes.upload_data("new", "new.txt")
    done = clerk.run("verify", "data", "P/S/E/resources/NOTES", "--json")
    assert done.status == 9
    assert statuses(done) == ["gone", "new", "replaced"]
    assert clerk.run("verify", "data", "P/S/E/resources/NOTES").status == 9


def test_include_and_exclude_say_what_was_downloaded(reader):
    chosen = ["--include", "resource=NIFTI", "--exclude", "file=*.json"]
    reader.run("download", SESSION, "--to", "some", *chosen)
    assert reader.run("verify", "some", SESSION, *chosen).status == 0
    assert statuses(reader.run("verify", "some", SESSION, "--json")) == ["new"] * 5
    assert reader.run("verify", "some", *chosen).status == 2


@pytest.fixture
def archive(reader, study) -> Path:
    """The session's folder of an archive, as the server says that it keeps it."""
    root = reader.folder / "archive"
    with connect(study.url, study.user, study.password) as session:
        base = "/data/projects/study/subjects/S1/experiments/S1_MR"
        for above in (f"{base}/files", f"{base}/scans/ALL/files"):
            rows = read_table(session.get_json(above), above)
            places = read_table(session.get_json(above, {"locator": "absolutePath"}), above)
            for row, place in zip(rows, places, strict=True):
                path = root / str(place["absolutePath"]).removeprefix("/data/xnat/archive/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(session.get(encode_path(f"/data{str(row['URI']).removeprefix('/data')}")).content)
    for resource in ("RESOURCES/NOTES", "SCANS/1/DICOM", "SCANS/2/DICOM", "SCANS/2/NIFTI"):
        label = resource.rpartition("/")[2]
        (root / "study" / "arc001" / "S1_MR" / resource / f"{label}_catalog.xml").write_text("<catalog/>")
    return root


def test_an_archive_as_the_server_says(reader, archive):
    status, screen = reader.shown("verify", SESSION, "--archive", "archive")
    assert status == 0, screen
    assert "7 files as the server says; nothing differs" in screen


def test_findings_of_an_archive(reader, archive):
    session = archive / "study" / "arc001" / "S1_MR"
    (session / "SCANS" / "2" / "NIFTI" / "t1.nii").unlink()
    (session / "SCANS" / "2" / "NIFTI" / "more" / "t1.json").write_text("[]")
    (session / "SCANS" / "1" / "DICOM" / "stray.dcm").write_text("?")
    (session / "SCANS" / "1" / "DICOM" / "second_catalog.xml").write_text("<catalog/>")
    (session / "SCANS" / "2" / "DICOM" / "DICOM_catalog.xml").unlink()
    done = reader.run("verify", SESSION, "--archive", "archive", "--csv")
    assert done.status == 9
    found = {(row["status"], Path(row["path"]).name) for row in csv.DictReader(io.StringIO(done.out))}
    assert found == {
        ("missing_path", "t1.nii"), ("hash_mismatch", "t1.json"), ("missing_object", "stray.dcm"),
        ("multiple_catalog_xml", "DICOM"), ("no_catalog_xml", "DICOM"),
    }  # fmt: skip


def test_a_project_of_an_archive_that_lacks_a_session(reader, archive):
    done = reader.run("verify", "study", "--archive", "archive", "--valid", "--json")
    assert done.status == 9
    assert statuses(done) == ["missing_path"] * 2 + ["valid"] * 7


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["nowhere"], 5, "nowhere has no manifest.json"),
        ([SESSION, "--archive", "nowhere"], 2, "There is no folder nowhere"),
        (["study/S1", "--archive", "."], 2, "is compared with a project, a session"),
        (["data", "study/S1/NOBODY"], 5, "404"),
        ([], 2, "error"),
    ],
)
def test_what_cannot_be_compared_is_one_line(downloaded, words, status, text):
    done = downloaded.run("verify", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_an_error_is_json_for_programs(reader):
    done = reader.run("verify", "nowhere", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (5, 5, "")
