"""What uploads do beyond storing a file (rest-data 10.4)."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import pytest

import xnat_emulator
from xnat_emulator.mode import Mode
from xnat_emulator.store import serverside

from .conftest import log_in, new_user


def paths(client, files):
    return sorted(row["URI"].partition("/files/")[2] for row in client.rows(files))


def project_of(path):
    return path.split("/")[3]


@pytest.fixture
def server_folder(client):
    """A folder of the machine the server runs on, with three files."""
    folder = serverside.root(client.emulator.site.archive.folder) / "incoming"
    (folder / "sub").mkdir(parents=True, exist_ok=True)
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        (folder / name).write_text(name)
    return folder


def test_upload_without_the_right_to_edit_does_nothing_and_says_nothing(client, files):
    """rest-data 10.4.11: the status stays 200, without a body."""
    reader = new_user(client.emulator, **{project_of(files): "collaborator"})
    for answer in (
        reader.put(f"{files}/a.txt?inbody=true", body=b"x"),
        reader.post(files, fields={"file": ("b.txt", b"x")}),
        reader.put(f"{files}/c.txt", body=b"x", headers={"Content-Type": "application/x-unknown"}),
    ):
        assert (answer.status, answer.data) == (200, b"")
    assert client.rows(files) == []


def test_upload_to_what_cannot_be_read_is_not_found(client, files):
    stranger = new_user(client.emulator)
    assert stranger.put(f"{files}/a.txt?inbody=true", body=b"x").status == 404


def test_resources_need_rights(client, scan):
    reader = new_user(client.emulator, **{project_of(scan): "collaborator"})
    member = new_user(client.emulator, **{project_of(scan): "member"})
    assert reader.put(f"{scan}/resources/R").status == 403
    assert reader.post(f"{scan}/resources?label=R").status == 403
    assert member.put(f"{scan}/resources/R").status == 200
    assert member.put(f"{scan}/resources/R/files/a?inbody=true", body=b"x").status == 200
    assert member.delete(f"{scan}/resources/R").status == 403
    assert member.delete(f"{scan}/resources/R/files/a").status == 403
    assert reader.get(f"{scan}/resources/R/files/a").data == b"x"
    assert client.delete(f"{scan}/resources/R/files/a").status == 200


def test_metadata_of_an_upload_fills_what_its_resource_leaves_open(client, scan):
    """rest-data 10.4.9; what the resource says already stays."""
    client.put(f"{scan}/resources/R?format=NIFTI")
    client.put(f"{scan}/resources/R/files/a?inbody=true&format=TXT&content=LOG", body=b"x")
    (row,) = client.rows(f"{scan}/resources")
    assert (row["format"], row["content"]) == ("NIFTI", "LOG")
    (file,) = client.rows(f"{scan}/resources/R/files")
    assert (file["file_format"], file["file_content"]) == ("TXT", "LOG")


def test_files_without_a_format_do_not_take_that_of_their_resource(client, scan):
    client.put(f"{scan}/resources/R?format=NIFTI&content=RAW")
    client.put(f"{scan}/resources/R/files/a?inbody=true", body=b"x")
    (file,) = client.rows(f"{scan}/resources/R/files")
    assert (file["file_format"], file["file_content"]) == ("", "")
    assert len(client.rows(f"{scan}/resources/R/files?file_content=NULL")) == 1
    assert client.rows(f"{scan}/resources/R/files?file_format=NULL") == []


def test_reference_enters_a_file_of_the_server(client, files, server_folder):
    assert client.put(f"{files}/x/named.txt?reference=/incoming/a.txt").status == 200
    assert client.get(f"{files}/x/named.txt").data == b"a.txt"
    assert (server_folder / "a.txt").is_file()


def test_reference_enters_a_folder_of_the_server(client, files, server_folder):
    assert client.put(f"{files}?reference={server_folder}").status == 200
    assert paths(client, files) == ["a.txt", "b.txt", "sub/c.txt"]
    assert client.put(f"{files}/below?reference=/incoming").status == 200
    assert "below/sub/c.txt" in paths(client, files)


def test_reference_may_take_the_files_away(client, files, server_folder):
    assert client.put(f"{files}?reference=/incoming/sub&delete=true").status == 200
    assert paths(client, files) == ["c.txt"]
    assert not (server_folder / "sub" / "c.txt").exists()


def test_reference_with_async_answers_with_a_workflow(client, files, server_folder):
    answer = client.put(f"{files}?reference=/incoming/a.txt&async=true&notify=a,b")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert isinstance(json.loads(answer.data)["workflowId"], int)
    assert paths(client, files) == ["a.txt"]


@pytest.mark.parametrize("name", ["/etc/passwd", "/incoming/../../archive.db", "../archive.db", "/none", "%00"])
def test_reference_reaches_no_other_file(client, files, server_folder, name):
    assert client.put(f"{files}?reference={name}").status == 400
    assert client.rows(files) == []


def test_links_on_the_server_lead_nowhere_else(client, files, server_folder):
    (server_folder / "link").symlink_to("/etc")
    (server_folder / "sub" / "passwd").symlink_to("/etc/passwd")
    assert client.put(f"{files}?reference=/incoming/link").status == 400
    assert client.put(f"{files}?reference=/incoming/sub").status == 200
    assert paths(client, files) == ["c.txt"]


def test_tar_files_are_not_unpacked_by_old_servers():
    """rest-data section 20: tar and tgz since 1.8.0."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        archive.addfile(info, io.BytesIO())
    with xnat_emulator.start(mode=Mode(version="1.7")) as server:
        client = log_in(server)
        client.put("/data/projects/P")
        files = "/data/projects/P/resources/R/files"
        client.put(f"{files}/x.tar?extract=true&inbody=true", body=buffer.getvalue())
        assert paths(client, files) == ["x.tar"]


def test_upload_is_entered_whole_or_not_at_all(client, files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("good.txt", "x")
        archive.writestr("../evil.txt", "x")
    assert client.put(f"{files}/x.zip?extract=true&inbody=true", body=buffer.getvalue()).status == 400
    assert client.rows(files) == []


def test_event_is_recorded_only_for_what_happened(client, files):
    events = "SELECT COUNT(*) FROM events"
    database = client.emulator.site.archive.database
    before = database.rows(events)
    assert client.put(f"{files}/a?inbody=false", body=b"x", headers={"Content-Type": "x/y"}).status == 400
    assert database.rows(events) == before
    client.put(f"{files}/a?inbody=true", body=b"x")
    assert database.rows(events) != before


def test_removed_entries_may_leave_their_files(client, files):
    """rest-data 8.2: ``removeFiles=false``; a refresh with ``append`` finds them again."""
    client.put(f"{files}/a/1?inbody=true", body=b"one")
    assert client.delete(f"{files}/a?removeFiles=false").status == 200
    assert client.rows(files) == []
    uri = files.removeprefix("/data").removesuffix("/files")
    assert (
        client.post(f"/data/services/refresh/catalog?resource=/archive{uri}&options=append,populateStats").data == b""
    )
    assert client.get(f"{files}/a/1").data == b"one"
    (row,) = client.rows(files.rpartition("/DATA")[0])
    assert row["file_count"] == "1"


def test_file_left_behind_gives_way_to_a_new_one(client, files):
    client.put(f"{files}/a?inbody=true", body=b"one")
    client.delete(f"{files}/a?removeFiles=false")
    client.put(f"{files}/a?inbody=true", body=b"two")
    client.post(f"/data/services/refresh/catalog?resource={files.removesuffix('/files')}&append=true")
    assert client.get(f"{files}/a").data == b"two"
    assert len(client.rows(files)) == 1


def test_resources_are_sorted_when_that_is_asked(client, scan):
    for label in ("B", "C", "A"):
        client.put(f"{scan}/resources/{label}")
    found = [row["label"] for row in client.rows(f"{scan}/resources?sortBy=label&sortOrder=DESC")]
    assert found == ["C", "B", "A"]


def test_locked_objects_keep_their_resources(client, session):
    """rest-data 8.6."""
    client.put(f"{session}/resources/R/files/a?inbody=true", body=b"x")
    item = client.emulator.site.archive.items.by_id("experiment", client.fields(session)["ID"])
    client.emulator.site.archive.database.run("UPDATE items SET status = 'locked' WHERE row = ?", (item.row,))
    assert client.delete(f"{session}/resources/R").status == 403
    assert client.delete(f"{session}/resources/R/files/a").status == 403
