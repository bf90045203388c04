"""Tables and pictures on docs/gallery.md are what its code shows; XNAT_RECORD_GALLERY=1 writes them anew."""

from __future__ import annotations

import ast
import io
import os
import re
from typing import cast

from PIL import Image

import xnat_emulator
from xnat_emulator import Emulator
from xnat_runtime.preview import Preview
from xnat_sdk import XnatSession
from xnat_sdk.notebook import Shown

from .pages import FENCE, ROOT, Block, blocks
from .running import settings_of

PAGE = ROOT / "docs" / "gallery.md"
TABLE = re.compile(r"\n(<div .*?\n</div>\n)", re.DOTALL)
PICTURE = re.compile(r"\]\((pictures/[\w-]+\.png)\)")
RECORD = bool(os.environ.get("XNAT_RECORD_GALLERY"))


def shown_by(block: Block, namespace: dict[str, object]) -> object:
    """Run a block as a notebook does: what its last line comes to is returned."""
    tree = ast.parse(block.text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(PAGE), "exec"), namespace)
    return None if last is None else eval(compile(ast.Expression(last.value), str(PAGE), "eval"), namespace)


def looks(demo: Emulator) -> list[object]:
    """Return what each python block of the page shows."""
    namespace = settings_of(demo)
    try:
        return [shown_by(block, namespace) for block in blocks(PAGE) if block.is_python]
    finally:
        cast("XnatSession", namespace["connection"]).close()


def written(page: str, tables: list[str | None]) -> str:
    """Return a page with the tables below its python blocks, in place of those that are there."""
    below = iter(tables)

    def with_table(fence: re.Match[str]) -> str:
        table = next(below) if fence["language"] == "python" else None
        return fence[0] + (f"\n\n{table}" if table else "")

    return FENCE.sub(with_table, TABLE.sub("", page))


def pixels(png: bytes) -> tuple[tuple[int, int], bytes]:
    """Return what a picture shows: its file can differ with the version of the compressor."""
    with Image.open(io.BytesIO(png)) as image:
        return image.size, image.convert("RGB").tobytes()


def test_what_the_page_shows_is_what_the_code_shows(desk: None):
    with xnat_emulator.start(demo=True) as demo:
        found = looks(demo)
        place = demo.url
    tables = [one.html.replace(place, "https://xnat.example.org") if isinstance(one, Shown) else None for one in found]
    drawn = [one.png for one in found if isinstance(one, Preview)]
    page = PAGE.read_text(encoding="utf-8")
    pictures = [PAGE.parent / name for name in PICTURE.findall(page)]
    if RECORD:
        PAGE.write_text(page := written(page, tables), encoding="utf-8")
        for picture, png in zip(pictures, drawn, strict=True):
            picture.parent.mkdir(exist_ok=True)
            picture.write_bytes(png)
    assert len([table for table in tables if table]) >= 10
    assert page == written(page, tables)
    assert [pixels(picture.read_bytes()) for picture in pictures] == [pixels(png) for png in drawn]


def test_recorded_tables_hold_no_more_than_a_reader_needs():
    tables = TABLE.findall(PAGE.read_text(encoding="utf-8"))
    assert all(len(table) < 8_000 for table in tables)
    hidden = [table for table in tables if "identifying=True" in table]
    assert len(hidden) >= 3
    assert not [table for table in hidden if re.search(r"1980-01-31|healthy|test001\^Demo", table)]
