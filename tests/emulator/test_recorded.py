"""Recorded answers of real servers beside the answers to the same state: keys, their order, kinds of values, form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from lxml import etree

from xnat_emulator.javahash import string_hash

_HIDDEN = re.compile(r"^xnat_\w+_id$")


def recorded(recordings: Path, name: str) -> Any:
    return json.loads((recordings / name).read_text())


def row_of(document: Any) -> dict[str, str]:
    """Return the first row of a recorded listing, whose envelope may be missing."""
    rows = document if isinstance(document, list) else document["ResultSet"]["Result"]
    return rows[0]


def kinds(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Return keys in their order, each with the kind of its value."""
    return [(key, type(value).__name__) for key, value in entry.items()]


@pytest.fixture
def replayed(client, recordings, project):
    """The path of a session whose parts have what the recorded rows tell, and of what stands above it."""
    subject, session = f"{project}/subjects/Patient2", f"{project}/subjects/Patient2/experiments/Patient2"
    client.put(f"{subject}?group=g")
    client.put(f"{session}?xsiType=xnat:mrSessionData&xnat:mrSessionData/date=2011-11-17")
    scan = {key: value for key, value in row_of(recorded(recordings, "listing-scans-1-fragment.json")).items() if value}
    wanted = {name: scan[name] for name in ("type", "series_description", "quality", "xsiType")}
    assert client.put(f"{session}/scans/1?{urlencode(wanted)}").status == 200
    client.put(f"{session}/assessors/a1?xsiType=xnat:qcAssessmentData&date=2011-11-17")
    client.put(f"{session}/scans/1/resources/DICOM?format=DICOM&content=RAW")
    client.put(f"{session}/scans/1/resources/DICOM/files/a.dcm?inbody=true&format=csv&content=QC", body=b"x")
    return {"{P}": project, "{S}": subject, "{E}": session}


_LISTINGS = [
    ("listing-projects-1.json", "/data/projects"),
    ("listing-subjects-1.json", "{P}/subjects"),
    ("listing-subjects-3-fragment.json", "{P}/subjects"),
    ("listing-subjects-7-fragment.json", "{P}/subjects?columns=ID,insert_date,label,insert_user,last_modified"),
    ("listing-experiments-1.json", "{S}/experiments"),
    ("listing-experiments-4-fragment.json", "{S}/experiments"),
    (
        "listing-experiments-8-fragment.json",
        "{P}/experiments?columns=ID,label,xsiType,project,insert_date,insert_user,last_modified",
    ),
    ("listing-assessors-1.json", "{E}/assessors"),
    ("listing-scans-1-fragment.json", "{E}/scans"),
    ("listing-scans-6-columns-fragment.json", "{E}/scans?columns=ID,type,parameters/fov/x,parameters/fov/y"),
    ("resources-scan-2-fragment.json", "{E}/scans/1/resources"),
    ("search-elements-1-fragment.json", "/data/search/elements"),
]


@pytest.mark.parametrize(("name", "path"), _LISTINGS)
def test_rows_have_the_recorded_keys_in_order(client, recordings, replayed, name, path):
    for mark, value in replayed.items():
        path = path.replace(mark, value)
    sign = "&" if "?" in path else "?"
    document = json.loads(client.get(f"{path}{sign}format=json").data)
    expected = recorded(recordings, name)
    assert kinds(document["ResultSet"]["Result"][0]) == kinds(row_of(expected))
    if isinstance(expected, dict) and "totalRecords" in expected["ResultSet"]:
        assert list(document["ResultSet"])[:2] == ["Result", "totalRecords"]


def test_envelope_bytes_are_the_recorded_ones(client, recordings, replayed):
    text = (recordings / "listing-experiments-10-xsitype.json").read_text()
    answer = client.get(f"{replayed['{S}']}/experiments?columns=ID,label&xsiType=xnat:mrSessionData&format=json")
    row = json.loads(answer.data)["ResultSet"]["Result"][0]
    was = row_of(json.loads(text))
    assert sorted(row) == sorted(was)
    plain = re.compile(r"\[\{.*\}\]")
    assert plain.sub("[]", answer.data.decode()) == plain.sub("[]", text)


def test_empty_cells_are_the_recorded_ones(client, recordings, replayed):
    was = row_of(recorded(recordings, "listing-scans-1-fragment.json"))
    now = client.rows(f"{replayed['{E}']}/scans?format=json")[0]
    same = ("xsiType", "note", "series_description", "ID", "type", "quality")
    assert {key: now[key] for key in same} == {key: was[key] for key in same}
    assert re.sub(r"\w+_E\d+", "E", now["URI"]) == re.sub(r"\w+_E\d+", "E", was["URI"])


def test_file_rows_have_the_recorded_keys_and_a_digest(client, recordings, replayed):
    was = row_of(recorded(recordings, "files-1-fragment.json"))
    now = client.rows(f"{replayed['{E}']}/scans/1/resources/DICOM/files?format=json")[0]
    assert set(now) == {*was, "digest"}  # old servers had none
    assert (now["file_tags"], now["file_content"], now["file_format"]) == ("", "QC", "csv")
    assert re.fullmatch(
        r"/data/projects/\w+/subjects/\w+/experiments/\w+/scans/1/resources/\d+/files/a\.dcm", now["URI"]
    )


def test_project_item_has_the_recorded_fields_in_order(client, recordings):
    was = recorded(recordings, "item-project-1.json")["items"][0]
    values = {**was["data_fields"], "ID": "RECORDED", "name": "a:b", "secondary_ID": "RECORDED"}
    query = urlencode({f"xnat:projectData/{key}": value for key, value in values.items() if key != "active"})
    assert client.put(f"/data/projects/RECORDED?{query}").status == 200
    now = client.item("/data/projects/RECORDED")
    assert_fields_alike(now["data_fields"], was["data_fields"])
    assert sorted(now["meta"]) == sorted(was["meta"])
    assert list(now) == list(was)
    client.delete("/data/projects/RECORDED")


def replay_scan(client, session, fields):
    wanted = {
        f"xnat:mrScanData/{key}": value
        for key, value in fields.items()
        if not _HIDDEN.match(key) and key not in {"ID", "project", "image_session_ID"}
    }
    path = f"{session}/scans/{quote(str(fields['ID']))}"
    assert client.put(f"{path}?{urlencode({'xsiType': 'xnat:mrScanData', **wanted})}").status == 200
    return path


def replay_resource(client, scan, item):
    fields = item["data_fields"]
    tags = [tag["data_fields"]["tag"] for child in item["children"] for tag in child["items"]]
    attributes = {key: fields[key] for key in ("format", "content") if key in fields}
    query = urlencode({**attributes, "tags": ",".join(tags)})
    assert client.put(f"{scan}/resources/{fields['label']}?{query}").status == 200


def test_scan_item_has_the_recorded_fields_on_every_level(client, recordings, session):
    was = recorded(recordings, "item-scan-1.json")["items"][0]
    scan = replay_scan(client, session, was["data_fields"])
    files = next(child for child in was["children"] if child["field"] == "file")
    for item in files["items"]:
        replay_resource(client, scan, item)
    share = urlencode({"xnat:mrScanData/sharing/share[project=ShareTest]/label": "9"})
    assert client.put(f"{scan}?{share}").status == 200
    assert_alike(client.item(scan), was)


def assert_fields_alike(now: dict[str, Any], was: dict[str, Any]) -> None:
    """Compare fields and their order; keys of one bucket stand in the order of loading, which differs by server."""
    size = 16
    while len(was) > 0.75 * size:
        size *= 2

    def buckets(fields: dict[str, Any]) -> list[int]:
        return [(string_hash(key) ^ string_hash(key) >> 16) % size for key in fields]

    assert dict(kinds(now)) == dict(kinds(was))
    assert buckets(now) == buckets(was) == sorted(buckets(was))


def assert_alike(now: dict[str, Any], was: dict[str, Any]) -> None:
    """Compare two items: fields with order and kinds, and every child collection item by item."""
    assert_fields_alike(now["data_fields"], was["data_fields"])
    assert kinds(now["meta"]) == kinds(was["meta"])
    assert list(now) == list(was)
    assert [child["field"] for child in now["children"]] == [child["field"] for child in was["children"]]
    for mine, theirs in zip(now["children"], was["children"], strict=True):
        by_label = {item["data_fields"].get("label"): item for item in mine["items"]}
        for item in theirs["items"]:
            assert_alike(by_label[item["data_fields"].get("label")], item)


def test_token_and_build_have_the_recorded_keys_in_order(client, recordings):
    token = json.loads(client.get("/data/services/tokens/issue").data)
    del token["validIPAddresses"]  # newer servers have it (D27)
    was = recorded(recordings, "token-issue-1.json")
    assert kinds(token) == kinds(was)
    assert token["estimatedExpirationTime"] - token["created"] == 172_800_000
    build = json.loads(client.get("/xapi/siteConfig/buildInfo").data)
    assert kinds(build) == kinds(recorded(recordings, "buildinfo-1.json"))


def test_session_id_looks_like_the_recorded_one(client, recordings):
    pattern = r"[0-9A-F]{32}"
    assert re.search(pattern, (recordings / "jsession-1.txt").read_text())
    assert re.fullmatch(pattern, client.post("/data/JSESSION").data.decode())


def catalog_form(text: str) -> tuple[list[str], list[str], list[str], str]:
    """Return attributes of the root and of the first entry, the elements after the entries, and the indentation."""
    root = re.search(r"<(cat:\w*Catalog) ([^>]*)>", text)
    entry = re.search(r"\n(\s*)<cat:entry ([^>]*?)/?>", text)
    assert root is not None
    assert entry is not None
    names = [name for name in re.findall(r"([\w:]+)=\"", root[2]) if not name.startswith("xmlns:")]
    after = re.findall(r"<(cat:\w+)", text.partition("</cat:entries>")[2])
    return [root[1], *names], re.findall(r"([\w:]+)=\"", entry[2]), after, entry[1]


def test_dicom_catalog_has_the_recorded_form(reader, recordings):
    was = (recordings / "catalog-dicom-1.xml").read_text()
    session = "/data/projects/sandbox/subjects/test001/experiments/test001_MR"
    now = reader.get(f"{session}/scans/2/resources/DICOM").data.decode()
    assert catalog_form(now) == catalog_form(was)
    assert now.splitlines()[0] == was.splitlines()[0]
    declared = re.findall(r"xmlns:(\w+)=", now)
    assert declared == [*sorted(set(declared) - {"xsi"}), "xsi"]


def test_plain_catalog_has_the_recorded_form(client, recordings, files):
    was = (recordings / "catalog-generic-1-cut.xml").read_text()
    client.put(f"{files}/out.txt?inbody=true", body=b"x")
    now = client.get(files.removesuffix("/files")).data.decode()
    assert catalog_form(now) == catalog_form(was)
    audit = re.compile(r"\d+:\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}=Added:\d+")
    assert audit.search(was)
    assert audit.search(now)


def test_subject_document_has_the_recorded_form(client, recordings, subject):
    was = etree.fromstring((recordings / "subject-1.xml").read_bytes())
    client.put(f"{subject}?age=25&gender=female")
    client.put(f"{subject}/experiments/e1?xsiType=xnat:mrSessionData")
    now = etree.fromstring(client.get(f"{subject}?format=xml").data)
    assert now.tag == was.tag
    assert list(now.attrib) == list(was.attrib)
    elements = [element.tag for element in now.iterchildren(etree.Element)]
    assert elements == [element.tag for element in was.iterchildren(etree.Element)]
    mine, theirs = (document[0] for document in (now, was))
    assert [item.tag for item in mine.iterchildren(etree.Element)] == [
        item.tag for item in theirs.iterchildren(etree.Element)
    ]
    assert re.sub(r"\d+", "1", mine[0].text) == re.sub(r"\d+", "1", theirs[0].text)


def test_cookies_and_root_headers_have_the_recorded_form(anonymous, recordings):
    was = next(line for line in (recordings / "headers-root-1.txt").read_text().splitlines() if "Set-Cookie" in line)
    now = ", ".join(anonymous.get("/").headers.getlist("set-cookie"))
    form = re.compile(r"[0-9A-F]{32}|\d{6,}")
    assert form.sub("N", now) == form.sub("N", was.partition(": ")[2])


def test_search_field_columns_are_the_recorded_ones(client, recordings):
    head = (recordings / "search-element-fields-mrsession-fragment.csv").read_text().splitlines()[0]
    now = client.get("/data/search/elements/xnat:mrSessionData?format=csv").data.decode().splitlines()[0]
    assert set(re.findall(r"\w+", head)) <= set(re.findall(r"\w+", now))


def test_csv_header_is_quoted_as_recorded(client, recordings, replayed):
    was = (recordings / "listing-scans-header-fragment.csv").read_text().strip()
    columns = "xnat_imagescandata_id,ID,type,series_description,quality,xnat:mrSessionData/ID"
    now = client.get(f"{replayed['{E}']}/scans?format=csv&columns={columns}").data.decode().splitlines()
    assert now[0] == was
    assert now[1].startswith(f'{now[1].split(",")[0]},"1","3 Plane Localizer"')
