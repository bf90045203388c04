"""Schema documents, data types and site facts (schema-and-search 1.1, 1.2, 3.2 and 5.2)."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest


def test_list_of_schemas_shortens_equal_names(client):
    names = json.loads(client.get("/xapi/schemas").data)
    assert {"xnat", "security", "pipeline/build", "screening/screeningAssessment", "birn/birnprov"} <= set(names)
    for name in names:
        response = client.get(f"/xapi/schemas/{name}")
        assert response.headers["Content-Type"] == "application/xml"
        assert ET.fromstring(response.data).tag.endswith("}schema")


@pytest.mark.parametrize("path", ["/xapi/schemas/xnat/xnat", "/schemas/xnat.xsd", "/schemas/xnat/xnat.xsd"])
def test_one_document_has_several_addresses(client, path):
    assert client.get(path).data == client.get("/xapi/schemas/xnat").data


@pytest.mark.parametrize(
    "path",
    [
        "/xapi/schemas/nothing",
        "/xapi/schemas/xnat.xsd",
        "/schemas/xnat",
        "/schemas/nothing.xsd",
        "/schemas/..%2f..%2fx.xsd",
    ],
)
def test_unknown_documents_answer_404(client, path):
    assert client.get(path).status == 404


def test_data_types_include_anonymous_ones(client):
    names = json.loads(client.get("/xapi/schemas/datatypes").data)
    assert names == sorted(names)
    assert {"xnat:mrSessionData", "xnat:experimentData_field", "xdat:user", "wrk:workflowData"} <= set(names)


def test_build_info(client):
    info = json.loads(client.get("/xapi/siteConfig/buildInfo").data)
    assert all(isinstance(value, str) for value in info.values())
    assert client.get("/xapi/siteConfig/buildInfo/version").data.decode() == info["version"]
    assert client.get("/xapi/siteConfig/buildInfo/nothing").status == 404


def test_uptime_plugins_and_user(client):
    assert set(json.loads(client.get("/xapi/siteConfig/uptime").data)) == {"days", "hours", "minutes", "seconds"}
    assert json.loads(client.get("/xapi/plugins").data) == {}
    assert client.get("/xapi/plugins/none").status == 404
    assert client.get("/xapi/users/username").data == b"admin"
    assert json.loads(client.get("/xapi/users/profile").data)["username"] == "admin"
    assert client.get("/xapi/users/profile/nobody").status == 404


def test_search_elements(client, session):
    answer = json.loads(client.get("/data/search/elements?format=json").data)["ResultSet"]
    assert answer["title"] == "Data-Types"
    assert "totalRecords" not in answer
    rows = {row["ELEMENT_NAME"]: row for row in answer["Result"]}
    assert list(rows["xnat:mrSessionData"]) == ["SINGULAR", "SECURED", "ELEMENT_NAME", "COUNT", "PLURAL"]
    assert int(rows["xnat:mrSessionData"]["COUNT"]) > 0
    assert not any(name.startswith("xdat:") for name in rows)
    used = client.rows("/data/search/elements?used=true&format=json")
    assert all(row["COUNT"] != "0" for row in used)


def test_search_fields_list_variables_and_project_labels(client, session):
    client.put(f"{session}?xnat:mrSessionData/fields/field[name%3DMyVar]/field=1")
    answer = json.loads(client.get("/data/search/elements/xnat:mrSessionData?format=json").data)["ResultSet"]
    assert answer["element_name"] == "xnat:mrSessionData"
    rows = {row["FIELD_ID"]: row for row in answer["Result"]}
    assert rows["DATE"]["SRC"] == "0"
    assert "LABEL" not in rows
    variable = rows["XNAT_MRSESSIONDATA_FIELD_MAP=myvar"]
    assert (variable["SRC"], variable["HEADER"], variable["DESC"]) == ("1", "MyVar", "Custom Field: MyVar")
    project = session.split("/")[3]
    assert rows[f"MR_PROJECT_IDENTIFIER={project}"]["SUMMARY"] == f"Label within the {project} project."


def test_search_fields_of_several_and_of_unknown_types(client):
    rows = client.rows("/data/search/elements/xnat:subjectData,xnat:ctSessionData?format=json")
    assert {row["ELEMENT_NAME"] for row in rows} == {"xnat:subjectData", "xnat:ctSessionData"}
    assert client.rows("/data/search/elements/xnat:petScanData?format=json")
    assert client.get("/data/search/elements/xnat:nonsense?format=json").status == 400
