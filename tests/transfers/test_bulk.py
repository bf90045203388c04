"""The files of many objects in one folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import InvalidValueError, TargetExistsError, UnsafeNameError
from xnat_runtime.transfers.manifest import read_manifest
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import MrSessionData


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def session(demo: Emulator) -> Iterator[XnatSession]:
    demo.faults.clear()
    with connect(demo.url, demo.user, demo.password) as connection:
        yield connection


def digests(folder: Path) -> set[str]:
    return {hashlib.md5(path.read_bytes()).hexdigest() for path in folder.rglob("*.dcm")}


def expected(session: XnatSession, items) -> set[str]:
    return {file.digest for item in items for scan in item.scans for file in scan.files if file.path.endswith(".dcm")}


def test_a_query_into_a_folder(session, tmp_path):
    query = session.query(MrSessionData, MrSessionData.project == "sandbox")
    report = session.download(query, tmp_path / "data")
    assert digests(tmp_path / "data") == expected(session, query)
    assert report.verified == "md5"
    assert not report.failed


def test_a_listing_into_a_folder_with_its_manifest(session, tmp_path):
    report = session.download(session.projects["sandbox"].sessions, tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {
        "test001_MR", "ANONYMIZ", "Brain-0001_MR", "Brain-0002_MR", "TEST01_CT",
    }  # fmt: skip
    assert len(read_manifest(tmp_path).files) == len(report.moved)


def test_any_iterable_of_objects_each_once(session, tmp_path):
    scans = session.projects["sandbox"].sessions["test001_MR"].scans
    report = session.download((scan for scan in [scans["1"], scans["3"], scans["1"]]), tmp_path)
    assert len(report.moved) == 13


def test_a_layout_for_many(session, tmp_path):
    items = session.projects["sandbox"].sessions.of_type(MrSessionData)
    session.download(items, tmp_path, layout="{project}/{subject}/{session}/{scan}/{name}")
    assert (tmp_path / "sandbox" / "test001" / "test001_MR" / "1").is_dir()


def test_a_second_run_moves_nothing(session, tmp_path):
    items = list(session.projects["sandbox"].sessions)
    first = session.download(items, tmp_path)
    again = session.download(items, tmp_path)
    assert (len(again.moved), len(again.skipped)) == (0, len(first.moved))


def test_one_journal_and_an_interrupted_run_goes_on(session, demo, tmp_path):
    items = list(session.projects["sandbox"].sessions)
    options = TransferOptions(retry=NEVER, strategy="files", failures="report", workers=2)
    demo.faults.add(Fault(faults.Drop(after=100), path="*/files/*.dcm", count=3))
    first = session.download(items, tmp_path, options=options)
    assert len(first.failed) == 3
    assert len([path for path in tmp_path.iterdir() if path.name.startswith(".xnat-transfer")]) == 1
    demo.faults.clear()
    second = session.download(items, tmp_path, options=options)
    assert len(second.moved) == 3
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".xnat-transfer")]


def test_requests_are_bounded_by_the_items(session, demo, tmp_path):
    items = list(session.projects["sandbox"].sessions)
    before = len(demo.requests)
    session.download(items, tmp_path, options=TransferOptions(strategy="archive"))
    # Table of files, archive and table of scans for each; the subjects of all for the manifest.
    assert len(demo.requests) - before <= 3 * len(items) + 1


def test_files_with_other_bytes_are_kept(session, tmp_path):
    items = [session.projects["sandbox"].sessions["test001_MR"]]
    report = session.download(items, tmp_path)
    report.moved[0].path.write_bytes(b"mine")
    with pytest.raises(TargetExistsError):
        session.download(items, tmp_path)
    assert report.moved[0].path.read_bytes() == b"mine"
    session.download(items, tmp_path, overwrite=True)
    assert report.moved[0].path.read_bytes() != b"mine"


def test_files_that_would_meet_are_not_written_over_each_other(session, tmp_path):
    scans = session.projects["sandbox"].sessions["test001_MR"].scans
    resource = scans["1"].create_resource("SAME")
    other = scans["3"].create_resource("SAME")
    try:
        for each, content in ((resource, b"one"), (other, b"two")):
            each.upload_data(content, "same.txt")
        with pytest.raises(UnsafeNameError):
            session.download([resource, other], tmp_path, layout="flat", options=TransferOptions(workers=1))
        assert (tmp_path / "same.txt").read_bytes() == b"one"
    finally:
        resource.delete(remove_files=True)
        other.delete(remove_files=True)


def test_options_of_single_paths_are_refused(session, tmp_path):
    with pytest.raises(InvalidValueError, match="single path"):
        session.download(session.projects, tmp_path, format="zip")  # type: ignore[call-overload]


def test_what_is_no_object_is_refused(session, tmp_path):
    with pytest.raises(InvalidValueError, match="not int"):
        session.download([1], tmp_path)  # type: ignore[list-item]


def test_objects_of_another_connection_are_refused(session, demo, tmp_path):
    with connect(demo.url, demo.user, demo.password) as other, pytest.raises(InvalidValueError, match="another"):
        session.download(other.projects["sandbox"].sessions, tmp_path)


def test_a_path_still_goes_to_a_file(session, tmp_path):
    result = session.download("/data/projects/sandbox/resources/documents/files/README.txt", tmp_path / "r.txt")
    assert result.size == 27


def test_what_lies_in_another_of_the_items_travels_with_that(session, demo, tmp_path):
    imaging = session.projects["sandbox"].sessions["test001_MR"]
    scan = imaging.scans["1"]
    alone = session.download([imaging], tmp_path / "alone")
    report = session.download([scan.resources["DICOM"], scan, imaging], tmp_path / "both")
    assert [file.uri for file in report.files] == [file.uri for file in alone.files]
    assert len(session.download([scan.resources["DICOM"], scan], tmp_path / "scan").files) == 3
    assert len(session.download([imaging.resources["QC"], scan], tmp_path / "two").files) == 4
