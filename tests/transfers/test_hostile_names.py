"""Hostile names, more than 500 of them, through every way into a folder: nothing is written outside of it."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PureWindowsPath

import pytest
from transfers import hostile

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.archives import append_zip, download_dir
from xnat_runtime.errors import CorruptArchiveError, UnsafeNameError, XnatError
from xnat_runtime.names import is_reserved
from xnat_runtime.transfers.archive_download import Unpacking
from xnat_runtime.transfers.download import Connection, Download
from xnat_runtime.transfers.events import Events
from xnat_runtime.transfers.layouts import Layout, Origin
from xnat_runtime.transfers.limits import Limits
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.places import NameOf, Places
from xnat_runtime.transfers.plan import Source
from xnat_runtime.transfers.report import MovedFile
from xnat_runtime.transfers.spelling import original_part
from xnat_runtime.transfers.stop import Stop
from xnat_runtime.transport import Request, Response

NAMES = hostile.names()
GET = Request("GET", "/data/experiments/E/scans/ALL/files", (("format", "zip"),))
UNSAFE = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f\ud800-\udfff]|[. ]\Z')


def sending(archive: bytes) -> Callable[..., Response]:
    def send(request: Request, *, stream: bool = False) -> Response:
        return Response(
            method=request.method, url=request.path, status=200, headers={"Content-Type": "application/zip"},
            body=archive,
        )  # fmt: skip

    return send


def unpack(archive: bytes, target: Path, name_of: NameOf | None = None) -> list[MovedFile]:
    moved: list[MovedFile] = []
    unpacking = Unpacking(
        places=Places(target, name_of), expected=None, overwrite=False, durable=False, limits=Limits(),
        is_wanted=lambda *_: True, moved=moved.append, events=Events(None), stop=Stop(),
    )  # fmt: skip
    unpacking.receive(sending(archive), GET, "E")
    return moved


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A target deep inside a folder that is looked at as a whole, and a working directory beside it."""
    target = tmp_path / "1" / "2" / "3" / "out"
    target.mkdir(parents=True)
    (tmp_path / "cwd" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cwd" / "deep")
    monkeypatch.setenv("HOME", str(tmp_path / "cwd"))
    return target


def outside(target: Path) -> list[Path]:
    root = target.parents[3]
    return [path for path in root.rglob("*") if path.is_file() and not path.is_relative_to(target)]


def assert_safe(path: Path, target: Path) -> None:
    below = path.relative_to(target)
    assert path.resolve().is_relative_to(target.resolve())
    for part in below.parts:
        assert not UNSAFE.search(part), part
        assert not is_reserved(part)
        assert len(part.encode()) <= 255
        assert PureWindowsPath(part).parts == (part,)
        assert not PureWindowsPath(part).drive


def test_there_are_enough_of_them():
    assert len(NAMES) > 500


@pytest.mark.parametrize("at_end", [True, False], ids=["last", "first"])
def test_members_of_a_streamed_archive_stay_in_the_folder(box: Path, at_end: bool):
    written = refused = 0
    for number, name in enumerate(NAMES):
        members = [("S/good", b"good"), (name, b"evil")]
        target = box / str(number)
        target.mkdir()
        try:
            moved = unpack(hostile.zipped(members if at_end else reversed(members)), target)
        except (UnsafeNameError, CorruptArchiveError):
            refused += 1
            assert not at_end or not any(path.read_bytes() == b"evil" for path in target.rglob("*") if path.is_file())
        else:
            for file in moved:
                assert_safe(file.path, target)
            written += len(moved) - 1
        assert outside(target) == []
        remove(target)
    assert refused > 150
    assert written > 300
    assert refused + written >= len(NAMES) - sum(name.endswith("/") for name in NAMES)


def remove(folder: Path) -> None:
    shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


@pytest.mark.parametrize("template", ["flat", "{subject}/{session}/{scan}-{type}/{file}", "{tree}", "{name}-{scan}"])
def test_members_stay_in_the_folder_in_every_layout(box: Path, template: str):
    layout = Layout(template)
    for number, name in enumerate(NAMES):
        origin = Origin(subject=name, session=name, types={"1": name}) if number % 2 else Origin()
        wrapped = f"E/scans/1/resources/R/files/{name}"
        for member in (name, wrapped):
            try:
                moved = unpack(hostile.zipped([(member, b"evil")]), box, layout.name_of(origin))
            except (UnsafeNameError, CorruptArchiveError):
                pass
            else:
                for file in moved:
                    assert_safe(file.path, box)
                    remove(box / file.path.relative_to(box).parts[0])
        assert outside(box) == []


def test_members_of_a_kept_archive_stay_in_the_folder(box: Path):
    for name in NAMES:
        try:
            done = download_dir(sending(hostile.zipped([("S/good", b"good"), (name, b"evil")])), GET, box / "new")
        except (UnsafeNameError, CorruptArchiveError):
            assert not (box / "new").exists()
        else:
            for file in done.files:
                assert file.path.resolve().is_relative_to(box.resolve())
            remove(box / "new")
        assert outside(box) == []


def test_members_that_are_copied_into_another_archive_keep_no_hostile_name(box: Path):
    for name in NAMES:
        with zipfile.ZipFile(io.BytesIO(), "w") as into:
            # What is refused at its end is copied by then; whoever makes the other archive throws it away.
            with suppress(UnsafeNameError, CorruptArchiveError):
                append_zip(sending(hostile.zipped([(name, b"evil")])), GET, into, place=("P",), folder=box)
            for written in into.namelist():
                assert (box / written).resolve().is_relative_to(box.resolve())
                assert "\\" not in written


def test_names_that_are_written_can_be_read_back(tmp_path: Path):
    for name in NAMES:
        try:
            path = Places(tmp_path).place(name)
        except UnsafeNameError:
            continue
        parts = path.relative_to(tmp_path).parts
        assert "/".join(original_part(part, is_top=len(parts) == 1) for part in parts) == name


# --- from a server ---


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as found:
        yield found


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        yield session
    server.faults.clear()


def portions(size: int) -> list[tuple[str, ...]]:
    # A name that is no text cannot travel in the emulator's JSON.
    sendable = [name for name in NAMES if not re.search("[\ud800-\udfff]", name)]
    return [tuple(sendable[at : at + size]) for at in range(0, len(sendable), size)]


@pytest.mark.parametrize("size", [1, 38])
def test_hostile_members_of_a_server_stay_in_the_folder(
    server: Emulator, connection: xnat_sdk.XnatSession, box: Path, size: int
):
    asked = Connection(connection.send, connection.get_json, connection.server)
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    source = Source(f"{imaging.uri}/scans/ALL/files", imaging.label, imaging.uri)
    wanted = portions(size)
    for number, names in enumerate(wanted if size > 1 else wanted[::25]):
        server.faults.clear()
        server.faults.add(Fault(faults.HostileMembers(names)))
        target = box / str(number)
        with suppress(XnatError):
            Download(asked, target, options=TransferOptions(strategy="archive", verify=False)).run([source])
        assert outside(box) == []
        for path in target.rglob("*"):
            assert_safe(path, target)
        if target.exists():
            remove(target)


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_hostile_labels_of_a_server_stay_in_the_folder(
    server: Emulator, connection: xnat_sdk.XnatSession, box: Path, strategy: str
):
    asked = Connection(connection.send, connection.get_json, connection.server)
    imaging = connection.projects["sandbox"].sessions["test001_MR"]
    for number, names in enumerate(portions(38)):
        server.faults.clear()
        server.faults.add(Fault(faults.HostileLabels(names)))
        target = box / str(number)
        source = Source(f"{imaging.uri}/scans/ALL/files", names[0], imaging.uri, lambda names=names: {"1": names[1]})
        options = TransferOptions(strategy=strategy, failures="report")  # type: ignore[arg-type]
        with suppress(XnatError):
            Download(asked, target, options=options).run([source])
        assert outside(box) == []
        for path in target.rglob("*"):
            assert_safe(path, target)
