"""Manifests of downloaded folders, and folders compared with them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.errors import DecodeError, InvalidValueError, TargetExistsError, UnsafeNameError, UsageError
from xnat_runtime.transfers import verify as verifying
from xnat_runtime.transfers.download import Connection, Download
from xnat_runtime.transfers.events import Finished, TransferEvent
from xnat_runtime.transfers.manifest import (
    Manifest,
    ManifestFile,
    ManifestItem,
    existing_manifest,
    files_of,
    read_manifest,
    server_date,
)
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source, listed, units_of
from xnat_runtime.transfers.verify import ChangedFile, verify

SERVER = "https://xnat.example.org"
CONTENT = {"S/a.dcm": b"a" * 1000, "S/deep/b%3A.dcm": b"b" * 2000, "c.txt": b""}
ITEMS = (
    ManifestItem("/data/experiments/E", "xnat:mrSessionData", "/data/projects/P", {"label": "E", "age": 3}),
    ManifestItem("/data/experiments/E/scans/1", "xnat:mrScanData", "/data/experiments/E", {"type": "T1"}),
)


def entry(path: str, content: bytes) -> ManifestFile:
    name = path.replace("%3A", ":")
    return ManifestFile(path, name, len(content), hashlib.md5(content).hexdigest(), "md5", f"/data/files/{name}")


def manifest() -> Manifest:
    files = tuple(entry(path, content) for path, content in CONTENT.items())
    return Manifest(SERVER, "2026-11-22T19:00:00Z", "xnat", files, ITEMS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in CONTENT.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    manifest().write(tmp_path)
    return tmp_path


def test_a_manifest_is_read_back_as_it_was_written(folder: Path):
    assert read_manifest(folder) == read_manifest(folder / "manifest.json") == manifest()


def test_a_manifest_is_for_its_owner_only_and_nothing_is_left_beside_it(folder: Path):
    assert os.name == "nt" or stat.S_IMODE((folder / "manifest.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["S", "c.txt", "manifest.json"]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path):
    first, second = tmp_path / "1", tmp_path / "2"
    for place, files in ((first, manifest().files), (second, manifest().files[::-1])):
        place.mkdir()
        Manifest(SERVER, "2026-11-22T19:00:00Z", "xnat", files, ITEMS[::-1]).write(place)
    assert (first / "manifest.json").read_bytes() == (second / "manifest.json").read_bytes()
    lines = (first / "manifest.json").read_text("ascii").splitlines()
    assert sum('"path"' in line for line in lines) == len(CONTENT)
    document = json.loads((first / "manifest.json").read_bytes())
    assert [file["path"] for file in document["files"]] == sorted(CONTENT)


def test_names_that_are_no_text_survive(tmp_path: Path):
    odd = Manifest(SERVER, files=(ManifestFile("latin-%E9", "latin-\udce9\n", 1),))
    odd.write(tmp_path)
    assert read_manifest(tmp_path) == odd


def test_an_interrupted_write_leaves_the_old_manifest(folder: Path, monkeypatch: pytest.MonkeyPatch):
    before = (folder / "manifest.json").read_bytes()

    def failing(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="full"):
        Manifest(SERVER).write(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["S", "c.txt", "manifest.json"]


def test_a_later_download_into_the_folder_is_joined():
    newer = Manifest(SERVER, "later", "xnat", (entry("c.txt", b"new"), entry("d.txt", b"d")), (ITEMS[0],))
    joined = manifest().joined(newer)
    assert [file.path for file in joined.files] == ["S/a.dcm", "S/deep/b%3A.dcm", "c.txt", "d.txt"]
    assert joined.files[2].size == 3
    assert (joined.date, len(joined.items)) == ("later", 2)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b'{"format": "other"}', b"\xff",
        b'{"format": "xnat-sdk manifest", "version": 1}',
        b'{"format": "xnat-sdk manifest", "version": 1, "server": "", "date": "", "layout": "", "items": [], '
        b'"files": [{"path": 1}]}',
    ],
)  # fmt: skip
def test_other_files_are_no_manifest(tmp_path: Path, content: bytes):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(DecodeError, match="is no manifest of a download"):
        read_manifest(tmp_path)
    with pytest.raises(TargetExistsError, match="it is not replaced"):
        existing_manifest(tmp_path, SERVER)
    assert (tmp_path / "manifest.json").read_bytes() == content


def test_a_manifest_of_a_later_release_says_so(folder: Path):
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 2'))
    with pytest.raises(DecodeError, match=r"of a version that is not known here \(2\)"):
        read_manifest(path)


def test_a_folder_belongs_to_one_server(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    assert existing_manifest(folder, f"{SERVER}/") == manifest()
    assert existing_manifest(tmp_path_factory.mktemp("empty"), SERVER) is None
    with pytest.raises(UsageError, match=r"holds files of https://xnat\.example\.org, not of https://other"):
        existing_manifest(folder, "https://other.example.org")


def test_neither_repr_tells_what_the_server_told_of_a_subject():
    told = Manifest(SERVER, items=(ManifestItem("/data/x", "xnat:subjectData", fields={"dob": "1970-01-01"}),))
    assert "1970" not in f"{told!r}{told.items[0]!r}"


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Sun, 22 Nov 2026 19:00:01 GMT", "2026-11-22T19:00:01Z"),
        ("Sun, 22 Nov 2026 20:00:01 +0100", "2026-11-22T19:00:01Z"),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_the_clock_is_the_servers(header: str, date: str):
    assert server_date({"Date": header} if header else {}) == date


# --- verify ---


def test_an_unchanged_folder_is_ok(folder: Path):
    report = verify(folder)
    assert (report.ok, report.is_ok, report.verified) == (tuple(sorted(CONTENT)), True, "md5")
    assert (report.missing, report.changed, report.extra) == ((), (), ())
    assert repr(report) == f"<VerifyReport {folder}: 3 ok, 0 missing, 0 changed, 0 extra>"
    assert verify(folder / "manifest.json", workers=1) == report


def test_what_is_missing_changed_and_extra_is_named(folder: Path):
    (folder / "S" / "a.dcm").write_bytes(b"A" * 1000)
    (folder / "c.txt").write_bytes(b"longer")
    (folder / "S" / "deep" / "b%3A.dcm").unlink()
    (folder / "S" / "notes.txt").write_text("mine")
    (folder / ".xnat-transfer.jsonl").write_text("")
    seen: list[TransferEvent] = []
    report = verify(folder, progress=seen.append)
    digests = [hashlib.md5(letter * 1000).hexdigest() for letter in (b"A", b"a")]
    assert report.changed == (
        ChangedFile("S/a.dcm", f"MD5 {digests[0]}, not {digests[1]}"),
        ChangedFile("c.txt", "6 bytes, not 0"),
    )
    assert (report.ok, report.missing, report.extra) == ((), ("S/deep/b%3A.dcm",), ("S/notes.txt",))
    assert (report.is_ok, report.verified) == (False, "unverified")
    assert sum(isinstance(event, Finished) and event.outcome == "failed" for event in seen) == 3


def test_files_without_a_digest_are_compared_by_size(folder: Path):
    files = tuple(ManifestFile(file.path, file.name, file.size) for file in manifest().files)
    Manifest(SERVER, files=files).write(folder)
    assert (verify(folder).is_ok, verify(folder).verified) == (True, "size")


def test_folders_and_pipes_in_place_of_a_file_are_changes(folder: Path):
    for path, make in (("c.txt", os.mkdir), ("S/a.dcm", getattr(os, "mkfifo", os.mkdir))):
        (folder / path).unlink()
        make(folder / path)
    assert {changed.reason for changed in verify(folder).changed} == {"no file any more"}


def test_a_file_that_cannot_be_read_is_told_with_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = verifying.md5_of

    def refused(path: Path) -> str:
        if path.name == "a.dcm":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(verifying, "md5_of", refused)
    report = verify(folder)
    assert report.changed == (ChangedFile("S/a.dcm", "it cannot be read: Permission denied"),)
    assert report.ok == ("S/deep/b%3A.dcm", "c.txt")


def test_a_manifest_of_before_files_were_described_is_read(folder: Path):
    path = folder / "manifest.json"
    document = json.loads(path.read_bytes())
    for file in document["files"]:
        del file["file_format"], file["file_content"], file["file_tags"]
    path.write_text(json.dumps(document))
    assert read_manifest(folder) == manifest()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "S/../../x", "C:x", "a\\b", ""])
def test_a_manifest_that_names_other_places_is_refused(folder: Path, path: str):
    Manifest(SERVER, files=(ManifestFile(path, path, 1),)).write(folder)
    with pytest.raises(UnsafeNameError, match="outside of it, or none"):
        verify(folder)


def test_a_folder_without_a_manifest_cannot_be_verified(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        verify(tmp_path)
    Manifest(SERVER).write(tmp_path)
    assert verify(tmp_path).verified == "unverified"
    with pytest.raises(InvalidValueError):
        verify(tmp_path, workers=0)


# --- with a server ---


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as found:
        imaging = found.build.project("P").subject("S").mr_session("E", scans=["localizer", "T1"], slices=3)
        imaging.scans[0].resource("NOTES", {"10:20.txt": b"odd"})
        yield found


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_download_can_be_verified_without_the_server(server: Emulator, tmp_path: Path, strategy: str):
    with xnat_sdk.connect(server.url, server.user, server.password) as connection:
        imaging = connection.projects["P"].sessions["E"]
        source = Source(f"{imaging.uri}/scans/ALL/files", "E", imaging.uri, xsi_type="xnat:mrScanData")
        asked = Connection(connection.send, connection.get_json, connection.server)
        options = TransferOptions(strategy=strategy)  # type: ignore[arg-type]
        report = Download(asked, tmp_path, options=options).run([source])
        units = units_of(source, listed(connection.get_json(source.files), source.files))
        made = Manifest(connection.server, files=files_of(report, units))
        made.write(tmp_path)
    assert verify(tmp_path).is_ok
    assert verify(tmp_path).verified == "md5"
    (odd,) = (file for file in read_manifest(tmp_path).files if file.resource == "NOTES")
    assert (odd.path.rpartition("/")[2], odd.name.rpartition("/")[2]) == ("10%3A20.txt", "10:20.txt")
    assert (odd.session, odd.scan, odd.xsi_type) == (imaging.uri, "1", "xnat:mrScanData")
    assert "/resources/" in odd.uri
