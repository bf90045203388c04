"""docs/migrating.md against the clients it is about: no name in its tables is made up, none of theirs is left out."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator
import xnat_sdk
import xnat_sdk.exceptions
import xnat_sdk.search
from xnat_runtime.accounts import User
from xnat_runtime.custom_variables import CustomVariableGroup, CustomVariableMap
from xnat_runtime.import_parameters import ImportParameters
from xnat_runtime.plugins import Plugin, Plugins
from xnat_runtime.prearchive import Prearchive
from xnat_runtime.query import QueryField
from xnat_runtime.saved_searches import SavedSearch, SavedSearches
from xnat_runtime.services import Services, TokenResult
from xnat_runtime.site_users import SiteUsers
from xnat_runtime.tokens import Tokens
from xnat_runtime.xnatpy_options import XnatpyOptions
from xnat_sdk import models

from .migration import CLIENTS, PAGE, Name, Row, rows_of
from .pages import Block, blocks, expected_output

HERE = Path(__file__).parent
PEERS = Path(os.environ.get("XNAT_PEERS") or HERE.parents[1] / ".venv-peers")
REQUEST = re.compile(r"`(connection\.(?:get|get_json|head)\([^`]+)`")
ROOTS: dict[str, object] = {
    "connection": xnat_sdk.XnatSession,
    "object": models.ProjectData,
    "listing": xnat_sdk.Listing,
    "project": models.ProjectData,
    "subject": models.SubjectData,
    "experiment": models.ExperimentData,
    "imaging": models.ImageSessionData,
    "scan": models.MrScanData,
    "assessor": models.ImageAssessorData,
    "reconstruction": models.ReconstructedImageData,
    "resource": models.ResourceCatalog,
    "file": models.FileData,
    "models": models,
    "SubjectData": models.SubjectData,
    "custom_variables": CustomVariableMap,
    "group": CustomVariableGroup,
    "services": Services,
    "token": TokenResult,
    "tokens": Tokens,
    "inbox": xnat_sdk.DicomBoxImportRequest,
    "prearchive": Prearchive,
    "received": xnat_sdk.PrearchiveSession,
    "received_scan": xnat_sdk.PrearchiveScan,
    "received_resource": xnat_sdk.PrearchiveResource,
    "received_file": xnat_sdk.PrearchiveFile,
    "users": SiteUsers,
    "user": User,
    "plugins": Plugins,
    "plugin": Plugin,
    "saved_searches": SavedSearches,
    "saved_search": SavedSearch,
    "query": xnat_sdk.Query,
    "field": QueryField,
    "search": xnat_sdk.search,
    "exceptions": xnat_sdk.exceptions,
}
FURTHER: dict[str, type] = {"Unpack[ImportParameters]": ImportParameters, "Unpack[XnatpyOptions]": XnatpyOptions}
"""Annotation of ``**parameters`` -> the keywords that it stands for."""


def resolve(path: str) -> object:
    """Return what a name of the right-hand column stands for; AttributeError when there is none."""
    first, *rest = path.split(".")
    found = ROOTS[first] if first in ROOTS else getattr(xnat_sdk, first)
    for part in rest:
        found = getattr(found, part)
    return found


def takes(function: object, parameter: str) -> bool:
    assert callable(function)
    parameters = inspect.signature(function).parameters
    further = [one.annotation for one in parameters.values() if one.kind is one.VAR_KEYWORD]
    return parameter in parameters or any(parameter in FURTHER[one].__annotations__ for one in further)


def is_here(name: Name) -> bool:
    try:
        found = resolve(name.path)
    except AttributeError:
        return False
    return not name.parameter or takes(found, name.parameter)


def every_row() -> Iterator[Row]:
    for client in CLIENTS:
        yield from rows_of(client)


def test_every_name_on_the_right_exists_here():
    wrong = [f"{PAGE.name}:{row.line} {name.path}" for row in every_row() for name in row.here if not is_here(name)]
    assert wrong == []


def test_a_name_without_counterpart_comes_with_the_way_around():
    assert [row.line for row in every_row() if not row.here and not row.note] == []


def run(client: str, script: str, arguments: list[str], given: object, folder: Path) -> Any:  # Any: JSON
    """Run a script by the client's own interpreter, and return what it printed last."""
    python = PEERS / client / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no environment with {client}: {python} does not exist; XNAT_PEERS names the folder that holds it")
    done = subprocess.run(
        [str(python), str(HERE / "peers" / script), *arguments],
        input=json.dumps(given),
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_requests_that_stand_in_for_a_name_are_answered():
    asked = [code for row in every_row() if not row.here for code in REQUEST.findall(row.note)]
    with xnat_emulator.start(demo=True) as demo, xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        item = connection.projects["sandbox"].subjects["test001"]
        names = {"connection": connection, "object": item, "file": connection.projects["sandbox"].files[0]}
        for code in asked:
            assert eval(code.replace("/P/", "/sandbox/"), dict(names)) is not None, code
    assert len(asked) > 10


@pytest.mark.parametrize("client", CLIENTS)
def test_tables_have_every_public_name_of_the_client_and_no_other(client: str, tmp_path: Path):
    named = [name for row in rows_of(client) for name in row.there]
    with xnat_emulator.start(demo=True) as demo:
        answer = run(client, f"{client}_names.py", [demo.url, demo.user, demo.password], named, tmp_path)
    assert (answer["missing"], answer["unnamed"]) == ([], [])
    if client == "xnatpy":
        assert list(unnamed_arguments(answer["arguments"], set(named))) == []


def unnamed_arguments(arguments: dict[str, list[str]], named: set[Name]) -> Iterator[str]:
    """Yield the arguments of functions of the same name that are neither here nor in the tables."""
    for path, taken in arguments.items():
        try:
            found = resolve(path)
        except AttributeError:
            continue
        if callable(found):
            yield from (f"{path}({one}=)" for one in taken if not takes(found, one) and Name(path, one) not in named)


@pytest.mark.parametrize("client", CLIENTS)
def test_recipes_of_the_client_print_what_ours_print(client: str, tmp_path: Path):
    recipes = list(recipes_of(client))
    with xnat_emulator.start(demo=True) as demo:
        login = [client, demo.url, demo.user, demo.password]
        printed = run(client, "recipes.py", login, [block.text for block, _ in recipes], tmp_path)
    assert printed == [expected for _, expected in recipes]


def recipes_of(client: str) -> Iterator[tuple[Block, str]]:
    """Yield the client's blocks of the page, each with what is printed by it and by the block of ours that follows."""
    start = PAGE.read_text(encoding="utf-8").partition("\n## From pyxnat\n")[0].count("\n")
    found = blocks(PAGE)
    for position, block in enumerate(found):
        if block.language == "py" and (client == "pyxnat") == (block.line > start):
            ours, *after = found[position + 1 :]
            expected = expected_output(after, ours)
            assert ours.is_python, f"{PAGE.name}:{block.line} has no counterpart"
            assert expected is not None, f"{PAGE.name}:{ours.line} is not followed by what it prints"
            yield block, expected


def test_made_up_names_are_found():
    assert not is_here(Name("connection.get_jason", ""))
    assert not is_here(Name("connection.get", "retries"))
    assert is_here(Name("services.import_", "trigger_pipelines"))
