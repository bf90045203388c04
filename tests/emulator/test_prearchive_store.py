"""The tables of received sessions: rows, folders, files and logs (dicom-import section 7)."""

from __future__ import annotations

import io
import re
from contextlib import suppress

import pytest

from xnat_emulator.datamodel import xsd
from xnat_emulator.locate import find_schemas
from xnat_emulator.store.archive import Archive
from xnat_emulator.store.files import FileFacts
from xnat_emulator.store.node import Node
from xnat_emulator.store.prearchive import FolderTaken, new_timestamp, uploaded_at, url_of


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "data", xsd.load(find_schemas()))
    yield made
    made.close()


@pytest.fixture
def store(archive):
    return archive.prearchive


def put(store, session, scan, path, text=b"x", resource="DICOM"):
    blob = store.blobs.add(io.BytesIO(text))
    fresh = store.put_file(session, scan, resource, path, blob, FileFacts("DICOM", "RAW", tags=("a",), uid="1.2"))
    return blob, fresh


def test_new_session_has_a_timestamp_a_name_and_a_moment_of_change(store):
    made = store.add("P", "s1", subject="sub", tag="1.2.3")
    assert re.fullmatch(r"\d{8}_\d{9}", made.timestamp)
    assert (made.name, made.subject, made.tag, made.status) == ("s1", "sub", "1.2.3", "RECEIVING")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}", made.lastmod)
    assert store.get("P", made.timestamp, "s1") == made


def test_session_is_kept_with_its_document(store):
    made = store.add("P", "s1", prevent_anon=True, source="SessionImporter")
    made.document = Node("xnat:mrSessionData", {"label": "s1"}, {"scans/scan": [Node("xnat:mrScanData", {"ID": "4"})]})
    made.status = "READY"
    store.save(made)
    found = store.by_row(made.row)
    assert found == made
    assert found.document.children["scans/scan"][0].text("ID") == "4"


def test_taken_folder_gets_suffixes_that_add_up_and_then_is_refused(store):
    stamp = "20211221_160614825"
    names = [store.add("P", "s1", timestamp=stamp).folder for _ in range(4)]
    assert names == ["s1", "s1_1", "s1_1_2", "s1_1_2_3"]
    with pytest.raises(FolderTaken):
        store.add("P", "s1", timestamp=stamp)
    assert store.add("Q", "s1", timestamp=stamp).folder == "s1"


def test_suffix_goes_to_the_name_too(store):
    store.add("P", "Sample_ID", timestamp="t", name="Sample ID")
    assert store.add("P", "Sample_ID", timestamp="t", name="Sample ID").name == "Sample ID_1"


def test_sessions_are_found_by_project_and_by_study(store):
    first = store.add("P", "a", tag="1.2")
    second = store.add("P", "b", tag="1.2")
    third = store.add("", "c", tag="1.2")
    assert store.all() == [first, second, third]
    assert store.all(["P"]) == [first, second]
    assert store.all(["", "Q"]) == [third]
    assert store.all([]) == []
    assert store.by_study("P", "1.2") == [first, second]
    assert store.by_study("P", "1.2", "b") == [second]
    assert store.by_tag("1.2") == [first, second, third]


def test_address_of_a_session_has_no_data_prefix_and_shows_unassigned(store):
    assert url_of(store.add("P", "s", timestamp="t")) == "/prearchive/projects/P/t/s"
    assert url_of(store.add("", "s", timestamp="t")) == "/prearchive/projects/Unassigned/t/s"


def test_files_are_entered_replaced_and_removed_with_their_contents(archive, store):
    session = store.add("P", "s1")
    old, fresh = put(store, session, "4", "a.dcm")
    assert fresh
    new, fresh = put(store, session, "4", "a.dcm", b"other")
    assert not fresh
    put(store, session, "5", "a.dcm")
    assert [(file.scan, file.path) for file in store.files(session)] == [("4", "a.dcm"), ("5", "a.dcm")]
    assert store.file(session, "4", "DICOM", "a.dcm").blob == new
    assert store.file(session, "4", "DICOM", "a.dcm").facts == FileFacts("DICOM", "RAW", tags=("a",), uid="1.2")
    assert not store.blobs.path(old.name).exists()
    assert store.remove_files(session, scan="4") == 1
    assert not store.blobs.path(new.name).exists()
    assert [file.scan for file in store.files(session)] == ["5"]


def test_undone_change_keeps_the_contents(archive, store):
    session = store.add("P", "s1")
    blob, _ = put(store, session, "4", "a.dcm")
    with suppress(RuntimeError), archive.transaction():
        store.remove(session)
        raise RuntimeError
    assert store.blobs.path(blob.name).exists()
    assert store.files(store.by_row(session.row))


def test_removed_session_takes_its_files_unless_they_are_kept(store):
    first, second = store.add("P", "a"), store.add("P", "b")
    gone, _ = put(store, first, "1", "x")
    kept, _ = put(store, second, "1", "x")
    store.log(first, "built")
    store.remove(first)
    store.remove(second, keep_contents=True)
    assert store.all() == []
    assert store.logs(first) == []
    assert not store.blobs.path(gone.name).exists()
    assert store.blobs.path(kept.name).exists()
    assert store.files(second) == []


def test_file_moves_to_another_scan_and_resource(store):
    session = store.add("P", "s1")
    put(store, session, "4", "a.dcm")
    store.move_file(store.files(session)[0], "4-MR1", "secondary", "a.dcm")
    moved = store.files(session)[0]
    assert (moved.scan, moved.resource) == ("4-MR1", "secondary")
    store.note_file(moved, FileFacts("DICOM", "secondary", uid="9", instance=3))
    assert store.files(session)[0].facts == FileFacts("DICOM", "secondary", uid="9", instance=3)


def test_log_lines_count_from_one(store):
    session, other = store.add("P", "a"), store.add("P", "b")
    for target, line in ((session, "first"), (other, "other"), (session, "second")):
        store.log(target, line)
    assert [(entry.number, entry.entry) for entry in store.logs(session)] == [(1, "first"), (2, "second")]


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("20211221_160614825", "2021-12-21 16:06:14.825"),
        ("20211221_160614", "2021-12-21 16:06:14.0"),
        ("nonsense", ""),
    ],
)
def test_timestamp_names_a_moment(timestamp, moment):
    assert uploaded_at(timestamp) == moment


def test_new_timestamp_has_milliseconds():
    assert re.fullmatch(r"\d{8}_\d{9}", new_timestamp())
