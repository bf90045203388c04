"""What travels when parts of a file are read, counted where it is sent."""

from __future__ import annotations

import io
import re
import socket
import struct
import sys
import threading
from collections.abc import Iterator

import pydicom
import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.pool import PoolTransport
from xnat_runtime.remote_file import RemoteFile
from xnat_runtime.transport import Request

SIZE = 50_000_000
BLOCK = bytes(range(256)) * 256
KIB, MIB = 1 << 10, 1 << 20


class CountingServer:
    """Serves one file of 50 MB, and counts the bytes of it that its system took for sending.

    Attributes:
        sent: The bytes of each answer that ended, as far as the server's system took them.
        taken: The bytes of each connection up to the end of that answer which the other side has confirmed.
        ranges: The first and last byte that each request asked for, None for all.
    """

    def __init__(self, *, knows_ranges: bool) -> None:
        self.sent: list[int] = []
        self.taken: list[int] = []
        self.ranges: list[tuple[int, int] | None] = []
        self._knows_ranges = knows_ranges
        self._ended = threading.Semaphore(0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def settled(self, answers: int) -> list[int]:
        """Wait until so many answers ended, and return how many bytes each took."""
        for _ in range(answers):
            assert self._ended.acquire(timeout=30)
        return self.sent

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while True:
                try:
                    piece = connection.recv(65536)
                except OSError:
                    return
                if not piece:
                    return
                head += piece
                if head.endswith(b"\r\n\r\n"):
                    self._answer(connection, head.decode())
                    head = b""

    def _answer(self, connection: socket.socket, head: str) -> None:
        found = re.search(r"Range: bytes=(\d+)-(\d*)", head, re.I)
        asked = (int(found[1]), int(found[2] or SIZE - 1)) if found else None
        self.ranges.append(asked)
        first, last = asked if asked and self._knows_ranges else (0, SIZE - 1)
        status = "200 OK" if first == 0 and last == SIZE - 1 else "206 Partial Content"
        told = f"HTTP/1.1 {status}\r\nContent-Length: {last - first + 1}\r\n"
        told += f"Content-Range: bytes {first}-{last}/{SIZE}\r\n\r\n" if status.startswith("206") else "\r\n"
        sent = 0
        try:
            connection.sendall(told.encode())
            while first + sent <= last:
                at = (first + sent) % len(BLOCK)
                sent += connection.send(BLOCK[at : at + last + 1 - first - sent])
        except OSError:
            pass
        finally:
            self.sent.append(sent)
            self.taken.append(taken(connection))
            self._ended.release()


def taken(connection: socket.socket) -> int:
    """Return the bytes that crossed the network: what the server's system still holds did not (tcpi_bytes_acked)."""
    return int(struct.unpack_from("Q", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 120)[0])


def content(first: int, count: int) -> bytes:
    at = first % 256
    return (bytes(range(256)) * (count // 256 + 2))[at : at + count]


def opened(server: CountingServer, size: int | None = SIZE) -> RemoteFile:
    return RemoteFile(PoolTransport(server.url, proxy="").send, Request("GET", "/data/big.bin"), size=size)


@pytest.fixture
def ranged() -> Iterator[CountingServer]:
    server = CountingServer(knows_ranges=True)
    yield server
    server.close()


@pytest.fixture
def stock() -> Iterator[CountingServer]:
    server = CountingServer(knows_ranges=False)
    yield server
    server.close()


@pytest.mark.parametrize("place", [0, 30_000_000])
@pytest.mark.parametrize("size", [SIZE, None])
def test_a_part_is_all_that_travels_where_ranges_are_honoured(ranged: CountingServer, place: int, size: int | None):
    with opened(ranged, size) as remote:
        remote.seek(place)
        assert remote.read(3_000) == content(place, 3_000)
        assert ranged.settled(1) == [3_000]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what crossed the network")
def test_little_more_than_a_part_travels_from_a_server_without_ranges(stock: CountingServer):
    with opened(stock) as remote:
        assert remote.read(3_000) == content(0, 3_000)
    (sent,) = stock.settled(1)
    assert 3_000 <= stock.taken[0] <= 256 * KIB
    # What the server's own system had in store was never sent; it is small because the segments are.
    assert sent <= MIB


def test_reads_that_follow_each_other_widen_their_window(ranged: CountingServer):
    with opened(ranged) as remote:
        found = b"".join(remote.read(10_000) for _ in range(500))
    assert found == content(0, 5_000_000)
    spans = [last - first + 1 for first, last in filter(None, ranged.ranges)]
    assert spans == [10_000, 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, *[MIB] * (len(spans) - 5)]
    assert len(spans) <= 10


def test_a_jump_asks_for_its_own_bytes_and_begins_with_a_small_window(ranged: CountingServer):
    with opened(ranged) as remote:
        for _ in range(200):
            remote.read(10_000)
        remote.seek(40_000_000)
        assert remote.read(5_000) == content(40_000_000, 5_000)
        assert ranged.ranges[-1] == (40_000_000, 40_004_999)
        remote.read(10)
        assert ranged.ranges[-1] == (40_005_000, 40_005_000 + 64 * KIB - 1)


def test_the_end_of_a_file_is_not_asked_beyond(ranged: CountingServer):
    with opened(ranged) as remote:
        remote.seek(-10, io.SEEK_END)
        assert remote.read(500) == content(SIZE - 10, 10)
        assert remote.read(1) == b""
    assert ranged.ranges == [(SIZE - 10, SIZE - 1)]


def test_reading_everything_is_one_request(ranged: CountingServer):
    with opened(ranged) as remote:
        remote.seek(SIZE - 20_000_000)
        assert len(remote.read()) == 20_000_000
    assert ranged.ranges == [(SIZE - 20_000_000, SIZE - 1)]


def test_reading_on_without_ranges_takes_a_second_request_and_no_third(stock: CountingServer):
    with opened(stock) as remote:
        assert b"".join(remote.read(10_000) for _ in range(300)) == content(0, 3_000_000)
    assert len(stock.ranges) == 2


@pytest.mark.parametrize("kind", ["ranged", "stock"])
def test_memory_stays_bounded(kind: str, request: pytest.FixtureRequest):
    server: CountingServer = request.getfixturevalue(kind)
    with opened(server) as remote:
        for place, count in ((0, 100_000), (6_000_000, 10), (6_500_000, 300_000), (5, 2_000_000), (9_000_000, 7)):
            remote.seek(place)
            assert remote.read(count) == content(place, count)
            assert len(remote._kept) <= 256 * KIB


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "ranges"])
def demo(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, mode=xnat_emulator.Mode(ranges=request.param)) as server:
        yield server


@pytest.fixture
def session(demo: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    demo.faults.clear()
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        yield connection


def test_a_dicom_header_takes_few_requests(demo: Emulator, session: xnat_sdk.XnatSession):
    read = 0
    for imaging in session.projects["sandbox"].sessions:
        for scan in imaging.scans:
            for file in [each for each in scan.files if each.file_format == "DICOM"][:2]:
                before = len(demo.requests)
                with file.open() as remote:
                    pydicom.dcmread(remote, stop_before_pixels=True)
                assert len(demo.requests) - before <= 4
                read += 1
    assert read >= 4


def test_a_broken_transfer_goes_on_where_it_stopped(demo: Emulator, session: xnat_sdk.XnatSession):
    resource = session.projects["sandbox"].create_resource("BROKEN", exist_ok=True)
    if "big.bin" not in [file.name for file in resource.files]:
        resource.upload_data(content(0, 2_000_000), "big.bin")
    demo.faults.add(Fault(faults.Drop(after=500_000), path="*/big.bin", count=1))
    before = len(demo.requests)
    with resource.files["big.bin"].open() as remote:
        assert remote.read() == content(0, 2_000_000)
    statuses = [record.status for record in list(demo.requests)[before:] if record.path.endswith("big.bin")]
    assert statuses == ([200, 206] if demo.site.mode.ranges else [200, 200])
