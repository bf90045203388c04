"""Listings by key, and what files and resources tell of themselves, under xnatpy's names."""

from __future__ import annotations

import hashlib

import pytest

from xnat_emulator import Fault, faults
from xnat_sdk import AmbiguousKeyError, ConflictError, DigestMismatchError, NotFoundError, UsageError
from xnat_sdk.models import MrScanData, SubjectData


@pytest.fixture
def resource(session):
    session.put("/data/projects/P")
    made = session.projects["P"].create_resource("R", format="TEXT")
    made.upload_data("one", "a/x.txt", file_content="NOTES", file_format="TXT", file_tags="red,blue")
    made.upload_data("two", "b/x.txt")
    made.upload_data("three", "y.txt")
    return made


def test_views_by_id_and_by_second_key(empty, resource):
    files = resource.files
    before = len(empty.requests)
    assert sorted(files.data) == ["a/x.txt", "b/x.txt", "y.txt"]
    assert list(files.key_map) == ["y.txt"]
    assert files.non_unique_keys == {"x.txt"}
    assert files.listing == list(files)
    assert files.key_map["y.txt"] is files["y.txt"]
    assert len(empty.requests) - before == 1
    with pytest.raises(AmbiguousKeyError):
        files["x.txt"]


def test_filters_of_a_listing_are_told(session, resource):
    project = session.projects["P"]
    wanted = SubjectData.label == "s"
    assert project.subjects.used_filters == ()
    assert project.subjects.filter(wanted).used_filters == (wanted,)


def test_a_file_tells_its_facts_without_a_request_each(empty, resource):
    before = len(empty.requests)
    file = resource.files["a/x.txt"]
    assert (file.name, file.path, file.id, file.size, file.file_size) == ("x.txt", "a/x.txt", "a/x.txt", 3, 3)
    assert (file.collection, file.file_content, file.file_format, file.file_tags) == ("R", "NOTES", "TXT", "red,blue")
    assert file.digest == hashlib.md5(b"one", usedforsecurity=False).hexdigest()
    assert len(empty.requests) - before == 1
    assert file.cat_id == resource.id


def test_digests_are_worked_out_and_compared(empty, resource, tmp_path):
    (tmp_path / "x").write_bytes(b"one")
    file = resource.files["a/x.txt"]
    before = len(empty.requests)
    assert file.verify_digest() is True
    assert file.calculate_digest(file) == file.calculate_digest(tmp_path / "x") == file.digest
    assert len(empty.requests) - before == 2
    empty.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    resource.files.refresh()
    wrong = resource.files["a/x.txt"]
    assert wrong.verify_digest() is False
    with pytest.raises(DigestMismatchError):
        wrong.download(tmp_path / "y")


def test_a_file_without_a_digest_cannot_be_verified(resource, monkeypatch):
    file = resource.files["a/x.txt"]
    file.__xnat_row__ = {**file.__xnat_row__, "digest": ""}
    with pytest.raises(UsageError, match="refresh_catalog"):
        file.verify_digest()


def test_a_file_is_deleted_without_further_words(empty, resource):
    file = resource.files["y.txt"]
    before = len(empty.requests)
    file.delete()
    assert len(empty.requests) - before == 1
    assert "y.txt" not in resource.files
    with pytest.raises(NotFoundError):
        file.delete()


def test_a_resource_tells_its_facts(session, resource):
    listed = session.projects["P"].resources["R"]
    assert (listed.file_count, listed.file_size, listed.format, listed.label) == (3, 11, "TEXT", "R")
    assert listed.id == listed.uri.rpartition("/")[2] == resource.id


def test_a_catalog_is_refreshed_with_its_options_in_one_request(empty, resource):
    before = len(empty.requests)
    resource.refresh_catalog(checksum=True, delete=True, append=True, populate_stats=True)
    (record,) = empty.requests[before:]
    assert (record.method, record.path) == ("POST", "/data/services/refresh/catalog")
    assert dict(record.query)["options"] == "checksum,delete,append,populateStats"


def test_an_upload_is_unpacked_and_described(resource, tmp_path):
    from .imaging import zipped

    (tmp_path / "all.zip").write_bytes(zipped({"in/1.txt": b"1", "in/2.txt": b"2"}))
    resource.upload(tmp_path / "all.zip", extract=True, file_format="TXT", file_content="NOTES")
    found = {file.path: (file.file_format, file.file_content) for file in resource.files}
    assert found["in/1.txt"] == ("TXT", "NOTES")
    resource.upload_data(zipped({"in/3.txt": b"3"}), "more.zip", extract=True)
    assert "in/3.txt" in resource.files
    with pytest.raises(ConflictError):
        resource.upload_data(zipped({"in/3.txt": b"3"}), "more.zip", extract=True)


def test_scanners_and_scan_types_of_the_site(demo, reader):
    before = len(demo.requests)
    assert "T1" in {row["type"] for row in reader.scan_types}
    assert all(isinstance(name, str) for name in reader.scanners)
    assert len(demo.requests) - before == 2


def test_an_item_that_was_not_reached_through_a_project_is_deleted_by_one_request(empty, session):
    session.put("/data/projects/P")
    session.put("/data/projects/P/subjects/s/experiments/e", query={"xsiType": "xnat:mrSessionData"})
    item = session.experiments["e"]
    MrScanData(parent=item, id="1")
    before = len(empty.requests)
    item.delete(remove_files=True)
    assert [record.method for record in empty.requests[before:]] == ["DELETE"]
