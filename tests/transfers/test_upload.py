"""Uploads of folders on the embedded server: what travels, what is in the way, what is compared."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from transfers.uploading import ODD, PLAIN, QUICK, asked, held, md5s, writes, written

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_runtime.errors import (
    ConflictError,
    DigestMismatchError,
    IncompleteTransferError,
    InvalidValueError,
    ReadOnlyConnectionError,
)
from xnat_runtime.transfers import upload as upload_module
from xnat_runtime.transfers import upload_plan
from xnat_runtime.transfers.download import Connection
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.upload import Upload
from xnat_runtime.transport import Request, Response

PROJECT = "/data/projects/P"


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as site:
        site.build.project("P")
        yield site


@pytest.fixture
def connection(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[xnat_sdk.XnatSession]:
    server.faults.clear()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        session.projects.keys()
        yield session


@pytest.fixture
def uri(request: pytest.FixtureRequest) -> str:
    """A resource for each test; the first upload makes it."""
    return f"{PROJECT}/resources/" + re.sub(r"\W", "_", request.node.name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "source", PLAIN)


@pytest.mark.parametrize("packing", ["tar", "zip", "tgz", "files"])
def test_empty_files_and_odd_names_survive(
    connection: xnat_sdk.XnatSession, uri: str, tmp_path: Path, packing: upload_module.Packing
):
    folder = written(tmp_path / "source", ODD)
    options = TransferOptions(strategy="files" if packing == "files" else "archive")
    kind: upload_module.Packing = "tar" if packing == "files" else packing
    report = Upload(asked(connection), uri, packing=kind, options=options).run(folder)
    assert held(connection, uri) == md5s(ODD)
    assert report.verified == "md5"
    assert {moved.name: moved.md5 for moved in report.moved} == md5s(ODD)
    for moved in report.moved:
        assert connection.send(Request("GET", moved.uri)).content == ODD[moved.name] == moved.path.read_bytes()


def test_an_archive_is_one_request_between_two_looks(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path
):
    before = len(server.requests)
    report = Upload(asked(connection), uri).run(folder)
    made = [(each.method, each.path) for each in server.requests[before:]]
    assert made == [("GET", f"{uri}/files"), ("PUT", f"{uri}/files/folder.tar"), ("GET", f"{uri}/files")]
    assert len(report.moved) == len(PLAIN)
    assert not any("refresh" in each.path for each in server.requests)


def test_small_files_travel_together_and_large_ones_by_themselves(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(upload_plan, "SMALL_BYTES", 1_000 + 9)
    before = len(server.requests)
    Upload(asked(connection), uri).run(folder)
    assert len(writes(server, before)) == 1 + 3
    assert held(connection, uri) == md5s(PLAIN)


def test_long_folders_travel_as_several_archives(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(upload_plan, "BATCH_FILES", 5)
    monkeypatch.setattr(upload_module, "_LOOK_BYTES", 0)
    before = len(server.requests)
    report = Upload(asked(connection), uri).run(folder)
    assert (len(writes(server, before)), len(report.moved)) == (3, 12)
    assert len(server.requests) - before == 3 + 3  # one look more, after the first
    assert held(connection, uri) == md5s(PLAIN)


def test_files_travel_side_by_side(connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    together = threading.Barrier(4, timeout=20)

    def send(request: Request, *, stream: bool = False) -> Response:
        if request.method == "PUT":
            together.wait()  # passed only when four requests are made at once
        return connection.send(request, stream=stream)

    asked_ = Connection(send, connection.get_json, connection.server)
    Upload(asked_, uri, options=TransferOptions(strategy="files", workers=4)).run(folder)
    assert held(connection, uri) == md5s(PLAIN)


def test_uploads_of_one_connection_share_its_limit(connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    running, most = [0], [0]
    lock = threading.Lock()

    def send(request: Request, *, stream: bool = False) -> Response:
        with lock:
            running[0] += request.method == "PUT"
            most[0] = max(most[0], running[0])
        try:
            return connection.send(request, stream=stream)
        finally:
            with lock:
                running[0] -= request.method == "PUT"

    asked_ = Connection(send, connection.get_json, connection.server, threading.BoundedSemaphore(2))
    Upload(asked_, uri, options=TransferOptions(strategy="files", workers=8)).run(folder)
    assert most[0] <= 2
    assert held(connection, uri) == md5s(PLAIN)


def test_files_that_exist_are_named_and_nothing_is_sent(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path, tmp_path: Path
):
    Upload(asked(connection), uri).run(written(tmp_path / "one", {"03.dcm": b"theirs", "05.dcm": PLAIN["05.dcm"]}))
    before = len(server.requests)
    with pytest.raises(ConflictError, match=r"'03\.dcm', '05\.dcm'") as caught:
        Upload(asked(connection), uri).run(folder)
    assert caught.value.duplicates == ("03.dcm", "05.dcm")
    with pytest.raises(ConflictError, match=r"\ANothing was sent, .* already, with other bytes: '03\.dcm'\."):
        Upload(asked(connection), uri, if_exists="skip_if_same").run(folder)
    assert writes(server, before) == []
    assert set(held(connection, uri)) == {"03.dcm", "05.dcm"}


def test_files_that_exist_are_left_when_asked(connection: xnat_sdk.XnatSession, uri: str, folder: Path, tmp_path: Path):
    Upload(asked(connection), uri).run(written(tmp_path / "one", {"03.dcm": b"theirs"}))
    report = Upload(asked(connection), uri, if_exists="skip").run(folder)
    assert [(moved.name, moved.verified) for moved in report.skipped] == [("03.dcm", "unverified")]
    assert len(report.moved) == len(PLAIN) - 1
    assert held(connection, uri) == md5s({**PLAIN, "03.dcm": b"theirs"})


def test_files_that_exist_are_replaced_only_when_asked(
    connection: xnat_sdk.XnatSession, uri: str, folder: Path, tmp_path: Path
):
    Upload(asked(connection), uri).run(written(tmp_path / "one", {"03.dcm": b"theirs", "other": b"stays"}))
    report = Upload(asked(connection), uri, if_exists="overwrite").run(folder)
    assert (len(report.moved), len(report.skipped), report.verified) == (len(PLAIN), 0, "md5")
    assert held(connection, uri) == md5s({**PLAIN, "other": b"stays"})


def test_files_with_the_same_bytes_do_not_travel_again(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path
):
    Upload(asked(connection), uri).run(folder)
    (folder / "new").write_bytes(b"new")
    report = Upload(asked(connection), uri, if_exists="skip_if_same").run(folder)
    assert ([moved.name for moved in report.moved], len(report.skipped)) == (["new"], len(PLAIN))
    assert report.verified == "md5"
    before = len(server.requests)
    again = Upload(asked(connection), uri, if_exists="skip_if_same").run(folder)
    assert (again.size, len(again.skipped), len(server.requests) - before) == (0, len(PLAIN) + 1, 1)


def test_a_file_that_comes_to_be_there_meanwhile_is_left(connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    connection.upload(f"{uri}/files/03.dcm", b"theirs")
    for strategy in ("archive", "files"):
        target = f"{uri}{strategy}"
        connection.upload(f"{target}/files/03.dcm", b"theirs")
        options = TransferOptions(strategy=strategy, failures="report")  # type: ignore[arg-type]
        # With is_new the first look is left out, as if the file had come right after it.
        report = Upload(asked(connection), target, is_new=True, options=options).run(folder)
        assert [(each.name, type(each.error)) for each in report.failed] == [("03.dcm", ConflictError)]
        assert held(connection, target) == md5s({**PLAIN, "03.dcm": b"theirs"})
    with pytest.raises(ConflictError):
        Upload(asked(connection), uri, is_new=True).run(folder)


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_success_with_nothing_done_is_an_error(server: Emulator, uri: str, folder: Path, tmp_path: Path, strategy: str):
    """rest-data 10.4.11."""
    server.faults.clear()
    login = f"reader{strategy}"
    server.build.user(login, "secret")
    with xnat_sdk.connect(server.url, server.user, server.password) as owner:
        owner.projects["P"].add_user(login, "collaborator")
    options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
    with xnat_sdk.connect(server.url, login, "secret") as reader:
        with pytest.raises(IncompleteTransferError, match="may not edit") as caught:
            Upload(asked(reader), uri, options=options, state=tmp_path / "state").run(folder)
        assert held(reader, uri) == {}
    assert (caught.value.expected, caught.value.received) == (1_000, 0)
    assert not (tmp_path / "state").exists()


def test_a_long_upload_into_nothing_ends_after_the_first_request(
    server: Emulator, uri: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(upload_module, "_LOOK_BYTES", 0)
    server.faults.clear()
    server.build.user("visitor", "secret")
    with xnat_sdk.connect(server.url, server.user, server.password) as owner:
        owner.projects["P"].add_user("visitor", "collaborator")
    options = TransferOptions(strategy="files", workers=1)
    with xnat_sdk.connect(server.url, "visitor", "secret") as reader:
        before = len(server.requests)
        with pytest.raises(IncompleteTransferError, match="may not edit"):
            Upload(asked(reader), uri, options=options, state=tmp_path / "state").run(folder)
    assert len(writes(server, before)) == 1


def test_other_digests_afterwards_are_errors(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path
):
    server.faults.add(Fault(faults.WrongDigest()))
    with pytest.raises(DigestMismatchError, match="catalog says"):
        Upload(asked(connection), uri).run(folder)
    report = Upload(asked(connection), f"{uri}b", options=TransferOptions(failures="report")).run(folder)
    assert {type(each.error) for each in report.failed} == {DigestMismatchError}
    assert (len(report.failed), report.moved) == (len(PLAIN), ())


def test_sites_without_checksums_are_told_apart(tmp_path: Path):
    with xnat_emulator.start(mode=Mode(checksums=False)) as site:
        site.build.project("P")
        with xnat_sdk.connect(site.url, site.user, site.password) as session:
            folder, state = written(tmp_path / "source", {"a": b"abc", "empty": b""}), tmp_path / "state"
            uri = f"{PROJECT}/resources/R"
            report = Upload(asked(session), uri, state=state).run(folder)
            assert {moved.name: moved.verified for moved in report.files} == {"a": "size", "empty": "unverified"}
            same = Upload(asked(session), uri, state=state, if_exists="skip_if_same").run(folder)
            assert {moved.name: moved.verified for moved in same.skipped} == {"a": "size", "empty": "unverified"}
            # A file of the same size that was there before shows nothing.
            again = Upload(asked(session), uri, state=state, if_exists="overwrite").run(folder)
            assert {moved.verified for moved in again.moved} == {"unverified"}


def test_nothing_is_compared_unless_wanted(server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    before = len(server.requests)
    report = Upload(asked(connection), uri, options=TransferOptions(verify=False)).run(folder)
    assert (len(server.requests) - before, report.verified) == (2, "unverified")
    assert {moved.md5 for moved in report.moved} == {None}


@pytest.mark.parametrize("strategy", ["archive", "files"])
@pytest.mark.parametrize("how", ["vanishes", "changes"])
def test_a_file_that_changes_is_an_error_and_the_others_arrive(
    connection: xnat_sdk.XnatSession, uri: str, folder: Path, strategy: str, how: str
):
    victim = folder / "07.dcm"

    def meddle(event: TransferEvent) -> None:
        if isinstance(event, Started) and victim.exists() and victim.read_bytes() == PLAIN["07.dcm"]:
            victim.unlink() if how == "vanishes" else victim.write_bytes(b"other")

    options = TransferOptions(strategy=strategy, failures="report")  # type: ignore[arg-type]
    report = Upload(asked(connection), uri, options=options, observer=meddle).run(folder)
    assert [each.name for each in report.failed] == ["07.dcm"]
    assert held(connection, uri) == md5s({name: content for name, content in PLAIN.items() if name != "07.dcm"})
    assert len(report.moved) == len(PLAIN) - 1


def test_links_stand_in_the_report(connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    (folder / "lost").symlink_to(folder / "nowhere")
    (folder / "up").symlink_to(folder, target_is_directory=True)
    (folder / "link.dcm").symlink_to(folder / "00.dcm")
    report = Upload(asked(connection), uri).run(folder)
    assert {each.name for each in report.omitted} == {"lost", "up"}
    assert held(connection, uri) == md5s({**PLAIN, "link.dcm": PLAIN["00.dcm"]})
    with pytest.raises(InvalidValueError, match=r"'link\.dcm', 'lost', 'up'"):
        Upload(asked(connection), uri, links="error").run(folder)


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_events_tell_of_every_byte(connection: xnat_sdk.XnatSession, uri: str, folder: Path, strategy: str):
    told: list[TransferEvent] = []
    options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
    report = Upload(asked(connection), uri, options=options, observer=told.append).run(folder)
    started = {event.unit: event.total for event in told if isinstance(event, Started)}
    counts = dict.fromkeys(started, 0)
    for event in told:
        if isinstance(event, Advanced):
            counts[event.unit] += event.count
    assert counts == started
    assert sum(counts.values()) == report.size
    assert {(event.unit, event.outcome) for event in told if isinstance(event, Finished)} == {
        (unit, "moved") for unit in started
    }


def test_a_new_login_in_the_middle_sends_everything_again(
    server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path
):
    server.faults.add(Fault(faults.ExpiredSession(), method="PUT", path="*/files/*", count=1))
    assert Upload(asked(connection), uri).run(folder).verified == "md5"
    assert held(connection, uri) == md5s(PLAIN)


def test_a_read_only_connection_sends_nothing_and_leaves_no_state(server: Emulator, folder: Path, tmp_path: Path):
    state = tmp_path / "state"
    with xnat_sdk.connect(server.url, server.user, server.password, read_only=True) as session:
        for strategy in ("archive", "files"):
            options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
            with pytest.raises(ReadOnlyConnectionError):
                Upload(asked(session), f"{PROJECT}/resources/RO", options=options, state=state).run(folder)
    assert not state.exists()


def test_objects_and_methods_are_those_of_xnatpy(server: Emulator, connection: xnat_sdk.XnatSession, folder: Path):
    project = connection.projects["P"]
    for method in ("tar_memory", "tgz_memory", "tar_file", "per_file", "auto"):
        made = project.create_resource(f"M_{method}", data_dir=folder, method=method)  # type: ignore[arg-type]
        assert held(connection, made.uri) == md5s(PLAIN)
    before = len(server.requests)
    project.create_resource("M_new", data_dir=folder)
    assert [each.method for each in server.requests[before:]] == ["PUT", "PUT", "GET"]  # what is new is not listed
    report = made.upload_dir(folder, if_exists="skip_if_same", links="skip")
    assert (report.size, len(report.skipped)) == (0, len(PLAIN))
    assert len(made.upload_dir(folder, overwrite=True).moved) == len(PLAIN)
    with pytest.raises(InvalidValueError, match="contradict"):
        made.upload_dir(folder, overwrite=True, if_exists="skip")
    with pytest.raises(InvalidValueError, match="if_exists= is one of"):
        made.upload_dir(folder, if_exists="perhaps")  # type: ignore[arg-type]


def test_the_policy_of_retries_is_used(server: Emulator, connection: xnat_sdk.XnatSession, uri: str, folder: Path):
    server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/*", nth=3, count=1))
    before = len(server.requests)
    options = TransferOptions(strategy="files", retry=QUICK)
    Upload(asked(connection), uri, options=options).run(folder)
    assert sorted(writes(server, before)) == [200] * len(PLAIN) + [503]  # the failed one alone is sent again
    assert held(connection, uri) == md5s(PLAIN)
