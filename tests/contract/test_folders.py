"""Folders that come and go: trees of subjects and projects, and uploads by every method."""

from __future__ import annotations

import zipfile

import pytest

from xnat_runtime.transfers.events import Finished, TransferEvent
from xnat_sdk import ConflictError, InvalidValueError

FILES = {"a.txt": b"a", "empty.bin": b"", "deep/er/b c.bin": bytes(range(256)) * 9_000, "deep/ü.txt": b"u"}


@pytest.fixture
def folder(tmp_path):
    base = tmp_path / "source"
    for name, content in FILES.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return base


@pytest.fixture
def resource(session):
    session.put("/data/projects/P")
    return session.projects["P"].create_resource("R")


@pytest.mark.parametrize("method", ["per_file", "tar", "tgz", "zip", "tgz_file"])
def test_a_folder_arrives_whole_by_every_method(empty, session, resource, folder, tmp_path, method):
    before = len(empty.requests)
    assert resource.upload_dir(folder, method=method).size > 0
    # Beside those that move files: the table is asked before and after.
    assert len(empty.requests) - before == (len(FILES) if method == "per_file" else 1) + 2
    assert {file.path: file.size for file in resource.files} == {name: len(content) for name, content in FILES.items()}
    done = resource.download_dir(tmp_path / "back")
    assert {file.path.read_bytes() for file in done.files} == set(FILES.values())
    with pytest.raises(ConflictError):
        resource.upload_dir(folder, method=method)
    resource.upload_dir(folder, overwrite=True, method=method)


def test_uploads_of_folders_refuse_what_they_cannot_do(resource, folder, tmp_path):
    with pytest.raises(InvalidValueError, match="per_file"):
        resource.upload_dir(folder, method="rar")
    with pytest.raises(InvalidValueError, match="no folder"):
        resource.upload_dir(tmp_path / "missing")


def test_a_resource_is_created_with_the_files_of_a_folder_at_every_level(session, folder):
    session.put("/data/projects/P")
    session.put("/data/projects/P/subjects/s/experiments/e", query={"xsiType": "xnat:mrSessionData"})
    session.put("/data/projects/P/subjects/s/experiments/e/scans/1", query={"xsiType": "xnat:mrScanData"})
    project = session.projects["P"]
    subject = project.subjects["s"]
    experiment = subject.sessions["e"]
    for owner in (project, subject, experiment, experiment.scans["1"]):
        made = owner.create_resource("NEW", "TEXT", data_dir=folder)
        assert len(made.files) == len(FILES)
        assert owner.resources["NEW"].format == "TEXT"


def test_a_subject_is_downloaded_as_the_tutorial_shows(demo, reader, tmp_path):
    subject = reader.projects["sandbox"].subjects["test001"]
    before = len(demo.requests)
    done = subject.download_dir(tmp_path / "out")
    assert len(demo.requests) - before == 3
    scan = tmp_path / "out" / "test001" / "test001_MR" / "scans" / "2-T1" / "resources" / "DICOM" / "files"
    assert len(list(scan.iterdir())) == 24
    assert all(file.path.is_file() for file in done.files)


def test_a_project_is_downloaded_to_a_folder_and_to_a_zip(demo, reader, tmp_path):
    project = reader.projects["sandbox"]
    before = len(demo.requests)
    done = project.download_dir(tmp_path / "out")
    assert len(demo.requests) - before == 1 + 2 * len(project.sessions)
    names = {file.path.relative_to(tmp_path / "out").as_posix() for file in done.files}
    assert len({name.split("/")[0] for name in names}) == 1
    assert any("/test001/test001_MR/scans/2-T1/resources/DICOM/files/" in name for name in names)
    seen: list[TransferEvent] = []
    project.download(tmp_path / "all.zip", progress=seen.append)
    assert {event.outcome for event in seen if isinstance(event, Finished)} == {"moved"}
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == names
