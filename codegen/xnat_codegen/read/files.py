"""Finds and reads the schema documents of a run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from .. import overrides
from ..errors import CodegenError, Source
from ..model.xsd import Schema
from .xsd import read_schema


@attrs.frozen
class InputFile:
    """One schema file.

    Attributes:
        name: Path below the folder that was given, or the bare file name: the same on every machine.
        shown: Path as the user can open it, for messages.
    """

    name: str
    shown: str
    path: Path


def find_files(locations: Sequence[Path]) -> list[InputFile]:
    """Returns the schema files of folders and files, sorted by name; no file twice.

    Raises:
        CodegenError: A location does not exist, or there is no schema file at all.
    """
    found: dict[Path, InputFile] = {}
    for location in locations:
        for one in _below(location):
            if one.path.name not in overrides.NOT_DATA_TYPES:
                found.setdefault(one.path.resolve(), one)
    if not found:
        raise CodegenError(f"no .xsd file in {', '.join(map(str, locations))}")
    return sorted(found.values(), key=lambda one: (one.name, one.shown))


def _below(location: Path) -> Iterator[InputFile]:
    if location.is_dir():
        for path in sorted(_documents(location)):
            yield InputFile(path.relative_to(location).as_posix(), str(path), path)
    elif location.is_file():
        yield InputFile(location.name, str(location), location)
    else:
        raise CodegenError("no such file or folder", Source(str(location)))


def _documents(folder: Path) -> Iterator[Path]:
    """The schema files below a folder and below the folders that it links to, each folder once."""
    seen: set[Path] = set()
    for name, folders, files in os.walk(folder, followlinks=True):
        here = Path(name)
        if here.resolve() in seen:
            folders.clear()
            continue
        seen.add(here.resolve())
        folders.sort()
        yield from (here / file for file in files if file.lower().endswith(".xsd"))


def read_files(files: Sequence[InputFile]) -> list[Schema]:
    """Returns the schema documents of files, in order.

    Raises:
        CodegenError: A file cannot be read or is no schema.
    """
    return [read_schema(_bytes(one), one.shown) for one in files]


def _bytes(one: InputFile) -> bytes:
    try:
        return one.path.read_bytes()
    except OSError as error:
        raise CodegenError(f"cannot be read: {error.strerror}", Source(one.shown)) from None


def hashes(files: Sequence[InputFile], schemas: Sequence[Schema]) -> dict[str, str]:
    """Returns the SHA-256 of each file by its name; files of one name in several folders are numbered."""
    found: dict[str, str] = {}
    for one, schema in zip(files, schemas, strict=True):
        number = sum(other.name == one.name for other in files[: len(found)])
        found[f"{one.name} ({number + 1})" if number else one.name] = hashlib.sha256(schema.text).hexdigest()
    return found
