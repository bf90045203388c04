"""A mounted archive: files are found where the server says it keeps them, and only when they are the right ones."""

from __future__ import annotations

import errno
import io
import os
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from transfers import hostile

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime import mounted
from xnat_runtime.documents import read_table
from xnat_runtime.errors import InvalidValueError, TargetExistsError, UnsafeNameError
from xnat_runtime.paths import encode_path
from xnat_runtime.transfers import mount as mounts
from xnat_runtime.transfers.layouts import Origin
from xnat_runtime.transfers.mount import ArchivePlace, Mount, mount_for, mounted_send
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.plan import Source, listed, units_of
from xnat_runtime.transfers.report import MovedFile
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_runtime.transfers.units import FileUnit
from xnat_runtime.transport import Request, Send
from xnat_sdk.models import QcManualAssessorData

SESSION = "/data/projects/P/subjects/S/experiments/E"
ORIGIN = Origin("P", "S", "E")
ROOTS = ("/data/projects/P", "/data/projects/P/subjects/S", SESSION, f"{SESSION}/scans/1", f"{SESSION}/scans/2")


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as found:
        project = found.build.project("P")
        subject = project.subject("S")
        imaging = subject.mr_session("E", scans=["localizer", "T1"], slices=2)
        project.resource("PROTOCOL", {"plan.pdf": b"plan"})
        subject.resource("CONSENT", {"form 1.pdf": b"signed"})
        imaging.resource("NOTES", {"deep/er/n.txt": b"note"})
        imaging.scans[0].resource("NIFTI", {"a#b %41.nii": b"nifti"})
        yield found


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        yield session


@pytest.fixture
def archive(connection: xnat_sdk.XnatSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files where the server says that it keeps them."""
    root = tmp_path / "archive"
    for above in ROOTS:
        for row, place in zip(
            read_table(connection.get_json(f"{above}/files"), above),
            read_table(connection.get_json(f"{above}/files", {"locator": "absolutePath"}), above),
            strict=True,
        ):
            path = root / str(place["absolutePath"]).removeprefix("/data/xnat/archive/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(connection.get(encode_path(f"/data{row['URI'].removeprefix('/data')}")).content)
    monkeypatch.setenv("XNAT_DATA", str(root))
    return root


def units(connection: xnat_sdk.XnatSession) -> list[FileUnit]:
    found: list[FileUnit] = []
    for above in ROOTS:
        source = Source(f"{above}/files", "E")
        found += units_of(source, listed(connection.get_json(source.files), source.files))
    return found


def paths_below(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


# --- units of transfers ---


def test_every_file_is_found_where_the_server_keeps_it(connection: xnat_sdk.XnatSession, archive: Path):
    mount = mount_for(connection.server)
    assert mount is not None
    assert not mount.is_hub
    found = {mount.find(unit, ORIGIN) for unit in units(connection)}
    assert found == paths_below(archive)
    assert len(found) == 8


def test_every_file_is_found_in_the_arrangement_of_jupyterhub(connection: xnat_sdk.XnatSession, archive: Path):
    hub = archive.parent / "hub"
    (hub / "projects").mkdir(parents=True)
    (archive / "P").rename(hub / "projects" / "P")
    (hub / "projects" / "P" / "arc001").rename(hub / "projects" / "P" / "experiments")
    mount = Mount.at(hub)
    assert mount.is_hub
    assert {mount.find(unit, ORIGIN) for unit in units(connection)} == paths_below(hub)


def test_what_is_not_sure_is_read_from_the_server(connection: xnat_sdk.XnatSession, archive: Path):
    mount = Mount.at(archive)
    unit = next(unit for unit in units(connection) if unit.scan == "1")
    assert mount.find(unit, ORIGIN)
    for other in (
        attrs.evolve(unit, size=None),
        attrs.evolve(unit, size=(unit.size or 0) + 1),
        attrs.evolve(unit, resource=""),
        attrs.evolve(unit, resource="OTHER"),
        attrs.evolve(unit, scan=""),
        attrs.evolve(unit, scan="3"),
        attrs.evolve(unit, uri="/data/nothing"),
        attrs.evolve(unit, uri=unit.uri.replace("/scans/1/", "/assessors/1/out/")),
        attrs.evolve(unit, uri=unit.uri.replace("/scans/1/", "/reconstructions/1/")),
    ):
        assert mount.find(other, ORIGIN) is None
    for origin in (Origin(), Origin("P", "S"), Origin("Q", "S", "E"), Origin("P", "S", "F")):
        assert mount.find(unit, origin) is None


def test_an_experiment_in_two_parts_of_the_archive_is_read_from_the_server(
    connection: xnat_sdk.XnatSession, archive: Path
):
    mount = Mount.at(archive)
    unit = next(unit for unit in units(connection) if unit.scan == "1")
    (archive / "P" / "arc001").rename(archive / "P" / "arc002")
    assert mount.find(unit, ORIGIN) == next(
        path for path in paths_below(archive) if path.name == unit.uri.rpartition("/")[2]
    )
    (archive / "P" / "arc001" / "E").mkdir(parents=True)
    assert mount.find(unit, ORIGIN) is None
    assert mount.folder(ArchivePlace("P", experiment="E")) is None


# --- escapes ---


def test_hostile_labels_and_paths_never_leave_the_mount(archive: Path):
    (archive.parent / "evil").write_bytes(b"evil")
    mount = Mount.at(archive)
    for name in hostile.names():
        for place in (
            ArchivePlace(name),
            ArchivePlace("P", subject=name, resource="R"),
            ArchivePlace("P", experiment=name, scan="1", resource="DICOM"),
            ArchivePlace("P", experiment="E", scan=name, resource="DICOM"),
            ArchivePlace("P", experiment="E", assessor=name, resource="DICOM"),
            ArchivePlace("P", resource=name),
        ):
            try:
                expected = mount.expected(place)
            except UnsafeNameError:
                assert mount.folder(place) is None
                continue
            assert Path(os.path.normpath(expected)).is_relative_to(archive)
        assert mount.file(ArchivePlace("P", resource="PROTOCOL"), name, 4) is None
    assert mount.file(ArchivePlace("P", resource="PROTOCOL"), "../../../evil", 4) is None
    assert mount.file(ArchivePlace("P", resource="PROTOCOL"), "plan.pdf", 4)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_lead_out_of_the_mount_are_not_followed(archive: Path):
    outside = archive.parent / "outside"
    outside.mkdir()
    (outside / "plan.pdf").write_bytes(b"evil")
    folder = archive / "P" / "resources"
    (folder / "LINKED").symlink_to(outside)
    (folder / "PROTOCOL" / "linked.pdf").symlink_to(outside / "plan.pdf")
    (folder / "PROTOCOL" / "inside.pdf").symlink_to("plan.pdf")
    os.mkfifo(folder / "PROTOCOL" / "pipe")
    mount = Mount.at(archive)
    assert mount.file(ArchivePlace("P", resource="LINKED"), "plan.pdf", 4) is None
    assert mount.folder(ArchivePlace("P", resource="LINKED")) is None
    assert mount.file(ArchivePlace("P", resource="PROTOCOL"), "linked.pdf", 4) is None
    assert mount.file(ArchivePlace("P", resource="PROTOCOL"), "pipe", 0) is None
    assert mount.file(ArchivePlace("P", resource="PROTOCOL"), "inside.pdf", 4) == folder / "PROTOCOL" / "inside.pdf"


def test_a_mount_is_never_written(connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path):
    files = [*connection.projects["P"].sessions["E"].scans["1"].files]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths_below(archive)}
    for path in [archive, *archive.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for number, file in enumerate(files):
        assert file.download(tmp_path / str(number)).verified == "md5"
        with file.open() as stream:
            assert stream.read() == (tmp_path / str(number)).read_bytes()
            with pytest.raises(io.UnsupportedOperation):
                stream.write(b"x")
    for path in [archive, *archive.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths_below(archive)} == before


# --- requests that the mount answers ---


def received(send: Send, unit: FileUnit) -> bytes:
    with send(Request("GET", unit.uri), stream=True) as response:
        return b"".join(iter(lambda: response.read(1000), b""))


def test_the_mount_answers_once_and_then_the_server(server: Emulator, connection: xnat_sdk.XnatSession, archive: Path):
    mount = Mount.at(archive)
    for unit in units(connection):
        before = len(server.requests)
        send = mounted_send(connection.send, mount, unit, ORIGIN)
        first = received(send, unit)
        assert len(server.requests) == before
        assert received(send, unit) == first
        assert len(server.requests) == before + 1
    stranger = attrs.evolve(unit, size=None)
    assert mounted_send(connection.send, mount, stranger, ORIGIN) == connection.send
    assert mounted_send(connection.send, None, unit, ORIGIN) == connection.send


def test_a_file_that_changes_before_it_is_read_comes_from_the_server(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path
):
    mount = Mount.at(archive)
    unit = next(unit for unit in units(connection) if unit.scan == "1")
    send = mounted_send(connection.send, mount, unit, ORIGIN)
    found = mount.find(unit, ORIGIN)
    assert found
    found.write_bytes(b"shorter")
    before = len(server.requests)
    assert len(received(send, unit)) == unit.size
    assert len(server.requests) == before + 1


# --- the environment ---


def test_a_mount_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    site = "https://xnat.example.org"
    for name in ("XNATPY_HOST", "XNAT_HOST", "XNAT_URL", "XNAT_DATA"):
        monkeypatch.delenv(name, raising=False)
    assert mount_for(site) is None
    monkeypatch.setenv("XNAT_DATA", "")
    assert mount_for(site) is None
    monkeypatch.setenv("XNAT_DATA", str(tmp_path))
    assert mount_for(site) == Mount(tmp_path, False)
    monkeypatch.setenv("XNAT_HOST", "https://xnat.example.org:443/")
    assert mount_for(site) == Mount(tmp_path, False)
    for other in ("https://other.example.org", "nonsense"):
        monkeypatch.setenv("XNAT_HOST", other)
        assert mount_for(site) is None


def test_a_folder_that_does_not_exist_is_warned_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XNAT_DATA", str(tmp_path / "none"))
    with pytest.warns(UserWarning, match="XNAT_DATA names .*none, which is no folder here"):
        assert mount_for("https://xnat.example.org") is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mount_for("https://xnat.example.org") is None
    with pytest.raises(InvalidValueError):
        Mount.at(tmp_path / "none")


# --- objects ---


def test_objects_tell_their_folders(connection: xnat_sdk.XnatSession, archive: Path):
    project = connection.projects["P"]
    imaging = project.sessions["E"]
    folders = {
        archive / "P": project,
        archive / "P" / "subjects" / "S": project.subjects["S"],
        archive / "P" / "arc001" / "E": imaging,
        archive / "P" / "arc001" / "E" / "SCANS" / "1": imaging.scans["1"],
        archive / "P" / "arc001" / "E" / "SCANS" / "1" / "DICOM": imaging.scans["1"].resources["DICOM"],
        archive / "P" / "arc001" / "E" / "RESOURCES" / "NOTES": imaging.resources["NOTES"],
        archive / "P" / "resources" / "PROTOCOL": project.resources["PROTOCOL"],
        archive / "P" / "subjects" / "S" / "CONSENT": project.subjects["S"].resources["CONSENT"],
    }
    for folder, item in folders.items():
        assert item.expected_data_dir == item.data_dir == folder
    made = QcManualAssessorData(parent=imaging, label="QC")
    assert made.expected_data_dir == archive / "P" / "arc001" / "E" / "ASSESSORS" / "QC"
    assert made.data_dir is None
    assert made.create_resource("R").expected_data_dir == archive / "P" / "arc001" / "E" / "ASSESSORS" / "QC" / "R"


def test_files_tell_their_paths_without_a_request_for_each(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path
):
    project = connection.projects["P"]
    subject, imaging = project.subjects["S"], project.sessions["E"]
    scan = imaging.scans["1"]
    files = [
        *project.files, *subject.files, *imaging.files, *scan.files, *imaging.scans["2"].files,
        *scan.resources["DICOM"].files,
    ]  # fmt: skip
    assert files[-1].data_path
    before = len(server.requests)
    found = [file.data_path for file in files]
    assert len(server.requests) - before <= 4
    assert set(found) == paths_below(archive)
    assert found == [file.expected_data_path for file in files]


def test_files_are_read_from_the_mount(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path
):
    scan = connection.projects["P"].sessions["E"].scans["1"]
    file = scan.resources["DICOM"].files[0]
    path = file.data_path
    assert path
    content = path.read_bytes()
    before = len(server.requests)
    with file.open() as stream:
        assert stream.read(4) == content[:4]
        assert stream.seek(128) == 128
        assert stream.read(4) == b"DICM"
        assert stream.seek(-10, os.SEEK_END) == len(content) - 10
        assert stream.read() == content[-10:]
        assert stream.read() == b""
    assert stream.closed
    with pytest.raises(ValueError, match="closed"):
        stream.read()
    assert file.read_dicom().Modality == "MR"
    done = file.download(tmp_path / "a.dcm")
    assert (done.verified, (tmp_path / "a.dcm").read_bytes()) == ("md5", content)
    target = io.BytesIO()
    assert file.download_stream(target).verified == "md5"
    assert target.getvalue() == content
    assert [request.path for request in server.requests[before:]] == []


def test_other_bytes_of_the_same_size_are_asked_for_at_the_server(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path
):
    file = connection.projects["P"].sessions["E"].scans["1"].resources["DICOM"].files[0]
    path = file.data_path
    assert path
    content = path.read_bytes()
    path.write_bytes(bytes(len(content)))
    before = len(server.requests)
    assert file.download(tmp_path / "a.dcm").verified == "md5"
    assert (tmp_path / "a.dcm").read_bytes() == content
    assert len(server.requests) == before + 1
    path.write_bytes(b"shorter")
    with file.open() as stream:
        assert stream.read() == content


def test_without_a_mount_there_are_no_folders(connection: xnat_sdk.XnatSession, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XNAT_DATA", raising=False)
    scan = connection.projects["P"].sessions["E"].scans["1"]
    file = scan.files[0]
    assert [scan.data_dir, scan.expected_data_dir] == [None, None]
    assert [file.data_path, file.expected_data_path, mounted.opener_of(file)] == [None, None, None]


@pytest.fixture(autouse=True)
def fresh() -> None:
    mounts._mounted.cache_clear()


# --- downloads of many files ---


def test_a_download_takes_what_the_mount_has_and_the_rest_from_the_server(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path
):
    imaging = connection.projects["P"].sessions["E"]
    plain = {file.name: file.md5 for file in download(imaging, tmp_path / "plain", None)}
    files = sorted(path for path in paths_below(archive) if "SCANS" in path.parts)
    files[0].unlink()
    files[1].write_bytes(bytes(files[1].stat().st_size))
    before = len(server.requests)
    moved = download(imaging, tmp_path / "mounted", archive)
    asked = [request.path for request in server.requests[before:]]
    assert {file.name: file.md5 for file in moved} == plain
    assert sum("/files/" in path for path in asked) == 2
    assert sum(path.endswith("/files") for path in asked) == 1
    assert len(moved) == 5
    assert all(file.verified == "md5" for file in moved)


def download(imaging: xnat_sdk.models.MrSessionData, target: Path, mounted_at: Path | None) -> tuple[MovedFile, ...]:
    with pytest.MonkeyPatch.context() as patch:
        if mounted_at is None:
            patch.delenv("XNAT_DATA")
        return imaging.download_dir(target, options=TransferOptions(retry=RetryPolicy(base=0.0))).moved


def asked_for_bytes(server: Emulator, start: int) -> list[str]:
    return [r.path for r in server.requests[start:] if "/files/" in r.path or ("format", "zip") in r.query]


@pytest.mark.parametrize("level", ["project", "session", "scan"])
def test_without_comparing_the_mount_is_still_taken(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path, level: str
):
    project = connection.projects["P"]
    item = {"project": project, "session": project.sessions["E"], "scan": project.sessions["E"].scans["1"]}[level]
    start = len(server.requests)
    report = item.download_dir(tmp_path / "got", options=TransferOptions(verify=False))
    assert asked_for_bytes(server, start) == []
    assert len(report.moved) == (3 if level == "scan" else 5)
    assert report.size == 0


def test_without_comparing_what_the_mount_does_not_hold_is_one_archive(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path
):
    (archive / "P" / "arc001" / "E").rename(archive / "P" / "arc001" / "other")
    start = len(server.requests)
    imaging = connection.projects["P"].sessions["E"]
    assert len(imaging.download_dir(tmp_path / "got", options=TransferOptions(verify=False)).moved) == 5
    assert len(asked_for_bytes(server, start)) == 1


def test_a_wrong_file_of_the_mount_is_no_failed_attempt(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path
):
    wrong = next(path for path in paths_below(archive) if "SCANS" in path.parts)
    wrong.write_bytes(bytes(wrong.stat().st_size))
    report = connection.projects["P"].sessions["E"].download_dir(tmp_path / "got", options=TransferOptions(retry=NEVER))
    assert (len(report.moved), report.verified) == (5, "md5")
    assert report.size == wrong.stat().st_size


class _Gone(io.BytesIO):
    """A file on a network disk that has gone away."""

    def read(self, _: int | None = -1, /) -> bytes:
        raise OSError(errno.ESTALE, "Stale file handle")


def test_a_mount_that_cannot_be_read_is_left_for_the_server(
    server: Emulator,
    connection: xnat_sdk.XnatSession,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(Mount, "opened", lambda *_: _Gone())
    imaging = connection.projects["P"].sessions["E"]
    assert imaging.download_dir(tmp_path / "got", options=TransferOptions(retry=NEVER)).verified == "md5"
    file = imaging.scans["1"].resources["DICOM"].files[0]
    assert file.download(tmp_path / "one").verified == "md5"
    assert imaging.download(tmp_path / "all.zip").size


# --- zip files ---


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_zip_is_made_of_the_mount(
    server: Emulator,
    connection: xnat_sdk.XnatSession,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    imaging = connection.projects["P"].sessions["E"]
    items = {"session": imaging, "scan": imaging.scans["1"], "resource": imaging.scans["1"].resources["NIFTI"]}
    start = len(server.requests)
    for name, item in items.items():
        assert item.download(tmp_path / f"{name}.zip").verified == "md5"
    assert imaging.download(tmp_path / "some.zip", scan_filter="T1").verified == "md5"
    assert asked_for_bytes(server, start) == []
    monkeypatch.delenv("XNAT_DATA")
    for name, item in items.items():
        item.download(tmp_path / f"{name}-sent.zip")
        assert contents(tmp_path / f"{name}.zip") == contents(tmp_path / f"{name}-sent.zip") != {}
    imaging.download(tmp_path / "some-sent.zip", scan_filter="T1")
    assert contents(tmp_path / "some.zip") == contents(tmp_path / "some-sent.zip") != {}
    with pytest.raises(TargetExistsError):
        imaging.download(tmp_path / "some.zip")


@pytest.mark.parametrize("what", ["missing", "changed"])
def test_a_zip_that_the_mount_does_not_hold_whole_is_the_servers(
    server: Emulator, connection: xnat_sdk.XnatSession, archive: Path, tmp_path: Path, what: str
):
    path = next(path for path in sorted(paths_below(archive)) if "SCANS" in path.parts)
    content = path.read_bytes()
    if what == "missing":
        path.unlink()
    else:
        path.write_bytes(bytes(len(content)))
    start = len(server.requests)
    connection.projects["P"].sessions["E"].download(tmp_path / "all.zip")
    assert len(asked_for_bytes(server, start)) == 1
    assert content in contents(tmp_path / "all.zip").values()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["all.zip"]
