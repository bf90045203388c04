"""Lists of received sessions, and one of them as JSON, XML, zip and log (rest-data 12.1, 12.2, D4, D21)."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pytest
from lxml import etree

from xnat_emulator.demo import images

from .accounts import account
from .received import STUDY, path_of, ready, receive, series

COLUMNS = [
    *("project", "timestamp", "lastmod", "uploaded", "scan_date", "scan_time", "subject", "folderName", "name", "tag"),
    *("status", "url", "autoarchive", "prevent_anon", "prevent_auto_commit", "SOURCE", "VISIT", "PROTOCOL", "TIMEZONE"),
]


@pytest.fixture
def archive(emulator):
    return emulator.site.archive


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


def urls(client, path):
    return [row["url"] for row in client.rows(path)]


def test_listing_has_the_recorded_keys_in_their_order_and_no_count(client, archive, name, recordings):
    session = ready(archive, name, "Sample_ID", subject="Sample_Patient", source="SessionImporter")
    recorded = json.loads((recordings / "prearchive-sessions-1.json").read_text())
    answer = json.loads(client.get(f"/data/prearchive/projects/{name}?format=json").data)
    assert list(answer["ResultSet"]) == ["Result"]
    row = next(row for row in answer["ResultSet"]["Result"] if row["timestamp"] == session.timestamp)
    assert list(row) == list(recorded["ResultSet"]["Result"][0])
    assert row["scan_date"] == "2006-12-14 00:00:00.0"
    assert row["scan_time"] == "09:12:06"
    assert row["status"] == "READY"
    assert row["url"] == f"/prearchive/projects/{name}/{session.timestamp}/Sample_ID"
    assert row["prevent_anon"] == "false"
    assert row["subject"] == "Sample_Patient"
    assert (row["VISIT"], row["autoarchive"], row["SOURCE"]) == ("", "", "SessionImporter")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}", row["lastmod"])
    assert row["uploaded"].startswith("2021-12-21 16:")


def test_csv_has_the_columns_in_their_fixed_order(client, archive, name):
    ready(archive, name, "s")
    text = client.get(f"/data/prearchive/projects/{name}?format=csv").data.decode()
    assert next(csv.reader(io.StringIO(text))) == COLUMNS
    assert '2006-12-14 00:00:00.0,"09:12:06"' in text


def test_the_bare_list_and_projects_without_an_id_show_everything_one_may_edit(client, archive, name):
    session = receive(archive, name, "s", series(1))
    for path in ("/data/prearchive", "/data/prearchive/projects", "/REST/prearchive"):
        assert f"/prearchive/projects/{name}/{session.timestamp}/s" in urls(client, path)


def test_prearchive_has_no_archive_twin(client):
    assert client.get("/data/archive/prearchive").status == 404


def test_several_projects_are_named_with_commas(client, archive, project, name):
    other = f"{name}x"
    assert client.put(f"/data/projects/{other}").status == 200
    first, second = receive(archive, name, "a", series(1)), receive(archive, other, "b", series(1))
    found = urls(client, f"/data/prearchive/projects/{name},{other}")
    assert {path_of(first)[5:], path_of(second)[5:]} <= set(found)


def test_unassigned_sessions_show_to_those_with_all_data_even_below_a_project(client, archive, name):
    session = receive(archive, "", "lost", series(1))
    rows = [row for row in client.rows(f"/data/prearchive/projects/{name}") if row["timestamp"] == session.timestamp]
    assert rows[0]["project"] == "Unassigned"
    assert rows[0]["url"] == f"/prearchive/projects/Unassigned/{session.timestamp}/lost"
    owner = account(client, **{name: "owner"})
    assert session.timestamp not in {row["timestamp"] for row in owner.rows("/data/prearchive")}
    assert session.timestamp not in {row["timestamp"] for row in owner.rows(f"/data/prearchive/projects/{name}")}


def test_sessions_are_found_by_study(client, archive, name):
    session = receive(archive, name, "s", series(1), tag="1.2.3.77")
    assert urls(client, "/data/prearchive?tag=1.2.3.77") == [path_of(session)[5:]]
    assert urls(client, "/data/prearchive?tag=1.2.3.78") == []


def test_rows_are_sorted_by_columns_nulls_last(client, archive, name):
    for folder, tag in (("b", "2"), ("a", "2"), ("c", "1"), ("d", "")):
        receive(archive, name, folder, series(1), tag=tag)
    path = f"/data/prearchive/projects/{name}?format=json&sortBy="
    assert [row["folderName"] for row in client.rows(path + "tag,folderName") if row["project"] == name] == list("cabd")
    rows = client.rows(path + "folderName&sortOrder=DESC")
    assert [row["folderName"] for row in rows if row["project"] == name] == list("dcba")


def test_put_takes_the_rows_from_the_documents_anew(client, archive, name):
    built, raw = ready(archive, name, "a"), receive(archive, name, "b", series(1))
    for session in (built, raw):
        session.status = "ERROR"
        archive.prearchive.save(session)
    assert client.put("/data/prearchive").status == 200
    assert archive.prearchive.by_row(built.row).status == "READY"
    assert archive.prearchive.by_row(raw.row).status == "RECEIVING"
    assert client.put(f"/data/prearchive/projects/{name}").status == 200


# --- recent ---


def test_recent_sessions_are_those_uploaded_in_the_last_days(client, archive, name):
    old, new = ready(archive, name, "old"), ready(archive, name, "new")
    old.uploaded, new.uploaded = "2001-01-01 00:00:00.0", archive.prearchive.by_row(new.row).lastmod
    archive.prearchive.save(old)
    archive.prearchive.save(new)
    for days in ("true", "1", "300"):
        found = urls(client, f"/data/prearchive/experiments?recent={days}")
        assert path_of(new)[5:] in found
        assert path_of(old)[5:] not in found
    assert path_of(old)[5:] in urls(client, "/data/prearchive/experiments?recent=40000")


@pytest.mark.parametrize("query", ["", "?recent=", "?recent=0", "?recent=-1", "?recent=soon"])
def test_recent_needs_true_or_a_number_of_days(client, query):
    assert client.get(f"/data/prearchive/experiments{query}").status == 400


# --- one session ---


def test_one_session_is_a_table_of_one_row(client, archive, name):
    session = ready(archive, name, "s")
    rows = client.rows(f"{path_of(session)}?format=json")
    assert [row["url"] for row in rows] == [path_of(session)[5:]]


def test_unknown_session_is_an_empty_table_but_no_document(client, name):
    base = f"/data/prearchive/projects/{name}/20200101_000000000/nobody"
    assert client.rows(f"{base}?format=json") == []
    assert client.get(f"{base}?format=xml").status == 404
    assert client.get(f"{base}?format=zip").status == 404


def test_session_document_is_xml_and_the_default(client, archive, name):
    session = ready(archive, name, "s")
    for query in ("?format=xml", ""):
        answer = client.get(path_of(session) + query)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/xml")
        root = etree.fromstring(answer.data)
        assert etree.QName(root).localname == "MRSession"
    assert root.get("ID") is None
    assert root.get("project") == name
    assert root.get("label") == "s"
    space = {"xnat": "http://nrg.wustl.edu/xnat"}
    assert root.findtext("xnat:prearchivePath", namespaces=space).endswith(f"/{session.timestamp}/s")
    assert [scan.get("ID") for scan in root.findall("xnat:scans/xnat:scan", space)] == ["1", "2"]
    assert b"hidden_fields" not in answer.data


def test_session_document_has_the_form_of_the_recorded_one(client, archive, name, recordings):
    recorded = etree.fromstring((recordings / "session-mr-1-edited.xml").read_bytes())
    study = images.Study(
        "recorded",
        "MR",
        {
            **STUDY.header,
            "StudyDescription": "tests",
            "InstitutionName": "Centre",
            "StationName": "GEMSGEMS",
            "Manufacturer": "GE MEDICAL SYSTEMS",
            "ManufacturerModelName": "DISCOVERY MR750w",
            "PatientBirthDate": "19000101",
            "MagneticFieldStrength": 3.0,
        },
    )
    datasets = list(images.make_series(study, images.Series(1, "t1", 1, 8)))
    root = etree.fromstring(client.get(path_of(ready(archive, name, "10001", datasets))).data)
    assert root.tag == recorded.tag
    assert list(root.attrib) == list(recorded.attrib)
    assert root.nsmap["xnat"] == recorded.nsmap["xnat"]
    assert [child.tag for child in root if child.tag in {one.tag for one in recorded}] == [one.tag for one in recorded]
    space = "{http://nrg.wustl.edu/xnat}"
    assert root.find(f"{space}scanner").attrib == recorded.find(f"{space}scanner").attrib
    assert root.findtext(f"{space}fieldStrength") == recorded.findtext(f"{space}fieldStrength")
    assert root.findtext(f"{space}dcmPatientBirthDate") == recorded.findtext(f"{space}dcmPatientBirthDate")
    assert root.findtext(f"{space}prearchivePath").count("/") == recorded.findtext(f"{space}prearchivePath").count("/")


def test_signs_that_xml_cannot_hold_do_not_break_the_document(client, archive, name):
    datasets = series(1)
    for dataset in datasets:
        dataset.StudyDescription = "a\x01b\x1bc"
    answer = client.get(path_of(ready(archive, name, "s", datasets)))
    assert etree.fromstring(answer.data).get("session_type") == "a\ufffdb\ufffdc"
    assert client.rows(f"{path_of(archive.prearchive.all([name])[0])}/scans")


def test_session_that_is_not_built_has_no_document(client, archive, name):
    answer = client.get(f"{path_of(receive(archive, name, 's', series(1)))}?format=xml")
    assert answer.status == 404
    assert "session document is not available" in client.message(answer)


def test_session_zip_is_rooted_at_its_folder(client, archive, name):
    session = ready(archive, name, "s")
    answer = client.get(f"{path_of(session)}?format=zip")
    assert answer.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert "s/SCANS/1/DICOM/1-1.dcm" in names
    assert "s/SCANS/2/DICOM/2-1.dcm" in names


@pytest.mark.parametrize(("form", "status"), [("html", 200), ("csv", 400), ("image/jpeg", 400)])
def test_other_formats_of_a_session(client, archive, name, form, status):
    assert client.get(f"{path_of(ready(archive, name, 's'))}?format={form}").status == status


def test_logs_are_a_table_and_single_entries_are_text(client, archive, name):
    session = receive(archive, name, "s", series(1))
    for text in ("first", "second"):
        archive.prearchive.log(session, text)
    rows = client.rows(f"{path_of(session)}/logs?format=json&template=details")
    assert [row["entry"] for row in rows] == ["first", "second"]
    assert set(rows[0]) == {"id", "date", "entry"}
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}", rows[0]["date"])
    assert [set(row) for row in client.rows(f"{path_of(session)}/logs?format=json&template=ids")] == [{"id"}, {"id"}]
    assert client.get(f"{path_of(session)}/logs/last").data == b"second"
    entry = client.get(f"{path_of(session)}/logs/{rows[0]['id']}").data.decode()
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d:first", entry)
    assert client.get(f"{path_of(session)}/logs/1").data == b""


def test_delete_removes_at_once(client, archive, name):
    session = ready(archive, name, "s")
    archive.studies.assign(session.tag, name, "admin")
    assert client.delete(f"{path_of(session)}/more").status == 400
    assert client.delete(path_of(session)).status == 200
    assert archive.prearchive.by_row(session.row) is None
    assert archive.studies.get(session.tag) is None
    assert client.delete(path_of(session)).status == 404


def test_unknown_project_is_a_server_error(client):
    assert client.get("/data/prearchive/projects/NONE/20200101_000000000/x?format=json").status == 500
