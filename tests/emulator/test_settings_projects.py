"""Protocols, archive specifications, pipelines and lists over the archive (rest-data 4.4, 17, 18.2, 19)."""

from __future__ import annotations

import itertools
import json

import pytest
from lxml import etree

from .imports_dicom import make

_NUMBERS = itertools.count(1)
MR = "xnat:mrSessionData"
XNAT = {"xnat": "http://nrg.wustl.edu/xnat", "arc": "http://nrg.wustl.edu/arc"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def name_of(path):
    return path.rpartition("/")[2]


def children(client, path, field):
    return next((child["items"] for child in client.item(path)["children"] if child["field"] == field), [])


# --- protocols ---


def test_reading_a_protocol_makes_it(client, project):
    """A GET can write (rest-data 18.2)."""
    made = f"{name_of(project)}_xnat_mrSessionData"
    response = client.get(f"{project}/protocols/{made}?dataType={MR}")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    root = etree.fromstring(response.data)
    assert (root.get("ID"), root.get("data-type")) == (made, MR)
    [definition] = root.findall("xnat:definitions/xnat:definition", XNAT)
    assert (definition.get("ID"), definition.get("data-type")) == ("default", MR)
    assert definition.get("project-specific") == "false"
    [protocol] = children(client, project, "studyProtocol")
    assert protocol["meta"]["xsi:type"] == "xnat:datatypeProtocol"
    assert protocol["data_fields"]["ID"] == made


def test_reading_a_protocol_twice_makes_one(client, project):
    for name in ("anything", "else"):
        assert client.get(f"{project}/protocols/{name}?dataType={MR}").status == 200
    assert len(children(client, project, "studyProtocol")) == 1


@pytest.mark.parametrize("query", ["", "?dataType=xnat:noSuchData"])
def test_protocols_of_nothing_are_not_found(client, project, query):
    assert client.get(f"{project}/protocols/unknown{query}").status == 404


DOCUMENT = """<?xml version="1.0"?>
<xnat:studyProtocol xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:type="xnat:datatypeProtocol" ID="{name}" name="MR Sessions" data-type="xnat:mrSessionData">
  <xnat:definitions><xnat:definition ID="default" data-type="xnat:mrSessionData" project-specific="true">
    <xnat:fields>{fields}</xnat:fields>
  </xnat:definition></xnat:definitions>
</xnat:studyProtocol>"""
FIELD = """<xnat:field name="{name}" datatype="string" type="custom" required="false" group="default"
  xmlPath="xnat:mrSessionData/fields/field[name={name}]/field">
  <xnat:possibleValues><xnat:possibleValue display="Yes">yes</xnat:possibleValue></xnat:possibleValues></xnat:field>"""


def put_protocol(client, project, *names):
    identifier = f"{name_of(project)}_xnat_mrSessionData"
    text = DOCUMENT.format(name=identifier, fields="".join(FIELD.format(name=name) for name in names))
    return identifier, client.xml("PUT", f"{project}/protocols/{identifier}", text)


def test_definitions_are_written_and_shown_in_the_project(client, project):
    identifier, response = put_protocol(client, project, "cohort", "visit")
    assert response.status == 200
    assert etree.fromstring(response.data).get("ID") == identifier
    [protocol] = children(client, project, "studyProtocol")
    [definition] = protocol["children"][0]["items"]
    [fields] = [child for child in definition["children"] if child["field"] == "fields/field"]
    assert [item["data_fields"]["name"] for item in fields["items"]] == ["cohort", "visit"]
    assert fields["items"][0]["data_fields"]["datatype"] == "string"
    [values] = [child for child in fields["items"][0]["children"] if "possibleValue" in child["field"]]
    assert values["items"][0]["data_fields"]["possibleValue"] == "yes"


def test_a_put_replaces_the_definitions(client, project):
    put_protocol(client, project, "cohort", "visit")
    put_protocol(client, project, "visit")
    [protocol] = children(client, project, "studyProtocol")
    [definition] = protocol["children"][0]["items"]
    [fields] = [child for child in definition["children"] if child["field"] == "fields/field"]
    assert [item["data_fields"]["name"] for item in fields["items"]] == ["visit"]


def test_protocols_are_deleted(client, project):
    identifier, _ = put_protocol(client, project, "cohort")
    assert client.delete(f"{project}/protocols/{identifier}").status == 200
    assert children(client, project, "studyProtocol") == []
    assert client.delete(f"{project}/protocols/{identifier}").status == 404


def test_documents_of_other_types_are_refused(client, project):
    text = '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" label="s"/>'
    assert client.xml("PUT", f"{project}/protocols/any", text).status == 406


# --- archive specification, pipelines ---


@pytest.mark.parametrize("form", ["{project}/archive_spec", "/data/config/{name}/archive_spec"])
def test_archive_specifications_are_xml_only(client, project, form):
    response = client.get(form.format(project=project, name=name_of(project)) + "?format=json")
    root = etree.fromstring(response.data)
    assert root.tag == "{http://nrg.wustl.edu/arc}project"
    assert root.get("id") == name_of(project)
    assert root.get("current_arc") == "arc001"
    assert (root.get("prearchive_code"), root.get("quarantine_code")) == ("4", "0")
    assert root.findtext("arc:paths/arc:archivePath", namespaces=XNAT).startswith("/data/xnat/archive/")


def test_archive_specifications_of_nothing_are_not_found(client):
    assert client.get("/data/projects/nowhere/archive_spec").status == 404


def test_projects_have_no_pipelines(client, project):
    response = client.get(f"{project}/pipelines?format=json")
    assert response.data == b'{"ResultSet":{"Result":[]}}'
    assert etree.fromstring(client.get(f"{project}/pipelines?format=xml").data).get("id") == name_of(project)
    assert client.delete(f"{project}/pipelines?path=/x.xml&datatype={MR}").status == 200
    for tail in ("", "/details"):
        assert json.loads(client.get(f"{project}/pipelines/Freesurfer{tail}").data) == {}


@pytest.mark.parametrize("step", ["triggerPipelines", "fixScanTypes"])
def test_steps_set_missing_scan_types(client, project, session, step):
    """From the description, or from an earlier scan with a description that differs in signs only (dicom-import 39)."""
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData&series_description=T1_MPRAGE&type=structural")
    for number, description in ((2, "t1%20mprage*"), (3, "DTI"), (4, "")):
        client.put(f"{session}/scans/{number}?xsiType=xnat:mrScanData&series_description={description}")
        archive = client.emulator.site.archive
        scan = archive.items.member(archive.items.by_label("experiment", name_of(project), "e1"), "scan", str(number))
        scan.node.values.pop("type", None)
        with archive.transaction():
            archive.items.save(scan, archive.change("admin"))
    assert client.post(f"{project}/pipelines/{step}/experiments/e1?supressEmail=true").status == 200
    types = {row["ID"]: row["type"] for row in client.rows(f"{session}/scans")}
    assert types == {"1": "structural", "2": "structural", "3": "DTI", "4": "unknown"}


def test_steps_of_unknown_experiments_and_pipelines(client, project, session):
    assert client.post(f"{project}/pipelines/fixScanTypes/experiments/none").status == 400
    assert client.post(f"{project}/pipelines/Freesurfer/experiments/e1").status == 501
    assert client.get(f"{project}/pipelines/Freesurfer/experiments/e1").status == 500


# --- lists ---


def test_scanners(client, session):
    client.put(f"{session}?{MR}/scanner=MEDPC{next(_NUMBERS)}&{MR}/scanner/manufacturer=SIEMENS")
    response = client.get("/data/scanners?format=json")
    result = json.loads(response.data)["ResultSet"]
    assert result["title"] == "Scanners"
    assert all(set(row) == {"scanner"} for row in result["Result"])
    assert "MEDPC1" in {row["scanner"] for row in result["Result"]}
    assert client.rows("/data/scanners?table=xnat_petSessionData") == []
    assert client.get("/data/scanners?table=pg_user").status == 403


def test_scan_types(client, project, session):
    for number, kind, description in ((1, "T1", "mprage"), (2, "T1", "mprage%202"), (3, "T2", "flair")):
        client.put(f"{session}/scans/{number}?xsiType=xnat:mrScanData&type={kind}&series_description={description}")
    rows = client.rows(f"{project}/scan_types?table=xnat_mrScanData")
    assert rows == [
        {"series_descriptions": "mprage,mprage 2,", "type": "T1"},
        {"series_descriptions": "flair,", "type": "T2"},
    ]
    assert {"T1", "T2"} <= {row["type"] for row in client.rows("/data/scan_types")}
    assert client.get("/data/scan_types?table=users").status == 403


def test_investigators(client, project):
    number = next(_NUMBERS)
    client.put(f"{project}?pi_firstname=Ada&pi_lastname=Byron{number}")
    response = client.get("/data/investigators")
    result = json.loads(response.data)["ResultSet"]
    assert result["title"] == "Investigators"
    [row] = [row for row in result["Result"] if row["lastname"] == f"Byron{number}"]
    expected = {"firstname", "lastname", "institution", "department", "email", "xnat_investigatordata_id", "login"}
    assert set(row) == expected
    assert (row["firstname"], row["login"], row["email"]) == ("Ada", "", "")


def test_quality_labels(client, project):
    site = client.get("/data/services/scan-quality-labels")
    assert json.loads(site.data) == {"site": ["usable", "questionable", "unusable"]}
    assert site.headers["Content-Type"].startswith("application/json")
    own = f"/data/services/scan-quality-labels/{name_of(project)}"
    assert json.loads(client.get(own).data) == {name_of(project): ["usable", "questionable", "unusable"]}
    client.put(f"{project}/config/scan-quality/labels?inbody=true", body=b"good, bad\n")
    assert json.loads(client.get(own).data) == {name_of(project): ["good", "bad"]}


# --- study routing ---


def test_studies_are_routed_to_projects(client, project):
    uid = f"1.2.3.{next(_NUMBERS)}"
    path = f"/data/routing/{uid}"
    assert client.get(path).status == 404
    assert client.put(path, body=f"project={name_of(project)}".encode(), headers=FORM).status == 200
    [row] = client.rows(path)
    assert set(row) == {"studyInstanceUID", "project", "subject", "user", "created", "accessed", "label"}
    assert (row["studyInstanceUID"], row["project"], row["user"]) == (uid, name_of(project), "admin")
    assert row in client.rows("/data/routing")
    assert client.delete(path).status == 200
    assert client.delete(path).status == 404


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/data/routing/1.2", b"", {}, 400),
        ("/data/routing", b"project=p", FORM, 400),
        ("/data/routing/1.2", b"project=p&subject=s", FORM, 400),
        ("/data/routing/1.2", b'{"project":"p"}', {"Content-Type": "application/json"}, 415),
    ],
)
def test_bad_routes(client, path, body, headers, status):
    assert client.put(path, body=body, headers=headers).status == status


def test_a_protocol_can_be_sent_back_as_it_was_read(client, project):
    """Its root element is the type itself, which has no global element."""
    path = f"{project}/protocols/any?dataType={MR}"
    document = client.get(path).data.decode()
    assert client.xml("PUT", path, document).status == 200
    assert len(children(client, project, "studyProtocol")) == 1


def test_headers_are_read_again(client, project, session):
    """``pullDataFromHeaders`` fills the session and its scans from the archived files (rest-data 7.1.8)."""
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData&type=T1")
    client.put(f"{session}/scans/1/resources/DICOM/files/1.dcm?inbody=true", body=make(StationName="MEDPC77"))
    assert client.post(f"{project}/pipelines/pullDataFromHeaders/experiments/e1").status == 200
    assert client.fields(session)["scanner"] == "MEDPC77"
