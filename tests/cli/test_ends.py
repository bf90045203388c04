"""How commands end when somebody stops them, or stops reading."""

from __future__ import annotations

import subprocess
import time

import xnat_emulator

from .screen import PROGRAM


def test_ctrl_c_ends_a_running_command_and_its_login(stranger):
    with xnat_emulator.start(latency_ms=400) as server:
        environ = {"XNAT_HOST": server.url, "XNAT_USER": server.user, "XNAT_PASS": server.password}
        terminal = stranger.terminal("whoami", **environ)
        while not server.requests:
            time.sleep(0.02)
        terminal.press("c")
        begun = time.monotonic()
        assert terminal.end() == 7
        assert time.monotonic() - begun < 5
        assert [line for line in terminal.screen.splitlines() if "error" in line] == ["error: stopped"]


def test_a_reader_that_has_seen_enough_is_no_error(clerk, small):
    for number in range(200):
        small.build.project(f"P{number:03}", {"description": "x" * 500})
    words = [PROGRAM, "rest", "get", "/data/projects", "--query", "format=csv"]
    running = subprocess.Popen(
        words, env=clerk.environ, cwd=clerk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert running.stdout.read(10)
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(timeout=30) == 0
    assert small.requests[-1].method == "DELETE", "logged out all the same"
