"""Workflows, automation, mail and small services (rest-data 17.4, 19; routes.json)."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from lxml import etree

_NUMBERS = itertools.count(1)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
WRK = "wrk:workflowData"


def name_of(path):
    return path.rpartition("/")[2]


@pytest.fixture
def stranger(client):
    """An account without any rights."""
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.users.add("settings_stranger", "secret", "No", "Body", "stranger@localhost")
    token = base64.b64encode(b"settings_stranger:secret").decode()
    return type(client)(client.emulator, {"Authorization": f"Basic {token}"})


# --- workflows ---


def query(**fields):
    return "?" + urlencode({f"{WRK}/{name}": value for name, value in fields.items()})


def workflow(client, **more):
    """Record a workflow and return the query that finds it."""
    fields = {
        "id": "XNAT_E1",
        "pipeline_name": f"pipe{next(_NUMBERS)}",
        "launch_time": "2024-02-03 10:11:12",
        "data_type": "xnat:mrSessionData",
        **more,
    }
    response = client.put("/data/workflows" + query(status="Running", **fields))
    assert (response.status, response.data) == (200, b"")
    return query(**{name: fields[name] for name in ("id", "pipeline_name", "launch_time")})


def test_a_workflow_is_recorded_and_found_by_its_fields(client):
    found = client.get("/data/workflows" + workflow(client))
    assert found.headers["Content-Type"].startswith("text/xml")
    root = etree.fromstring(found.data)
    assert root.tag == "{http://nrg.wustl.edu/workflow}Workflow"
    assert (root.get("ID"), root.get("status"), root.get("data_type")) == ("XNAT_E1", "Running", "xnat:mrSessionData")


def test_a_workflow_is_found_and_changed_by_its_number(client):
    wanted = workflow(client)
    item = json.loads(client.get(f"/data/workflows{wanted}&format=json").data)["items"][0]
    number = item["data_fields"]["wrk_workflowData_id"]
    assert client.put(f"/data/workflows/{number}{query(status='Complete')}").status == 200
    again = json.loads(client.get(f"/data/workflows/{number}?format=json").data)["items"][0]["data_fields"]
    assert again["status"] == "Complete"
    assert again["pipeline_name"] == item["data_fields"]["pipeline_name"]
    assert client.get(f"/data/services/workflows/workflowid/{number}").status == 200


@pytest.mark.parametrize("missing", ["id", "launch_time", "pipeline_name", "data_type"])
def test_new_workflows_need_four_fields(client, missing):
    fields = {"id": "E", "launch_time": "2024-01-01 00:00:00", "pipeline_name": "p", "data_type": "xnat:mrSessionData"}
    del fields[missing]
    assert client.put("/data/workflows" + query(**fields)).status == 400


def test_unknown_workflows_are_not_found(client):
    assert client.get("/data/workflows/99999999").status == 404
    assert client.put("/data/workflows/99999999" + query(status="x")).status == 404
    assert client.get("/data/workflows" + query(id="none")).status == 404
    assert client.get("/data/services/workflows/workflowid/99999999").status == 404
    assert client.get("/data/services/workflows/workflowid/none").status == 404


def test_workflows_of_others_cannot_be_changed(client, stranger):
    wanted = workflow(client)
    assert stranger.put(f"/data/workflows{wanted}&{WRK}/status=Complete").status == 403


def test_queries_show_the_newest_workflow_of_each_object(client):
    pipeline = f"tools/Query{next(_NUMBERS)}.xml"
    for name, moment in (("A", "2024-01-01 00:00:00"), ("A", "2024-01-02 00:00:00"), ("B", "2024-01-01 00:00:00")):
        workflow(client, id=name, pipeline_name=pipeline, launch_time=moment)
    response = client.get(f"/data/services/workflows/{pipeline.split('/')[1]}?format=json&status=Running")
    result = json.loads(response.data)["ResultSet"]
    assert result["title"] == "All Running workflows"
    assert [(row["id"], row["launch_time"]) for row in result["Result"]] == [
        ("A", "2024-01-02 00:00:00.0"),
        ("B", "2024-01-01 00:00:00.0"),
    ]
    assert {"label", "externalid", "pipeline_name", "jobid", "status"} <= set(result["Result"][0])


def test_queries_of_an_experiment(client, session, project):
    identifier = client.fields(session)["ID"]
    for moment in ("2024-01-01 00:00:00", "2024-01-02 00:00:00"):
        workflow(client, id=identifier, pipeline_name="Fit", launch_time=moment, ExternalID=name_of(project))
    path = f"/data/services/workflows/Fit?experiment=e1&project={name_of(project)}"
    latest = json.loads(client.get(path + "&format=json").data)["items"][0]["data_fields"]
    assert latest["launch_time"] == "2024-01-02 00:00:00.0"
    rows = client.rows(path + "&display=all&format=json")
    assert [(row["label"], row["externalid"]) for row in rows] == [("e1", name_of(project))] * 2
    assert client.get(path.replace("/Fit", "/Other")).status == 404
    assert client.get(f"/data/services/workflows?experiment={identifier}").status == 404


def test_events_are_pipelines_that_ran_more_than_once(client):
    pipeline = f"tools/Often{next(_NUMBERS)}.xml"
    for day in (1, 2):
        moment = (datetime.now() - timedelta(days=day)).strftime("%Y-%m-%d %H:%M:%S")
        workflow(client, pipeline_name=pipeline, launch_time=moment, ExternalID="P")
    [row] = [row for row in client.rows("/data/automation/workflows") if row["event_id"] == pipeline]
    assert row == {"event_id": pipeline, "event_label": pipeline[6:-4], "total": "2"}
    assert client.rows(f"/data/automation/workflows/{pipeline[6:-4]}") == [row]
    assert client.rows("/data/automation/workflows/nothing") == []


# --- scripts ---


def put_script(client, name, content="println 1", **more):
    body = json.dumps({"scriptLabel": "Label", "content": content, "description": "what it does", **more})
    return client.put(f"/data/automation/scripts/{name}", body=body.encode(), headers=JSON)


def test_runners(client):
    assert "groovy" in json.loads(client.get("/data/automation/runners").data)
    assert json.loads(client.get("/data/automation/runners/groovy/2.3.6").data)["language"] == "groovy"
    assert client.get("/data/automation/runners/cobol").status == 404


def test_scripts_have_versions(client):
    name = f"Script{next(_NUMBERS)}"
    path = f"/data/automation/scripts/{name}"
    assert client.get(path).status == 404
    assert put_script(client, name, "one").status == 200
    assert put_script(client, name, "two", language="python").status == 200
    shown = json.loads(client.get(path).data)
    assert (shown["scriptId"], shown["content"], shown["language"]) == (name, "two", "python")
    versions = json.loads(client.get(f"/data/automation/scriptVersions/{name}").data)
    assert len(versions) == 2
    assert json.loads(client.get(f"{path}/{versions[0]}").data)["content"] == "one"
    row = {"Script ID": name, "Script Label": "Label", "Language": "python", "Description": "what it does"}
    assert row in client.rows("/data/automation/scripts")
    columns = {"Script ID", "Language", "Description", "Version"}
    assert columns == set(client.rows("/data/automation/scriptVersions")[0])


def test_scripts_come_as_forms_too_and_are_deleted(client):
    name = f"Script{next(_NUMBERS)}"
    path = f"/data/automation/scripts/{name}"
    body = urlencode({"scriptLabel": "L", "content": "x"}).encode()
    assert client.put(path, body=body, headers=FORM).status == 200
    assert json.loads(client.get(path).data)["language"] == "groovy"
    assert client.delete(path).status == 200
    assert client.get(path).status == 404
    assert client.delete(path).status == 500


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("scripts", b"{}", JSON, 405),
        ("scripts/x", b"", JSON, 400),
        ("scripts/x", b"text", {"Content-Type": "text/plain"}, 415),
        ("scripts/x", b'{"scriptLabel":"l"}', JSON, 500),
    ],
)
def test_bad_scripts(client, path, body, headers, status):
    assert client.put(f"/data/automation/{path}", body=body, headers=headers).status == status


def test_scripts_are_for_administrators(client, stranger):
    put_script(client, "Shared")
    assert stranger.get("/data/automation/scripts").status == 200
    assert stranger.get("/data/automation/scripts/Shared").status == 403
    assert stranger.get("/data/automation/scriptVersions/Shared").status == 403
    assert put_script(stranger, "Mine").status == 403


# --- triggers ---


def put_trigger(client, path, **more):
    said = {"event": "Added Subject", "scriptId": "S-1", "eventClass": "Workflow", "filters": {"status": ["Complete"]}}
    return client.put(path, body=json.dumps({**said, **more}).encode(), headers=JSON)


def test_triggers_of_the_site(client):
    made = put_trigger(client, "/data/automation/handlers", description="first")
    assert made.status == 200
    name = made.data.decode()
    assert name.startswith("S_1-site-Added_Subject-")
    shown = json.loads(client.get(f"/data/automation/triggers/{name}").data)
    assert (shown["triggerId"], shown["scope"], shown["entityId"]) == (name, "site", None)
    rows = json.loads(client.get("/data/automation/handlers?format=json").data)["ResultSet"]
    assert rows["scope"] == "Site"
    [row] = [row for row in rows["Result"] if row["triggerId"] == name]
    assert (row["srcEventClass"], row["eventFilters"], row["description"]) == (
        "Workflow",
        "{status=[Complete]}",
        "first",
    )
    assert row in client.rows("/data/automation/triggers")
    changed = put_trigger(client, f"/data/automation/triggers/{name}", event="Added Project")
    assert changed.data.decode().startswith("S_1-site-Added_Project-")
    assert client.delete(f"/data/automation/triggers/{changed.data.decode()}").status == 200
    assert client.get(f"/data/automation/triggers/{name}").status == 404


def test_triggers_of_a_project(client, project, stranger):
    handlers = f"{project}/automation/handlers"
    name = put_trigger(client, handlers).data.decode()
    assert f"-prj_{name_of(project)}-" in name
    result = json.loads(client.get(handlers + "?format=json").data)["ResultSet"]
    assert (result["scope"], result["projectId"]) == ("Project", name_of(project))
    assert [(row["triggerId"], row["entityId"]) for row in result["Result"]] == [(name, name_of(project))]
    assert name not in {row["triggerId"] for row in client.rows("/data/automation/handlers")}
    assert put_trigger(stranger, handlers).status in {403, 404}
    assert put_trigger(stranger, "/data/automation/handlers").status == 403
    assert put_trigger(client, "/data/projects/nowhere/automation/handlers").status == 404


def test_an_event_alone_names_no_trigger(client, project):
    for owner in ("/data", project):
        assert client.get(f"{owner}/automation/handlers/Transferred").status == 404
        assert client.delete(f"{owner}/automation/handlers/Transferred").status == 405
        assert client.delete(f"{owner}/automation/handlers").status == 405
        assert put_trigger(client, f"{owner}/automation/handlers/Transferred").status == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"x=1", FORM, 415),
        (b'{"scriptId":"s","eventClass":"c","filters":{}}', JSON, 400),
        (b'{"event":"e","eventClass":"c","filters":{}}', JSON, 400),
        (b'{"event":"e","scriptId":"s"}', JSON, 500),
    ],
)
def test_bad_triggers(client, body, headers, status):
    assert client.put("/data/automation/triggers", body=body, headers=headers).status == status


def test_deleting_a_script_deletes_its_triggers(client):
    script = f"Gone{next(_NUMBERS)}"
    put_script(client, script)
    name = put_trigger(client, "/data/automation/triggers", scriptId=script).data.decode()
    client.delete(f"/data/automation/scripts/{script}")
    assert client.get(f"/data/automation/triggers/{name}").status == 404


def test_templates(client, project, stranger):
    name = f"Template{next(_NUMBERS)}"
    triggers = [{"triggerId": "t", "scriptId": "s", "association": "a", "event": "e", "description": "d"}]
    body = json.dumps({"templateId": name, "description": "all", "triggers": triggers}).encode()
    for owner in ("/data", project):
        path = f"{owner}/automation/templates"
        assert client.put(f"{path}/{name}", body=body, headers=JSON).status == 200
        assert client.rows(f"{path}/{name}") == [
            {"NAME": "t", "SCRIPT_ID": "s", "DATA_TYPE": "a", "EVENT": "e", "DESCRIPTION": "d"}
        ]
        assert client.get(path).status == 200
        assert client.put(path, body=body, headers=JSON).status == 405
        assert client.delete(path).status == 404
        assert stranger.get(path).status in {403, 404}
    assert {"NAME": name, "DESCRIPTION": "all"} in client.rows("/data/automation/templates")
    assert client.delete(f"{project}/automation/templates/{name}").status == 200
    assert client.get(f"/data/automation/templates/{name}").status == 404


# --- mail, features, addresses, extensions ---


def test_mails_are_kept_and_not_sent(client):
    fields = {"to": "admin@localhost", "subject": "Hello", "text": "Body"}
    response = client.post("/data/services/mail/send", body=urlencode(fields).encode(), headers=FORM)
    assert (response.status, response.data) == (200, b"OK")
    mail = client.emulator.site.archive.mails.all()[-1]
    assert (mail.login, mail.subject, mail.text) == ("admin", "Hello", "Body")
    assert mail.recipients["to"] == ["admin@localhost"]


def test_mails_to_strangers_are_left_out_with_a_warning(client):
    before = len(client.emulator.site.archive.mails.all())
    response = client.post("/data/services/mail/send?to=who@else&subject=s&text=t")
    assert (response.status, response.data) == (200, b"OK with warnings, see log.")
    assert len(client.emulator.site.archive.mails.all()) == before


@pytest.mark.parametrize("missing", ["to", "subject", "text"])
def test_mails_need_recipient_subject_and_text(client, missing):
    fields = {"to": "admin@localhost", "subject": "s", "text": "t"}
    del fields[missing]
    assert client.post("/data/services/mail/send?" + urlencode(fields)).status == 400
    assert client.get("/data/services/mail/send").status == 405


def test_features(client, project, stranger):
    assert client.get("/data/services/features").data == b'{"ResultSet":{"Result":[]}}'
    [shown] = json.loads(client.get(f"/data/services/features?tag={name_of(project)}").data)
    assert shown["id"] == name_of(project)
    assert next(group["id"] for group in shown["groups"]) == f"{name_of(project)}_owner"
    assert json.loads(client.get("/data/services/features?type=x").data)[0]["banned"] == []
    assert client.get("/data/services/features?group=x").status == 400
    path = "/data/services/features"
    assert client.post(path).status == 412
    assert client.post(path, body=b"{", headers=JSON).status == 400
    assert client.post(path, body=b'{"key":"none","enabled":true}', headers=JSON).status == 404
    assert stranger.post(path, body=b'{"key":"none","enabled":true}', headers=JSON).status == 403


def test_addresses_are_for_administrators(client, stranger):
    path = "/data/services/ipwhitelist"
    assert client.put(path, body=b"10.0.0.1, 10.0.0.2").status == 200
    assert client.get(path).data.split() == [b"10.0.0.1", b"10.0.0.2", b"127.0.0.1", b"0:0:0:0:0:0:0:1"]
    assert client.put(path, body=b"").status == 412
    assert stranger.get(path).status == 403
    assert stranger.put(path, body=b"10.0.0.3").status == 403


def test_extension_routes_answer(client):
    response = client.get("/data/services/extensions/verify")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain")
