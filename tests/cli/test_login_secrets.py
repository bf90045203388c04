"""Passwords in no list of processes, log, record or file but the one that is meant for them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import xnat_emulator

from .conftest import HOSPITAL_PASSWORD
from .test_login import kept_texts

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no list of processes to read")


def of_processes(pid: int) -> bytes:
    """Returns words and environment of a process and of all below it."""
    folder = Path(f"/proc/{pid}")
    found = folder.joinpath("cmdline").read_bytes() + folder.joinpath("environ").read_bytes()
    below = (folder / "task" / str(pid) / "children").read_text().split()
    return found + b"".join(of_processes(int(each)) for each in below)


def test_a_running_login_shows_no_password(stranger):
    with xnat_emulator.start(user="ada", password=HOSPITAL_PASSWORD, latency_ms=300) as server:
        terminal = stranger.terminal("login", server.url, "--user", "ada", "--issue-token", "--log-file", "l.jsonl")
        terminal.wait_for("Password: ")
        seen = of_processes(terminal._process.pid)
        terminal.type(HOSPITAL_PASSWORD)
        looks = 0
        while len(server.requests) < 3:
            seen += of_processes(terminal._process.pid)
            looks += 1
            time.sleep(0.05)
        assert terminal.end() == 0
    secret = (stranger.home / ".netrc").read_text().split()[-1]
    assert looks > 5
    assert b"login" in seen
    assert HOSPITAL_PASSWORD.encode() not in seen
    assert secret.encode() not in seen
    log = (stranger.folder / "l.jsonl").read_text()
    for each in (HOSPITAL_PASSWORD, secret):
        assert each not in log + terminal.screen
    assert HOSPITAL_PASSWORD not in kept_texts(stranger)


def test_a_running_command_shows_no_password_that_is_kept(stranger):
    with xnat_emulator.start(user="ada", password=HOSPITAL_PASSWORD, latency_ms=200) as server:
        done = stranger.run(
            "login", server.url, "--user", "ada", "--password-stdin", "--json", stdin=f"{HOSPITAL_PASSWORD}\n"
        )
        assert HOSPITAL_PASSWORD not in done.out + done.err
        before = len(server.requests)
        terminal = stranger.terminal("whoami", "--verbose", "--log-file", "w.jsonl")
        seen = b""
        while len(server.requests) < before + 2:
            seen += of_processes(terminal._process.pid)
            time.sleep(0.05)
        assert terminal.end() == 0
    assert b"whoami" in seen
    assert HOSPITAL_PASSWORD.encode() not in seen + terminal.raw
    assert HOSPITAL_PASSWORD not in (stranger.folder / "w.jsonl").read_text()


def test_files_are_private_from_the_start(stranger, hospital):
    stranger.run("login", hospital.url, "--user", "ada", "--password-stdin", stdin=f"{HOSPITAL_PASSWORD}\n")
    stranger.run("profile", "add", "clinic", hospital.url)
    settings = stranger.home / ".config" / "xnat-sdk"
    for path in (stranger.home / ".netrc", settings / "logins.toml", settings / "profiles.toml"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert settings.stat().st_mode & 0o077 == 0
    left = [name for _, _, names in os.walk(stranger.home) for name in names]
    assert sorted(left) == [".netrc", "logins.toml", "profiles.toml"], "no probe, no lock, no temporary file"
