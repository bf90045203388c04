"""Starting, stopping and keeping an archive."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

import xnat_emulator
from xnat_emulator.serving.journal import Journal, RequestRecord


def test_server_listens_on_a_free_port_and_ends_with_its_context():
    with xnat_emulator.start() as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert urllib3.request("GET", server.url + "/", retries=False).status == 200
        folder = server.site.archive.folder
        assert folder.is_dir()
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", server.url + "/", retries=False)
    assert not folder.exists()
    server.close()


def test_two_servers_know_nothing_of_each_other(client, project):
    with xnat_emulator.start(user="other", password="secret") as server:
        headers = urllib3.make_headers(basic_auth="other:secret")
        answer = urllib3.request("GET", f"{server.url}/data/projects", headers=headers, retries=False)
        assert answer.json()["ResultSet"]["Result"] == []
        headers = urllib3.make_headers(basic_auth="admin:admin")
        assert urllib3.request("GET", f"{server.url}/data/projects", headers=headers, retries=False).status == 401


def test_data_folder_keeps_everything(tmp_path):
    headers = urllib3.make_headers(basic_auth="admin:admin")
    folder = tmp_path / "archive"
    with xnat_emulator.start(data=folder) as server:
        base = server.url + "/data/projects/KEPT"
        urllib3.request("PUT", base, headers=headers, retries=False)
        first = urllib3.request("PUT", f"{base}/subjects/s1", headers=headers, retries=False)
        path = f"{base}/subjects/s1/resources/R/files/a.txt?inbody=true"
        urllib3.request("PUT", path, headers=headers, body=b"kept", retries=False)
    assert folder.is_dir()
    with xnat_emulator.start(data=folder, password="changed") as server:
        headers = urllib3.make_headers(basic_auth="admin:changed")
        base = server.url + "/data/projects/KEPT"
        answer = urllib3.request("GET", f"{base}/subjects/s1/resources/R/files/a.txt", headers=headers, retries=False)
        assert answer.data == b"kept"
        again = urllib3.request("PUT", f"{base}/subjects/s1", headers=headers, retries=False)
        assert (again.status, again.data) == (200, first.data)
        new = urllib3.request("PUT", f"{base}/subjects/s2", headers=headers, retries=False)
        assert new.data != first.data


def test_demo_is_not_filled_twice(tmp_path):
    for _ in range(2):
        with xnat_emulator.start(demo=True, data=tmp_path) as server:
            count = len(server.site.archive.items.all("subject"))
    assert count == 6


def test_journal_records_every_request_in_order(client):
    before = len(client.emulator.requests)
    client.get("/data/projects?columns=ID&columns=name&x=a%26b")
    client.request("HEAD", "/data/nothing")
    journal = client.emulator.requests
    assert journal[before:] == [
        RequestRecord("GET", "/data/projects", (("columns", "ID"), ("columns", "name"), ("x", "a&b")), 200),
        RequestRecord("HEAD", "/data/nothing", (), 404),
    ]
    assert journal[-1].status == 404
    assert len(list(journal)) == len(journal)


def test_journal_holds_no_secrets(anonymous):
    anonymous.put(
        "/data/services/auth",
        body=b"username=admin&password=admin",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert "password" not in repr(anonymous.emulator.requests[-1])
    assert "password" not in repr(anonymous.emulator)


def test_latency_holds_every_answer_back():
    with xnat_emulator.start(latency_ms=60) as server:
        begun = time.monotonic()
        urllib3.request("GET", server.url + "/", retries=False)
        assert time.monotonic() - begun >= 0.06


def test_many_small_requests_are_not_delayed(client):
    """Packets must not wait for each other: forty requests would take more than a second if they did."""
    begun = time.monotonic()
    for _ in range(40):
        client.get("/data/auth")
    assert time.monotonic() - begun < 1.2


def test_plugin_gives_an_empty_server(xnat_server):
    headers = urllib3.make_headers(basic_auth=f"{xnat_server.user}:{xnat_server.password}")
    answer = urllib3.request("GET", f"{xnat_server.url}/data/projects", headers=headers, retries=False)
    assert answer.json()["ResultSet"]["totalRecords"] == "0"


def test_plugin_loads_without_the_servers_packages():
    code = "import sys, xnat_emulator.pytest_plugin; print('starlette' in sys.modules, 'lxml' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_many_starts_leave_no_thread_no_socket_and_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def once():
        with xnat_emulator.start() as server:
            assert urllib3.request("GET", server.url + "/", retries=False).status == 200

    for _ in range(3):
        once()
    gc.collect()
    threads, handles = threading.active_count(), _handles()
    for _ in range(12):
        once()
    gc.collect()
    assert threading.active_count() == threads
    assert _handles() <= handles + 12  # a few wait for the client's pool
    assert list(tmp_path.iterdir()) == []


def _handles() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_latency_counts_for_each_request_and_not_for_all_together():
    with xnat_emulator.start(latency_ms=200) as server, ThreadPoolExecutor(8) as pool:
        begun = time.monotonic()
        list(pool.map(lambda _: urllib3.request("GET", server.url + "/", retries=False), range(8)))
        assert 0.2 <= time.monotonic() - begun < 1.2


def record(number: int) -> RequestRecord:
    return RequestRecord("GET", f"/{number}", (), 200)


def test_journal_forgets_the_older_half_when_it_is_full():
    journal = Journal(limit=10)
    for number in range(23):
        journal.add(record(number))
        assert len(journal) <= 10
        assert journal[-1].path == f"/{number}"
    assert [entry.path for entry in journal] == [f"/{number}" for number in range(23)][-len(journal) :]


def test_journal_can_be_read_while_it_is_written():
    journal, stop = Journal(limit=500), threading.Event()

    def write() -> None:
        while not stop.is_set():
            journal.add(record(0))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    seen = [(len(list(journal)), len(journal[-3:])) for _ in range(50)]
    stop.set()
    for writer in writers:
        writer.join()
    assert all(count <= 500 and last <= 3 for count, last in seen)


def test_large_files_pass_without_being_held_in_memory(client, files):
    size, kept = 120_000_000, peak_memory()
    client.put(f"{files}/big.bin?inbody=true", body=Zeros(size), headers={"Content-Length": str(size)})
    for query in ("big.bin", "?format=zip", "?format=zip&compression=1", "?format=tar.gz"):
        stream = client.get(f"{files}/{query}" if query[0] != "?" else files + query, preload_content=False)
        assert sum(len(chunk) for chunk in stream.stream(1 << 20)) > 0
    assert peak_memory() - kept < 80_000_000
    assert client.rows(files)[0]["Size"] == str(size)


class Zeros:
    """A body of zeros that nobody holds."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, count: int = 1 << 20) -> bytes:
        taken = min(count, self._left)
        self._left -= taken
        return bytes(taken)


def peak_memory() -> int:
    resource = pytest.importorskip("resource")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
