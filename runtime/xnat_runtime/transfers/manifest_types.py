"""What the items of a manifest tell of its files: data types, and the scans of files that came unlisted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import attrs

from ..paths import encode_path
from .manifest import Manifest, ManifestFile, ManifestItem, rewrite
from .plan import scan_folder

_SCAN: Final = re.compile(r"(?P<session>.+)/scans/(?P<scan>[^/]+)\Z", re.S)
_UNLISTED: Final = re.compile(r"(?P<folder>[^/]+/scans/[^/]+)/resources/(?P<resource>[^/]+)/files/(?P<path>.+)\Z", re.S)
_SIDE: Final = re.compile(r"/(?:in|out)\Z")


def add_items(folder: str | os.PathLike[str], server: str, items: Sequence[ManifestItem]) -> None:
    """Add items to the manifest of a folder, and what they tell of its files.

    Args:
        folder: The folder.
        server: Address of the server that its files are from.
        items: What the files belong to.
    """

    def change(before: Manifest | None) -> Manifest:
        known = before or Manifest(server)
        joined = known.joined(attrs.evolve(known, files=(), items=tuple(items)))
        return attrs.evolve(joined, files=completed(joined.files, joined.items))

    rewrite(folder, server, change)


def completed(files: Iterable[ManifestFile], items: Sequence[ManifestItem]) -> tuple[ManifestFile, ...]:
    """Return files with the data type of the item that holds their resource, as far as the items tell it.

    Files of an archive that was taken without a table have a name alone; the scan's folder in it tells the rest.
    """
    types = {unquote(item.uri): item.xsi_type for item in items}
    folders = _folders(items)
    return tuple(_typed(_located(file, folders), types) for file in files)


def _typed(file: ManifestFile, types: Mapping[str, str]) -> ManifestFile:
    scan = f"{unquote(file.session)}/scans/{file.scan}" if file.scan else ""
    owner = _SIDE.sub("", unquote(file.uri).partition("/resources/")[0])
    kind = types.get(scan) or types.get(owner) or file.xsi_type
    return file if kind == file.xsi_type else attrs.evolve(file, xsi_type=kind)


def _located(file: ManifestFile, folders: Mapping[str, tuple[str, str]]) -> ManifestFile:
    found = _UNLISTED.match(file.name) if not file.uri else None
    place = folders.get(found["folder"]) if found else None
    if found is None or place is None:
        return file
    session, scan = place
    uri = encode_path(f"{unquote(session)}/scans/{scan}/resources/{found['resource']}/files/{found['path']}")
    return attrs.evolve(file, uri=uri, session=session, scan=scan, resource=found["resource"])


def _folders(items: Sequence[ManifestItem]) -> dict[str, tuple[str, str]]:
    """Return sessions and IDs of scans by the scans' folders in archives, those of which there are two left out."""
    labels = {item.uri: str(item.fields.get("label") or "") for item in items}
    found: dict[str, tuple[str, str]] = {}
    twice: set[str] = set()
    for item in items:
        scan = _SCAN.fullmatch(unquote(item.uri))
        label = labels.get(item.parent) if scan else None
        if scan is None or not label:
            continue
        folder = f"{label}/scans/{scan_folder(scan['scan'], str(item.fields.get('type') or ''))}"
        if folder in found:
            twice.add(folder)
        found[folder] = item.parent, scan["scan"]
    return {folder: place for folder, place in found.items() if folder not in twice}
