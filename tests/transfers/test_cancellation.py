"""Ctrl+C in a process of its own, while it waits for the network or for the next attempt."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import ConnectionFailedError
from xnat_runtime.pool import PoolTransport
from xnat_runtime.transfers.stop import Stop, StoppedError
from xnat_runtime.transfers.workers import work_through
from xnat_runtime.transport import Request

posix_only = pytest.mark.skipif(os.name == "nt", reason="other processes cannot be sent Ctrl+C")

CHILD = Path(__file__).with_name("interrupted.py")
END_SECONDS = 1.0
MARGIN_SECONDS = 1.5
"""A busy machine may take its time to end a process; what is measured is printed."""

DOWN = "/data/experiments/*/files*"
IMPORT = "/data/services/import"
UP = "/data/*/resources/UP_*/files*"

# Case -> the fault that it hangs in, and how many requests hang at a time.
HANGING = {
    "one file, in the middle": ("one file", Fault(faults.Stall(after=500), path="*/files/*"), 1),
    "one file, before the answer": ("one file", Fault(faults.Stall(), path="*/files/*"), 1),
    "an archive, in the middle": ("archive", Fault(faults.Stall(after=60_000), path=DOWN, nth=2), 1),
    "an archive, before the answer": ("archive", Fault(faults.Stall(), path=DOWN, nth=2), 1),
    "files side by side, in the middle": ("files", Fault(faults.Stall(after=500), path="*/files/*", nth=9), 4),
    "files side by side, before the answer": ("files", Fault(faults.Stall(), path="*/files/*", nth=9), 4),
    "a pause between attempts of files": ("files", Fault(faults.Unavailable("90"), path="*/files/*", nth=9), 4),
    "a pause between attempts of an archive": ("archive", Fault(faults.Unavailable("90"), path=DOWN, nth=2), 1),
    "a pause between attempts of a listing": ("listing", Fault(faults.Unavailable("90"), path="/data/scanners"), 1),
    "a file by path, in the middle": ("by path", Fault(faults.Stall(after=500), path="*/files/*"), 1),
    "a pause between attempts of a path": ("by path", Fault(faults.Unavailable("90"), path="*/files/*"), 1),
    "a file read in place": ("open", Fault(faults.Stall(after=500), path="*/files/*"), 1),
    "a pause between reads in place": ("open", Fault(faults.Unavailable("90"), path="*/files/*"), 1),
    "an archive that stays one": ("zip", Fault(faults.Stall(after=9_000), path="*/scans/ALL/files*"), 1),
    "a mirror": ("mirror", Fault(faults.Stall(), path="*/files*", nth=2), 1),
    "a pause of a mirror": ("mirror", Fault(faults.Unavailable("90"), path="*/files*", nth=2), 1),
    "an import": ("import", Fault(faults.Stall(), method="POST", path=IMPORT), 1),
    "an import file by file": ("import file by file", Fault(faults.Stall(), method="POST", path=IMPORT, nth=2), 1),
    "a pause of an import": ("import file by file", Fault(faults.Unavailable("90"), method="POST", path=IMPORT), 1),
    "a copy, while files travel": ("copy", Fault(faults.Stall(), method="PUT", path="*/files*"), 1),
    "a copy, before the answer to a POST": ("copy", Fault(faults.Stall(), method="POST", path="/data/*"), 1),
    "a pause of a copy": ("copy", Fault(faults.Unavailable("90"), method="PUT", path="*/files*"), 1),
    "uploads side by side": ("upload files", Fault(faults.Stall(), method="PUT", path=UP, nth=9), 4),
    "an upload as an archive": ("upload tar", Fault(faults.Stall(), method="PUT", path=UP), 1),
    "a pause between uploads": ("upload files", Fault(faults.Unavailable("90"), method="PUT", path=UP, nth=9), 4),
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def source(tmp_path: Path) -> dict[str, bytes]:
    content = {f"f{number}.bin": bytes([number]) * 3_000 for number in range(40)}
    (tmp_path / "source").mkdir()
    for name, data in content.items():
        (tmp_path / "source" / name).write_bytes(data)
    return content


def run(demo: Emulator, case: str, target: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"XDG_STATE_HOME": str(target.parent / "state")}
    command = [sys.executable, str(CHILD), demo.url, case, str(target)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def interrupted(child: subprocess.Popen[str], is_hanging: threading.Event) -> float:
    """Interrupt a process when it hangs and return the seconds that it took to end."""
    try:
        assert is_hanging.wait(60), child.communicate(timeout=10)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        told, _ = child.communicate(timeout=30)
        took = time.monotonic() - began
        assert (child.returncode, told) == (130, "")
        return took
    finally:
        child.kill()
        child.wait()


def when_hit(fault: faults.ActiveFault, times: int) -> threading.Event:
    """Return what is set when a fault has disturbed so many requests."""
    found = threading.Event()

    def watch() -> None:
        end = time.monotonic() + 60
        while fault.hits < times and time.monotonic() < end:
            time.sleep(0.01)
        if fault.hits >= times:
            found.set()

    threading.Thread(target=watch, daemon=True).start()
    return found


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(demo: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    target = tmp_path_factory.mktemp("whole") / "out"
    child = run(demo, "archive", target)
    assert child.communicate(timeout=60) == ("", None)
    return tree(target)


def files_of(target: Path) -> dict[str, str]:
    found = tree(target) if target.exists() else {}
    return {name: md5 for name, md5 in found.items() if not name.startswith((".xnat-transfer", "manifest.json"))}


def require_whole_lines(folder: Path) -> None:
    for journal in folder.rglob("*.jsonl"):
        content = journal.read_bytes()
        assert content.endswith(b"\n")
        assert all(isinstance(json.loads(line), dict) for line in content.splitlines())


@posix_only
@pytest.mark.parametrize("name", HANGING)
def test_ctrl_c_ends_it_within_a_second(demo: Emulator, whole, source, tmp_path: Path, name: str):
    case, fault, times = HANGING[name]
    target = tmp_path / "out"
    with demo.faults.add(fault) as active:
        took = interrupted(run(demo, case, target), when_hit(active, times))
    print(f"{name}: {took:.2f} s")
    assert took < END_SECONDS + MARGIN_SECONDS

    left = files_of(target)
    assert not [name for name in left if name.endswith(".part")]
    if case in {"archive", "files"}:
        assert left.items() <= whole.items()
    elif case != "mirror":
        assert not left
    require_whole_lines(tmp_path)
    if case in {"archive", "files"}:
        again = run(demo, case, target)
        assert again.communicate(timeout=60) == ("", None)
        assert files_of(target) == whole
    if case.startswith("upload"):
        assert run(demo, case, target).communicate(timeout=60) == ("", None)


def test_a_thread_that_waits_for_an_answer_is_woken(demo: Emulator, tmp_path: Path):
    """Nobody can interrupt a thread: its connections are cut."""
    transport = PoolTransport(demo.url)
    stop, ended = Stop(), []

    def ask(number: int) -> None:
        try:
            transport.send(Request("GET", "/data/version"))
        except ConnectionFailedError as error:
            ended.append((number, type(error)))
            stop.check()

    with demo.faults.add(Fault(faults.Stall(), path="/data/version")) as fault:
        hanging = when_hit(fault, 2)
        cutter = threading.Thread(target=lambda: (hanging.wait(30), stop.set()))
        cutter.start()
        with pytest.raises(StoppedError):
            list(work_through([1, 2], ask, workers=2, stop=stop))
        cutter.join(30)
    assert sorted(number for number, _ in ended) == [1, 2]
    transport.close()


def test_a_connection_that_went_on_to_other_work_is_not_cut(demo: Emulator):
    transport = PoolTransport(demo.url)
    stop = Stop()
    with stop.lines.watched():
        transport.send(Request("GET", "/data/version"))
    kept = transport.send(Request("GET", "/data/version"), stream=True)
    stop.set()
    assert kept.content
    kept.close()
    assert transport.send(Request("GET", "/data/version")).status == kept.status
    transport.close()


def test_an_answer_that_is_aborted_wakes_its_reader(demo: Emulator):
    transport = PoolTransport(demo.url)
    with (
        demo.faults.add(Fault(faults.Stall(after=2), path="/data/version")) as fault,
        transport.send(Request("GET", "/data/version"), stream=True) as answer,
    ):
        hanging = when_hit(fault, 1)
        aborter = threading.Thread(target=lambda: (hanging.wait(30), answer.abort()))
        aborter.start()
        with pytest.raises(ConnectionFailedError):
            answer.content  # noqa: B018 - reading it is the point
        aborter.join(30)
    answer.abort()  # one that is closed stays as it is
    transport.close()


def test_an_answer_that_was_read_is_left_alone(demo: Emulator):
    transport = PoolTransport(demo.url)
    answer = transport.send(Request("GET", "/data/version"))
    content = answer.content
    answer.abort()
    assert answer.content == content
    transport.close()
