"""Recorded listings: the same rows in the archive give the same bytes (D1, D12, D18)."""

from __future__ import annotations

import csv
import re

from .replays import assert_listing, java_order, replays, rows_of
from .states import by_account, first, put, put_document, put_project, put_session, put_subject


def listing(client, path: str) -> str:
    sign = "&" if "?" in path else "?"
    answer = client.get(f"{path}{sign}format=json")
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    return answer.data.decode()


@replays(
    "listing-projects-1.json",
    "listing-projects-2.json",
    "listing-projects-3-fragment.json",
    "own-listing-projects.json",
)
def test_projects(client, sample, name):
    """The third holds the first two of many rows."""
    was = rows_of(sample(name))
    for row in was:
        values = {key: row[key] for key in ("name", "secondary_ID", "description")}
        put_project(client, row["ID"], **values)
    assert_listing(listing(client, "/data/projects"), was)


@replays("listing-projects-2.json", "own-listing-projects.json")
def test_answer_that_was_kept_byte_for_byte(client, sample, name):
    test_projects(client, sample, name)
    assert listing(client, "/data/projects") == sample(name)


_SUBJECTS = [f"listing-subjects-{number}.json" for number in (1, 2)]
_PARTS = [f"listing-subjects-{number}-fragment.json" for number in (3, 4, 5)]


@replays(*_SUBJECTS, *_PARTS, "own-listing-subjects.json")
def test_subjects(client, sample, name):
    """A subject that is shared into the project shows the project that owns it."""
    assert_listing(listing(client, f"{subjects(client, rows_of(sample(name)))}/subjects"), rows_of(sample(name)))


@replays("listing-subjects-6-fragment.json")
def test_subjects_whose_order_was_lost(client, sample, name):
    """Its author sorted the keys; the emulator has the order of all other recordings."""
    was = rows_of(sample(name))
    assert list(was[0]) == sorted(was[0])
    assert_listing(listing(client, f"{subjects(client, was)}/subjects"), was, reorder=True)


@replays("listing-subjects-7-fragment.json", "own-listing-subjects-columns.json")
def test_subjects_with_chosen_columns(client, sample, name):
    was = rows_of(sample(name))
    path = subjects(client, was)
    for row in was:
        put(client, f"{path}/subjects/{row['label']}", group="changed")
    columns = "ID,insert_date,label,insert_user,last_modified"
    now = listing(client, f"{path}/subjects?columns={columns}")
    assert_listing(now, was)
    assert re.search(r'"last_modified":"[^"]+\.\d{4,6}"', now), "microseconds (D12)"


def subjects(client, rows) -> str:
    """Put the subjects of a listing and return the path of the project that lists them."""
    home = first(rows, "project", "HOME")
    for row in rows:
        owner = row.get("project", home)
        path = put_subject(by_account(client, row["insert_user"]), owner, row["ID"], row["label"])
        if owner != home:
            put(client, f"{path}/projects/{home}")
    return f"/data/projects/{home}"


_EXPERIMENTS = [f"listing-experiments-{number}.json" for number in (1, 2, 3)]
_PARTS_OF_EXPERIMENTS = [f"listing-experiments-{number}-fragment.json" for number in (4, 5, 6, 9)]


@replays(*_EXPERIMENTS, *_PARTS_OF_EXPERIMENTS, "own-listing-experiments.json")
def test_experiments(client, sample, name):
    """Three modalities; one has no date, which is an empty text."""
    was = rows_of(sample(name))
    assert_listing(listing(client, f"{experiments(client, was)}/experiments"), was)


@replays("listing-experiments-7-fragment.json")
def test_experiments_whose_order_was_lost(client, sample, name):
    """Its author sorted the keys; the emulator has the order of all other recordings."""
    was = rows_of(sample(name))
    assert_listing(listing(client, f"{experiments(client, was)}/experiments"), was, reorder=True)


@replays("listing-experiments-8-fragment.json", "own-listing-experiments-columns.json")
def test_experiments_with_chosen_columns(client, sample, name):
    was = rows_of(sample(name))
    path = experiments(client, was).partition("/subjects")[0]
    columns = "ID,label,xsiType,project,insert_date,insert_user,last_modified"
    assert_listing(listing(client, f"{path}/experiments?columns={columns}"), was)


@replays("listing-experiments-10-xsitype.json", "own-listing-experiments-xsitype.json")
def test_experiments_of_one_type(client, sample, name):
    """Bytes, but for the keys' order of the recording: it came from a comment in code, and is no hash order."""
    was = rows_of(sample(name))
    path = experiments(client, [{**row, "xsiType": "xnat:mrSessionData"} for row in was])
    now = listing(client, f"{path}/experiments?columns=ID,label&xsiType=xnat:mrSessionData")
    assert_listing(now, was, reorder=True)
    assert (now == sample(name)) == (list(was[0]) == java_order(was[0]))


def experiments(client, rows) -> str:
    """Put the experiments of a listing and return the path of their subject."""
    subject = put_subject(client, first(rows, "project", "HOME"), "SUBJECT", "subject")
    for row in rows:
        caller = by_account(client, row.get("insert_user", client.emulator.user))
        put_session(caller, subject, row["xsiType"], row["ID"], row["label"], date=row.get("date", ""))
    return subject


@replays("listing-assessors-1.json", "own-listing-assessors.json")
def test_assessors_of_a_plugin(plugin_client, sample, name):
    was = rows_of(sample(name))
    subject = put_subject(plugin_client, was[0]["project"], "SUBJECT", "subject")
    session = put_session(plugin_client, subject, "xnat:mrSessionData", was[0]["session_ID"], was[0]["session_label"])
    for row in was:
        put_assessor(plugin_client, session, row)
    assert_listing(listing(plugin_client, f"{session}/assessors"), was)


def put_assessor(client, session, row) -> None:
    path = f"{session}/assessors/{row['label']}"
    attributes = {"ID": row["ID"], "label": row["label"]}
    put_document(client, path, "icr:RoiCollection", attributes, f"<xnat:date>{row['date']}</xnat:date>")


_SCANS = [f"listing-scans-{number}-fragment.json" for number in (1, 2, 3, 5)]


@replays(*_SCANS, "own-listing-scans.json")
def test_scans(client, sample, name):
    """A missing note, description or quality is an empty text."""
    was = rows_of(sample(name))
    assert_listing(listing(client, f"{scans(client, was)}/scans"), was)


@replays("listing-scans-4-fragment.json")
def test_scans_whose_order_was_lost(client, sample, name):
    """Its author sorted the keys; the emulator has the order of all other recordings."""
    was = rows_of(sample(name))
    assert_listing(listing(client, f"{scans(client, was)}/scans"), was, reorder=True)


@replays("listing-scans-6-columns-fragment.json", "own-listing-scans-columns.json")
def test_scan_columns_that_nobody_knows_are_dropped(client, sample, name):
    """D11: a path without its type is no column."""
    was = rows_of(sample(name))
    path = scans(client, was)
    assert_listing(listing(client, f"{path}/scans?columns=ID,type,parameters/fov/x,parameters/fov/y"), was)


def scans(client, rows) -> str:
    """Put the scans of a listing and return the path of their session."""
    session = rows[0]["URI"].split("/")[3]
    path = put_session(
        client, put_subject(client, "HOME", "SUBJECT", "subject"), "xnat:mrSessionData", session, session
    )
    for row in rows:
        values = {key: row[key] for key in ("xsiType", "type", "note", "series_description", "quality") if row.get(key)}
        put(client, f"{path}/scans/{row['ID']}", **{"xsiType": "xnat:mrScanData", **values})
    return f"/data/experiments/{session}"


@replays("listing-scans-header-fragment.csv", "own-listing-scans-header.csv")
def test_csv_header(client, sample, name):
    """Only the header was recorded; cells follow D8: text in quotes, nothing for null."""
    row = {"URI": "/data/experiments/E1/scans/1", "ID": "1", "type": "T1, fast", "quality": "usable"}
    path = scans(client, [row])
    columns = "xnat_imagescandata_id,ID,type,series_description,quality,xnat:mrSessionData/ID"
    answer = client.get(f"{path}/scans?format=csv&columns={columns}")
    head, first_row = answer.data.decode().splitlines()
    assert head == sample(name).strip()
    number = next(csv.reader([first_row]))[0]
    assert first_row == f'{number},"1","T1, fast",,"usable","E1","/data/experiments/E1/scans/1"'
    assert number.isdigit()
