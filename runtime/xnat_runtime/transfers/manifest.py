"""`manifest.json`: what a downloaded folder holds and where it came from, so that it can be checked and read later."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, TypeAlias, cast

import attrs

from ..errors import DecodeError, TargetExistsError, UsageError
from ..locks import turn
from ..partial import sync_folder
from ..results import Verified
from .placing import PREFIX, SUFFIX
from .report import TransferReport
from .spelling import MANIFEST
from .units import FileUnit

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A value as JSON has it."""

_FORMAT: Final = "xnat-sdk manifest"
_VERSION: Final = 1
_VERIFIED: Final[Mapping[object, Verified]] = {"md5": "md5", "size": "size", "unverified": "unverified"}
_WORDS: Final = ("file_format", "file_content", "file_tags")
_LOCK: Final = f"{PREFIX}transfer-manifest.lock"
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@attrs.frozen
class ManifestFile:
    """One downloaded file.

    Attributes:
        path: Path below the folder, slashes between folders.
        name: Its name in the server's own archive, as the server spells it.
        size: Bytes.
        md5: MD5 of the bytes as lower-case hex, None when it was not worked out.
        verified: What the bytes were compared with when they came.
        uri: Path of the file on the server, "" when it is not known.
        xsi_type: Data type of the item that holds its resource, "" when it is not known.
        session: URI of the session or other experiment, "" for none.
        scan: ID of the scan, "" for none.
        resource: Label of the resource, "" when it is not known.
        file_format: Format that the uploader named, "" for none.
        file_content: Content that the uploader named, "" for none.
        file_tags: Tags, joined by commas, "" for none.
    """

    path: str
    name: str
    size: int
    md5: str | None = None
    verified: Verified = "unverified"
    uri: str = ""
    xsi_type: str = ""
    session: str = ""
    scan: str = ""
    resource: str = ""
    file_format: str = ""
    file_content: str = ""
    file_tags: str = ""


@attrs.frozen
class ManifestItem:
    """A project, subject, session or scan that files belong to, with what the server told of it.

    Attributes:
        uri: Its path on the server.
        xsi_type: Its data type.
        parent: Path of the item above it, "" for none.
        fields: Its fields by their path below the type, as the server sent them. They may describe a patient.
    """

    uri: str
    xsi_type: str
    parent: str = ""
    fields: Mapping[str, Json] = attrs.field(factory=dict[str, Json], repr=False)


def _sorted_files(files: Iterable[ManifestFile]) -> tuple[ManifestFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))


def _sorted_items(items: Iterable[ManifestItem]) -> tuple[ManifestItem, ...]:
    return tuple(sorted(items, key=lambda item: item.uri))


@attrs.frozen(repr=False)
class Manifest:
    """What a folder holds.

    Attributes:
        server: Address of the server that the files come from.
        date: When they came, by the server's clock, as ISO 8601 in UTC; "" when it did not tell.
        layout: Template of the layout.
        files: The files, sorted by path.
        items: What they belong to, sorted by URI.
    """

    server: str
    date: str = ""
    layout: str = "xnat"
    files: tuple[ManifestFile, ...] = attrs.field(default=(), converter=_sorted_files)
    items: tuple[ManifestItem, ...] = attrs.field(default=(), converter=_sorted_items)

    def __repr__(self) -> str:
        return f"<Manifest of {self.server}: {len(self.files):,} files, {len(self.items):,} items>"

    def joined(self, newer: Manifest) -> Manifest:
        """Return one manifest for both; of files with the same path and items with the same URI the newer counts."""
        files = {file.path: file for file in (*self.files, *newer.files)}
        items = {item.uri: item for item in (*self.items, *newer.items)}
        return attrs.evolve(newer, files=tuple(files.values()), items=tuple(items.values()))

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``manifest.json`` into a folder, at once or not at all, readable by its owner only; return its path.

        The same content gives the same bytes.
        """
        target = Path(folder) / MANIFEST
        temporary = target.parent / f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}"
        handle = os.open(temporary, _FLAGS, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(_text(self).encode())
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(target.parent)
        return target


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """Return the manifest of a folder.

    Args:
        path: The folder, or the manifest itself.

    Raises:
        FileNotFoundError: The folder has none.
        DecodeError: The file is no manifest, or one of a later version.
    """
    place = Path(path)
    place = place / MANIFEST if place.is_dir() else place
    try:
        found: object = json.loads(place.read_bytes())
        return _manifest(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        version = f" of a version that is not known here ({error})" if isinstance(error, _VersionError) else ""
        msg = f"{place} is no manifest of a download{version}."
        raise DecodeError(msg) from None


def existing_manifest(folder: str | os.PathLike[str], server: str) -> Manifest | None:
    """Return the manifest that stands in the target of a download, None when there is none yet.

    Args:
        folder: The target.
        server: Address of the server that files are to come from.

    Raises:
        TargetExistsError: A file of that name is there that is no manifest; it is not replaced.
        UsageError: The folder holds files of another server.
    """
    path = Path(folder) / MANIFEST
    try:
        found = read_manifest(path)
    except FileNotFoundError:
        return None
    except DecodeError:
        msg = f"{path} exists and is no manifest of a download; it is not replaced. Move it, or choose another folder."
        raise TargetExistsError(msg, path=os.fspath(path)) from None
    if found.server.rstrip("/") != server.rstrip("/"):
        msg = f"{Path(folder)} holds files of {found.server}, not of {server}. Choose another folder."
        raise UsageError(msg)
    return found


def rewrite(folder: str | os.PathLike[str], server: str, change: Callable[[Manifest | None], Manifest]) -> None:
    """Write what becomes of the manifest of a folder; others that would write it meanwhile wait.

    Args:
        folder: The folder.
        server: Address of the server that its files are from.
        change: Returns the new manifest, from the one that is there.

    Raises:
        TargetExistsError: A file of that name is there that is no manifest; it is not replaced.
        UsageError: The folder holds files of another server.
    """
    with turn(Path(folder) / _LOCK):
        change(existing_manifest(folder, server)).write(folder)


def add_to(folder: str | os.PathLike[str], newer: Manifest) -> None:
    """Write a manifest into a folder, joined with the one that is there; errors as in `rewrite`."""
    rewrite(folder, newer.server, lambda before: before.joined(newer) if before is not None else newer)


def files_of(report: TransferReport, units: Iterable[FileUnit] = ()) -> tuple[ManifestFile, ...]:
    """Return the entries of the files of a transfer.

    Args:
        report: What came of it.
        units: What was to be moved; resource, scan, session and type come from there.
    """
    known = {unit.uri: unit for unit in units}
    entries: list[ManifestFile] = []
    for moved in report.files:
        unit = known.get(moved.uri) or FileUnit(moved.uri, moved.name)
        path = moved.path.relative_to(report.path).as_posix()
        entries.append(
            ManifestFile(
                path, moved.name, moved.size, moved.md5, moved.verified, moved.uri, unit.xsi_type, unit.session,
                unit.scan, unit.resource, *unit.words,
            )
        )  # fmt: skip
    return tuple(entries)


def server_date(headers: Mapping[str, str]) -> str:
    """Return the time of an answer by the server's clock, as ISO 8601 in UTC; "" when its headers do not tell."""
    try:
        found = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return ""
    return f"{found.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}" if found.tzinfo else ""


class _VersionError(ValueError):
    """A manifest that a later release wrote."""


def _text(manifest: Manifest) -> str:
    """Return one line for each file and item, so that manifests can be compared by eye and by line."""
    head = {
        "format": _FORMAT, "version": _VERSION, "server": manifest.server, "date": manifest.date,
        "layout": manifest.layout,
    }  # fmt: skip
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    lines.append(f'"items": {_rows(manifest.items)}')
    lines.append(f'"files": {_rows(manifest.files)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rows(rows: Iterable[ManifestFile | ManifestItem]) -> str:
    lines = [json.dumps(attrs.asdict(row), sort_keys=True, allow_nan=False) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _manifest(found: object) -> Manifest:
    document = cast("dict[str, object]", found)
    if document["format"] != _FORMAT:
        raise ValueError
    if document["version"] != _VERSION:
        raise _VersionError(document["version"])
    files, items = (cast("list[dict[str, object]]", document[name]) for name in ("files", "items"))
    return Manifest(
        str(document["server"]),
        str(document["date"]),
        str(document["layout"]),
        tuple(_file(row) for row in files),
        tuple(_item(row) for row in items),
    )


def _file(row: Mapping[str, object]) -> ManifestFile:
    texts = {name: str(row[name]) for name in ("path", "name", "uri", "xsi_type", "session", "scan", "resource")}
    texts |= {name: str(row.get(name, "")) for name in _WORDS}
    size, md5, verified = row["size"], row["md5"], _VERIFIED[row["verified"]]
    if not isinstance(size, int) or not isinstance(md5, str | None):
        raise TypeError
    return ManifestFile(**texts, size=size, md5=md5, verified=verified)


def _item(row: Mapping[str, object]) -> ManifestItem:
    texts = {name: str(row[name]) for name in ("uri", "xsi_type", "parent")}
    return ManifestItem(**texts, fields=dict(cast("Mapping[str, Json]", row["fields"])))
