"""Many clients at once, and clients that go away in the middle."""

from __future__ import annotations

import hashlib
import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xnat_emulator.formats.archives import OpenFile


def connection_to(client):
    return http.client.HTTPConnection(client.emulator.url.removeprefix("http://"))


def stored_files(client):
    return {path for path in (client.emulator.site.archive.folder / "blobs").rglob("*") if path.is_file()}


def wait_until(done):
    deadline = time.monotonic() + 10
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done()


def test_parallel_uploads_all_arrive(client, files):
    def upload(number):
        return client.put(f"{files}/{number}.bin?inbody=true", body=bytes([number]) * 1000).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(upload, range(24))) == {200}
    rows = {row["Name"]: row for row in client.rows(f"{files}?format=json")}
    assert len(rows) == 24
    assert rows["7.bin"]["digest"] == hashlib.md5(b"\7" * 1000).hexdigest()
    resources = files.partition("/DATA")[0]
    assert client.rows(resources)[0]["file_count"] == "24"


def test_parallel_puts_of_one_subject_make_one(client, project):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.put(f"{project}/subjects/same"), range(6)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [201]
    assert len({answer.data for answer in answers}) == 1


def test_sixteen_writers_lose_nothing_and_get_ids_of_their_own(client, project):
    def write(number):
        subject = f"{project}/subjects/s{number}"
        made = [client.put(subject), client.put(f"{subject}/experiments/e{number}?xsiType=xnat:mrSessionData")]
        answers = [*made, client.put(f"{project}/resources/R/files/{number}.txt?inbody=true", body=b"x")]
        assert client.get(f"{project}/subjects").status == 200
        assert [answer.status for answer in answers] == [201, 201, 200]
        return [answer.data for answer in made]

    with ThreadPoolExecutor(16) as pool:
        ids = [identifier for pair in pool.map(write, range(48)) for identifier in pair]
    assert len(set(ids)) == 96
    assert len(client.rows(f"{project}/subjects")) == len(client.rows(f"{project}/experiments")) == 48
    assert len(client.rows(f"{project}/resources/R/files")) == 48
    assert len(client.rows(f"{project}/resources")) == 1


@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/form-data; boundary=B"])
def test_upload_that_breaks_off_leaves_nothing(client, files, kind):
    before, count = stored_files(client), len(client.emulator.requests)
    connection = connection_to(client)
    connection.putrequest("PUT", f"{files}/half.bin")
    for name, value in {**client.headers, "Content-Type": kind, "Content-Length": "1000000"}.items():
        connection.putheader(name, value)
    connection.endheaders(b'--B\r\nContent-Disposition: form-data; name="f"; filename="half.bin"\r\n\r\nhalf')
    connection.close()
    wait_until(lambda: len(client.emulator.requests) > count)
    assert client.emulator.requests[count].status == 400
    assert client.rows(files) == []
    assert stored_files(client) == before


def test_download_that_breaks_off_closes_the_file(client, files, monkeypatch):
    opened: list[OpenFile] = []
    closed: list[OpenFile] = []
    begin, close = OpenFile.__init__, OpenFile.close
    monkeypatch.setattr(OpenFile, "__init__", lambda self, *place: (begin(self, *place), opened.append(self))[0])
    monkeypatch.setattr(OpenFile, "close", lambda self: (close(self), closed.append(self))[0])
    client.put(f"{files}/big.bin?inbody=true", body=b"z" * 30_000_000)
    connection = connection_to(client)
    connection.request("GET", f"{files}/big.bin", headers=client.headers)
    assert connection.sock.recv(1000)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    wait_until(lambda: len(opened) == 1 and closed == opened)
    client.request("HEAD", f"{files}/big.bin")
    assert closed == opened


def test_download_goes_on_when_the_file_is_removed_meanwhile(client, files):
    client.put(f"{files}/big.bin?inbody=true", body=b"z" * 20_000_000)
    stream = client.get(f"{files}/big.bin", preload_content=False)
    assert client.delete(f"{files}/big.bin").status == 200
    assert len(stream.data) == 20_000_000


def test_file_whose_contents_are_gone_answers_404(client, files):
    client.put(f"{files}/a.bin?inbody=true", body=b"a")
    before = stored_files(client)
    client.put(f"{files}/b.bin?inbody=true", body=b"b")
    for path in stored_files(client) - before:
        Path(path).unlink()
    assert client.get(f"{files}/b.bin").status == 404
    assert client.get(f"{files}/a.bin").data == b"a"
