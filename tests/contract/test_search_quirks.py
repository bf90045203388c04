"""Queries against what XNAT's search engine does in its own way, one test for each (schema-and-search 3 and 4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_runtime.item import Item
from xnat_runtime.objects import XnatObject
from xnat_sdk import InvalidValueError, Query, XnatSession, connect
from xnat_sdk.models import (
    DemographicData,
    MrScanData,
    MrSessionData,
    ProjectData,
    SubjectData,
    WrkWorkflowData,
)
from xnat_sdk.search import Constraint

P = "QUIRKS"
NOTES = {
    "quoted": """O'Brien said "no, 5 < 6 & so on" """.strip(),
    "unicode": "Zoë Ångström 脳 \N{BRAIN} ß",
    "lines": "one\ntwo, three\n\nfour",
    "commas": "a,b,c",
    "equals": "x=1.5;y=[2]@z/w",
}


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    """A server with one project whose sessions have notes that are hard to write."""
    with xnat_emulator.start() as started, connect(started.url, started.user, started.password) as session:
        project = ProjectData(parent=session, id=P)
        for number, (label, note) in enumerate(NOTES.items()):
            subject = SubjectData(parent=project, label=f"s-{label}", demographics=DemographicData(yob=1950 + number))
            made = MrSessionData(parent=subject, label=label, date=datetime.date(2020, 1, number + 1), note=note)
            subject.fields[f"v1.{number}"] = note.replace("\n", " ")
            MrScanData(parent=made, id="1", type=f"T{number}")
        yield started


@pytest.fixture
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to it."""
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def sessions(session: XnatSession) -> Query[MrSessionData]:
    """All its sessions."""
    return session.query(MrSessionData, MrSessionData.project == P)


def labels(query: Query[MrSessionData]) -> list[str]:
    return sorted(found.label for found in query)


# Ids and columns


def test_names_with_dots_are_not_cut(session: XnatSession) -> None:
    query = session.query(SubjectData).select(SubjectData.label, SubjectData.fields["v1.4"])
    assert dict(query.filter(SubjectData.fields["v1.4"].is_not_null()).all()) == {"s-equals": NOTES["equals"]}


def test_values_with_equals_signs_are_not_cut(sessions: Query[MrSessionData]) -> None:
    assert labels(sessions.filter(MrSessionData.note == NOTES["equals"])) == ["equals"]
    assert labels(sessions.filter(SubjectData.fields["v1.4"] == NOTES["equals"])) == ["equals"]


def test_fields_below_a_type_selector_are_columns_and_conditions(session: XnatSession) -> None:
    query = session.query(SubjectData, SubjectData.demographics.yob > 1953).view(SubjectData.demographics.yob)
    assert [(found.label, found.demographics.yob) for found in query] == [("s-equals", 1954)]


def test_a_list_of_values_filters_and_adds_no_rows(sessions: Query[MrSessionData]) -> None:
    assert labels(sessions.filter(MrSessionData.label.in_("quoted", "nobody", "quoted"))) == ["quoted"]
    assert labels(sessions.filter(MrSessionData.note.in_(NOTES["commas"], "a"))) == ["commas"]
    assert labels(sessions.filter(MrSessionData.SUBJECT_LABEL.in_("s-lines", "s-unicode"))) == ["lines", "unicode"]


def test_columns_come_back_under_other_names(server: xnat_emulator.Emulator, sessions: Query[MrSessionData]) -> None:
    fields = (MrSessionData.date, MrSessionData.note, MrSessionData.SUBJECT_LABEL, SubjectData.demographics.yob)
    [row] = sessions.filter(MrSessionData.label == "commas").select(*fields)
    assert row == (datetime.date(2020, 1, 4), "a,b,c", "s-commas", 1953)
    assert not {field.path for field in fields} & {*sessions.view(*fields).tabulate_dict()[0]} - {"date", "note"}


def test_columns_with_names_too_long_for_the_database_are_found(sessions: Query[MrSessionData]) -> None:
    long = SubjectData.demographics.post_menstrual_age
    wider = (long, SubjectData.demographics.education_desc, SubjectData.demographics.gestational_age)
    found = sessions.filter(MrSessionData.label == "commas").view(*wider).one()
    assert found.parent.demographics.post_menstrual_age is None
    assert found.parent.demographics.yob == 1953


def test_columns_that_nobody_asked_for_are_no_fields_of_objects(sessions: Query[MrSessionData]) -> None:
    assert "quarantine_status" in sessions.tabulate_dict()[0]
    assert "quarantine_status" not in sessions.all()[0].__xnat_row__


# Values


@pytest.mark.parametrize("name", ["quoted", "unicode", "commas", "equals"])
def test_any_text_is_found_as_it_is(sessions: Query[MrSessionData], name: str) -> None:
    found = sessions.filter(MrSessionData.note == NOTES[name]).view(MrSessionData.note).one()
    assert (found.label, found.note) == (name, NOTES[name])
    assert labels(sessions.filter(MrSessionData.note.contains(NOTES[name][1:5]))) == [name]
    assert labels(sessions.filter(MrSessionData.note.startswith(NOTES[name][:3].upper()))) == [name]
    viewed = sessions.filter(MrSessionData.label == name).view(MrSessionData.note)
    assert [row["mr_notes_csv"] for row in viewed.tabulate_dict()] == [NOTES[name]]


def test_line_ends_are_kept_in_objects_and_left_out_of_csv(sessions: Query[MrSessionData]) -> None:
    query = sessions.filter(MrSessionData.label == "lines").view(MrSessionData.note)
    assert query.one().note == NOTES["lines"]
    assert query.select(MrSessionData.note).one() == (NOTES["lines"],)
    [row] = query.tabulate_dict()
    assert "\n" not in "".join(row.values())
    assert len(query.tabulate_csv().splitlines()) == 2
    decided = sessions.filter(MrSessionData.label.startswith("line")).view(MrSessionData.note)
    assert decided.tabulate_dict() == [row]


def test_moments_keep_their_time(session: XnatSession, sessions: Query[MrSessionData]) -> None:
    moments = dict(sessions.select(MrSessionData.label, MrSessionData.INSERT_DATE).all())
    moment = moments["unicode"]
    assert moment is not None
    assert "unicode" in labels(sessions.filter(MrSessionData.INSERT_DATE == moment))  # noqa: SIM300  # as people write it
    assert "unicode" not in labels(sessions.filter(moment < MrSessionData.INSERT_DATE))
    second = datetime.timedelta(seconds=1)
    assert "unicode" in labels(sessions.filter(MrSessionData.INSERT_DATE.between(moment - second, moment + second)))
    assert labels(sessions.filter(MrSessionData.INSERT_DATE.between(moment - second * 3600, moment - second))) == []


def test_an_empty_result_is_empty_everywhere(sessions: Query[MrSessionData]) -> None:
    nobody = sessions.filter(MrSessionData.label == "nobody")
    viewed = nobody.view(SubjectData.label, MrSessionData.AGE)
    assert (viewed.all(), viewed.first(), viewed.count(), list(viewed.pages(2))) == ([], None, 0, [])
    assert nobody.select(MrSessionData.label, SubjectData.initials).sort(MrSessionData.date).all() == []
    assert nobody.limit(3).all() == nobody.tabulate_dict() == []
    assert len(nobody.tabulate_pandas()) == 0


def test_text_is_text_in_a_data_frame(session: XnatSession, sessions: Query[MrSessionData]) -> None:
    for label, initials in (("s-quoted", "007"), ("s-commas", "NA"), ("s-lines", "1e5")):
        session.projects[P].subjects[label].initials = initials
    query = session.query(SubjectData, SubjectData.project == P).view(SubjectData.label, SubjectData.initials)
    column = "xnat_col_subjectdatainitials"
    for frame in (query.tabulate_pandas(), query.filter(SubjectData.label.startswith("s-")).tabulate_pandas()):
        assert {"007", "NA", "1e5"} <= set(frame[column])
        assert frame[column].isna().sum() == 2
    ages = sessions.view(MrSessionData.AGE, MrSessionData.label).sort(MrSessionData.AGE).tabulate_pandas()
    assert [float(age) for age in ages["age"]] == [66, 67, 68, 69, 70]


# Operators on display fields


@pytest.mark.parametrize(
    ("constraint", "found"),
    [
        (MrSessionData.AGE == 70, "quoted"),
        (MrSessionData.AGE != 70, "commas equals lines unicode"),
        (MrSessionData.AGE < 67, "equals"),
        (MrSessionData.AGE <= 67, "commas equals"),
        (MrSessionData.AGE > 69, "quoted"),
        (MrSessionData.AGE >= 69, "quoted unicode"),
        (MrSessionData.AGE.in_(66, 70), "equals quoted"),
        (MrSessionData.AGE.between(67, 68), "commas lines"),
        (MrSessionData.AGE.is_null(), ""),
        (MrSessionData.AGE.is_not_null(), "commas equals lines quoted unicode"),
        (MrSessionData.SUBJECT_LABEL.like("s-*s"), "commas equals lines"),
        (MrSessionData.SUBJECT_LABEL.contains("-L"), "lines"),
        (MrSessionData.SUBJECT_LABEL.startswith("s-u"), "unicode"),
        (SubjectData.label.like("s-c*"), "commas"),
        (SubjectData.demographics.yob.between(1950, 1951), "quoted unicode"),
        (SubjectData.demographics.yob.in_(1954), "equals"),
        (SubjectData.demographics.yob.is_null(), ""),
    ],
    ids=repr,
)
def test_every_operator_on_display_fields_and_on_fields_of_parents(
    sessions: Query[MrSessionData], constraint: Constraint, found: str
) -> None:
    assert labels(sessions.filter(constraint)) == found.split()
    everything = {"commas", "equals", "lines", "quoted", "unicode"}
    assert labels(sessions.filter(~constraint)) == sorted(everything - set(found.split()))


# Types


def classes(session: XnatSession) -> dict[str, type[Item]]:
    """Returns all generated classes by data type."""
    loaded = ((name, session.registry.load(name)) for name in session.registry.types)
    return {name: found for name, found in loaded if found is not None}


def searchable_types(session: XnatSession) -> list[str]:
    rows = session.get_json("/data/search/elements")["ResultSet"]["Result"]  # type: ignore[call-overload,index]
    return [str(row["ELEMENT_NAME"]) for row in rows]  # type: ignore[call-overload,index,union-attr]


def test_every_type_that_the_server_lists_can_be_searched(demo: xnat_emulator.Emulator, reader: XnatSession) -> None:
    known = classes(reader)
    listed = searchable_types(reader)
    assert len(listed) > 20
    for name in listed:
        item_class = known[name]
        assert issubclass(item_class, (XnatObject, WrkWorkflowData))
        query = reader.query(item_class)
        before = len(demo.requests)
        found = query.all()
        assert len(demo.requests) - before == 1, name
        assert len(found) == query.count()
        assert len(query.tabulate_dict()) >= len(found)


def test_every_other_type_is_refused_before_it_is_searched(demo: xnat_emulator.Emulator, reader: XnatSession) -> None:
    from xnat_runtime.display import is_documented

    listed = set(searchable_types(reader))
    others = [kind for name, kind in classes(reader).items() if name not in listed and not is_documented(kind)]
    assert len(others) > 60
    before = len(demo.requests)
    for kind in others:
        with pytest.raises(InvalidValueError, match=kind.__name__):
            reader.query(kind).all()  # type: ignore[type-var]  # what the test is about
    assert {record.path for record in demo.requests[before:]} <= {"/data/search/elements"}
    assert len(demo.requests) - before <= 1
