"""The bytes of uploads: archives made while they are sent, digests, files that change."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from xnat_runtime.transfers import upload_body
from xnat_runtime.transfers.events import Advanced, Events, TransferEvent
from xnat_runtime.transfers.stop import Stop, StoppedError
from xnat_runtime.transfers.upload_body import (
    PIECE,
    Body,
    SourceChangedError,
    packed,
    pieces_of,
    tar_length,
    tar_pieces,
    zip_pieces,
)
from xnat_runtime.transfers.upload_hashes import Hashes
from xnat_runtime.transfers.upload_plan import LocalFile, planned

CONTENTS = {
    "a.dcm": b"a" * 512,
    "empty": b"",
    "sub/b.dcm": b"b" * 513,
    "large.bin": bytes(range(256)) * 9_000,
    "x" * 100: b"as long as a plain header takes",
    "x" * 101: b"longer",
    f"{'deep/' * 40}end": b"deep",
    "Größe/日本 #?%.dcm": b"odd",
    "ü" * 70: b"long and odd",
}


@pytest.fixture
def files(tmp_path: Path) -> list[LocalFile]:
    for name, content in CONTENTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return planned(tmp_path, "files")[0]


def md5s(contents: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}


def untarred(content: bytes, mode: str = "r:") -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode=mode) as archive:  # type: ignore[call-overload]
        return {info.name: archive.extractfile(info).read() for info in archive}


def test_a_tar_archive_holds_every_file_and_is_as_long_as_announced(files: list[LocalFile]):
    with Hashes() as hashes:
        content = b"".join(tar_pieces(files, hashes))
        assert len(content) == tar_length(files)
        assert untarred(content) == CONTENTS
        assert hashes.result() == md5s(CONTENTS)


def test_headers_are_those_of_tarfile(tmp_path: Path):
    (tmp_path / "a.dcm").write_bytes(b"abc")
    (file,) = planned(tmp_path, "files")[0]
    info = tarfile.TarInfo("a.dcm")
    info.size, info.mtime = 3, file.mtime_ns // 10**9
    ours = b"".join(tar_pieces([file], Hashes(is_wanted=False)))[:512]
    assert ours == info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    assert tarfile.TarInfo.frombuf(ours, "utf-8", "strict").mode == 0o644


@pytest.mark.parametrize("mtime_ns", [-(10**18), 0, 10**9 * 8**11])
def test_files_of_all_ages_and_sizes_have_a_header(mtime_ns: int):
    huge = LocalFile("huge", "", 9 << 30, mtime_ns)
    head = upload_body._head(huge)
    assert tarfile.TarInfo.frombuf(head[-512:], "utf-8", "strict").size == 9 << 30
    assert tar_length([huge]) == len(head) + (9 << 30) + 1024


def test_a_zip_archive_holds_every_file(files: list[LocalFile]):
    with Hashes() as hashes:
        content = b"".join(zip_pieces(files, hashes))
        assert hashes.result() == md5s(CONTENTS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS
        assert all(not info.external_attr >> 16 & 0o7000 for info in archive.infolist())


def test_a_tgz_archive_holds_every_file(files: list[LocalFile]):
    with Hashes() as hashes, packed(files, hashes) as stream:
        length = stream.tell()
        stream.seek(0)
        content = stream.read()
        assert hashes.result() == md5s(CONTENTS)
    assert len(content) == length
    assert untarred(content, "r:gz") == CONTENTS


def test_a_body_starts_over_for_every_attempt(files: list[LocalFile]):
    told: list[TransferEvent] = []
    with Hashes() as hashes:
        body = Body(
            lambda to: tar_pieces(files, to),
            tar_length(files),
            hashes,
            unit="u",
            events=Events(told.append),
            stop=Stop(),
        )
        next(iter(body))
        first = b"".join(body)
        assert b"".join(body) == first
        assert hashes.result() == md5s(CONTENTS)
    assert body.sent == body.length == len(first)
    assert sum(event.count for event in told[-len(told) // 2 :] if isinstance(event, Advanced)) > 0


def test_a_stopped_body_ends_before_its_next_piece(files: list[LocalFile]):
    stop = Stop()
    body = Body(lambda to: tar_pieces(files, to), None, Hashes(), unit="u", events=Events(None), stop=stop)
    pieces = iter(body)
    next(pieces)
    stop.set()
    with pytest.raises(StoppedError):
        next(pieces)


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def touch(path: Path) -> None:
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


def replace(path: Path) -> None:
    (path.parent / "new").write_bytes(b"n" * path.stat().st_size)
    (path.parent / "new").replace(path)


@pytest.mark.parametrize("change", [shrink, grow, touch, replace])
@pytest.mark.parametrize("make", [lambda files, to: pieces_of(files[0], to), tar_pieces, zip_pieces])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_file_that_changes_never_arrives_whole(
    tmp_path: Path,
    change: Callable[[Path], None],
    make: Callable[[list[LocalFile], Hashes], Iterable[bytes]],
    meanwhile: bool,
):
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(3 * PIECE))
    files = planned(tmp_path, "files")[0]
    if not meanwhile:
        change(path)
    pieces = iter(make(files, Hashes(is_wanted=False)))
    got = 0
    if meanwhile:
        got = len(next(pieces))
        if change is replace:  # what was opened is read to its end, and is what was planned
            return
        change(path)
    read: list[bytes] = []
    with pytest.raises(SourceChangedError, match="changed while it was uploaded") as caught:
        read.extend(pieces)
    assert caught.value.name == "a.bin"
    assert got + sum(len(piece) for piece in read) < 3 * PIECE


def test_many_megabytes_need_few(tmp_path: Path):
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(96 << 20)
    for number in range(300):
        (tmp_path / f"{number}").write_bytes(bytes(20_000))
    files = planned(tmp_path, "files")[0]
    tracemalloc.start()
    try:
        with Hashes() as hashes:
            for _ in tar_pieces(files, hashes):
                pass
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_digests_of_large_files_are_right_and_no_thread_is_left(tmp_path: Path):
    import threading

    content = os.urandom(11 << 20)
    (tmp_path / "a").write_bytes(content)
    (file,) = planned(tmp_path, "files")[0]
    before = threading.active_count()
    with Hashes() as hashes:
        assert b"".join(pieces_of(file, hashes)) == content
        assert hashes.result() == md5s({"a": content})
    with Hashes() as given_up:
        pieces = pieces_of(file, given_up)
        for _ in range(12):
            next(pieces)
    assert threading.active_count() == before


def test_no_digest_is_worked_out_when_none_is_wanted(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"a")
    (file,) = planned(tmp_path, "files")[0]
    with Hashes(is_wanted=False) as hashes:
        assert list(pieces_of(file, hashes)) == [b"a"]
        assert hashes.result() == {}
