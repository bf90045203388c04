"""What tests of uploads share: a folder of odd files, and what a resource holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.transfers.download import Connection
from xnat_runtime.transfers.retry import RetryPolicy
from xnat_runtime.transfers.upload_table import kept_files

ODD: dict[str, bytes] = {
    "a#b?c%20d+e f.dcm": b"signs",
    ".hidden": b"dot",
    "deep/.also/ü ö.txt": b"two dots",
    "日本.nii.gz": b"not ASCII",
    "a&b=c;d@e!.bin": b"more signs",
    "%2B": b"looks encoded",
    "50%.txt": b"a lonely percent sign",
    "empty": b"",
    "deep/empty too.dat": b"",
    "'quoted' \"x\"": b"quotes",
    f"{'long/' * 30}name.txt": b"beyond a plain header",
    "archive.zip": b"not to be unpacked",
    "archive.tar": b"neither",
    "large.bin": bytes(range(256)) * 6_000,
}

PLAIN: dict[str, bytes] = {f"{number:02}.dcm": bytes([number]) * (1_000 + number) for number in range(12)}

QUICK = RetryPolicy(attempts=4, base=0.0)


def written(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Return a folder with files of these contents."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def asked(connection: xnat_sdk.XnatSession) -> Connection:
    return Connection(connection.send, connection.get_json, connection.server)


def held(connection: xnat_sdk.XnatSession, uri: str) -> dict[str, str | None]:
    """Return the MD5s of what a resource holds, by path."""
    return {path: kept.md5 for path, kept in kept_files(connection.get_json, f"{uri}/files").items()}


def md5s(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}


def writes(server: Emulator, before: int = 0) -> list[int]:
    """Return the statuses of the writes into resources, since so many requests."""
    return [each.status for each in server.requests[before:] if each.method == "PUT" and "/files/" in each.path]
