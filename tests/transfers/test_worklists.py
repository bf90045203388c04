"""Work divided between processes of a batch scheduler: every item once, and again only what failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.transfers.worklists import parse_shard, read_worklist, run_shard, shard, write_worklist
from xnat_sdk.models import ImageSessionData, MrSessionData, SubjectData

EXAMPLE = Path(__file__).parents[2] / "examples" / "check_shard.py"
COUNT = 10


@pytest.fixture(scope="module")
def site() -> Iterator[Emulator]:
    with xnat_emulator.start(password="not-to-be-written") as server:
        project = server.build.project("MANY")
        for number in range(COUNT):
            project.subject(f"S{number}").mr_session(f"E{number}", scans=["T1"], slices=1 + number % 3)
        yield server


@pytest.fixture(scope="module")
def connection(site) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(site.url, site.user, site.password) as session:
        yield session


@pytest.fixture
def worklist(connection, tmp_path) -> Path:
    path = tmp_path / "sessions[1].jsonl"
    assert write_worklist(connection.projects["MANY"].sessions, path) == COUNT
    return path


def label(imaging: ImageSessionData) -> str:
    return imaging.label


def test_a_worklist_holds_addresses_and_types_alone(site, connection, worklist):
    head, *rows = [json.loads(line) for line in worklist.read_text().splitlines()]
    assert head == {"format": "xnat-sdk worklist", "version": 1, "server": connection.server}
    assert [set(row) for row in rows] == [{"uri", "xsi_type"}] * COUNT
    assert site.password not in worklist.read_text()
    assert read_worklist(worklist).server == connection.server
    again = worklist.with_name("again.jsonl")
    assert write_worklist(connection.query(MrSessionData).all() * 2, again) == COUNT  # of a search, each once
    with pytest.raises(xnat_sdk.TargetExistsError, match="overwrite=True"):
        write_worklist(connection.projects["MANY"].sessions, worklist)
    assert write_worklist(connection.projects["MANY"].subjects, worklist, overwrite=True) == COUNT


@pytest.mark.parametrize("count", [1, 2, 3, 7, COUNT, COUNT + 3])
def test_shards_hold_every_item_once(worklist, count):
    shards = [shard(worklist, number, count) for number in range(1, count + 1)]
    assert sorted(item.uri for one in shards for item in one) == sorted(i.uri for i in read_worklist(worklist).items)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("wrong", [(0, 3), (4, 3), (1, 0), (-1, 3)])
def test_there_is_no_other_shard(worklist, wrong):
    with pytest.raises(xnat_sdk.InvalidValueError, match="counted from 1"):
        shard(worklist, *wrong)


def test_a_shard_is_written_as_text():
    assert parse_shard("2/8") == (2, 8)
    for wrong in ("", "2", "0/8", "9/8", "a/8", "2/", "-1/8", "1/8/2"):
        with pytest.raises(xnat_sdk.InvalidValueError, match="written as 2/8"):
            parse_shard(wrong)


def test_what_is_no_worklist_is_told(tmp_path, connection):
    for text in ("", "x", "{}", '{"format": "xnat-sdk worklist", "version": 2, "server": ""}', "[]\n[]"):
        (tmp_path / "no.jsonl").write_text(text)
        with pytest.raises(xnat_sdk.DecodeError, match="is no worklist"):
            shard(tmp_path / "no.jsonl", 1, 1)
    with pytest.raises(xnat_sdk.InvalidValueError, match="items of one server"):
        write_worklist([], tmp_path / "empty.jsonl")
    files = connection.projects["MANY"].sessions[0].scans[0].files
    with pytest.raises(xnat_sdk.InvalidValueError, match="no files"):
        write_worklist(files, tmp_path / "files.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["no.jsonl"]


def test_a_rerun_does_only_what_failed_however_the_work_is_divided(connection, worklist):
    seen: list[str] = []

    def stumble(imaging: ImageSessionData) -> str:
        seen.append(imaging.label)
        if imaging.label in {"E2", "E5"} and seen.count(imaging.label) == 1:
            msg = "a passing trouble"
            raise RuntimeError(msg)
        return imaging.label

    failed = 0
    for number in (1, 2, 3):
        try:
            run_shard(connection, worklist, (number, 3), stumble, ImageSessionData)
        except xnat_sdk.MappingError as error:
            failed += len(error.failures)
    assert failed == 2
    assert sorted(seen) == sorted(f"E{number}" for number in range(COUNT))
    results = [run_shard(connection, worklist, (number, 2), stumble, ImageSessionData) for number in (1, 2)]
    assert sorted(seen[COUNT:]) == ["E2", "E5"]
    assert sorted(label for each in results for label in each.values()) == sorted(f"E{n}" for n in range(COUNT))


def test_the_objects_are_typed_and_of_the_right_server(site, connection, worklist):
    with pytest.raises(xnat_sdk.InvalidValueError, match="mrSessionData, which is no SubjectData"):
        run_shard(connection, worklist, (1, 1), lambda subject: subject.label, SubjectData)
    other = worklist.read_text().replace(connection.server, "https://xnat.example.org")
    worklist.write_text(other)
    with pytest.raises(xnat_sdk.UsageError, match=r"lists items of https://xnat\.example\.org"):
        run_shard(connection, worklist, (1, 1), label, ImageSessionData)


def run(site: Emulator, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "XNAT_HOST": site.url, "XNAT_USER": site.user, "XNAT_PASS": site.password}
    command = [sys.executable, str(EXAMPLE), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_example_does_every_item_once_in_processes_of_its_own(site, connection, tmp_path):
    worklist = tmp_path / "sessions.jsonl"
    told, error = run(site, worklist, "--list", "MANY").communicate()
    assert (told, error) == (f"{COUNT} imaging sessions\n", "")
    start = len(site.requests)
    jobs = [run(site, worklist, "--shard", f"{number}/3") for number in (1, 2, 3)]
    told = ""
    for job in jobs:
        out, error = job.communicate()
        assert (error, job.returncode) == ("", 0)
        told += out
    wanted = {f"{s.uri} {sum(len(scan.files) for scan in s.scans)}" for s in connection.projects["MANY"].sessions}
    assert sorted(told.splitlines()) == sorted(wanted)
    asked = [r.path for r in site.requests[start:] if r.path.endswith("/scans")]
    assert len(asked) >= COUNT
    start = len(site.requests)
    job = run(site, worklist, "--shard", "1/1")
    assert sorted(job.communicate()[0].splitlines()) == sorted(wanted)
    assert not any("/scans" in r.path for r in site.requests[start:])
    journals = sorted(path.name for path in tmp_path.glob("*.journal"))
    assert journals[1:] == [f"sessions.jsonl.{number}-of-3.journal" for number in (1, 2, 3)]
    for path in tmp_path.iterdir():
        assert site.password not in path.read_text()


def test_the_example_says_what_failed_and_ends_with_1(site, connection, tmp_path):
    worklist = tmp_path / "sessions.jsonl"
    gone = connection.projects["MANY"].sessions["E9"].uri
    write_worklist(connection.projects["MANY"].sessions, worklist)
    worklist.write_text(worklist.read_text().replace(gone, "/data/experiments/NONE"))
    job = run(site, worklist)
    _, error = job.communicate()
    assert job.returncode == 1
    assert "1 of 10 items failed: /data/experiments/NONE" in error
