"""The fault campaign is worth something: defects put in by hand do not escape it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator
from xnat_runtime.errors import XnatError
from xnat_runtime.folder_resource import FolderObject
from xnat_runtime.imaging import ImageSessionObject
from xnat_runtime.objects import XnatObject
from xnat_runtime.resource_object import ResourceObject

from .campaign import Campaign
from .campaign_kinds import KINDS

Patch = Callable[[pytest.MonkeyPatch], None]
DOWNLOAD, UPLOAD, BYTES = "session to a folder", "upload of a folder by tar", "upload of bytes"


def after(owner: type, name: str, act: Callable[[Any, Any], object]) -> Patch:
    """Return what has something done after each call of a method, with its object and result."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        made = getattr(owner, name)

        def changed(self: Any, *given: Any, **named: Any) -> Any:
            result = made(self, *given, **named)
            act(self, result)
            return result

        monkeypatch.setattr(owner, name, changed)

    return patch


def silenced(owner: type, name: str) -> Patch:
    """Return what keeps a method's errors from being told."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        made = getattr(owner, name)

        def changed(self: Any, *given: Any, **named: Any) -> Any:
            with suppress(XnatError):
                return made(self, *given, **named)

        monkeypatch.setattr(owner, name, changed)

    return patch


def put_over(resource: Any, content: bytes) -> None:
    """Write the file of an upload once more."""
    query = {"inbody": "true", "overwrite": "true"}
    resource.session.put(f"{resource.uri}/files/x.txt", data=content, query=query)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def largest(report: Any) -> Path:
    return max((file.path for file in report.moved), key=lambda path: path.stat().st_size)


def unknown(_: Any, __: Any) -> None:
    msg = "a defect"
    raise KeyError(msg)


# Defect -> what the campaign says of it, in which kind of transfer, and what puts it in.
DEFECTS = {
    "a file is lost": ("lost", DOWNLOAD, after(ImageSessionObject, "download_dir", lambda _, r: largest(r).unlink())),
    "a file is corrupt": (
        "not what the server has",
        DOWNLOAD,
        after(ImageSessionObject, "download_dir", lambda _, r: flipped(largest(r))),
    ),
    "an unfinished file stays": (
        "x.part",
        DOWNLOAD,
        after(ImageSessionObject, "download_dir", lambda _, r: (r.path / "x.part").write_bytes(b"1")),
    ),
    "a file stands outside": (
        "beside its folder",
        DOWNLOAD,
        after(ImageSessionObject, "download_dir", lambda _, r: (r.path.parent.parent / "x").write_bytes(b"1")),
    ),
    "a failure is not told": ("lost", DOWNLOAD, silenced(ImageSessionObject, "download_dir")),
    "an error of another kind": ("another kind", DOWNLOAD, after(ImageSessionObject, "download_dir", unknown)),
    "an upload loses a file": ("lost", UPLOAD, after(FolderObject, "upload_dir", lambda o, _: o.files[0].delete())),
    "a failed upload is not told": ("lost", UPLOAD, silenced(FolderObject, "upload_dir")),
    "an upload sends other bytes": (
        "other bytes",
        BYTES,
        after(ResourceObject, "upload_data", lambda o, _: put_over(o, b"othe")),
    ),
    "an upload writes twice": ("twice", BYTES, after(ResourceObject, "upload_data", lambda o, _: put_over(o, b"text"))),
    "a deletion that failed is not told": ("did not delete", "deletion of an item", silenced(XnatObject, "delete")),
}


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start() as started:
        yield started


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_noticed(server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str):
    words, kind, patch = DEFECTS[name]
    server.reset()
    campaign = Campaign(server, tmp_path, 3)
    patch(monkeypatch)
    campaign.run(9, {kind: KINDS[kind]})
    assert any(words in problem for problem in campaign.problems), campaign.problems


@pytest.mark.parametrize("kind", sorted({kind for _, kind, _ in DEFECTS.values()}))
def test_without_a_defect_there_is_nothing_to_notice(server, tmp_path: Path, kind: str):
    server.reset()
    campaign = Campaign(server, tmp_path, 3)
    campaign.run(9, {kind: KINDS[kind]})
    assert campaign.problems == []
