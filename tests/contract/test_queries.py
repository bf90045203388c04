"""Queries on the embedded server: the tutorial's, every comparison, parents, sorting, paging, tables."""

from __future__ import annotations

import datetime
import json

import pytest

import xnat_emulator
import xnat_sdk.models
from xnat_sdk import (
    FieldNotOnServerError,
    InvalidValueError,
    PermissionDeniedError,
    ResultCountError,
    ServerError,
    UsageError,
    connect,
)
from xnat_sdk.models import (
    ExperimentData,
    ImageSessionData,
    MrScanData,
    MrSessionData,
    PetSessionData,
    ProjectData,
    QcManualAssessorData,
    SubjectData,
    WrkWorkflowData,
    XdatUser,
)

P = "SEARCHED"
SUBJECTS = f"/data/projects/{P}/subjects"


@pytest.fixture(scope="module")
def server():
    """A server with one project: four subjects, five sessions."""
    with xnat_emulator.start() as started, connect(started.url, started.user, started.password) as session:
        fill(session)
        yield started


@pytest.fixture
def session(server):
    """A connection to it."""
    with connect(server.url, server.user, server.password) as connection:
        yield connection


def fill(session) -> None:
    def put(path: str, **values: str) -> None:
        session.put(path, query=values)

    put(f"/data/projects/{P}", name="A searched project")
    put(
        f"{SUBJECTS}/frobenius",
        group="Frobenius",
        gender="female",
        dob="1980-05-05",
        **{"xnat:subjectData/initials": "F*F"},
    )
    put(f"{SUBJECTS}/symmetric", group="Symmetric", gender="male", yob="1970", **{"xnat:subjectData/initials": "S_S"})
    put(f"{SUBJECTS}/linear", group="Special linear", **{"xnat:subjectData/initials": "*"})
    put(f"{SUBJECTS}/bare")
    mr, heavy = {"xsiType": "xnat:mrSessionData"}, f"{SUBJECTS}/frobenius/experiments/heavy"
    put(heavy, date="2021-02-02", scanner="TrioTim", **mr, **{"xnat:mrSessionData/dcmPatientWeight": "200.5"})
    put(f"{SUBJECTS}/frobenius/experiments/early", date="2018-07-07", scanner="Avanto", **mr)
    variable = {"xnat:mrSessionData/fields/field[name=Diagnosis]/field": "healthy"}
    put(f"{SUBJECTS}/symmetric/experiments/light", date="2020-03-20", **mr, **variable)
    put(f"{SUBJECTS}/linear/experiments/undated", note="a long, note", **mr)
    put(f"{SUBJECTS}/linear/experiments/tracer", date="2019-01-01", xsiType="xnat:petSessionData")
    for number, scan_type in enumerate(("T1", "T1", "T2"), 1):
        put(f"{heavy}/scans/{number}", xsiType="xnat:mrScanData", type=scan_type, quality="usable")
    put(f"{heavy}/assessors/qc", xsiType="xnat:qcManualAssessorData", date="2021-03-03")


def labels(query) -> list[str]:
    return sorted(item.label for item in query.all())


@pytest.fixture
def subjects(session):
    """A query of the project's subjects."""
    return session.query(SubjectData, SubjectData.project == P)


@pytest.fixture
def sessions(session):
    """A query of the project's MR sessions."""
    return session.query(MrSessionData).filter(MrSessionData.project == P)


# The tutorial


def test_the_tutorials_queries(session):
    Subject = session.classes.SubjectData  # noqa: N806  # as the tutorial has it
    assert labels(Subject.query().filter(Subject.project == P)) == ["bare", "frobenius", "linear", "symmetric"]
    brains = Subject.query().filter(Subject.project == P, Subject.label.like("fro*"))
    assert labels(brains) == ["frobenius"]
    assert labels(Subject.query().filter(Subject.project == P).filter(Subject.label.like("fro*"))) == ["frobenius"]
    assert labels(Subject.query().filter((Subject.project == P) & Subject.label.like("fro*"))) == ["frobenius"]
    assert labels(Subject.query((Subject.label == "bare") | (Subject.label == "linear"))) == ["bare", "linear"]
    assert brains.first() == brains.last() == brains.one() == brains.one_or_none()
    [row] = brains.tabulate_dict()
    assert (row["subject_label"], row["gender"], row["quarantine_status"]) == ("frobenius", "female", "active")
    assert brains.tabulate_csv().splitlines()[0].replace('"', "").split(",") == list(row)
    assert json.loads(brains.tabulate_json())["ResultSet"]["Result"][0]["subject_label"] == "frobenius"
    assert list(brains.tabulate_pandas()["subject_label"]) == ["frobenius"]


def test_classes_of_a_connection_are_the_classes(session):
    Subject = session.classes.SubjectData  # noqa: N806  # as the tutorial has it
    assert Subject == SubjectData
    assert {Subject} == {SubjectData}
    assert session.classes.SubjectData is Subject
    found = Subject.query().filter(Subject.label == "bare").one()
    assert type(found) is SubjectData
    assert isinstance(found, Subject)
    assert not isinstance(found, session.classes.MrSessionData)
    assert issubclass(session.classes.MrSessionData, session.classes.ExperimentData)
    assert Subject.__name__ == "SubjectData"
    assert "frobenius" in {one.label for one in session.query(Subject)}
    assert list(session.projects[P].sessions.of_type(session.classes.PetSessionData)) == [
        session.query(session.classes.PetSessionData).one()
    ]

    class Patient(Subject):
        """A class of a user's own."""

    assert issubclass(Patient, SubjectData)
    assert {"SubjectData", "MrSessionData", "DemographicData"} <= set(dir(session.classes))
    with pytest.raises(AttributeError, match="no data type 'SubjektData'"):
        session.classes.SubjektData  # noqa: B018


def test_objects_are_made_with_the_classes_of_a_connection(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        project = session.classes.ProjectData(parent=session, id="MADE")
        subject = session.classes.SubjectData(parent=project, label="one")
        assert labels(session.classes.SubjectData.query()) == ["one"]
        assert session.query(SubjectData).one() == subject


def test_an_imported_class_says_what_to_write():
    with pytest.raises(UsageError, match=r"session\.query\(SubjectData\) or session\.classes\.SubjectData\.query\(\)"):
        SubjectData.query()
    with pytest.raises(UsageError, match=r"session\.query\(WrkWorkflowData\)"):
        WrkWorkflowData.query()


# Comparisons


@pytest.mark.parametrize(
    ("constraint", "found"),
    [
        (SubjectData.label == "bare", "bare"),
        (SubjectData.label != "bare", "frobenius linear symmetric"),
        (SubjectData.group != "Frobenius", "bare linear symmetric"),
        (SubjectData.group == "", "bare"),
        (SubjectData.group != "", "frobenius linear symmetric"),
        (SubjectData.label < "frobenius", "bare"),
        (SubjectData.label <= "frobenius", "bare frobenius"),
        (SubjectData.label > "linear", "symmetric"),
        (SubjectData.label >= "linear", "linear symmetric"),
        (SubjectData.group.like("s*linear"), "linear"),
        (SubjectData.group.startswith("S"), "linear symmetric"),
        (SubjectData.group.startswith("linear"), ""),
        (SubjectData.group.contains("LINEAR"), "linear"),
        (SubjectData.initials.contains("*"), "frobenius linear"),
        (SubjectData.initials.contains("_"), "symmetric"),
        (SubjectData.initials == "*", "linear"),
        (SubjectData.initials != "*", "bare frobenius symmetric"),
        (SubjectData.initials == "S_S", "symmetric"),
        (SubjectData.label.in_("bare", "linear", "nobody"), "bare linear"),
        (SubjectData.group.in_("Special linear", "a, b"), "linear"),
        (SubjectData.label.in_(), ""),
        (SubjectData.demographics.yob.between(1960, 1970), "symmetric"),
        (SubjectData.demographics.dob == datetime.date(1980, 5, 5), "frobenius"),
        (SubjectData.group.is_null(), "bare"),
        (SubjectData.group.is_not_null(), "frobenius linear symmetric"),
        (SubjectData.GENDER_TEXT == "female", "frobenius"),
        (SubjectData.GENDER_TEXT != "female", "bare linear symmetric"),
        (SubjectData.GENDER.startswith("fem"), "frobenius"),
        (SubjectData.GENDER.contains("ma"), "frobenius symmetric"),
        (SubjectData.GENDER.like("fem*"), "frobenius"),
        (SubjectData.GENDER.in_("female", "other"), "frobenius"),
        (SubjectData.SUB_PROJECT_IDENTIFIER[P] == "bare", "bare"),
        (ProjectData.name == "A searched project", "bare frobenius linear symmetric"),
    ],
    ids=repr,
)
def test_a_comparison_and_its_opposite(subjects, constraint, found):
    everybody = {"bare", "frobenius", "linear", "symmetric"}
    assert labels(subjects.filter(constraint)) == found.split()
    assert labels(subjects.filter(~constraint)) == sorted(everybody - set(found.split()))
    assert labels(subjects.filter(~~constraint)) == found.split()


def test_comparisons_of_numbers_dates_and_variables(sessions):
    assert labels(sessions.filter(MrSessionData.dcm_patient_weight > 200)) == ["heavy"]
    assert labels(sessions.filter(MrSessionData.date >= datetime.date(2020, 3, 20))) == ["heavy", "light"]
    assert labels(
        sessions.filter(MrSessionData.date.between(datetime.date(2018, 1, 1), datetime.date(2020, 3, 20)))
    ) == [
        "early",
        "light",
    ]
    assert labels(sessions.filter(MrSessionData.fields["Diagnosis"] == "healthy")) == ["light"]
    assert labels(sessions.filter(MrSessionData.SCAN_COUNT_TYPE["T1"] == 2)) == ["heavy"]
    assert len(sessions.filter(~(datetime.datetime(2020, 1, 1) > MrSessionData.INSERT_DATE)).all()) == 4
    assert labels(sessions.filter(MrSessionData.note == "a long, note")) == ["undated"]


def test_nested_conditions(subjects):
    either = (SubjectData.label == "bare") | ((SubjectData.group == "Symmetric") & (SubjectData.initials == "S_S"))
    assert labels(subjects.filter(either)) == ["bare", "symmetric"]
    assert labels(subjects.filter(~either)) == ["frobenius", "linear"]
    mixed = SubjectData.group.startswith("linear") | (SubjectData.label == "bare")
    assert labels(subjects.filter(mixed)) == ["bare"]
    assert labels(subjects.filter(~mixed)) == ["frobenius", "linear", "symmetric"]
    pattern = SubjectData.group.like("linear") | SubjectData.label.startswith("ba")
    assert labels(subjects.filter(pattern)) == ["bare", "linear"]


def test_what_a_server_refuses_is_refused_here(server, subjects):
    before = len(server.requests)
    for value in ("x; DROP TABLE", "ends with \\"):
        with pytest.raises(InvalidValueError, match="XNAT refuses") as raised:
            subjects.filter(SubjectData.label == value).all()
        assert value not in str(raised.value)
    assert len(server.requests) == before
    assert subjects.filter(SubjectData.label.contains("x; DROP TABLE")).all() == []


# Parents


def test_conditions_on_what_sessions_belong_to(sessions):
    assert labels(sessions.filter(SubjectData.demographics.gender == "female")) == ["early", "heavy"]
    assert labels(sessions.filter(SubjectData.GENDER_TEXT == "male")) == ["light"]
    assert labels(sessions.filter(SubjectData.label.startswith("lin"))) == ["undated"]


def test_fields_of_what_sessions_belong_to_are_held_by_their_parents(server, sessions):
    before = len(server.requests)
    found = sessions.view(SubjectData.label, SubjectData.demographics.gender, MrSessionData.scanner.value).all()
    assert {one.label: (one.parent.label, one.parent.demographics.gender) for one in found} == {
        "heavy": ("frobenius", "female"),
        "early": ("frobenius", "female"),
        "light": ("symmetric", "male"),
        "undated": ("linear", None),
    }
    assert len({id(one.parent) for one in found}) == 3
    assert len(server.requests) - before == 1
    with pytest.raises(InvalidValueError, match="neither to MrSessionData nor to its parent"):
        sessions.view(ProjectData.name).all()


def test_inherited_fields_belong_to_the_type_that_is_searched(sessions):
    assert labels(sessions.filter(ExperimentData.label == "heavy", ImageSessionData.scanner.value == "TrioTim")) == [
        "heavy"
    ]


def test_a_field_inside_other_objects_needs_their_name(sessions):
    from xnat_sdk.models import DemographicData

    with pytest.raises(InvalidValueError, match=r"SubjectData\.demographics\.gender"):
        sessions.filter(DemographicData.gender == "female")


# Objects


def test_objects_are_those_of_listings(server, session, subjects, sessions):
    before = len(server.requests)
    found = {subject.label: subject for subject in subjects}
    assert {subject.project for subject in found.values()} == {P}
    assert len(server.requests) - before == 1
    assert set(found.values()) == set(session.subjects)
    assert set(sessions.all()) == set(session.sessions.of_type(MrSessionData))
    before = len(server.requests)
    assert found["frobenius"].initials == "F*F"
    assert found["frobenius"].demographics.gender == "female"
    assert len(server.requests) - before == 1  # the document, once
    assert {one.label for one in found["frobenius"].experiments} == {"heavy", "early"}
    assert session.query(ProjectData).one() == session.projects[P]
    scans = session.query(MrScanData).all()
    heavy = session.sessions["heavy"]
    assert set(scans) == {session.create_object(f"{heavy.uri}/scans/{number}") for number in (1, 2, 3)}
    assert {(scan.id, scan.type, scan.image_session_id) for scan in scans} == {
        ("1", "T1", heavy.id),
        ("2", "T1", heavy.id),
        ("3", "T2", heavy.id),
    }
    assert scans[0].parent == heavy
    assert session.query(PetSessionData).one().parent.label == "linear"
    [quality] = session.query(QcManualAssessorData).all()
    assert (quality.label, quality.parent.label) == ("qc", "heavy")


def test_viewed_fields_cost_no_request(server, sessions):
    before = len(server.requests)
    found = sessions.view(MrSessionData.scanner.value, MrSessionData.AGE, MrSessionData.SUBJECT_LABEL).sort(
        MrSessionData.label
    )
    assert [(one.scanner.value, one.AGE, one.SUBJECT_LABEL) for one in found] == [
        ("Avanto", 38.0, "frobenius"),
        ("TrioTim", 40.0, "frobenius"),
        (None, 50.0, "symmetric"),
        (None, None, "linear"),
    ]
    assert len(server.requests) - before == 1
    with pytest.raises(UsageError, match=r"session\.query\(\.\.\.\)\.view\(MrSessionData\.DATE_CHAR\)"):
        found.all()[0].DATE_CHAR  # noqa: B018


def test_records_that_only_searches_find(session):
    session.put(
        "/data/workflows",
        query={
            "wrk:workflowData/id": "X",
            "wrk:workflowData/data_type": "xnat:mrSessionData",
            "wrk:workflowData/pipeline_name": "Imported",
            "wrk:workflowData/launch_time": "2024-01-31 12:00:00",
            "wrk:workflowData/status": "Running",
            "wrk:workflowData/ExternalID": P,
        },
    )
    found = session.query(WrkWorkflowData, WrkWorkflowData.status == "Running").one()
    assert (found.pipeline_name, found.id) == ("Imported", "X")
    assert found.launch_time == datetime.datetime(2024, 1, 31, 12)
    with pytest.raises(UsageError, match=r"did not load 'comments'"):
        found.comments  # noqa: B018
    with pytest.raises(UsageError, match="cannot be changed"):
        found.status = "Complete"


# Tuples


def test_selected_values_are_tuples_one_for_each_object(server, sessions):
    before = len(server.requests)
    found = sessions.select(MrSessionData.label, SubjectData.label, MrSessionData.date).sort(MrSessionData.label).all()
    assert found == [
        ("early", "frobenius", datetime.date(2018, 7, 7)),
        ("heavy", "frobenius", datetime.date(2021, 2, 2)),
        ("light", "symmetric", datetime.date(2020, 3, 20)),
        ("undated", "linear", None),
    ]
    assert len(server.requests) - before == 1
    assert sorted(sessions.select(SubjectData.label)) == [
        ("frobenius",),
        ("frobenius",),
        ("linear",),
        ("symmetric",),
    ]
    one = sessions.filter(MrSessionData.label == "heavy").select(
        MrSessionData.SCAN_COUNT_TYPE["T1"], MrSessionData.MR_SCAN_COUNT_AGG
    )
    assert one.one() == (2, "T1(2), T2(1)")


def test_renamed_columns_are_found(sessions):
    """``date`` and ``subject_ID`` come back under the names of display fields, others under cleaned paths."""
    query = sessions.filter(MrSessionData.label == "heavy")
    [row] = query.select(MrSessionData.date, MrSessionData.DATE, MrSessionData.dcm_patient_weight, SubjectData.id)
    assert row[:3] == (datetime.date(2021, 2, 2), datetime.date(2021, 2, 2), 200.5)
    assert row[3] == query.one().subject_id


# Order, number, pages


def test_sorting(sessions):
    assert [one.label for one in sessions.sort(MrSessionData.date)] == ["early", "light", "heavy", "undated"]
    descending = sessions.sort(MrSessionData.date, descending=True)
    assert [one.label for one in descending] == ["undated", "heavy", "light", "early"]
    by_two = sessions.sort(SubjectData.label).sort(MrSessionData.date, descending=True)
    assert [one.label for one in by_two] == ["heavy", "early", "undated", "light"]
    assert sessions.sort(MrSessionData.date).first().label == "early"
    assert sessions.sort(MrSessionData.date).last().label == "undated"
    assert [one.label for one in sessions.sort(SubjectData.GENDER_TEXT).sort(MrSessionData.label)][:2] == [
        "early",
        "heavy",
    ]
    with pytest.raises(InvalidValueError, match="without an order"):
        sessions.sort(MrSessionData.custom_fields_json)


def test_limits_are_the_servers_where_it_can_decide(server, sessions):
    before = len(server.requests)
    assert [one.label for one in sessions.sort(MrSessionData.date).limit(2)] == ["early", "light"]
    assert ("limit", "2") in server.requests[-1].query
    assert len(server.requests) - before == 1
    assert [one.label for one in sessions.sort(MrSessionData.date).limit(2, offset=1)] == ["light", "heavy"]
    assert [one.label for one in sessions.sort(MrSessionData.label).limit(2)] == ["early", "heavy"]
    few = sessions.filter(MrSessionData.label.startswith("e") | MrSessionData.label.startswith("h")).limit(1)
    assert len(few.all()) == 1
    assert sessions.limit(0).all() == []
    assert len(sessions.limit(99).all()) == 4
    assert sessions.limit(99, offset=99).all() == []
    with pytest.raises(InvalidValueError, match="from 0"):
        sessions.limit(-1)


def test_pages_come_from_one_stored_result(server, sessions):
    before = len(server.requests)
    pages = list(sessions.sort(MrSessionData.date).pages(3))
    assert [[one.label for one in page] for page in pages] == [["early", "light", "heavy"], ["undated"]]
    assert [record.method for record in server.requests[before:]] == ["POST", "GET", "GET"]
    here = list(sessions.sort(MrSessionData.label).pages(3))
    assert [len(page) for page in here] == [3, 1]
    assert [len(page) for page in sessions.limit(3).pages(2)] == [2, 1]


def test_a_stored_result_is_never_an_old_one(empty):
    with connect(empty.url, empty.user, empty.password) as session:
        session.put("/data/projects/GROWS")
        query = session.query(ProjectData).limit(5)
        assert query.count() == len(query.all()) == 1
        session.put("/data/projects/GREW")
        assert query.count() == len(query.all()) == 2


def test_counting_loads_no_rows(server, subjects):
    before = len(server.requests)
    assert subjects.count() == 4
    assert "limit" not in dict(server.requests[-1].query)
    assert subjects.limit(3).count() == 3
    assert subjects.filter(SubjectData.group.startswith("linear")).count() == 0
    assert subjects.filter(SubjectData.label.in_()).count() == 0
    assert len(server.requests) - before == 3


def test_one_and_none(subjects):
    nobody = subjects.filter(SubjectData.label == "nobody")
    assert (nobody.all(), nobody.first(), nobody.last(), nobody.one_or_none()) == ([], None, None, None)
    with pytest.raises(ResultCountError, match="no result") as raised:
        nobody.one()
    assert raised.value.count == 0
    assert "nobody" not in str(raised.value)
    with pytest.raises(ValueError, match="4 results, not one"):
        subjects.one_or_none()
    assert nobody.tabulate_dict() == []
    assert nobody.tabulate_csv().startswith('"subject_label"')
    assert next(iter(nobody.tabulate_pandas().columns)) == "subject_label"
    never = subjects.filter(SubjectData.label.in_())
    assert (never.all(), never.tabulate_dict(), len(never.tabulate_pandas())) == ([], [], 0)


# Tables


def test_tables_have_the_viewed_columns(sessions):
    table = sessions.view(MrSessionData.label, MrSessionData.SCANNER_CSV).sort(MrSessionData.date).tabulate_dict()
    assert [row["scanner_csv"] for row in table] == ["Avanto", "", "TrioTim", ""]
    assert list(table[0]) == ["xnat_col_mrsessiondatalabel", "scanner_csv", "quarantine_status"]


def test_tables_of_what_is_decided_here_look_alike(sessions):
    plain = sessions.filter(MrSessionData.label == "heavy")
    decided = sessions.filter(MrSessionData.label.startswith("hea"))
    assert decided.tabulate_dict() == plain.tabulate_dict()
    viewed = MrSessionData.SCANNER_CSV
    assert decided.view(viewed).tabulate_dict() == plain.view(viewed).tabulate_dict()
    assert json.loads(decided.view(viewed).tabulate_json())["ResultSet"]["totalRecords"] == "1"
    assert len(sessions.limit(2).tabulate_dict()) == 2
    assert [row["label"] for row in sessions.sort(MrSessionData.label, descending=True).tabulate_dict()] == [
        "undated",
        "light",
        "heavy",
        "early",
    ]


# Every type


def test_every_type_with_display_fields_is_searched_in_one_request(demo, reader):
    from xnat_runtime.display import displays

    searched = {
        name: found
        for name in dir(reader.classes)
        if isinstance(found := getattr(xnat_sdk.models, name), type) and displays(found)
    }
    assert len(searched) > 80
    before = len(demo.requests)
    found = {name: len(reader.query(item_class).all()) for name, item_class in searched.items()}
    assert len(demo.requests) - before == len(searched)
    assert min(found[name] for name in ("ProjectData", "SubjectData", "MrSessionData", "MrScanData")) > 0
    some = reader.query(MrSessionData).all()[0]
    assert some.scans[0].type


def test_every_display_field_is_known_to_the_server(demo, reader):
    from xnat_runtime.display import displays

    for item_class in (ProjectData, SubjectData, MrSessionData, MrScanData, PetSessionData, QcManualAssessorData):
        fields = [display.term() for display in displays(item_class).values()]
        before = len(demo.requests)
        for row in reader.query(item_class).view(*fields).all():
            assert [getattr(row, field.path) for field in fields]
        assert len(demo.requests) - before == 1


def test_display_fields_that_the_package_does_not_know(sessions):
    from xnat_sdk.search import display_field

    count = display_field(MrSessionData, "SCAN_COUNT_TYPE", int, value="T1")
    found = sessions.filter(count > 1).select(MrSessionData.label, count)
    assert found.all() == [("heavy", 2)]
    with pytest.raises(InvalidValueError, match="not list"):
        display_field(MrSessionData, "X", list)
    with pytest.raises(FieldNotOnServerError):
        sessions.select(display_field(MrSessionData, "PLUG_SCORE", float)).all()


def test_a_read_only_connection_may_search(server):
    with connect(server.url, server.user, server.password, read_only=True) as session:
        query = session.query(SubjectData, SubjectData.project == P)
        assert (query.count(), len(query.limit(2).all()), len(query.tabulate_dict())) == (4, 2, 4)


def test_threads_share_a_query(server, subjects):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: labels(subjects), range(12)))
    assert found == [["bare", "frobenius", "linear", "symmetric"]] * 12


# Refusals


@pytest.mark.parametrize("name", ["ImageSessionData", "ExperimentData", "ImageScanData", "DemographicData"])
def test_types_that_no_server_searches_are_refused_without_a_request(server, session, name):
    before = len(server.requests)
    with pytest.raises(InvalidValueError, match="search for"):
        session.query(getattr(session.classes, name))
    assert len(server.requests) == before


def test_types_that_this_server_does_not_search_are_refused_before_the_search(server, session):
    from xnat_sdk.models import ResourceCatalog

    before = len(server.requests)
    with pytest.raises(InvalidValueError, match="ResourceCatalog"):
        session.query(ResourceCatalog).all()
    with pytest.raises(InvalidValueError, match="AYbocsData"):
        session.query(session.classes.AYbocsData).count()
    assert [record.path for record in server.requests[before:]] == ["/data/search/elements"]


def test_a_field_that_the_server_does_not_know(server, session, monkeypatch):
    from xnat_runtime.codec import TEXT
    from xnat_runtime.query import QueryField

    unknown = QueryField("xnat:subjectData", "shoeSize", TEXT)
    with pytest.raises(FieldNotOnServerError, match="xnat:subjectData/shoeSize"):
        session.query(SubjectData).select(SubjectData.label, unknown).all()
    with pytest.raises(ServerError, match=r"500.*may not know a field") as raised:
        session.query(SubjectData, unknown == "4711").all()
    assert "4711" not in str(raised.value)


def test_what_an_account_may_not_search(server, session):
    account = {"username": "plain", "password": "plain", "enabled": True, "verified": True, "email": "p@example.org"}
    body = json.dumps(account | {"firstName": "P", "lastName": "Q"}).encode()
    session.post("/xapi/users", data=body, headers={"Content-Type": "application/json"})
    with (
        connect(server.url, "plain", "plain") as other,
        pytest.raises(PermissionDeniedError, match="may not search xdat:user"),
    ):
        other.query(XdatUser).all()


def test_display_fields_are_no_columns_of_listings(session):
    with pytest.raises(InvalidValueError, match=r"session\.query\(SubjectData\) knows it"):
        session.projects[P].subjects.filter(SubjectData.GENDER_TEXT == "female")
    with pytest.raises(InvalidValueError, match=r"conditions such as"):
        session.query(SubjectData).filter(True)
    with pytest.raises(InvalidValueError, match="takes fields"):
        session.query(SubjectData).select("label")


def test_no_value_stands_in_a_url(server, subjects):
    before = len(server.requests)
    secret = subjects.filter(SubjectData.initials == "hush-hush")
    secret.limit(3).all()
    secret.tabulate_csv()
    secret.sort(SubjectData.GENDER_TEXT).limit(1).all()
    list(secret.pages(2))
    for record in server.requests[before:]:
        assert "hush" not in f"{record.path}{record.query}"
    assert "hush" not in repr(secret)
