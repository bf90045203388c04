"""Progress bars: seen half-way, gone at the end, and after Ctrl+C."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Fault, Mode, Slow, faults

from .screen import Desk

SHOW_CURSOR = b"\x1b[?25h"
HIDE_CURSOR = b"\x1b[?25l"


@pytest.fixture
def slow() -> Iterator[xnat_emulator.Emulator]:
    """A server that sends about a megabyte a second."""
    mode = Mode(slow=Slow(request_ms=0, archive_ms=0, bytes_per_second=1_200_000))
    with xnat_emulator.start(mode=mode) as server:
        imaging = server.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=1)
        imaging.resource("BIG", {f"part{number}.bin": bytes([number]) * 1_000_000 for number in range(6)})
        yield server


@pytest.fixture
def waiting(stranger: Desk, slow: xnat_emulator.Emulator) -> Desk:
    return stranger.logged_in(slow.url, slow.user, slow.password)


def whole(folder: Path) -> list[str]:
    """Returns the files below a folder that have their final names."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def test_a_bar_shows_bytes_speed_and_what_is_on_its_way_and_is_gone_at_the_end(waiting):
    terminal = waiting.terminal("download", "P/S/E/resources/BIG", "--to", "data")
    terminal.wait_for("MB/s")
    terminal.wait_for("BIG/files")
    half_way = terminal.screen
    assert "all (" in half_way
    assert "BIG/files" in half_way
    assert "/6.0 MB" in half_way
    assert "0:00:0" in half_way, "the time left"
    assert terminal.end() == 0
    assert "MB/s" not in terminal.screen
    assert "6 files downloaded (6.0 MB)" in terminal.screen
    assert terminal.raw.rfind(SHOW_CURSOR) > terminal.raw.rfind(HIDE_CURSOR)


def test_bars_keep_to_a_line_each_in_a_narrow_window(waiting):
    terminal = waiting.terminal("download", "P/S/E/resources/BIG", "--to", "data", width=60)
    terminal.wait_for("MB/s")
    terminal.wait_for("files")
    first, second = [line for line in terminal.screen.splitlines() if line]
    assert first.startswith("all (0 done)")
    assert second.startswith("...")
    terminal.press("c")
    assert terminal.end() == 7


def test_ctrl_c_leaves_a_clean_screen_and_nothing_unfinished_and_says_how_to_go_on(waiting):
    words = ["download", "P/S/E/resources/BIG", "--to", "data"]
    terminal = waiting.terminal(*words)
    terminal.wait_for("MB/s")
    pressed = time.monotonic()
    terminal.press("c")
    status = terminal.end()
    assert time.monotonic() - pressed < 2.0, "a second, and the interpreter's end on a busy machine"
    assert status == 7
    lines = [line for line in terminal.screen.splitlines() if line and line.strip() != "^C"]
    assert lines == [
        "error: stopped. Nothing unfinished is left under its name; the same command again goes on from here"
    ]
    assert terminal.raw.rfind(SHOW_CURSOR) > terminal.raw.rfind(HIDE_CURSOR)
    assert all((path.stat().st_size == 1_000_000) for path in (waiting.folder / "data").rglob("*.bin"))
    again = waiting.run(*words)
    assert again.status == 0
    assert whole(waiting.folder / "data") == ["manifest.json", *(f"part{number}.bin" for number in range(6))]


def test_ctrl_c_does_not_wait_for_a_slow_logout(stranger):
    with xnat_emulator.start() as server:
        server.build.project("P").subject("S").mr_session("E", scans=["T1"], slices=2)
        netrc = stranger.home / ".netrc"
        netrc.write_text(f"machine 127.0.0.1\nlogin {server.user}\npassword {server.password}\n", encoding="utf-8")
        netrc.chmod(0o600)
        server.faults.add(Fault(faults.Stall(seconds=4.0), "GET", "*/files*", count=None))
        server.faults.add(Fault(faults.Stall(seconds=4.0), "DELETE", "/data/JSESSION", count=None))
        terminal = stranger.terminal("download", "P/S/E", "--to", "data", XNAT_HOST=server.url)
        terminal.wait_for("all (0 done)")
        pressed = time.monotonic()
        terminal.press("c")
        assert terminal.end() == 7
        assert time.monotonic() - pressed < 2.0, "as above"


def test_ctrl_c_of_an_upload(waiting):
    (waiting.folder / "big.bin").write_bytes(b"x" * 6_000_000)
    words = ["upload", "big.bin", "P/S/E/resources/NEW"]
    terminal = waiting.terminal(*words)
    terminal.wait_for("MB/s")
    terminal.press("c")
    assert terminal.end() == 7
    assert "error: stopped." in terminal.screen
    assert "MB/s" not in terminal.screen


@pytest.mark.parametrize("words", [["--json"], ["-q"], ["--csv"]])
def test_no_bars_for_programs_even_at_a_terminal(reader, words):
    status, screen = reader.shown("download", "study/S1/S1_MR/2/NIFTI", "--to", "data", *words)
    assert status == 0
    assert "all (" not in screen
    assert HIDE_CURSOR.decode() not in screen


def test_no_bars_where_standard_error_is_no_terminal(reader):
    done = reader.run("download", "study/S1/S1_MR/2/NIFTI", "--to", "data")
    assert (done.status, done.err) == (0, "")
    assert "all (" not in done.out
