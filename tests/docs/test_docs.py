"""README.md and docs/*.md, run as they stand: what a page tells a reader to do works, in that order.

Per page, in a folder of its own and against a demo server of its own:

- ``python`` blocks run in one namespace that holds ``server``, ``user`` and ``password``; test_page_types.py has them
  checked for types;
- a ``text`` block right below one of them, or below a ``sh`` block, is what it prints;
- a block below a line that ends with a file's name in backticks and a colon is saved under that name;
- the lines of ``sh`` blocks run in a shell, except the commands of `running.CHECKED`, which are compared with what the
  project has.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Mode

from .pages import PAGES, ROOT, Block, blocks, sections
from .running import execute, run_commands, run_page, settings_of, variables_of

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
# Page -> a folder that the reader has at hand, filled with the stock schemas.
SCHEMA_FOLDERS = {"generating.md": "site"}
# Page -> the plugins that its server has.
WITH_PLUGINS = {"containers.md": ("containers",), "pipelines.md": ("containers",)}
# Pages whose commands find the demo server and its login in the environment.
WITH_VARIABLES = {"clusters.md", "pipelines.md", "tutorial.md", "your-site.md"}
# Pages that a test of their own follows.
FOLLOWED_ELSEWHERE = {"quick-start.md"}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in FOLLOWED_ELSEWHERE], ids=lambda page: page.name
)
def test_page_does_what_it_says(page: Path, tmp_path: Path, desk: None):
    if page.name in SCHEMA_FOLDERS:
        shutil.copytree(ROOT / "schemas", tmp_path / SCHEMA_FOLDERS[page.name])
    with xnat_emulator.start(demo=True, mode=Mode(plugins=WITH_PLUGINS.get(page.name, ()))) as demo:
        variables = variables_of(demo) if page.name in WITH_VARIABLES else {}
        done = run_page(page, tmp_path, {"__name__": page.stem, **settings_of(demo)}, variables)
    assert done == len([block for block in blocks(page) if block.language in {"python", "sh"} or block.file])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path):
    # The data dictionary is written when the site is built; its links are looked at there.
    targets = [one for one in LINK.findall(page.read_text(encoding="utf-8")) if not one.startswith("dictionary/")]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_blocks_are_found_with_language_file_and_line(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# T\n\nSave `a/b.py`:\n\n```python\nx = 1\n```\n\n```sh\nmake test\n```\n", encoding="utf-8")
    assert blocks(page) == [Block("python", "a/b.py", 6, "x = 1\n", 7), Block("sh", "", 10, "make test\n", 11)]


def test_blocks_know_their_section_and_their_mark(tmp_path: Path):
    page = tmp_path / "page.md"
    python = '```python title="Untyped"\n## no heading\n```\n'
    page.write_text(f"# T\n\n## One\n\n{python}\n{python}\n### Two\n\n{python}", encoding="utf-8")
    assert [(block.section, block.is_untyped) for block in blocks(page)] == [
        ("One", True),
        ("One", True),
        ("Two", True),
    ]
    assert sections(page) == ["One", "Two"]


def test_traceback_names_the_line_of_the_page(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# T\n\n```python\nx = 1\nassert x == 2\n```\n", encoding="utf-8")
    (block,) = blocks(page)
    with pytest.raises(AssertionError) as caught:
        execute(block, page, {})
    assert caught.traceback[-1].lineno + 1 == 5


def test_wrong_output_unknown_command_and_missing_target_are_reported(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text('# T\n\n```python\nprint("a")\n```\n\n```text\nb\n```\n', encoding="utf-8")
    with pytest.raises(AssertionError, match=r"page\.md:4 printed"):
        run_page(page, tmp_path, {})
    with pytest.raises(AssertionError, match="does not know 'curl'"):
        run_commands(Block("sh", "", 1, "curl x\n", 2), tmp_path)
    with pytest.raises(AssertionError):
        run_commands(Block("sh", "", 1, "make nothing-of-the-kind\n", 2), tmp_path)
    with pytest.raises(AssertionError):
        run_commands(Block("sh", "", 1, "pip install 'xnat-sdk[unheard]'\n", 2), tmp_path)
