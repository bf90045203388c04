"""Archives unpacked while they arrive, against those that the standard library writes, whole and damaged."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from xnat_runtime.errors import CorruptArchiveError
from xnat_runtime.transfers.unzip import UnendedMemberError, ZipStream

FILES = {
    "S/scans/1-T1/resources/DICOM/files/a.dcm": bytes(range(256)) * 700,
    "S/scans/1-T1/resources/DICOM/files/empty": b"",
    "S/scans/2/resources/NIFTI/files/größe.nii": b"x" * 2_500_000,
    "S/one": b"1",
}


class Unseekable(io.RawIOBase):
    """Takes bytes and cannot go back, which makes zipfile write descriptors."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.content += data
        return len(data)


def archive(method: int = zipfile.ZIP_STORED, *, streamed: bool = False, wide: bool = False, files=FILES) -> bytes:
    target = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in files.items():
            with made.open(zipfile.ZipInfo(name), "w", force_zip64=wide) as member:
                member._compress_type = method
                member.write(content)
    return bytes(target.content) if isinstance(target, Unseekable) else target.getvalue()


def deflated(*, streamed: bool = False, files=FILES) -> bytes:
    target = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content, zipfile.ZIP_DEFLATED)
    return bytes(target.content) if isinstance(target, Unseekable) else target.getvalue()


def reader(content: bytes, most: int = 1 << 20) -> Callable[[int], bytes]:
    stream = io.BytesIO(content)
    return lambda size: stream.read(min(size, most))


def unpacked(content: bytes, most: int = 1 << 20) -> dict[str, bytes]:
    return {member.name: b"".join(member.pieces()) for member in ZipStream(reader(content, most))}


@pytest.mark.parametrize("most", [1, 7, 30, 4096, 1 << 20])
def test_pieces_of_any_size_give_the_same_files(most: int):
    small = {name: content[:500] for name, content in FILES.items()}
    assert unpacked(archive(files=small), most) == small
    assert unpacked(deflated(files=small), most) == small
    assert unpacked(deflated(files=small, streamed=True), most) == small


def test_stored_deflated_wide_and_streamed_archives():
    assert unpacked(archive()) == FILES
    assert unpacked(archive(wide=True)) == FILES
    assert unpacked(deflated()) == FILES
    assert unpacked(deflated(streamed=True)) == FILES


def test_sizes_are_known_before_the_content_where_the_header_tells_them():
    sizes = [(member.name, member.size) for member in ZipStream(reader(archive()))]
    assert sizes == [(name, len(content)) for name, content in FILES.items()]
    assert {member.size for member in ZipStream(reader(deflated(streamed=True)))} == {None}


def test_members_that_are_not_read_are_read_over():
    assert [member.name for member in ZipStream(reader(deflated(streamed=True), 1000))] == list(FILES)


def test_folders_and_an_empty_archive():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.mkdir("S/empty")
        made.writestr("S/a", "a")
    members = [
        (member.name, member.is_folder, b"".join(member.pieces())) for member in ZipStream(reader(target.getvalue()))
    ]
    assert members == [("S/empty/", True, b""), ("S/a", False, b"a")]
    target = io.BytesIO()
    zipfile.ZipFile(target, "w").close()
    assert unpacked(target.getvalue()) == {}


def test_a_comment_belongs_to_the_archive():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("a", "a")
        made.comment = b"made by a scanner"
    assert unpacked(target.getvalue()) == {"a": b"a"}


def test_more_than_65535_members():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for number in range(65_600):
            made.writestr(zipfile.ZipInfo(f"f{number}"), b"")
    assert sum(1 for _ in ZipStream(reader(target.getvalue()))) == 65_600


def test_a_stored_member_without_a_visible_end_is_told():
    with pytest.raises(UnendedMemberError, match="no end that can be seen"):
        unpacked(archive(streamed=True))


def test_encrypted_members_are_refused():
    content = bytearray(archive(files={"a": b"secret"}))
    content[6] |= 1
    with pytest.raises(CorruptArchiveError, match="encrypted"):
        unpacked(bytes(content))


@pytest.mark.parametrize("kind", ["stored", "deflated", "streamed"])
def test_an_archive_that_is_cut_off_anywhere_is_an_error(kind: str):
    small = {"a/b": b"abc" * 50, "c": b"", "d": b"d"}
    content = {"stored": archive(files=small), "deflated": deflated(files=small)}.get(
        kind, deflated(files=small, streamed=True)
    )
    assert unpacked(content) == small
    for length in range(len(content)):
        with pytest.raises(CorruptArchiveError):
            unpacked(content[:length])


def test_bytes_behind_the_end_are_an_error():
    with pytest.raises(CorruptArchiveError, match="contradicts"):
        unpacked(archive() + b"\0")


@pytest.mark.parametrize("page", [b"", b"<html>login</html>", b"PK", b"Rar!\x1a\x07"])
def test_what_is_no_archive_is_an_error(page: bytes):
    with pytest.raises(CorruptArchiveError, match="no complete zip archive"):
        unpacked(page)


def test_a_flipped_bit_never_gives_another_file_unnoticed():
    small = {"a/b": bytes(range(200)), "c": b"some text " * 30}
    chance = random.Random(5)
    for content in (archive(files=small), deflated(files=small), deflated(files=small, streamed=True)):
        for _ in range(1_500):
            damaged = bytearray(content)
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            try:
                found = unpacked(bytes(damaged))
            except CorruptArchiveError:
                continue
            assert found == small


def test_a_table_of_contents_that_tells_something_else_is_an_error():
    content = archive(files={"a": b"1", "b": b"2"})
    first = content.index(b"PK\x01\x02")
    renamed = content[:first] + content[first:].replace(b"a", b"z", 1)
    with pytest.raises(CorruptArchiveError, match="contradicts"):
        unpacked(renamed)
    other = archive(files={"a": b"1"})
    with pytest.raises(CorruptArchiveError):
        unpacked(content[:first] + other[other.index(b"PK\x01\x02") :])


def test_a_member_hidden_from_the_table_of_contents_is_an_error():
    content = archive(files={"a": b"1", "hidden": b"2"})
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    end = content.index(b"PK\x05\x06")
    tail = bytearray(content[end:])
    struct.pack_into("<HH", tail, 8, 1, 1)
    with pytest.raises(CorruptArchiveError, match="contradicts"):
        unpacked(content[:second] + bytes(tail))


def test_a_small_member_that_is_here_is_given_as_a_whole():
    small = {name: content[:500] for name, content in FILES.items()}
    found = {}
    for member in ZipStream(reader(archive(files=small))):
        content = member.whole()
        assert content is not None
        found[member.name] = bytes(content)
        assert list(member.pieces()) == []
    assert found == small


def test_what_is_packed_or_not_here_yet_is_read_in_pieces():
    assert [member.whole() for member in ZipStream(reader(deflated()))] == [None] * len(FILES)
    assert [member.whole() for member in ZipStream(reader(deflated(streamed=True)))] == [None] * len(FILES)
    found = {}
    for member in ZipStream(reader(archive(), 1000)):
        content = member.whole()
        found[member.name] = b"".join(member.pieces()) if content is None else bytes(content)
    assert found == FILES


@pytest.mark.parametrize("field", ["content", "crc", "size"])
def test_damage_of_a_whole_member_is_told_before_it_is_given(field: str):
    content = bytearray(archive(files={"S/a": b"abcdef"}))
    at = {"content": content.index(b"abcdef"), "crc": 14, "size": 22}[field]
    content[at] ^= 1
    with pytest.raises(CorruptArchiveError, match="'S/a'"):
        next(iter(ZipStream(reader(bytes(content))))).whole()
    with pytest.raises(CorruptArchiveError, match="'S/a'"):
        list(ZipStream(reader(bytes(content))))
