"""Requests whose path or order matters on a real server, where another one is answered with something else."""

from __future__ import annotations

import pytest

from xnat_runtime.errors import ConflictError, InvalidValueError, NotFoundError, UnexpectedAnswerError
from xnat_runtime.objects import XnatObject

SHORT = "/data/projects/P/experiments/mr1"
LONG = "/data/experiments/X_E1"


@pytest.fixture
def opened(wire, session) -> XnatObject:
    """An imaging session that was opened by project and label."""
    wire.item(SHORT, "xnat:mrSessionData", {"ID": "X_E1", "label": "mr1", "project": "P", "subject_ID": "X_S1"})
    return session.create_object(SHORT)


def relabel(experiment, label: str) -> None:
    with experiment.edit():
        experiment.label = label
        experiment.note = "x"


def test_collections_of_an_experiment_opened_through_its_project_lie_below_its_id(wire, opened):
    """Below /data/projects/P/experiments/E a server answers the experiment itself (rest-data 1.3)."""
    wire.table(f"{LONG}/scans", [{"ID": "1", "type": "T1", "xsiType": "xnat:mrScanData"}])
    assert [scan.uri for scan in opened.scans] == [f"{LONG}/scans/1"]
    assert opened.files.uri == f"{LONG}/files"


def test_an_archive_of_an_experiment_opened_through_its_project_lies_below_its_id(wire, opened, tmp_path):
    with pytest.raises(NotFoundError):
        opened.download(tmp_path / "all.zip")
    assert wire.sent()[-1] == f"GET {LONG}/scans/ALL/files?format=zip"


def test_scans_created_in_an_experiment_opened_through_its_project_lie_below_its_id(wire, opened):
    from xnat_sdk.models import MrScanData

    wire.answer("POST", f"{LONG}/scans", b"https://xnat.example.org/data/experiments/X_E1/scans/a%20b")
    assert MrScanData(parent=opened, id="a b").uri == f"{LONG}/scans/a%20b"


def test_an_item_of_another_kind_than_the_uri_names_is_refused(wire, session):
    wire.item(f"{SHORT}/scans/1", "xnat:mrSessionData", {"ID": "X_E1"})
    with pytest.raises(UnexpectedAnswerError, match=r"xnat:mrSessionData.*/data/experiments/ID"):
        session.create_object(f"{SHORT}/scans/1")


def test_a_uri_with_a_slash_at_its_end_names_the_same_object(wire, session, opened):
    assert session.create_object(f"{SHORT}/") == opened
    wire.table(f"{LONG}/resources", [{"xnat_abstractresource_id": "7", "label": "A (1)"}])
    assert session.create_object(f"{LONG}/resources/A%20%281%29/").label == "A (1)"


def test_a_uri_of_a_file_says_where_to_find_the_file(wire, session):
    with pytest.raises(UnexpectedAnswerError, match=r"names a file.*\.files"):
        session.create_object(f"{LONG}/resources/7/files/a/b.txt")
    assert wire.sent() == []


def test_an_assessor_is_written_through_its_project_and_renamed_there(wire, session):
    """The assessor route has no renaming (rest-data 7.3)."""
    below = f"/data/projects/P/subjects/S/experiments/E/assessors/{'A'}"
    wire.item(below, "xnat:qcManualAssessorData", {"ID": "X_E9", "label": "A", "project": "P"})
    wire.answer("PUT", "/data/projects/P/experiments/X_E9")
    assessor = session.create_object(below)
    assessor.rename("B")
    assert wire.sent()[-1] == "PUT /data/projects/P/experiments/X_E9?label=B"


def test_an_object_addressed_by_its_label_follows_a_rename(wire, opened):
    wire.answer("PUT", SHORT)
    wire.answer("PUT", "/data/projects/P/experiments/mr2")
    relabel(opened, "mr2")
    assert wire.sent()[1:] == [f"PUT {SHORT}?label=mr2", "PUT /data/projects/P/experiments/mr2"]
    assert opened.uri == "/data/projects/P/experiments/mr2"


def test_a_taken_label_leaves_the_rest_of_the_edit_unsent(wire, opened):
    wire.answer("PUT", SHORT, b"<h3>Label conflict</h3>", 409)
    with pytest.raises(ConflictError):
        relabel(opened, "taken")
    assert len(wire.requests) == 2
    assert (opened.label, opened.note) == ("mr1", None)


def test_a_rename_stays_when_the_rest_of_the_edit_is_refused(wire, opened):
    wire.answer("PUT", SHORT)
    wire.answer("PUT", "/data/projects/P/experiments/mr2", b"", 409)
    with pytest.raises(ConflictError):
        relabel(opened, "mr2")
    assert (opened.label, opened.note) == ("mr2", None)


@pytest.mark.parametrize("label", ["a&b", "a<b", 'a"b', "it's", "NULL"])
def test_a_label_that_a_server_would_store_otherwise_is_no_new_name(wire, opened, label):
    with pytest.raises(InvalidValueError, match="label cannot"):
        opened.rename(label)
    assert len(wire.requests) == 1


def test_an_experiment_of_a_shared_subject_belongs_to_the_project_it_was_created_in(wire, session):
    from xnat_sdk.models import MrSessionData

    wire.item("/data/projects/P2", "xnat:projectData", {"ID": "P2"})
    wire.table("/data/projects/P2/subjects", [{"ID": "X_S1", "label": "one", "project": "P1"}])
    wire.answer("POST", "/data/projects/P2/subjects/X_S1/experiments", b"https://h/data/x/experiments/X_E5")
    subject = session.create_object("/data/projects/P2").subjects[0]
    assert MrSessionData(parent=subject, label="new").project == "P2"


def test_a_session_of_a_project_has_its_subject_as_parent(wire, session):
    wire.item("/data/projects/P", "xnat:projectData", {"ID": "P"})
    wire.table("/data/projects/P/experiments", [{"ID": "X_E1", "project": "P", "xsiType": "xnat:mrSessionData"}])
    wire.item(LONG, "xnat:mrSessionData", {"ID": "X_E1", "subject_ID": "X_S1", "project": "P"})
    wire.item("/data/projects/P/subjects/X_S1", "xnat:subjectData", {"ID": "X_S1", "label": "one"})
    parent = session.create_object("/data/projects/P").sessions[0].parent
    assert (type(parent).__name__, parent.label) == ("SubjectData", "one")


def test_a_column_is_found_under_its_alias_or_its_whole_path(wire, session):
    """Which of the two a server takes depends on the type that is asked for (rest-data 4.3)."""
    from xnat_sdk.models import ImageScanData, MrScanData

    wire.item(LONG, "xnat:mrSessionData", {"ID": "X_E1"})
    row = {"ID": "1", "type": "T1", "xsiType": "xnat:mrScanData"}
    wire.table(f"{LONG}/scans", [{**row, "xnat:mrscandata/starttime": "10:00:00"}])
    scans = session.create_object(LONG).scans
    assert str(scans.of_type(MrScanData).columns(MrScanData.start_time)[0].start_time) == "10:00:00"
    wire.answers.pop(("GET", f"{LONG}/scans"))
    wire.table(f"{LONG}/scans", [{**row, "scanTime": "11:00:00"}])
    assert str(scans.columns(ImageScanData.start_time)[0].start_time) == "11:00:00"


def test_file_tables_are_asked_for_no_columns(wire, session):
    from xnat_sdk.models import FileData

    wire.item(LONG, "xnat:mrSessionData", {"ID": "X_E1"})
    wire.table(f"{LONG}/files", [{"Name": "a", "Size": "3", "URI": "/experiments/X_E1/resources/7/files/a"}])
    found = session.create_object(LONG).files.filter(FileData.size > 2)
    assert [file.path for file in found] == ["a"]
    assert wire.sent()[-1] == f"GET {LONG}/files?format=json"


def test_experiments_of_a_subject_opened_by_its_id_lie_below_its_project(wire, session):
    """There is no route /data/subjects/S/experiments."""
    from xnat_sdk.models import MrSessionData

    wire.item("/data/subjects/X_S1", "xnat:subjectData", {"ID": "X_S1", "label": "one", "project": "P"})
    subject = session.create_object("/data/subjects/X_S1")
    below = "/data/projects/P/subjects/X_S1/experiments"
    wire.item("/data/projects/P", "xnat:projectData", {"ID": "P"})
    assert (subject.experiments.uri, subject.sessions.uri, subject.parent.id) == (below, below, "P")
    wire.answer("POST", below, b"https://xnat.example.org/data/x/experiments/X_E1")
    assert MrSessionData(parent=subject, label="new").id == "X_E1"


def test_resources_of_an_assessor_lie_below_its_imaging_session(wire, session):
    """There are resources in and out only below /data/experiments/E/assessors/A."""
    row = {"ID": "X_E9", "label": "qc", "project": "P", "xsiType": "xnat:qcManualAssessorData"}
    wire.table("/data/experiments", [row])
    wire.item("/data/experiments/X_E9", "xnat:qcManualAssessorData", {"ID": "X_E9", "imageSession_ID": "X_E1"})
    assessor = session.experiments[0]
    assert assessor.uri == "/data/experiments/X_E9"
    assert assessor.in_resources.uri == "/data/experiments/X_E1/assessors/X_E9/in/resources"
