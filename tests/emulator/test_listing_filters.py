"""Filters, columns and special tables of listings (rest-data 4.3, 4.6)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def weights(client, subject):
    """A project whose sessions weigh 5, 50 and -5."""
    for label, weight in (("a", "5"), ("b", "50"), ("c", "-5")):
        path = f"xnat:mrSessionData/dcmPatientWeight={weight}"
        assert client.put(f"{subject}/experiments/{label}?xsiType=xnat:mrSessionData&{path}").status == 201
    return subject.partition("/subjects")[0]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        ("5", ["a"]),
        ("5-50", ["a", "b"]),
        ("5,50", ["a", "b"]),
        ("-5", []),
        ("-10-0", []),
        ("6-49", []),
        ("heavy", []),
    ],
)
def test_numbers_with_a_minus_are_taken_for_ranges(client, weights, wanted, labels):
    query = urlencode({"xnat:mrSessionData/dcmPatientWeight": wanted, "columns": "label"})
    assert [row["label"] for row in client.rows(f"{weights}/experiments?{query}")] == labels


def test_form_body_filters_on_demand(client, weights):
    body = f"columns=label&{quote('xnat:mrSessionData/dcmPatientWeight')}=5".encode()
    told = client.get(f"{weights}/experiments?req_format=form&format=csv", body=body, headers=FORM).data.decode()
    assert told.splitlines()[1].startswith('"a"')
    assert len(told.splitlines()) == 2
    silent = client.get(f"{weights}/experiments?format=csv", body=body, headers=FORM).data.decode()
    assert len(silent.splitlines()) == 4


def test_path_of_a_short_name_is_known_whatever_the_case(client, session):
    """rest-data 4.3: the alias is the key."""
    project = session.partition("/subjects")[0]
    (row,) = client.rows(f"{project}/experiments?columns=ID,xnat:subjectAssessorData/subject_id")
    assert row["subject_ID"].startswith("XNAT_S")


def test_status_is_a_column(client, session):
    client.put(f"{session}?quarantine=true")
    project = session.partition("/subjects")[0]
    (row,) = client.rows(f"{project}/experiments?columns=label,xnat:experimentData/meta/status")
    assert row["xnat:experimentdata/meta/status"] == "quarantine"


def test_recent_experiments_stand_newest_first(client, subject):
    for label in ("a", "b"):
        client.put(f"{subject}/experiments/{label}?xsiType=xnat:mrSessionData")
    rows = client.rows("/data/experiments?recent=30&limit=2")
    assert [row["label"] for row in rows] == ["b", "a"]
    body = client.get("/data/experiments?recent=60&limit=1&format=json").data.decode()
    assert '"title": "Recent Experiments"' in body
    assert len(client.rows("/data/experiments?recent=60&limit=1")) > 1


def test_alias_table_is_sent_for_fields(client):
    rows = client.rows("/data/subjects?fields=x")
    assert {"key": "label", "xpath": "xnat:subjectData/label"} in rows
