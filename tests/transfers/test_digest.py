"""The MD5 of bytes that pass by is that of the standard library, whatever the sizes of the pieces."""

from __future__ import annotations

import hashlib
import random
import threading

import pytest

from xnat_runtime.transfers.digest import Digest


@pytest.mark.parametrize("size", [0, 1, 32 << 20, (32 << 20) + 1, 40 << 20])
def test_it_is_the_md5_of_all_pieces(size: int):
    content = random.Random(size).randbytes(size)
    with Digest() as digest:
        for at in range(0, size, 1 << 20):
            digest.update(memoryview(content)[at : at + (1 << 20)])
        assert digest.hexdigest() == hashlib.md5(content).hexdigest()


def test_its_thread_ends_with_the_block():
    with Digest() as digest:
        for _ in range(40):
            digest.update(bytes(1 << 20))
        assert "xnat-digest" in {thread.name for thread in threading.enumerate()}
    assert "xnat-digest" not in {thread.name for thread in threading.enumerate()}
