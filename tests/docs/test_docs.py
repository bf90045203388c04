"""README.md and docs/*.md, run as they stand: what a page tells a reader to do works, in that order.

Per page, in a folder of its own and against a demo server of its own:

- ``python`` blocks run in one namespace that holds ``server``, ``user`` and ``password``; they pass ``mypy --strict``;
- a ``text`` block right below one of them is what it prints;
- a block below a line that ends with a file's name in backticks and a colon is saved under that name;
- the lines of ``sh`` blocks run in a shell, except those of `CHECKED`, which are compared with what the project has.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import xnat_emulator

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = Path(sys.executable).parent
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"`([\w./-]+\.\w+)`:$")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
PRELUDE = 'server: str = ""; user: str = ""; password: str = ""'
# Page -> a folder that the reader has at hand, filled with the stock schemas.
SCHEMA_FOLDERS = {"generating.md": "site"}
RUN = {"mypy", "pytest", "python", "xnat-codegen", "xnat-emulator"}
CHECKED = {"cd", "git", "make", "pip"}


class Block(NamedTuple):
    """One fenced block: what it is, the file it stands for, its first line's number, and where it ends."""

    language: str
    file: str
    line: int
    text: str
    end: int


def blocks(page: Path) -> list[Block]:
    source = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(source):
        before = source[: match.start()].rstrip().rpartition("\n")[2]
        name = FILE_NAME.search(before)
        line = source.count("\n", 0, match.start("text")) + 1
        end = source.count("\n", 0, match.end()) + 1
        found.append(Block(match["language"], name[1] if name else "", line, match["text"], end))
    return found


def expected_output(following: list[Block], block: Block) -> str | None:
    """Return the text block right below `block`, if there is one."""
    if following and following[0].language == "text" and following[0].line <= block.end + 4:
        return following[0].text
    return None


def execute(block: Block, page: Path, namespace: dict[str, object]) -> str:
    """Run a python block so that a traceback names the page's own line, and return what it printed."""
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code, namespace)
    return output.getvalue()


def shell_environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield (line, words without leading assignments) of a sh block; lines ending in a backslash are joined."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = line.partition(" #")[0].split()
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if words and not line.startswith("#"):
            yield line, words


def run_shell(line: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=shell_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}"


def run_server(line: str, folder: Path) -> None:
    """Start the server, wait for its ready line, and stop it."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"], cwd=folder, env=shell_environment(), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        server.terminate()
    assert ready.startswith("ready http://"), f"{line}\n{ready}"


def check_command(words: list[str]) -> None:
    """Compare a command that the test does not run with what the project has."""
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert [word for word in words[1:] if "=" not in word and word not in targets] == []
    if words[0] == "pip":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        named = re.findall(r"xnat-sdk\[([\w,]+)\]", " ".join(words))
        extras = {extra for group in named for extra in group.split(",")}
        assert extras <= set(project["optional-dependencies"])


def run_commands(block: Block, folder: Path) -> None:
    for line, words in commands(block):
        if words[0] in CHECKED:
            check_command(words)
        elif words[:2] == ["xnat-emulator", "serve"]:
            run_server(line, folder)
        else:
            assert words[0] in RUN, f"the documentation test does not know {words[0]!r}"
            run_shell(line, folder)


def run_page(page: Path, folder: Path, namespace: dict[str, object]) -> int:
    """Do what the page says; return the number of blocks that were run, saved or compared."""
    found = blocks(page)
    done = 0
    for position, block in enumerate(found):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            printed = execute(block, page, namespace)
            expected = expected_output(found[position + 1 :], block)
            assert expected is None or printed == expected, f"{page.name}:{block.line} printed\n{printed}"
        elif block.language == "sh":
            run_commands(block, folder)
        else:
            continue
        done += 1
    return done


def only_python(page: Path) -> str:
    """Return the page's python blocks on the lines where they stand, everything else blanked."""
    lines = [""] * (page.read_text(encoding="utf-8").count("\n") + 1)
    for block in blocks(page):
        if block.language == "python" and not block.file:
            for offset, text in enumerate(block.text.splitlines()):
                lines[block.line - 1 + offset] = text
    lines[0] = PRELUDE
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_does_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    if page.name in SCHEMA_FOLDERS:
        shutil.copytree(ROOT / "schemas", tmp_path / SCHEMA_FOLDERS[page.name])
    with xnat_emulator.start(demo=True) as demo:
        settings = {"server": demo.url, "user": demo.user, "password": demo.password}
        done = run_page(page, tmp_path, {"__name__": page.stem, **settings})
    assert done == len([block for block in blocks(page) if block.language in {"python", "sh"} or block.file])


def test_python_of_all_pages_passes_mypy_strict(tmp_path: Path):
    names = {}
    for page in PAGES:
        module = f"page_{page.stem.lower().replace('-', '_')}.py"
        names[module] = page.relative_to(ROOT).as_posix()
        (tmp_path / module).write_text(only_python(page), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml"]
    cache = ["--cache-dir", ROOT / ".mypy_cache" / "docs", "--disable-error-code", "empty-body"]
    done = subprocess.run(
        [*command, *cache, *sorted(names)],
        cwd=tmp_path,
        env=os.environ
        | {"MYPYPATH": os.pathsep.join(str(ROOT / room) for room in ("generated", "runtime", "emulator"))},
        capture_output=True,
        check=False,
        text=True,
    )
    report = done.stdout
    for module, name in names.items():
        report = report.replace(module, name)
    assert done.returncode == 0, report + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_index_links_every_page():
    linked = set(LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf-8")))
    assert {page.name for page in PAGES[1:]} - {"index.md"} <= linked


def test_blocks_are_found_with_language_file_and_line(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# T\n\nSave `a/b.py`:\n\n```python\nx = 1\n```\n\n```sh\nmake test\n```\n", encoding="utf-8")
    assert blocks(page) == [Block("python", "a/b.py", 6, "x = 1\n", 7), Block("sh", "", 10, "make test\n", 11)]


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
