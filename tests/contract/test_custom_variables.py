"""Custom variables on the embedded server: types, constraints, requests."""

from __future__ import annotations

import datetime
from xml.sax.saxutils import quoteattr

import pytest

import xnat_emulator
from xnat_sdk import DecodeError, InvalidValueError, KeyNotFoundError, XnatSession
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData


def field(name: str, datatype: str = "string", *, required: bool = False, options: tuple[str, ...] = ()) -> str:
    """Returns the definition of one variable."""
    values = "".join(f"<xnat:possibleValue>{option}</xnat:possibleValue>" for option in options)
    path = quoteattr(f"xnat:x/fields/field[name={name.lower()}]/field")
    return (
        f'<xnat:field name={quoteattr(name)} datatype="{datatype}" type="custom" required="{int(required)}" '
        f'group="default" xmlPath={path}><xnat:possibleValues>{values}</xnat:possibleValues></xnat:field>'
    )


def define(session: XnatSession, project: str, xsi_type: str, group: str, *fields: str) -> None:
    """Makes one group of definitions for a data type."""
    names = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    protocol = f"{project}_{xsi_type.replace(':', '_')}"
    document = (
        f'<xnat:StudyProtocol {names} xsi:type="xnat:datatypeProtocol" ID="{protocol}" name="x" '
        f'data-type="{xsi_type}"><xnat:definitions><xnat:definition ID="{group}" data-type="{xsi_type}" '
        f'project-specific="0"><xnat:fields>{"".join(fields)}</xnat:fields></xnat:definition></xnat:definitions>'
        "</xnat:StudyProtocol>"
    )
    session.put(
        f"/data/projects/{project}/protocols/{protocol}",
        query={"dataType": xsi_type},
        data=document,
        headers={"Content-Type": "text/xml"},
    )


@pytest.fixture
def subject(session: XnatSession) -> SubjectData:
    """A subject of a project that defines variables of every type."""
    project = ProjectData(parent=session, id="P")
    define(
        session,
        "P",
        "xnat:subjectData",
        "default",
        field("Notes"),
        field("Diagnosis", options=("control", "patient")),
        field("Visits", "integer", options=("1", "2", "3")),
        field("Volume", "float"),
        field("Consent", "boolean", required=True),
        field("Born", "date"),
    )
    return SubjectData(parent=project, label="S1")


def test_map_and_group_are_shown_as_in_the_tutorial(session: XnatSession) -> None:
    project = ProjectData(parent=session, id="T")
    define(session, "T", "xnat:subjectData", "default", field("Notes"), field("Diagnosis"))
    subject = SubjectData(parent=project, label="S1")
    subject.custom_variables["default"]["Notes"] = "some note"
    assert repr(subject.custom_variables) == "<CustomVariableMap groups: [default]>"
    shown = '<CustomVariableGroup default {Notes (string): "some note", Diagnosis (string): None}>'
    assert repr(subject.custom_variables["default"]) == shown


def test_values_have_their_types_and_arrive_at_the_server(session: XnatSession, subject: SubjectData) -> None:
    values = {
        "Notes": "update <note> & more",
        "Diagnosis": "patient",
        "Visits": 2,
        "Volume": 1.5,
        "Consent": True,
        "Born": datetime.date(1980, 2, 3),
    }
    group = subject.custom_variables["default"]
    for name, value in values.items():
        group[name] = value
        assert group[name] == value
    again = session.projects["P"].subjects["S1"]
    assert dict(again.custom_variables["default"]) == values
    assert again.fields["visits"] == "2"


def test_unset_variables_read_as_none(subject: SubjectData) -> None:
    assert set(subject.custom_variables["default"].values()) == {None}
    assert "Notes" in subject.custom_variables["default"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Diagnosis", "secret-word", "takes one of 'control', 'patient'"),
        ("Visits", 4, "takes one of '1', '2', '3'"),
        ("Visits", "2", "takes integer (int), not str"),
        ("Volume", True, "takes number (float or int), not bool"),
        ("Born", "secret-word", "takes date (date), not str"),
        ("Consent", None, "is required"),
        ("Notes", " ", "takes no blank text"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_sent(
    empty: xnat_emulator.Emulator, subject: SubjectData, name: str, value: str | bool | None, said: str
) -> None:
    group = subject.custom_variables["default"]
    before = len(empty.requests)
    with pytest.raises(InvalidValueError) as caught:
        group[name] = value
    assert said in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert len(empty.requests) == before


def test_a_value_is_removed_with_del_or_none(session: XnatSession, subject: SubjectData) -> None:
    group = subject.custom_variables["default"]
    group["Notes"], group["Volume"] = "x", 2.0
    del group["Notes"]
    group["Volume"] = None
    assert group["Notes"] is group["Volume"] is None
    again = session.projects["P"].subjects["S1"]
    assert "notes" not in again.fields
    assert "volume" not in again.fields
    with pytest.raises(InvalidValueError, match="required"):
        del group["Consent"]


def test_removing_what_is_not_set_asks_nothing(empty: xnat_emulator.Emulator, subject: SubjectData) -> None:
    group = subject.custom_variables["default"]
    assert group["Notes"] is None
    before = len(empty.requests)
    del group["Notes"]
    assert len(empty.requests) == before


def test_several_values_travel_in_one_request_or_none(empty: xnat_emulator.Emulator, subject: SubjectData) -> None:
    group = subject.custom_variables["default"]
    assert group["Notes"] is None
    before = len(empty.requests)
    group.update({"Notes": "n", "Visits": 3})
    assert len(empty.requests) == before + 1
    with pytest.raises(InvalidValueError):
        group.update({"Notes": "other", "Visits": 7})
    assert len(empty.requests) == before + 1
    assert group["Notes"] == "n"
    with subject.edit():
        group.update({"Notes": "e"})
        subject.custom_variables["default"]["Visits"] = 1
    assert len(empty.requests) == before + 2


def test_values_never_stand_in_urls(empty: xnat_emulator.Emulator, subject: SubjectData) -> None:
    subject.custom_variables["default"]["Notes"] = "secret-word"
    assert not any("secret-word" in str(request) for request in empty.requests)


def test_names_that_are_not_defined_say_what_is(subject: SubjectData) -> None:
    with pytest.raises(KeyNotFoundError, match=r"no group 'other'.*default"):
        subject.custom_variables["other"]
    with pytest.raises(KeyNotFoundError, match=r"no custom variable 'Note'.*Notes, Diagnosis"):
        subject.custom_variables["default"]["Note"]


def test_fields_stay_raw_and_may_hold_what_no_variable_takes(subject: SubjectData) -> None:
    subject.fields["anything"] = "42.0"
    subject.fields["visits"] = "many"
    assert subject.fields["anything"] == "42.0"
    with pytest.raises(DecodeError, match="'Visits' holds something that is no integer"):
        subject.custom_variables["default"]["Visits"]


def test_an_entry_of_another_spelling_is_found_and_kept(session: XnatSession, subject: SubjectData) -> None:
    subject.fields["NOTES"] = "a"
    subject.custom_variables["default"]["Notes"] = "b"
    assert dict(session.projects["P"].subjects["S1"].fields) == {"NOTES": "b"}


@pytest.mark.parametrize("count", [3, 12])
def test_definitions_cost_one_request_a_project(
    empty: xnat_emulator.Emulator, session: XnatSession, subject: SubjectData, count: int
) -> None:
    project = session.projects["P"]
    for number in range(count):
        SubjectData(parent=project, label=f"N{number}")
    session.variable_definitions.forget("P")
    before = len(empty.requests)
    listed = list(project.subjects)
    assert [each.custom_variables["default"]["Notes"] for each in listed] == [None] * (count + 1)
    assert len(empty.requests) == before + 1 + 1 + len(listed)  # list, definitions, the document of each
    for each in listed:
        each.custom_variables["default"]["Visits"]
        repr(each.custom_variables["default"])
    assert len(empty.requests) == before + 1 + 1 + len(listed)


def test_sessions_and_projects_have_variables_of_their_own_type(session: XnatSession, subject: SubjectData) -> None:
    define(session, "P", "xnat:mrSessionData", "scanner", field("Coil", options=("head", "body")))
    define(session, "P", "xnat:projectData", "grant", field("Number", "integer"))
    made = MrSessionData(parent=subject, label="E1")
    made.custom_variables.refresh()
    made.custom_variables["scanner"]["Coil"] = "head"
    project = session.projects["P"]
    project.custom_variables["grant"]["Number"] = 7
    assert list(made.custom_variables) == ["scanner"]
    assert session.projects["P"].custom_variables["grant"]["Number"] == 7
    assert session.experiments["E1"].custom_variables["scanner"]["Coil"] == "head"


def test_a_project_without_definitions_has_no_groups_and_gets_none(session: XnatSession) -> None:
    subject = SubjectData(parent=ProjectData(parent=session, id="BARE"), label="S1")
    assert len(subject.custom_variables) == 0
    assert "studyProtocol" not in session.get("/data/projects/BARE", format="json").text
