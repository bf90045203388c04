"""Earlier states of objects, and what requests say about their changes (rest-data 1.8, section 5, 17.4)."""

from __future__ import annotations

import json
import time

import pytest

import xnat_emulator
from xnat_emulator.mode import Mode

from .accounts import account


def collection(client, path, field):
    document = json.loads(client.get(f"{path}?format=json&includeHistory=true").data)
    (item,) = document["items"]
    assert item["meta"]["isHistory"] is False
    return next(entry["items"] for entry in item["children"] if entry["field"] == field)


def past(items):
    return [one for one in items if one["meta"]["isHistory"]]


def field_of(path, name):
    return f"{path}?xnat:subjectData/fields/field[name%3D{name}]/field"


def test_earlier_values_stand_beside_the_present_ones(client, subject):
    client.put(f"{field_of(subject, 'x')}=1")
    client.put(f"{field_of(subject, 'x')}=2&event_reason=why")
    fields = collection(client, subject, "fields/field")
    assert [(one["data_fields"]["field"], one["meta"]["isHistory"]) for one in fields] == [("2", False), ("1", True)]
    meta = past(fields)[0]["meta"]
    assert set(meta) == {"isHistory", "xsi:type", "create_event_id", "modified_event_id", "start_date", "end_date"}
    assert meta["modified_event_id"] > meta["create_event_id"]
    assert time.strptime(meta["end_date"], "%a %b %d %H:%M:%S UTC %Y")


def test_history_is_only_there_when_it_is_asked_for(client, subject):
    client.put(f"{field_of(subject, 'x')}=1")
    client.put(f"{field_of(subject, 'x')}=2")
    (entry,) = client.item(subject)["children"]
    assert [one["data_fields"]["field"] for one in entry["items"]] == ["2"]


def test_same_value_again_makes_no_history(client, subject):
    for _ in range(3):
        client.put(f"{field_of(subject, 'x')}=1")
    assert past(collection(client, subject, "fields/field")) == []


def test_removed_children_are_history(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{scan}?quality=usable")
    client.put(f"{session}/scans/2?xsiType=xnat:mrScanData")
    client.delete(scan)
    scans = collection(client, session, "scans/scan")
    assert [one["data_fields"]["ID"] for one in scans if not one["meta"]["isHistory"]] == ["2"]
    assert past(scans)[-1]["data_fields"]["quality"] == "usable"


def test_removed_experiments_are_history_of_their_subject(client, session):
    subject = session.partition("/experiments")[0]
    client.put(f"{session}/assessors/a?xsiType=xnat:qcManualAssessorData")
    client.delete(f"{session}/assessors/a")
    assert [one["data_fields"]["label"] for one in past(collection(client, session, "assessors/assessor"))] == ["a"]
    client.delete(session)
    assert [one["data_fields"]["label"] for one in collection(client, subject, "experiments/experiment")] == ["e1"]


def test_history_reaches_into_scans(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{scan}?quality=usable")
    client.put(f"{scan}?quality=unusable")
    qualities = [one["data_fields"].get("quality") for one in past(collection(client, session, "scans/scan"))]
    assert qualities == [None, "usable"]


def test_new_object_has_no_past_of_a_deleted_one(client, subject):
    client.put(f"{field_of(subject, 'x')}=1")
    client.put(f"{field_of(subject, 'x')}=2")
    project = subject.partition("/subjects")[0]
    client.delete(subject)
    client.put(f"{project}/subjects/fresh")
    client.put(f"{field_of(f'{project}/subjects/fresh', 'x')}=9")
    assert past(collection(client, f"{project}/subjects/fresh", "fields/field")) == []


# --- changesets ---


def events(client, path, query=""):
    response = client.get(f"{path}{query}")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("application/json")
    return json.loads(response.data)["events"]


def test_events_of_an_experiment_carry_what_requests_said(client, session):
    said = "event_reason=because&event_type=WEB_SERVICE&event_action=Note&event_comment=c"
    client.put(f"{session}?xsiType=xnat:mrSessionData&note=n&{said}")
    made, changed = events(client, f"{session}/history")
    assert made["event_user"] == "admin"
    assert "event_reason" not in made
    assert (changed["event_reason"], changed["event_type"], changed["event_action"]) == (
        "because",
        "WEB_SERVICE",
        "Note",
    )
    assert changed["changesets"] == []
    assert changed["event_date"] >= made["event_date"]


def test_details_name_the_fields(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{session}?xsiType=xnat:mrSessionData&note=n")
    *_, scanned, noted = events(client, f"{session}/history", "?includeDetails=true")
    assert scanned["changesets"][0]["changes"][0]["action"] == "Added"
    (change,) = noted["changesets"][0]["changes"]
    assert (change["action"], change["objectLabel"]) == ("Modified", "e1")
    assert change["field"] == {"xsiPath": "note", "fieldLabel": "note", "newValue": "n"}


def test_files_are_named_on_demand(client, scan):
    session = scan.partition("/scans")[0]
    client.put(f"{scan}/resources/DATA/files/a.txt?inbody=true", body=b"x")
    told = json.dumps(events(client, f"{session}/history", "?includeDetails=true&includeFiles=true"))
    assert "a.txt" in told
    assert "a.txt" not in json.dumps(events(client, f"{session}/history", "?includeDetails=true"))


def test_dates_follow_a_pattern(client, session):
    (event,) = events(client, f"{session}/history", "?dateFormat=EEE%20dd%20MMM%20yyThh:mm:ss.SSS%20a%20z%25")
    assert time.strptime(event["event_date"][:-1].replace(".", " ", 1), "%a %d %b %yT%I:%M:%S %f %p UTC")
    (event,) = events(client, f"{session}/history", "?dateFormat=yyyy-MM-dd%20HH:mm")
    assert time.strptime(event["event_date"], "%Y-%m-%d %H:%M")


def test_audit_knows_any_object_also_a_deleted_one(client, subject):
    identifier = client.fields(subject)["ID"]
    path = f"/data/services/audit/xnat:subjectData/{identifier}"
    assert len(events(client, path)) == 1
    client.delete(subject)
    changes = [one["changesets"][0]["changes"][0]["action"] for one in events(client, path, "?includeDetails=true")]
    assert changes == ["Added", "Removed"]
    assert client.get("/data/services/audit/xnat:subjectData/NONE").status == 404
    assert client.get("/data/services/audit/xnat:nonsense/x").status == 400
    assert client.get("/data/services/audit").status == 400


def test_audit_of_what_one_may_not_see_is_not_found(client, subject):
    identifier = client.fields(subject)["ID"]
    stranger = account(client)
    assert stranger.get(f"/data/services/audit/xnat:subjectData/{identifier}").status == 404
    client.delete(subject)
    assert stranger.get(f"/data/services/audit/xnat:subjectData/{identifier}").status == 404


def test_event_id_ties_writes_to_one_event(client, session):
    (made,) = events(client, f"{session}/history")
    client.put(f"{session}?xsiType=xnat:mrSessionData&note=n&event_id={made['event_id']}")
    assert len(events(client, f"{session}/history")) == 1
    client.put(f"{session}?xsiType=xnat:mrSessionData&note=m&event_id=99999999")
    assert len(events(client, f"{session}/history")) == 2


# --- reasons ---


@pytest.fixture(scope="module")
def strict():
    with xnat_emulator.start(mode=Mode(require_reason=True)) as server:
        yield server


def test_site_may_ask_for_reasons(client, strict):
    """403 on deletes, 500 on other writes, projects excepted (rest-data 1.8)."""
    caller = type(client)(strict, {"Authorization": "Basic YWRtaW46YWRtaW4="})
    assert caller.put("/data/projects/R").status == 200
    subject = "/data/projects/R/subjects/s"
    refused = caller.put(subject)
    assert (refused.status, caller.message(refused)) == (500, "Justification required.")
    assert caller.get(subject).status == 404
    assert caller.put(f"{subject}?event_reason=r").status == 201
    assert caller.put(f"{subject}?group=g").status == 500
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert caller.put(subject, body=b"group=g&event_reason=r", headers=form).status == 200
    session = f"{subject}/experiments/e"
    assert caller.put(f"{session}?xsiType=xnat:mrSessionData").status == 500
    assert caller.put(f"{session}?xsiType=xnat:mrSessionData&event_reason=r").status == 201
    assert caller.put(f"{session}/scans/1?xsiType=xnat:mrScanData").status == 500
    assert caller.put(f"{session}/scans/1?xsiType=xnat:mrScanData&event_reason=r").status == 200
    for path in (f"{session}/scans/1", session, subject):
        refused = caller.delete(path)
        assert (refused.status, caller.message(refused)) == (403, "Justification required.")
        assert caller.delete(f"{path}?event_reason=r").status == 200
    assert caller.delete("/data/projects/R").status == 200


# --- headers ---


def test_headers_name_the_fields_of_each_collection(client, scan):
    document = json.loads(client.get(f"{scan.partition('/scans')[0]}?format=json&includeHeaders=true").data)
    assert set(document["headers"]) == set(document["items"][0]["data_fields"])
    (scans,) = document["items"][0]["children"]
    assert "xnat_imageScanData_id" in scans["headers"]
    assert "headers" not in json.loads(client.get(f"{scan}?format=json").data)
