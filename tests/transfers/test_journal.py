"""The journal of a transfer: what is in it was done, however the process ended."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from xnat_runtime.errors import UsageError
from xnat_runtime.transfers.journal import Journal

JOB = {"server": "https://xnat.example.org", "uri": "/data/experiments/E1", "direction": "down"}


def test_done_units_are_known_again(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        journal.done("a/b.dcm", size=3, md5="00")
        assert "a/b.dcm" in journal
        assert len(journal) == 1
    with Journal(path, JOB) as again:
        assert "a/b.dcm" in again
        assert again.about("a/b.dcm") == {"size": 3, "md5": "00"}
        assert "other" not in again
        assert again.about("other") == {}


def test_only_the_owner_can_read_it(tmp_path: Path):
    with Journal(tmp_path / "journal", JOB) as journal:
        journal.done("a")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_crash_at_any_byte_loses_at_most_the_last_line(tmp_path: Path, cut: int):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        journal.done("first", size=1)
        whole = path.stat().st_size
        journal.done("second", size=2)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut])
    kept = len(content) - cut
    with Journal(path, JOB) as again:
        assert ("first" in again) == (kept >= whole)
        assert "second" not in again
        again.done("third", size=3)
    assert [json.loads(line) for line in path.read_bytes().splitlines()][-1] == {"unit": "third", "size": 3}
    with Journal(path, JOB) as last:
        assert "third" in last


def test_a_crash_in_the_first_line_begins_anew(tmp_path: Path):
    path = tmp_path / "journal"
    path.write_bytes(b'{"format": 1, "jo')
    with Journal(path, JOB) as journal:
        assert len(journal) == 0
        journal.done("a")
    with Journal(path, JOB) as again:
        assert "a" in again


@pytest.mark.parametrize("content", [b"hello\n", b"[1]\n", b'{"format": 2, "job": {}}\n', b"no journal at all"])
def test_other_files_are_refused_and_kept(tmp_path: Path, content: bytes):
    path = tmp_path / "journal"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="journal of another transfer"):
        Journal(path, JOB)
    assert path.read_bytes() == content


def test_the_journal_of_another_transfer_is_refused(tmp_path: Path):
    path = tmp_path / "journal"
    Journal(path, JOB).close()
    with pytest.raises(UsageError, match=r"remove the file to begin anew"):
        Journal(path, {**JOB, "uri": "/data/experiments/E2"})


def test_a_finished_transfer_leaves_none(tmp_path: Path):
    journal = Journal(tmp_path / "journal", JOB)
    journal.done("a")
    journal.finish()
    assert list(tmp_path.iterdir()) == []


MD5 = "0" * 32


def lines_of(path: Path) -> list[str]:
    return [str(json.loads(line).get("unit")) for line in path.read_bytes().splitlines()[1:]]


def test_files_that_a_rerun_can_compare_are_written_down_together(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        for number in range(100):
            journal.come(f"S/{number}.dcm", 10, MD5, number)
        assert lines_of(path) == []
        assert journal.about("S/7.dcm") == {"size": 10, "md5": MD5, "mtime_ns": 7}
    assert lines_of(path) == [f"S/{number}.dcm" for number in range(100)]
    with Journal(path, JOB) as again:
        assert len(again) == 100
        assert again.about("S/7.dcm") == {"size": 10, "md5": MD5, "mtime_ns": 7}


@pytest.mark.parametrize(("size", "most"), [(1, 256), (1 << 20, 4), (1 << 30, 1)])
def test_a_kill_loses_a_bounded_number_of_them(tmp_path: Path, size: int, most: int):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        for number in range(1, 600):
            journal.come(f"S/{number}.dcm", size, MD5, 0)
            assert number - len(lines_of(path)) < most


def test_other_lines_do_not_overtake_them(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        journal.come("a", 1, MD5, 0)
        journal.done("b")
        journal.come("c", 1, MD5, 0)
        journal.forget("c")
        journal.come("d", 1, MD5, 0)
    assert lines_of(path) == ["a", "b", "c", "c", "d"]
    with Journal(path, JOB) as again:
        assert [unit in again for unit in "abcd"] == [True, True, False, True]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        journal.done("first")
        stream, left = journal._stream, [7]

        class Full:
            def write(self, lines: bytes) -> int:
                if not left:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return stream.write(lines[: left.pop()])

            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

        with monkeypatch.context() as full:
            full.setattr(journal, "_stream", Full())
            with pytest.raises(OSError, match="No space"):
                journal.done("second", size=1)
        journal.done("third")
    assert lines_of(path) == ["first", "third"]
    with Journal(path, JOB) as again:
        assert "third" in again
