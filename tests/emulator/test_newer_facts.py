"""What the newer API answers to reading, row by row; the number in a name is that of schema-and-search."""

from __future__ import annotations

import json

import pytest

USER = "id username firstName lastName email secured lastModified enabled verified"
DISPLAY = (
    "elementName properName singular plural lbg dbg xsDescription allowBriefVersion allowDetailedVersion isExperiment "
    "isSubjectAssessor isImageAssessor isImageSession isImageScan actions"
)
RECEIVER = (
    "aeTitle port identifier fileNamer enabled customProcessing directArchive anonymizationEnabled whitelistEnabled "
    "whitelist routingExpressionsEnabled projectRoutingExpression subjectRoutingExpression sessionRoutingExpression"
)
BUILD = "version buildNumber buildDate sha isDirty timestamp"
"""Recorded answers have no ``hostName`` and no ``nodeId`` (D10)."""


def answered(client, path):
    response = client.get(path)
    assert response.status == 200, (path, response.data)
    return json.loads(response.data)


@pytest.mark.parametrize("path", ["users", "users/projects", "users/roles", "users/admin/roles", "users/admin/groups"])
def test_lists_of_names_51(client, path):
    assert all(isinstance(name, str) for name in answered(client, f"/xapi/{path}"))


@pytest.mark.parametrize("path", ["users/profile", "users/profile/admin", "users/admin"])
def test_one_user_51(client, path):
    assert set(USER.split()) <= answered(client, f"/xapi/{path}").keys()


@pytest.mark.parametrize("path", ["users/profiles", "users/current"])
def test_several_users_51(client, path):
    assert set(USER.split()) <= answered(client, f"/xapi/{path}")[0].keys()


@pytest.mark.parametrize("path", ["enabled", "verified"])
def test_flags_of_a_user_51(client, path):
    assert answered(client, f"/xapi/users/admin/{path}") is True


def test_names_sessions_and_roles_51(client):
    assert client.get("/xapi/users/username").data == b"admin"
    assert "admin" in answered(client, "/xapi/users/active")
    assert answered(client, "/xapi/users/active/admin")
    assert "admin" in answered(client, "/xapi/users/rolemap")["Administrator"]
    assert "admin" in answered(client, "/xapi/users/roles/Administrator")


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("siteConfig", "siteId requireLogin"),
        ("siteConfig/values/siteId,requireLogin", "siteId requireLogin"),
        ("siteConfig/buildInfo", BUILD),
        ("siteConfig/uptime", "days hours minutes seconds"),
        ("prefs", "siteConfig"),
        ("dicomscp/identifiers", "dicomObjectIdentifier"),
    ],
)
def test_maps_52_57(client, path, keys):
    assert set(keys.split()) <= answered(client, f"/xapi/{path}").keys()


def test_unknown_plugins_and_single_settings_52(client):
    assert answered(client, "/xapi/plugins") == {}
    assert client.get("/xapi/plugins/none").status == 404
    assert client.get("/xapi/siteConfig/siteId").data == b"XNAT"
    assert client.get("/xapi/prefs/props/siteConfig/siteId").data == b"XNAT"


def test_build_info_is_open_52(anonymous):
    assert anonymous.get("/xapi/siteConfig/buildInfo").status == 200
    assert anonymous.get("/xapi/siteConfig").status == 401


def test_access_53(client, project):
    name = project.rpartition("/")[2]
    rows = answered(client, "/xapi/access/projects")
    assert next(row["role"] for row in rows if row["ID"] == name) == "Owners"
    assert answered(client, "/xapi/access/admin/projects")
    kinds = ["browseable", "browseableCreateable", "createable", "searchable", "searchableByDesc"]
    assert answered(client, "/xapi/access/displays") == [*kinds, "searchableByPluralDesc"]


@pytest.mark.parametrize(
    "kind",
    ["browseable", "browseableCreateable", "createable", "searchable", "searchableByDesc", "searchableByPluralDesc"],
)
def test_displays_53(client, kind):
    for row in answered(client, f"/xapi/access/displays/{kind}"):
        assert set(DISPLAY.split()) <= row.keys()


def test_receivers_57(client):
    (receiver,) = answered(client, "/xapi/dicomscp")
    assert set(RECEIVER.split()) | {"id"} <= receiver.keys()
    assert answered(client, f"/xapi/dicomscp/{receiver['id']}") == receiver
    assert answered(client, f"/xapi/dicomscp/{receiver['id']}/enabled") is True
    assert answered(client, f"/xapi/dicomscp/title/{receiver['aeTitle']}/{receiver['port']}") == receiver
    assert client.put("/xapi/dicomscp/start").status == 501


def test_anonymising_57(client, project):
    name = project.rpartition("/")[2]
    for path in ("default", "site"):
        assert client.get(f"/xapi/anonymize/{path}").status == 200
    assert answered(client, "/xapi/anonymize/site/enabled") in {True, False}
    assert client.put(f"/xapi/anonymize/projects/{name}", body=b"(0010,0010) := x").status == 200
    assert client.get(f"/xapi/anonymize/projects/{name}").data == b"(0010,0010) := x"


@pytest.mark.parametrize("kind", ["project", "subject", "session", "scan"])
def test_custom_fields_58(client, request, kind):
    path = request.getfixturevalue(kind).removeprefix("/data")
    base = f"/xapi/custom-fields{path}/fields"
    body = json.dumps({"a": "x", "b": 2}).encode()
    put = client.put(base, body=body, headers={"Content-Type": "application/json"})
    assert (put.status, json.loads(put.data)) == (200, {"a": "x", "b": 2})
    assert answered(client, base) == {"a": "x", "b": 2}
    assert answered(client, f"{base}?fieldNames=a") == {"a": "x"}
    assert client.get(f"{base}/a").data == b"x"
    assert json.loads(client.delete(f"{base}/a").data) == {"b": 2}
