"""What an upload consists of: walks, links, names, and how the files travel."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from xnat_runtime.errors import InvalidValueError
from xnat_runtime.transfers.upload_plan import (
    BATCH_BYTES,
    BATCH_FILES,
    SMALL_BYTES,
    Links,
    LocalFile,
    loads_of,
    planned,
)

ODD = ("a#b?c%20d+e f.dcm", ".hidden", "deep/.also/ü ö.txt", "日本.nii.gz", "a&b=c;d@e!.bin", "%2B", "'quoted' \"x\"")


def names(folder: Path, links: Links = "files") -> tuple[list[str], dict[str, str]]:
    files, omitted = planned(folder, links)
    return [file.name for file in files], {each.name: each.reason for each in omitted}


def linked(folder: Path) -> Path:
    """Return a folder with every kind of link."""
    base = folder / "source"
    (base / "sub").mkdir(parents=True)
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "b").write_bytes(b"b")
    (base / "a").write_bytes(b"a")
    (base / "sub" / "file").symlink_to(base / "a")
    (base / "lost").symlink_to(folder / "nothing")
    (base / "round").symlink_to(base / "round")
    (base / "up").symlink_to(base, target_is_directory=True)
    (base / "out").symlink_to(folder / "elsewhere", target_is_directory=True)
    return base


def test_files_of_all_folders_are_found_with_their_sizes_and_odd_names(tmp_path: Path):
    for name in ODD:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    files, omitted = planned(tmp_path, "files")
    assert [file.name for file in files] == sorted(ODD)
    assert all(Path(file.path).read_bytes() == file.name.encode() for file in files)
    assert all(file.size == len(file.name.encode()) for file in files)
    assert omitted == []


def test_links_to_files_are_followed_and_others_reported(tmp_path: Path):
    found, omitted = names(linked(tmp_path))
    assert found == ["a", "sub/file"]
    assert omitted == {
        "lost": "is a link that leads nowhere",
        "out": "is a link to a folder",
        "round": "is a link that leads nowhere",
        "up": "is a link to a folder",
    }


def test_links_to_folders_are_followed_when_asked_and_never_in_circles(tmp_path: Path):
    found, omitted = names(linked(tmp_path), "follow")
    assert found == ["a", "out/b", "sub/file"]
    assert omitted["up"] == "is a link to a folder that it lies in"
    assert set(omitted) == {"lost", "round", "up"}


def test_links_are_left_out_or_refused_when_asked(tmp_path: Path):
    base = linked(tmp_path)
    found, omitted = names(base, "skip")
    assert (found, set(omitted)) == (["a"], {"lost", "out", "round", "sub/file", "up"})
    with pytest.raises(InvalidValueError, match="'lost', 'out', 'round', 'sub/file', 'up'"):
        names(base, "error")
    with pytest.raises(InvalidValueError, match="links= is one of"):
        names(base, "never")  # type: ignore[arg-type]


def test_the_folder_itself_may_be_a_link(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    for links in ("files", "follow", "skip", "error"):
        assert names(tmp_path / "link", links) == (["a"], {})


def test_what_is_neither_file_nor_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a").write_bytes(b"a")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        found, omitted = names(tmp_path)
    assert (found, set(omitted)) == (["a"], {"pipe", "socket"})


def test_what_is_left_of_a_download_does_not_travel(tmp_path: Path):
    for name in (".xnat-0123.part", "a/.xnat-transfer-0123.jsonl", "a/.xnat-notes.txt", "b.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"half of it")
    files, omitted = planned(tmp_path, "files")
    assert [file.name for file in files] == ["a/.xnat-notes.txt", "b.part"]
    assert {each.name: each.reason for each in omitted} == dict.fromkeys(
        (".xnat-0123.part", "a/.xnat-transfer-0123.jsonl"), "is left of a download that was not completed"
    )


@pytest.mark.parametrize("name", ["a\\b", "a\nb", "\x01"])
def test_names_that_no_server_keeps_are_refused_before_anything_is_sent(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InvalidValueError, match="Rename the files"):
        planned(tmp_path, "files")


def test_names_that_are_no_text_are_refused(tmp_path: Path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).touch()
    with pytest.raises(InvalidValueError, match="no UTF-8"):
        planned(tmp_path, "files")


def test_folders_without_files_are_refused(tmp_path: Path):
    with pytest.raises(InvalidValueError, match="no files"):
        planned(tmp_path, "files")
    (tmp_path / "lost").symlink_to(tmp_path / "nothing")
    with pytest.raises(InvalidValueError, match="but what is not uploaded"):
        planned(tmp_path, "files")
    with pytest.raises(InvalidValueError, match="is no folder"):
        planned(tmp_path / "nothing", "files")


def made(*sizes: int) -> list[LocalFile]:
    return [LocalFile(f"{number:05}", "", size, 0) for number, size in enumerate(sizes)]


def test_many_small_files_travel_as_one_archive_and_large_ones_by_themselves():
    small, large = [20_000] * 2_000, [SMALL_BYTES] * 3
    loads = loads_of(made(*small, *large), "auto")
    assert ([len(batch) for batch in loads.batches], len(loads.singles)) == ([2_000], 3)
    assert loads_of(made(*large), "auto").batches == ()


def test_an_archive_of_a_few_files_saves_nothing():
    assert loads_of(made(1, 1, 1), "auto").batches == ()
    assert len(loads_of(made(1, 1, 1), "archive").batches) == 1


def test_the_strategy_can_be_chosen():
    files = made(*[SMALL_BYTES] * 5, *[1] * 5)
    assert len(loads_of(files, "files").singles) == 10
    assert [len(batch) for batch in loads_of(files, "archive").batches] == [10]


def test_archives_end_where_too_much_would_be_sent_again():
    half = BATCH_BYTES // 2
    assert [len(batch) for batch in loads_of(made(half, half, 1, BATCH_BYTES, 1), "archive").batches] == [2, 1, 1, 1]
    assert [len(batch) for batch in loads_of(made(*[1] * (BATCH_FILES + 2)), "auto").batches] == [BATCH_FILES, 2]
