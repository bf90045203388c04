"""Objects of imports, counted by series here and on the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from contract.imaging import dicom, study, written
from transfers.importing import numbers, send, state_files

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.errors import (
    IncompleteTransferError,
    UnexpectedAnswerError,
)
from xnat_runtime.transfers.dicom_files import find_series
from xnat_runtime.transfers.import_counts import ServerScan, compared, counted_by, received_scans, require_all
from xnat_runtime.transfers.import_gradual import server_scans
from xnat_runtime.transfers.upload_plan import planned
from xnat_sdk import XnatSession, connect


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


def test_a_session_that_has_less_is_not_archived(server: Emulator, session: XnatSession, folder: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "xnat_runtime.transfers.import_gradual.received_scans", lambda _session, _uri: [ServerScan("1", "", 3)]
        )
        with pytest.raises(IncompleteTransferError, match="has 3 objects"):
            send(session, folder, destination="/archive")
    assert len(session.projects["P"].sessions) == 0
    assert len(state_files(folder)) == 1
    again = send(session, folder, destination="/archive")
    assert (len(again.moved), len(again.skipped)) == (0, 12)


def test_without_verification_nothing_is_counted(server: Emulator, session: XnatSession, folder: Path):
    report = send(session, folder, verify=False, destination="/archive")
    assert (report.counted, report.series) == ("unverified", ())
    assert not any(one.path.endswith("/resources") for one in server.requests)


def test_a_folder_as_an_archive_is_counted_too(session: XnatSession, folder: Path, monkeypatch: pytest.MonkeyPatch):
    assert numbers(session.services.import_dir(folder, project="P", destination="/archive")) == {"1": 4, "2": 4, "3": 4}
    monkeypatch.setattr(
        "xnat_runtime.transfers.import_settled.server_scans", lambda _session, _made: [ServerScan("1", "", 3)]
    )
    with pytest.raises(IncompleteTransferError, match="verify=False"):
        session.services.import_dir(folder, project="P", experiment="F", destination="/archive")
    session.services.import_dir(folder, project="P", experiment="G", destination="/archive", verify=False)


def two_studies(place: Path) -> Path:
    files = {
        f"{uid}/{name}": data
        for uid, patient in (("1.2.1", "A"), ("1.2.2", "B"))
        for name, data in study(uid=uid, PatientID=patient, scans=2, files=3).items()
    }
    return written(place, files)


def test_a_folder_of_several_studies_is_counted_study_by_study(
    session: XnatSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = two_studies(tmp_path / "two")
    asked: list[tuple[int, int]] = []

    def remembered(series, scans):
        asked.append((len(series), len(scans)))
        return compared(series, scans)

    monkeypatch.setattr("xnat_runtime.transfers.import_settled.compared", remembered)
    made = session.services.import_dir_all(folder, project="P", destination="/prearchive")
    assert (len(made), asked) == (2, [(2, 2), (2, 2)])
    with pytest.raises(UnexpectedAnswerError, match="became 2 sessions"):
        session.services.import_dir(folder, project="P", destination="/prearchive")
    assert len(asked) == 4


def test_a_study_of_several_that_has_less_is_told(
    session: XnatSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def short(connection, made):
        scans = server_scans(connection, made)
        assert scans is not None
        return [attrs.evolve(scan, files=2) if made.tag == "1.2.2" and scan.id == "2" else scan for scan in scans]

    monkeypatch.setattr("xnat_runtime.transfers.import_settled.server_scans", short)
    with pytest.raises(IncompleteTransferError, match="has 2 objects of series 1\\.2\\.2\\.2, and 3 were sent"):
        session.services.import_dir_all(two_studies(tmp_path / "two"), project="P", destination="/prearchive")


@pytest.mark.parametrize("is_short", [False, True])
def test_studies_whose_uids_were_changed_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_short: bool
):
    def short(connection, made):
        scans = server_scans(connection, made)
        assert scans is not None
        return scans[:-1]

    folder = two_studies(tmp_path / "two")
    with xnat_emulator.start(mode=xnat_emulator.Mode(anonymise=True)) as site:
        site.build.project("P")
        with connect(site.url, site.user, site.password) as session:
            if is_short:
                monkeypatch.setattr("xnat_runtime.transfers.import_settled.server_scans", short)
                with pytest.raises(IncompleteTransferError):
                    session.services.import_dir_all(folder, project="P", destination="/prearchive")
            else:
                assert len(session.services.import_dir_all(folder, project="P", destination="/prearchive")) == 2


def test_a_folder_with_names_that_no_resource_keeps_is_imported_and_counted(session: XnatSession, folder: Path):
    (folder / "scan1/1.dcm").rename(folder / "scan1/1\\a.dcm")
    assert numbers(session.services.import_dir(folder, project="P", destination="/archive")) == {"1": 4, "2": 4, "3": 4}


def test_several_sessions_are_counted_no_better_than_the_worst(
    session: XnatSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def blind(connection, uri):
        scans = received_scans(connection, uri)
        return [attrs.evolve(scan, id=f"x{scan.id}") for scan in scans or ()] if "/A" in uri else scans

    monkeypatch.setattr("xnat_runtime.transfers.import_gradual.received_scans", blind)
    report = send(session, two_studies(tmp_path / "two"), experiment=None, destination="/prearchive")
    assert (len(report.sessions), report.counted) == (2, "total")
    assert sorted((one.sent, one.found) for one in report.series) == [(3, 3), (3, 3), (6, 6)]
    monkeypatch.setattr(
        "xnat_runtime.transfers.import_gradual.received_scans",
        lambda connection, uri: None if "/A" in uri else received_scans(connection, uri),
    )
    again = send(session, two_studies(tmp_path / "three"), experiment=None, destination="/prearchive")
    assert again.counted == "unverified"


def test_counts_of_an_anonymised_site_are_by_number(tmp_path: Path):
    folder = written(tmp_path / "study", study(scans=2, files=3))
    with xnat_emulator.start(mode=xnat_emulator.Mode(anonymise=True)) as site:
        site.build.project("P")
        with connect(site.url, site.user, site.password) as session:
            report = send(session, folder, destination="/archive")
            assert report.counted == "series"
            assert [(one.scans, one.sent, one.found) for one in report.series] == [(("1",), 3, 3), (("2",), 3, 3)]
            made = session.services.import_dir(folder, project="P", experiment="F", destination="/archive")
            assert numbers(made) == {"1": 3, "2": 3}


def test_counts_follow_what_servers_make_of_numbers(tmp_path: Path):
    files = {
        f"{uid}-{n}.dcm": dicom(n, SeriesInstanceUID=uid, SOPInstanceUID=f"{uid}.{n}")
        for uid in ("7.1", "7.2")
        for n in (1, 2)
    }
    series = find_series(planned(written(tmp_path / "s", files), "files")[0]).series
    renamed = compared(series, [ServerScan("1-MR1", "", 2), ServerScan("1-MR2", "", 2)])
    assert [(one.scans, one.sent, one.found) for one in renamed] == [(("1-MR1", "1-MR2"), 4, 4)]
    known = compared(series, [ServerScan("9", "7.1", 2), ServerScan("8", "7.2", 5)])
    assert [(one.scans, one.found) for one in known] == [(("9",), 2), (("8",), 5)]
    require_all(known, "it")  # more were there before
    blank = compared(series, [ServerScan("1", "", None)])
    assert counted_by(blank, series) == "unverified"
    with pytest.raises(IncompleteTransferError):
        require_all(compared(series, [ServerScan("1", "", 3)]), "it")


def test_counts_of_renumbered_scans_are_of_all_together(tmp_path: Path):
    series = find_series(planned(written(tmp_path / "s", study(scans=2)), "files")[0]).series
    counts = compared(series, [ServerScan("a", "", 2), ServerScan("b", "", 2)])
    assert [(one.sent, one.found) for one in counts] == [(4, 4)]
    assert counted_by(counts, series) == "total"
