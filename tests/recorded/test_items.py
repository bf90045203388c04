"""Recorded item documents: the same values give the same fields, kinds and order (D1 to D3, D13 to D17)."""

from __future__ import annotations

import io
import json
import zipfile

from .items import FILES, assert_fields, assert_item
from .replays import replays
from .states import put, put_document, put_project, put_session, put_subject, said

MR = "xnat:mrSessionData"
SCAN = "xnat:mrScanData"


@replays("item-project-1.json", "own-item-project.json")
def test_project(client, sample, name):
    """``active`` is a text, and there although nobody set it (D15)."""
    (was,) = json.loads(sample(name))["items"]
    fields = was["data_fields"]
    path = put_project(client, fields["ID"], **{f"xnat:projectData/{key}": v for key, v in said(fields).items()})
    assert_item(client.item(path), was)


_PARTS = [f"item-mrsession-datafields-{number}-fragment.json" for number in (1, 2)]


@replays(*_PARTS, "own-item-mrsession-datafields.json")
def test_fields_of_a_session(client, sample, name):
    """Both ``ID`` and ``id`` (D3); a weight is a number, a field strength a text (D13)."""
    was = json.loads(sample(name))
    assert_fields(client.fields(session_of(client, was)), was)


@replays("item-mrsession-3.json", "own-item-mrsession.json")
def test_session_without_its_children(client, sample, name):
    """The children were cut away by the author, and so was ``prearchivePath``."""
    (was,) = json.loads(sample(name))["items"]
    assert_item(client.item(session_of(client, was["data_fields"])), was)


def session_of(client, fields) -> str:
    """Put a session with recorded fields, in its project and below its subject."""
    subject = put_subject(client, fields["project"], fields["subject_ID"], "subject")
    return put_session(client, subject, MR, fields["ID"], fields["label"], **said(fields))


@replays("item-assessor-roi-1.json", "item-assessor-roi-2.json", "own-item-assessor.json")
def test_fields_of_an_assessor_of_a_plugin(plugin_client, sample, name):
    """What stands beside the fields was cut away by the author; the type is a plugin's, here of a schema of ours."""
    (was,) = json.loads(sample(name))["items"]
    fields = was["data_fields"]
    subject = put_subject(plugin_client, fields["project"], fields["subjectID"], "subject")
    session = put_session(plugin_client, subject, MR, fields["imageSession_ID"], "session")
    path = f"{session}/assessors/{fields['label']}"
    put_document(plugin_client, path, "icr:RoiCollection", {"ID": fields["ID"], "label": fields["label"]})
    put(plugin_client, path, **{f"icr:roiCollectionData/{key}": value for key, value in said(fields).items()})
    assert_item(plugin_client.item(path), was)


@replays("item-scan-1.json", "own-item-scan.json")
def test_scan_with_resources_tags_and_shares(client, sample, name):
    """The catalog of an import is named by its scan, here by the resource (D5); sizes are those of other contents."""
    (was,) = json.loads(sample(name))["items"]
    fields = was["data_fields"]
    session = place_of(client, fields, "file")
    path = put_scan(client, session(was), was)
    assert_item(client.item(path), was)


def place_of(client, fields, collection):
    """Return a function that puts the session of a scan, named as in the address of the scan's first catalog."""

    def run(item) -> str:
        uri = next(child for child in item["children"] if child["field"] == collection)["items"][0]
        label = uri["data_fields"]["URI"].partition("/arc001/")[2].partition("/")[0]
        subject = put_subject(client, fields["project"], "SUBJECT", "subject")
        return put_session(client, subject, MR, fields["image_session_ID"], label)

    return run


def put_scan(client, session, item) -> str:
    fields = item["data_fields"]
    path = f"{session}/scans/{fields['ID']}"
    put(client, path, xsiType=SCAN, **{f"{SCAN}/{key}": value for key, value in said(fields).items()})
    for child in item["children"]:
        for one in child["items"]:
            _PUT[child["field"]](client, path, one)
    return path


def put_share(client, path, item) -> None:
    fields = item["data_fields"]
    put_project(client, fields["project"])
    put(client, f"{path}/projects/{fields['project']}", label=fields["label"])


def put_parameter(client, path, item) -> None:
    fields = item["data_fields"]
    put(client, path, **{f"{SCAN}/parameters/addParam[name={fields['name']}]/addField": fields["addField"]})


def put_resource(client, owner, item) -> None:
    """Put a resource with as many files as recorded; without a label when it has none."""
    fields = item["data_fields"]
    tags = [tag["data_fields"]["tag"] for child in item["children"] for tag in child["items"]]
    noted = {key: fields[key] for key in ("format", "content") if key in fields}
    files = f"{owner}/files"
    if "label" in fields:
        path = f"{owner}/resources/{fields['label']}"
        put(client, path, **noted, **({"tags": ",".join(tags)} if tags else {}))
        files = f"{path}/files"
    answer = client.put(f"{files}/a.zip?inbody=true&extract=true", body=many(min(fields["file_count"], FILES)))
    assert answer.status == 200, answer.data


def many(count: int) -> bytes:
    """Return a zip of so many files of one byte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            archive.writestr(f"f{number:04d}.txt", b"x")
    return buffer.getvalue()


_PUT = {
    "scans/scan": put_scan,
    "file": put_resource,
    "resources/resource": put_resource,
    "sharing/share": put_share,
    "parameters/addParam": put_parameter,
}


@replays("item-subject-with-mrsession-1.json", "own-item-subject.json")
def test_subject_with_all_below_it(client, sample, name):
    """A subject of 2015 whose keys lost their order; its scans had no ``project`` yet (D16)."""
    (was,) = json.loads(sample(name))["items"]
    lost = not name.startswith("own")
    fields = was["data_fields"]
    path = put_subject(client, fields["project"], fields["ID"], fields["label"])
    (experiment,) = was["children"][0]["items"]
    inner = experiment["data_fields"]
    session = put_session(client, path, MR, inner["ID"], inner["label"], **said(inner))
    for child in experiment["children"]:
        for item in child["items"]:
            _PUT[child["field"]](client, session, item)
    assert_item(client.item(path), was, lost=lost, absent=("project",) if lost else ())
