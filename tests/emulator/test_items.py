"""Item documents in JSON and XML (rest-data sections 5 and 6)."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest

from xnat_emulator.formats.javahash import hash_order

XNAT = "{http://nrg.wustl.edu/xnat}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
JAVA_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z][a-z] \d\d \d\d:\d\d:\d\d UTC \d{4}")


def put_paths(client, path, xsi_type, **values):
    query = "&".join(f"{quote(f'{xsi_type}/{name}')}={quote(value)}" for name, value in values.items())
    response = client.put(f"{path}?xsiType={xsi_type}&{query}")
    assert response.status in {200, 201}, response.data


def child(item, field):
    return next(entry["items"] for entry in item["children"] if entry["field"] == field)


def test_envelope_has_the_recorded_key_order_and_no_blanks(client, subject):
    text = client.get(f"{subject}?format=json").data.decode()
    assert text.startswith('{"items":[{"children":[],"meta":{"create_event_id":')
    item = json.loads(text)["items"][0]
    assert list(item) == ["children", "meta", "data_fields"]
    assert list(item["meta"]) == ["create_event_id", "xsi:type", "isHistory", "start_date"]
    assert item["meta"]["isHistory"] is False
    assert isinstance(item["meta"]["create_event_id"], int)
    assert JAVA_DATE.fullmatch(item["meta"]["start_date"])


def test_experiments_repeat_their_id_in_lower_case(client, session):
    fields = client.fields(session)
    assert fields["id"] == fields["ID"]
    assert "id" not in client.fields(session.partition("/experiments")[0])


def test_hidden_keys_have_both_spellings_only_where_a_type_extends_another(client, scan):
    client.put(f"{scan}/resources/DICOM?tags=one")
    item = client.item(scan)
    fields = item["data_fields"]
    assert fields["xnat_imagescandata_id"] == fields["xnat_imageScanData_id"]
    (resource,) = child(item, "file")
    assert resource["data_fields"]["xnat_abstractresource_id"] == resource["data_fields"]["xnat_abstractResource_id"]
    (tag,) = child(resource, "tags/tag")
    assert tag["meta"]["xsi:type"] == "xnat:abstractResource_tag"
    assert set(tag["data_fields"]) == {"tag", "xnat_abstractResource_tag_id"}


def test_project_is_active_without_being_set(client, project):
    assert client.fields(project)["active"] == "true"


def test_numbers_are_numbers_and_whole_ones_have_no_fraction(client, scan):
    values = {"parameters/tr": "8800", "parameters/te": "958.58", "frames": "0", "fieldStrength": "3.0"}
    put_paths(client, scan, "xnat:mrScanData", **values)
    text = client.get(f"{scan}?format=json").data.decode()
    assert '"parameters/tr":8800,' in text
    assert '"parameters/te":958.58' in text
    assert '"frames":0' in text
    assert '"fieldStrength":"3.0"' in text


def test_truth_values_are_text(client, scan):
    put_paths(client, scan, "xnat:mrScanData", **{"dcmValidation/status": "1"})
    assert client.fields(scan)["dcmValidation/status"] == "true"


def test_nested_values_are_slash_paths_and_nulls_are_absent(client, session):
    put_paths(client, session, "xnat:mrSessionData", **{"scanner": "MR01", "scanner/model": "M"})
    fields = client.fields(session)
    assert (fields["scanner"], fields["scanner/model"]) == ("MR01", "M")
    assert "scanner/manufacturer" not in fields


def test_scan_names_session_and_project(client, scan):
    fields = client.fields(scan)
    session = client.fields(scan.partition("/scans")[0])
    assert (fields["image_session_ID"], fields["project"]) == (session["ID"], session["project"])


def test_abstract_children_report_their_concrete_type(client, subject):
    client.put(f"{subject}?gender=male")
    (demographics,) = child(client.item(subject), "demographics")
    assert demographics["meta"]["xsi:type"] == "xnat:demographicData"
    assert demographics["data_fields"]["gender"] == "male"
    assert "xnat_abstractDemographicData_id" in demographics["data_fields"]


def test_custom_variables_are_children_with_name_and_field(client, subject):
    client.put(f"{subject}?xnat:subjectData/fields/field[name%3Dx]/field=1")
    (variable,) = child(client.item(subject), "fields/field")
    assert variable["meta"]["xsi:type"] == "xnat:subjectData_field"
    assert set(variable["data_fields"]) == {"name", "field", "xnat_subjectData_field_id"}


def test_named_text_children_have_a_field_named_like_their_type(client, scan):
    client.put(f"{scan}?xnat:mrScanData/parameters/addParam[name%3Dq]/addField=w")
    (parameter,) = child(client.item(scan), "parameters/addParam")
    assert (parameter["data_fields"]["name"], parameter["data_fields"]["addField"]) == ("q", "w")


def test_subject_embeds_experiments_and_sessions_embed_scans(client, scan):
    subject = scan.partition("/experiments")[0]
    (experiment,) = child(client.item(subject), "experiments/experiment")
    (inner,) = child(experiment, "scans/scan")
    assert inner["data_fields"]["type"] == "T1 MPRAGE"


def test_resource_child_shows_the_server_path_of_its_catalog(client, scan):
    client.put(f"{scan}/resources/DATA?format=X&content=Y")
    (resource,) = child(client.item(scan), "file")
    fields = resource["data_fields"]
    assert re.fullmatch(r"/.+/e1/SCANS/1/DATA/DATA_catalog\.xml", fields["URI"])
    assert (fields["file_count"], fields["file_size"], fields["format"], fields["content"]) == (0, 0, "X", "Y")


def test_objects_are_found_by_id_label_and_alias(client, session):
    project, _, _ = session.partition("/subjects")
    client.put(f"{project}?alias=other_{project.rpartition('/')[2]}")
    identifier = client.fields(session)["ID"]
    subject = client.fields(session.partition("/experiments")[0])["ID"]
    for path in (
        f"/data/experiments/{identifier}",
        f"{project}/experiments/{identifier}",
        f"{project}/experiments/e1",
        f"{project}/subjects/{subject}/experiments/e1",
        f"/data/projects/other_{project.rpartition('/')[2]}/subjects/s1/experiments/e1",
        f"/REST/archive/experiments/{identifier}",
    ):
        assert client.fields(path)["ID"] == identifier


def test_missing_objects_answer_404(client, session):
    for path in ("/data/projects/NOPE", "/data/subjects/NOPE", "/data/experiments/NOPE", f"{session}/scans/NOPE"):
        assert client.get(f"{path}?format=json").status == 404


def test_xml_document_has_root_attributes_and_schema_location(client, session):
    put_paths(client, session, "xnat:mrSessionData", **{"date": "2020-01-31", "scanner/model": "M"})
    response = client.get(f"{session}?format=xml")
    assert response.headers["Content-Type"].startswith("text/xml")
    root = ET.fromstring(response.data)
    assert root.tag == f"{XNAT}MRSession"
    assert (root.get("label"), root.get("project")) == ("e1", session.split("/")[3])
    places = root.get(f"{XSI}schemaLocation").split()
    assert f"{client.emulator.url}/schemas/xnat.xsd" in places
    assert root.find(f"{XNAT}date").text == "2020-01-31"
    assert root.find(f"{XNAT}scanner").get("model") == "M"


def test_xml_names_the_type_of_polymorphic_children_and_hides_keys_in_comments(client, scan):
    session = scan.partition("/scans")[0]
    text = client.get(f"{session}?format=xml").data.decode()
    assert 'xsi:type="xnat:mrScanData"' in text
    assert re.search(r'<!--hidden_fields\[xnat_imageScanData_id="\d+"\]-->', text)
    concealed = client.get(f"{session}?format=xml&concealHiddenFields=true").data.decode()
    assert "hidden_fields" not in concealed


def test_other_formats_of_items_are_xml(client, session):
    for form in ("csv", "txt", "text/csv"):
        assert client.get(f"{session}?format={form}").headers["Content-Type"].startswith("text/xml")
    assert client.get(session).headers["Content-Type"].startswith("text/html")
    accept = {"Accept": "application/json"}
    assert client.get(session, headers=accept).headers["Content-Type"].startswith("text/html")


def test_named_values_come_as_a_row_or_as_text(client, session):
    client.put(f"{session}?date=2020-01-31")
    query = "handler=values&columns=xnat:mrSessionData/date"
    assert client.get(f"{session}?{query}&asValue=true").data == b"2020-01-31"
    (row,) = client.rows(f"{session}?{query}&format=json")
    assert row == {"xnat:mrSessionData/date": "2020-01-31"}
    assert client.get(f"{session}?handler=nonsense").status == 400


@pytest.mark.parametrize("name", ["item-scan-1.json", "item-mrsession-3.json", "item-project-1.json"])
def test_recorded_fields_are_known_to_the_data_model(client, recordings, name):
    """Every data field of a recording is a field or a hidden key of its type."""
    item = json.loads((recordings / name).read_text())["items"][0]
    data_type = client.emulator.site.archive.model.type(item["meta"]["xsi:type"])
    unknown = [key for key in item["data_fields"] if key not in data_type.fields and not key.lower().endswith("_id")]
    assert [key for key in unknown if key != "id"] == []


def test_recorded_session_is_shown_field_for_field(client, subject, recordings):
    """Values of a recorded session, written here, come back as recorded, keys of one bucket aside."""
    recorded = json.loads((recordings / "item-mrsession-3.json").read_text())["items"][0]["data_fields"]
    values = {
        key: value for key, value in recorded.items() if key not in {"id", "ID", "subject_ID", "project", "label"}
    }
    path = f"{subject}/experiments/{recorded['label']}"
    put_paths(client, path, "xnat:mrSessionData", **values)
    shown = client.fields(path)
    assert list(hash_order(recorded)) == list(recorded)
    assert list(hash_order(shown)) == list(shown)
    assert set(shown) == set(recorded)
    assert {key: shown[key] for key in values} == values
