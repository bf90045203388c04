"""Malformed requests: the server answers, nothing unplanned happens inside, and nothing is written elsewhere.

``XNAT_FUZZ_CASES`` says how many; ``make soak`` does ten thousand.
"""

from __future__ import annotations

import http.client
import logging
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import xnat_emulator

from .conftest import basic
from .fuzz_bodies import BOMB, EXTERNAL, tar_of, zip_of
from .fuzzing import Case, cases

CASES = int(os.environ.get("XNAT_FUZZ_CASES", "400"))
_SECONDS = 60


class Watch:
    """Notes what the server's threads write outside of the folders that are theirs (from the interpreter's audit)."""

    def __init__(self, *allowed: Path) -> None:
        self.on = True
        self.outside: list[str] = []
        self._allowed = tuple(str(path) for path in allowed)
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on or event not in {
            "open",
            "os.mkdir",
            "os.rename",
            "os.remove",
            "os.link",
            "os.symlink",
            "os.rmdir",
        }:
            return
        if threading.current_thread() is threading.main_thread():
            return
        if event == "open" and not self._writes(arguments[2]):
            return
        targets = [str(path) for path in arguments[: 2 if event in {"os.rename", "os.link", "os.symlink"} else 1]]
        if event in {"os.mkdir", "os.remove", "os.rmdir"}:
            targets = [str(Path(folder_of(arguments[-1])) / targets[0])]
        bad = [path for path in targets if not os.path.abspath(path).startswith(self._allowed)]  # noqa: PTH100
        self.outside += [f"{event} {path}" for path in bad if not path.isdigit() and "__pycache__" not in path]

    def _writes(self, flags: object) -> bool:
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))


def folder_of(descriptor: object) -> str:
    """Return the folder that a relative path starts from: that of a descriptor (rmtree works so), else the current."""
    if isinstance(descriptor, int) and descriptor >= 0:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    return ""


class Records(logging.Handler):
    """Keeps what the server logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


class Target:
    """A server whose archive always holds something to hit."""

    def __init__(self, server: xnat_emulator.Emulator, watch: Watch, records: Records) -> None:
        self.server, self.watch, self.records = server, watch, records
        self._number = 0
        self.statuses: Counter[int] = Counter()
        self.names: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None
        self.refill()

    def refill(self) -> None:
        """Make a new project when requests took the last one away, and an empty server when they locked us out."""
        if self.status("GET", "/data/auth") != 200:
            self.server.reset()
            self.names = {}
        if (
            self.names
            and self.status("GET", "/data/projects/{P}/subjects/{S}/experiments/{E}/scans/1/resources/DICOM") == 200
        ):
            return
        self._number += 1
        project = self.server.build.project(f"P{self._number}")
        session = project.subject("S").mr_session("E")
        session.resource("R", {"a.zip": zip_of(("inner/x.txt",)), "b.txt": b"b"})
        prearchive = self.server.site.archive.prearchive
        waiting = prearchive.add(project.id, "F", name="F", subject="S", tag=f"1.2.{self._number}", status="READY")
        self.names = {"P": project.id, "S": "S", "E": "E", "A": session.id, "RES": "R", "FILE": "a.zip"}
        self.names.update(TS=waiting.timestamp, F=waiting.folder)

    def named(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", value)
        return text

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def status(self, method: str, path: str) -> int:
        return self.send(Case(method, path, (), b""))[0]

    def send(self, case: Case) -> tuple[int, bytes]:
        """Return status and body of the answer; a request that cannot be written is not sent."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=_SECONDS)
        connection = self._connection
        path = self.named(case.path).replace(" ", "%20").replace("\r", "%0D").replace("\n", "%0A")
        body = case.body.replace(b"{P}", self.names.get("P", "").encode()) if len(case.body) < 100_000 else case.body
        connection.putrequest(case.method, path.encode("ascii", "replace").decode(), skip_accept_encoding=True)
        for name, value in (*case.headers, *basic("admin", "admin").items(), ("Content-Length", str(len(body)))):
            connection.putheader(name, value)
        try:
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError):
            self.close()
            return 0, b""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "tmp").mkdir()
    watch, records = Watch(folder), Records()
    logging.getLogger("xnat_emulator").addHandler(records)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder / "tmp")
    try:
        with xnat_emulator.start(data=folder / "data") as server:
            found = Target(server, watch, records)
            yield found
            found.close()
        assert sorted(path.name for path in folder.iterdir()) == ["data", "tmp"]
    finally:
        watch.on = False
        tempfile.tempdir = before
        logging.getLogger("xnat_emulator").removeHandler(records)


def check(target: Target, case: Case) -> int:
    status, body = target.send(case)
    assert target.records.texts == [], target.records.texts[0]
    assert list(target.server.site.crashes) == []
    assert target.watch.outside == []
    assert status in {0, *range(200, 502)}, status
    assert b"root:x:0:0" not in body
    target.statuses[status] += 1
    return status


@settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    derandomize=CASES < 1000,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
@given(case=cases())
def test_no_request_does_harm(target: Target, case: Case):
    target.records.texts.clear()
    target.server.site.crashes.clear()
    target.watch.outside.clear()
    check(target, case)
    target.refill()


@pytest.mark.parametrize("document", [BOMB, EXTERNAL], ids=["bomb", "external"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/data/projects/{P}/subjects/{S}"),
        ("POST", "/data/projects/{P}/subjects"),
        ("PUT", "/data/projects/{P}"),
        ("PUT", "/data/projects/{P}/subjects/{S}/experiments/{E}"),
        ("PUT", "/data/projects/{P}/subjects/{S}/experiments/{E}/scans/1"),
        ("POST", "/data/search"),
        ("PUT", "/data/search/saved/x"),
    ],
)
def test_entities_are_never_expanded(target: Target, method: str, path: str, document: bytes):
    status = check(target, Case(method, path, (("Content-Type", "text/xml"),), document))
    assert status != 0
    assert b"aaaaaaaaaa" not in target.send(Case("GET", "/data/projects/{P}/subjects/{S}?format=xml", (), b""))[1]
    target.refill()


@pytest.mark.parametrize(
    "data",
    [zip_of(("../../../escaped", "/escaped", "..\\escaped", "fine")), tar_of(("../../escaped", "/escaped", "fine"))],
)
@pytest.mark.parametrize(
    "path",
    [
        "/data/projects/{P}/resources/N/files/up.%s?extract=true&inbody=true",
        "/data/user/cache/resources/N/files/up.%s?extract=true&inbody=true",
    ],
)
def test_members_never_leave_the_folder(target: Target, path: str, data: bytes):
    kind = "zip" if data.startswith(b"PK") else "tar"
    check(target, Case("PUT", path % kind, (("Content-Type", "application/octet-stream"),), data))
    check(
        target,
        Case(
            "POST",
            "/data/services/import?import-handler=DICOM-zip&project={P}",
            (("Content-Type", f"application/{kind}"),),
            data,
        ),
    )
    target.refill()


def test_server_answers_after_all_that(target: Target):
    target.refill()
    assert target.status("GET", "/data/projects/{P}/subjects/{S}") == 200
    print(f"{sum(target.statuses.values())} requests: {dict(sorted(target.statuses.items()))}")
