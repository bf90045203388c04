"""Starting, stopping and keeping an archive."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import pytest
import urllib3

import xnat_emulator
from xnat_emulator.journal import RequestRecord


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


def test_port_in_use_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        xnat_emulator.start(port=taken.getsockname()[1])


def test_many_small_requests_are_not_delayed(client):
    """Packets must not wait for each other: forty requests would take more than a second if they did."""
    begun = time.monotonic()
    for _ in range(40):
        client.get("/data/auth")
    assert time.monotonic() - begun < 1.2


def test_command_says_when_it_is_ready_and_ends_on_a_signal(tmp_path):
    command = [sys.executable, "-m", "xnat_emulator", "serve", "--port", "0", "--data", str(tmp_path), "--user", "me"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line.startswith("ready http://127.0.0.1:")
            url = line.split()[1]
            headers = urllib3.make_headers(basic_auth="me:admin")
            assert urllib3.request("GET", f"{url}/data/auth", headers=headers, retries=False).status == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (tmp_path / "archive.db").is_file()


def test_plugin_gives_an_empty_server(xnat_server):
    headers = urllib3.make_headers(basic_auth=f"{xnat_server.user}:{xnat_server.password}")
    answer = urllib3.request("GET", f"{xnat_server.url}/data/projects", headers=headers, retries=False)
    assert answer.json()["ResultSet"]["totalRecords"] == "0"


def test_plugin_loads_without_the_servers_packages():
    code = "import sys, xnat_emulator.pytest_plugin; print('starlette' in sys.modules, 'lxml' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
