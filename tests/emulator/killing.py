"""Writers that remember what a server acknowledged, and the comparison with what it has after it was killed."""

from __future__ import annotations

import hashlib
import io
import json
import random
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3

from xnat_emulator.build import dicom_zip

BASIC = urllib3.make_headers(basic_auth="admin:admin")


def logged_in(url: str) -> dict[str, str]:
    """Return headers of a new session: with credentials alone, every request would open one, and they are limited."""
    answer = urllib3.request("GET", f"{url}/data/JSESSION", headers=BASIC, retries=False)
    return {"Cookie": f"JSESSIONID={answer.data.decode()}"}


Contents = bytes | None
"""What a file holds; None for no file."""


@dataclass
class Ledger:
    """What one writer may find again.

    Attributes:
        files: Name in the resource -> everything it may hold: the acknowledged contents, and what an unanswered
            request would have made of it.
        group: The values that the subject's field may have; None for no subject.
        sessions: Label -> whether it may be missing.
        received: Paths of sessions in the prearchive.
        problems: Answers that no request should have got.
    """

    files: dict[str, set[Contents]] = field(default_factory=dict)
    group: set[str | None] = field(default_factory=lambda: {None})
    sessions: dict[str, bool] = field(default_factory=dict)
    received: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    acknowledged: int = 0


class Writer(threading.Thread):
    """Uploads, edits, deletes and imports in a subject of its own until the server is gone."""

    def __init__(self, url: str, project: str, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.ledger = Ledger()
        self.project = project
        self.subject = f"/data/projects/{project}/subjects/{name}"
        self._url = url
        self._random = random.Random(seed)
        self._number = 0
        self._pool = urllib3.PoolManager(retries=False)
        self._headers = logged_in(url)

    def run(self) -> None:
        actions = (self._upload, self._upload, self._replace, self._extract, self._remove, self._edit)
        actions += (self._import, self._receive)
        try:
            self._edit()
            while True:
                self._random.choice(actions)()
        except urllib3.exceptions.HTTPError:
            return  # the server is gone

    def _send(self, method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream") -> str:
        headers = {**self._headers, "Content-Type": kind}
        answer = self._pool.request(method, self._url + path, body=body, headers=headers, redirect=False, timeout=30)
        self.ledger.acknowledged += 1
        if answer.status not in {200, 201}:
            self.ledger.problems.append(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
        return answer.data.decode("utf-8", "replace").strip()

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _file(self, name: str) -> str:
        return f"{self.subject}/resources/R/files/{name}"

    def _change(self, name: str, new: Contents, send: Callable[[], object]) -> None:
        """Change a file: until the answer is there, both states are right."""
        held = self.ledger.files.setdefault(name, {None})
        held.add(new)
        send()
        self.ledger.files[name] = {new}

    def _upload(self) -> None:
        data = self._random.randbytes(self._random.choice([10, 5_000, 300_000, 3_000_000]))
        name = f"deep/{self._next()}.bin"
        self._change(name, data, lambda: self._send("PUT", f"{self._file(name)}?inbody=true", data))

    def _replace(self) -> None:
        data = self._random.randbytes(20_000)
        self._change(
            "same.bin", data, lambda: self._send("PUT", f"{self._file('same.bin')}?inbody=true&overwrite=true", data)
        )

    def _remove(self) -> None:
        kept = [name for name, held in self.ledger.files.items() if held != {None}]
        if kept:
            name = self._random.choice(kept)
            self._change(name, None, lambda: self._send("DELETE", self._file(name)))

    def _extract(self) -> None:
        members = {f"zip{self._next()}/{number}.bin": self._random.randbytes(2_000) for number in range(4)}
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
                self.ledger.files[name] = {None, data}
        self._send("PUT", f"{self._file('up.zip')}?extract=true&inbody=true", target.getvalue(), "application/zip")
        self.ledger.files.update({name: {data} for name, data in members.items()})

    def _edit(self) -> None:
        value = f"group{self._next()}"
        self.ledger.group.add(value)
        self._send("PUT", f"{self.subject}?group={value}")
        self.ledger.group = {value}

    def _import(self) -> None:
        label = f"{self.name}-{self._next()}"
        self.ledger.sessions[label] = True
        target = f"/archive/projects/{self.project}/subjects/{self.name}/experiments/{label}"
        body = dicom_zip(project=self.project, subject=self.name, session=label, scans=2)
        self._send("POST", f"/data/services/import?import-handler=SI&dest={target}", body, "application/zip")
        self.ledger.sessions[label] = False

    def _receive(self) -> None:
        label = f"{self.name}-{self._next()}"
        body = dicom_zip(project=self.project, subject=self.name, session=label, scans=2)
        path = f"/data/services/import?import-handler=SI&dest=/prearchive/projects/{self.project}"
        self.ledger.received.append(self._send("POST", path, body, "application/zip"))


# --- what is there afterwards ---


@dataclass
class Check:
    """Compares a server with the ledgers; everything it says is wrong."""

    url: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, headers=logged_in(self.url))

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request("GET", self.url + path, redirect=False)

    def rows(self, path: str) -> list[dict[str, str]]:
        answer = self.get(path)
        if answer.status == 404:
            return []
        if answer.status != 200:
            self.wrong.append(f"{path}: {answer.status}")
            return []
        found: dict[str, Any] = json.loads(answer.data)
        return found["ResultSet"]["Result"]

    def writer(self, writer: Writer) -> None:
        self.wrong += writer.ledger.problems
        answer = self.get(f"{writer.subject}?format=json")
        group = answer.json()["items"][0]["data_fields"].get("group") if answer.status == 200 else None
        if group not in writer.ledger.group:
            self.wrong.append(f"{writer.subject} is {group}, not one of {writer.ledger.group}")
        self._files(writer)
        for label, may_be_missing in writer.ledger.sessions.items():
            self._session(f"{writer.subject}/experiments/{label}", may_be_missing)
        for uri in writer.ledger.received:
            self._received(uri)

    def _files(self, writer: Writer) -> None:
        found = self._contents(f"{writer.subject}/resources/R/files")
        for name in found.keys() | writer.ledger.files.keys():
            allowed = writer.ledger.files.get(name, set())
            if found.get(name) not in allowed:
                self.wrong.append(f"{writer.subject} has a wrong {name}")
        resource = [row for row in self.rows(f"{writer.subject}/resources") if row["label"] == "R"]
        if resource and int(resource[0]["file_count"]) != len(found):
            self.wrong.append(f"{writer.subject} counts {resource[0]['file_count']} files and has {len(found)}")

    def _contents(self, files: str) -> dict[str, bytes]:
        """Return path -> contents of a resource after comparing each with its size, digest and zip member."""
        found: dict[str, bytes] = {}
        rows = self.rows(f"{files}?format=json")
        for row in rows:
            name = row["URI"].partition("/files/")[2]
            data = self.get(f"{files}/{name}").data
            digest = hashlib.md5(data).hexdigest()
            if (row["Size"], row["digest"]) != (str(len(data)), digest):
                self.wrong.append(f"{files}/{name} is listed as {row['Size']} {row['digest']}")
            found[name] = data
        if rows and self._members(f"{files}?format=zip") != sorted(found.values()):
            self.wrong.append(f"the zip of {files} holds something else")
        return found

    def _members(self, path: str) -> list[bytes]:
        answer = self.get(path)
        if answer.status != 200:
            self.wrong.append(f"{path}: {answer.status} {answer.data[:300]!r}")
            return []
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            return sorted(archive.read(name) for name in archive.namelist())

    def _session(self, uri: str, may_be_missing: bool) -> None:
        if self.get(f"{uri}?format=json").status == 404:
            if not may_be_missing:
                self.wrong.append(f"{uri} is missing")
            return
        scans = self.rows(f"{uri}/scans?format=json")
        contents = [self._contents(f"{uri}/scans/{row['ID']}/resources/DICOM/files") for row in scans]
        if [len(files) for files in contents] != [2, 2]:
            self.wrong.append(f"{uri} is not whole: {[list(files) for files in contents]}")

    def _received(self, uri: str) -> None:
        for scan in ("1", "2"):
            files = f"{uri}/scans/{scan}/resources/DICOM/files"
            found = {row["Name"]: self.get(f"{files}/{row['Name']}").data for row in self.rows(f"{files}?format=json")}
            if [data[128:132] for data in found.values()] != [b"DICM"] * 2:
                self.wrong.append(f"{files} is not whole: {sorted(found)}")
