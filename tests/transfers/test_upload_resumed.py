"""Uploads that were interrupted, and those whose reply was lost: each file arrives once."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from transfers.uploading import PLAIN, QUICK, asked, held, md5s, writes, written

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import ConflictError, ServerError
from xnat_runtime.transfers.events import Finished, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_runtime.transfers.upload import Upload
from xnat_runtime.transfers.upload_state import UploadState, state_folder

URI = "/data/projects/P/resources/R"
LONE = TransferOptions(strategy="files", workers=1, retry=QUICK)


@pytest.fixture
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as site:
        site.build.project("P")
        yield site


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        session.projects.keys()
        yield session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "source", PLAIN)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def after(count: int, act: Callable[[], None]) -> Callable[[TransferEvent], None]:
    """Return an observer that does something when so many files have arrived."""
    left = iter(range(count - 1, -1, -1))

    def observe(event: TransferEvent) -> None:
        if isinstance(event, Finished) and next(left, None) == 0:
            act()

    return observe


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interrupted_upload_goes_on_where_it_stopped(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path
):
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, options=LONE, state=state, observer=after(5, interrupt)).run(folder)
    (journal,) = state.iterdir()
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert server.password not in journal.read_text().replace('"', " ").split()
    there = set(held(connection, URI))
    assert len(there) == 5
    before = len(server.requests)
    report = Upload(asked(connection), URI, options=LONE, state=state).run(folder)
    assert {moved.name for moved in report.skipped} == there
    assert {moved.verified for moved in report.skipped} == {"md5"}
    assert report.size == sum(len(content) for name, content in PLAIN.items() if name not in there)
    assert len(writes(server, before)) == len(PLAIN) - 5
    assert held(connection, URI) == md5s(PLAIN)
    assert not state.exists()
    assert sorted(path.name for path in folder.iterdir()) == sorted(PLAIN)


def test_only_what_is_missing_is_put_into_the_archive(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path
):
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, options=LONE, state=state, observer=after(5, interrupt)).run(folder)
    before = len(server.requests)
    report = Upload(asked(connection), URI, state=state, options=TransferOptions(strategy="archive")).run(folder)
    assert len(writes(server, before)) == 1
    assert report.size == 1024 + sum(512 + -(-len(PLAIN[moved.name]) // 512) * 512 for moved in report.moved)
    assert held(connection, URI) == md5s(PLAIN)


def test_what_arrived_unnoticed_is_not_sent_again(connection: xnat_sdk.XnatSession, folder: Path, state: Path):
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, options=LONE, state=state, observer=after(2, interrupt)).run(folder)
    name = next(name for name in PLAIN if name not in held(connection, URI))
    connection.upload(f"{URI}/files/{name}", PLAIN[name])  # sent, and its journal line lost
    report = Upload(asked(connection), URI, options=LONE, state=state).run(folder)
    assert len(report.skipped) == 3
    assert held(connection, URI) == md5s(PLAIN)


def test_what_others_put_there_meanwhile_is_a_conflict(connection: xnat_sdk.XnatSession, folder: Path, state: Path):
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, options=LONE, state=state, observer=after(2, interrupt)).run(folder)
    name = next(name for name in PLAIN if name not in held(connection, URI))
    connection.upload(f"{URI}/files/{name}", b"theirs")
    with pytest.raises(ConflictError, match=f"already, with other bytes: '{name}'\\."):
        Upload(asked(connection), URI, options=LONE, state=state).run(folder)


def test_a_file_that_changed_since_it_was_sent_is_a_conflict_or_is_replaced(
    connection: xnat_sdk.XnatSession, folder: Path, state: Path
):
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, options=LONE, state=state, observer=after(2, interrupt)).run(folder)
    name = min(held(connection, URI))
    (folder / name).write_bytes(bytes(len(PLAIN[name])))
    (folder / name).write_bytes(b"n" * len(PLAIN[name]))
    with pytest.raises(ConflictError, match="with other bytes"):
        Upload(asked(connection), URI, options=LONE, state=state).run(folder)
    report = Upload(asked(connection), URI, options=LONE, state=state, if_exists="overwrite").run(folder)
    assert len(report.skipped) == 1
    assert held(connection, URI) == md5s({**PLAIN, name: (folder / name).read_bytes()})


def test_a_completed_upload_is_forgotten(connection: xnat_sdk.XnatSession, folder: Path, state: Path):
    Upload(asked(connection), URI, state=state).run(folder)
    assert not state.exists()
    with pytest.raises(ConflictError, match="Nothing was sent, since"):
        Upload(asked(connection), URI, state=state).run(folder)
    assert not state.exists()


def test_states_lie_beside_other_states_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "xnat-sdk"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "xnat-sdk"


def test_an_upload_needs_no_state(
    connection: xnat_sdk.XnatSession, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").write_bytes(b"")
    Upload(asked(connection), URI, state=tmp_path / "file" / "state").run(folder)
    assert "No state of the upload is kept" in caplog.text
    assert held(connection, URI) == md5s(PLAIN)


def test_uploads_have_states_of_their_own(tmp_path: Path):
    with UploadState(tmp_path, {"resource": "1"}) as first:
        first.begin()
        assert not first.is_continued
    with UploadState(tmp_path, {"resource": "1"}) as again, UploadState(tmp_path, {"resource": "2"}) as other:
        assert (again.is_continued, other.is_continued) == (True, False)


@pytest.mark.parametrize("how", ["504", "reset", "close"])
@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_lost_reply_is_made_up_for_by_a_look(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path, how: str, strategy: str
):
    server.faults.add(Fault(faults.LoseReply(how), path="*/files/*", nth=1, count=1))  # type: ignore[arg-type]
    options = TransferOptions(strategy=strategy, retry=QUICK, workers=2)  # type: ignore[arg-type]
    report = Upload(asked(connection), URI, state=state, options=options).run(folder)
    assert len(writes(server)) == (1 if strategy == "archive" else len(PLAIN))  # each effect exactly once
    assert (len(report.moved), report.verified) == (len(PLAIN), "md5")
    assert held(connection, URI) == md5s(PLAIN)


def test_a_lost_reply_to_a_replacement_is_no_second_one(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path, tmp_path: Path
):
    Upload(asked(connection), URI, state=state).run(written(tmp_path / "old", dict.fromkeys(PLAIN, b"old")))
    before = len(server.requests)
    server.faults.add(Fault(faults.LoseReply("reset"), path="*/files/*", count=1))
    Upload(asked(connection), URI, state=state, if_exists="overwrite", options=TransferOptions(retry=QUICK)).run(folder)
    assert len(writes(server, before)) == 1
    assert held(connection, URI) == md5s(PLAIN)


def test_a_lost_request_is_sent_again(server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path):
    server.faults.add(Fault(faults.Unavailable(status=502), method="PUT", path="*/files/*", count=1))
    Upload(asked(connection), URI, state=state, options=TransferOptions(retry=QUICK)).run(folder)
    assert writes(server) == [502, 200]
    assert held(connection, URI) == md5s(PLAIN)


def test_failures_are_raised_or_reported_and_a_rerun_goes_on(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path
):
    fault = server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/0[37].dcm*"))
    broken = server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/03.dcm*"))
    options = TransferOptions(strategy="files", retry=NEVER, failures="report")
    report = Upload(asked(connection), URI, state=state, options=options).run(folder)
    assert [(each.name, type(each.error)) for each in report.failed] == [("03.dcm", ServerError)]
    assert len(report.moved) == len(PLAIN) - 1
    with pytest.raises(ServerError):
        Upload(asked(connection), URI, state=state, options=TransferOptions(retry=NEVER)).run(folder)
    for each in (fault, broken):
        server.faults.remove(each)
    last = Upload(asked(connection), URI, state=state, options=TransferOptions(retry=NEVER)).run(folder)
    assert ([moved.name for moved in last.moved], len(last.skipped)) == (["03.dcm"], len(PLAIN) - 1)
    assert not state.exists()


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_ctrl_c_ends_an_upload_that_gets_no_answer(
    server: Emulator, connection: xnat_sdk.XnatSession, folder: Path, state: Path, strategy: str
):
    fault = server.faults.add(Fault(faults.Stall(seconds=30), method="PUT", path="*/files/*"))
    pressed: list[float] = []

    def press() -> None:
        while fault.seen == 0:
            time.sleep(0.01)
        pressed.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        Upload(asked(connection), URI, state=state, options=options).run(folder)
    assert time.monotonic() - pressed[0] < 2
    presser.join()
    server.faults.clear()
    report = Upload(asked(connection), URI, state=state).run(folder)
    assert len(report.files) == len(PLAIN)
    assert held(connection, URI) == md5s(PLAIN)


_PROGRAM = """
import sys
from pathlib import Path
import xnat_sdk
from xnat_runtime.transfers.options import TransferOptions

url, user, password, folder, state, strategy = sys.argv[1:]
def tell(event):
    print(event, flush=True)
with xnat_sdk.connect(url, user, password) as session:
    resource = session.projects["P"].resources["R"]
    options = TransferOptions(strategy=strategy, workers=2)
    resource.upload_dir(folder, state=state, options=options, progress=tell)
"""


@pytest.mark.parametrize(("strategy", "events"), [("files", 1), ("files", 20), ("archive", 2)])
def test_a_killed_upload_is_completed_by_a_rerun(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, strategy: str, events: int
):
    contents = {f"{number:03}": os.urandom(30_000) for number in range(60)}
    folder = written(tmp_path / "many", contents)
    connection.projects["P"].create_resource("R")
    uri = connection.projects["P"].resources["R"].uri
    arguments = (server.url, server.user, server.password, str(folder), str(state), strategy)
    with subprocess.Popen([sys.executable, "-c", _PROGRAM, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(events):
            process.stdout.readline()
        process.kill()
    there = {name for name, md5 in held(connection, uri).items() if md5 == md5s(contents)[name]}
    before = len(server.requests)
    options = TransferOptions(strategy="files")
    report = Upload(asked(connection), uri, state=state, options=options, label="R").run(folder)
    missing = set(contents) - there
    # What was on its way when the process ended may have arrived after the look.
    assert missing - {moved.name for moved in report.moved} <= {moved.name for moved in report.skipped}
    assert report.size <= sum(len(contents[name]) for name in missing)
    assert len(writes(server, before)) <= len(missing) + 2
    assert held(connection, uri) == md5s(contents)
    assert not state.exists()
