"""Sending files: modes of a site, previews, large bodies (rest-data 10.3.10, 10.5)."""

from __future__ import annotations

import hashlib
import socket
from urllib.parse import urlsplit

import pytest

import xnat_emulator
from xnat_emulator.formats.archives import CHUNK
from xnat_emulator.mode import Mode

from .conftest import log_in, new_user
from .imports_dicom import make

FILES = "/data/projects/P/resources/R/files"
CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def ranged():
    """A site whose downloads honour ranges, with one file."""
    with xnat_emulator.start(mode=Mode(ranges=True)) as server:
        client = log_in(server)
        client.put("/data/projects/P")
        client.put(f"{FILES}/a.bin?inbody=true", body=CONTENT)
        yield client


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, len(CONTENT) - 1),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT) - 1),
        ("bytes=10000-99999999", 10000, len(CONTENT) - 1),
        ("bytes=-99999999", 0, len(CONTENT) - 1),
    ],
)
def test_range_is_honoured(ranged, wanted, first, last):
    answer = ranged.get(f"{FILES}/a.bin", headers={"Range": wanted})
    assert (answer.status, answer.data) == (206, CONTENT[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(last + 1 - first)
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_range_outside_of_the_file_answers_416(ranged, wanted):
    answer = ranged.get(f"{FILES}/a.bin", headers={"Range": wanted})
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "bytes=9-1", "lines=1-2", "bytes=-", "bytes=x-y"])
def test_other_ranges_are_ignored(ranged, wanted):
    answer = ranged.get(f"{FILES}/a.bin", headers={"Range": wanted})
    assert (answer.status, answer.data) == (200, CONTENT)


def test_range_depends_on_if_range(ranged):
    modified = ranged.get(f"{FILES}/a.bin").headers["Last-Modified"]
    for condition, status in ((modified, 206), ("Mon, 01 Jan 2001 00:00:00 GMT", 200), ('"tag"', 200)):
        answer = ranged.get(f"{FILES}/a.bin", headers={"Range": "bytes=0-1", "If-Range": condition})
        assert answer.status == status


def test_site_without_checksums_has_no_digests():
    """rest-data 10.3.2; a refresh computes them when it is asked to."""
    with xnat_emulator.start(mode=Mode(checksums=False)) as server:
        client = log_in(server)
        client.put("/data/projects/P")
        client.put(f"{FILES}/a.txt?inbody=true", body=b"hello")
        assert client.rows(FILES)[0]["digest"] == ""
        assert b"digest" not in client.get(FILES.removesuffix("/files")).data
        client.post("/data/services/refresh/catalog?resource=/archive/projects/P/resources/R&options=checksum")
        assert client.rows(FILES)[0]["digest"] == hashlib.md5(b"hello").hexdigest()


def test_jpeg_previews_are_not_made(client, files):
    """rest-data 10.3.10: 400 for what is no DICOM file; there is nothing here that writes JPEG."""
    client.put(f"{files}/a.dcm?inbody=true", body=make())
    client.put(f"{files}/a.txt?inbody=true", body=b"x")
    client.put(f"{files}/a.jpg?inbody=true", body=b"picture")
    answer = client.get(f"{files}/a.dcm?format=image/jpeg")
    assert (answer.status, "JPEG" in client.message(answer)) == (501, True)
    assert client.get(f"{files}/a.txt?format=image/jpeg").status == 400
    assert client.get(f"{files}/a.jpg?format=image/jpeg").data == b"picture"


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, 3 * CHUNK + 7])
def test_large_files_come_back_as_they_went(client, files, size):
    content = hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1)
    content = content[:size]
    assert client.put(f"{files}/a.bin?inbody=true", body=content).status == 200
    assert client.post(files, fields={"file": ("b.bin", content)}).status == 200
    for name in ("a.bin", "b.bin"):
        answer = client.get(f"{files}/{name}")
        assert answer.headers["Content-Length"] == str(size)
        assert answer.data == content
    assert {row["digest"] for row in client.rows(files)} == {hashlib.md5(content).hexdigest()}


def test_client_that_goes_away_leaves_no_open_file(client, files):
    client.put(f"{files}/a.bin?inbody=true", body=b"x" * (8 * CHUNK))
    host = urlsplit(client.emulator.url)
    for _ in range(5):
        with socket.create_connection((host.hostname, host.port)) as line:
            head = f"GET {files}/a.bin HTTP/1.1\r\nHost: h\r\nCookie: {client.headers['Cookie']}\r\n\r\n"
            line.sendall(head.encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 200")
    assert client.get(f"{files}/a.bin").data == b"x" * (8 * CHUNK)


def test_upload_that_ends_early_leaves_nothing(client, files):
    blobs = client.emulator.site.archive.folder / "blobs"
    before = sum(path.is_file() for path in blobs.rglob("*"))
    host = urlsplit(client.emulator.url)
    with socket.create_connection((host.hostname, host.port)) as line:
        head = f"PUT {files}/a?inbody=true HTTP/1.1\r\nHost: h\r\nCookie: {client.headers['Cookie']}\r\n"
        line.sendall(f"{head}Content-Length: 99999999\r\n\r\n".encode() + b"x" * (3 * CHUNK))
    client.get("/data/auth")
    assert client.rows(files) == []
    for _ in range(100):
        if sum(path.is_file() for path in blobs.rglob("*")) == before:
            break
        client.get("/data/auth")
    assert sum(path.is_file() for path in blobs.rglob("*")) == before


def test_number_of_a_resource_that_may_not_be_read_answers_403(client, files, session):
    """rest-data 10.2.5."""
    client.put(f"{files}/a?inbody=true", body=b"x")
    number = client.rows(files)[0]["cat_ID"]
    stranger = new_user(client.emulator)
    own = f"OWN{number}"
    assert client.put(f"/data/projects/{own}").status == 200
    with client.emulator.site.archive.transaction():
        client.emulator.site.archive.groups.join(own, "owner", stranger.login)
    assert stranger.get(f"/data/projects/{own}/resources/{number}/files").status == 403
    assert client.get(f"/data/projects/{own}/resources/{number}/files/a").data == b"x"
