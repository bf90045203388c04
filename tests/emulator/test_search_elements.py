"""Data types and fields of the search engine, and who may search (schema-and-search 3.1, 3.2, 4.7)."""

from __future__ import annotations

import csv
import io
import json
import shutil

from lxml import etree

import xnat_emulator

from .conftest import ROOT, Client, log_in, new_user
from .search_documents import MR, SCAN, SUBJECT, criterion, document, group


def table(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).data.decode())))


def test_known_fields_are_told_as_recorded(client, recordings):
    """D9; the recorded custom variables, project labels and a count of one site are not in it."""
    now = {row["FIELD_ID"]: row for row in table(client, f"/data/search/elements/{MR}?format=csv")}
    was = list(csv.DictReader(io.StringIO((recordings / "search-element-fields-mrsession-fragment.csv").read_text())))
    stock = [row for row in was if row["SRC"] == "0" and row["FIELD_ID"] not in {"MPRAGE_COUNT", _OLD}]
    assert len(stock) == 18
    for row in stock:
        assert {key: now[row["FIELD_ID"]][key] for key in row} == row


_OLD = "XNAT_COL_MRSESSIONDATASHARINGSHAREPROJECT"


PROTOCOL = """<xnat:studyProtocol xmlns:xnat="http://nrg.wustl.edu/xnat"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xnat:datatypeProtocol" ID="weights"
 data-type="xnat:mrSessionData"><xnat:definitions><xnat:definition ID="g" data-type="xnat:mrSessionData"><xnat:fields>
 <xnat:field name="Weight" type="custom" datatype="float"
  xmlPath="xnat:mrSessionData/fields/field[name=weight]/field"/></xnat:fields></xnat:definition></xnat:definitions>
</xnat:studyProtocol>"""


def test_variables_have_the_type_that_a_project_gives_them(client, session, searcher):
    """They are listed so (D9), and compare so."""
    project = session.split("/")[3]
    client.xml("PUT", f"/data/projects/{project}/protocols/weights", PROTOCOL)
    for name, weight in (("e1", "9.5"), ("e2", "71"), ("e3", "heavy")):
        path = session.replace("/e1", f"/{name}")
        client.put(f"{path}?xsiType={MR}&{MR}/fields/field[name%3Dweight]/field={weight}")
    rows = {row["FIELD_ID"]: row for row in client.rows(f"/data/search/elements/{MR}?format=json")}
    row = rows["XNAT_MRSESSIONDATA_FIELD_MAP=weight"]
    assert (row["TYPE"], row["HEADER"], row["SRC"]) == ("float", "Weight", "1")
    heavier = criterion(f"{MR}/XNAT_MRSESSIONDATA_FIELD_MAP=weight", "BETWEEN", "10 AND 100")
    found = searcher.rows(document(MR, ["LABEL"], criterion(f"{MR}/project", "=", project), heavier))
    assert [row["label"] for row in found] == ["e2"]
    assert client.delete(f"/data/projects/{project}").status == 200


def test_versions_stand_beside_the_fields(client):
    answer = json.loads(client.get(f"/data/search/elements/{MR}?format=json").data)["ResultSet"]
    versions = {version["name"]: version["fields"] for version in answer["versions"]["versions"]}
    assert set(versions) == {"listing", "detailed", "project_bundle"}
    assert versions["listing"][3]["element_name"] == SUBJECT
    assert set(versions["listing"][0]) == {"id", "element_name", "header", "type", "value", "visible"}


def test_versions_as_json_and_xml(client):
    answer = json.loads(client.get(f"/data/search/elements/{SUBJECT}/versions").data)["DisplayVersions"]
    assert answer["element_name"] == SUBJECT
    assert [version["name"] for version in answer["versions"]] == ["listing", "project_bundle"]
    root = etree.fromstring(client.get(f"/data/search/elements/{SUBJECT}/versions?format=xml").data)
    assert [field.get("id") for field in root.findall("version[@name='listing']/field")][:2] == [
        "SUBJECT_LABEL",
        "GENDER",
    ]
    assert client.get("/data/search/elements/xnat:nonsense/versions").status == 400


def test_put_on_a_type_saves_nothing(client):
    before = client.get(f"/data/search/elements/{SUBJECT}?format=csv").data
    assert client.put(f"/data/search/elements/{SUBJECT}", body=b"<a/>").status == 200
    assert client.put(f"/data/search/elements/{SUBJECT}").status == 200
    assert client.put(f"/data/search/elements/{SUBJECT}", body=b"<a").status == 422
    assert client.put("/data/search/elements/xnat:nonsense", body=b"<a/>").status == 400
    assert client.get(f"/data/search/elements/{SUBJECT}?format=csv").data == before


def test_counts_of_all_and_of_what_is_readable(client, make_user, session):
    del session
    reader = make_user()
    secured = {row["ELEMENT_NAME"]: row for row in reader.rows("/data/search/elements?secured=true&format=json")}
    assert int(secured[MR]["COUNT"]) > 0
    readable = {row["ELEMENT_NAME"]: row for row in reader.rows("/data/search/elements?readable=true&format=json")}
    assert readable[MR]["COUNT"] == "0"
    assert not any(
        row["ELEMENT_NAME"] == MR for row in reader.rows("/data/search/elements?readable=x&used=x&format=json")
    )


def test_only_readable_rows_are_found(make_user, searcher, session):
    """Of private projects those of the caller; public ones of other tests may be there too."""
    project = session.split("/")[3]
    reader = type(searcher)(make_user(**{project: "collaborator"}), project)
    for root, name in ((MR, "PROJECT"), (SUBJECT, "PROJECT"), ("xnat:projectData", "ID")):
        found = {row[name.lower()] for row in reader.rows(document(root, [name]))}
        assert project in found
        assert "SEARCHED" not in found


def test_shared_objects_are_found_through_the_project_that_shares_them(client, make_user, searcher, session, project):
    source, target = session.split("/")[3], "SHARING1"
    client.put(f"/data/projects/{target}")
    assert client.put(f"{session}/projects/{target}?label=other").status in {200, 201}
    reader = make_user(SHARING1="collaborator")
    rows = type(searcher)(reader, target).rows(
        document(MR, ["PROJECT", "PROJECTS", "MR_PROJECT_IDENTIFIER=SHARING1", f"{SUBJECT}.SUBJECT_LABEL"])
    )
    assert [(row["project"], row["projects"], row["mr_project_identifier_sharing1"]) for row in rows] == [
        (source, f"<{source}>,<SHARING1>", "other")
    ]
    assert rows[0]["xnat_subjectdata_subject_label"] == ""  # the subject itself is not shared
    wanted = group("OR", criterion(f"{MR}/project", "=", target), criterion(f"{MR}/sharing/share/project", "=", target))
    found = type(searcher)(client, target).rows(document(MR, ["LABEL"], wanted))
    assert [row["label"] for row in found] == ["e1"]


def test_scans_follow_their_session(client, make_user, searcher, scan):
    project = scan.split("/")[3]
    reader = make_user(**{project: "collaborator"})
    rows = type(searcher)(reader, project).rows(document(SCAN, ["ID", "PROJECT"]))
    assert {(row["id"], row["project"]) for row in rows} == {("1", project)}


def test_types_that_are_not_readable_anywhere_are_403(searcher):
    """On a server of its own: a public project would make its types readable."""
    with xnat_emulator.start() as server:
        log_in(server).put("/data/projects/P")
        stranger = type(searcher)(new_user(server), "")
        for xsi_type in (MR, SUBJECT, "xdat:user", "xnat:nonsense"):
            assert stranger.post(document(xsi_type, ["LABEL"])).status == 403


def test_everybody_may_search_projects(searcher, make_user):
    found = type(searcher)(make_user(), "").rows(document("xnat:projectData", ["ID"]))
    assert "SEARCHED" not in {row["id"] for row in found}


def test_types_without_a_display_document_are_500(searcher):
    assert searcher.post(document("xnat:imageSessionData", ["LABEL"])).status == 500


def test_quarantined_rows_are_found_with_their_status(client, searcher, session):
    project = session.split("/")[3]
    assert client.put(f"{session}?quarantine=true").status == 200
    rows = searcher.rows(document(MR, ["LABEL"], criterion(f"{MR}/project", "=", project)))
    assert [row["quarantine_status"] for row in rows] == ["quarantine"]


def test_a_search_reads_documents_once(client, emulator, monkeypatch, searcher):
    """No query for a row: the number of queries does not grow with the number of rows."""
    database = emulator.site.archive.database
    asked: list[str] = []
    rows = database.rows
    monkeypatch.setattr(database, "rows", lambda sql, *rest: asked.append(sql) or rows(sql, *rest))
    body = document(MR, ["LABEL", f"{SUBJECT}.SUBJECT_LABEL", "MR_SCAN_COUNT_AGG", "xnat:qcManualAssessorData.LABEL"])
    assert len(searcher.rows(body)) >= 4
    assert len([sql for sql in asked if "items" in sql]) <= 4


def test_workflows_are_searched_too(client, searcher, make_user, session):
    project = session.split("/")[3]
    query = f"wrk:workflowData/id={client.fields(session)['ID']}&wrk:workflowData/ExternalID={project}"
    query += f"&wrk:workflowData/pipeline_name=Searched&wrk:workflowData/data_type={MR}"
    assert (
        client.put(
            f"/data/workflows?{query}&wrk:workflowData/status=Complete&wrk:workflowData/launch_time=2020-01-02%2003:04:05"
        ).status
        == 200
    )
    wanted = criterion("wrk:workflowData.EXTERNALID", "=", project)
    body = document("wrk:workflowData", ["PIPELINE_NAME", "STATUS", "LAUNCH_TIME"], wanted)
    assert [row["pipeline_name"] for row in searcher.rows(body)] == ["Searched"]
    assert len(type(searcher)(make_user(**{project: "owner"}), project).rows(body)) == 1
    other = make_user(SEARCHED="owner")
    assert type(searcher)(other, project).rows(body) == []
    assert client.get("/data/search/saved/@wrk:workflowData/results").status == 200


PLUGIN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:site="http://example.org/site"
 xmlns:xnat="http://nrg.wustl.edu/xnat" targetNamespace="http://example.org/site" elementFormDefault="qualified">
 <xs:import namespace="http://nrg.wustl.edu/xnat" schemaLocation="../xnat/xnat.xsd"/>
 <xs:element name="Visit" type="site:visitData"/>
 <xs:complexType name="visitData"><xs:complexContent><xs:extension base="xnat:subjectAssessorData"><xs:sequence>
  <xs:element name="score" type="xs:integer" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent>
 </xs:complexType></xs:schema>"""


def test_a_sites_own_types_are_searched_by_their_paths(tmp_path, searcher):
    schemas = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", schemas)
    (schemas / "site").mkdir()
    (schemas / "site" / "site.xsd").write_text(PLUGIN)
    with xnat_emulator.start(schemas=schemas) as server:
        client = log_in(server)
        visit = "/data/projects/P/subjects/s/experiments/v"
        for path in (
            "/data/projects/P",
            "/data/projects/P/subjects/s",
            f"{visit}?xsiType=site:visitData&site:visitData/score=7",
        ):
            assert client.put(path).status in {200, 201}
        listed = {row["ELEMENT_NAME"]: row["COUNT"] for row in client.rows("/data/search/elements?format=json")}
        assert listed["site:visitData"] == "1"
        fields = {row["FIELD_ID"]: row for row in client.rows("/data/search/elements/site:visitData?format=json")}
        assert (fields["SCORE"]["TYPE"], fields["SCORE"]["SUMMARY"]) == ("integer", "site:visitData/score")
        own = type(searcher)(client, "P")
        rows = own.rows(
            document(
                "site:visitData", ["SCORE", f"{SUBJECT}.SUBJECT_LABEL"], criterion("site:visitData/score", ">", "5")
            )
        )
        assert [(row["score"], row["xnat_subjectdata_subject_label"]) for row in rows] == [("7", "s")]
