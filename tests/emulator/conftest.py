"""One server for most tests: each works in a project of its own."""

from __future__ import annotations

import base64
import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3

import xnat_emulator

ROOT = Path(__file__).resolve().parents[2]
_NUMBERS = itertools.count(1)


@dataclass
class Client:
    """Sends requests to one server, with one login, and never follows redirects."""

    emulator: xnat_emulator.Emulator
    headers: dict[str, str] = field(default_factory=dict)
    login: str = ""

    def __post_init__(self) -> None:
        self.pool = urllib3.PoolManager(retries=False)

    def request(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.pool.request(method, self.emulator.url + path, headers=headers, redirect=False, **options)

    def get(self, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self.request("GET", path, **options)

    def put(self, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self.request("PUT", path, **options)

    def post(self, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self.request("POST", path, **options)

    def delete(self, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self.request("DELETE", path, **options)

    def xml(self, method: str, path: str, document: str) -> urllib3.BaseHTTPResponse:
        return self.request(method, path, body=document.encode(), headers={"Content-Type": "text/xml"})

    def rows(self, path: str) -> list[dict[str, str]]:
        response = self.get(path)
        assert response.status == 200, response.data
        return json.loads(response.data)["ResultSet"]["Result"]

    def item(self, path: str) -> dict[str, Any]:
        response = self.get(f"{path}?format=json")
        assert response.status == 200, response.data
        return json.loads(response.data)["items"][0]

    def fields(self, path: str) -> dict[str, Any]:
        return self.item(path)["data_fields"]

    def message(self, response: urllib3.BaseHTTPResponse) -> str:
        text = response.data.decode()
        return text.partition("<h3>")[2].partition("</h3>")[0]


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def log_in(emulator: xnat_emulator.Emulator, user: str | None = None, password: str | None = None) -> Client:
    """Return a client with a session of its own, as real clients work."""
    client = Client(emulator)
    body = f"username={user or emulator.user}&password={password or emulator.password}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.put("/data/services/auth", body=body, headers=form)
    assert answer.status == 200, answer.data
    return Client(emulator, {"Cookie": f"JSESSIONID={answer.data.decode()}"})


def new_user(emulator: xnat_emulator.Emulator, login: str = "", *, roles: Sequence[str] = (), **groups: str) -> Client:
    """Return a client that is logged in with a fresh account; its login is ``client.login``, its password "secret".

    Args:
        emulator: The server.
        login: Its login, a new one by default.
        roles: Such as ``Administrator``.
        groups: Project ID -> ``owner``, ``member`` or ``collaborator``.
    """
    login = login or f"user{next(_NUMBERS):04d}"
    archive = emulator.site.archive
    with archive.transaction():
        archive.users.add(login, "secret", "First", f"Last-{login}", f"{login}@example.org")
        for role in roles:
            archive.users.grant(login, role)
        for project, grouping in groups.items():
            archive.groups.join(project, grouping, login)
    client = log_in(emulator, login, "secret")
    client.login = login
    return client


@pytest.fixture(scope="session")
def emulator() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture(scope="session")
def demo() -> Iterator[xnat_emulator.Emulator]:
    """The demo archive, for tests that only read."""
    with xnat_emulator.start(demo=True) as server:
        yield server


@pytest.fixture
def anonymous(emulator: xnat_emulator.Emulator) -> Client:
    return Client(emulator)


@pytest.fixture(scope="session")
def client(emulator: xnat_emulator.Emulator) -> Client:
    return log_in(emulator)


@pytest.fixture(scope="session")
def reader(demo: xnat_emulator.Emulator) -> Client:
    return log_in(demo)


@pytest.fixture
def make_user(emulator: xnat_emulator.Emulator) -> Callable[..., Client]:
    """Make accounts: ``make_user(P0001="member")`` gives the client of one that is logged in."""

    def make(login: str = "", **options: Any) -> Client:
        return new_user(emulator, login, **options)

    return make


@pytest.fixture
def open_site() -> Iterator[xnat_emulator.Emulator]:
    """A server that lets everybody in as guest."""
    with xnat_emulator.start(mode=xnat_emulator.Mode(require_login=False)) as server:
        yield server


@pytest.fixture
def project(client: Client) -> str:
    """The path of a fresh project."""
    path = f"/data/projects/P{next(_NUMBERS):04d}"
    assert client.put(path).status == 200
    return path


@pytest.fixture
def subject(client: Client, project: str) -> str:
    """The path of a fresh subject, by its label."""
    assert client.put(f"{project}/subjects/s1").status == 201
    return f"{project}/subjects/s1"


@pytest.fixture
def session(client: Client, subject: str) -> str:
    """The path of a fresh MR session, by its label."""
    assert client.put(f"{subject}/experiments/e1?xsiType=xnat:mrSessionData").status == 201
    return f"{subject}/experiments/e1"


@pytest.fixture
def scan(client: Client, session: str) -> str:
    """The path of a fresh MR scan."""
    assert client.put(f"{session}/scans/1?xsiType=xnat:mrScanData&type=T1%20MPRAGE").status == 200
    return f"{session}/scans/1"


@pytest.fixture
def files(client: Client, scan: str) -> str:
    """The path of the files of an empty resource."""
    assert client.put(f"{scan}/resources/DATA").status == 200
    return f"{scan}/resources/DATA/files"


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded answers, for those who have it."""
    shared = Path(os.environ.get("XNAT_SHARED", ROOT.parent / "shared"))
    folder = shared / "real-responses"
    if not folder.is_dir():
        pytest.skip(f"No recorded answers in {folder}: name their folder's parent in XNAT_SHARED")
    return folder


@pytest.fixture(scope="session")
def searcher(client: Client) -> Any:
    """Runs searches in a project with a few subjects and sessions; for tests that only read."""
    from .search_documents import Searcher, fill

    fill(client, "SEARCHED")
    return Searcher(client, "SEARCHED")


@pytest.fixture
def importer(client: Client, project: str) -> Any:
    """Imports into a fresh project."""
    from .importing import Importer

    return Importer(client, project.rpartition("/")[2])
