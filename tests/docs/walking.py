"""Working through sections of docs/tutorial.md, and looking at what that did."""

from __future__ import annotations

import ast
import zipfile
from collections import Counter
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

import pytest

import xnat_emulator
import xnat_sdk as xnat
from xnat_runtime import transport

from .pages import ROOT, Block, blocks
from .running import run_blocks, settings_of, variables_of

PAGE = ROOT / "docs" / "tutorial.md"
OPENING = ("Installation", "The connection of this page")
EXPLORING = (*OPENING, "Exploring your XNAT server")

# Section -> how many python blocks it has; a block that is taken out or added is noticed here.
SECTIONS = {
    "The REST API of XNAT": 1,
    "Installation": 1,
    "Connecting to a server": 2,
    "Credentials": 3,
    "Self-closing connections": 1,
    "The connection of this page": 1,
    "Low level REST directives": 6,
    "Exploring your XNAT server": 5,
    "Looping over data": 1,
    "Selecting an object based on its URI": 2,
    "Downloading data": 4,
    "Custom variables": 3,
    "Getting external URLs of an object": 1,
    "Importing data into XNAT": 3,
    "Prearchive": 4,
    "Searching": 5,
    "Object creation": 3,
    "Accessing files as local files": 4,
    "Accessing DICOM headers of a scan": 2,
    "Re-using a JSESSION": 2,
    "Example scripts": 0,
}


class Sent(NamedTuple):
    """One request."""

    method: str
    path: str


class Walk:
    """Somebody who works through sections of the tutorial."""

    def __init__(self, demo: xnat_emulator.Emulator, folder: Path) -> None:
        self.demo = demo
        self.folder = folder
        self.namespace: dict[str, object] = {"__name__": "tutorial", **settings_of(demo)}

    def through(self, *names: str) -> list[Sent]:
        """Does what sections say, and returns the requests that this made."""
        start = len(self.demo.requests)
        for name in names:
            chosen = blocks_of(name)
            done = run_blocks(chosen, PAGE, self.folder, self.namespace, variables_of(self.demo))
            assert done == sum(block.language in {"python", "sh"} or bool(block.file) for block in chosen)
        return self.sent(start)

    def sent(self, start: int = 0) -> list[Sent]:
        return [Sent(record.method, record.path) for record in list(self.demo.requests)[start:]]

    def fresh(self) -> xnat.XnatSession:
        """Returns another connection, which knows nothing of what the page's has loaded."""
        return xnat.connect(self.demo.url, self.demo.user, self.demo.password)


def blocks_of(section: str) -> list[Block]:
    found = [block for block in blocks(PAGE) if block.section == section]
    assert found, f"the tutorial has no section {section!r}, or nothing in it"
    assert sum(block.is_python for block in found) == SECTIONS[section], f"section {section!r} has other blocks"
    return found


def used(*names: str) -> set[str]:
    """Returns the names of attributes and keyword arguments in the python of sections."""
    trees = [ast.parse(block.text) for name in names for block in blocks_of(name) if block.is_python]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}


def paths(sent: list[Sent], method: str) -> list[str]:
    return [each.path for each in sent if each.method == method]


def logins(sent: list[Sent]) -> int:
    return paths(sent, "PUT").count("/data/services/auth")


def logouts(sent: list[Sent]) -> int:
    return paths(sent, "DELETE").count("/data/JSESSION")


def operators(name: str) -> set[type[ast.AST]]:
    nodes = [node for block in blocks_of(name) if block.is_python for node in ast.walk(ast.parse(block.text))]
    return {type(node) for node in nodes if isinstance(node, ast.cmpop | ast.operator)}


def digests(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): md5(path.read_bytes()).hexdigest() for path in found}


def dicom_digests(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {md5(archive.read(name)).hexdigest() for name in archive.namelist() if name.endswith(".dcm")}


def count_bytes(monkeypatch: pytest.MonkeyPatch, ending: str) -> dict[int, int]:
    """Returns a mapping that will hold the bytes that each answer gave whose path has this ending."""
    travelled: Counter[int] = Counter()
    seen: list[transport.Response] = []  # so that no id is used twice
    original = transport.Response.read

    def counting(self: transport.Response, size: int = transport.MIB) -> bytes:
        piece = original(self, size)
        if self.url.endswith(ending):
            seen.append(self)
            travelled[id(self)] += len(piece)
        return piece

    monkeypatch.setattr(transport.Response, "read", counting)
    return travelled
