"""Creating items of every kind by class and parent, and what exists already, on the embedded server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import xnat_emulator
import xnat_sdk
from xnat_sdk import ConflictError, InvalidValueError, UsageError, XnatSession, connect
from xnat_sdk.models import (
    CtScanData,
    CtSessionData,
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ResourceCatalog,
    SubjectData,
)


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    """A project with a subject S1, a session E1, its scan 1, its assessor A1, and a resource R on the session."""
    made = ProjectData(parent=session, id="P", description="first")
    imaging = MrSessionData(parent=SubjectData(parent=made, label="S1", initials="AB"), label="E1", note="first")
    MrScanData(parent=imaging, id="1", type="T1")
    QcManualAssessorData(parent=imaging, label="A1", note="first")
    imaging.create_resource("R", format="NIFTI")
    return made


def subject_of(project: ProjectData) -> SubjectData:
    return project.subjects["S1"]


def imaging_of(project: ProjectData) -> MrSessionData:
    found = subject_of(project).experiments["E1"]
    assert isinstance(found, MrSessionData)
    return found


def test_everything_is_created_by_class_and_parent(session: XnatSession, project: ProjectData) -> None:
    imaging = imaging_of(project)
    assert [each.id for each in session.projects] == ["P"]
    assert [each.label for each in project.subjects] == ["S1"]
    assert [type(each) for each in project.experiments] == [MrSessionData]
    assert [(type(each), each.id) for each in imaging.scans] == [(MrScanData, "1")]
    assert [(type(each), each.label) for each in imaging.assessors] == [(QcManualAssessorData, "A1")]
    assert [each.label for each in imaging.resources] == ["R"]
    ResourceCatalog(parent=project, label="DOCS")
    assert [each.label for each in project.resources] == ["DOCS"]


WRONG: list[Callable[[ProjectData], object]] = [
    lambda project: ProjectData(parent=project, id="Q"),  # type: ignore[arg-type]  # what is tested
    lambda project: SubjectData(parent=project.session, label="S2"),  # type: ignore[arg-type]  # what is tested
    lambda project: MrSessionData(parent=project, label="E2"),  # type: ignore[arg-type]  # what is tested
    lambda project: MrScanData(parent=subject_of(project), id="2"),  # type: ignore[arg-type]  # what is tested
    lambda project: QcManualAssessorData(parent=subject_of(project), label="A2"),  # type: ignore[arg-type]  # what is tested
    lambda project: ResourceCatalog(parent=project.session, label="R2"),  # type: ignore[arg-type]  # what is tested
]


@pytest.mark.parametrize("create", WRONG)
def test_a_wrong_parent_is_refused_before_anything_is_sent(
    empty: xnat_emulator.Emulator, project: ProjectData, create: Callable[[ProjectData], object]
) -> None:
    subject_of(project)
    before = [request for request in empty.requests if request.method != "GET"]
    with pytest.raises(InvalidValueError, match=r"\(parent=\.\.\.\) takes"):
        create(project)
    assert [request for request in empty.requests if request.method != "GET"] == before


AGAIN: dict[str, Callable[[ProjectData, bool], object]] = {
    "project": lambda project, ok: ProjectData(parent=project.parent, id="P", description="second", exist_ok=ok),
    "subject": lambda project, ok: SubjectData(parent=project, label="S1", initials="CD", exist_ok=ok),
    "session": lambda project, ok: MrSessionData(parent=subject_of(project), label="E1", note="second", exist_ok=ok),
    "scan": lambda project, ok: MrScanData(parent=imaging_of(project), id="1", type="T2", exist_ok=ok),
    "assessor": lambda project, ok: QcManualAssessorData(
        parent=imaging_of(project), label="A1", note="second", exist_ok=ok
    ),
    "resource": lambda project, ok: ResourceCatalog(parent=imaging_of(project), label="R", format="DICOM", exist_ok=ok),
    "create_resource": lambda project, ok: imaging_of(project).create_resource("R", format="DICOM", exist_ok=ok),
}
KEPT = {
    "project": ("description", "first"),
    "subject": ("initials", "AB"),
    "session": ("note", "first"),
    "scan": ("type", "T1"),
    "assessor": ("note", "first"),
    "resource": ("format", "NIFTI"),
    "create_resource": ("format", "NIFTI"),
}


@pytest.mark.parametrize("kind", AGAIN)
def test_what_exists_is_a_conflict_under_the_name_of_xnatpy(project: ProjectData, kind: str) -> None:
    with pytest.raises(xnat_sdk.exceptions.XNATObjectAlreadyExistsError) as caught:
        AGAIN[kind](project, False)
    assert isinstance(caught.value, ConflictError)


@pytest.mark.parametrize("kind", AGAIN)
def test_exist_ok_gives_what_exists_and_writes_nothing(session: XnatSession, project: ProjectData, kind: str) -> None:
    found = AGAIN[kind](project, True)
    name, value = KEPT[kind]
    assert getattr(found, name) == value
    again = AGAIN[kind](session.projects["P"], True)
    assert (again, getattr(again, name)) == (found, value)


def test_exist_ok_takes_one_request_for_new_items_and_two_for_others(
    empty: xnat_emulator.Emulator, project: ProjectData
) -> None:
    subject, imaging = subject_of(project), imaging_of(project)
    kept = (subject.uri, imaging.uri, imaging.id, imaging.project, subject.id)
    steps: list[Callable[[], object]] = [
        lambda: ProjectData(parent=project.parent, id="N", exist_ok=True),
        lambda: SubjectData(parent=project, label="N", exist_ok=True),
        lambda: MrSessionData(parent=subject, label="N", exist_ok=True),
        lambda: MrScanData(parent=imaging, id="9", exist_ok=True),
        lambda: QcManualAssessorData(parent=imaging, label="NA", exist_ok=True),
        lambda: imaging.create_resource("N", exist_ok=True),
    ]
    assert all(kept)
    for expected in (1, 2):
        for step in steps:
            start = len(empty.requests)
            step()
            assert len(empty.requests) == start + expected


def test_exist_ok_gives_no_other_type(project: ProjectData) -> None:
    subject, imaging = subject_of(project), imaging_of(project)
    with pytest.raises(UsageError, match="exists and is of type xnat:mrSessionData"):
        CtSessionData(parent=subject, label="E1", exist_ok=True)
    with pytest.raises(UsageError, match="exists and is of type xnat:mrScanData"):
        CtScanData(parent=imaging, id="1", exist_ok=True)
    with pytest.raises(UsageError, match="exists and is of type xnat:qcManualAssessorData"):
        MrSessionData(parent=subject, label="A1", exist_ok=True)


def test_exist_ok_gives_nothing_of_another_parent(project: ProjectData) -> None:
    other = SubjectData(parent=project, label="S2")
    with pytest.raises(UsageError, match="exists and belongs to another subject"):
        MrSessionData(parent=other, label="E1", exist_ok=True)
    imaging = MrSessionData(parent=other, label="E2")
    with pytest.raises((UsageError, ConflictError)):
        QcManualAssessorData(parent=imaging, label="A1", exist_ok=True)


def test_a_conflict_with_something_else_stays_one(session: XnatSession, project: ProjectData) -> None:
    with pytest.raises(ConflictError):
        ProjectData(parent=session, id="Q", name="P", exist_ok=True)
    assert "Q" not in session.projects


def test_what_exists_can_be_used_and_edited(session: XnatSession, project: ProjectData) -> None:
    again = MrSessionData(parent=subject_of(project), label="E1", exist_ok=True)
    again.note = "changed"
    again.create_resource("MORE")
    assert session.experiments["E1"].note == "changed"
    assert again.parent == subject_of(project)


def test_classes_of_a_connection_take_exist_ok(session: XnatSession, project: ProjectData) -> None:
    made = session.classes.SubjectData(parent=project, label="S1", exist_ok=True)
    assert made == subject_of(project)


def test_deleting_says_whether_files_go(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    with pytest.raises(TypeError, match="remove_files"):
        subject_of(project).delete()  # type: ignore[call-arg]  # what is tested
    for remove_files, said in ((False, "false"), (True, "true")):
        SubjectData(parent=project, label="gone").delete(remove_files=remove_files)
        assert dict(empty.requests[-1].query)["removeFiles"] == said


def test_constructors_are_typed_for_another_connection(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    with connect(empty.url, empty.user, empty.password) as other:
        assert other.projects["P"].subjects["S1"] != subject_of(project)
        made = SubjectData(parent=other.projects["P"], label="S1", exist_ok=True)
        assert made.session is other
