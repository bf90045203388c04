"""What stands in an archive, without what differs from run to run: numbers, moments and accession ids."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import urllib3

import xnat_emulator

_HIDDEN = re.compile(r"^(xnat_\w+_id|xdat_\w+_id|id|cat_ID)$")
_VOLATILE = frozenset({"prearchivePath", "URI", "file_size", "insert_date"})


@dataclass(frozen=True)
class Snapshot:
    """The state of one archive.

    Attributes:
        tree: Place of each file, by labels -> MD5 of its contents.
        documents: Place of each object -> its item document.
    """

    tree: dict[str, str]
    documents: dict[str, Any]

    @property
    def tree_hash(self) -> str:
        """One hash over all places and contents."""
        return hashlib.md5(json.dumps(self.tree, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


class _Reader:
    def __init__(self, server: xnat_emulator.Emulator) -> None:
        self.url = server.url
        self.headers = urllib3.make_headers(basic_auth=f"{server.user}:{server.password}")
        self.pool = urllib3.PoolManager()
        self.ids: dict[str, str] = {}

    def data(self, path: str) -> bytes:
        response = self.pool.request("GET", self.url + path, headers=self.headers)
        assert response.status == 200, f"{path}: {response.status}"
        return response.data

    def rows(self, path: str) -> list[dict[str, str]]:
        return json.loads(self.data(f"{path}?format=json"))["ResultSet"]["Result"]

    def named(self, path: str) -> list[dict[str, str]]:
        """Return the rows of a listing, and keep which accession id has which label."""
        rows = self.rows(path)
        self.ids.update({row["ID"]: row["label"] for row in rows if "label" in row})
        return rows

    def document(self, path: str) -> Any:
        return self.plain(json.loads(self.data(f"{path}?format=json"))["items"][0])

    def plain(self, value: Any) -> Any:
        if isinstance(value, dict) and "data_fields" in value:
            fields = {key: self.plain(one) for key, one in value["data_fields"].items() if not _left_out(key)}
            children = [
                {"field": one["field"], "items": sorted((self.plain(item) for item in one["items"]), key=json.dumps)}
                for one in value["children"]
            ]
            type_ = value["meta"]["xsi:type"]
            return {"type": type_, "fields": dict(sorted(fields.items())), "children": sorted(children, key=json.dumps)}
        return self.ids.get(value, value) if isinstance(value, str) else value

    def files(self, path: str, place: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for resource in self.rows(f"{path}/resources"):
            base = f"{path}/resources/{resource['xnat_abstractresource_id']}/files"
            for row in self.rows(base):
                inner = row["URI"].partition("/files/")[2]
                found[f"{place}/{resource['label']}/{inner}"] = row["digest"]
        return found


def _left_out(key: str) -> bool:
    return key in _VOLATILE or _HIDDEN.match(key) is not None


def snapshot(server: xnat_emulator.Emulator) -> Snapshot:
    """Return what stands in the archive of a server, as its administrator reads it."""
    reader = _Reader(server)
    tree: dict[str, str] = {}
    documents: dict[str, Any] = {}
    for project in reader.rows("/data/projects"):
        base = f"/data/projects/{project['ID']}"
        tree |= reader.files(base, project["ID"])
        for subject in reader.named(f"{base}/subjects"):
            below = f"{base}/subjects/{subject['ID']}"
            place = f"{project['ID']}/{subject['label']}"
            tree |= reader.files(below, place)
            _read_sessions(reader, below, place, tree, documents)
            documents[place] = reader.document(below)
        documents[project["ID"]] = reader.document(base)
    return Snapshot(dict(sorted(tree.items())), dict(sorted(documents.items())))


def _read_sessions(reader: _Reader, subject: str, place: str, tree: dict[str, str], documents: dict[str, Any]) -> None:
    for session in reader.named(f"{subject}/experiments"):
        path, where = f"/data/experiments/{session['ID']}", f"{place}/{session['label']}"
        tree |= reader.files(path, where)
        for scan in reader.rows(f"{path}/scans"):
            tree |= reader.files(f"{path}/scans/{scan['ID']}", f"{where}/{scan['ID']}")
        documents[where] = reader.document(path)
