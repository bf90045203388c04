"""Folders of DICOM files that go past the prearchive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.imaging import study, written
from transfers.importing import IMPORT, numbers, send, sent, state_files

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import (
    ConflictError,
    InvalidValueError,
    OperationFailedError,
    PermissionDeniedError,
    ServerError,
)
from xnat_runtime.import_results import DirectArchiveSession
from xnat_runtime.transfers.dicom_files import find_series
from xnat_runtime.transfers.gradual_send import GradualSender
from xnat_runtime.transfers.upload_plan import planned
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import ExperimentData


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    running.build.project("P")
    return running


@pytest.fixture
def session(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as connection:
        server.requests.clear()
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "study", study(scans=3, files=4))


def test_files_go_past_the_prearchive_where_that_is_wanted(server: Emulator, session: XnatSession, folder: Path):
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert sent(server) == 12
    assert all(moved.uri.startswith("/xapi/direct-archive/P/") for moved in report.moved)
    assert (report.counted, [(one.sent, one.found) for one in report.series]) == ("series", [(4, 4)] * 3)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert session.prearchive.sessions(allow_receiving=True) == []
    assert not state_files(folder)


def test_what_is_on_its_way_into_the_archive_waits_without_a_destination(session: XnatSession, folder: Path):
    report = send(session, folder, direct_archive=True)
    (held,) = report.sessions
    assert isinstance(held, DirectArchiveSession)
    assert (report.counted, held.exists(), held.archived()) == ("unverified", True, None)
    made = held.archive()
    assert numbers(made) == {"1": 4, "2": 4, "3": 4}
    assert (held.exists(), held.archived()) == (False, made)


def test_two_contrary_places_are_refused(server: Emulator, session: XnatSession, folder: Path):
    with pytest.raises(InvalidValueError, match="goes past the prearchive"):
        send(session, folder, destination="/prearchive", direct_archive=True)
    assert sent(server) == 0


def test_where_the_session_exists_the_server_takes_the_prearchive(session: XnatSession, folder: Path):
    send(session, folder, destination="/archive")
    with pytest.raises(ConflictError):
        send(session, folder, destination="/archive", direct_archive=True)
    assert [one.status for one in session.prearchive.sessions("P")] == ["CONFLICT"]
    assert len(session.projects["P"].sessions) == 1


@pytest.mark.parametrize("how", ["504", "reset", "close"])
@pytest.mark.parametrize("nth", [1, 2, 6])
def test_a_lost_reply_past_the_prearchive_leaves_one_file(
    server: Emulator, session: XnatSession, folder: Path, how: str, nth: int
):
    server.faults.add(Fault(faults.LoseReply(how), path=IMPORT, nth=nth, count=1))  # type: ignore[arg-type]
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert len(session.projects["P"].sessions) == 1


@pytest.mark.parametrize("how", ["504", "reset", "close"])
def test_the_end_past_the_prearchive_happens_once(server: Emulator, session: XnatSession, folder: Path, how: str):
    server.faults.add(Fault(faults.LoseReply(how), method="POST", path="/xapi/direct-archive/*"))  # type: ignore[arg-type]
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
    assert sum(one.path.startswith("/xapi/direct") and one.method == "POST" for one in server.requests) == 1


def test_a_lost_file_of_a_session_that_went_on_is_not_sent_again(server: Emulator, session: XnatSession, folder: Path):
    """The rest of the session would become a second one."""
    sender = GradualSender(session, {"project": "P", "experiment": "E"}, direct_archive=True)
    first, second, *_ = find_series(planned(folder, "files")[0]).series[0].instances
    (held,) = {sender.send(first), sender.send(second)}
    sender.look(second)
    DirectArchiveSession[ExperimentData](session, held).archive()
    with pytest.raises(OperationFailedError, match="waits no longer"):
        sender.look(second)


def test_an_import_past_the_prearchive_goes_on(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=7))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1, direct_archive=True)
    server.faults.clear()
    server.requests.clear()
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert (sent(server), len(report.moved), len(report.skipped)) == (6, 6, 6)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}


def test_a_session_past_the_prearchive_that_is_gone_is_sent_anew(server: Emulator, session: XnatSession, folder: Path):
    server.faults.add(Fault(faults.Unavailable(status=403), method="POST", path=IMPORT, nth=7))
    with pytest.raises(PermissionDeniedError):
        send(session, folder, workers=1, direct_archive=True)
    server.faults.clear()
    for held in session.prearchive.sessions("P", allow_receiving=True):  # the embedded server keeps them there
        held.delete()
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert (len(report.moved), len(report.skipped)) == (12, 0)


def test_a_lost_connection_at_the_end_past_the_prearchive_sends_nothing_again(
    server: Emulator, session: XnatSession, folder: Path
):
    server.faults.add(Fault(faults.Unavailable(status=500), method="POST", path="/xapi/direct-archive/*", count=1))
    with pytest.raises(ServerError):
        send(session, folder, destination="/archive", direct_archive=True)
    server.requests.clear()
    report = send(session, folder, destination="/archive", direct_archive=True)
    assert (sent(server), len(report.skipped)) == (0, 12)
    assert numbers(report.sessions[0]) == {"1": 4, "2": 4, "3": 4}
