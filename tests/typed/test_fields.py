"""Reading fields: from rows, from documents, never twice."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime.errors import DecodeError, InvalidValueError, MissingValueError, ReadOnlyFieldError, UsageError
from xnat_runtime.fields import UNSET

SUBJECT = "/data/projects/P/subjects/X_S1"


@pytest.fixture
def subject(wire, session):
    from xnat_sdk.models import ProjectData

    project = ProjectData.__xnat_from_server__(session, "/data/projects/P", {"ID": "P"}, session)
    wire.table(
        "/data/projects/P/subjects",
        [{"ID": "X_S1", "project": "P", "label": "one", "insert_date": "2020-01-01 10:00:00.0", "insert_user": "me"}],
    )
    found = project.subjects["one"]
    wire.requests.clear()
    return found


def test_what_the_row_holds_costs_no_request(wire, subject):
    assert (subject.id, subject.label, subject.project) == ("X_S1", "one", "P")
    assert wire.sent() == []


def test_another_field_loads_the_document_once(wire, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1", "label": "one", "initials": "AB", "group": ""})
    assert subject.initials == "AB"
    assert subject.group is None
    assert subject.src is None
    assert wire.sent() == [f"GET {SUBJECT}?format=json"]


def test_the_label_of_the_listing_stays_after_loading(wire, subject):
    """A shared subject's document shows the owner's label (rest-data 5.11)."""
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1", "label": "owner label", "initials": "AB"})
    assert subject.initials == "AB"
    assert subject.label == "one"


def test_refresh_reads_everything_again(wire, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1", "label": "new", "initials": "AB"})
    subject.refresh()
    assert (subject.label, subject.initials) == ("new", "AB")
    assert len(wire.requests) == 1


def test_a_missing_identity_is_an_error_that_names_it(wire, session):
    from xnat_sdk.models import SubjectData

    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1"})
    subject = SubjectData.__xnat_from_server__(session, SUBJECT, {}, None)
    with pytest.raises(MissingValueError, match=r"SubjectData\.label: .*label.*xnat:subjectData"):
        _ = subject.label


def test_a_value_of_the_wrong_kind_names_the_field_and_not_the_value(wire, session):
    from xnat_sdk.models import MrSessionData

    wire.item("/data/experiments/E", "xnat:mrSessionData", {"date": "around easter"})
    experiment = session.create_object("/data/experiments/E")
    assert isinstance(experiment, MrSessionData)
    with pytest.raises(DecodeError, match=r"ExperimentData\.date: .*no date.*'date'") as caught:
        _ = experiment.date
    assert "easter" not in str(caught.value)


def test_values_come_typed(wire, session):
    wire.item(
        "/data/experiments/E/scans/3",
        "xnat:mrScanData",
        {"ID": "3", "frames": 176, "startTime": "09:12:06", "parameters/tr": 2300, "parameters/voxelRes/x": "1.5",
         "fieldStrength": "3.0", "start_date": "2006-12-14 00:00:00.0"},
    )  # fmt: skip
    scan = session.create_object("/data/experiments/E/scans/3")
    assert (scan.frames, scan.start_time) == (176, datetime.time(9, 12, 6))
    assert (scan.parameters.tr, scan.parameters.voxel_res.x, scan.parameters.voxel_res.y) == (2300.0, 1.5, None)
    assert scan.field_strength == "3.0"
    assert scan.start_date == datetime.date(2006, 12, 14)


def test_an_absent_structure_reads_as_an_empty_one(wire, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1"})
    assert subject.demographics.gender is None
    assert subject.investigator.lastname is None
    assert len(wire.requests) == 1


def test_a_structure_of_its_own_type_reads_from_the_child_item(wire, subject, entry):
    wire.item(
        SUBJECT,
        "xnat:subjectData",
        {"ID": "X_S1"},
        demographics=[entry("xnat:demographicData", gender="female", yob=1980, weight=61.5, **{"weight/units": "kg"})],
    )
    assert subject.demographics.gender == "female"
    assert subject.demographics.yob == 1980
    assert (subject.demographics.weight.value, subject.demographics.weight.units) == (61.5, "kg")


def test_text_with_attributes_reads_as_value_and_fields(wire, session):
    wire.item("/data/experiments/E", "xnat:mrSessionData", {"scanner": "MEDPC", "scanner/manufacturer": "SIEMENS"})
    experiment = session.create_object("/data/experiments/E")
    assert (experiment.scanner.value, experiment.scanner.manufacturer) == ("MEDPC", "SIEMENS")
    assert experiment.scanner.model is None


def test_an_unknown_enumeration_value_is_kept(wire, subject, entry):
    wire.item(SUBJECT, "xnat:subjectData", {}, demographics=[entry("xnat:demographicData", gender="n/a")])
    assert subject.demographics.gender == "n/a"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("gender", "man", "takes one of 'male', 'female'"),
        ("yob", "1980", r"takes integer \(int\), not str"),
        ("yob", True, r"takes integer \(int\), not bool"),
    ],
)
def test_assignment_is_checked_against_the_schema_before_any_request(wire, subject, field, value, reason):
    with pytest.raises(InvalidValueError, match=reason) as caught:
        setattr(subject.demographics, field, value)
    assert str(value) not in str(caught.value).split("takes")[0]
    assert wire.sent() == []


def test_too_long_a_text_is_refused(wire, session):
    from xnat_sdk.models import MrScanData

    scan = MrScanData.__xnat_from_server__(session, "/data/experiments/E/scans/1", {"ID": "1"}, None)
    with pytest.raises(InvalidValueError, match="at most 2500 characters; 2501 were given"):
        scan.note = "x" * 2501


def test_numbers_out_of_range_are_refused():
    from xnat_sdk.models import AYbocsData

    with pytest.raises(InvalidValueError, match="takes numbers from 0 to 4"):
        AYbocsData.__xnat_from_server__(None, "", {}, None).distress_caused = 5


def test_the_id_cannot_be_assigned(subject):
    with pytest.raises(ReadOnlyFieldError, match=r"SubjectData\.id is fixed"):
        subject.id = "other"


def test_the_parent_cannot_be_changed(subject):
    with pytest.raises(ReadOnlyFieldError, match="parent is fixed"):
        subject.parent = None


def test_repr_shows_identity_and_asks_nothing(wire, subject):
    assert repr(subject) == "<SubjectData one (X_S1) [5 values]>"
    assert wire.sent() == []


def test_equality_is_by_connection_and_uri(wire, session, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1"})
    other = session.create_object(f"https://xnat.example.org{SUBJECT}")
    assert subject == other
    assert hash(subject) == hash(other)


def test_unset_is_neither_true_nor_none():
    assert not UNSET
    assert UNSET is not None
    assert repr(UNSET) == "UNSET"


def test_an_object_without_a_parent_is_refused():
    from xnat_sdk.models import ExperimentData, SubjectData

    with pytest.raises(
        InvalidValueError, match=r"ExperimentData\(\.\.\.\) cannot be created: use a type with a parent"
    ):
        ExperimentData(label="x")
    with pytest.raises(InvalidValueError, match=r"SubjectData\(\.\.\.\) .*name its parent with parent="):
        SubjectData(parent=None, label="x")


def test_an_object_that_was_never_created_has_no_connection():
    from xnat_sdk.models import SubjectData

    with pytest.raises(UsageError, match="not on a server"):
        _ = SubjectData.__xnat_from_server__(None, "", {}, None).session
