"""docs/quick-start.md, followed to the letter from the clone to the mistake that mypy finds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .pages import ROOT, Block, blocks, expected_output
from .quick_start import Terminal, furnish, snapshot
from .running import PORT, STATUS, free_port

PAGE = ROOT / "docs" / "quick-start.md"
SERVE = "xnat-emulator serve --demo"


class Newcomer:
    """Somebody with two terminals and an editor."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.project = project
        self.port = free_port()
        self.first, self.second = Terminal(folder), Terminal(folder)
        self.at = folder

    def adapted(self, text: str) -> str:
        """Return text of the page with the address of the project, and with a free port where 8080 is taken."""
        text = text.replace("git clone ADDRESS", f"git clone {self.project}")
        if self.port != PORT:
            text = text.replace(SERVE, f"{SERVE} --port {self.port}").replace(f":{PORT}", f":{self.port}")
        return text

    def follow(self, block: Block, expected: str | None) -> None:
        text = self.adapted(block.text)
        if block.file:
            (self.at / block.file).write_text(text, encoding="utf-8")
        elif SERVE in text:
            self.second.type(text)
            assert self.second.read_to("ready ")[1] == f"ready http://127.0.0.1:{self.port}"
        else:
            written = "".join(self.run(line) for line in text.splitlines())
            assert expected in {None, written}, written

    def run(self, line: str) -> str:
        told = STATUS.search(line)
        written, status, self.at = self.first.run(line)
        assert status == (int(told[1]) if told else 0), f"{line}\n{written}"
        if line == "cd xnat-sdk" and not os.environ.get("QUICK_START_INSTALLS"):
            furnish(self.at)
        if line == "make demo":
            assert written.splitlines()[-1].startswith("demo finished in ")
        return written


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    desk = tmp_path / "desk"
    desk.mkdir()
    newcomer = Newcomer(desk, snapshot(tmp_path / "project"))
    yield newcomer
    newcomer.first.close()
    newcomer.second.close()


def test_the_page_works_as_it_stands(newcomer: Newcomer):
    found = blocks(PAGE)
    followed = [block for block in found if block.language in {"sh", "python"}]
    assert [block.file for block in followed if block.file] == ["first.py", "second.py"]
    assert all(block.file for block in followed if block.language == "python")
    for block in followed:
        newcomer.follow(block, expected_output(found[found.index(block) + 1 :], block))
    assert len(list((newcomer.at / "images").rglob("*.dcm"))) > 1
