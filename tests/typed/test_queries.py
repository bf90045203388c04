"""Queries over scripted answers: the document that is sent, and answers that servers may give."""

from __future__ import annotations

import datetime

import pytest

from xnat_sdk import (
    BadRequestError,
    DecodeError,
    FieldNotOnServerError,
    InvalidValueError,
    LoginPageError,
    MissingValueError,
    PermissionDeniedError,
    ServerError,
    UnexpectedAnswerError,
)
from xnat_sdk.models import MrScanData, MrSessionData, SubjectData, WrkWorkflowData, XdatUser
from xnat_sdk.search import Constraint, and_, or_

SEARCH = "/data/search"
NAMES = {"xdat": "http://nrg.wustl.edu/security"}


def result(rows, columns=None, **facts):
    """Returns an answer; columns: row key -> header."""
    described = [{"key": key, "header": header} for key, header in (columns or {}).items()]
    return {"ResultSet": {"Result": rows, "Columns": described, "totalRecords": str(len(rows)), **facts}}


def subject_rows(count):
    """Returns an answer with many subjects, under the keys that a server renames columns to."""
    columns = {
        "subjectid": "xnat:subjectData/ID",
        "project": "xnat:subjectData/project",
        "df_alias_7": "xnat:subjectData/label",
    }
    rows = [
        {"subjectid": f"X_S{n}", "project": "P", "df_alias_7": f"s{n}", "quarantine_status": "active"}
        for n in range(count)
    ]
    return result(rows, columns)


def sent(query):
    """Returns the document of a query."""
    return query.to_xml()


def conditions(query):
    """Returns the condition of a query as nested lists."""

    def read(node):
        if node.tag.endswith("criteria"):
            assert node.attrib == {"override_value_formatting": "0"}
            return tuple(node.findtext(f"xdat:{name}", None, NAMES) for name in FIELDS)
        return [node.get("method"), *map(read, node)]

    return [read(node) for node in sent(query).findall("xdat:search_where", NAMES)]


FIELDS = ("schema_field", "comparison_type", "value")
LABEL = "xnat:subjectData/label"


def where(session, constraint):
    """Returns what a condition becomes below the outermost AND."""
    [[method, *members]] = conditions(session.query(SubjectData, constraint))
    assert method == "AND"
    return members[0] if len(members) == 1 else members


# Documents


def test_a_document_has_its_parts_in_the_order_of_the_schema(session):
    query = session.query(MrSessionData, MrSessionData.date > datetime.date(2020, 1, 31)).view(MrSessionData.AGE)
    root = sent(query)
    assert root.tag == "{http://nrg.wustl.edu/security}bundle"
    names = [node.tag.rpartition("}")[2] for node in root]
    assert names == sorted(names, key=["root_element_name", "search_field", "search_where"].index)
    columns = root.findall("xdat:search_field", NAMES)
    assert [[child.text for child in column] for column in columns][-2:] == [
        ["xnat:mrSessionData", "xnat:mrSessionData/subject_ID", "4", "string", "xnat:mrSessionData/subject_ID"],
        ["xnat:mrSessionData", "AGE", "5", "float", "xnat:mrSessionData.AGE"],
    ]
    assert conditions(query) == [["AND", ("xnat:mrSessionData/date", ">", "01/31/2020")]]


def test_fields_with_a_value_carry_it_in_an_element_of_its_own(session):
    """Else a server cuts ids at "=" and "." (schema-and-search 3.3)."""
    [column] = [
        column
        for column in sent(session.query(SubjectData).view(SubjectData.fields["Body.Weight"]))
        if (column.findtext("xdat:value", None, NAMES)) is not None
    ]
    assert [child.text for child in column] == [
        "xnat:subjectData", "XNAT_SUBJECTDATA_FIELD_MAP=body.weight", "3", "string",
        "xnat:subjectData.XNAT_SUBJECTDATA_FIELD_MAP=body.weight", "body.weight",
    ]  # fmt: skip
    # A dot behind the type: what stands before the first one is taken for the type.
    assert where(session, SubjectData.fields["Body.Weight"] == "70") == (
        "xnat:subjectData.XNAT_SUBJECTDATA_FIELD_MAP=body.weight",
        "=",
        "70",
    )


def test_columns_have_no_type_selectors_and_conditions_have(session):
    query = session.query(SubjectData, SubjectData.demographics.gender == "male").view(SubjectData.demographics.yob)
    assert [field.text for field in sent(query).findall("xdat:search_field/xdat:field_ID", NAMES)][-1] == (
        "xnat:subjectData/demographics/yob"
    )
    assert conditions(query) == [
        ["AND", ("xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender", "=", "male")]
    ]


def test_lists_of_values_are_alternatives_and_never_in(session):
    """``IN`` directly below ``search_where`` switches the server to another mode (schema-and-search 4.3)."""
    assert where(session, SubjectData.label.in_("a,b", 'c"d')) == [
        "OR",
        (LABEL, "=", "a,b"),
        (LABEL, "=", 'c"d'),
    ]
    assert where(session, ~SubjectData.label.in_("a", "b")) == [
        ["OR", (LABEL, "!=", "a"), (LABEL, "IS NULL", None)],
        ["OR", (LABEL, "!=", "b"), (LABEL, "IS NULL", None)],
    ]


def test_single_conditions_stand_before_sets(session):
    either = (SubjectData.label == "a") | (SubjectData.label == "b")
    assert where(session, and_(either, SubjectData.initials == "c")) == [
        ("xnat:subjectData/initials", "=", "c"),
        ["OR", (LABEL, "=", "a"), (LABEL, "=", "b")],
    ]


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (SubjectData.label != "x", ["OR", (LABEL, "!=", "x"), (LABEL, "IS NULL", None)]),
        (SubjectData.GENDER_TEXT != "x", ("xnat:subjectData.GENDER_TEXT", "!=", "x")),
        (~(SubjectData.label != "x"), (LABEL, "=", "x")),
        (~(SubjectData.label < "x"), ["OR", (LABEL, ">=", "x"), (LABEL, "IS NULL", None)]),
        (~SubjectData.label.is_null(), (LABEL, "IS NOT NULL", None)),
        (SubjectData.label.between("a", "b"), [(LABEL, ">=", "a"), (LABEL, "<=", "b")]),
        (SubjectData.label.like("B*"), (LABEL, "LIKE", "B*")),
        (SubjectData.GENDER_TEXT.like("f*"), ("xnat:subjectData.GENDER_TEXT", "LIKE", "f%")),
        (SubjectData.label.like("*"), (LABEL, "IS NOT NULL", None)),
        (~SubjectData.label.like("B*"), ["OR", (LABEL, "NOT LIKE", "B*"), (LABEL, "IS NULL", None)]),
        (SubjectData.label.contains("50%_*\\"), (LABEL, "LIKE", "50____")),
        (SubjectData.GENDER_TEXT.startswith("f"), ("xnat:subjectData.GENDER_TEXT", "LIKE", "f%")),
        (SubjectData.label.contains("DROP it"), (LABEL, "LIKE", "DROP_it")),
        (SubjectData.label == "*", (LABEL, "IS NOT NULL", None)),
        (or_(SubjectData.label == "a", SubjectData.label.in_()), (LABEL, "=", "a")),
    ],
    ids=repr,
)
def test_what_a_comparison_becomes(session, constraint, expected):
    assert where(session, constraint) == expected


def test_the_opposite_of_what_only_rows_can_decide_asks_for_all(session):
    assert conditions(session.query(SubjectData, ~SubjectData.label.startswith("a"))) == []
    assert conditions(session.query(SubjectData, ~(SubjectData.label == "*"))) == []


def test_values_are_written_as_servers_read_them(session):
    moment = datetime.datetime(2024, 1, 31, 12, 30, 15, 250000)
    assert where(session, moment <= SubjectData.INSERT_DATE)[2] == "2024-01-31 12:30:15.250000"
    assert where(session, SubjectData.demographics.dob == datetime.date(980, 2, 1))[2] == "02/01/0980"
    query = session.query(MrScanData, MrScanData.start_time < datetime.time(10, 5))
    assert conditions(query)[0][1][2] == "10:05:00"
    with pytest.raises(InvalidValueError, match="control character"):
        session.query(SubjectData, SubjectData.label == "a\x00").to_string()
    assert where(session, SubjectData.label == "<&>'\"")[2] == "<&>'\""


def test_json_is_not_compared(session):
    with pytest.raises(InvalidValueError, match="JSON document"):
        session.query(SubjectData, SubjectData.custom_fields_json == {"a": 1}).all()


def test_keyed_lists_that_searches_do_not_know(session):
    with pytest.raises(InvalidValueError, match=r"custom variables, fields\[\.\.\.\]"):
        SubjectData.add_id["x"]
    with pytest.raises(InvalidValueError, match="needs a value"):
        MrSessionData.SCAN_COUNT_TYPE[" "]


def test_not_equal_is_a_constraint_and_fields_can_be_keys(session):
    """xnatpy's ``!=`` is a plain False, and its fields are not hashable."""
    assert isinstance(SubjectData.label != "x", Constraint)
    terms = {SubjectData.label: 1, SubjectData.GENDER_TEXT: 2, SubjectData.demographics.gender: 3}
    assert len(terms) == 3
    with pytest.raises(TypeError, match="no truth value"):
        session.query(SubjectData, (SubjectData.label != "x") and (SubjectData.label != "y"))


# Answers


@pytest.mark.parametrize("count", [0, 10, 1_000])
def test_requests_do_not_grow_with_the_objects(session, wire, count):
    wire.answer("POST", SEARCH, subject_rows(count))
    query = session.query(SubjectData, SubjectData.project == "P")
    found = query.all()
    assert [(one.id, one.label, one.project, one.uri) for one in found] == [
        (f"X_S{n}", f"s{n}", "P", f"/data/projects/P/subjects/X_S{n}") for n in range(count)
    ]
    assert len(wire.requests) == 1
    assert len(query.select(SubjectData.label).all()) == count
    assert len(wire.requests) == 2
    assert wire.sent() == ["POST /data/search?format=json"] * 2


def test_columns_without_description_are_found_by_the_rules_of_their_names(session, wire):
    rows = [
        {
            "xnat_col_mrsessiondatalabel": "a",
            "date": "2020-01-31",
            "xnat_subjectdata_gender_text": "F",
            "scan_count_type_t1_w": "3",
            "xnat_subjectdata_xnat_col_subjectdatainitials": "AB",
            "session_id": "E1",
        }
    ]
    wire.answer("POST", SEARCH, {"ResultSet": {"Result": rows}})
    query = session.query(MrSessionData).select(
        MrSessionData.label,
        MrSessionData.date,
        SubjectData.GENDER_TEXT,
        MrSessionData.SCAN_COUNT_TYPE["T1 w"],
        SubjectData.initials,
    )
    assert query.all() == [("a", datetime.date(2020, 1, 31), "F", 3, "AB")]


def test_a_column_that_the_server_drops_is_an_error(session, wire):
    wire.answer("POST", SEARCH, subject_rows(1))
    with pytest.raises(
        FieldNotOnServerError, match=r"xnat:subjectData/initials: the server's search has no such column"
    ):
        session.query(SubjectData).view(SubjectData.initials).all()
    with pytest.raises(FieldNotOnServerError):
        session.query(SubjectData).sort(SubjectData.group).all()
    with pytest.raises(FieldNotOnServerError):
        session.query(SubjectData, SubjectData.initials.startswith("a")).all()


def test_a_cell_of_another_type_is_an_error_without_its_value(session, wire):
    columns = {"subjectid": "xnat:subjectData/ID", "project": "xnat:subjectData/project", "dob": "xnat:subjectData.DOB"}
    wire.answer("POST", SEARCH, result([{"subjectid": "X", "project": "P", "dob": "hush"}], columns))
    query = session.query(SubjectData)
    with pytest.raises(DecodeError, match=r"xnat:subjectData\.DOB") as raised:
        query.select(SubjectData.DOB).all()
    assert "hush" not in str(raised.value)
    [subject] = query.view(SubjectData.DOB).all()
    with pytest.raises(DecodeError, match=r"SubjectData\.DOB"):
        subject.DOB  # noqa: B018


def test_a_tuple_without_what_identifies_is_an_error(session, wire):
    columns = {"label": "xnat:subjectData/label", "session_id": "xnat:mrSessionData/ID"}
    wire.answer("POST", SEARCH, result([{"label": "", "session_id": "E"}], columns))
    with pytest.raises(MissingValueError, match="xnat:subjectData/label"):
        session.query(MrSessionData).select(SubjectData.label).all()


def test_a_row_without_an_address_is_an_error_when_it_is_needed(session, wire):
    columns = {"subjectid": "xnat:subjectData/ID", "project": "xnat:subjectData/project"}
    wire.answer("POST", SEARCH, result([{"subjectid": "X", "project": ""}], columns))
    with pytest.raises(UnexpectedAnswerError, match="no project"):
        session.query(SubjectData).one().uri  # noqa: B018


def test_a_row_that_a_join_repeats_gives_one_object(session, wire):
    answer = subject_rows(1)
    answer["ResultSet"]["Result"] *= 2
    wire.answer("POST", SEARCH, answer)
    assert len(session.query(SubjectData).all()) == 1


def test_a_stored_result_that_comes_without_rows_is_fetched(session, wire):
    """A re-used one never has rows, whatever the limit (schema-and-search 4.5)."""
    stored = subject_rows(0)
    stored["ResultSet"] |= {"ID": "xs_1", "totalRecords": "3"}
    wire.answer("POST", SEARCH, stored)
    wire.answer("GET", "/data/search/xs_1", {"ResultSet": {"Result": subject_rows(2)["ResultSet"]["Result"]}})
    assert [one.label for one in session.query(SubjectData).limit(2)] == ["s0", "s1"]
    assert wire.sent() == [
        "POST /data/search?format=json&cache=true&refresh=true&limit=2",
        "GET /data/search/xs_1?format=json&offset=0&limit=2",
    ]


def test_a_stored_result_of_somebody_else(session, wire):
    stored = subject_rows(0)
    stored["ResultSet"] |= {"ID": "xs_1", "totalRecords": "3"}
    wire.answer("POST", SEARCH, stored)
    wire.answer("GET", "/data/search/xs_1", b"")
    with pytest.raises(UnexpectedAnswerError, match="belongs to the account"):
        list(session.query(SubjectData).pages(2))


def test_refusals_keep_the_servers_reason(session, wire):
    wire.answer("POST", SEARCH, b"<html><body><h3>not for you</h3></body></html>", 403)
    with pytest.raises(PermissionDeniedError, match=r"not for you\. the account may not search xnat:subjectData"):
        session.query(SubjectData).all()
    wire.answers.clear()
    wire.answer("POST", SEARCH, b"<html><body><h3>no search</h3></body></html>", 422)
    with pytest.raises(BadRequestError, match=r"no search\. the server does not take"):
        session.query(SubjectData).tabulate_csv()
    wire.answers.clear()
    wire.answer("POST", SEARCH, b"", 500)
    with pytest.raises(ServerError, match="may not know a field"):
        session.query(SubjectData, SubjectData.label == "hush").count()


def test_a_login_page_is_no_table(session, wire):
    wire.answer("POST", SEARCH, b'<!DOCTYPE html><html><form action="/app/action/XDATLoginUser"></form></html>')
    with pytest.raises(LoginPageError):
        session.query(SubjectData).tabulate_csv()


def test_cells_of_tables_may_hold_anything(session, wire):
    wire.answer("POST", SEARCH, b'"label","note"\n"a","one, two"\n"b","say ""x""\nand more"\n')
    assert session.query(MrSessionData).tabulate_dict() == [
        {"label": "a", "note": "one, two"},
        {"label": "b", "note": 'say "x"\nand more'},
    ]
    wire.answers.clear()
    wire.answer("POST", SEARCH, b"")
    assert session.query(MrSessionData).tabulate_dict() == []
    assert session.query(MrSessionData).tabulate_pandas().empty


def test_records_hold_what_their_display_document_shows(session, wire):
    columns = {"login": "xdat:user/login", "email": "xdat:user/email", "enabled": "xdat:user/enabled"}
    wire.answer("POST", SEARCH, result([{"login": "jo", "email": "jo@example.org", "enabled": "1"}], columns))
    query = session.query(XdatUser)
    assert b"password" not in query.to_string()
    user = query.one()
    assert (user.login, user.email, user.enabled) == ("jo", "jo@example.org", True)
    wire.answers.clear()
    wire.answer("POST", SEARCH, result([{"status": "Done"}], {"status": "wrk:workflowData/status"}))
    workflow = session.query(WrkWorkflowData).one()
    assert workflow.status == "Done"
    with pytest.raises(Exception, match="did not load 'data_type'"):
        workflow.data_type  # noqa: B018
    assert WrkWorkflowData(status="x").status == "x"


def test_like_here_and_there_reads_one_sign_as_one(session, wire):
    rows = [{"ID": "1", "label": "sub_01"}, {"ID": "2", "label": "subX01"}, {"ID": "3", "label": "other"}]
    wire.table("/data/projects/P/subjects", rows)
    project = session.registry.load("xnat:projectData").__xnat_from_server__(session, "/data/projects/P", {}, None)
    assert [one.id for one in project.subjects.filter(SubjectData.label.like("sub_0*"))] == ["1", "2"]
    assert [one.id for one in project.subjects.filter(~SubjectData.label.like("sub*"))] == ["3"]
