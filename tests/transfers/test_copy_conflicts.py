"""Names that are taken on the target are lines of the plan: nothing is refused midway, also on the same server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
from transfers.copying import Killed, documents_of, killed_at, tree_of

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.transfers.copy_choice import CopyChoice
from xnat_runtime.transfers.copy_project import CopyConflictError, ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import XnatSession, connect

BYTES = {"Content-Type": "application/octet-stream"}
XML = {"Content-Type": "text/xml"}
ONE = TransferOptions(workers=1)
BASE = "/data/projects/P/subjects/s/experiments"


@pytest.fixture
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as emulator:
        yield emulator


@pytest.fixture
def here(server: Emulator) -> Iterator[XnatSession]:
    with connect(server.url, server.user, server.password) as session:
        _project(session, "P", "The project", "old-name")
        fill(session)
        yield session


@pytest.fixture
def there() -> Iterator[XnatSession]:
    with xnat_emulator.start() as server, connect(server.url, server.user, server.password) as session:
        yield session


def _project(session: XnatSession, identity: str, name: str, alias: str) -> None:
    body = (
        f'<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" ID="{identity}" secondary_ID="{identity}-short">'
        f"<xnat:name>{name}</xnat:name><xnat:aliases><xnat:alias>{alias}</xnat:alias></xnat:aliases></xnat:Project>"
    )
    session.post("/data/projects", data=body.encode(), headers=XML)


def fill(session: XnatSession) -> None:
    """A session with a scan, an assessor, a reconstruction, and a file of each."""
    session.put("/data/projects/P/subjects/s")
    session.put(f"{BASE}/mr", query={"xsiType": "xnat:mrSessionData"})
    session.put(f"{BASE}/mr/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
    session.put(f"{BASE}/mr/assessors/qc", query={"xsiType": "xnat:qcManualAssessorData"})
    session.put(f"{BASE}/mr/reconstructions/r1", query={"type": "mask"})
    for path in ("scans/1", "assessors/qc", "reconstructions/r1"):
        session.put(f"{BASE}/mr/{path}/resources/R/files/a.bin", data=b"x", query={"inbody": "true"}, headers=BYTES)


def copy_to(here: XnatSession, there: XnatSession, folder: Path, name: str = "") -> ProjectCopy:
    return ProjectCopy(here, "P", there, "Q", name=name, state=folder, options=ONE)


def test_a_copy_on_the_same_server_goes_along_once_it_has_a_name(here, tmp_path):
    with pytest.raises(CopyConflictError, match=r"its name 'The project' is taken by project P; give name= another"):
        copy_to(here, here, tmp_path).run()
    assert "Q" not in here.projects
    before = documents_of(here, "P"), tree_of(here, "P")
    report = copy_to(here, here, tmp_path, "The copy").run()
    assert [(each.name, each.reason) for each in report.left_out] == [("alias old-name", "it is taken by project P")]
    assert (documents_of(here, "P"), tree_of(here, "P")) == before
    assert tree_of(here, "Q")["mr"] == before[1]["mr"]


@pytest.mark.parametrize(
    ("identity", "name", "reason"),
    [
        ("q", "other", "its ID 'Q' is taken by project q; give project_id= another"),
        ("other", "THE PROJECT", "its name 'The project' is taken by project other; give name= another"),
    ],
)
def test_names_count_whatever_their_case(here, there, tmp_path, identity, name, reason):
    _project(there, identity, name, "another")
    plan = copy_to(here, there, tmp_path).plan()
    assert [(each.kind, each.reason) for each in plan.conflicts] == [("project", reason)]


def test_an_id_that_is_an_alias_of_another_project_is_a_conflict(here, there, tmp_path):
    _project(there, "other", "Other", "q")
    plan = copy_to(here, there, tmp_path).plan()
    assert [each.reason for each in plan.conflicts] == [
        "its ID 'Q' is taken by project other; give project_id= another"
    ]


def test_a_copy_goes_on_although_its_own_name_is_there_by_now(here, there, tmp_path, monkeypatch):
    with killed_at(monkeypatch, 12, after=True), pytest.raises(Killed):
        copy_to(here, there, tmp_path).run()
    assert "Q" in there.projects
    assert not copy_to(here, there, tmp_path).run().failed


def _taken(there: XnatSession, label: str, kind: str) -> None:
    there.put("/data/projects/Q")
    there.put("/data/projects/Q/subjects/other")
    base = "/data/projects/Q/subjects/other/experiments"
    there.put(f"{base}/{label if kind == 'session' else 'host'}", query={"xsiType": "xnat:mrSessionData"})
    if kind == "assessor":
        there.put(f"{base}/host/assessors/{label}", query={"xsiType": "xnat:qcManualAssessorData"})


@pytest.mark.parametrize(
    ("label", "kind", "told"),
    [
        ("qc", "session", ("assessor", "the target has an experiment of this label")),
        ("qc", "assessor", ("assessor", "the target has an experiment of this label")),
        ("mr", "assessor", ("experiment", "an assessor on the target has this label")),
    ],
)
def test_labels_of_assessors_that_are_taken_are_lines_of_the_plan(here, there, tmp_path, label, kind, told):
    _taken(there, label, kind)
    copy = attrs.evolve(copy_to(here, there, tmp_path), if_there="skip")
    assert [(each.kind, each.reason) for each in copy.plan().conflicts] == [told]
    with pytest.raises(CopyConflictError):
        copy.run()
    assert "s" not in there.projects["Q"].subjects


def test_assessors_that_are_not_chosen_are_in_nobodys_way(here, there, tmp_path):
    _taken(there, "qc", "session")
    copy = attrs.evolve(
        copy_to(here, there, tmp_path), if_there="skip", choice=CopyChoice(types=["xnat:mrSessionData"])
    )
    assert not copy.plan().conflicts
    assert not copy.run().failed


def test_a_conflict_is_not_mistaken_for_something_of_another_kind_and_the_same_label(
    here, there, tmp_path, monkeypatch
):
    """The subject x was made by the copy before it was interrupted; the experiment x is somebody else's."""
    here.put("/data/projects/P/subjects/x")
    here.put("/data/projects/P/subjects/x/experiments/x", query={"xsiType": "xnat:mrSessionData"})
    copy = copy_to(here, there, tmp_path)
    for number in range(8, 60):
        with killed_at(monkeypatch, number, after=True), suppress(Killed):
            copy.run()
        if "Q" in there.projects and "x" in there.projects["Q"].subjects:
            break
    assert "x" not in there.projects["Q"].experiments
    there.put("/data/projects/Q/subjects/theirs")
    there.put("/data/projects/Q/subjects/theirs/experiments/x", query={"xsiType": "xnat:mrSessionData"})
    with pytest.raises(CopyConflictError, match="experiment x: exists"):
        copy.run()
