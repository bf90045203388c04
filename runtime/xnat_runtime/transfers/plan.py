"""What a download consists of, read from the server's file tables: names, sizes, digests and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import attrs

from ..collections import data_path
from ..documents import read_table
from ..paths import encode_path
from ..transport import JsonValue, Request
from .origin import Origin
from .places import NameOf
from .units import NO_WORDS, FileUnit, Words

GetJson = Callable[[str], JsonValue]
"""Asks a path of the server for JSON."""

_MD5: Final = re.compile(r"\A[0-9a-fA-F]{32}\Z")
_IN_SCAN: Final = re.compile(r"/scans/(?P<scan>[^/]+)/resources/(?P<id>[^/]+)/files/(?P<path>.+)\Z", re.S)
_IN_RESOURCE: Final = re.compile(r"/resources/(?P<id>[^/]+)/files/(?P<path>.+)\Z", re.S)
_RESOURCES, _FILES = "/resources/", "/files/"
_SIDE: Final = re.compile(r"/(?:assessors|reconstructions)/[^/]+/(?:(in|out)/)?resources/[^/]+/files/")
_NO_WORD: Final = re.compile(r"\W", re.ASCII)


@attrs.frozen
class Source:
    """What is downloaded together: files that the server sends as one archive, and lists in one table.

    Attributes:
        files: Path of the collection of files, encoded, such as ``/data/experiments/E/scans/ALL/files``.
        root: Folder that the names in the archive begin with (a session's label); "" when it is not known, so that
            one is taken as it comes.
        session: URI of the imaging session, "" for none.
        scan_folders: Returns the folder of each scan ID below ``scans/``, such as ``1-T1``; asked only when files
            travel one by one.
        xsi_type: Data type of the item.
        label: Returns `root` where it is not known from the start; asked only when it is needed.
        name_of: Returns the layout of its files, as it may have to ask for what is in it; None for the download's own.
        origin: Returns what its files belong to, for those that a mounted archive holds; None where that is not known.
        types: Returns the type of each scan ID.
        wants: Returns whether a file is wanted; None where all are.
    """

    files: str
    root: str
    session: str = ""
    scan_folders: Callable[[], Mapping[str, str]] = dict[str, str]
    xsi_type: str = ""
    label: Callable[[], str] | None = None
    name_of: Callable[[], NameOf] | None = None
    origin: Callable[[], Origin] | None = None
    types: Callable[[], Mapping[str, str]] = dict[str, str]
    wants: Callable[[Listed], bool] | None = None

    def archive(self) -> Request:
        """Return the request for all of it as a zip archive."""
        return archive_of(self.files)

    def top(self) -> str:
        """Return the folder that the names of its files begin with."""
        return self.root or (self.label() if self.label is not None else "")


def archive_of(files: str) -> Request:
    """Return the request for an archive of files, stored: packing images costs more than it saves.

    Args:
        files: Path of a collection of files, encoded.
    """
    return Request("GET", files, (("format", "zip"), ("compression", "0")))


@attrs.frozen
class Listed:
    """One row of a file table.

    Attributes:
        uri: Path of the file, encoded.
        path: Path of the file below its resource.
        resource: Label of the resource, its ID where it has none.
        scan: ID of the scan, "" for none.
        size: Bytes, None when the table does not tell.
        md5: MD5 as lower-case hex, None when the table does not tell.
        words: Format, content and tags that the uploader named.
    """

    uri: str
    path: str
    resource: str
    scan: str
    size: int | None
    md5: str | None
    words: Words = NO_WORDS


def listed(table: JsonValue, where: str) -> list[Listed]:
    """Return the rows of a file table (rest-data 10.3).

    Args:
        table: The answer.
        where: Its path, for errors.
    """
    return [_listed(row) for row in read_table(table, where)]


def _listed(row: Mapping[str, object]) -> Listed:
    raw = data_path(str(row.get("URI") or ""))
    scan, identity, begin = _holder(raw[: raw.find(_FILES, raw.find(_RESOURCES)) + len(_FILES)]) or _holder_of(raw)
    path = raw[begin:] if begin else str(row.get("Name") or "")
    digest = str(row.get("digest") or "")
    return Listed(
        encode_path(raw), path, str(row.get("collection") or "") or identity, scan,
        _size(row.get("Size")), digest.lower() if _MD5.match(digest) else None, _words(row),
    )  # fmt: skip


@lru_cache(4096)
def _holder(folder: str) -> tuple[str, str, int] | None:
    """Return scan and resource of the files of a folder, and where their paths begin; None where that is not it.

    Thousands of files share a folder. What looks like another scan behind it is part of a file's path.
    """
    found = _holder_of(f"{folder}x")
    return found if found[2] == len(folder) else None


def _holder_of(raw: str) -> tuple[str, str, int]:
    in_scan = _IN_SCAN.search(raw)
    found = in_scan or _IN_RESOURCE.search(raw)
    if found is None:
        return "", "", 0
    return unquote(in_scan["scan"]) if in_scan else "", found["id"], found.start("path")


def _words(row: Mapping[str, object]) -> Words:
    tags, kind, content = row.get("file_tags"), row.get("file_format"), row.get("file_content")
    return (str(kind or ""), str(content or ""), str(tags or "")) if tags or kind or content else NO_WORDS


def _size(value: object) -> int | None:
    """Return the bytes that a table tells; 0 also stands for "not counted" (rest-data 10.3.2)."""
    text = str(value or "")
    return (int(text) or None) if text.isdecimal() else None


def units_of(source: Source, rows: Iterable[Listed]) -> list[FileUnit]:
    """Return the files with the names that the server's own archive gives to them (rest-data 10.6).

    Asks for the scans' types when there are files of scans, and for the label when it is not known.
    """
    found = list(rows)
    folders: Mapping[str, str] = source.scan_folders() if any(row.scan for row in found) else {}
    top = source.top() if found else ""
    return [unit_of(source, row, archive_name(top, row, folders)) for row in found]


def unit_of(source: Source, row: Listed, name: str) -> FileUnit:
    """Return the file of a row under a name."""
    return FileUnit(
        row.uri, name, row.size, row.md5, source.session, row.scan, row.resource, source.xsi_type, row.words
    )


def archive_name(top: str, row: Listed, folders: Mapping[str, str]) -> str:
    """Return what the server's archive calls a file.

    Args:
        top: Folder that all names begin with, "" for none.
        row: The file.
        folders: Folders of the scans by their IDs.
    """
    scan = f"scans/{folders.get(row.scan, row.scan)}/" if row.scan else ""
    # What an assessor or reconstruction produced stands in "out", whether or not its address says so.
    side = f"{found[1] or 'out'}/" if (found := _SIDE.search(row.uri)) else ""
    name = f"{scan}{side}resources/{row.resource}/files/{row.path}"
    return f"{top}/{name}" if top else name


def scan_folder(identity: str, kind: str) -> str:
    """Return the folder of a scan in the server's archives: its ID, and its type where it has one (rest-data 10.6)."""
    return f"{identity}-{_NO_WORD.sub('_', kind)}" if kind else identity


class Expectations:
    """What the table says of the members of an archive, found by their names.

    A member names its scan by ID and type, a row by ID alone: a folder ``1-2`` may be scan ``1`` of type ``2`` or a
    scan ``1-2``, so that a member may have more than one row.
    """

    def __init__(self, rows: Iterable[Listed]) -> None:
        self._rows: dict[tuple[str, str], dict[str, list[Listed]]] = {}
        self._known: dict[str, list[dict[str, list[Listed]]]] = {}
        for row in rows:
            self._rows.setdefault((row.scan, row.resource), {}).setdefault(row.path, []).append(row)

    def of(self, name: str) -> list[Listed]:
        """Return the rows that a member may be; none when the table does not name it."""
        resource, _, path = name[(above := name.find("resources/") + 10) :].partition("/files/")
        if above < 10:
            return []
        folder = name[: above + len(resource)]
        tables = self._known.get(folder)
        if tables is None:
            tables = self._known[folder] = self._tables(name[: above - 10], resource)
        if len(tables) == 1:
            return tables[0].get(path, [])
        return [row for table in tables for row in table.get(path, ())]

    def _tables(self, above: str, resource: str) -> list[dict[str, list[Listed]]]:
        scan = above.rstrip("/").rpartition("scans/")[2] if "scans/" in above else ""
        return [self._rows[each, resource] for each in _scans_of(scan) if (each, resource) in self._rows]


@lru_cache(4096)
def _scans_of(folder: str) -> tuple[str, ...]:
    """Return the scans that a folder may belong to: its name is an ID, or an ID, a hyphen and a type."""
    return folder, *(folder[:at] for at, character in enumerate(folder) if character == "-" and at)
