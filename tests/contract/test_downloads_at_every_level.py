"""Downloads to zip and to folder at every level, in the documented tree."""

from __future__ import annotations

import zipfile

import pytest

from xnat_runtime.transfers.events import Advanced, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_sdk import CorruptArchiveError, InvalidValueError, NotFoundError, TargetExistsError

T1 = "test001_MR/scans/2-T1/resources/DICOM/files/"
LEVELS = {
    "project": "Sandbox project/test001/" + T1,
    "subject": "test001/" + T1,
    "experiment": T1,
    "scan": T1,
    "resource": T1,
}


def of_level(session, level):
    project = session.projects["sandbox"]
    subject = project.subjects["test001"]
    experiment = subject.sessions["test001_MR"]
    scan = experiment.scans["T1"]
    return {
        "project": project, "subject": subject, "experiment": experiment, "scan": scan,
        "resource": scan.resources["DICOM"],
    }[level]  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_a_folder_has_the_documented_tree(reader, tmp_path, level):
    done = of_level(reader, level).download_dir(tmp_path / "out")
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert names == {file.path.relative_to(tmp_path / "out").as_posix() for file in done.files}
    assert len([name for name in names if name.startswith(LEVELS[level])]) == 24


@pytest.mark.parametrize("level", LEVELS)
def test_a_zip_has_the_same_names_as_the_folder(reader, tmp_path, level):
    item = of_level(reader, level)
    item.download(tmp_path / "all.zip")
    done = item.download_dir(tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(
            file.path.relative_to(tmp_path / "out").as_posix() for file in done.files
        )


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_overwritten_unless_it_is_asked_for(reader, tmp_path, level):
    item = of_level(reader, level)
    (tmp_path / "all.zip").write_bytes(b"mine")
    with pytest.raises(TargetExistsError):
        item.download(tmp_path / "all.zip")
    assert (tmp_path / "all.zip").read_bytes() == b"mine"
    item.download(tmp_path / "all.zip", overwrite=True)
    done = item.download_dir(tmp_path / "out")
    done.files[0].path.write_bytes(b"mine")
    with pytest.raises(TargetExistsError):
        item.download_dir(tmp_path / "out")
    assert done.files[0].path.read_bytes() == b"mine"
    item.download_dir(tmp_path / "out", overwrite=True)


def test_a_scan_filter_chooses_what_is_downloaded(reader, tmp_path):
    experiment = of_level(reader, "experiment")
    done = experiment.download_dir(tmp_path / "one", "T1")
    assert {file.name.split("/")[2] for file in done.files} == {"2-T1"}
    two = experiment.download_dir(tmp_path / "two", scan_filter="1,T1")
    assert {file.name.split("/")[2] for file in two.files} == {"1-localizer", "2-T1"}
    experiment.download(tmp_path / "t1.zip", "T1")
    with zipfile.ZipFile(tmp_path / "t1.zip") as archive:
        assert all("/scans/2-T1/" in name for name in archive.namelist())
    with pytest.raises(NotFoundError):
        experiment.download(tmp_path / "none.zip", "no such type")
    with pytest.raises(InvalidValueError, match="scan_filter"):
        experiment.download(tmp_path / "none.zip", " ")


@pytest.fixture
def resource(session):
    session.put("/data/projects/P")
    made = session.projects["P"].create_resource("files")
    made.upload_data("1", "deep/er/a.txt")
    made.upload_data("2", "other/a.txt")
    made.upload_data("3", "files/b.txt")
    return made


def test_flattened_files_lose_no_folder_of_the_resource_and_nothing_else_is_touched(resource, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = resource.download_dir(tmp_path, flatten_dirs=True)
    assert {file.path.relative_to(tmp_path).as_posix(): file.path.read_text() for file in done.files} == {
        "deep/er/a.txt": "1", "other/a.txt": "2", "files/b.txt": "3",
    }  # fmt: skip
    assert (tmp_path / "mine.txt").read_text() == "mine"
    again = resource.download_dir(tmp_path, flatten_dirs=True)
    assert (len(again.skipped), again.moved) == (3, ())
    (tmp_path / "other/a.txt").write_text("mine")
    with pytest.raises(TargetExistsError):
        resource.download_dir(tmp_path, flatten_dirs=True)


def test_a_broken_archive_is_made_up_for_file_by_file(empty, resource, tmp_path):
    from xnat_emulator import Fault, faults

    empty.faults.add(Fault(faults.TruncatedZip(), path="*/files"))
    options = TransferOptions(strategy="archive", retry=RetryPolicy(base=0.0))
    done = resource.download_dir(tmp_path / "out", flatten_dirs=True, options=options)
    assert {file.path.read_text() for file in done.files} == {"1", "2", "3"}


def test_a_broken_archive_that_nothing_was_compared_with_leaves_nothing(empty, resource, tmp_path):
    from xnat_emulator import Fault, faults

    empty.faults.add(Fault(faults.TruncatedZip(keep=0.1), path="*/files"))
    options = TransferOptions(verify=False, retry=NEVER)
    with pytest.raises(CorruptArchiveError):
        resource.download_dir(tmp_path / "out", flatten_dirs=True, options=options)
    assert not (tmp_path / "out").exists()


def test_progress_and_verbose_tell_of_the_bytes(resource, tmp_path, capsys):
    seen: list[TransferEvent] = []
    done = resource.download_dir(tmp_path / "out", progress=seen.append, verbose=True)
    assert sum(event.count for event in seen if isinstance(event, Advanced)) == done.size
    assert "out" in capsys.readouterr().err


@pytest.mark.parametrize("level", LEVELS)
def test_verbose_tells_of_downloads_at_every_level(reader, tmp_path, capsys, level):
    item, seen = of_level(reader, level), []
    item.download(tmp_path / "whole.zip", progress=seen.append, verbose=True)
    item.download_dir(tmp_path / "unpacked", verbose=True)
    told = capsys.readouterr().err
    assert any(isinstance(event, Advanced) for event in seen)
    assert "whole.zip" in told
    assert "unpacked" in told


def test_verbose_tells_of_one_file(reader, tmp_path, capsys):
    of_level(reader, "resource").files[0].download(tmp_path / "one.dcm", verbose=True)
    assert "one.dcm" in capsys.readouterr().err
