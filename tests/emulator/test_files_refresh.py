"""Catalog refresh (rest-data 10.7, schema-and-search 5)."""

from __future__ import annotations

import json

import pytest

from .conftest import new_user

REFRESH = "/data/services/refresh/catalog"


def count(client, files):
    (row,) = client.rows(files.rpartition("/DATA/")[0])
    return row["file_count"], row["file_size"]


@pytest.fixture
def stale(client, files):
    """A resource whose numbers were not updated."""
    client.put(f"{files}/a?inbody=true&update-stats=false", body=b"12345")
    assert count(client, files) == ("0", "0")
    return files


@pytest.mark.parametrize("asked", ["options=populateStats", "options=append,populateStats", "populateStats=true"])
def test_statistics_are_brought_up_to_date(client, stale, asked):
    uri = stale.removeprefix("/data").removesuffix("/files")
    answer = client.post(f"{REFRESH}?resource=/archive{uri}&{asked}")
    assert (answer.status, answer.data) == (200, b"")
    assert count(client, stale) == ("1", "5")


def test_form_fields_count_too(client, stale):
    fields = [("resource", stale.removesuffix("/files")), ("options", "populateStats")]
    assert client.post(REFRESH, fields=fields).status == 200
    assert count(client, stale) == ("1", "5")


def test_object_means_all_its_resources(client, stale):
    session = client.fields(stale.partition("/scans")[0])["ID"]
    client.post(f"{REFRESH}?resource=/archive/experiments/{session}&options=populateStats")
    assert count(client, stale) == ("1", "5")


def test_only_what_is_asked_happens(client, stale):
    client.post(f"{REFRESH}?resource={stale.removesuffix('/files')}&options=checksum")
    assert count(client, stale) == ("0", "0")


def test_entries_without_a_file_are_dropped(client, stale):
    archive = client.emulator.site.archive
    resource = archive.items.resource(int(client.rows(stale)[0]["cat_ID"]))
    (file,) = archive.files.of(resource.row)
    archive.files.blobs.remove(file.blob.name)
    assert client.get(f"{stale}/a").status == 404
    client.post(f"{REFRESH}?resource={stale.removesuffix('/files')}&delete=true")
    assert client.rows(stale) == []


def test_refresh_needs_the_right_to_edit(client, stale):
    reader = new_user(client.emulator, **{stale.split("/")[3]: "collaborator"})
    assert reader.post(f"{REFRESH}?resource={stale.removesuffix('/files')}&options=populateStats").status == 403
    assert count(client, stale) == ("0", "0")


def test_unknown_resources_are_refused(client, project):
    assert client.post(f"{REFRESH}?resource=/archive/projects/NONE/resources/R").status == 404
    assert client.post(f"{REFRESH}?resource=/somewhere/else").status == 400


def test_newer_path_takes_a_list(client, stale):
    body = json.dumps([stale.removeprefix("/data").removesuffix("/files")]).encode()
    headers = {"Content-Type": "application/json"}
    path = "/xapi/archive/catalogs/refresh"
    assert client.put(f"{path}/Append,PopulateStats", body=body, headers=headers).status == 200
    assert count(client, stale) == ("1", "5")
    assert client.put(path, body=body, headers=headers).status == 200
    assert client.put(f"{path}/Nonsense", body=body, headers=headers).status == 400
    for broken in (b"{}", b"[1]", b"["):
        assert client.put(path, body=broken, headers=headers).status == 400
