"""The config service and the anonymisation scripts (rest-data 16, recorded answers D20)."""

from __future__ import annotations

import base64
import itertools
import json

import pytest

_NUMBERS = itertools.count(1)
_ROW = {"tool", "path", "project", "user", "create_date", "reason", "contents", "unversioned", "version", "status"}


@pytest.fixture
def tool(client):
    """The path of a tool that nobody has used yet."""
    return f"/data/config/tool{next(_NUMBERS)}"


@pytest.fixture
def stranger(client):
    """An account without any rights."""
    archive = client.emulator.site.archive
    with archive.transaction():
        archive.users.add("settings_stranger", "secret", "No", "Body", "stranger@localhost")
    token = base64.b64encode(b"settings_stranger:secret").decode()
    return type(client)(client.emulator, {"Authorization": f"Basic {token}"})


def _put(client, path, text):
    return client.put(path + ("&" if "?" in path else "?") + "inbody=true", body=text.encode()).status


def test_a_first_put_is_201_and_a_later_one_200(client, tool):
    assert _put(client, tool + "/a/b.txt", "one") == 201
    assert _put(client, tool + "/a/b.txt", "two") == 200


def test_contents_are_the_raw_text(client, tool):
    _put(client, tool + "/a", "a < b & c\n")
    response = client.get(tool + "/a?contents=true")
    assert response.data == b"a < b & c\n"
    assert response.headers["Content-Type"].startswith("text/plain")


def test_rows_have_the_recorded_columns(client, tool):
    _put(client, tool + "/a", "x")
    response = client.get(tool + "/a?format=json")
    [row] = json.loads(response.data)["ResultSet"]["Result"]
    assert set(row) == _ROW
    assert row["project"] == ""
    assert row["reason"] == ""
    assert row["status"] == "enabled"
    assert row["version"] == "1"
    assert row["unversioned"] == "false"
    assert row["user"] == client.emulator.user
    assert "totalRecords" not in response.data.decode()


def test_rows_have_the_keys_of_the_recorded_server(client, recordings):
    """That server of 2012 knew no ``unversioned`` yet and ran on an older Java, which orders keys differently."""
    recorded = json.loads((recordings / "config-anon-1.json").read_text())["ResultSet"]["Result"][0]
    _put(client, "/data/config/anonlike/script", recorded["contents"])
    [row] = client.rows("/data/config/anonlike?format=json")
    assert set(row) - {"unversioned"} == set(recorded)
    assert {key: row[key] for key in ("project", "status", "contents", "reason", "path", "version")} == {
        key: recorded[key] for key in ("project", "status", "contents", "reason", "path", "version")
    }


def test_a_tool_shows_the_newest_version_of_each_path(client, tool):
    _put(client, tool + "/a", "1")
    _put(client, tool + "/a", "2")
    _put(client, tool + "/b", "3")
    assert [(row["path"], row["contents"]) for row in client.rows(tool)] == [("a", "2"), ("b", "3")]


def test_the_tools_are_listed(client, tool):
    _put(client, tool + "/a", "x")
    assert {"tool": tool.rpartition("/")[2]} in client.rows("/data/config")


def test_versions_and_history(client, tool):
    _put(client, tool + "/a", "1")
    _put(client, tool + "/a", "2")
    assert client.get(tool + "/a?version=1&contents=true").data == b"1"
    assert client.get(tool + "/a?version=9").status == 404
    history = client.rows(tool + "/a?action=getHistory")
    assert [(row["version"], row["contents"]) for row in history] == [("1", "1"), ("2", "2")]


def test_the_same_text_again_makes_no_version(client, tool):
    _put(client, tool + "/a", "1")
    assert _put(client, tool + "/a", "1") == 200
    assert len(client.rows(tool + "/a?action=getHistory")) == 1


def test_unversioned_contents_are_replaced(client, tool):
    _put(client, tool + "/a?unversioned=true", "1")
    _put(client, tool + "/a", "2")
    [row] = client.rows(tool + "/a?action=getHistory")
    assert (row["version"], row["contents"], row["unversioned"]) == ("1", "2", "true")


def test_meta_leaves_the_contents_out(client, tool):
    _put(client, tool + "/a", "1")
    assert client.rows(tool + "/a?meta=true")[0]["contents"] == ""
    assert client.rows(tool + "/a?meta=true&contents=true")[0]["contents"] == "1"


def test_json_bodies_hold_contents_and_status(client, tool):
    body = json.dumps({"contents": "x", "status": "disabled"}).encode()
    json_type = {"Content-Type": "application/json"}
    assert client.put(tool + "/a", body=body, headers=json_type).status == 201
    assert client.rows(tool + "/a")[0]["status"] == "disabled"
    assert client.get(tool + "/a?contents=true").status == 404
    assert client.put(tool + "/a?", body=b'{"status":"enabled"}', headers=json_type).status == 200
    assert client.get(tool + "/a?contents=true").data == b"x"


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [("", b"", 400), ("?status=sleeping", b"", 400), ("?inbody=true", b"  ", 500), ("?status=enabled", b"", 500)],
)
def test_refused_puts(client, tool, query, body, status):
    """Nothing to do and a bad status are 400; a blank text and a status for nothing fall on a server's error."""
    assert client.put(tool + "/a" + query, body=body).status == status


def test_broken_json_is_refused(client, tool):
    assert client.put(tool + "/a", body=b"{", headers={"Content-Type": "application/json"}).status == 400


def test_delete_disables(client, tool):
    _put(client, tool + "/a", "1")
    assert client.delete(tool + "/a").status == 200
    [row] = client.rows(tool + "/a")
    assert (row["status"], row["reason"], row["version"]) == ("disabled", "Disabling this setting", "2")
    assert client.get(tool + "/a?contents=true").status == 404
    assert client.delete(tool + "/never").status == 500


def test_nothing_found_is_404_or_204(client, tool):
    assert client.get(tool).status == 404
    assert client.get(tool + "/a").status == 404
    accepted = client.get(tool + "/a?accept-not-found=true")
    assert (accepted.status, accepted.data) == (204, b"")
    assert client.get(tool + "/a?contents=true&accept-not-found=true").status == 204


def test_projects_have_their_own_and_may_fall_back_to_the_site(client, tool, project):
    name = tool.rpartition("/")[2]
    _put(client, tool + "/a", "site")
    own = f"{project}/config/{name}/a"
    assert client.get(own).status == 404
    assert client.get(own + "?defaultToSiteWide=true&contents=true").data == b"site"
    assert _put(client, own, "project") == 201
    assert client.get(own + "?contents=true").data == b"project"
    assert client.rows(own)[0]["project"] == project.rpartition("/")[2]
    assert client.rows(project + "/config") == [{"tool": name}]


def test_unknown_projects_are_not_found(client):
    assert client.get("/data/projects/nowhere/config").status == 404
    assert client.put("/data/projects/nowhere/config/t/p?inbody=true", body=b"x").status == 404


def test_only_administrators_change_what_the_site_has(client, stranger, tool):
    assert _put(stranger, tool + "/a", "x") == 403
    _put(client, tool + "/a", "x")
    assert stranger.get(tool + "/a?contents=true").data == b"x"
    assert stranger.delete(tool + "/a").status == 403


def test_only_owners_change_what_a_project_has(client, stranger, project):
    assert stranger.put(f"{project}/config/t/p?inbody=true", body=b"x").status in {403, 404}


# --- anonymisation scripts ---


def test_the_script_of_a_project(client, project):
    name = project.rpartition("/")[2]
    edit = f"/data/config/edit/projects/{name}/image/dicom"
    assert client.rows(edit + "/script") == []
    assert client.put(edit + "/script?inbody=true", body=b"(0010,0010) := subject\n").status == 200
    [row] = client.rows(edit + "/script")
    assert set(row) == {"project", "user", "create_date", "script", "id"}
    assert (row["project"], row["script"]) == (name, "(0010,0010) := subject\n")
    [row] = client.rows(edit + "/status")
    assert set(row) == {"project", "edit", "create_date", "user", "id"}
    assert row["edit"] == "true"
    assert client.get(f"{project}/config/anon/projects/{name}?contents=true").data == b"(0010,0010) := subject\n"


def test_a_script_is_switched_off_and_on(client, project):
    edit = f"/data/config/edit/projects/{project.rpartition('/')[2]}/image/dicom"
    client.put(edit + "/script?inbody=true", body=b"x")
    assert client.put(edit + "/status?activate=false").status == 200
    assert client.rows(edit + "/status")[0]["edit"] == "false"
    assert [row["edit"] for row in client.rows(edit + "/status?all=yes")] == ["true", "false"]
    assert client.put(edit + "/status?activate=true").status == 200
    assert client.rows(edit + "/status")[0]["edit"] == "true"


def test_bad_script_requests(client):
    edit = "/data/config/edit"
    assert client.get(edit + "/image/dicom/other").status == 400
    assert client.get(edit + "/projects/nowhere/image/dicom/script").status == 400
    assert client.put(edit + "/image/dicom/status?activate=perhaps").status == 400
    assert client.put(edit + "/image/dicom/status").status == 400
    assert client.put(edit + "/image/dicom/script", body=b"no inbody").status == 400
