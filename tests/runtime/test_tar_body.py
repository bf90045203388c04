"""Folders as streamed tar archives."""

from __future__ import annotations

import io
import os
import tarfile

import pytest

from xnat_runtime.errors import IncompleteTransferError, InvalidValueError
from xnat_runtime.tar_body import TarBody
from xnat_runtime.transfers.events import Advanced, Started, TransferEvent
from xnat_runtime.transfers.meter import Meter


def members(body):
    with tarfile.open(fileobj=io.BytesIO(b"".join(body))) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def test_the_archive_holds_every_file_and_is_as_long_as_announced(tmp_path):
    long = "x" * 120
    contents = {"a.dcm": b"a" * 512, "sub/b.dcm": b"b" * 513, "sub/empty": b"", "Größe/ü.dcm": b"u", f"{long}/c": b"c"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    body = TarBody(tmp_path)
    assert len(b"".join(body)) == body.length
    assert members(body) == contents
    assert members(body) == contents  # once more, as after a new login
    assert body.names == tuple(sorted(contents))


def test_owner_and_mode_of_the_files_stay_here(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    with tarfile.open(fileobj=io.BytesIO(b"".join(TarBody(tmp_path)))) as archive:
        (info,) = archive.getmembers()
    assert (info.uid, info.gid, info.uname, info.gname, info.mode) == (0, 0, "", "", 0o644)


@pytest.mark.parametrize("later", [b"", b"abcd"])
def test_a_file_that_changes_its_size_meanwhile_breaks_the_upload(tmp_path, later):
    (tmp_path / "a").write_bytes(b"abc")
    body = TarBody(tmp_path)
    (tmp_path / "a").write_bytes(later)
    with pytest.raises(IncompleteTransferError, match="changed its size"):
        b"".join(body)


def test_links_to_folders_are_not_followed(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert members(TarBody(tmp_path)) == {"a": b"a", "b": b"a"}


def test_progress_ends_with_all_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 3_000_000)
    steps: list[TransferEvent] = []
    body = TarBody(tmp_path, Meter(steps.append, "tar"))
    b"".join(body)
    assert steps[0] == Started("tar", body.length)
    assert sum(event.count for event in steps if isinstance(event, Advanced)) == body.length


def test_a_folder_without_files_is_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="no files"):
        TarBody(tmp_path)


def test_a_link_to_nothing_is_told_and_not_left_out(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone.txt")
    with pytest.raises(InvalidValueError, match="link to nothing"):
        TarBody(tmp_path)


def test_a_folder_that_cannot_be_read_is_told_and_not_left_out(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "secret").mkdir()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError):
        TarBody(tmp_path)
