"""``download``: by path, by patterns, from standard input, as a zip; again, and where something is in the way."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from xnat_emulator import Fault, faults

from .journal import record, sent

SESSION = "study/S1/S1_MR"


def files(folder: Path) -> list[str]:
    """Returns the files below a folder that are not our own."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.startswith(".xnat") and name != "manifest.json")


def names(folder: Path) -> list[str]:
    return sorted({Path(name).name for name in files(folder)})


def test_a_scan_is_downloaded_and_told_on_the_screen(reader):
    status, screen = reader.shown("download", f"{SESSION}/2", "--to", "data")
    assert status == 0
    assert "data: 4 files downloaded (" in screen
    assert "compared with the server: 4 by MD5" in screen
    assert len(files(reader.folder / "data")) == 4
    assert "Downloading" not in screen, "the bars are gone"
    assert "all (" not in screen


def test_requests_of_a_session_do_not_grow_with_its_files(reader, study):
    before = len(study.requests)
    done = reader.run("download", SESSION, "--to", "data")
    assert (done.status, done.err) == (0, "")
    base = "GET /data/projects/study/subjects/S1/experiments/S1_MR"
    assert sent(study, before)[:3] == [base, f"{base}/scans/ALL/files", f"{base}/scans/ALL/files"]
    assert len(sent(study, before)) <= 5, "the item, its table, an archive, and two for the manifest"


def test_the_same_command_again_moves_nothing(reader):
    reader.run("download", SESSION, "--to", "data")
    again = reader.run("download", SESSION, "--to", "data", "--json")
    assert again.status == 0
    assert (again.json["moved"], again.json["skipped"], again.json["bytes"]) == (0, 6, 0)
    assert {row["status"] for row in again.json["files"]} == {"there already"}
    assert again.json["verified"] == {"md5": 6}
    assert again.json["failed"] == []


def test_other_bytes_in_the_way_are_a_conflict_until_overwrite(reader):
    reader.run("download", f"{SESSION}/2/NIFTI", "--to", "data")
    (changed,) = (reader.folder / "data").rglob("t1.nii")
    changed.write_bytes(b"mine")
    done = reader.run("download", f"{SESSION}/2/NIFTI", "--to", "data")
    assert done.status == 8
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert "pass --overwrite to replace it" in line
    assert changed.read_bytes() == b"mine"
    assert record(reader) == [], "nothing was replaced"
    done = reader.run("download", f"{SESSION}/2/NIFTI", "--to", "data", "--overwrite")
    assert (done.status, done.err) == (0, "")
    assert changed.read_bytes() == b"nifti" * 20
    begun, ended = record(reader)
    assert (begun["action"], begun["paths"], ended["exit_status"]) == ("download --overwrite", ["data"], 0)


def test_several_paths_and_standard_input(reader):
    done = reader.run("download", f"{SESSION}/1", "-", "--to", "data", stdin=f"{SESSION}/2/NIFTI\n")
    assert done.status == 0
    assert names(reader.folder / "data")[-2:] == ["t1.json", "t1.nii"]
    assert len(files(reader.folder / "data")) == 4


def test_a_path_that_names_nothing_does_not_keep_the_others_out(reader):
    done = reader.run("download", f"{SESSION}/2/NIFTI", "study/S1/NOBODY", "--to", "data")
    assert done.status == 9
    assert names(reader.folder / "data") == ["t1.json", "t1.nii"]
    (line,) = done.err.splitlines()
    assert line.startswith("error: study/S1/NOBODY: ")
    told = reader.run("download", f"{SESSION}/2/NIFTI", "study/S1/NOBODY", "--to", "data", "--json")
    assert [(each["name"], each["exit_status"]) for each in told.json["failed"]] == [("study/S1/NOBODY", 5)]


def test_paths_of_ls_feed_download(reader):
    listed = reader.run("ls", "study/sessions", "-q")
    done = reader.run("download", "-", "--to", "data", stdin=listed.out)
    assert done.status == 0
    assert {name.partition("/")[0] for name in files(reader.folder / "data")} == {"S1_MR", "S2_MR"}


def test_q_prints_the_files(reader):
    done = reader.run("download", f"{SESSION}/2/NIFTI", "--to", "data", "-q")
    assert (done.status, done.err) == (0, "")
    assert sorted(Path(line).name for line in done.lines) == ["t1.json", "t1.nii"]
    assert all((reader.folder / line).is_file() for line in done.lines)


def test_csv_has_a_row_a_file(reader):
    done = reader.run("download", f"{SESSION}/2/NIFTI", "--to", "data", "--csv")
    assert done.lines[0].split(",") == ["status", "size", "verified", "name"]
    assert [line.split(",")[:3] for line in done.lines[1:]] == [["moved", "2", "md5"], ["moved", "100", "md5"]]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{SESSION}/2/NIFTI/t1.nii", ["t1.nii"]),
        (f"{SESSION}/2/NIFTI/more/t1.json", ["t1.json"]),
        (f"{SESSION}/resources", ["n.txt"]),
        (f"{SESSION}/files", ["n.txt"]),
        (f"{SESSION}/2/NIFTI/files", ["t1.json", "t1.nii"]),
    ],
)
def test_files_resources_and_collections(reader, path, expected):
    done = reader.run("download", path, "--to", "data")
    assert done.status == 0, done.err
    assert names(reader.folder / "data") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--include", "scan=T1*", "--include", "resource=NIFTI"], ["t1.json", "t1.nii"]),
        (["--include", "scan=2", "--exclude", "resource=DICOM"], ["t1.json", "t1.nii"]),
        (["--include", "file=*.nii"], ["t1.nii"]),
        (["--include", "file=more/*"], ["t1.json"]),
        (["--exclude", "resource=DICOM", "--exclude", "file=*.json"], ["t1.nii"]),
        (["--exclude", "scan=localizer", "--exclude", "file=*.dcm"], ["t1.json", "t1.nii"]),
    ],
)
def test_include_and_exclude(reader, words, expected):
    done = reader.run("download", SESSION, "--to", "data", *words)
    assert done.status == 0, done.err
    assert names(reader.folder / "data") == expected


def test_half_of_the_scans_comes_as_one_archive(reader, study):
    before = len(study.requests)
    done = reader.run("download", SESSION, "--to", "data", "--include", "resource=DICOM")
    assert done.status == 0
    assert len(files(reader.folder / "data")) == 4
    assert len([each for each in sent(study, before) if each.endswith("/files")]) == 2, "a table and an archive"


@pytest.mark.parametrize("word", ["T1*", "sort=T1*", "scan="])
def test_a_choice_that_cannot_be_read(reader, word):
    done = reader.run("download", SESSION, "--include", word)
    assert done.status == 2
    assert done.err.startswith(f"error: --include {word}: it is scan=PATTERN")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--project", "stu*", "--scan", "T?"], ["S1", "S2"]),
        (["--subject", "S1"], ["S1"]),
        (["--experiment", "S2*"], ["S2"]),
        (["--session", "S[12]_MR", "--regex", "--scan", "T2|T9"], ["S2"]),
        (["--project", "study", "--resource", "NIF*"], ["S1"]),
        (["--project", "study", "--level", "experiment_resource"], ["S1"]),
    ],
)
def test_patterns_choose_over_all_projects(reader, words, expected):
    done = reader.run("download", "--to", "data", *words)
    assert done.status == 0, done.err
    assert sorted({name.split("/")[1] for name in files(reader.folder / "data")}) == expected
    assert {name.split("/")[0] for name in files(reader.folder / "data")} == {"study"}


def test_layout(reader):
    layout = "{subject}/{scan}-{type}/{file}"
    done = reader.run("download", SESSION, "--to", "data", "--layout", layout, "--include", "resource=NIFTI")
    assert done.status == 0
    assert files(reader.folder / "data") == ["S1/2-T1/more/t1.json", "S1/2-T1/t1.nii"]
    wrong = reader.run("download", SESSION, "--to", "data2", "--layout", "{patient}")
    assert wrong.status == 2
    assert len(wrong.err.splitlines()) == 1


def test_zip(reader):
    done = reader.run("download", SESSION, "--zip", "s1.zip", "--json")
    assert done.status == 0
    assert done.json["bytes"] == (reader.folder / "s1.zip").stat().st_size
    with zipfile.ZipFile(reader.folder / "s1.zip") as archive:
        assert len(archive.namelist()) == 6
    again = reader.run("download", SESSION, "--zip", "s1.zip")
    assert again.status == 8
    assert len(again.err.splitlines()) == 1
    assert reader.run("download", SESSION, "--zip", "s1.zip", "--overwrite", "-q").lines == ["s1.zip"]
    several = reader.run("download", SESSION, "study/S2", "--zip", "s2.zip")
    assert several.status == 2
    assert "--zip takes one item" in several.err


def test_no_check_and_no_manifest(reader, study):
    before = len(study.requests)
    done = reader.run("download", SESSION, "--to", "data", "--no-check", "--no-manifest", "--workers", "1", "--json")
    assert done.json["verified"] == {"unverified": 6}
    assert len(sent(study, before)) == 2, "the item and its archive"
    assert not (reader.folder / "data" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["study/S1/NOBODY"], 5, "404"),
        (["nothing"], 5, "404"),
        ([SESSION, "--include", "file=*.xyz"], 5, "there is no file to download"),
        (["--project", "nothing"], 5, "there is no file to download"),
        ([], 2, "name what to download by path"),
        ([SESSION, "--scan", "T1"], 2, "one of the two"),
        ([SESSION, "--level", "scan"], 2, "one of the two"),
        (["--level", "floor"], 2, "there is no level 'floor'"),
        (["--scan", "[", "--regex"], 2, "error"),
        ([SESSION, "--workers", "0"], 2, "error"),
    ],
)
def test_what_cannot_be_downloaded_is_one_line(reader, words, status, text):
    done = reader.run("download", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line
    assert files(reader.folder) == []


def test_one_of_two_that_fails_is_status_9(clerk, small):
    imaging = small.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=2)
    imaging.resource("A", {"a.txt": b"a"})
    imaging.resource("B", {"b.txt": b"b"})
    small.faults.add(Fault(faults.Unavailable(status=500), "GET", "*/resources/B/files*", count=None))
    words = ["P/S/E/resources/A", "P/S/E/resources/B", "--to", "data"]
    done = clerk.run("download", *words)
    assert done.status == 9
    assert names(clerk.folder / "data") == ["a.txt"]
    assert [line for line in done.err.splitlines() if not line.startswith("error: ")] == []
    told = json.loads(clerk.run("download", *words, "--json").out)
    assert [(each["error"], each["exit_status"]) for each in told["failed"]] == [("ServerError", 1)]


def test_an_error_is_json_for_programs(reader):
    done = reader.run("download", "nothing", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (5, 5, "")
