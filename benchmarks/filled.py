"""Imaging sessions on the embedded server, for measuring transfers: random bytes, so that nothing can be packed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

MIB = 1 << 20
SUBJECT = "/data/projects/BENCH/subjects/S"


class Filled:
    """One imaging session of a server, empty at first.

    Attributes:
        path: Its path on the server.
        files: Path of the collection of the files of all scans.
    """

    def __init__(self, url: str) -> None:
        """Make project, subject and session."""
        login = urllib3.make_headers(basic_auth="admin:admin")
        answer = urllib3.request("GET", f"{url}/data/JSESSION", headers=login)
        headers = {"Cookie": f"JSESSIONID={answer.data.decode()}", "Content-Type": "application/octet-stream"}
        self._pool = urllib3.HTTPConnectionPool(urlsplit(url).netloc, headers=headers, blocksize=MIB)
        self._put("/data/projects/BENCH")
        self._put(SUBJECT)
        identity = self._put(f"{SUBJECT}/experiments/E?xsiType=xnat:mrSessionData").decode()
        self.path = f"/data/experiments/{identity}"
        self.files = f"{self.path}/scans/ALL/files"

    def scan(self, number: int) -> str:
        """Make a scan and return the path of its images' files."""
        self._put(f"{SUBJECT}/experiments/E/scans/{number}?xsiType=xnat:mrScanData&type=T1")
        return f"{self.path}/scans/{number}/resources/DICOM/files"

    def resource(self, label: str) -> None:
        """Make an empty resource of the session."""
        self._put(f"{SUBJECT}/experiments/E/resources/{label}")

    def small(self, files: str, count: int, size: int) -> None:
        """Put many small files below a path, by one archive."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for number in range(count):
                archive.writestr(f"{number:05d}.dcm", os.urandom(size))
        self._put(f"{files}/x.zip?extract=true&inbody=true", content.getvalue())

    def large(self, files: str, name: str, source: Path) -> None:
        """Put one file below a path."""
        length = {**self._pool.headers, "Content-Length": str(source.stat().st_size)}
        self._put(f"{files}/{name}?inbody=true", pieces(source), length)

    def empty(self, files: str, name: str, size: int) -> None:
        """Put one file of zero bytes below a path."""
        self._put(f"{files}/{name}?inbody=true", bytes(size))

    def rows(self, files: str) -> list[dict[str, str]]:
        """Return the server's table of a collection of files."""
        table: dict[str, Any] = json.loads(self._pool.request("GET", f"{files}?format=json").data)
        found: list[dict[str, str]] = table["ResultSet"]["Result"]
        return found

    def archive(self, files: str, target: Path) -> None:
        """Write the server's own zip archive of a collection of files, stored, to a file."""
        answer = self._pool.request("GET", f"{files}?format=zip&compression=0", preload_content=False)
        with target.open("wb") as stream:
            for piece in answer.stream(MIB):
                stream.write(piece)

    def _put(self, path: str, body: bytes | Iterable[bytes] = b"", headers: dict[str, str] | None = None) -> bytes:
        answer = self._pool.request("PUT", path, body=body, headers=headers)
        if answer.status not in {200, 201}:
            raise SystemExit(f"PUT {path} answered {answer.status}: {answer.data[:300]!r}")
        return answer.data


def random_file(path: Path, size: int) -> Path:
    """Return a new file of random bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for at in range(0, size, MIB):
            stream.write(os.urandom(min(MIB, size - at)))
    return path


def pieces(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with path.open("rb") as stream:
        while piece := stream.read(MIB):
            yield piece
