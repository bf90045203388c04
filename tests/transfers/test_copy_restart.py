"""Copies that end at any request: run again, everything is there once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from transfers.copying import Killed, documents_of, killed_at, tree_of, writes

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.transfers.copy_project import ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import SubjectData

BYTES = {"Content-Type": "application/octet-stream"}
AT_MOST = 120


@pytest.fixture(scope="module")
def source() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        with connect(server.url, server.user, server.password) as session:
            _fill(session)
        yield server


@pytest.fixture(scope="module")
def here(source: Emulator) -> Iterator[XnatSession]:
    with connect(source.url, source.user, source.password) as session:
        yield session


@pytest.fixture(scope="module")
def target() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture(scope="module")
def there(target: Emulator) -> Iterator[XnatSession]:
    with connect(target.url, target.user, target.password) as session:
        session.put("/data/projects/friends")
        yield session


def _fill(session: XnatSession) -> None:
    """One of each: demographics, custom fields, a variable, a scan, an assessor, resources at every level, a share."""
    for project in ("P", "friends"):
        session.put(f"/data/projects/{project}")
    session.put("/data/projects/P/subjects/s", query={"gender": "female", "yob": "1980"})
    uri = "/data/projects/P/subjects/s/experiments/mr"
    session.put(uri, query={"xsiType": "xnat:mrSessionData", "note": "kept"})
    session.put(f"{uri}/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
    session.put(f"{uri}/assessors/qc", query={"xsiType": "xnat:qcManualAssessorData"})
    session.put("/data/projects/P/subjects/s/projects/friends", query={"label": "guest"})
    session.projects["P"].subjects["s"].custom_fields["arm"] = "left"
    session.projects["P"].variable_definitions.define(SubjectData, "diagnosis", group="default")
    for path, count in (
        ("/data/projects/P/resources/docs", 1),
        ("/data/projects/P/subjects/s/resources/notes", 1),
        (f"{uri}/scans/1/resources/DICOM", 5),
        (f"{uri}/assessors/qc/resources/REPORT", 1),
    ):
        for number in range(count):
            query = {"inbody": "true"}
            session.put(f"{path}/files/{number}.bin", data=b"x" * (number + 1), query=query, headers=BYTES)


def _copy(here: XnatSession, there: XnatSession, name: str, folder: Path) -> ProjectCopy:
    return ProjectCopy(
        here, "P", there, name, name=f"Copy {name}", state=folder, options=TransferOptions(workers=1, retry=NEVER)
    )  # fmt: skip


@cache
def _wanted(here: XnatSession) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    return documents_of(here, "P"), tree_of(here, "P")


def _check(here: XnatSession, there: XnatSession, name: str) -> None:
    wanted, files = _wanted(here)
    found = documents_of(there, name)
    assert {**found, "project": ""} == {**wanted, "project": ""}
    assert tree_of(there, name) == files
    assert dict(there.projects[name].subjects["s"].custom_fields) == {"arm": "left"}
    there.variable_definitions.forget(name)
    assert set(there.projects[name].variable_definitions.groups(SubjectData)["default"]) == {"diagnosis"}


def test_an_uninterrupted_copy_is_the_measure(here, there, tmp_path):
    report = _copy(here, there, "whole", tmp_path).run()
    _check(here, there, "whole")
    assert not report.left_out
    shares = there.get_json("/data/projects/whole/subjects/s/projects")["ResultSet"]["Result"]
    assert {row["ID"] for row in shares} == {"whole", "friends"}
    _forget(there, "whole")


@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "after the server did it"])
def test_a_copy_that_is_killed_at_any_request_goes_on_and_makes_each_item_once(
    here, there, target, tmp_path, monkeypatch, after
):
    """Each run is ended one request later than the one before, until one comes to its end."""
    for number in range(1, AT_MOST):
        name = f"k{number}{'a' if after else 'b'}"
        copy = _copy(here, there, name, tmp_path / name)
        at = len(target.requests)
        try:
            with killed_at(monkeypatch, number, after=after):
                copy.run()
        except Killed:
            copy.run()
        else:
            assert number > 25
            _forget(there, name)
            return
        _check(here, there, name)
        assert {unit: count for unit, count in writes(target.requests[at:]).items() if count > 1} == {}
        _forget(there, name)
    pytest.fail("the copy has no end")


def _forget(there: XnatSession, name: str) -> None:
    """Free the label of the share."""
    there.delete(f"/data/projects/{name}", query={"removeFiles": "true"})
