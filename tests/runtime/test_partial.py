from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from xnat_runtime.errors import InvalidValueError, TargetExistsError
from xnat_runtime.partial import PartialFile

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")


def write_and_fail(target: Path, error: type[BaseException]) -> None:
    with PartialFile(target, overwrite=True) as partial:
        partial.stream.write(b"new")
        raise error


def test_the_target_appears_whole_and_the_temporary_file_goes(tmp_path: Path):
    target = tmp_path / "a.bin"
    with PartialFile(target, overwrite=False) as partial:
        partial.stream.write(b"abc")
        assert not target.exists()
        partial.finish()
    assert target.read_bytes() == b"abc"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_a_failure_nothing_is_left(tmp_path: Path, error: type[BaseException]):
    with pytest.raises(error):
        write_and_fail(tmp_path / "a.bin", error)
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_is_left_without_finishing_leaves_nothing(tmp_path: Path):
    with PartialFile(tmp_path / "a.bin", overwrite=False) as partial:
        partial.stream.write(b"abc")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_target_stays_when_it_may_not_be_replaced(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(TargetExistsError, match="pass overwrite=True") as caught:
        PartialFile(target, overwrite=False)
    assert caught.value.path == str(target)
    assert target.read_bytes() == b"old"


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_and_fail(target, RuntimeError)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_target_that_came_to_be_meanwhile_is_not_replaced(tmp_path: Path):
    target = tmp_path / "a.bin"
    with PartialFile(target, overwrite=False) as partial:
        partial.stream.write(b"new")
        target.write_bytes(b"of another")
        with pytest.raises(TargetExistsError):
            partial.finish()
    assert target.read_bytes() == b"of another"
    assert list(tmp_path.iterdir()) == [target]


def test_folders_without_hard_links_are_served_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "a.bin"
    with PartialFile(target, overwrite=False) as partial:
        partial.stream.write(b"abc")
        partial.finish()
    assert target.read_bytes() == b"abc"
    with PartialFile(tmp_path / "b.bin", overwrite=False) as partial:
        (tmp_path / "b.bin").write_bytes(b"of another")
        with pytest.raises(TargetExistsError):
            partial.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin"]


@posix
def test_the_file_is_private_while_it_is_written_and_ordinary_afterwards(tmp_path: Path):
    target = tmp_path / "a.bin"
    mask = os.umask(0o027)
    try:
        with PartialFile(target, overwrite=False) as partial:
            assert stat.S_IMODE(partial.path.stat().st_mode) == 0o600
            partial.finish()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@posix
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    target.chmod(0o604)
    with PartialFile(target, overwrite=True) as partial:
        partial.finish()
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    assert target.read_bytes() == b""


@posix
def test_a_dangling_link_counts_as_existing(tmp_path: Path):
    target = tmp_path / "a.bin"
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(TargetExistsError):
        PartialFile(target, overwrite=False)


def test_a_folder_is_no_target(tmp_path: Path):
    with pytest.raises(TargetExistsError, match="is a folder; name the file"):
        PartialFile(tmp_path, overwrite=True)


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(InvalidValueError, match="none does not exist; create it first"):
        PartialFile(tmp_path / "none" / "a.bin", overwrite=False)
