"""Preferences, custom fields, anonymisation, receivers and investigators below ``/xapi`` (schema-and-search 5)."""

from __future__ import annotations

import base64
import itertools
import json

import pytest

import xnat_emulator

from .conftest import log_in

_NUMBERS = itertools.count(1)
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}


def name_of(path):
    return path.rpartition("/")[2]


def body(value):
    return {"body": json.dumps(value).encode(), "headers": JSON}


@pytest.fixture(scope="module")
def client():
    """A server of its own, because preferences are everybody's."""
    with xnat_emulator.start() as server:
        yield log_in(server)


@pytest.fixture
def stranger(client):
    """An account without any rights."""
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.users.add("settings_stranger", "secret", "No", "Body", "stranger@localhost")
    token = base64.b64encode(b"settings_stranger:secret").decode()
    return type(client)(client.emulator, {"Authorization": f"Basic {token}"})


# --- preferences ---


def test_administrators_read_every_preference_others_some(client, stranger):
    known = json.loads(client.get("/xapi/siteConfig").data)
    assert known["siteId"] == "XNAT"
    assert known["requireLogin"] is True
    some = json.loads(stranger.get("/xapi/siteConfig").data)
    assert some["siteId"] == "XNAT"
    assert set(some) < set(known)


def test_one_preference(client, stranger):
    assert client.get("/xapi/siteConfig/siteId").data == b"XNAT"
    assert client.get("/xapi/siteConfig/requireLogin").data == b"true"
    assert client.get("/xapi/siteConfig/noSuchThing").status == 404
    assert stranger.get("/xapi/siteConfig/zipExtensions").status == 403
    assert stranger.post("/xapi/siteConfig/siteId", body=b"X", headers=TEXT).status == 403


def test_preferences_are_changed(client, stranger):
    assert client.post("/xapi/siteConfig", **body({"dumpImageTypes": "DICOM", "ourOwn": [1, 2]})).status == 200
    assert client.post("/xapi/siteConfig/defaultToSortedListings", body=b"false", headers=TEXT).status == 200
    values = json.loads(
        client.get("/xapi/siteConfig/values/dumpImageTypes,ourOwn,nothing,defaultToSortedListings").data
    )
    assert values == {"dumpImageTypes": "DICOM", "ourOwn": [1, 2], "defaultToSortedListings": False}
    assert client.emulator.site.archive.settings.flag("defaultToSortedListings") is False
    assert stranger.post("/xapi/siteConfig", **body({"siteId": "MINE"})).status == 403
    assert client.post("/xapi/siteConfig", body=b"[", headers=JSON).status == 400


def test_preferences_by_tool(client, stranger):
    assert json.loads(client.get("/xapi/prefs").data)["siteConfig"]["siteId"] == "XNAT"
    properties = client.get("/xapi/prefs/props/siteConfig").data.decode().splitlines()
    assert properties[0] == "#Settings for tool siteConfig"
    assert {"requireLogin=true", "sessionTimeout=15 minutes"} <= set(properties)
    assert client.put("/xapi/prefs/props/siteConfig/dumpImageTypes", body=b"secondary", headers=JSON).status == 200
    assert client.get("/xapi/prefs/props/siteConfig/dumpImageTypes").data == b"secondary"
    assert client.get("/xapi/prefs/props/siteConfig/nothing").status == 404
    assert client.get("/xapi/prefs/props/other").status == 404
    assert stranger.get("/xapi/prefs").status == 403


def test_refusals_are_texts_and_403_has_none(client, stranger):
    missing = client.get("/xapi/prefs/props/other")
    assert missing.headers["Content-Type"].startswith("text/plain")
    assert b"<html" not in missing.data
    assert stranger.get("/xapi/prefs").data == b""


# --- version profiles ---


@pytest.mark.parametrize(("line", "version"), [("1.7", "1.7.5.6"), ("1.8", "1.8.10"), ("1.9", "1.9.2.1")])
def test_release_lines(line, version):
    with xnat_emulator.start(mode=xnat_emulator.Mode(version=line)) as emulator:
        archive = emulator.site.archive
        token = base64.b64encode(b"admin:admin").decode()
        client = _client(emulator, token)
        build = json.loads(client.get("/xapi/siteConfig/buildInfo").data)
        assert build["version"] == version
        assert all(isinstance(value, str) for value in build.values())
        assert client.get("/data/version").status == 404
        assert client.put("/data/projects/P").status == 200
        expected = 404 if line == "1.7" else 200
        assert client.get("/xapi/custom-fields/projects/P/fields").status == expected
        assert client.get("/xapi/customforms").status == expected
        assert archive.settings.text("siteId") == "XNAT"


def _client(emulator, token):
    import urllib3

    pool = urllib3.PoolManager(retries=False, headers={"Authorization": f"Basic {token}"})

    class Sender:
        def get(self, path):
            return pool.request("GET", emulator.url + path)

        def put(self, path):
            return pool.request("PUT", emulator.url + path)

    return Sender()


def test_build_information_has_the_recorded_keys(client, recordings):
    recorded = json.loads((recordings / "buildinfo-1.json").read_text())
    assert list(json.loads(client.get("/xapi/siteConfig/buildInfo").data)) == list(recorded)
    assert client.get("/xapi/siteConfig/buildInfo/attributes").data == b"{}"


def test_searchable_types_are_imaging_sessions(client):
    names = json.loads(client.get("/xapi/schemas/datatypes/searchable").data)
    assert "xnat:mrSessionData" in names
    assert "xnat:subjectData" not in names


# --- custom fields ---


@pytest.fixture
def objects(client, project, subject, session, scan):
    """Every form of the path of an object that has custom fields."""
    client.put(f"{session}/assessors/a1?xsiType=xnat:qcManualAssessorData")
    name = name_of(project)
    subject_id, session_id = client.fields(subject)["ID"], client.fields(session)["ID"]
    base = f"/xapi/custom-fields/projects/{name}"
    sessions = (f"/xapi/custom-fields/experiments/{session_id}", f"{base}/experiments/e1")
    sessions += (f"{base}/subjects/s1/experiments/e1",)
    subjects = [f"/xapi/custom-fields/subjects/{subject_id}", f"{base}/subjects/s1"]
    parts = [f"{one}{tail}" for one in sessions for tail in ("", "/scans/1", "/assessors/a1")]
    return [base, *subjects, *parts]


def test_custom_fields_of_every_object(client, objects):
    for path in objects:
        assert client.put(f"{path}/fields", **body({"note": path, "number": 3})).status == 200, path
        assert json.loads(client.get(f"{path}/fields").data) == {"note": path, "number": 3}
        assert client.get(f"{path}/fields/note").data.decode() == path


def test_custom_fields_are_merged_chosen_and_removed(client, project):
    path = f"/xapi/custom-fields/projects/{name_of(project)}/fields"
    assert client.get(path).data == b"{}"
    client.put(path, **body({"a": 1, "b": {"x": True}}))
    assert json.loads(client.put(path, **body({"a": 2})).data) == {"a": 2, "b": {"x": True}}
    assert json.loads(client.get(f"{path}?fieldNames=a,c").data) == {"a": 2}
    assert client.get(f"{path}/b").data == b'{"x":true}'
    assert client.get(f"{path}/b").headers["Content-Type"].startswith("text/plain")
    assert json.loads(client.delete(f"{path}/a").data) == {"b": {"x": True}}
    assert client.get(f"{path}/a").status == 404
    assert client.put(path, body=b"{", headers=JSON).status == 400


def test_custom_fields_of_nothing(client, stranger, project):
    assert client.get("/xapi/custom-fields/projects/nowhere/fields").status == 404
    assert client.get("/xapi/custom-fields/experiments/NO_E1/scans/1/fields").status == 404
    path = f"/xapi/custom-fields/projects/{name_of(project)}/fields"
    assert stranger.get(path).status == 404
    assert stranger.put(path, **body({"a": 1})).status in {403, 404}


def test_pages_have_no_form_where_none_was_made(client):
    assert client.get("/xapi/customforms/element?xsiType=xnat:petSessionData").status == 404
    assert client.put("/xapi/customforms/save", **body({})).status == 400


# --- anonymisation ---


def test_the_script_of_a_project(client, project, stranger):
    path = f"/xapi/anonymize/projects/{name_of(project)}"
    empty = client.get(path)
    assert (empty.status, empty.data) == (204, b"")
    assert client.put(path, body=b"(0010,0010) := subject", headers=TEXT).status == 200
    assert client.get(path).data == b"(0010,0010) := subject"
    assert client.get(path + "/enabled").data == b"true"
    assert client.put(path + "/enabled?enable=false").status == 415
    assert client.put(path + "/enabled?enable=false", headers=JSON).status == 200
    assert client.get(path + "/enabled").data == b"false"
    assert client.get(path).status == 204
    edit = f"/data/config/edit/projects/{name_of(project)}/image/dicom/script"
    assert client.rows(edit)[0]["script"] == "(0010,0010) := subject"
    assert stranger.put(path, body=b"x", headers=TEXT).status in {403, 404}


def test_the_script_of_the_site(client, stranger):
    default = client.get("/xapi/anonymize/default").data
    assert b":=" in default
    assert client.get("/xapi/anonymize/site").data == default
    assert client.put("/xapi/anonymize/site", body=b"(0008,1030) := project", headers=TEXT).status == 200
    assert client.get("/xapi/anonymize/site").data == b"(0008,1030) := project"
    assert client.get("/xapi/anonymize/site/enabled").data == b"true"
    assert client.put("/xapi/anonymize/site/enabled?enable=false", headers=JSON).status == 200
    assert client.get("/xapi/anonymize/site/enabled").data == b"false"
    assert client.rows("/data/config/edit/image/dicom/status")[0]["edit"] == "false"
    assert stranger.put("/xapi/anonymize/site", body=b"x", headers=TEXT).status == 403


# --- receivers ---


def test_receivers(client, stranger):
    port = 9000 + next(_NUMBERS)
    made = json.loads(client.post("/xapi/dicomscp", **body({"aeTitle": "TEST", "port": port})).data)
    assert (made["aeTitle"], made["port"], made["enabled"], made["label"]) == ("TEST", port, True, f"TEST:{port}")
    path = f"/xapi/dicomscp/{made['id']}"
    assert json.loads(client.get(path).data) == made
    assert made in json.loads(client.get("/xapi/dicomscp").data)
    changed = json.loads(client.put(path, **body({"port": 70000})).data)
    assert (changed["aeTitle"], changed["port"]) == ("TEST", 70000)
    assert json.loads(client.get("/xapi/dicomscp/title/TEST/70000").data) == changed
    assert (switched := client.put(path + "/enabled/false")).status == 200
    assert switched.data == b""
    assert client.get(path + "/enabled").data == b"false"
    assert stranger.get(path).status == 403
    assert client.delete(path).status == 200
    assert client.get(path).status == 404
    assert client.put(path, **body({})).status == 404


def test_a_site_has_one_receiver_and_refuses_the_same_again(client):
    stock = json.loads(client.get("/xapi/dicomscp").data)[0]
    assert (stock["aeTitle"], stock["port"]) == ("XNAT", 8104)
    assert client.post("/xapi/dicomscp", **body({"aeTitle": "XNAT", "port": 8104})).status == 409


# --- investigators ---


def test_investigators(client, project, stranger):
    last = f"Hopper{next(_NUMBERS)}"
    made = json.loads(client.post("/xapi/investigators", **body({"firstname": "Grace", "lastname": last})).data)
    assert (made["firstname"], made["lastname"], made["primaryProjects"]) == ("Grace", last, [])
    path = f"/xapi/investigators/{made['xnatInvestigatordataId']}"
    client.put(f"{project}?pi_firstname=Grace&pi_lastname={last}")
    assert json.loads(client.get(path).data)["primaryProjects"] == [name_of(project)]
    changed = {"firstname": "Grace", "lastname": last, "email": "g@h"}
    assert json.loads(client.put(path, **body(changed)).data)["email"] == "g@h"
    assert client.put(path, **body(changed)).data == b""
    assert last in {one["lastname"] for one in json.loads(client.get("/xapi/investigators").data)}
    assert last in {row["lastname"] for row in client.rows("/data/investigators")}
    assert client.post("/xapi/investigators", **body({"firstname": "Grace", "lastname": last})).status == 409
    assert client.post("/xapi/investigators", **body({"firstname": "Grace"})).status == 400
    assert stranger.delete(path).status == 403
    assert client.delete(path).data == b"true"
    assert client.get(path).status == 404


def test_accession_numbers_start_with_the_id_of_the_site():
    """Without blanks and quotes, and with underscores for minus signs (dicom-import 93)."""
    with xnat_emulator.start() as emulator:
        client = _client(emulator, base64.b64encode(b"admin:admin").decode())
        archive = emulator.site.archive
        with archive.transaction():
            archive.settings.set("siteId", "My Site-2")
        client.put("/data/projects/P")
        client.put("/data/projects/P/subjects/s")
        rows = json.loads(client.get("/data/projects/P/subjects").data)["ResultSet"]["Result"]
        assert rows[0]["ID"] == "MySite_2_S00001"


@pytest.mark.parametrize("text", [b'{"a":NaN}', b'{"a":' + b"[" * 100_000, b"\xff\xfe", b'{"a":' + b"9" * 5000 + b"}"])
def test_broken_json_is_refused(client, project, text):
    path = f"/xapi/custom-fields/projects/{name_of(project)}/fields"
    assert client.put(path, body=text, headers=JSON).status == 400


def test_halves_of_surrogate_pairs_become_question_marks(client, project):
    path = f"/xapi/custom-fields/projects/{name_of(project)}/fields"
    assert json.loads(client.put(path, body=b'{"a":"\\ud800x"}', headers=JSON).data) == {"a": "?x"}
    assert json.loads(client.get(path).data) == {"a": "?x"}


def test_objects_with_custom_fields_keep_them_when_their_document_is_sent_back(client, project, subject):
    path = f"/xapi/custom-fields/projects/{name_of(project)}/subjects/s1/fields"
    client.put(path, **body({"form": {"a": '<"quoted">'}}))
    document = client.get(f"{subject}?format=xml").data.decode()
    assert client.xml("PUT", subject, document).status == 200
    assert json.loads(client.get(path).data) == {"form": {"a": '<"quoted">'}}
    assert json.loads(client.fields(subject)["custom_fields"]) == {"form": {"a": '<"quoted">'}}


def test_settings_survive_a_restart(tmp_path):
    token = base64.b64encode(b"admin:admin").decode()
    with xnat_emulator.start(data=tmp_path) as emulator:
        client = _client(emulator, token)
        client.put("/data/projects/P")
        archive = emulator.site.archive
        with archive.transaction():
            archive.settings.set("siteId", "OTHER")
            archive.receivers.delete(1)
            archive.studies.assign("1.2.3", "P", "admin")
    with xnat_emulator.start(data=tmp_path) as emulator:
        archive = emulator.site.archive
        assert archive.settings.text("siteId") == "OTHER"
        assert archive.receivers.all() == []
        assert archive.studies.get("1.2.3").project == "P"
