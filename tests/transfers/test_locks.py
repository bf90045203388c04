"""Files that one run holds at a time: threads, processes, kills, and what is done at once into one folder."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime import locks
from xnat_runtime.errors import UsageError
from xnat_runtime.locks import alone, held, let_go, turn
from xnat_runtime.transfers.events import TransferEvent
from xnat_runtime.transfers.journal import Journal
from xnat_sdk.models import MrSessionData
from xnat_sdk.transfers import run_shard, verify, write_worklist

JOB = {"server": "https://xnat.example.org", "uri": "/data/experiments/E1"}
BUSY = "Another run of this transfer is under way"
HOLDER = """
import sys
from pathlib import Path
from xnat_runtime.transfers.journal import Journal
journal = Journal(Path(sys.argv[1]), {"server": "https://xnat.example.org", "uri": "/data/experiments/E1"})
journal.done("first")
print("held", flush=True)
sys.stdin.read()
"""


def busy() -> Exception:
    return UsageError("busy")


# --- locks ---


def test_a_file_is_held_once_and_again_after_it_was_let_go(tmp_path: Path):
    path = tmp_path / "lock"
    stream = held(path, busy)
    with pytest.raises(UsageError, match="busy"):
        held(path, busy)
    let_go(stream)
    assert path.exists()
    again = held(path, busy)
    let_go(again, remove=path)
    let_go(again, remove=path)
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_can_read_it(tmp_path: Path):
    let_go(held(tmp_path / "lock", busy))
    assert os.name == "nt" or (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_forgotten_is_let_go(tmp_path: Path):
    path = tmp_path / "lock"
    stream = held(path, busy)
    stream.close()
    second = held(path, busy)
    assert not second.closed
    let_go(second)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_who_waited_for_a_file_that_was_removed_holds_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, first = tmp_path / "lock", held(tmp_path / "lock", busy)
    real, seen = locks._try, list[int]()

    def meanwhile(handle: int) -> None:
        seen.append(handle)
        if len(seen) == 1:
            let_go(first, remove=path)
        real(handle)

    monkeypatch.setattr(locks, "_try", meanwhile)
    second = held(path, busy)
    assert len(seen) == 2
    assert os.path.samestat(os.fstat(second.fileno()), path.stat())
    with pytest.raises(UsageError):
        held(path, busy)
    let_go(second, remove=path)


def test_where_there_are_no_locks_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def unknown(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_try", unknown)
    first, second = held(tmp_path / "lock", busy), held(tmp_path / "lock", busy)
    assert first.fileno() != second.fileno()
    let_go(first)
    let_go(second, remove=tmp_path / "lock")


def test_a_turn_is_waited_for(tmp_path: Path):
    path, order = tmp_path / "lock", list[int]()

    def take(number: int) -> None:
        with turn(path):
            before = len(order)
            order.append(number)
            assert len(order) == before + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(100)))
    assert sorted(order) == list(range(100))
    assert list(tmp_path.iterdir()) == []


def test_a_turn_that_never_comes_is_told(tmp_path: Path):
    with turn(tmp_path / "lock"), pytest.raises(UsageError, match="does not let it go"), turn(tmp_path / "lock", 0.0):
        raise AssertionError


def test_alone_names_what_runs(tmp_path: Path):
    with (
        alone(tmp_path / "lock", "mirror"),
        pytest.raises(UsageError, match="Another run of this mirror is under way"),
        alone(tmp_path / "lock", "mirror"),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


# --- Windows, as its functions behave ---


class _Windows:
    """Locks of bytes that others cannot take, and files that cannot be removed while somebody has them open."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.taken: set[tuple[int, int]] = set()
        self.calls: list[tuple[int, int]] = []

    def locking(self, handle: int, mode: int, count: int) -> None:
        place = (os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR))
        self.calls.append((mode, place[1]))
        assert count == 1
        if mode == self.LK_UNLCK:
            self.taken.remove(place)
        elif place in self.taken:
            raise PermissionError(errno.EACCES, "Permission denied")
        else:
            self.taken.add(place)


def test_on_windows_a_byte_behind_everything_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    windows = _Windows()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setitem(sys.modules, "msvcrt", windows)
        spec = importlib.util.spec_from_file_location("xnat_runtime.locks_of_windows", locks.__file__)
        assert spec is not None
        assert spec.loader is not None
        there: types.ModuleType = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(there)
        path = tmp_path / "journal"
        stream = there.held(path, busy)
        stream.write(b"a line\n")
        assert path.read_bytes() == b"a line\n"
        with pytest.raises(UsageError, match="busy"):
            there.held(path, busy)
        there.let_go(stream, remove=path)
        assert not path.exists()
        assert not windows.taken

        def in_use(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "another process has it open")

        stream = there.held(path, busy)
        patch.setattr(Path, "unlink", in_use)
        there.let_go(stream, remove=path)
        assert stream.closed
    assert {place for _, place in windows.calls} == {2**31 - 2}


# --- journals ---


def test_a_journal_is_of_one_run_at_a_time(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path, JOB) as journal:
        journal.done("a")
        content = path.read_bytes()
        with pytest.raises(UsageError, match=BUSY):
            Journal(path, JOB)
        assert path.read_bytes() == content
    with Journal(path, JOB) as again:
        assert "a" in again
        again.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="kills are simulated elsewhere")
def test_a_kill_lets_the_journal_go(tmp_path: Path):
    path = tmp_path / "journal"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=BUSY):
            Journal(path, JOB)
        process.send_signal(signal.SIGKILL)
    with Journal(path, JOB) as journal:
        assert "first" in journal


# --- the same job twice at once ---


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as found:
        project = found.build.project("P")
        for name in ("E", "F"):
            project.subject(f"S{name}").mr_session(name, scans=["localizer", "T1"], slices=3)
        yield found


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        yield session


class Pausing:
    """An observer that stops a transfer at its first event until it may go on."""

    def __init__(self) -> None:
        self.is_there = threading.Event()
        self.may_go_on = threading.Event()

    def __call__(self, _: TransferEvent) -> None:
        self.is_there.set()
        assert self.may_go_on.wait(60)


def twice(first: Callable[[Pausing], object], second: Callable[[], object]) -> object:
    """Return what the first run gave, that was under way while the second was refused."""
    pausing = Pausing()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first, pausing)
        try:
            assert pausing.is_there.wait(60)
            with pytest.raises(UsageError, match="Another run of this"):
                second()
        finally:
            pausing.may_go_on.set()
        return running.result(60)


def session_of(connection: xnat_sdk.XnatSession, label: str = "E") -> MrSessionData:
    imaging = connection.projects["P"].sessions[label]
    assert isinstance(imaging, MrSessionData)
    return imaging


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_download_is_run_once_at_a_time(connection: xnat_sdk.XnatSession, tmp_path: Path, strategy: str):
    imaging = session_of(connection)
    options = xnat_sdk.transfers.TransferOptions(strategy=strategy)  # type: ignore[arg-type]
    report = twice(
        lambda pausing: imaging.download_dir(tmp_path / "data", manifest=True, options=options, progress=pausing),
        lambda: imaging.download_dir(tmp_path / "data", manifest=True, options=options),
    )
    assert isinstance(report, xnat_sdk.transfers.TransferReport)
    assert len(report.moved) == 6
    assert verify(tmp_path / "data").is_ok
    assert not list(tmp_path.rglob(".xnat-*"))
    assert len(imaging.download_dir(tmp_path / "data", options=options).skipped) == 6


def test_an_upload_is_run_once_at_a_time(connection: xnat_sdk.XnatSession, tmp_path: Path):
    (tmp_path / "source").mkdir()
    for number in range(3):
        (tmp_path / "source" / f"{number}.txt").write_text(str(number))
    resource = session_of(connection).create_resource("TWICE")
    state = tmp_path / "state"
    report = twice(
        lambda pausing: resource.upload_dir(tmp_path / "source", state=state, progress=pausing),
        lambda: resource.upload_dir(tmp_path / "source", state=state),
    )
    assert isinstance(report, xnat_sdk.transfers.TransferReport)
    assert len(report.moved) == 3
    assert sorted(file.path for file in resource.files) == ["0.txt", "1.txt", "2.txt"]
    resource.delete(remove_files=True)


def test_a_shard_is_run_once_at_a_time(connection: xnat_sdk.XnatSession, tmp_path: Path):
    path, begun, may_go_on = tmp_path / "list.jsonl", threading.Event(), threading.Event()
    write_worklist(connection.projects["P"].sessions, path)
    labels: list[str] = []

    def slow(imaging: MrSessionData) -> str:
        begun.set()
        assert may_go_on.wait(60)
        labels.append(imaging.label)
        return imaging.label

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_shard, connection, path, (1, 1), slow, MrSessionData)
        try:
            assert begun.wait(60)
            with pytest.raises(UsageError, match="Another run with the journal"):
                run_shard(connection, path, (1, 1), slow, MrSessionData)
        finally:
            may_go_on.set()
        assert sorted(running.result(60).values()) == ["E", "F"]
    assert sorted(run_shard(connection, path, (1, 1), slow, MrSessionData).values()) == sorted(labels) == ["E", "F"]


def test_downloads_at_once_into_one_folder_have_one_manifest(connection: xnat_sdk.XnatSession, tmp_path: Path):
    """Each begins before the other has written."""
    both = threading.Barrier(2, timeout=60)
    met = threading.local()

    def meet(_: TransferEvent) -> None:
        if not getattr(met, "done", False):
            met.done = True
            both.wait()

    def download(label: str) -> None:
        options = xnat_sdk.transfers.TransferOptions(strategy="archive")
        session_of(connection, label).download_dir(tmp_path, manifest=True, options=options, progress=meet)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(download, ["E", "F"]))
    report = verify(tmp_path)
    assert (len(report.ok), report.extra) == (12, ())
    with xnat_sdk.open_offline(tmp_path) as offline:
        assert sorted(imaging.label for imaging in offline.sessions) == ["E", "F"]
