"""Copies of a project from server to server: everything goes along, nothing is written over."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from transfers.copying import documents_of, files_of, tree_of

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.errors import ConflictError, NotFoundError, UsageError
from xnat_runtime.transfers.copy_choice import CopyChoice
from xnat_runtime.transfers.copy_project import CopyConflictError, ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import MrSessionData, SubjectData

ONE = TransferOptions(workers=1)


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture(scope="module")
def here(demo: Emulator) -> Iterator[XnatSession]:
    with connect(demo.url, demo.user, demo.password) as session:
        yield session


@pytest.fixture
def empty() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def there(empty: Emulator) -> Iterator[XnatSession]:
    with connect(empty.url, empty.user, empty.password) as session:
        yield session


@pytest.fixture
def copy(here: XnatSession, there: XnatSession, tmp_path: Path) -> ProjectCopy:
    return ProjectCopy(here, "sandbox", there, "moved", state=tmp_path / "state", options=ONE)


def evolve(copy: ProjectCopy, **changes: object) -> ProjectCopy:
    import attrs

    return attrs.evolve(copy, **changes)


def test_the_copied_archive_has_the_same_documents_and_files(copy, here, there):
    report = copy.run()
    assert documents_of(there, "moved") == documents_of(here, "sandbox")
    assert tree_of(there, "moved") == tree_of(here, "sandbox")
    assert report.verified == "md5"
    assert len(report.moved) == 100
    assert not report.failed
    assert not report.left_out


def test_demographics_custom_variables_and_their_definitions_go_along(copy, there):
    copy.run()
    subject = there.projects["moved"].subjects["test001"]
    assert (str(subject.demographics.dob), subject.demographics.gender) == ("1980-01-31", "male")
    assert subject.fields["diagnosis"] == "healthy"
    groups = there.projects["moved"].variable_definitions.groups(SubjectData)
    assert groups["default"]["diagnosis"].options == ("healthy", "affected")


def test_custom_fields_go_along(copy, here, there):
    subject = here.projects["sandbox"].subjects["test001"]
    subject.custom_fields["arm"] = {"side": "left"}
    try:
        copy.run()
    finally:
        del subject.custom_fields["arm"]
    assert there.projects["moved"].subjects["test001"].custom_fields["arm"] == {"side": "left"}


def test_assessors_and_resources_at_every_level_go_along(copy, there):
    copy.run()
    imaging = there.projects["moved"].sessions["test001_MR"]
    assert [assessor.label for assessor in imaging.assessors] == ["test001_MR_QC"]
    found = files_of(there, imaging.uri, "?all=true")
    assert {"assessors", "reconstructions", "scans", "resources"} <= {
        part for name in found for part in name.split("/")
    }
    assert set(files_of(there, "/data/projects/moved")) == {
        "documents/files/README.txt",
        "documents/files/protocols/mr.csv",
    }


def test_format_and_content_of_resources_go_along(copy, here, there):
    copy.run()
    assert _resources(there, "moved") == _resources(here, "sandbox")


def _resources(session: XnatSession, project: str) -> list[tuple[str, ...]]:
    rows = session.get_json(f"{session.projects[project].sessions['test001_MR'].uri}/resources?all=true")
    names = ("label", "category", "format", "content", "tags", "file_count")
    return sorted(tuple(row[name] for name in names) for row in rows["ResultSet"]["Result"])


def test_the_plan_is_printed_and_writes_nothing(copy, demo, empty, tmp_path):
    before, at = len(demo.requests), len(empty.requests)
    plan = copy.plan()
    assert "To make: 5 subjects, 5 experiments" in str(plan)
    assert [item.label for item in plan.of("subject")][:1] == ["test001"]
    assert len(demo.requests) - before == 3
    assert {record.method for record in empty.requests[at:]} == {"GET"}
    assert not (tmp_path / "state").exists()


def test_a_project_that_exists_is_a_conflict(copy, there):
    there.put("/data/projects/moved")
    with pytest.raises(CopyConflictError, match="project moved: exists") as caught:
        copy.run()
    assert [each.kind for each in caught.value.plan.conflicts] == ["project"]
    assert not list(there.projects["moved"].subjects)


def test_a_subject_and_an_experiment_that_exist_are_conflicts_and_nothing_is_written(copy, there, empty):
    there.put("/data/projects/moved")
    there.put("/data/projects/moved/subjects/test001")
    there.put("/data/projects/moved/subjects/test001/experiments/test001_MR?xsiType=xnat:mrSessionData")
    at = len(empty.requests)
    plan = copy.plan()
    assert [(each.kind, each.label) for each in plan.conflicts] == [
        ("project", "moved"), ("subject", "test001"), ("experiment", "test001_MR"),
    ]  # fmt: skip
    with pytest.raises(CopyConflictError):
        copy.run()
    assert {record.method for record in empty.requests[at:]} == {"GET"}


def test_an_experiment_of_another_type_is_a_conflict_even_when_the_rest_is_skipped(copy, there):
    there.put("/data/projects/moved")
    there.put("/data/projects/moved/subjects/test001")
    there.put("/data/projects/moved/subjects/test001/experiments/test001_MR?xsiType=xnat:ctSessionData")
    with pytest.raises(CopyConflictError, match="is of type xnat:ctSessionData on the target"):
        evolve(copy, if_there="skip").run()


def test_items_that_exist_are_left_as_they_are_when_asked_to(copy, there):
    there.put("/data/projects/moved")
    there.put("/data/projects/moved/subjects/test001?gender=female")
    there.put("/data/projects/moved/subjects/test001/experiments/test001_MR?xsiType=xnat:mrSessionData")
    report = evolve(copy, if_there="skip").run()
    project = there.projects["moved"]
    assert project.subjects["test001"].demographics.gender == "female"
    assert len(project.sessions["test001_MR"].scans) == 0
    assert len(project.sessions["ANONYMIZ"].scans) == 2
    assert len(project.subjects) == 5
    assert not report.failed


def test_a_file_with_other_bytes_is_reported_and_not_written_over(copy, there):
    copy.run()
    base = "/data/projects/moved/resources/documents/files/README.txt"
    there.put(base, data=b"changed here", query={"overwrite": "true", "inbody": "true"}, headers=_BYTES)
    with pytest.raises(ConflictError, match="other bytes"):
        copy.run()
    report = evolve(copy, options=TransferOptions(workers=1, failures="report")).run()
    assert [failure.name for failure in report.failed] == [base]
    assert there.get(base).content == b"changed here"


_BYTES = {"Content-Type": "application/octet-stream"}


def test_a_copy_onto_itself_is_refused(here, tmp_path):
    with pytest.raises(UsageError, match="cannot be copied to itself"):
        ProjectCopy(here, "sandbox", here, "sandbox", state=tmp_path).plan()


def test_a_project_that_is_not_there_is_named(here, there, tmp_path):
    with pytest.raises(NotFoundError, match="no project nowhere"):
        ProjectCopy(here, "nowhere", there, "moved", state=tmp_path).plan()


def test_filters_by_data_type_scan_type_resource_and_subject(copy, there):
    choice = CopyChoice(subjects=["test*"], types=[MrSessionData], scan_types=["T1"], resources=["DICOM", "QC"])
    evolve(copy, choice=choice).run()
    project = there.projects["moved"]
    assert [subject.label for subject in project.subjects] == ["test001"]
    imaging = project.sessions["test001_MR"]
    assert [scan.type for scan in imaging.scans] == ["T1"]
    assert not list(imaging.assessors)
    assert {name.rpartition("/files/")[0] for name in files_of(there, imaging.uri, "?all=true")} == {
        "ID/scans/2/resources/DICOM", "ID/resources/QC",
    }  # fmt: skip


def test_filters_by_the_text_of_a_data_type(copy, there):
    evolve(copy, choice=CopyChoice(types=["xnat:ct*"], resources=["nothing"])).run()
    assert [each.label for each in there.projects["moved"].experiments] == ["TEST01_CT"]


def test_the_journal_is_the_map_of_ids_and_readable_by_its_owner_only(copy, there):
    report = copy.run()
    lines = report.state.read_text().splitlines()
    assert stat.S_IMODE(report.state.stat().st_mode) == 0o600
    assert len(lines) > 20
    imaging = there.projects["moved"].sessions["ANONYMIZ"]
    assert report.ids["experiment XNAT_E00002"] == imaging.id
    assert {key.partition(" ")[0] for key in report.ids} == {"project", "subject", "experiment", "assessor"}
    # No values of fields, which may describe a patient, and no passwords.
    assert "1980-01-31" not in report.state.read_text()
    assert "healthy" not in report.state.read_text()


def test_a_second_run_moves_nothing_and_a_new_session_is_added(copy, here, there, demo):
    copy.run()
    again = copy.run()
    assert (len(again.moved), len(again.skipped)) == (0, 100)
    uri = "/data/projects/sandbox/subjects/test001/experiments/later_MR"
    here.put(uri, query={"xsiType": "xnat:mrSessionData"})
    try:
        copy.run()
    finally:
        here.delete(uri, query={"removeFiles": "true"})
    assert "later_MR" in there.projects["moved"].experiments


def test_requests_are_bounded_per_item(copy, demo, empty):
    before, at = len(demo.requests), len(empty.requests)
    report = copy.run()
    subjects, experiments, assessors, scans, resources = 5, 5, 1, 11, 17
    reads = len(demo.requests) - before
    # A plan of 3, the project's 3 and its variables; document, fields and two tables an item; fields of scans; files.
    assert reads <= 9 + 4 * subjects + 4 * experiments + 4 * assessors + scans + len(report.moved)
    # A plan of 2, the project and its variables; a POST an item; two requests a resource and one a file at most.
    sent = [record for record in empty.requests[at:] if "/files" not in record.path]
    assert len(sent) <= 9 + subjects + experiments + assessors + resources


def test_empty_files_and_odd_names_arrive(copy, here, there):
    base = "/data/projects/sandbox/subjects/test001/resources/odd/files"
    imaging = here.projects["sandbox"].subjects["test001"]
    resource = imaging.create_resource("odd")
    try:
        for name, content in {"empty.txt": b"", "a b/c+d%20.txt": b"x", "ümlaut.txt": b"y"}.items():
            resource.upload_data(content, name)
        report = copy.run()
        assert files_of(there, base.replace("sandbox", "moved").removesuffix("/resources/odd/files")) == files_of(
            here, base.removesuffix("/resources/odd/files")
        )
        assert not report.failed
    finally:
        resource.delete(remove_files=True)
