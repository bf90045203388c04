"""The terminal text of the pages is what a terminal shows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Mode, Slow

from .console import BLOCK, RECORD, Walk, comparable, steps, wants_recording
from .screen import environment

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if BLOCK.search(page.read_text(encoding="utf-8"))]


@contextmanager
def slow_server() -> Iterator[dict[str, str]]:
    """Yields the environment that leads to a demo server which sends some hundred kilobytes a second."""
    mode = Mode(slow=Slow(request_ms=0, archive_ms=0, bytes_per_second=700_000))
    with xnat_emulator.start(demo=True, mode=mode) as server:
        yield {"XNAT_HOST": server.url, "XNAT_USER": server.user, "XNAT_PASS": server.password}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_console_blocks_show_what_a_terminal_shows(page):
    written = page.read_text(encoding="utf-8")
    # A short path, as people's homes have, so that lines break where theirs do.
    with xnat_emulator.start(demo=True) as demo, tempfile.TemporaryDirectory(prefix="") as home:
        folder = Path(home) / "work"
        folder.mkdir()
        today = Walk(demo.url, environment(Path(home)), folder, slow_server).replay(written)
    if wants_recording():
        page.write_text(today, encoding="utf-8")
        return
    assert today == written, f"{RECORD}=1 pytest {Path(__file__).name} writes the page anew"


def test_command_line_page_is_walked():
    assert "cli" in {page.stem for page in PAGES}


def test_texts_differ_when_the_command_shows_something_else(tmp_path):
    walk = Walk("http://127.0.0.1:1", environment(tmp_path), tmp_path)
    page = "```console\n$ echo one\none\n$ echo two\nthree\n```\n"
    assert walk.replay(page) == "```console\n$ echo one\none\n$ echo two\ntwo\n```\n"


def test_answers_are_typed_at_prompts(tmp_path):
    walk = Walk("http://127.0.0.1:1", environment(tmp_path), tmp_path)
    page = '<!-- typed: ada -->\n```console\n$ read -p "Name: " NAME; echo "Hello $NAME"\n```\n'
    assert walk.replay(page).endswith("Name: ada\nHello ada\n```\n")


def test_files_of_the_page_are_saved(tmp_path):
    walk = Walk("http://127.0.0.1:1", environment(tmp_path), tmp_path)
    page = "Save this as `a.csv`:\n\n```csv\nlabel\n```\n\n```console\n$ cat a.csv\nlabel\n```\n"
    assert walk.replay(page) == page
    assert walk.replay(page.replace("csv\nlabel\n", "csv\nid\n")).endswith("$ cat a.csv\nid\n```\n")


def test_address_of_the_server_keeps_columns_in_line(tmp_path):
    walk = Walk("http://127.0.0.1:12345", environment(tmp_path), tmp_path)
    line = "echo 'a  http://127.0.0.1:12345    b'; echo 'at http://127.0.0.1:12345 now'"
    page = walk.replay(f"```console\n$ {line}\n```\n")
    assert page.endswith("a  https://xnat.example.org  b\nat https://xnat.example.org now\n```\n")


def test_what_varies_is_not_compared():
    assert comparable("read at 2026-11-23 01:02:03, 12.3 MB/s") == comparable("read at 2025-01-02 03:04:05, 7.1 kB/s")
    assert comparable("all (0 done) ━━━━╸━━━ 2.1/4.0 MB") == comparable("all (0 done) ━━━╸━━ 2.6/4.0 MB")
    assert comparable("2 files") != comparable("3 files")
    assert comparable("━━━━ 2.1/4.0 MB") != comparable("━━━━ 2.1/5.0 MB")


def test_steps_of_a_block():
    assert steps("$ a\nb\nc\n$ d\n") == [("a", "b\nc\n"), ("d", "")]
