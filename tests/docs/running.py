"""Does what blocks of a page say: runs python and commands, saves files, compares what is printed."""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from xnat_emulator import Emulator

from .pages import ROOT, Block, blocks, expected_output

PROGRAMS = Path(sys.executable).parent
RUN = {"mypy", "pytest", "python", "xnat-codegen", "xnat-emulator"}
PORT = 8080
CHECKED = {"cd", "export", "git", "make", "pip", "xnat-sdk"}
STATUS = re.compile(r"# ends with status (\d)$")
Variables: TypeAlias = Mapping[str, str]


def settings_of(demo: Emulator) -> dict[str, object]:
    """Returns what python blocks find in their namespace."""
    return {"server": demo.url, "user": demo.user, "password": demo.password}


def variables_of(demo: Emulator) -> dict[str, str]:
    """Returns what commands find in their environment."""
    return {"XNAT_HOST": demo.url, "XNAT_USER": demo.user, "XNAT_PASS": demo.password}


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


def run_shell(line: str, folder: Path, variables: Variables = MappingProxyType({})) -> str:
    """Run a line, see that it ends with status 0, or as its comment says, and return what it wrote."""
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**shell_environment(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=300,
    )
    told = STATUS.search(line)
    assert done.returncode == (int(told[1]) if told else 0), f"{line}\n{done.stdout}"
    return done.stdout


def free_port() -> int:
    """Return the port that pages name, or another one when somebody has it."""
    for port in (PORT, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise AssertionError("no free port")


def run_server(line: str, folder: Path) -> None:
    """Start the server, wait for its ready line, and stop it."""
    line = line.replace(f"--port {PORT}", f"--port {free_port()}")
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


def run_commands(block: Block, folder: Path, variables: Variables = MappingProxyType({})) -> str:
    """Run or check the commands of a block, and return what those that are not servers wrote."""
    written = ""
    for line, words in commands(block):
        if words[0] in CHECKED:
            check_command(words)
        elif words[:2] == ["xnat-emulator", "serve"]:
            run_server(line, folder)
        else:
            assert words[0] in RUN, f"the documentation test does not know {words[0]!r}"
            written += run_shell(line, folder, variables)
    return written


def run_blocks(
    chosen: Sequence[Block],
    page: Path,
    folder: Path,
    namespace: dict[str, object],
    variables: Variables = MappingProxyType({}),
) -> int:
    """Do what blocks of a page say; return the number of blocks that were run, saved or compared.

    Args:
        chosen: The blocks, in the page's order.
        page: The page that they are of.
        folder: Where files are saved and commands run.
        namespace: What python blocks see and leave behind.
        variables: What commands find in their environment, beside the usual.
    """
    found = blocks(page)
    done = 0
    for block in chosen:
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language in {"python", "sh"}:
            run = execute(block, page, namespace) if block.is_python else run_commands(block, folder, variables)
            expected = expected_output(found[found.index(block) + 1 :], block)
            assert expected is None or run == expected, f"{page.name}:{block.line} printed\n{run}"
        else:
            continue
        done += 1
    return done


def run_page(
    page: Path, folder: Path, namespace: dict[str, object], variables: Variables = MappingProxyType({})
) -> int:
    return run_blocks(blocks(page), page, folder, namespace, variables)
