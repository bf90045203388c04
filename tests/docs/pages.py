"""What a page of the documentation holds, read from its Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?P<language>\w*)(?P<mark>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"`([\w./-]+\.\w+)`:$")
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
UNTYPED = 'title="Untyped"'


class Block(NamedTuple):
    """One fenced block: what it is, the file it stands for, its first line's number, and where it ends."""

    language: str
    file: str
    line: int
    text: str
    end: int
    section: str = ""
    mark: str = ""

    @property
    def is_python(self) -> bool:
        """Whether it runs in the page's namespace."""
        return self.language == "python" and not self.file

    @property
    def is_untyped(self) -> bool:
        """Whether type checkers leave it alone: it has a strictly typed twin."""
        return self.mark == UNTYPED


def sections(page: Path) -> list[str]:
    """Return the headings below the page's title."""
    return HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


def blocks(page: Path) -> list[Block]:
    source = page.read_text(encoding="utf-8")
    found = []
    section, place = "", 0
    for match in FENCE.finditer(source):
        headings = HEADING.findall(source[place : match.start()])
        section, place = headings[-1] if headings else section, match.end()
        before = source[: match.start()].rstrip().rpartition("\n")[2]
        name = FILE_NAME.search(before)
        line = source.count("\n", 0, match.start("text")) + 1
        end = source.count("\n", 0, match.end()) + 1
        file = name[1] if name else ""
        found.append(Block(match["language"], file, line, match["text"], end, section, match["mark"].strip()))
    return found


def expected_output(following: list[Block], block: Block) -> str | None:
    """Return the text block right below `block`, if there is one."""
    if following and following[0].language == "text" and following[0].line <= block.end + 4:
        return following[0].text
    return None
