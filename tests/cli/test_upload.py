"""``upload``: files and folders into resources, once and again."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from .journal import record, sent, writes

RESOURCE = "P/S/E/resources/RESULTS"


@pytest.fixture
def worker(clerk, small):
    """The desk of somebody with a folder of results, and a session to put them to."""
    small.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=1)
    (clerk.folder / "results" / "tables").mkdir(parents=True)
    (clerk.folder / "results" / "summary.txt").write_text("all fine\n")
    (clerk.folder / "results" / "tables" / "volumes.csv").write_text("region,volume\n")
    return clerk


def kept(office, resource: str = "RESULTS", above: str = "P/S/E") -> dict[str, str]:
    project, subject, session = above.split("/")[:3]
    base = f"/data/projects/{project}/subjects/{subject}/experiments/{session}"
    table = office.get_json(f"{base}/resources/{resource}/files")
    return {
        row["URI"].partition("/files/")[2]: row.get("file_format", "") for row in table["ResultSet"]["Result"]
    }  # fmt: skip


def test_a_folder_is_uploaded_and_the_new_resource_is_told(worker, office):
    status, screen = worker.shown("upload", "results", RESOURCE)
    assert status == 0
    assert "2 files uploaded (23 bytes)" in screen
    assert "compared with the server: 2 by MD5" in screen
    assert "resources/RESULTS was made" in screen
    assert sorted(kept(office)) == ["summary.txt", "tables/volumes.csv"]


def test_requests_and_record(worker, small):
    before = len(small.requests)
    done = worker.run("upload", "results", RESOURCE, "--json")
    base = "/data/projects/P/subjects/S/experiments/E/resources"
    assert sent(small, before)[:2] == [f"GET {base}", f"PUT {base}/RESULTS"]
    assert len(sent(small, before)) == 5, "look, make, two files, compare"
    assert (done.json["made"], done.json["moved"], done.json["resource"]) == (True, 2, f"{base}/RESULTS")
    begun, ended = record(worker)
    assert (begun["action"], begun["paths"], ended["exit_status"]) == ("upload", [f"{base}/RESULTS"], 0)


def test_what_is_there_is_a_conflict_skipped_or_replaced(worker, office):
    worker.run("upload", "results", RESOURCE)
    done = worker.run("upload", "results", RESOURCE)
    assert done.status == 8
    (line,) = done.err.splitlines()
    assert "'summary.txt', 'tables/volumes.csv'" in line
    assert "--if-exists overwrite" in line
    again = worker.run("upload", "results", RESOURCE, "--if-exists", "skip-if-same", "--json")
    assert (again.status, again.json["moved"], again.json["skipped"]) == (0, 0, 2)
    (worker.folder / "results" / "summary.txt").write_text("something else\n")
    assert worker.run("upload", "results", RESOURCE, "--if-exists", "skip-if-same").status == 8
    skipped = worker.run("upload", "results", RESOURCE, "--if-exists", "skip", "--json")
    assert (skipped.status, skipped.json["moved"]) == (0, 0)
    replaced = worker.run("upload", "results", RESOURCE, "--if-exists", "overwrite", "--json")
    assert (replaced.status, replaced.json["moved"], replaced.json["made"]) == (0, 2, False)


def test_dry_run_sends_nothing(worker, small):
    (worker.folder / "more.txt").write_text("more")
    worker.run("upload", "results", RESOURCE)
    before = len(small.requests)
    done = worker.run("upload", "results", "more.txt", RESOURCE, "--if-exists", "skip", "--dry-run", "--csv")
    assert done.status == 0
    assert [line.split(",")[0::2] for line in done.lines[1:]] == [
        ["upload", "more.txt"], ["leave", "summary.txt"], ["leave", "tables/volumes.csv"]
    ]  # fmt: skip
    assert len(sent(small, before)) == 1
    assert writes(small, before) == []
    assert len(record(worker)) == 2, "of the first upload alone"


def test_files_with_names_and_facts(worker, office):
    (worker.folder / "a.txt").write_text("a")
    (worker.folder / "b.txt").write_text("b")
    facts = ["--format", "TEXT", "--content", "REPORT", "--tags", "first,good"]
    done = worker.run("upload", "a.txt", "b.txt", f"{RESOURCE}/sub", "--names", "one.txt,two.txt", *facts)
    assert done.status == 0, done.err
    assert kept(office) == {"sub/one.txt": "TEXT", "sub/two.txt": "TEXT"}
    (row, _) = office.get_json("/data/projects/P/subjects/S/experiments/E/resources/RESULTS/files")["ResultSet"][
        "Result"
    ]
    assert (row["file_content"], row["file_tags"]) == ("REPORT", "first,good")


@pytest.mark.parametrize("method", ["auto", "tar", "tgz", "zip", "per-file"])
def test_methods(worker, office, method):
    done = worker.run("upload", "results", RESOURCE, "--method", method, "--workers", "2", "-q")
    assert done.status == 0, done.err
    assert sorted(Path(line).name for line in done.lines) == ["summary.txt", "volumes.csv"]
    assert sorted(kept(office)) == ["summary.txt", "tables/volumes.csv"]


def test_extract(worker, office):
    with tarfile.open(worker.folder / "both.tar", "w") as archive:
        for name in ("x.txt", "y/z.txt"):
            about = tarfile.TarInfo(name)
            about.size = 3
            archive.addfile(about, io.BytesIO(b"abc"))
    done = worker.run("upload", "both.tar", RESOURCE, "--extract", "--json")
    assert done.status == 0, done.err
    assert done.json["verified"] == {"unverified": 1}
    assert sorted(kept(office)) == ["x.txt", "y/z.txt"]
    assert worker.run("upload", "both.tar", RESOURCE, "--extract", "--dry-run", "-q").lines == ["both.tar"]


def test_links(worker, office):
    (worker.folder / "results" / "linked").symlink_to(worker.folder / "results" / "tables")
    refused = worker.run("upload", "results", RESOURCE, "--links", "error")
    assert refused.status == 2
    done = worker.run("upload", "results", RESOURCE, "--links", "follow")
    assert done.status == 0, done.err
    assert "linked/volumes.csv" in kept(office)
    left = worker.run("upload", "results", "P/S/E/resources/OTHER")
    assert "left out: linked is a link to a folder" in left.err


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["results", "P/S/E"], 2, "is no resource"),
        (["results"], 2, "name what to send"),
        (["nothing.txt", RESOURCE], 2, "nothing.txt cannot be read"),
        (["results", "P/S/E/resources/A", "--names", "x"], 2, "--names has 1 names"),
        (["results", "P/S/NOBODY/resources/A"], 5, "404"),
        (["results/summary.txt", "results/../results/summary.txt", RESOURCE], 2, "would get one name"),
        (["results", RESOURCE, "--if-exists", "maybe"], 2, "maybe"),
        (["results", RESOURCE, "--read-only"], 6, "read-only"),
    ],
)
def test_what_cannot_be_uploaded_is_one_line(worker, words, status, text):
    done = worker.run("upload", *words)
    assert done.status == status, done.err
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert text in line


def test_an_error_is_json_for_programs(worker):
    done = worker.run("upload", "results", "P/S/E", "--json")
    assert (done.status, done.error["exit_status"], done.out) == (2, 2, "")
