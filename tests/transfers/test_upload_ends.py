"""Uploads that have no hope, that lose their only reply, and that are interrupted where the network is not woken."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from transfers.uploading import PLAIN, QUICK, asked, held, md5s, writes, written

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_emulator.build import dicom_zip
from xnat_runtime.errors import (
    BadRequestError,
    ConflictError,
    DigestMismatchError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    ServerError,
    UsageError,
)
from xnat_runtime.transfers import upload as upload_module
from xnat_runtime.transfers import workers
from xnat_runtime.transfers.events import Started, TransferEvent
from xnat_runtime.transfers.job import Connection
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_runtime.transfers.upload import Upload
from xnat_runtime.transfers.upload_one import upload_one
from xnat_runtime.transfers.upload_plan import LocalFile
from xnat_runtime.transport import JsonValue, Request, Response

URI = "/data/projects/P/resources/R"
MANY = 100_000
FOUR = {name: name.encode() * 9 for name in "abcd"}
LONE = TransferOptions(strategy="files", workers=1, retry=QUICK)


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as site:
        yield site


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    running.build.project("P")
    return running


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        session.projects.keys()
        yield session


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


class Refusing:
    """A server that takes nothing."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.sent = 0
        self._lock = threading.Lock()

    def send(self, _request: Request, *, stream: bool = False) -> Response:
        assert not stream
        with self._lock:
            self.sent += 1
        raise self.error

    def ask(self, path: str) -> JsonValue:
        raise NotFoundError("GET", path, 404)


# No hope


@pytest.mark.parametrize(
    ("error", "strategy", "most"),
    [
        (BadRequestError("PUT", "/x", 400, "no"), "files", 60),
        (BadRequestError("PUT", "/x", 400, "no"), "archive", 3),
        (ServerError("PUT", "/x", 503, "busy"), "files", 4 * (3 + 4)),
        (ServerError("PUT", "/x", 503, "busy"), "archive", 4 * 3),
    ],
)
def test_a_hundred_thousand_files_that_nobody_wants_end_after_few_requests(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, strategy: str, most: int
):
    (tmp_path / "one").write_bytes(b"x")
    found = (tmp_path / "one").stat()
    files = [LocalFile(f"{n:06}", str(tmp_path / "one"), found.st_size, found.st_mtime_ns) for n in range(MANY)]
    monkeypatch.setattr(upload_module, "planned", lambda _folder, _links: (files, []))
    site = Refusing(error)
    told: list[TransferEvent] = []
    options = TransferOptions(strategy=strategy, retry=QUICK, failures="report")  # type: ignore[arg-type]
    upload = Upload(Connection(site.send, site.ask, "x"), URI, options=options, state=state, observer=told.append)
    report = upload.run(tmp_path / "virtual")
    assert site.sent <= most
    assert len(report.failed) == len({each.name for each in report.failed}) == MANY
    assert "refused alike" in report.failed[-1].reason
    assert report.moved == ()
    assert not state.exists()


@pytest.mark.parametrize("is_raised", [True, False])
def test_an_upload_that_is_refused_from_some_file_on_ends_and_goes_on_later(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, is_raised: bool
):
    contents = {f"{number:03}": bytes([number]) for number in range(200)}
    folder = written(tmp_path / "many", contents)
    server.faults.add(Fault(faults.Unavailable(status=500), method="PUT", path="*/files/*", nth=20))
    options = TransferOptions(strategy="files", retry=NEVER, failures="raise" if is_raised else "report")
    upload = Upload(asked(connection), URI, state=state, options=options)
    before = len(server.requests)
    if is_raised:
        with pytest.raises(ServerError) as caught:
            upload.run(folder)
        assert any("181 files that were not uploaded" in note for note in caught.value.__notes__)
    else:
        report = upload.run(folder)
        assert (len(report.moved), len(report.failed)) == (19, 181)
    # A success that is told late begins the row of failures anew.
    assert len(writes(server, before)) <= 19 + 2 * 50
    server.faults.clear()
    again = Upload(asked(connection), URI, state=state).run(folder)
    assert (len(again.skipped), len(again.moved)) == (19, 181)
    assert held(connection, URI) == md5s(contents)


def test_files_that_others_put_there_do_not_end_it(connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path):
    contents = {f"{number:03}": bytes([number]) for number in range(80)}
    theirs = dict.fromkeys(list(contents)[:60], b"theirs")
    Upload(asked(connection), URI, state=state).run(written(tmp_path / "theirs", theirs))
    options = TransferOptions(strategy="files", retry=NEVER, failures="report")
    upload = Upload(asked(connection), URI, state=state, options=options, is_new=True)
    report = upload.run(written(tmp_path / "ours", contents))
    assert (len(report.failed), len(report.moved)) == (60, 20)
    assert held(connection, URI) == md5s(contents | theirs)


def test_files_that_vanish_do_not_end_it(connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path):
    contents = {f"{number:03}": bytes([number]) for number in range(80)}
    folder = written(tmp_path / "many", contents)

    def vanish(_event: TransferEvent) -> None:
        for name in list(contents)[10:70]:
            (folder / name).unlink(missing_ok=True)

    options = TransferOptions(strategy="files", retry=NEVER, failures="report", workers=1)
    report = Upload(asked(connection), URI, state=state, options=options, observer=vanish).run(folder)
    assert (len(report.failed), len(report.moved)) == (60, 20)


def test_an_error_of_the_observer_ends_it(connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path):
    def fail(_event: TransferEvent) -> None:
        raise ZeroDivisionError

    folder = written(tmp_path / "many", PLAIN)
    for strategy in ("files", "archive"):
        options = TransferOptions(strategy=strategy, failures="report")  # type: ignore[arg-type]
        with pytest.raises(ZeroDivisionError):
            Upload(asked(connection), URI, state=state, options=options, observer=fail).run(folder)


def test_a_state_among_the_files_is_refused(server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path):
    folder = written(tmp_path / "many", PLAIN)
    before = len(server.requests)
    with pytest.raises(InvalidValueError, match="among its files"):
        Upload(asked(connection), URI, state=folder / "state").run(folder)
    assert len(server.requests) == before


def test_the_same_upload_runs_once_at_a_time(connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path):
    folder, met = written(tmp_path / "many", PLAIN), list[UsageError]()

    def second(event: TransferEvent) -> None:
        if isinstance(event, Started) and not met:
            with pytest.raises(UsageError) as caught:
                Upload(asked(connection), URI, state=state).run(folder)
            met.append(caught.value)

    Upload(asked(connection), URI, state=state, observer=second).run(folder)
    assert len(met) == 1
    assert held(connection, URI) == md5s(PLAIN)


# Lost replies


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_an_upload_whose_only_reply_is_lost_is_known_to_the_next_run(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, strategy: str
):
    folder = written(tmp_path / "one", {"a": b"1", "b": b"2", "c": b"3", "d": b"4"})
    server.faults.add(Fault(faults.LoseReply("reset"), method="PUT", path="*/files/*"))
    server.faults.add(Fault(faults.Unavailable(status=500), method="GET", path="*/files", nth=2))
    options = TransferOptions(strategy=strategy, retry=NEVER)  # type: ignore[arg-type]
    with pytest.raises(xnat_sdk.XnatError):
        Upload(asked(connection), URI, state=state, options=options).run(folder)
    server.faults.clear()
    again = Upload(asked(connection), URI, state=state, options=options).run(folder)
    assert (len(again.skipped), len(again.moved)) == (4, 0)
    assert not state.exists()


def own_files_are_no_conflict(connection: xnat_sdk.XnatSession, folder: Path, state: Path, there: set[str]) -> None:
    """Make an upload that failed again: what it brought is passed over, the rest travels."""
    assert set(held(connection, URI)) == there
    again = Upload(asked(connection), URI, state=state, options=LONE).run(folder)
    assert {moved.name for moved in again.skipped} == there
    assert held(connection, URI) == md5s(FOUR)
    assert not state.exists()


@pytest.mark.parametrize("effect", [faults.Redirect(), faults.Unavailable(status=403), faults.Unavailable(status=500)])
@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_looks_that_are_refused_do_not_hide_that_a_reply_was_lost(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, strategy: str, effect: object
):
    folder = written(tmp_path / "four", FOUR)
    server.faults.add(Fault(faults.LoseReply("504"), method="PUT", path="*/files/*", count=1))
    server.faults.add(Fault(effect, method="PUT", path="*/files/*", nth=2))  # type: ignore[arg-type]
    server.faults.add(Fault(effect, method="GET", path="*/files", nth=2))  # type: ignore[arg-type]
    options = attrs.evolve(LONE, strategy=strategy)
    with pytest.raises(ResponseError):
        Upload(asked(connection), URI, state=state, options=options).run(folder)
    server.faults.clear()
    own_files_are_no_conflict(connection, folder, state, set(FOUR) if strategy == "archive" else {"a"})


def test_a_run_that_others_refusals_end_remembers_what_may_have_arrived(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path
):
    folder = written(tmp_path / "four", FOUR)
    server.faults.add(Fault(faults.LoseReply("504"), method="PUT", path="*/files/a*"))
    server.faults.add(Fault(faults.Unavailable(status=500), method="GET", path="*/files", nth=2))
    server.faults.add(Fault(faults.Unavailable(status=403), method="PUT", path="*/files/b*"))
    with pytest.raises(PermissionDeniedError):
        Upload(asked(connection), URI, state=state, options=attrs.evolve(LONE, retry=NEVER)).run(folder)
    server.faults.clear()
    own_files_are_no_conflict(connection, folder, state, {"a"})


def test_a_run_that_ends_while_files_are_on_their_way_remembers_them(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path
):
    folder, has_arrived, is_over = written(tmp_path / "four", FOUR), threading.Event(), threading.Event()
    server.faults.add(Fault(faults.Unavailable(status=403), method="PUT", path="*/files/b*"))

    def send(request: Request, *, stream: bool = False) -> Response:
        if request.path.endswith("/b"):
            assert has_arrived.wait(30)
        answer = connection.send(request, stream=stream)
        if request.path.endswith("/a"):
            has_arrived.set()
            assert is_over.wait(30)
        return answer

    asking = Connection(send, connection.get_json, connection.server)
    with pytest.raises(PermissionDeniedError):
        Upload(asking, URI, state=state, options=attrs.evolve(LONE, workers=2)).run(folder)
    is_over.set()
    server.faults.clear()
    own_files_are_no_conflict(connection, folder, state, {"a"})


def test_a_rerun_that_comes_to_nothing_forgets_nothing(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path
):
    folder = written(tmp_path / "four", FOUR)
    server.faults.add(Fault(faults.Unavailable(status=504), method="PUT", path="*/files/*"))
    with pytest.raises(ServerError):
        Upload(asked(connection), URI, state=state, options=LONE).run(folder)
    server.faults.clear()
    server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/*"))
    with pytest.raises(ServerError):
        Upload(asked(connection), URI, state=state, options=LONE).run(folder)
    server.faults.clear()
    connection.upload(f"{URI}/files/c", FOUR["c"])  # the server was busy with what the first run sent
    own_files_are_no_conflict(connection, folder, state, {"c"})


def test_a_table_that_shows_other_bytes_for_a_moment_is_no_conflict_later(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path
):
    folder = written(tmp_path / "four", FOUR)
    connection.projects["P"].create_resource("R")
    server.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    with pytest.raises(DigestMismatchError):
        Upload(asked(connection), URI, state=state, options=LONE).run(folder)
    server.faults.clear()
    own_files_are_no_conflict(connection, folder, state, set(FOUR))


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_files_that_arrived_beside_somebody_elses_are_own_ones_later(
    connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, strategy: str
):
    folder = written(tmp_path / "four", FOUR)
    Upload(asked(connection), URI, state=state).run(written(tmp_path / "theirs", {"b": b"theirs"}))
    options = attrs.evolve(LONE, strategy=strategy)
    with pytest.raises(ConflictError):
        Upload(asked(connection), URI, state=state, options=options, is_new=True).run(folder)
    with pytest.raises(ConflictError, match=r"already, with other bytes: 'b'\."):
        Upload(asked(connection), URI, state=state, options=options).run(folder)
    Upload(asked(connection), URI, state=state, options=options, if_exists="overwrite").run(folder)
    assert held(connection, URI) == md5s(FOUR)
    assert not state.exists()


def test_where_no_checksums_are_kept_a_file_that_changed_since_is_no_other(tmp_path: Path, state: Path):
    folder = written(tmp_path / "many", PLAIN)
    with xnat_emulator.start(mode=Mode(checksums=False)) as site:
        site.build.project("P")
        with xnat_sdk.connect(site.url, site.user, site.password) as session:
            site.faults.add(Fault(faults.Unavailable(status=500), method="PUT", path="*/files/*", nth=7))
            options = TransferOptions(strategy="files", workers=1, retry=NEVER)
            with pytest.raises(ServerError):
                Upload(asked(session), URI, state=state, options=options).run(folder)
            site.faults.clear()
            name = min(PLAIN)
            (folder / name).write_bytes(PLAIN[name][::-1][:-1] + b"!")  # of the same size
            with pytest.raises(ConflictError, match=f"already, with other bytes: '{name}'"):
                Upload(asked(session), URI, state=state, options=options).run(folder)
            Upload(asked(session), URI, state=state, options=options, if_exists="overwrite").run(folder)
            answer = session.send(Request("GET", f"{URI}/files/{name}"))
            assert answer.content == (folder / name).read_bytes()


# Names


@pytest.mark.parametrize("name", ["a%5Cb.dcm", "a%0Ab", "a%00b"])
def test_a_name_that_no_server_keeps_is_refused_for_one_file_too(
    server: Emulator, connection: xnat_sdk.XnatSession, name: str
):
    before = len(server.requests)
    with pytest.raises(InvalidValueError, match="cannot be uploaded"):
        upload_one(asked(connection), f"{URI}/files/{name}", b"x")
    assert len(server.requests) == before


# Where Ctrl+C does not wake a thread that waits for the network


def interrupted(server: Emulator, work: object, method: str = "PUT") -> float:
    """Press Ctrl+C when a request hangs, and return the seconds until the caller was free again."""
    fault = server.faults.add(Fault(faults.Stall(seconds=30), method=method))
    pressed: list[float] = []
    others: list[str] = []

    def press() -> None:
        while fault.seen == 0:
            time.sleep(0.01)
        others.extend(transferring())
        pressed.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        work()  # type: ignore[operator]  # a function
    took = time.monotonic() - pressed[0]
    presser.join()
    server.faults.clear()
    assert others != []
    return took


def transferring() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("xnat-transfer")]


@pytest.mark.skipif(os.name == "nt", reason="a test cannot press Ctrl+C")
@pytest.mark.parametrize("way", ["one", "archive", "files", "import"])
def test_the_network_is_waited_for_in_another_thread(
    server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch,
    way: str,
):  # fmt: skip
    monkeypatch.setattr(workers, "IS_INTERRUPTED", False)
    folder = written(tmp_path / "many", PLAIN)
    options = TransferOptions(strategy="archive" if way == "archive" else "files", workers=1)

    def work() -> None:
        if way == "one":
            upload_one(asked(connection), f"{URI}/files/a", b"x" * 1000)
        elif way == "import":
            connection.services.import_(data=dicom_zip("CT", project="P"), project="P")
        else:
            Upload(asked(connection), URI, state=state, options=options).run(folder)

    assert interrupted(server, work, "POST" if way == "import" else "PUT") < 2
    assert transferring() == []
    if way == "import":
        # The server may have gone on with what it had.
        other = dicom_zip("CT", project="P", subject="S2", session="OTHER")
        assert connection.services.import_(data=other, project="P")
    elif way == "one":
        assert upload_one(asked(connection), f"{URI}/files/b", b"x" * 1000).verified == "md5"
        with pytest.raises(ConflictError):
            upload_one(asked(connection), f"{URI}/files/b", b"x" * 1000)
    else:
        assert Upload(asked(connection), URI, state=state, options=options).run(folder).verified == "md5"
        assert held(connection, URI) == md5s(PLAIN)
