"""A downloaded folder read through typed objects where there is no server."""

from __future__ import annotations

import hashlib
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_runtime.errors import PermissionDeniedError
from xnat_runtime.files import FileData
from xnat_runtime.transfers.manifest import Manifest, ManifestFile, read_manifest
from xnat_runtime.transfers.manifest_items import items_of
from xnat_sdk import OfflineError, open_offline
from xnat_sdk.models import ImageScanData, ImageSessionData, MrScanData, MrSessionData, ProjectData, SubjectData
from xnat_sdk.transfers import TransferOptions, local_path, verify


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True) as server:
        yield server


def _kept(file: FileData, scan: ImageScanData, imaging: ImageSessionData, folder: Path) -> ManifestFile:
    name = f"scans/{scan.id}/{file.collection}/{file.name}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    file.download(folder / name)
    return ManifestFile(
        name,
        name,
        file.size,
        file.digest,
        "md5",
        file.uri,
        imaging.xsi_type,
        imaging.uri,
        scan.id,
        file.collection or "",
    )


@pytest.fixture(scope="module")
def downloaded(demo, tmp_path_factory) -> Path:
    """A folder with one imaging session and its manifest."""
    folder = tmp_path_factory.mktemp("downloaded")
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        imaging = connection.projects["sandbox"].subjects["test001"].sessions["test001_MR"]
        files = [_kept(file, scan, imaging, folder) for scan in imaging.scans for file in scan.files]
        items = items_of(imaging, imaging.scans)
        Manifest(connection.server, files=files, items=items).write(folder)
    return folder


@pytest.fixture(autouse=True)
def no_network(downloaded, monkeypatch):
    def refuse(*_):
        raise AssertionError("something has asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_the_tree_is_there_as_typed_objects(downloaded, demo):
    with open_offline(downloaded / "manifest.json") as connection:
        assert (connection.server, connection.read_only) == (demo.url, True)
        (project,) = connection.projects
        (subject,) = project.subjects
        (imaging,) = subject.sessions
        assert [type(item) for item in (project, subject, imaging)] == [ProjectData, SubjectData, MrSessionData]
        assert (project.id, subject.label, imaging.label) == ("sandbox", "test001", "test001_MR")
        assert list(connection.sessions) == list(project.sessions) == [imaging]
        assert connection.sessions["test001_MR"].scans.keys() == imaging.scans.keys() != []
        scan = imaging.scans[0]
        assert isinstance(scan, MrScanData)
        assert scan.type in {row.type for row in imaging.scans}
        assert scan.resources["DICOM"].files.keys() == scan.files.keys() != []
        assert connection.sessions.of_type(MrSessionData)["test001_MR"] == imaging


def test_files_are_read_from_the_folder(downloaded, tmp_path):
    with open_offline(downloaded) as connection:
        scan = connection.sessions["test001_MR"].scans[0]
        file = scan.resources["DICOM"].files[0]
        path = local_path(file)
        assert path.is_relative_to(downloaded)
        content = path.read_bytes()
        with file.open() as stream:
            assert stream.read() == content
            stream.seek(128)
            assert stream.read(4) == b"DICM"
            stream.seek(-10, 2)
            assert stream.read() == content[-10:]
        assert file.digest == hashlib.md5(content).hexdigest()
        assert file.read_dicom().Modality == "MR"
        assert scan.read_dicom().SeriesNumber == scan.read_dicom(file).SeriesNumber
        assert file.download(tmp_path / "copy.dcm").path.read_bytes() == content


def test_every_other_request_says_that_it_is_offline(downloaded):
    with open_offline(downloaded) as connection:
        imaging = connection.sessions["test001_MR"]
        asked = [
            lambda: imaging.dcm_patient_birth_date,
            imaging.refresh,
            lambda: list(imaging.assessors),
            lambda: connection.create_object(imaging.uri),
            lambda: connection.get("/data/version"),
            lambda: connection.query(MrSessionData).all(),
            lambda: list(connection.projects["sandbox"].subjects.columns(SubjectData.initials)),
            lambda: imaging.download(downloaded / "x.zip"),
            lambda: setattr(imaging, "note", "x"),
            lambda: imaging.delete(remove_files=True),
            lambda: imaging.create_resource("NEW"),
            lambda: connection.put("/data/projects/NEW"),
            lambda: connection.server_version,
        ]
        for ask in asked:
            with pytest.raises(OfflineError, match=r"^offline: "):
                ask()


def test_what_has_changed_since_is_told(downloaded):
    with open_offline(downloaded) as connection:
        first, second = connection.sessions["test001_MR"].scans[0].files[0:2]
        path, other = local_path(first), local_path(second)
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        try:
            with pytest.raises(xnat_sdk.IncompleteTransferError, match="were downloaded"):
                first.open().read()
        finally:
            path.unlink()
        with pytest.raises(OfflineError, match="is not there any more"):
            first.open().read(1)
        path.write_bytes(content)
        assert len(other.read_bytes()) == second.size


def test_a_manifest_of_files_alone_is_enough(downloaded, tmp_path):
    files = read_manifest(downloaded).files
    Manifest("https://xnat.example.org", files=files).write(tmp_path)
    with open_offline(tmp_path) as connection:
        (imaging,) = connection.sessions
        assert isinstance(imaging, ImageSessionData)
        assert imaging.scans.keys()
        assert sum(len(scan.files) for scan in imaging.scans) == len(files)
        for ask in (lambda: imaging.label, lambda: list(connection.projects), lambda: list(connection.subjects)):
            with pytest.raises(OfflineError):
                ask()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../outside"])
def test_a_manifest_does_not_lead_out_of_its_folder(tmp_path, path):
    uri = "/data/experiments/E/scans/1/resources/DICOM/files/x"
    Manifest("https://xnat.example.org", files=(ManifestFile(path, "x", 3, uri=uri, session="/data/experiments/E",
             scan="1", resource="DICOM"),)).write(tmp_path)  # fmt: skip
    (tmp_path.parent / "outside").write_text("xyz")
    with open_offline(tmp_path) as connection:
        (file,) = connection.sessions["E"].scans["1"].files
        with pytest.raises(xnat_sdk.UnsafeNameError, match="outside of it"):
            file.open().read()


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_offline(tmp_path)


@pytest.mark.parametrize("level", ["project", "session", "scan"])
def test_what_a_download_has_written_opens(demo, monkeypatch, tmp_path, level):
    monkeypatch.undo()
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        project = connection.projects["sandbox"]
        imaging = project.sessions["test001_MR"]
        item = {"project": project, "session": imaging, "scan": imaging.scans[0]}[level]
        item.download_dir(tmp_path / "study", manifest=True)
        labels, scans = sorted(project.sessions.as_mapping()), sorted(imaging.scans.as_mapping())
    with open_offline(tmp_path / "study") as offline:
        (project,) = offline.projects
        assert project.id == "sandbox"
        assert {"test001"} <= {subject.label for subject in project.subjects}
        if level == "project":
            assert sorted(project.sessions.as_mapping()) == labels
        imaging = project.subjects["test001"].sessions["test001_MR"]
        assert isinstance(imaging, MrSessionData)
        assert sorted(imaging.scans.as_mapping()) == (scans[:1] if level == "scan" else scans)
        assert imaging.scans[0].type
        assert all(local_path(file).is_file() for scan in imaging.scans for file in scan.files)
        assert imaging.scans[0].read_dicom().Modality == "MR"


def test_files_of_a_server_have_no_local_path(demo, monkeypatch):
    monkeypatch.undo()
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        file = connection.projects["sandbox"].sessions["test001_MR"].scans[0].files[0]
        with pytest.raises(TypeError, match="only files of open_offline"):
            local_path(file)


@pytest.fixture(scope="module")
def worded() -> Iterator[Emulator]:
    """Two projects whose subjects and sessions have the same labels, and files that are described."""
    with xnat_emulator.start() as server:
        for name, slices in (("ONE", 2), ("TWO", 3)):
            imaging = server.build.project(name).subject("S").mr_session("E", scans=["T1"], slices=slices)
            imaging.resource("NOTES", {"deep/resources/1/files/n.txt": name.encode()})
        with xnat_sdk.connect(server.url, server.user, server.password) as connection:
            scan = connection.projects["ONE"].sessions["E"].scans["1"]
            made = scan.create_resource("SEG")
            made.upload_data(b"mask", "mask.nii", file_format="NIFTI", file_content="MASK", file_tags="checked,by-hand")
        yield server


@pytest.fixture
def online(worded, monkeypatch) -> Iterator[xnat_sdk.XnatSession]:
    monkeypatch.undo()
    with xnat_sdk.connect(worded.url, worded.user, worded.password) as connection:
        yield connection


def test_format_content_and_tags_are_kept(online, tmp_path):
    scan = online.projects["ONE"].sessions["E"].scans["1"]
    scan.download_dir(tmp_path, manifest=True)
    there = {file.path: (file.file_format, file.file_content, file.file_tags) for file in scan.files}
    with open_offline(tmp_path) as offline:
        files = offline.sessions["E"].scans["1"].files
        found = {file.path: (file.file_format, file.file_content, file.file_tags) for file in files}
    assert found == there
    assert found["mask.nii"] == ("NIFTI", "MASK", "checked,by-hand")


@pytest.mark.parametrize("options", [{}, {"strategy": "files"}, {"verify": False}])
def test_each_file_has_the_type_of_what_holds_its_resource(online, tmp_path, options):
    imaging = online.projects["ONE"].sessions["E"]
    imaging.download_dir(tmp_path, manifest=True, options=TransferOptions(**options))
    files = read_manifest(tmp_path).files
    assert {file.xsi_type for file in files} == {"xnat:mrScanData"}
    assert {(file.scan, file.session) for file in files} == {("1", imaging.uri)}
    with open_offline(tmp_path) as offline:
        found = offline.sessions["E"].scans["1"]
        assert sorted(file.path for file in found.files) == sorted(file.path for file in imaging.scans["1"].files)
        assert sorted(resource.label for resource in found.resources) == ["DICOM", "SEG"]
        assert all(local_path(file).read_bytes() for file in found.files)


def test_a_resource_alone_opens(online, tmp_path):
    imaging = online.projects["ONE"].sessions["E"]
    imaging.resources["NOTES"].download_dir(tmp_path / "notes", manifest=True)
    imaging.scans["1"].resources["SEG"].download_dir(tmp_path / "seg", manifest=True)
    assert {file.xsi_type for file in read_manifest(tmp_path / "notes").files} == {"xnat:mrSessionData"}
    assert {file.xsi_type for file in read_manifest(tmp_path / "seg").files} == {"xnat:mrScanData"}
    with open_offline(tmp_path / "notes") as offline:
        (file,) = offline.sessions["E"].resources["NOTES"].files
        assert (file.path, local_path(file).read_bytes()) == ("deep/resources/1/files/n.txt", b"ONE")
    with open_offline(tmp_path / "seg") as offline:
        (file,) = offline.sessions["E"].scans["1"].resources["SEG"].files
        assert (file.path, local_path(file).read_bytes()) == ("mask.nii", b"mask")


def test_labels_that_two_projects_use_are_told_apart(online, tmp_path):
    items = [online.projects[name].sessions["E"] for name in ("ONE", "TWO")]
    online.download(items, tmp_path, layout="{project}/{tree}")
    with open_offline(tmp_path) as offline:
        assert sorted(offline.projects.as_mapping()) == ["ONE", "TWO"]
        for name, count in (("ONE", 3), ("TWO", 3)):
            project = offline.projects[name]
            assert [subject.label for subject in project.subjects] == ["S"]
            (imaging,) = project.subjects["S"].sessions
            assert (imaging.label, imaging.project) == ("E", name)
            (scan,) = imaging.scans
            assert isinstance(scan, MrScanData)
            assert len(scan.files) == count
            assert all(local_path(file).is_relative_to(tmp_path / name) for file in scan.files)


def test_a_mirror_opens(online, tmp_path):
    online.projects["ONE"].mirror(tmp_path)
    with open_offline(tmp_path) as offline:
        imaging = offline.projects["ONE"].subjects["S"].sessions["E"]
        assert isinstance(imaging, MrSessionData)
        assert [type(scan) for scan in imaging.scans] == [MrScanData]
        assert len(imaging.scans["1"].files) == 3
        assert [local_path(file).read_bytes() for file in imaging.resources["NOTES"].files] == [b"ONE"]


def test_a_bulk_download_opens(online, tmp_path):
    online.download(online.projects["ONE"].sessions, tmp_path)
    with open_offline(tmp_path) as offline:
        assert [subject.label for subject in offline.subjects] == ["S"]
        assert isinstance(offline.sessions["E"], MrSessionData)
        assert {file.xsi_type for file in read_manifest(tmp_path).files} == {"xnat:mrScanData"}


@pytest.mark.parametrize("level", ["session", "bulk"])
def test_what_the_server_does_not_tell_of_items_costs_no_file(online, monkeypatch, tmp_path, level):
    imaging = online.create_object(online.projects["ONE"].sessions["E"].uri)
    real, refused = type(online).get_json, list[str]()

    def get_json(self, path, *arguments, **options):
        if path.endswith(("/scans", "/experiments")) or "/subjects/" in path:
            refused.append(path)
            raise PermissionDeniedError("GET", path, 403, "not yours")
        return real(self, path, *arguments, **options)

    monkeypatch.setattr(type(online), "get_json", get_json)
    if level == "bulk":
        report = online.download([imaging], tmp_path, options=TransferOptions(strategy="archive"))
    else:
        report = imaging.download_dir(tmp_path, manifest=True, options=TransferOptions(strategy="archive"))
    monkeypatch.undo()
    assert refused
    assert len(report.moved) == len(read_manifest(tmp_path).files) == 3
    assert verify(tmp_path).is_ok
    with open_offline(tmp_path) as offline:
        assert [len(scan.files) for imaging in offline.sessions for scan in imaging.scans] == [3]


def test_a_mirror_is_verified_without_files_of_its_own(online, tmp_path):
    online.projects["ONE"].mirror(tmp_path)
    (tmp_path / ".xnat-left.part").write_bytes(b"half")
    report = verify(tmp_path)
    assert (report.is_ok, report.extra) == (True, (".xnat-left.part",))


OTHER_PROCESS = """
import pickle, sys
from xnat_sdk.transfers import local_path
with open(sys.argv[1], "rb") as stream:
    scans = pickle.load(stream)
files = [file for scan in scans for file in scan.files]
print(len({id(file.session) for file in files}), sum(local_path(file).is_file() for file in files))
"""


def test_objects_of_a_folder_travel_to_processes_that_see_it(downloaded, tmp_path):
    with open_offline(downloaded) as connection:
        imaging = connection.sessions["test001_MR"]
        again = pickle.loads(pickle.dumps(imaging))
        assert (again, again.session, type(again)) == (imaging, connection, MrSessionData)
        scans, count = list(imaging.scans), sum(len(scan.files) for scan in imaging.scans)
        assert [type(scan) for scan in pickle.loads(pickle.dumps(scans))] == [type(scan) for scan in scans]
        (tmp_path / "scans").write_bytes(pickle.dumps(scans))
    command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "scans")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"1 {count}\n", "")
    name = downloaded.name.encode()
    elsewhere = (tmp_path / "scans").read_bytes().replace(name, b"_" * len(name))
    with pytest.raises(FileNotFoundError):
        pickle.loads(elsewhere)
