"""What a client's author says of a live 1.9.2.1 where records and facts are silent (peers.md 5.2, item 1): claims."""

from __future__ import annotations

import json

import pytest

from xnat_emulator.build import dicom_zip


@pytest.mark.parametrize(("level", "never_shared"), [("", 403), ("/experiments/e1", 200)])
def test_taking_an_item_out_of_its_own_project_deletes_it(client, project, session, level, never_shared):
    """Out of a project it was never shared into a subject is refused, and a session answered as if it had been."""
    own, other = project.rpartition("/")[2], f"{project}Z"
    client.put(other)
    item = f"{project}/subjects/s1{level}"
    assert client.delete(f"{item}/projects/{other.rpartition('/')[2]}").status == never_shared
    assert client.get(item).status == 200
    assert client.delete(f"{item}/projects/{own}").status == 200
    assert client.get(item).status == 404


@pytest.mark.parametrize("tail", ["/scans", "/scans/1", "/scans/1/resources", "/scans/1/files", "/assessors"])
def test_levels_of_a_session_need_its_subject_in_the_path(client, project, session, tail):
    """The answer is the session; what would change it is refused by the facts (rest-data 1.3), not claimed so."""
    path = f"{project}/experiments/e1{tail}"
    (item,) = json.loads(client.get(f"{path}?format=json").data)["items"]
    assert item["data_fields"]["label"] == "e1"
    for method in ("PUT", "DELETE"):
        assert client.request(method, path).status == 400
    assert client.get(session).status == 200


@pytest.mark.parametrize("key", ["note", "xnat:mrSessionData/nothing"])
def test_fields_that_a_short_url_does_not_know_are_passed_over(client, project, session, key):
    answer = client.put(f"{project}/experiments/e1?{key}=x")
    assert answer.status == 200
    assert "x" not in client.fields(session).values()


def test_an_unknown_subject_in_the_path_is_made(client, project):
    assert client.put(f"{project}/subjects/fresh/experiments/e?xsiType=xnat:mrSessionData").status == 201
    assert client.fields(f"{project}/subjects/fresh")["label"] == "fresh"


@pytest.mark.parametrize("identifier", ["unknown", "@xnat:nothing"])
def test_delete_of_an_unknown_saved_search_succeeds(client, identifier):
    assert client.delete(f"/data/search/saved/{identifier}").status == 200


@pytest.mark.parametrize(("code", "status"), [("7", 200), ("-1", 200), ("99", 200), ("x", 400)])
def test_prearchive_code_is_any_number(client, project, code, status):
    assert client.put(f"{project}/prearchive_code/{code}").status == status
    assert (client.get(f"{project}/prearchive_code").data == code.encode()) is (status == 200)


def test_scripts_that_are_off_read_like_those_that_are_not_there(client, project):
    script = f"/xapi/anonymize/projects/{project.rpartition('/')[2]}"
    assert client.get(script).status == 204
    client.put(script, body=b"// nothing", headers={"Content-Type": "text/plain"})
    switch = {"Content-Type": "application/json"}  # without it the answer is 415, though nothing is read
    client.put(f"{script}/enabled?enable=true", headers=switch)
    assert client.get(script).data == b"// nothing"
    client.put(f"{script}/enabled?enable=false", headers=switch)
    assert client.get(script).status == 204


def test_event_service_that_is_off_refuses_new_subscriptions_only(client):
    head = {"Content-Type": "application/json"}
    assert json.loads(client.get("/xapi/events/prefs").data) == {"enabled": False}
    assert client.get("/xapi/events/subscriptions").data == b"[]"
    refused = client.post("/xapi/events/subscription", body=b"{}", headers=head)
    assert (refused.status, refused.data) == (405, b"Event Service disabled.")


def test_change_of_a_receiver_is_a_merge_and_takes_any_port(client):
    path = "/xapi/dicomscp"
    made = {"aeTitle": "CLAIMED", "port": 8199, "enabled": False, "identifier": "dicomObjectIdentifier"}
    head = {"Content-Type": "application/json"}
    assert client.post(path, body=json.dumps(made).encode(), headers=head).status == 200
    number = next(one["id"] for one in json.loads(client.get(path).data) if one["aeTitle"] == "CLAIMED")
    assert client.put(f"{path}/{number}", body=b'{"port": 99999999}', headers=head).status == 200
    found = json.loads(client.get(f"{path}/{number}").data)
    assert (found["aeTitle"], found["port"]) == ("CLAIMED", 99_999_999)
    client.delete(f"{path}/{number}")


# --- what the facts say and no other test asks ---


@pytest.mark.parametrize("service", ["archive", "validate-archive"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("project=P&PREARC_TIMESTAMP=20200101_000000", 404),
        ("src=/prearchive/projects/{P}/20200101_000000/none", 404),
        ("src=/data/prearchive/projects/{P}/20200101_000000/none", 404),
        ("src=/archive/projects/{P}", 400),
        ("src=/prearchive/projects/Unassigned/20200101_000000/none", 400),
    ],
)
def test_archiving_needs_a_received_session(client, project, service, query, status):
    asked = query.replace("{P}", project.rpartition("/")[2])
    assert client.post(f"/data/services/{service}?{asked}").status == status


def test_routes_of_extensions_answer(client):
    answer = client.get("/data/services/extensions/verify")
    assert b"dynamically configured restlets are functioning" in answer.data


def test_images_without_a_study_id_stand_in_the_dicomdir(client, project):
    query = f"project={project.rpartition('/')[2]}&subject=S&session=D&prearchive_code=1&import-handler=SI"
    head = {"Content-Type": "application/zip"}
    assert client.post(f"/data/services/import?{query}", body=dicom_zip(), headers=head).status == 200
    answer = client.get(f"{project}/subjects/S/experiments/D/scans/1/DICOMDIR")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    stored = client.rows(f"{project}/subjects/S/experiments/D/scans/1/files")
    for row in stored:
        assert client.get(row["URI"]).data in answer.data  # not compressed, and as it was received


@pytest.mark.parametrize(
    ("data", "end"), [(dicom_zip(), ("COMPLETED", "Prearchive:/prearchive/projects/")), (b"none", ("FAILED", ""))]
)
def test_progress_of_an_upload_is_told_by_its_transaction(client, project, data, end):
    transaction = f"told-{project.rpartition('/')[2]}"
    query = (
        f"project={project.rpartition('/')[2]}&dest=/prearchive&import-handler=SI&http-session-listener={transaction}"
    )
    client.post(f"/data/services/import?{query}", body=data, headers={"Content-Type": "application/zip"})
    ((first, last),) = json.loads(client.get(f"/data/status/{transaction}?format=json").data)["msgs"]
    assert first["status"] == "PROCESSING"
    assert last["status"] == end[0]
    assert last["msg"].startswith(end[1])


@pytest.mark.parametrize(("scans", "status"), [("1,2", 200), ("2,1", 200), ("2", 404), ("2,3", 404)])
def test_parts_of_a_list_that_mean_nothing_are_passed_over(client, files, scans, status):
    client.put(f"{files}/a.txt?inbody=true", body=b"a")
    answer = client.get(f"{files.partition('/scans')[0]}/scans/{scans}/files?format=json")
    assert answer.status == status
    assert b"a.txt" in answer.data or status == 404


def test_side_of_a_reconstruction_is_out_unless_it_is_in(client, project, session):
    base = f"{session}/reconstructions/{project.rpartition('/')[2]}"
    client.put(f"{base}?type=x")
    assert client.put(f"{base}/other/resources/A").status == 200
    assert [row["label"] for row in client.rows(f"{base}/out/resources?format=json")] == ["A"]
