"""Conditions of searches: every comparison type on display fields and on schema paths (schema-and-search 4.2, 4.3)."""

from __future__ import annotations

import pytest

from .search_documents import MR, NAMESPACE, SUBJECT, criterion, document, group

WEIGHT = f"{MR}/dcmPatientWeight"
DATE = f"{MR}.DATE"
DATE_PATH = f"{MR}/date"
T1 = f"{MR}.SCAN_COUNT_TYPE=T1"
ALL = {"heavy", "early", "light", "undated"}


def subjects(searcher, *where: str) -> set[str]:
    own = criterion(f"{SUBJECT}/project", "=", searcher.project)
    return {row["subject_label"] for row in searcher.rows(document(SUBJECT, ["SUBJECT_LABEL"], own, *where))}


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("=", "2020-03-20", {"light"}),
        ("=", "03/20/2020", {"light"}),
        ("!=", "2020-03-20", {"heavy", "early", "undated"}),
        (">", "2020-03-20", {"heavy"}),
        (">=", "03/20/2020", {"heavy", "light"}),
        ("<", "2020-03-20", {"early"}),
        ("<=", "2020-03-20", {"early", "light"}),
        ("BETWEEN", "2018-07-07 AND 2020-03-20", {"early", "light"}),
        ("BETWEEN", "07/08/2018 and 02/01/2021", {"light"}),
        ("IN", "2018-07-07,2021-02-02", {"early", "heavy"}),
        ("IS NULL", None, {"undated"}),
        ("IS", "NULL", {"undated"}),
        ("IS NOT NULL", None, ALL - {"undated"}),
        ("IS NOT", "NULL", ALL - {"undated"}),
        ("=", "", {"undated"}),
        ("=", "*", ALL - {"undated"}),
        ("IS DISTINCT FROM", "2020-03-20", {"heavy", "early", "undated"}),
        ("IS NOT DISTINCT FROM", "2020-03-20", {"light"}),
        (" >= ", "2021-01-01", {"heavy"}),
    ],
)
def test_display_field_of_dates(searcher, comparison, value, found):
    assert searcher.sessions(group("AND", criterion(DATE, comparison, value))) == found


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("=", "2020-03-20", {"light"}),
        ("!=", "2020-03-20", {"heavy", "early"}),
        (">=", "03/20/2020", {"heavy", "light"}),
        ("<", "2020-03-20", {"early"}),
        ("IS NULL", None, {"undated"}),
        ("IS NOT NULL", None, ALL - {"undated"}),
    ],
)
def test_schema_path_of_dates(searcher, comparison, value, found):
    """A schema path leaves rows without a value out of ``!=``, a display field does not."""
    assert searcher.sessions(group("AND", criterion(DATE_PATH, comparison, value))) == found


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("=", "150", {"early"}),
        ("=", "150.0", {"early"}),
        ("!=", "150", {"heavy"}),
        (">=", "150", {"early", "heavy"}),
        ("<", "200.5", {"early"}),
        ("BETWEEN", "140 AND 190", {"early"}),
        ("IS NULL", None, {"light", "undated"}),
    ],
)
def test_schema_path_of_numbers(searcher, comparison, value, found):
    """``BETWEEN`` works on numbers, which need no quotes in SQL (the vendor's own tests)."""
    assert searcher.sessions(criterion(WEIGHT, comparison, value)) == found


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [("=", "2", {"heavy"}), ("!=", "2", ALL - {"heavy"}), ("<", "3", {"heavy"}), ("IS NULL", None, ALL - {"heavy"})],
)
def test_counts_of_nothing_are_null(searcher, comparison, value, found):
    assert searcher.sessions(criterion(T1, comparison, value)) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("S%", {"symmetric", "linear"}),
        ("%s", {"frobenius"}),
        ("%MET%", {"symmetric"}),
        ("met", set()),
        ("_robenius", {"frobenius"}),
    ],
)
def test_like_on_display_fields_needs_its_wildcards(searcher, value, found):
    assert subjects(searcher, group("AND", criterion(f"{SUBJECT}.SUB_GROUP", "LIKE", value))) == found


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("LIKE", "met", {"symmetric"}),
        ("LIKE", "S*ric", {"symmetric"}),
        ("LIKE", "S", {"symmetric", "linear", "frobenius"}),
        ("NOT LIKE", "met", {"linear", "frobenius"}),
    ],
)
def test_like_on_schema_paths_is_wrapped(searcher, comparison, value, found):
    assert subjects(searcher, criterion(f"{SUBJECT}/group", comparison, value)) == found


def test_text_ranges_work_on_display_fields_only(searcher):
    inside = criterion(f"{SUBJECT}.SUB_GROUP", "BETWEEN", "E AND G")
    assert subjects(searcher, group("AND", inside)) == {"frobenius"}
    outside = criterion(f"{SUBJECT}/group", "BETWEEN", "E AND G")
    assert searcher.post(document(SUBJECT, ["SUBJECT_LABEL"], outside)).status == 500


def test_lists_inside_a_child_set(searcher):
    """Blanks after the comma stay part of the value; a comma inside double quotes does not split (4.2)."""
    field = f"{SUBJECT}.SUB_GROUP"
    assert subjects(searcher, group("AND", criterion(field, "IN", "Frobenius,Symmetric"))) == {"frobenius", "symmetric"}
    assert subjects(searcher, group("AND", criterion(field, "IN", "Frobenius, Symmetric"))) == {"frobenius"}
    assert searcher.sessions(group("AND", criterion(f"{MR}.MR_NOTES", "IN", 'x,"a long, note"'))) == {"undated"}
    refused = document(SUBJECT, ["SUBJECT_LABEL"], group("AND", criterion(f"{SUBJECT}/group", "IN", "Frobenius")))
    assert searcher.post(refused).status == 500


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("IN", "('Frobenius', 'Symmetric')", {"frobenius", "symmetric"}),
        ("BETWEEN", "'E' AND 'G'", {"frobenius"}),
        ("=", "'Frobenius'", {"frobenius"}),
        ("LIKE", "'%ius'", {"frobenius"}),
    ],
)
def test_overridden_values_are_sql(searcher, comparison, value, found):
    where = group("AND", criterion(f"{SUBJECT}/group", comparison, value, override=1))
    assert subjects(searcher, where) == found


def test_overridden_values_without_quotes_are_refused(searcher):
    where = criterion(f"{SUBJECT}/group", "=", "Frobenius", override=1)
    assert searcher.post(document(SUBJECT, ["SUBJECT_LABEL"], where)).status == 500


def test_sets_nest_with_methods_of_their_own(searcher):
    heavy, light = criterion(WEIGHT, ">", "160"), criterion(DATE_PATH, "=", "2020-03-20")
    old = criterion(DATE, "<", "2019-01-01")
    assert searcher.sessions(group("OR", heavy, light)) == {"heavy", "light"}
    assert searcher.sessions(group("AND", heavy, light)) == set()
    assert searcher.sessions(group("AND", group("OR", heavy, light, old), criterion(WEIGHT, "IS NOT NULL", None))) == {
        "heavy",
        "early",
    }


def test_several_wheres_have_to_be_met_together(searcher):
    first = f'<xdat:search_where method="AND">{searcher.own}</xdat:search_where>'
    second = f'<xdat:search_where method="OR">{criterion(DATE, ">", "2020-12-31")}</xdat:search_where>'
    found = searcher.rows(document(MR, ["LABEL"], tail=first + second))
    assert [row["label"] for row in found] == ["heavy"]


def test_an_empty_set_says_nothing(searcher):
    assert searcher.sessions(group("AND")) == ALL
    assert searcher.sessions(group("OR", group("AND"))) == ALL


def test_conditions_on_joined_types(searcher):
    assert searcher.sessions(criterion(f"{SUBJECT}/label", "=", "symmetric")) == {"light"}
    assert searcher.sessions(criterion(f"{SUBJECT}.GENDER_TEXT", "=", "female")) == {"heavy", "early"}
    gender = f"{SUBJECT}/demographics[@xsi:type=xnat:demographicData]/gender"
    assert searcher.sessions(criterion(gender, "=", "male")) == {"light"}
    assert searcher.sessions(criterion("xnat:projectData/ID", "=", searcher.project)) == ALL


def test_repeating_paths_meet_a_condition_with_any_value(searcher):
    field = f"{MR}/fields/field[name=Diagnosis]/field"
    assert searcher.sessions(criterion(field, "=", "healthy")) == {"light"}
    assert searcher.sessions(criterion(f"{MR}/XNAT_MRSESSIONDATA_FIELD_MAP=diagnosis", "=", "healthy")) == {"light"}


def test_a_criteria_with_custom_search_is_ignored(searcher):
    custom = criterion(DATE, "=", "1900-01-01").replace(
        "</xdat:criteria>", "<xdat:custom_search>x</xdat:custom_search></xdat:criteria>"
    )
    assert searcher.sessions(custom) == ALL


@pytest.mark.parametrize(
    ("field", "comparison", "value"),
    [
        (f"{MR}.NONSENSE", "=", "1"),
        (f"{MR}/nonsense", "=", "1"),
        ("nonsense", "=", "1"),
        (WEIGHT, "=", "heavy"),
        (WEIGHT, "IN", "1,2"),
        (DATE, "=", "yesterday"),
        (DATE, "RESEMBLES", "2020-01-01"),
        (DATE, "BETWEEN", "2020-01-01"),
        (f"{MR}.LABEL", "=", "SELECT 1"),
        (f"{MR}.LABEL", "=", "x;DROP TABLE"),
        (f"{MR}.LABEL", "=", "x\\"),
    ],
)
def test_what_the_database_refuses_is_500(searcher, field, comparison, value):
    body = document(MR, ["LABEL"], group("AND", criterion(field, comparison, value)))
    assert searcher.post(body).status == 500


def test_sql_words_are_only_refused_as_such(searcher):
    for value in ("select 1", "SELECTED 1", "PRESELECT 1"):
        assert searcher.sessions(criterion(f"{MR}.LABEL", "=", value)) == set()


def test_list_at_the_top_turns_the_search_round(searcher):
    """One row for each value, as given, with or without a match; other conditions are lost (4.3)."""
    body = document(
        SUBJECT,
        ["SUBJECT_LABEL"],
        criterion(f"{SUBJECT}.SUB_GROUP", "IN", '\'{"Symmetric","Nobody","Frobenius"}\''),
    )
    result = searcher.result(body)
    assert [(row["search_field0"], row["subject_label"]) for row in result["Result"]] == [
        ("Symmetric", "symmetric"),
        ("Nobody", ""),
        ("Frobenius", "frobenius"),
    ]
    assert next(iter(result["Columns"])) == {"key": "search_field0"}
    plain = document(SUBJECT, ["SUBJECT_LABEL"], criterion(f"{SUBJECT}.SUB_GROUP", "IN", "Symmetric,Frobenius"))
    assert searcher.post(plain).status == 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<a/>",
        f"<xdat:bundle {NAMESPACE}/>".encode(),
        b"<bundle><root_element_name>xnat:mrSessionData</root_element_name></bundle>",
        f'<!DOCTYPE x [<!ENTITY a "b">]>{document(MR, [])}'.encode(),
        document(MR, ["LABEL"]).replace("sequence>0<", "sequence>first<").encode(),
        document(MR, ["LABEL"], "x").replace('method="AND"', 'method="XOR"').encode(),
    ],
)
def test_what_is_no_search_is_422(searcher, body):
    assert searcher.client.post("/data/search?format=json", body=body).status == 422


def test_get_is_not_allowed(searcher):
    assert searcher.client.get("/data/search").status == 405
