"""Which route answers a path (rest-data section 1)."""

from __future__ import annotations

import json

import pytest

from xnat_emulator.locate import find_schemas
from xnat_emulator.routes import ROUTES, find


def template(path):
    found = find(find_schemas(), path)
    return None if found is None else found.route.template


@pytest.mark.parametrize(
    ("path", "expected", "remainder"),
    [
        ("/data/projects", "/data/projects", ()),
        ("/data/projects/", "/data/projects", ()),
        ("/data/archive/projects/P", "/data/projects/{PROJECT_ID}", ()),
        ("/REST/archive/projects/P", "/data/projects/{PROJECT_ID}", ()),
        ("/REST/subjects/S", "/data/subjects/{SUBJECT_ID}", ()),
        (
            "/data/experiments/E/resources/R/files/a/b%20c.dcm",
            "/data/experiments/{EXPT_ID}/resources/{RESOURCE_ID}/files",
            ("a", "b c.dcm"),
        ),
        (
            "/data/experiments/E/assessors/A/out/files",
            "/data/experiments/{ASSESSED_ID}/assessors/{EXPT_ID}/{TYPE}/files",
            (),
        ),
        ("/data/experiments/E/status", "/data/experiments/{EXPT_ID}", ("status",)),
        ("/data/projects/P/experiments/E/scans", "/data/projects/{PROJECT_ID}/experiments/{EXPT_ID}", ("scans",)),
    ],
)
def test_longest_template_wins_and_keeps_the_remainder(path, expected, remainder):
    found = find(find_schemas(), path)
    assert found is not None
    assert (found.route.template, found.remainder) == (expected, remainder)


def test_equally_long_templates_are_taken_in_their_order():
    path = "/data/experiments/E/assessors/A/resources/files"
    assert template(path) == "/data/experiments/{ASSESSED_ID}/assessors/{EXPT_ID}/resources/{RESOURCE_ID}"


def test_placeholders_are_decoded_once():
    found = find(find_schemas(), "/data/projects/P/subjects/a%2Fb%2520c")
    assert found is not None
    assert found.values["SUBJECT_ID"] == "a/b%20c"


def test_only_archive_routes_answer_below_archive(client):
    assert client.get("/data/archive/projects").status == 200
    assert client.get("/data/archive/users").status == 404
    assert client.get("/data/archive/auth").status == 404


@pytest.mark.parametrize(
    "path", ["/data/version", "/data/uptime", "/data/nothing", "/data", "/nothing", "/xapi/nothing"]
)
def test_unknown_paths_answer_404(client, path):
    assert client.get(path).status == 404


def test_tail_below_a_project_qualified_experiment_is_ignored(client, session):
    project = session.partition("/subjects")[0]
    document = client.item(f"{project}/experiments/e1/scans")
    assert document["meta"]["xsi:type"] == "xnat:mrSessionData"
    assert client.put(f"{project}/experiments/e1/scans").status == 400
    assert client.delete(f"{project}/experiments/e1/scans").status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/xapi/schemas/datatypes/names/all"),
        ("GET", "/xapi/schemas/datatypes/elements/xnat:subjectData"),
        ("POST", "/xapi/archive/download"),
        ("GET", "/xapi/siteConfig/uptime/display"),
        ("PUT", "/xapi/anonymize/default"),
    ],
)
def test_known_but_unserved_routes_answer_501_with_their_name(client, method, path):
    response = client.request(method, path)
    assert response.status == 501
    assert client.message(response).startswith("The emulator does not serve ")


def test_status_and_shares_stand_behind_an_object(client, session):
    project = session.split("/")[3]
    assert client.get(f"{session}/status").data == b"active"
    assert client.rows(f"{session}/projects?format=json") == [
        {"label": "e1", "ID": project, "Secondary_ID": project, "Name": project}
    ]


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/data/projects"), ("DELETE", "/data/projects"), ("PUT", "/data/auth")]
)
def test_wrong_method_answers_405(client, method, path):
    response = client.request(method, path)
    assert response.status == 405
    assert "GET" in response.headers["Allow"]


def test_options_lists_the_methods(client):
    response = client.request("OPTIONS", "/data/projects")
    assert response.status == 200
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_sends_the_headers_of_get(client, files):
    client.put(f"{files}/a.txt?inbody=true", body=b"hello")
    for path, length in ((f"{files}/a.txt", "5"), ("/data/projects", None)):
        response = client.request("HEAD", path)
        assert response.status == 200
        assert response.data == b""
        assert response.headers.getlist("Content-Length") == [length or response.headers["Content-Length"]]
    assert int(response.headers["Content-Length"]) > 20


def test_no_route_is_listed_twice():
    templates = [route.template for route in ROUTES]
    assert len(templates) == len(set(templates))


def test_whole_catalogue_is_known_to_the_server(client, recordings):
    """No path of the catalogue is taken for an unknown one."""
    routes = json.loads((recordings.parent / "facts" / "routes.json").read_text())
    for route in routes:
        path = route["path"].replace("{", "").replace("}", "")
        assert template(path) is not None, path
        for alias in route["aliases"]:
            assert template(alias.replace("{", "").replace("}", "")) is not None, alias
