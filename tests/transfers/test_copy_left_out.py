"""What a copy of a project cannot carry is told; what breaks on the way is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.errors import XnatError
from xnat_runtime.registry import Registry
from xnat_runtime.transfers.copy_project import ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_sdk import XnatSession, connect

BYTES = {"Content-Type": "application/octet-stream"}
SUBJECT = "/data/projects/P/subjects/s"
IMAGING = f"{SUBJECT}/experiments/mr"
QUICK = RetryPolicy(attempts=4, base=0.0)


@pytest.fixture
def source() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def here(source: Emulator) -> Iterator[XnatSession]:
    with connect(source.url, source.user, source.password) as session:
        for project in ("P", "friends"):
            session.put(f"/data/projects/{project}")
        session.put(SUBJECT)
        session.put(IMAGING, query={"xsiType": "xnat:mrSessionData"})
        session.put(f"{IMAGING}/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
        session.put(f"{IMAGING}/scans/2", query={"xsiType": "xnat:otherDicomScanData", "type": "T1"})
        yield session


@pytest.fixture
def target() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def there(target: Emulator) -> Iterator[XnatSession]:
    with connect(target.url, target.user, target.password) as session:
        yield session


@pytest.fixture
def copy(here: XnatSession, there: XnatSession, tmp_path: Path) -> ProjectCopy:
    return ProjectCopy(here, "P", there, "P", state=tmp_path, options=TransferOptions(workers=1, retry=QUICK))


def put(session: XnatSession, uri: str, content: bytes) -> None:
    session.put(uri, data=content, query={"inbody": "true"}, headers=BYTES)


def test_a_share_with_a_project_that_is_not_there_is_told(copy, here):
    here.put(f"{SUBJECT}/projects/friends", query={"label": "guest"})
    report = copy.run()
    assert [(each.name, each.reason) for each in report.left_out] == [
        ("share of subject s with friends", "the target has no project friends that you may see"),
    ]


def test_shares_go_to_the_projects_that_are_named(copy, here, there):
    here.put(f"{SUBJECT}/projects/friends", query={"label": "guest"})
    there.put("/data/projects/colleagues")
    report = attrs.evolve(copy, shares={"friends": "colleagues"}).run()
    assert not report.left_out
    assert [subject.label for subject in there.projects["colleagues"].subjects] == ["guest"]


def test_a_share_whose_label_is_taken_is_told(copy, here, there):
    here.put(f"{SUBJECT}/projects/friends", query={"label": "guest"})
    there.put("/data/projects/friends")
    there.put("/data/projects/friends/subjects/guest")
    assert [each.name for each in copy.run().left_out] == ["share of subject s with friends"]


def test_items_of_other_projects_that_are_shared_here_are_told(copy, here):
    here.put("/data/projects/friends/subjects/theirs")
    here.put("/data/projects/friends/subjects/theirs/experiments/their_mr", query={"xsiType": "xnat:mrSessionData"})
    here.put("/data/projects/friends/subjects/theirs/projects/P", query={"label": "theirs"})
    here.put("/data/projects/friends/experiments/their_mr/projects/P", query={"label": "their_mr"})
    report = copy.run()
    told = {each.name: each.reason for each in report.left_out}
    assert set(told) == {"subject theirs", "experiment their_mr"}
    assert not report.failed


def test_data_types_that_the_target_does_not_know_are_told(copy, here, there, monkeypatch):
    known = there.registry
    types = {name: entry for name, entry in known.types.items() if name != "xnat:otherDicomScanData"}
    lesser = Registry(package=known.package, namespaces=known.namespaces, types=types)
    monkeypatch.setattr(there, "_registry", lesser)
    here.put(f"{SUBJECT}/experiments/ct", query={"xsiType": "xnat:ctSessionData"})
    report = copy.run()
    assert [each.name for each in report.left_out] == ["scan 2 of mr"]
    assert "xnat:otherDicomScanData" in report.left_out[0].reason
    assert [scan.id for scan in there.projects["P"].sessions["mr"].scans] == ["1"]


def test_an_experiment_of_an_unknown_type_is_told_by_the_plan(copy, here, there, monkeypatch):
    known = there.registry
    types = {name: entry for name, entry in known.types.items() if name != "xnat:mrSessionData"}
    monkeypatch.setattr(there, "_registry", Registry(package=known.package, namespaces=known.namespaces, types=types))
    assert [each.name for each in copy.plan().left_out] == ["experiment mr"]


@pytest.mark.parametrize("size", [100, 5 << 20])
def test_a_file_that_breaks_on_the_way_comes_again_or_not_at_all(copy, here, there, source, size):
    put(here, f"{IMAGING}/scans/1/resources/DICOM/files/a.bin", b"x" * size)
    source.faults.add(Fault(faults.Drop(after=size // 2), path="*/files/a.bin", count=1))
    report = copy.run()
    assert [each.verified for each in report.moved] == ["md5"]
    uri = f"{there.projects['P'].sessions['mr'].uri}/scans/1/resources/DICOM/files/a.bin"
    assert there.get(uri).content == b"x" * size


def test_a_file_that_stays_broken_is_told_and_nothing_stands_in_its_place(copy, here, there, source):
    put(here, f"{IMAGING}/scans/1/resources/DICOM/files/a.bin", b"x" * 1000)
    source.faults.add(Fault(faults.Drop(after=500), path="*/files/a.bin", count=None))
    options = TransferOptions(workers=1, retry=NEVER, failures="report")
    report = attrs.evolve(copy, options=options).run()
    assert len(report.failed) == 1
    assert not list(there.projects["P"].sessions["mr"].scans["1"].files)
    source.faults.clear()
    assert len(copy.run().moved) == 1


@pytest.mark.parametrize("path", ["/data/projects", "*/subjects", "*/experiments", "*/files/*", "*/resources/DICOM"])
def test_a_lost_reply_makes_nothing_twice(copy, here, there, target, path):
    put(here, f"{IMAGING}/scans/1/resources/DICOM/files/a.bin", b"x" * 1000)
    target.faults.add(Fault(faults.LoseReply(), method="POST|PUT", path=path, count=1))
    report = copy.run()
    assert not report.failed
    assert [subject.label for subject in there.projects["P"].subjects] == ["s"]
    assert [each.label for each in there.projects["P"].experiments] == ["mr"]
    assert [file.path for file in there.projects["P"].sessions["mr"].scans["1"].files] == ["a.bin"]


def test_an_item_that_the_server_refuses_does_not_stop_the_others(copy, here, there, target):
    here.put("/data/projects/P/subjects/second")
    target.faults.add(Fault(faults.Unavailable(), method="POST", path="*/subjects", count=1))
    options = TransferOptions(workers=1, retry=NEVER)
    with pytest.raises(XnatError):
        attrs.evolve(copy, options=options).run()
    assert len(there.projects["P"].subjects) == 1
    copy.run()
    assert len(there.projects["P"].subjects) == 2
