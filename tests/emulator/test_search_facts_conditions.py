"""Every row of the table of comparisons, on a display field and on a schema path (schema-and-search 4.2)."""

from __future__ import annotations

import pytest

from .search_documents import MR, SUBJECT, criterion, document, escaped, group

DATE, DAY = f"{MR}.DATE", f"{MR}/date"
WEIGHT = f"{MR}/dcmPatientWeight"
GROUP, GROUP_PATH = f"{SUBJECT}.SUB_GROUP", f"{SUBJECT}/group"
ALL = {"heavy", "early", "light", "undated"}
REFUSED = "refused"


def found_by(searcher, field, comparison, value, *, override=0):
    """Return the labels that a criterion finds, ``REFUSED`` when the server says 500."""
    if comparison is None:
        inner = (
            f"<xdat:criteria><xdat:schema_field>{field}</xdat:schema_field><xdat:value>{escaped(value)}</xdat:value>"
        )
        one = f"{inner}</xdat:criteria>"
    else:
        one = criterion(field, comparison, value, override=override)
    root, label = (SUBJECT, "SUBJECT_LABEL") if field.startswith(SUBJECT) else (MR, "LABEL")
    own = criterion(f"{root}/project", "=", searcher.project)
    answer = searcher.post(document(root, [label], own, group("AND", one)))
    if answer.status == 500:
        return REFUSED
    assert answer.status == 200
    return {row[label.lower()] for row in searcher.rows(document(root, [label], own, group("AND", one)))}


@pytest.mark.parametrize(
    ("comparison", "value", "display", "path"),
    [
        pytest.param(None, "2020-03-20", {"light"}, {"light"}, id="absent"),
        pytest.param("=", "2020-03-20", {"light"}, {"light"}, id="equal"),
        pytest.param("=", "", {"undated"}, {"undated"}, id="equal-nothing"),
        pytest.param("!=", "2020-03-20", ALL - {"light"}, {"heavy", "early"}, id="unequal"),
        pytest.param("<", "2020-03-20", {"early"}, {"early"}, id="less"),
        pytest.param("<=", "2020-03-20", {"early", "light"}, {"early", "light"}, id="at-most"),
        pytest.param(">", "2020-03-20", {"heavy"}, {"heavy"}, id="more"),
        pytest.param(">=", "2020-03-20", {"heavy", "light"}, {"heavy", "light"}, id="at-least"),
        pytest.param("IN", "2020-03-20,2021-02-02", {"light", "heavy"}, REFUSED, id="in"),
        pytest.param("BETWEEN", "2018-01-01 and 2020-12-31", {"early", "light"}, REFUSED, id="between"),
        pytest.param("IS NULL", None, {"undated"}, {"undated"}, id="is-null"),
        pytest.param("IS NOT NULL", None, ALL - {"undated"}, ALL - {"undated"}, id="is-not-null"),
        pytest.param("IS", "NULL", {"undated"}, {"undated"}, id="is"),
        pytest.param("IS NOT", "NULL", ALL - {"undated"}, ALL - {"undated"}, id="is-not"),
        pytest.param("IS DISTINCT FROM", "2020-03-20", ALL - {"light"}, ALL - {"light"}, id="is-distinct-from"),
        pytest.param("IS NOT DISTINCT FROM", "2020-03-20", {"light"}, {"light"}, id="is-not-distinct-from"),
        pytest.param("=", "*", ALL - {"undated"}, ALL - {"undated"}, id="star"),
        pytest.param("=", "03/20/2020", {"light"}, {"light"}, id="american"),
    ],
)
def test_rows_of_42_on_dates(searcher, comparison, value, display, path):
    assert found_by(searcher, DATE, comparison, value) == display
    assert found_by(searcher, DAY, comparison, value) == path


@pytest.mark.parametrize(
    ("comparison", "value", "display", "path"),
    [
        pytest.param("LIKE", "met", set(), {"symmetric"}, id="like"),
        pytest.param("LIKE", "%MET%", {"symmetric"}, {"symmetric"}, id="like-wildcards"),
        pytest.param("LIKE", "S*ric", set(), {"symmetric"}, id="like-star"),
        pytest.param("NOT LIKE", "%met%", {"linear", "frobenius"}, {"linear", "frobenius"}, id="not-like"),
        pytest.param("=", "symmetric", set(), set(), id="case-counts"),
        pytest.param("IN", "Frobenius,Symmetric", {"frobenius", "symmetric"}, REFUSED, id="in"),
        pytest.param("IN", "'Frobenius'", set(), REFUSED, id="in-quoted"),
        pytest.param("IS NULL", None, {"bare"}, {"bare"}, id="is-null"),
        pytest.param("=", "O'Neill", set(), set(), id="single-quotes"),
        *(
            pytest.param("=", f"{start}{word} x", REFUSED, REFUSED, id=f"{word.lower()}-{number}")
            for word in ("SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE")
            for number, start in enumerate(("", "a "))
        ),
        pytest.param("=", "a\\", REFUSED, REFUSED, id="backslash"),
        pytest.param("=", "select x", set(), set(), id="lower-case-words"),
        pytest.param("=", "SELECT", set(), set(), id="word-without-blank"),
        pytest.param("=", "aSELECT x", set(), set(), id="word-without-delimiter"),
    ],
)
def test_rows_of_42_on_texts(searcher, comparison, value, display, path):
    assert found_by(searcher, GROUP, comparison, value) == display
    assert found_by(searcher, GROUP_PATH, comparison, value) == path


@pytest.mark.parametrize(
    ("field", "comparison", "value", "found"),
    [
        (GROUP_PATH, "IN", "('Frobenius','Symmetric')", {"frobenius", "symmetric"}),
        (GROUP_PATH, "BETWEEN", "'E' AND 'G'", {"frobenius"}),
        (GROUP_PATH, "=", "Frobenius", REFUSED),
        (WEIGHT, "BETWEEN", "140 AND 190", {"early"}),
    ],
)
def test_raw_values_of_42(searcher, field, comparison, value, found):
    assert found_by(searcher, field, comparison, value, override=1) == found
