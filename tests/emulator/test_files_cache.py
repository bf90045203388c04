"""User cache, move-files and triage (rest-data section 11)."""

from __future__ import annotations

import io
import itertools
import json
import zipfile

import pytest

from .conftest import new_user

CACHE = "/data/user/cache/resources"
MOVE = "/data/services/move-files"
_NUMBERS = itertools.count(1)


@pytest.fixture
def folder():
    """The name of a folder that nobody made yet."""
    return f"X{next(_NUMBERS)}"


def listed(client, folder):
    return [row["Name"] for row in client.rows(f"{CACHE}/{folder}/files/any?format=json")]


def make_zip(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def test_folder_is_made_once(client, folder):
    assert client.put(f"{CACHE}/{folder}").status == 200
    assert client.put(f"{CACHE}/{folder}").status == 412
    assert client.put(f"{CACHE}/{folder}/files").status == 412


def test_file_is_stored_in_the_body_or_as_multipart(client, folder):
    assert client.put(f"{CACHE}/{folder}/files/sub/a.txt?inbody=true", body=b"one").status == 200
    assert client.put(f"{CACHE}/{folder}/files/b.txt", fields={"file": ("other.txt", b"two")}).status == 200
    assert listed(client, folder) == ["b.txt", "sub/a.txt"]
    (row, _) = client.rows(f"{CACHE}/{folder}/files/any")
    assert (row["Size"], row["URI"]) == ("3", f"{CACHE}/{folder}/files/b.txt")


def test_urls_are_off_by_one_level(client, folder):
    """The flag that tells files from folders is inverted (rest-data section 11)."""
    client.put(f"{CACHE}/{folder}/files/a.txt?inbody=true", body=b"one")
    assert (client.get(CACHE).status, client.get(CACHE).data) == (200, b"")
    assert client.get(f"{CACHE}/{folder}").status == 404
    assert client.get(f"{CACHE}/{folder}/files").status == 404
    assert client.post(f"{CACHE}/{folder}/files", fields={"file": ("b", b"x")}).status == 400
    assert client.put(CACHE).status == 400
    assert listed(client, folder) == ["a.txt"]
    assert client.delete(f"{CACHE}/{folder}/files/none").status == 200
    assert client.get(f"{CACHE}/{folder}/files/a.txt").status == 404


def test_form_posted_to_a_file_stores_its_parts(client, folder):
    answer = client.post(f"{CACHE}/{folder}/files/any", fields=[("a", ("a.txt", b"1")), ("b", ("b.txt", b"2"))])
    assert answer.status == 201
    assert listed(client, folder) == ["a.txt", "b.txt"]


def test_archives_are_unpacked(client, folder):
    files = f"{CACHE}/{folder}/files"
    assert client.put(f"{files}/x.zip?inbody=true&extract=true", body=make_zip(a="1", b="2")).status == 200
    assert listed(client, folder) == ["a", "b"]
    assert client.put(f"{files}/y.zip?inbody=true&extract=true", body=b"PK broken").status == 422
    assert client.put(f"{files}/%2e%2e/x?inbody=true", body=b"x").status == 400
    packed = client.get(f"{files}/any?format=zip")
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.namelist() == ["a", "b"]


def test_everybody_has_a_cache_of_his_own(client, folder):
    client.put(f"{CACHE}/{folder}/files/a.txt?inbody=true", body=b"one")
    other = new_user(client.emulator)
    assert other.get(f"{CACHE}/{folder}/files/a.txt").status == 404
    assert other.put(f"{CACHE}/{folder}").status == 200


def test_file_moves_from_the_cache_into_a_resource(client, files, folder):
    client.put(f"{CACHE}/{folder}/files/a.txt?inbody=true", body=b"one")
    resource = files.removeprefix("/data").removesuffix("/files")
    answer = client.post(f"{MOVE}?src=/user/cache/resources/{folder}/files/a.txt&dest=/archive{resource}&content=C")
    assert (answer.status, answer.data) == (200, b"")
    assert client.get(f"{files}/a.txt").data == b"one"
    assert client.rows(files)[0]["file_content"] == "C"
    assert listed(client, folder) == []


def test_folder_moves_below_a_path(client, files, folder):
    for name in ("a.txt", "sub/b.txt"):
        client.put(f"{CACHE}/{folder}/files/{name}?inbody=true", body=name.encode())
    client.post(MOVE, fields=[(f"/data/user/cache/resources/{folder}", f"{files}/below/")])
    assert sorted(row["URI"].partition("/files/")[2] for row in client.rows(files)) == [
        "below/a.txt",
        "below/sub/b.txt",
    ]


def test_existing_files_stay_unless_they_may_be_overwritten(client, files, folder):
    client.put(f"{files}/a.txt?inbody=true", body=b"old")
    client.put(f"{CACHE}/{folder}/files/a.txt?inbody=true", body=b"new")
    move = f"{MOVE}?src=/user/cache/resources/{folder}/files/a.txt&dest={files.removesuffix('/files')}"
    assert client.post(move).status == 200
    assert client.get(f"{files}/a.txt").data == b"old"
    assert listed(client, folder) == ["a.txt"]
    assert client.post(f"{move}&overwrite=true").status == 200
    assert client.get(f"{files}/a.txt").data == b"new"
    assert listed(client, folder) == []


def test_moves_say_what_is_wrong(client, files, folder):
    resource = files.removesuffix("/files")
    client.put(f"{CACHE}/{folder}/files/a?inbody=true", body=b"x")
    source = f"/user/cache/resources/{folder}/files/a"
    assert client.message(client.post(f"{MOVE}?src={source}")) == "Missing dest path"
    assert client.message(client.post(MOVE)) == "Missing src and dest path"
    assert client.post(f"{MOVE}?src=/archive/projects/P&dest={resource}").status == 400
    assert client.post(f"{MOVE}?src={source}&dest=/archive/projects/{files.split('/')[3]}").status == 400
    assert client.post(f"{MOVE}?src=/user/cache/resources/none/files/a&dest={resource}").status == 404
    reader = new_user(client.emulator, **{files.split("/")[3]: "collaborator"})
    reader.put(f"{CACHE}/{folder}/files/a?inbody=true", body=b"x")
    assert reader.post(f"{MOVE}?src={source}&dest={resource}").status == 403


def test_triage_keeps_files_of_a_project(client, project):
    triage = f"/data/services/triage/projects/{project.rpartition('/')[2]}/resources"
    assert client.rows(f"{triage}?format=json") == []
    assert client.put(f"{triage}/T?TARGET=/archive/x").status == 200
    assert client.put(f"{triage}/T").status == 412
    assert client.put(f"{triage}/T/files/a.txt?inbody=true&format=TXT", body=b"one").status == 200
    assert client.post(f"{triage}/T/files", fields={"file": ("b.txt", b"two")}).status == 200
    assert [row["Name"] for row in client.rows(f"{triage}/T/files?format=json")] == ["a.txt", "b.txt"]
    (row,) = client.rows(f"{triage}?format=json")
    assert (row["Resource"], row["USER"], row["OVERWRITE"]) == ("T", "admin", "false")
    assert client.get(f"{triage}/T/files/a.txt").data == b"one"
    assert client.delete(f"{triage}/T/files/a.txt").status == 200
    assert client.get(f"{triage}/T/files/a.txt").status == 404
    assert client.delete(f"{triage}/T").status == 200
    assert client.get(f"{triage}/T").status == 404
    assert client.delete(triage).status == 400


def test_triage_follows_the_rights_in_the_project(client, project):
    name = project.rpartition("/")[2]
    triage = f"/data/services/triage/projects/{name}/resources"
    assert new_user(client.emulator).get(triage).status == 401
    reader = new_user(client.emulator, **{name: "collaborator"})
    assert reader.get(triage).status == 200
    assert reader.put(f"{triage}/T").status == 403


def test_caches_survive_a_sweep(client, folder):
    client.put(f"{CACHE}/{folder}/files/a.txt?inbody=true", body=b"one")
    archive = client.emulator.site.archive
    assert archive.files.blobs.sweep(archive.database.blob_names()) == 0
    assert json.loads(client.get(f"{CACHE}/{folder}/files/x?format=json").data)["ResultSet"]["totalRecords"] == "1"
