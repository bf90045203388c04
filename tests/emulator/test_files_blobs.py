"""Contents on disk: drafts, and what a kill leaves."""

from __future__ import annotations

import hashlib
import io
import zlib

import pytest

from xnat_emulator.store.blobs import CHUNK, Blobs


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def kept(blobs):
    return [path for path in blobs._folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 10, CHUNK, CHUNK + 2, 3 * CHUNK])
def test_draft_becomes_contents(blobs, size):
    content = b"ab" * (size // 2)
    draft = blobs.draft()
    for start in range(0, len(content), 300_000):
        draft.write(content[start : start + 300_000])
    draft.seek(0)
    blob = blobs.add(draft.as_file)
    assert (blob.size, blob.digest, blob.crc) == (size, hashlib.md5(content).hexdigest(), zlib.crc32(content))
    assert blobs.path(blob.name).read_bytes() == content
    draft.seek(0)
    assert draft.read() == content
    draft.close()
    assert kept(blobs) == [blobs.path(blob.name)]


def test_draft_that_nobody_adds_goes(blobs):
    draft = blobs.draft()
    draft.write(b"x" * (2 * CHUNK))
    assert len(kept(blobs)) == 1
    draft.close()
    assert kept(blobs) == []


def test_rest_of_a_draft_may_be_added(blobs):
    draft = blobs.draft()
    draft.write(b"x" * CHUNK + b"rest")
    draft.seek(CHUNK)
    assert blobs.path(blobs.add(draft.as_file).name).read_bytes() == b"rest"
    draft.close()
    assert len(kept(blobs)) == 1


def test_draft_may_be_added_twice(blobs):
    draft = blobs.draft()
    draft.write(b"x" * (CHUNK + 1))
    for _ in range(2):
        draft.seek(0)
        assert blobs.add(draft.as_file).size == CHUNK + 1
    draft.close()
    assert len(kept(blobs)) == 2


def test_sweep_removes_what_nothing_refers_to(blobs):
    known, lost = blobs.add(io.BytesIO(b"known")), blobs.add(io.BytesIO(b"lost"))
    abandoned = blobs.draft()
    abandoned.write(b"x" * (2 * CHUNK))
    half = blobs.path(known.name).with_name(".half.part")
    half.write_bytes(b"x")
    assert blobs.sweep({known.name}) == 3
    assert kept(blobs) == [blobs.path(known.name)]
    assert not blobs.path(lost.name).exists()
    abandoned.close()
