"""Where files of a transfer go, and how they get there."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from xnat_runtime.errors import CorruptArchiveError, InvalidValueError, TargetExistsError, UnsafeNameError
from xnat_runtime.transfers.limits import UNLIMITED, Limits
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.places import Places
from xnat_runtime.transfers.placing import Placing, put


def test_a_name_becomes_a_path_below_the_target(tmp_path: Path):
    places = Places(tmp_path)
    assert places.place("S/scans/1/a.dcm") == tmp_path / "S" / "scans" / "1" / "a.dcm"
    assert list(tmp_path.iterdir()) == []
    places.make_folder(tmp_path / "S" / "scans" / "1")
    assert (tmp_path / "S" / "scans" / "1").is_dir()


@pytest.mark.parametrize("name", ["../a", "/a", "C:/a", "a/../b", "a\\b", "a/b/", "a//b", "", "a\0b", "."])
def test_names_that_would_leave_the_folder_are_refused(tmp_path: Path, name: str):
    with pytest.raises(UnsafeNameError):
        Places(tmp_path).place(name)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.dcm", "a.dcm"),
        ("a.dcm", "A.DCM"),
        ("S/a", "s/a"),
        ("S/a", "s/b"),
        ("u\u0308ber", "\u00fcber"),
        ("stra\u00dfe", "STRASSE"),
        ("a", "a/b"),
        ("a/b", "a"),
    ],
)
def test_names_that_are_one_file_somewhere_are_refused(tmp_path: Path, first: str, second: str):
    places = Places(tmp_path)
    places.place(first)
    with pytest.raises(UnsafeNameError, match="are one file on some systems"):
        places.place(second)


def test_nothing_is_written_through_a_link(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "S").symlink_to(outside, target_is_directory=True)
    with pytest.raises(UnsafeNameError, match="is a link"):
        Places(target).place("S/a")


def test_a_layout_gives_the_names(tmp_path: Path):
    places = Places(tmp_path, lambda name: name.rpartition("/")[2])
    assert places.place("S/scans/1/a.dcm") == tmp_path / "a.dcm"
    with pytest.raises(UnsafeNameError):
        places.place("S/scans/2/a.dcm")


def test_limits_stop_what_unpacks_to_too_much():
    limits = Limits(ratio=10, total=1000, members=3, free=100)
    limits.check(unpacked=100, received=1, members=3)
    limits.check(unpacked=1000, received=100, members=1)
    for unpacked, received, members in ((101, 10, 1), (1001, 900, 1), (1, 1, 4)):
        with pytest.raises(CorruptArchiveError, match=r"pass\s+options=TransferOptions\(limits="):
            limits.check(unpacked=unpacked, received=received, members=members)
    UNLIMITED.check(unpacked=1 << 60, received=1, members=1 << 40)
    with pytest.raises(InvalidValueError):
        Limits(ratio=0)


def test_options_that_cannot_work_are_refused():
    with pytest.raises(InvalidValueError, match="at least 1 worker"):
        TransferOptions(workers=0)
    with pytest.raises(InvalidValueError, match="strategy="):
        TransferOptions(strategy="fast")  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def placed(target: Path, content: bytes, *, overwrite: bool = False, durable: bool = False) -> Placing:
    with Placing(target, overwrite=overwrite, durable=durable) as placing:
        placing.write_all([content[:5], memoryview(content)[5:]])
        assert not target.exists() or overwrite
        placing.finish()
    return placing


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_gets_its_name_when_it_is_finished(tmp_path: Path, durable: bool):
    done = placed(tmp_path / "a", b"some bytes", durable=durable)
    assert (tmp_path / "a").read_bytes() == b"some bytes"
    assert (done.size, done.md5) == (10, hashlib.md5(b"some bytes").hexdigest())
    assert names(tmp_path) == ["a"]


def test_an_unfinished_file_leaves_nothing(tmp_path: Path):
    with Placing(tmp_path / "a", overwrite=False) as placing:
        placing.write(b"half")
        (temporary,) = tmp_path.iterdir()
        assert os.name == "nt" or stat.S_IMODE(temporary.stat().st_mode) == 0o600
    assert names(tmp_path) == []


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path):
    target = tmp_path / "a"
    with Placing(target, overwrite=False) as placing:
        placing.write(b"new")
        target.write_bytes(b"old")
        with pytest.raises(TargetExistsError):
            placing.finish()
    assert names(tmp_path) == ["a"]
    assert target.read_bytes() == b"old"
    target.chmod(0o640)
    placed(target, b"new bytes", overwrite=True)
    assert target.read_bytes() == b"new bytes"
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_that_is_here_as_a_whole_is_put_under_its_name(tmp_path: Path, durable: bool):
    target = tmp_path / "a"
    put(os.fspath(target), memoryview(b"some bytes"), overwrite=False, durable=durable, mark="m-", mode=0o640)
    assert target.read_bytes() == b"some bytes"
    assert names(tmp_path) == ["a"]
    assert os.name == "nt" or stat.S_IMODE(target.stat().st_mode) == 0o640
    with pytest.raises(TargetExistsError):
        put(os.fspath(target), b"new", overwrite=False, durable=durable, mark="m-", mode=0o640)
    assert target.read_bytes() == b"some bytes"
    put(os.fspath(target), b"new", overwrite=True, durable=durable, mark="m-", mode=0o600)
    assert target.read_bytes() == b"new"
    assert os.name == "nt" or stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path) == ["a"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_handle: int, _piece: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        put(os.fspath(tmp_path / "a"), b"new", overwrite=False, durable=False, mark="", mode=0o640)
    assert names(tmp_path) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_in_place_of_a_file_is_told_and_kept(tmp_path: Path, overwrite: bool):
    target = tmp_path / "a"
    (target / "inner").mkdir(parents=True)
    with pytest.raises(TargetExistsError, match="a is a folder" if overwrite else "exists already"):
        put(os.fspath(target), b"new", overwrite=overwrite, durable=False, mark="", mode=0o640)
    with Placing(target, overwrite=overwrite) as placing:
        placing.write(b"new")
        with pytest.raises(TargetExistsError):
            placing.finish()
    assert names(tmp_path) == ["a"]
    assert names(target) == ["inner"]


def begun(target: Path) -> Places:
    """Return places of a folder in which two files beside each other were written."""
    places = Places(target)
    for name in ("S/files/a.dcm", "S/files/b.dcm"):
        places.make_folder_of(places.path_of(name))
    return places


@pytest.mark.parametrize("name", ["S/files/../c", "S/files/.", "S/files/a\\b", "S/files/c\0", f"S/files/{'c' * 256}"])
def test_names_beside_known_files_are_looked_at_as_all_are(tmp_path: Path, name: str):
    with pytest.raises(UnsafeNameError):
        begun(tmp_path).place(name)


def test_names_beside_known_files_are_spelled_as_all_are(tmp_path: Path):
    places = begun(tmp_path)
    folder = tmp_path / "S" / "files"
    told = ("10:20", "aux.txt", "end.", ".xnat-x", "%3A", "größe")
    assert [places.place(f"S/files/{name}") for name in told] == [
        Places(tmp_path).place(f"S/files/{each}") for each in told
    ]
    assert places.place("S/files/plain-1.2_3.dcm") == folder / "plain-1.2_3.dcm"


@pytest.mark.parametrize("name", ["S/files/A.dcm", "S/files/a.dcm", "S/files/a.dcm/inner", "S/files"])
def test_names_that_meet_known_files_are_refused(tmp_path: Path, name: str):
    with pytest.raises(UnsafeNameError, match="one file on some systems"):
        begun(tmp_path).place(name)


def test_a_file_beside_known_ones_does_not_take_the_place_of_a_folder(tmp_path: Path):
    places = begun(tmp_path)
    places.place("S/files/C/inner")
    with pytest.raises(UnsafeNameError):
        places.place("S/files/c")


def test_places_beside_known_files_are_free_again_after_a_failure(tmp_path: Path):
    places = begun(tmp_path)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.retractable():  # noqa: PT012 - what fails comes behind the place
            places.place("S/files/c.dcm")
            raise ZeroDivisionError
    places.place("S/files/c.dcm")
    with pytest.raises(UnsafeNameError):
        places.place("S/files/a.dcm")


def test_a_manifest_of_the_server_does_not_take_the_place_of_ours(tmp_path: Path):
    places = Places(tmp_path)
    for name in ("a", "b"):
        places.make_folder_of(places.path_of(name))
    assert places.place("manifest.json").name != "manifest.json"
