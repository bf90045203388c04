"""What map() of xnatpy 0.8.1 does wrong."""

from __future__ import annotations

import datetime
import itertools
import json
import signal
import threading
from pathlib import Path

import pytest

from xnat_emulator import Emulator
from xnat_sdk import XnatSession
from xnat_sdk.levels import MappingLevel
from xnat_sdk.models import SubjectData


@pytest.fixture(autouse=True)
def _three_subjects(server: Emulator) -> None:
    project = server.build.project("Q")
    for label in ("S1", "S2", "S3"):
        project.subject(label)


def entries(journal: Path) -> list[dict[str, object]]:
    """Return what a journal says of items."""
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").split("\n") if line][1:]


def test_the_log_of_map_has_the_time_of_each_line(session: XnatSession, tmp_path: Path):
    """peers 3.1: the dates in map()'s log are those of the import of the module."""
    starts: list[datetime.datetime] = []

    def note(subject: SubjectData) -> str:
        starts.append(datetime.datetime.now(datetime.UTC))
        return subject.label

    session.projects["Q"].map(note, MappingLevel.SUBJECT, logfile=tmp_path / "journal")
    times = [datetime.datetime.fromisoformat(str(entry["at"])) for entry in entries(tmp_path / "journal")]
    assert len(times) == 3
    slack = datetime.timedelta(milliseconds=1)
    for number, time in enumerate(times):
        assert starts[number] - slack <= time
        assert number == 2 or time <= starts[number + 1]


def test_an_interrupt_ends_map(session: XnatSession, tmp_path: Path):
    """peers 3.1: map() catches BaseException, Ctrl-C too, and goes on."""
    seen: list[str] = []

    def interrupted(subject: SubjectData) -> str:
        seen.append(subject.label)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return subject.label

    with pytest.raises(KeyboardInterrupt):
        session.projects["Q"].map(interrupted, MappingLevel.SUBJECT, logfile=tmp_path / "journal")
    assert len(seen) == 2
    assert [entry["result"] for entry in entries(tmp_path / "journal")] == seen[:1]


def test_map_works_in_any_thread(session: XnatSession):
    """peers 3.1: map() installs a handler for SIGINT, which fails outside of the main thread."""
    before = signal.getsignal(signal.SIGINT)
    found: list[str] = []
    handlers: list[object] = []

    def label(subject: SubjectData) -> str:
        handlers.append(signal.getsignal(signal.SIGINT))
        return subject.label

    def run() -> None:
        found.extend(session.projects["Q"].map(label, MappingLevel.SUBJECT).values())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    run()
    assert sorted(found) == ["S1", "S1", "S2", "S2", "S3", "S3"]
    assert set(handlers) == {before}


def test_a_journal_grows_and_is_never_rewritten(session: XnatSession, tmp_path: Path):
    """peers 3.1: the whole file is written anew when an entry is updated."""
    journal = tmp_path / "journal"
    texts: list[str] = []

    def note(subject: SubjectData) -> str:
        texts.append(journal.read_text(encoding="utf-8"))
        return "one\u2028two\x85three\n" + subject.label

    first = session.projects["Q"].map(note, MappingLevel.SUBJECT, logfile=journal)
    texts.append(journal.read_text(encoding="utf-8"))
    assert all(after.startswith(before) and after != before for before, after in itertools.pairwise(texts))
    again = session.projects["Q"].map(note, MappingLevel.SUBJECT, logfile=journal)
    assert again == first
    assert len(texts) == 4
