"""Definitions of custom variables, written on a project of the embedded server."""

from __future__ import annotations

import datetime

import pytest

import xnat_emulator
from xnat_sdk import (
    InvalidValueError,
    KeyNotFoundError,
    PermissionDeniedError,
    ReadOnlyConnectionError,
    UnexpectedAnswerError,
    UsageError,
    XnatSession,
    connect,
)
from xnat_sdk.models import ImageSessionData, MrScanData, MrSessionData, ProjectData, SubjectData


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    """An empty project."""
    return ProjectData(parent=session, id="P")


def methods(server: xnat_emulator.Emulator, start: int) -> list[str]:
    return [request.method for request in server.requests[start:]]


def test_a_defined_variable_takes_values_with_its_constraints(session: XnatSession, project: ProjectData) -> None:
    made = project.variable_definitions.define(
        SubjectData, "Visits", "integer", group="clinic", required=True, possible_values=[1, 2]
    )
    assert (made.name, made.group, made.datatype, made.required, made.options) == (
        "Visits", "clinic", "integer", True, ("1", "2"),
    )  # fmt: skip
    group = SubjectData(parent=project, label="S1").custom_variables["clinic"]
    group["Visits"] = 2
    with pytest.raises(InvalidValueError, match="takes one of '1', '2'"):
        group["Visits"] = 3
    with pytest.raises(InvalidValueError, match="is required"):
        del group["Visits"]
    again = session.projects["P"].subjects["S1"]
    assert again.custom_variables["clinic"]["Visits"] == 2
    assert again.fields["visits"] == "2"


@pytest.mark.parametrize(
    ("datatype", "values"),
    [
        ("string", ["control", "a<b & 'c'"]),
        ("integer", [1, 2]),
        ("float", [0.5, 2.0]),
        ("boolean", [True]),
        ("date", [datetime.date(2020, 1, 2)]),
    ],
)
def test_every_type_is_defined_and_read_on_another_connection(
    empty: xnat_emulator.Emulator, project: ProjectData, datatype: str, values: list[object]
) -> None:
    project.variable_definitions.define(SubjectData, "V", datatype, group="g", possible_values=values)  # type: ignore[arg-type]  # of any type
    SubjectData(parent=project, label="S1")
    with connect(empty.url, empty.user, empty.password) as other:
        subject = other.projects["P"].subjects["S1"]
        definition = subject.custom_variables["g"].definitions["V"]
        assert definition.datatype == datatype
        assert [definition.value_of(option) for option in definition.options] == values
        subject.custom_variables["g"]["V"] = values[0]  # type: ignore[assignment]  # of any type
        assert subject.custom_variables["g"]["V"] == values[0]


def test_each_change_takes_three_requests(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    definitions = project.variable_definitions
    start = len(empty.requests)
    definitions.define(SubjectData, "A", group="g")
    definitions.update(SubjectData, "A", group="g", required=True)
    definitions.remove(SubjectData, "A", group="g")
    assert methods(empty, start) == ["GET", "PUT", "GET"] * 3


def test_reading_asks_once_a_connection(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    project.variable_definitions.define(SubjectData, "A", group="g")
    start = len(empty.requests)
    assert list(project.variable_definitions.groups(SubjectData)["g"]) == ["A"]
    assert project.variable_definitions.groups(MrSessionData) == {}
    assert methods(empty, start) == []


def test_nothing_else_of_the_protocols_is_lost(session: XnatSession, project: ProjectData) -> None:
    names = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    document = (
        f'<xnat:StudyProtocol {names} xsi:type="xnat:datatypeProtocol" ID="OWN" name="Subjects" description="d" '
        'data-type="xnat:subjectData"><xnat:definitions><xnat:definition ID="default" data-type="xnat:subjectData" '
        'description="first" shareable="1" project-specific="0"><xnat:fields>'
        '<xnat:field name="Sex" datatype="string" type="custom" required="1" sequence="4" group="Look" '
        'xmlPath="xnat:subjectData/fields/field[name=sex]/field"><xnat:possibleValues>'
        '<xnat:possibleValue display="woman">f</xnat:possibleValue><xnat:possibleValue>m</xnat:possibleValue>'
        "</xnat:possibleValues></xnat:field></xnat:fields></xnat:definition></xnat:definitions></xnat:StudyProtocol>"
    )
    session.put("/data/projects/P/protocols/OWN", data=document, headers={"Content-Type": "text/xml"})
    project.variable_definitions.define(MrSessionData, "Coil", group="scanner")
    before = session.get("/data/projects/P/protocols/OWN", format="xml").text
    project.variable_definitions.define(SubjectData, "New", group="added")
    project.variable_definitions.update(SubjectData, "Sex", group="default", possible_values=["f", "m", "x"])
    project.variable_definitions.update(SubjectData, "Sex", group="default", possible_values=["f", "m"])
    project.variable_definitions.remove(SubjectData, "New", group="added")
    after = session.get("/data/projects/P/protocols/OWN", format="xml").text
    for kept in ('description="first"', 'shareable="true"', 'sequence="4"', 'group="Look"', 'display="woman"'):
        assert kept in before
        assert kept in after
    assert list(project.variable_definitions.groups(MrSessionData)) == ["scanner"]
    assert list(project.variable_definitions.groups(SubjectData)) == ["default"]
    assert len(project.study_protocol) == 2


def test_an_update_leaves_what_is_not_given(project: ProjectData) -> None:
    definitions = project.variable_definitions
    definitions.define(SubjectData, "V", "integer", group="g", required=True, possible_values=[1, 2])
    assert definitions.update(SubjectData, "V", group="g", required=False).options == ("1", "2")
    assert definitions.update(SubjectData, "V", group="g", possible_values=[1, 2, 3]).required is False
    assert definitions.update(SubjectData, "V", "string", group="g").options == ()
    assert definitions.groups(SubjectData)["g"]["V"].datatype == "string"


def test_values_outlive_their_definition(session: XnatSession, project: ProjectData) -> None:
    project.variable_definitions.define(SubjectData, "A", group="g")
    project.variable_definitions.define(SubjectData, "B", group="g")
    subject = SubjectData(parent=project, label="S1")
    subject.custom_variables["g"]["A"] = "x"
    project.variable_definitions.remove(SubjectData, "A", group="g")
    assert list(subject.custom_variables["g"]) == ["B"]
    assert session.projects["P"].subjects["S1"].fields["a"] == "x"
    project.variable_definitions.remove(SubjectData, "B", group="g")
    assert list(subject.custom_variables) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "a]b"}, "custom variable is a text without"),
        ({"name": " a"}, "without blanks at its ends"),
        ({"group": ""}, "group of custom variables"),
        ({"type": "text"}, "one of string, integer"),
        ({"type": "integer", "possible_values": ["secret-word"]}, "takes integer"),
        ({"possible_values": ["a", "a"]}, "repeat"),
        ({"possible_values": [" "]}, "no blank text"),
        ({"item_class": ImageSessionData}, "a concrete one"),
        ({"item_class": MrScanData}, "a class such as SubjectData"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    empty: xnat_emulator.Emulator, project: ProjectData, change: dict[str, object], said: str
) -> None:
    arguments = {"item_class": SubjectData, "name": "V", "group": "g", **change}
    start = len(empty.requests)
    with pytest.raises(InvalidValueError, match=said) as caught:
        project.variable_definitions.define(**arguments)  # type: ignore[arg-type]  # what is tested
    assert "secret-word" not in str(caught.value)
    assert methods(empty, start) == []


def test_a_name_is_defined_once_for_a_type(project: ProjectData) -> None:
    definitions = project.variable_definitions
    definitions.define(SubjectData, "Visits", group="g")
    with pytest.raises(UsageError, match=r"'Visits' for SubjectData already: update\(\)"):
        definitions.define(SubjectData, "visits", group="other")
    definitions.define(MrSessionData, "visits", group="g")
    for change in (definitions.update, definitions.remove):
        with pytest.raises(KeyNotFoundError, match="'Missing' for xnat:subjectData: it has Visits"):
            change(SubjectData, "Missing", group="g")


def test_who_may_not_edit_the_project_defines_nothing(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    empty.build.user("ada", "secret")
    project.add_user("ada", "collaborator")
    with connect(empty.url, "ada", "secret") as ada, pytest.raises(PermissionDeniedError):
        ada.projects["P"].variable_definitions.define(SubjectData, "V", group="g")
    with (
        connect(empty.url, empty.user, empty.password, read_only=True) as reader,
        pytest.raises(ReadOnlyConnectionError),
    ):
        reader.projects["P"].variable_definitions.define(SubjectData, "V", group="g")
    assert project.variable_definitions.groups(SubjectData) == {}


def test_a_change_that_the_server_does_not_show_is_an_error(
    session: XnatSession, project: ProjectData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallowed(*_: object, **__: object) -> None:
        """Answers as a server does that takes a document and keeps none of it."""

    monkeypatch.setattr(session, "put", swallowed)
    with pytest.raises(UnexpectedAnswerError, match="does not show the change of custom variable 'V'"):
        project.variable_definitions.define(SubjectData, "V", group="g")


def test_a_loaded_project_knows_its_definitions(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    project.variable_definitions.define(SubjectData, "V", group="g")
    SubjectData(parent=project, label="S1")
    with connect(empty.url, empty.user, empty.password) as other:
        found = other.projects["P"]
        assert dict(found.fields) == {}
        subject = found.subjects["S1"]
        start = len(empty.requests)
        assert list(subject.custom_variables["g"]) == ["V"]
        assert methods(empty, start) == []
        found.custom_variables.refresh()
        assert list(subject.custom_variables["g"]) == ["V"]
        assert methods(empty, start) == ["GET"]
