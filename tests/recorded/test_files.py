"""Recorded lists of resources and files (D5, D7): the same resources give the same rows.

Only rows were recorded; ``title`` behind their number is what the vendor's pages show (D19).
"""

from __future__ import annotations

import json
import re

from .replays import OWN, assert_listing, java_order, replays, rows_of
from .states import put, put_session, put_subject, upload

MR = "xnat:mrSessionData"


def session_of(client, accession: str = "E1", project: str = "HOME", subject: str = "SUBJECT") -> str:
    return put_session(client, put_subject(client, project, subject, "subject"), MR, accession, "session")


def put_resource(client, owner: str, row) -> None:
    """Put a resource as its row tells, with one file of the recorded size when that is small."""
    path = f"{owner}/resources/{row['label']}"
    put(client, path, format=row["format"], content=row["content"])
    for number in range(int(row["file_count"])):
        size = 1 if number else max(1, int(row["file_size"]) - int(row["file_count"]) + 1)
        upload(client, path, f"f{number:04d}.dat", b"x" * size)


def fewer(row: dict[str, str]) -> dict[str, str]:
    """Return a row whose contents are few enough to write; the numbers stay texts of digits (D13)."""
    assert row["file_count"].isdigit()
    assert row["file_size"].isdigit()
    large = int(row["file_size"]) > 1_000_000
    return {**row, "file_count": "2", "file_size": "14"} if large else row


def answer(client, path: str) -> str:
    found = client.get(f"{path}?format=json")
    assert found.status == 200, found.data
    return found.data.decode()


@replays("resources-scan-1-fragment.json", "resources-scan-2-fragment.json", "own-resources-scan.json")
def test_resources_of_a_scan(client, sample, name):
    """``cat_id`` and ``cat_desc`` are ID and type of the scan; the first recording's author sorted its keys."""
    was = [fewer(row) for row in rows_of(sample(name))]
    path = f"{session_of(client)}/scans/{was[0]['cat_id']}"
    put(client, path, xsiType="xnat:mrScanData", type=was[0]["cat_desc"])
    for row in was:
        put_resource(client, path, row)
    lost = name == "resources-scan-1-fragment.json"
    assert_listing(answer(client, f"{path}/resources"), was, reorder=lost, title="Resources")


@replays("resources-session-1-fragment.json", "own-resources-session.json")
def test_resources_of_a_session(client, sample, name):
    """``cat_id`` is the accession number and ``cat_desc`` one blank; the recording's author sorted its keys."""
    was = rows_of(sample(name))
    path = session_of(client, was[0]["cat_id"])
    for row in was:
        put_resource(client, path, row)
    assert_listing(answer(client, f"{path}/resources"), was, reorder=not name.startswith(OWN), title="Resources")


@replays("files-1-fragment.json", "own-files.json")
def test_files_of_a_resource(client, sample, name):
    """The row of 2017 had no ``digest`` yet, and its keys lost their order; its resource has another number here.

    The address has accession numbers and the number of the resource, though the request had labels (D7). Only a row
    was recorded: ``Columns`` before it and ``title`` behind it are those of the facts (rest-data 10.3).
    """
    (was,) = rows_of(sample(name))
    _, _, _, project, _, subject, _, accession, *_ = was["URI"].split("/")
    path = f"{session_of(client, accession, project, subject)}/resources/{was['collection']}"
    put(client, path)
    noted = {"content": was["file_content"], "format": was["file_format"]}
    upload(client, path, was["Name"], b"x" * int(was["Size"]), **noted)
    text = answer(client, f"{path}/files")
    (now,) = json.loads(text)["ResultSet"]["Result"]
    assert now["cat_ID"].isdigit()
    assert re.fullmatch(r"[0-9a-f]{32}", now["digest"])
    uri = was["URI"].replace(f"/resources/{was['cat_ID']}/", f"/resources/{now['cat_ID']}/")
    wanted = {**was, "URI": uri, "cat_ID": now["cat_ID"], "digest": now["digest"]}
    row = {key: wanted[key] for key in java_order(now)}
    head, tail = '{"ResultSet":{"Columns":[{"key":"URI","serverRoot":""}],"Result":[', '], "title": "Files"}}'
    assert text == head + json.dumps(row, separators=(",", ":")) + tail
