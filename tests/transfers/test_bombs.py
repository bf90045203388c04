"""Archives that unpack to more than they should, links, and names that come twice: stopped, both ways of unpacking."""

from __future__ import annotations

import io
import random
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from xnat_runtime.archives import download_dir
from xnat_runtime.errors import CorruptArchiveError, UnsafeNameError
from xnat_runtime.transfers.archive_download import Unpacking
from xnat_runtime.transfers.events import Events
from xnat_runtime.transfers.limits import UNLIMITED, Limits
from xnat_runtime.transfers.places import Places
from xnat_runtime.transfers.report import MovedFile
from xnat_runtime.transfers.stop import Stop
from xnat_runtime.transport import Request, Response

GET = Request("GET", "/data/experiments/E/scans/ALL/files", (("format", "zip"),))
SMALL = Limits(ratio=20, total=200_000, members=10, free=10_000)


def sending(archive: bytes) -> Callable[..., Response]:
    def send(request: Request, *, stream: bool = False) -> Response:
        return Response(method="GET", url=request.path, status=200, body=archive)

    return send


def unpack(
    archive: bytes, target: Path, limits: Limits, wanted: Callable[..., bool] = lambda *_: True
) -> list[MovedFile]:
    moved: list[MovedFile] = []
    unpacking = Unpacking(
        places=Places(target), expected=None, overwrite=False, durable=False, limits=limits, is_wanted=wanted,
        moved=moved.append, events=Events(None), stop=Stop(),
    )  # fmt: skip
    unpacking.receive(sending(archive), GET, "E")
    return moved


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


BOMBS = {
    "ratio": ({"a": bytes(150_000)}, Limits(ratio=20, free=10_000)),
    "ratio of many": ({f"{number}": bytes(40_000) for number in range(4)}, Limits(ratio=20, free=100_000)),
    "total": ({"a": bytes(range(256)) * 1000}, Limits(total=200_000)),
    "total of many": ({f"{number}": bytes(range(256)) * 400 for number in range(3)}, Limits(total=200_000)),
    "members": ({f"{number}": b"x" for number in range(11)}, Limits(members=10)),
    "folders": ({f"{number}/": b"" for number in range(11)}, Limits(members=10)),
    "content of a folder": ({"a/": bytes(150_000)}, Limits(ratio=20, free=10_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_stopped_and_can_be_let_through(bomb: str, tmp_path: Path):
    members, limits = BOMBS[bomb]
    archive = packed(members)
    with pytest.raises(CorruptArchiveError, match="looks like a bomb"):
        unpack(archive, tmp_path / "a", limits)
    on_disk = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert on_disk <= min(sum(map(len, members.values())), limits.total or 1 << 40)
    with pytest.raises(CorruptArchiveError, match="looks like a bomb"):
        download_dir(sending(archive), GET, tmp_path / "b", limits=limits)
    assert not (tmp_path / "b").exists()
    files = sum(not name.endswith("/") for name in members)
    assert len(unpack(archive, tmp_path / "c", UNLIMITED)) == files
    assert len(download_dir(sending(archive), GET, tmp_path / "d", limits=UNLIMITED).files) == files


def test_a_bomb_leaves_no_file_under_its_name(tmp_path: Path):
    with pytest.raises(CorruptArchiveError):
        unpack(packed({"S/a": bytes(10_000_000)}), tmp_path, SMALL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_bomb_among_members_that_are_not_wanted_is_stopped(tmp_path: Path):
    with pytest.raises(CorruptArchiveError, match="looks like a bomb"):
        unpack(packed({"S/there-already": bytes(10_000_000)}), tmp_path, SMALL, lambda *_: False)


def test_the_default_stops_what_deflate_can_do_at_most_and_lets_images_through(tmp_path: Path):
    bomb = packed({"zeros": bytes(100 << 20)})
    assert (100 << 20) / len(bomb) > 900
    with pytest.raises(CorruptArchiveError):
        unpack(bomb, tmp_path / "bomb", Limits())
    image = packed({"image": random.Random(1).randbytes(1 << 17) + bytes(15 << 17)})
    assert unpack(image, tmp_path / "image", Limits(free=0))[0].size == 2 << 20


def test_members_that_overlap_are_no_way_around_the_limits(tmp_path: Path):
    """Many entries of the table of contents share one content: small to send, large on disk."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = kernel.compress(bytes(100_000)) + kernel.flush()
    archive = packed({"a0": bytes(100_000)})
    directory = archive.index(b"PK\x01\x02")
    entry, end = archive[directory:-22], archive[-22:]
    entries = b"".join(entry.replace(b"a0", b"a%d" % number) for number in range(10))
    count = (10).to_bytes(2, "little")
    size = len(entries).to_bytes(4, "little")
    bomb = archive[:directory] + entries + end[:8] + count * 2 + size + end[16:]
    assert content in bomb
    with pytest.raises(CorruptArchiveError):
        unpack(bomb, tmp_path / "a", Limits())
    with pytest.raises(CorruptArchiveError):
        download_dir(sending(bomb), GET, tmp_path / "b", limits=Limits(total=500_000))
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("content", [b"/etc/passwd", b"../../..", b""])
def test_a_link_is_refused_and_none_is_made(tmp_path: Path, content: bytes):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("S/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, content)
        archive.writestr("S/after", b"after")
    for number, way in enumerate((lambda target: unpack(stream.getvalue(), target, Limits()),
                                  lambda target: download_dir(sending(stream.getvalue()), GET, target))):  # fmt: skip
        with pytest.raises(UnsafeNameError, match="symbolic link"):
            way(tmp_path / str(number))
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("S/a", "S/a"), ("S/a", "S/A"), ("S/a", "s/a"), ("S/\u00e9", "S/e\u0301"), ("S", "S/a"), ("S/a", "S"),
        ("S/a/b", "S/A/c"),
    ],
)  # fmt: skip
def test_members_that_are_one_file_somewhere_are_refused(tmp_path: Path, first: str, second: str):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(first, b"first")
        archive.writestr(second, b"second")
    with pytest.raises(UnsafeNameError, match="are one file on some systems"):
        unpack(stream.getvalue(), tmp_path, Limits())
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"first"]


@pytest.mark.parametrize("name", ["ratio", "total", "members"])
def test_each_limit_can_be_lifted_alone(name: str):
    lifted = attrs.evolve(SMALL, **{name: None})
    assert getattr(lifted, name) is None
    lifted.check(
        unpacked=1 << 50 if name == "total" else 100_000,
        received=1 if name == "ratio" else 1 << 49,
        members=1 << 40 if name == "members" else 1,
    )
