"""What would be dropped, lost or misread in silence is refused with the way out."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime.errors import (
    AmbiguousKeyError,
    DecodeError,
    InvalidValueError,
    NotFoundError,
    ReadOnlyFieldError,
    UnexpectedAnswerError,
)

SUBJECT = "/data/projects/P/subjects/X_S1"
FILES = "/data/experiments/X_E1/files"


@pytest.fixture
def subject(wire, session):
    from xnat_sdk.models import SubjectData

    wire.answer("PUT", SUBJECT, b"X_S1")
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1", "label": "one", "initials": "AB", "group": "g"})
    return SubjectData.__xnat_from_server__(session, SUBJECT, {"ID": "X_S1", "label": "one", "project": "P"}, None)


@pytest.fixture
def files(wire, session):
    """A function that answers a file table and returns its listing."""

    def make(*uris):
        rows = [{"Name": uri.rpartition("/")[2], "Size": "1", "URI": uri} for uri in uris]
        wire.item("/data/experiments/X_E1", "xnat:mrSessionData", {"ID": "X_E1"})
        wire.table(FILES, rows)
        return session.create_object("/data/experiments/X_E1").files

    return make


def test_a_misspelt_field_is_no_place_for_a_value(subject):
    with pytest.raises(AttributeError, match="initals"):
        subject.initals = "AB"
    with pytest.raises(AttributeError):
        subject.demographics.yobb = 1980


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_text_clears_since_a_server_ignores_it(wire, subject, blank):
    subject.initials = blank
    assert wire.sent() == [f"PUT {SUBJECT}?xnat%3AsubjectData%2Finitials=NULL"]
    assert subject.initials is None


@pytest.mark.parametrize("blank", [None, "", " "])
def test_a_label_cannot_be_emptied(wire, subject, blank):
    with pytest.raises(InvalidValueError, match=r"SubjectData\.label cannot be empty"):
        subject.label = blank
    with pytest.raises(InvalidValueError, match=r"SubjectData\.label cannot be empty"):
        subject.rename(blank)
    assert (wire.sent(), subject.label) == ([], "one")


@pytest.mark.parametrize(("name", "text"), [("", "x"), (" ", "x"), ("note", ""), ("note", " ")])
def test_a_custom_variable_takes_no_blank_name_or_text(wire, subject, name, text):
    with pytest.raises(InvalidValueError, match="blank"):
        subject.fields[name] = text
    assert wire.sent() == []


def test_a_custom_variable_whose_name_would_break_the_path_is_not_removed(wire, session, entry):
    from xnat_sdk.models import SubjectData

    fields = [entry("xnat:subjectData_field", name="a/b", field="x")]
    wire.item(SUBJECT, "xnat:subjectData", {"ID": "X_S1"}, fields__field=fields)
    subject = SubjectData.__xnat_from_server__(session, SUBJECT, {}, None)
    with pytest.raises(InvalidValueError, match="cannot be removed"):
        del subject.fields["a/b"]
    assert dict(subject.fields) == {"a/b": "x"}
    assert len(wire.requests) == 1


def test_a_structure_of_another_item_is_not_assigned_as_an_empty_one(wire, session, subject):
    from xnat_sdk.models import SubjectData

    other = SubjectData.__xnat_from_server__(session, "/data/projects/P/subjects/X_S2", {}, None)
    with pytest.raises(InvalidValueError, match=r"build a new one, DemographicData\(\.\.\.\)"):
        subject.demographics = other.demographics
    with pytest.raises(InvalidValueError, match="takes DemographicData, not NoneType"):
        subject.demographics = None
    assert wire.sent() == []


@pytest.mark.parametrize("parent", ["P", None, 3])
def test_a_parent_of_the_wrong_kind_is_named(wire, session, subject, parent):
    from xnat_sdk.models import MrSessionData, ProjectData, SubjectData

    with pytest.raises(InvalidValueError, match="parent="):
        SubjectData(parent=parent, label="x")
    for make in (
        lambda: SubjectData(parent=subject, label="x"),
        lambda: SubjectData(parent=session, label="x"),
        lambda: MrSessionData(parent=session, label="x"),
        lambda: ProjectData(parent=subject, id="x"),
    ):
        with pytest.raises(InvalidValueError, match=r"\(parent=\.\.\.\) takes"):
            make()
    assert wire.sent() == []


def test_values_that_an_edit_loaded_are_there_after_it_failed(wire, subject):
    def change():
        with subject.edit():
            subject.initials = "ZZ"
            assert subject.group == "g"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert (subject.initials, subject.group) == ("AB", "g")
    assert len(wire.requests) == 1


def test_changes_of_an_object_leave_the_rows_of_its_listing_as_the_server_sent_them(wire, session):
    wire.item("/data/projects/P", "xnat:projectData", {"ID": "P"})
    wire.table("/data/projects/P/subjects", [{"ID": "X_S1", "label": "one", "project": "P"}])
    wire.answer("PUT", SUBJECT, b"X_S1")
    subjects = session.create_object("/data/projects/P").subjects
    subjects[0].fields["cohort"] = "a"
    subjects[0].initials = None
    assert subjects.tabulate_dict() == [{"ID": "X_S1", "label": "one", "project": "P"}]
    assert subjects[0].initials is None


def test_a_file_is_read_again_and_not_edited(wire, files):
    file = files("/experiments/X_E1/resources/7/files/a b/c.txt")[0]
    table = "/data/experiments/X_E1/resources/7/files"
    wire.table(table, [{"Name": "c.txt", "Size": "5", "URI": "/data/experiments/X_E1/resources/7/files/a b/c.txt"}])
    file.refresh()
    assert (file.size, file.path, file.uri) == (5, "a b/c.txt", f"{table}/a%20b/c.txt")
    with pytest.raises(ReadOnlyFieldError, match="overwrite=True"):
        file.name = "d.txt"
    wire.answers[("GET", table)] = []
    wire.table(table, [])
    with pytest.raises(NotFoundError):
        file.refresh()


def test_a_path_below_a_resource_begins_after_the_resource(files):
    found = files("/projects/files/resources/7/files/a.txt", "/experiments/E/resources/8/files/x/files/y")
    assert [file.path for file in found] == ["a.txt", "x/files/y"]


def test_a_file_without_uri_has_no_address(files):
    with pytest.raises(UnexpectedAnswerError, match="has no URI"):
        _ = files("")[0].uri


def test_files_of_one_path_in_two_resources_are_no_mapping(files):
    found = files("/experiments/E/resources/7/files/a", "/experiments/E/resources/8/files/a")
    with pytest.raises(AmbiguousKeyError, match="iterate"):
        found.as_mapping()
    with pytest.raises(AmbiguousKeyError, match="iterate to tell them apart"):
        _ = found["a"]
    assert len(found.values()) == 2


def test_a_position_out_of_range_is_named(files):
    found = files("/experiments/E/resources/7/files/a")
    assert found[-1] is found[0]
    with pytest.raises(IndexError, match=r"no position 5 in .*/files, which has 1 items"):
        _ = found[5]


def test_a_field_of_a_narrower_type_needs_a_narrower_listing(session):
    """A server would leave out the rows of other types (rest-data 4.3)."""
    from xnat_sdk.models import CtSessionData, MrSessionData, SubjectData

    sessions = session.sessions
    for ask in (
        lambda: sessions.columns(MrSessionData.field_strength),
        lambda: sessions.filter(MrSessionData.field_strength == "3.0"),
        lambda: sessions.of_type(CtSessionData).columns(MrSessionData.field_strength),
        lambda: sessions.columns(SubjectData.label),
    ):
        with pytest.raises(InvalidValueError, match=r"narrow the listing first, with of_type\(\)"):
            ask()
    assert sessions.of_type(MrSessionData).columns(MrSessionData.field_strength).uri == "/data/experiments"
    with pytest.raises(InvalidValueError, match="never SubjectData"):
        sessions.of_type(SubjectData)


def test_columns_and_filter_say_what_they_take(session):
    with pytest.raises(InvalidValueError, match=r"such as SubjectData\.label, not str"):
        session.subjects.columns("label")
    with pytest.raises(InvalidValueError, match="takes conditions"):
        session.subjects.filter(True)


def test_a_comparison_with_none_names_is_null():
    from xnat_sdk.models import SubjectData

    with pytest.raises(InvalidValueError, match="is_null"):
        _ = SubjectData.initials == None  # noqa: E711


def test_a_cell_that_a_filter_cannot_read_is_named_and_not_shown(wire, session):
    from xnat_sdk.models import ExperimentData

    wire.table("/data/experiments", [{"ID": "X_E1", "date": "S3CRET"}])
    with pytest.raises(DecodeError, match="xnat:experimentData/date") as raised:
        list(session.experiments.filter(ExperimentData.date < datetime.date(2020, 1, 1)))
    assert "S3CRET" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("label", ["a/b", "a\\b", "it's"])
def test_a_resource_label_that_no_server_takes_is_refused(wire, subject, label):
    with pytest.raises(InvalidValueError, match="label"):
        subject.create_resource(label)
    assert wire.sent() == []


@pytest.mark.parametrize("path", ["", "/", " "])
def test_an_upload_needs_a_path(wire, subject, path):
    wire.answer("PUT", f"{SUBJECT}/resources/R")
    resource = subject.create_resource("R")
    with pytest.raises(InvalidValueError, match="needs the path"):
        resource.upload_data(b"x", path)
    assert len(wire.requests) == 1
