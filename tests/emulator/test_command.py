"""The command ``xnat-emulator``: what it says and how it ends."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
import urllib3

import xnat_emulator
from xnat_emulator.server import listen

_COMMAND = [sys.executable, "-m", "xnat_emulator", "serve", "--port", "0"]
_BASIC = urllib3.make_headers(basic_auth="admin:admin")


@contextmanager
def running(*options):
    """Start the command and give its process and its address."""
    with subprocess.Popen([*_COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("ready http://127.0.0.1:")
            yield process, line.split()[1]
        finally:
            if process.poll() is None:
                process.kill()


def test_command_says_when_it_is_ready_and_ends_on_a_signal(tmp_path):
    with running("--data", str(tmp_path), "--user", "me") as (process, url):
        headers = urllib3.make_headers(basic_auth="me:admin")
        assert urllib3.request("GET", f"{url}/data/auth", headers=headers, retries=False).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20)[1] == ""
        assert process.returncode == 0
    assert (tmp_path / "archive.db").is_file()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_busy_server_soon_and_without_a_trace(sent):
    with running() as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"PUT /data/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            time.sleep(0.2)
            begun = time.monotonic()
            process.send_signal(sent)
            assert process.communicate(timeout=20)[1] == ""
            assert time.monotonic() - begun < 2
        assert process.returncode == 0


def test_signal_before_the_server_is_ready_ends_it_too(tmp_path):
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    pipe = subprocess.PIPE
    with subprocess.Popen([*_COMMAND, "--demo"], stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob("*/archive.db")) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20)[1] == ""
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def fails(*options: str) -> str:
    """Run a command that cannot start and return the line it says."""
    done = subprocess.run([*_COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("xnat-emulator: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in fails("--port", str(port))


def test_data_folder_that_is_none_is_one_line(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    assert f"{file}: " in fails("--data", str(file))
    (tmp_path / "archive.db").write_bytes(b"no database" * 100)
    assert "file is not a database" in fails("--data", str(tmp_path))
    assert "No <dir>/<file>.xsd below" in fails("--schemas", str(tmp_path))


@pytest.mark.parametrize(("option", "value"), [("--port", "99999"), ("--port", "x"), ("--latency-ms", "-5")])
def test_numbers_out_of_range_are_wrong_usage(option, value):
    done = subprocess.run([*_COMMAND, f"{option}={value}"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "is no whole number from 0 to" in done.stderr


def test_second_server_on_one_port_is_refused_before_the_first_listens():
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        xnat_emulator.start(port=first.getsockname()[1])


def test_failed_start_frees_port_and_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="kept in a folder"):
        xnat_emulator.start(port=port, data=tmp_path / "file")
    monkeypatch.setattr("xnat_emulator.server.create_app", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        xnat_emulator.start(port=port)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    listen("127.0.0.1", port).close()


def put(url: str, path: str, body: bytes = b"") -> urllib3.BaseHTTPResponse:
    return urllib3.request("PUT", url + path, headers=_BASIC, body=body, retries=False, timeout=20)


def test_killed_server_keeps_what_it_confirmed_and_shows_nothing_half_written(tmp_path):
    data = b"kept" * 50_000
    with running("--data", str(tmp_path)) as (process, url):
        put(url, "/data/projects/P")
        assert put(url, "/data/projects/P/subjects/s").status == 201
        assert put(url, "/data/projects/P/resources/R/files/kept.bin?inbody=true", data).status == 200
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            head = "PUT /data/projects/P/resources/R/files/half.bin?inbody=true HTTP/1.1\r\nHost: x\r\n"
            head += f"Authorization: {_BASIC['authorization']}\r\nContent-Length: 9999999\r\n\r\n"
            slow.sendall(head.encode() + b"half" * 100_000)
            time.sleep(0.2)
            process.kill()
            process.wait(20)
    with xnat_emulator.start(data=tmp_path) as server:
        files = f"{server.url}/data/projects/P/resources/R/files"
        rows = urllib3.request("GET", f"{files}?format=json", headers=_BASIC, retries=False).json()["ResultSet"][
            "Result"
        ]
        assert [(row["Name"], row["Size"]) for row in rows] == [("kept.bin", str(len(data)))]
        assert urllib3.request("GET", f"{files}/kept.bin", headers=_BASIC, retries=False).data == data
        subjects = urllib3.request("GET", f"{server.url}/data/projects/P/subjects", headers=_BASIC, retries=False)
        assert len(subjects.json()["ResultSet"]["Result"]) == 1
    with closing(sqlite3.connect(tmp_path / "archive.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
