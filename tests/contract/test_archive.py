"""Create, edit, move files, rename and delete on the embedded server, level by level."""

from __future__ import annotations

import datetime
import io

import pytest

from xnat_sdk import (
    ConflictError,
    FieldNotOnServerError,
    InvalidValueError,
    LoginFailedError,
    NotFoundError,
    TargetExistsError,
    connect,
)
from xnat_sdk.models import (
    CtSessionData,
    DemographicData,
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ReconstructedImageData,
    SubjectData,
)


@pytest.fixture
def project(session):
    return ProjectData(parent=session, id="study", name="A study")


@pytest.fixture
def subject(project):
    return SubjectData(parent=project, label="sub-01", demographics=DemographicData(gender="female", yob=1980))


@pytest.fixture
def mr(subject):
    return MrSessionData(parent=subject, label="mr-01", date=datetime.date(2021, 6, 30), field_strength="3.0")


@pytest.fixture
def scan(mr):
    return MrScanData(parent=mr, id="1", type="T1", quality="usable")


def test_a_wrong_password_is_tried_once(empty):
    with pytest.raises(LoginFailedError):
        connect(empty.url, empty.user, "wrong")
    assert [record.path for record in empty.requests] == ["/data/services/auth"]


def test_created_items_are_found_again(session, project, subject, mr, scan):
    assert session.projects["study"] == project
    assert project.subjects["sub-01"] == subject
    assert subject.sessions["mr-01"] == mr
    assert project.sessions.of_type(MrSessionData)["mr-01"].scans["T1"] == scan
    assert not project.sessions.of_type(CtSessionData)
    assert session.experiments["mr-01"] == mr
    found = session.create_object(mr.uri)
    assert isinstance(found, MrSessionData)
    assert (found.date, found.field_strength) == (datetime.date(2021, 6, 30), "3.0")
    assert found.parent == subject
    assert found.parent.demographics.yob == 1980


def test_creating_twice_is_a_conflict(subject, project):
    with pytest.raises(ConflictError):
        SubjectData(parent=project, label="sub-01", initials="XX")
    assert project.subjects["sub-01"].initials is None


@pytest.mark.parametrize(
    "text", ["plain", "a&b <c> \"d\" 'e'", "Müller 日本 🧠", " blanks  inside ", "line\nbreak", "100%+1"]
)
def test_any_text_survives_the_way_to_the_server_and_back(session, subject, text):
    subject.src = text
    subject.fields["remark"] = text
    again = session.create_object(subject.uri)
    assert isinstance(again, SubjectData)
    assert (again.src, again.fields["remark"]) == (text, text)


@pytest.mark.parametrize("label", ["plain", "a b", "50%", "a+b", "Ünï", "a.b-c_d"])
def test_labels_with_odd_characters_are_addressed(project, label):
    subject = SubjectData(parent=project, label=label)
    assert project.subjects[label] == subject
    subject.refresh()
    assert subject.label == label


def test_fields_are_set_cleared_and_kept_apart(session, scan):
    with scan.edit():
        scan.parameters.tr = 2300
        scan.parameters.voxel_res.x = 0.8
        scan.parameters.add_param["EchoNumber"] = "2"
        scan.note = "good"
    scan.note = None
    scan.refresh()
    assert (scan.parameters.tr, scan.parameters.voxel_res.x, scan.note, scan.type) == (2300.0, 0.8, None, "T1")
    assert scan.parameters.add_param == {"EchoNumber": "2"}
    scan.parameters.add_param["EchoNumber"] = "3"
    del scan.parameters.add_param["EchoNumber"]
    scan.refresh()
    assert scan.parameters.add_param == {}


def test_dates_and_structures_of_a_session(session, mr):
    with mr.edit():
        mr.date = datetime.date(2022, 1, 2)
        mr.time = datetime.time(8, 30, 5)
        mr.scanner.value = "BAY3"
        mr.scanner.manufacturer = "SIEMENS"
        mr.investigator.lastname = "Example"
        mr.fields["visit"] = "baseline"
    again = session.create_object(mr.uri)
    assert isinstance(again, MrSessionData)
    assert (again.date, again.time) == (datetime.date(2022, 1, 2), datetime.time(8, 30, 5))
    assert (again.scanner.value, again.scanner.manufacturer, again.investigator.lastname) == (
        "BAY3",
        "SIEMENS",
        "Example",
    )
    assert again.fields == {"visit": "baseline"}
    assert again.field_strength == "3.0"


def test_a_label_is_renamed(project, subject):
    subject.label = "sub-99"
    assert project.subjects.keys() == [subject.id]
    assert project.subjects["sub-99"].demographics.gender == "female"
    SubjectData(parent=project, label="taken")
    with pytest.raises(ConflictError):
        subject.rename("taken")


def test_assessors_and_reconstructions(mr):
    assessor = QcManualAssessorData(parent=mr, label="qc-01", rater="reader")
    assessor.rater = "second reader"
    assert mr.assessors["qc-01"].label == "qc-01"
    assessor.refresh()
    assert assessor.rater == "second reader"
    assert assessor.parent == mr
    ReconstructedImageData(parent=mr, id="recon-1", type="average")
    assert [recon.id for recon in mr.reconstructions] == ["recon-1"]
    out = assessor.create_resource("REPORT")
    out.upload_data("fine", "report.txt")
    assert [resource.label for resource in assessor.out_resources] == ["REPORT"]


def test_files_go_up_and_come_down(tmp_path, scan):
    resource = scan.create_resource("NIFTI", format="NIFTI", content="T1")
    source = tmp_path / "a b.nii"
    source.write_bytes(bytes(range(256)) * 1000)
    resource.upload(source)
    resource.upload_data("text", "deep/er/notes.txt")
    resource.upload_data(io.BytesIO(b"stream"), "stream.bin")
    resource.upload_data(b"", "empty.txt")
    names = {file.path: file.size for file in resource.files}
    assert names == {"a b.nii": 256_000, "deep/er/notes.txt": 4, "stream.bin": 6, "empty.txt": 0}
    with pytest.raises(ConflictError):
        resource.upload_data("other", "deep/er/notes.txt")
    resource.upload_data("other", "deep/er/notes.txt", overwrite=True)
    target = tmp_path / "copy.txt"
    assert resource.files["deep/er/notes.txt"].download(target).verified == "md5"
    assert target.read_text() == "other"
    with pytest.raises(TargetExistsError):
        resource.files["stream.bin"].download(target)
    assert target.read_text() == "other"
    buffer = io.BytesIO()
    resource.files["stream.bin"].download_stream(buffer)
    assert buffer.getvalue() == b"stream"
    assert scan.resources["NIFTI"].format == "NIFTI"
    assert {file.collection for file in scan.files} == {"NIFTI"}


def test_folders_have_the_layout_of_the_archive(tmp_path, mr, scan):
    scan.create_resource("NIFTI").upload_data("x", "deep/a.txt")
    result = mr.download_dir(tmp_path)
    assert [file.name for file in result.files] == ["mr-01/scans/1-T1/resources/NIFTI/files/deep/a.txt"]
    assert (tmp_path / result.files[0].name).read_text() == "x"
    scan.download(tmp_path / "scan.zip")
    assert (tmp_path / "scan.zip").read_bytes()[:2] == b"PK"


def test_deleted_items_are_gone(tmp_path, project, subject, scan):
    resource = scan.create_resource("NIFTI")
    resource.upload_data("x", "a.txt")
    resource.files["a.txt"].delete(remove_files=True)
    assert not resource.files
    scan.delete(remove_files=True)
    with pytest.raises(NotFoundError):
        scan.refresh()
    subject.delete(remove_files=True)
    assert not project.subjects
    with pytest.raises(NotFoundError):
        subject.delete(remove_files=True)


def test_an_unknown_project_is_not_found(session):
    with pytest.raises(NotFoundError):
        list(ProjectData.__xnat_from_server__(session, "/data/projects/NOPE", {}, session).subjects)


def test_a_field_the_listing_does_not_know_is_named(project, subject):
    from xnat_runtime.codec import TEXT
    from xnat_runtime.query import QueryField

    with pytest.raises(FieldNotOnServerError, match="xnat:subjectData/shoeSize"):
        list(project.subjects.columns(QueryField("xnat:subjectData", "shoeSize", TEXT)))


def test_a_control_character_never_leaves(empty, subject):
    before = len(empty.requests)
    with pytest.raises(InvalidValueError):
        subject.src = "a\x07b"
    assert len(empty.requests) == before
