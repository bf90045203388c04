"""The low-level verbs and transfers, as the tutorial uses them, on the embedded server."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from xnat_emulator import Fault, Mode, Slow, faults
from xnat_emulator import start as start_emulator
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_runtime.transport import Timeouts
from xnat_sdk import (
    BadRequestError,
    ConflictError,
    CorruptArchiveError,
    DigestMismatchError,
    InvalidValueError,
    LoginPageError,
    NotFoundError,
    RequestTimeoutError,
    TargetExistsError,
    connect,
)

FILES = "/data/projects/P/resources/R/files"


@pytest.fixture
def project(session) -> str:
    session.put("/data/projects/P")
    session.put("/data/projects/P/resources/R")
    return "P"


def test_responses_read_as_those_of_requests_do(demo, reader):
    response = reader.get("/data/projects", format="json")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["ResultSet"]["Result"]
    assert response.text.encode() == response.content
    assert b"".join(response.iter_content(chunk_size=7)) == response.content
    assert reader.get(f"{demo.url}/data/projects?format=json").content == response.content
    assert reader.head("/data/projects").content == b""
    assert "GET" in reader.options("/data/projects").headers["Allow"]


def test_json_is_read_with_and_without_a_query(reader):
    everything = reader.get_json("/data/projects")
    assert everything["ResultSet"]["totalRecords"] == "2"
    narrow = reader.get_json("/data/projects", {"columns": "ID"})["ResultSet"]["Result"]
    assert len(narrow) == 2
    assert "description" not in narrow[0]
    with pytest.raises(NotFoundError):
        reader.get_json("/data/projects/none")


def test_a_resource_is_read_as_json_too(empty, session, project):
    session.upload(f"{FILES}/a.txt", b"abc")
    start = len(empty.requests)
    document = session.get_json("/data/projects/P/resources/R")
    assert document["items"][0]["data_fields"]["label"] == "R"
    assert document["items"][0]["meta"]["xsi:type"] == "xnat:resourceCatalog"
    identifier = document["items"][0]["data_fields"]["xnat_abstractresource_id"]
    assert session.get_json(f"/data/projects/P/resources/{identifier}") == document
    assert len(empty.requests) - start == 4


def test_forms_texts_and_json_are_bodies(empty, session):
    session.put("/data/projects/P", {"xnat:projectData/description": "söme more=text; here"})
    assert session.projects["P"].description == "söme more=text; here"
    assert all("description" not in str(record.query) for record in empty.requests)
    user = {"username": "carl", "password": "pw123456", "firstName": "C", "lastName": "L", "email": "c@example.org"}
    created = session.post("/xapi/users", json=user, accepted_status=[200, 201])
    assert created.status_code in {200, 201}
    session.post("/xapi/siteConfig/siteId", data="Here", headers={"Content-Type": "text/plain"})
    assert session.get("/xapi/siteConfig/siteId").text == "Here"
    with pytest.raises(InvalidValueError, match="one body"):
        session.put("/data/projects/P", b"x", json={})
    with pytest.raises(InvalidValueError, match="cannot be written as JSON"):
        session.post("/xapi/users", json={"a": float("nan")})


# files=


class Pipe(io.RawIOBase):
    """A stream that can be read once and not wound back."""

    def __init__(self, content: bytes) -> None:
        self.rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self.rest.readinto(buffer)


def test_files_travel_as_parts_of_one_form(empty, session, project, tmp_path: Path):
    path = tmp_path / "päth.txt"
    path.write_bytes(b"of a path")
    start = len(empty.requests)
    with path.open("rb") as opened:
        opened.seek(3)
        session.put(
            FILES,
            files=[
                ("file", path),
                ("file", ("text.txt", "früh")),
                ("file", ("bytes.bin", b"\x00\r\n--", "application/x-own")),
                ("file", ("stream.txt", opened)),
                ("file", ("pipe.txt", io.BufferedReader(Pipe(b"once")))),
                ("file", ("empty.txt", b"")),
            ],
        )
        assert not opened.closed
    assert len(empty.requests) - start == 1
    expected = {
        "päth.txt": b"of a path", "text.txt": "früh".encode(), "bytes.bin": b"\x00\r\n--", "stream.txt": b"a path",
        "pipe.txt": b"once", "empty.txt": b"",
    }  # fmt: skip
    found = {file.name: session.get(f"{FILES}/{quote(file.name)}").content for file in session.projects["P"].files}
    assert found == expected


def test_data_and_files_become_one_form_by_put_and_post(session):
    with pytest.raises(BadRequestError):
        session.post("/data/services/import", files={"file": ("a.zip", b"no zip")}, data={"import-handler": "SI"})
    with pytest.raises(NotFoundError):
        session.post("/data/services/import", files={"file": ("a.zip", b"PK")}, data={"import-handler": "none"})
    with pytest.raises(NotFoundError):
        session.put("/data/projects/none/resources/R/files", {"a": "b"}, {"file": b"x"})


def test_a_form_of_files_is_sent_again_after_a_renewed_login(empty, session, project):
    empty.site.sessions.close(session.jsession)
    pipe = io.BufferedReader(Pipe(b"once"))
    session.put(FILES, files={"file": ("a.txt", pipe)})
    assert session.get(f"{FILES}/a.txt").content == b"once"


def test_what_cannot_be_a_form_of_files_is_refused_before_any_request(empty, session, tmp_path: Path):
    start = len(empty.requests)
    wrong = [
        ({"files": {"file": b"x"}, "json": {}}, "files= or json="),
        ({"files": {"file": b"x"}, "data": b"x"}, "data= is a mapping"),
        ({"files": {"file": b"x"}, "headers": {"content-type": "text/plain"}}, "that of a form"),
        ({"files": {"file": 3}}, "'file' is int"),
        ({"files": {"file": io.StringIO("x")}}, "binary mode"),
        ({"files": {"file": tmp_path}}, "is a folder"),
    ]
    for arguments, told in wrong:
        with pytest.raises(InvalidValueError, match=told):
            session.put(FILES, **arguments)
    with pytest.raises(FileNotFoundError):
        session.put(FILES, files={"file": tmp_path / "missing"})
    assert len(empty.requests) == start


# verbose=


@pytest.mark.parametrize("is_terminal", [False, True])
def test_verbose_transfers_are_told_on_stderr(session, project, tmp_path: Path, monkeypatch, is_terminal):
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: is_terminal)
    monkeypatch.setattr("sys.stderr", shown)
    steps: list[TransferEvent] = []
    session.upload(f"{FILES}/a%20b.txt", b"x" * 2345, verbose=True, progress=steps.append)
    session.download(f"{FILES}/a%20b.txt", tmp_path / "local", None, True)
    session.download_stream(f"{FILES}/a%20b.txt", io.BytesIO(), verbose=True)
    session.download_zip(FILES, tmp_path / "all.zip", verbose=True)
    session.download(f"{FILES}/a%20b.txt", tmp_path / "quiet")
    assert steps == [Started("a b.txt", 2345), Advanced("a b.txt", 2345), Finished("a b.txt", "moved")]
    lines = [line.rpartition("\r")[2].rstrip() for line in shown.getvalue().split("\n")]
    assert lines[:3] == ["a b.txt: 2.3 kB of 2.3 kB", "local: 2.3 kB of 2.3 kB", "a b.txt: 2.3 kB of 2.3 kB"]
    assert lines[3].startswith("all.zip: ")
    assert lines[4:] == [""]
    assert ("\r" in shown.getvalue()) == is_terminal


def test_a_verbose_transfer_that_fails_does_not_look_done(session, project, tmp_path: Path, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    with pytest.raises(NotFoundError):
        session.download(f"{FILES}/none", tmp_path / "none", verbose=True)
    assert shown.getvalue() == ""


# In pieces


def test_a_download_in_pieces_asks_at_the_first_and_compares_at_the_last(empty, session, project):
    content = bytes(range(256)) * 8192
    session.upload(f"{FILES}/a", content)
    start = len(empty.requests)
    pieces = session.download_generator(f"{FILES}/a", expected_md5_digest=hashlib.md5(content).hexdigest())
    assert len(empty.requests) == start
    assert b"".join(pieces) == content
    assert len(empty.requests) == start + 1
    with pytest.raises(DigestMismatchError):
        list(session.download_generator(f"{FILES}/a", expected_md5_digest="0" * 32))
    with pytest.raises(NotFoundError):
        next(session.download_generator(f"{FILES}/none"))
    first = session.download_generator(f"{FILES}/a")
    assert next(first)
    first.close()
    assert session.get("/data/projects").ok


def test_statuses_are_accepted_as_told(session):
    assert session.get("/data/projects/none", accepted_status=[404]).status_code == 404
    assert session.delete("/data/projects/none", accepted_status=range(400, 500)).status_code == 400
    with pytest.raises(BadRequestError):
        session.get("/data/services/tokens/nonsense")


def test_a_file_goes_up_and_comes_down_in_every_form(empty, session, project, tmp_path: Path):
    source = tmp_path / "source.txt"
    source.write_bytes(b"path")
    assert session.upload(f"{FILES}/a.txt", source).size == 4
    assert session.upload(f"{FILES}/b.txt", str(source)).path == source
    assert session.upload(f"{empty.url}{FILES}/c.txt", b"bytes").size == 5
    assert session.upload(f"{FILES}/d.txt", io.BytesIO(b"stream")).size == 6
    assert session.upload_file(f"{FILES}/e.txt", source).size == 4
    assert session.upload_string(f"{FILES}/f.txt", "h€llo").size == 7
    assert session.upload_stream(f"{FILES}/g.txt", io.BytesIO(b"-stream")).size == 7
    assert session.get(f"{FILES}/f.txt").text == "h€llo"
    assert session.get("/data/projects").ok, "the connection is still in step"
    done = session.download(f"{FILES}/d.txt", tmp_path / "d", expected_md5_digest=hashlib.md5(b"stream").hexdigest())
    assert (done.size, done.verified, (tmp_path / "d").read_bytes()) == (6, "md5", b"stream")
    target = io.BytesIO()
    assert session.download_stream(f"{FILES}/c.txt", target).size == 5
    assert target.getvalue() == b"bytes"
    session.download_zip("/data/projects/P/resources/R/files", tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert sorted(name[-5:] for name in archive.namelist()) == [f"{letter}.txt" for letter in "abcdefg"]


def test_nothing_is_replaced_unasked_and_nothing_wrong_is_kept(session, project, tmp_path: Path):
    session.upload(f"{FILES}/a.txt", b"one")
    with pytest.raises(ConflictError):
        session.upload(f"{FILES}/a.txt", b"two")
    session.upload(f"{FILES}/a.txt", b"two", overwrite=True)
    session.download(f"{FILES}/a.txt", tmp_path / "a")
    with pytest.raises(TargetExistsError):
        session.download(f"{FILES}/a.txt", tmp_path / "a")
    session.download(f"{FILES}/a.txt", tmp_path / "a", overwrite=True)
    with pytest.raises(DigestMismatchError):
        session.download(f"{FILES}/a.txt", tmp_path / "b", expected_md5_digest="0" * 32)
    with pytest.raises(NotFoundError):
        session.download(f"{FILES}/none", tmp_path / "c")
    with pytest.raises(InvalidValueError, match="not int"):
        session.upload(f"{FILES}/x", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_login_page_or_a_cut_archive_is_no_download(empty, session, project, tmp_path: Path):
    session.upload(f"{FILES}/a.txt", b"one" * 1000)
    with empty.faults.add(Fault(faults.LoginPage(), path="*/files*")), pytest.raises(LoginPageError):
        session.download(f"{FILES}/a.txt", tmp_path / "a")
    with empty.faults.add(Fault(faults.TruncatedZip())), pytest.raises(CorruptArchiveError):
        session.download_zip(FILES, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_an_upload_over_an_ended_login_is_sent_again(empty, session, project):
    stream = io.BytesIO(b"--content")
    stream.seek(2)
    for name, source in (("a", b"content"), ("b", stream)):
        empty.site.sessions.close(session.jsession)
        assert session.upload(f"{FILES}/{name}", source).size == 7
        assert session.get(f"{FILES}/{name}").content == b"content"


def test_a_download_over_an_ended_login_is_whole(empty, session, project, tmp_path: Path):
    session.upload(f"{FILES}/a.txt", b"content")
    empty.site.sessions.close(session.jsession)
    session.download(f"{FILES}/a.txt", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"content"


@pytest.mark.parametrize("timeout", [0.2, (5, 0.2), Timeouts(5, 0.2)])
def test_a_call_waits_as_long_as_it_is_told(timeout):
    with (
        start_emulator(mode=Mode(slow=Slow(request_ms=0))) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        server.faults.add(Fault(faults.Stall(seconds=30), path="/data/projects*"))
        with pytest.raises(RequestTimeoutError):
            session.get("/data/projects", timeout=timeout)
        server.faults.clear()
        assert session.get("/data/projects").ok
