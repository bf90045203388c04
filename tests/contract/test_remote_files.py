"""Files of the server as file objects, on servers with and without ranges."""

from __future__ import annotations

import io

import pydicom
import pytest

import xnat_emulator
from xnat_sdk import InvalidValueError, NotFoundError, connect

CONTENT = bytes(range(256)) * 8_192  # 2 MiB


@pytest.fixture(params=[False, True], ids=["stock", "ranges"])
def server(request):
    with xnat_emulator.start(demo=True, mode=xnat_emulator.Mode(ranges=request.param)) as started:
        yield started


@pytest.fixture
def session(server):
    with connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def large(session):
    resource = session.projects["sandbox"].create_resource("LARGE")
    resource.upload_data(CONTENT, "large.bin")
    return resource.files["large.bin"]


def test_an_open_file_reads_as_one_on_disk(large):
    local = io.BytesIO(CONTENT)
    with large.open() as remote:
        assert isinstance(remote, io.RawIOBase)
        assert remote.readable()
        assert remote.seekable()
        assert not remote.writable()
        for place, whence, size in [
            (0, 0, 3000), (10, 1, 5), (1_000_000, 0, 70_000), (-5, 1, 10), (3, 0, 20_000), (-7, 2, 100), (0, 2, 1),
            (5_000_000, 0, 4), (2_000_000, 0, 300_000), (1_999_999, 0, 0), (0, 0, 300_000),
        ]:  # fmt: skip
            assert remote.seek(place, whence) == local.seek(place, whence)
            assert remote.read(size) == local.read(size)
            assert remote.tell() == local.tell()
        remote.seek(5)
        buffer = bytearray(10)
        assert remote.readinto(buffer) == 10
        assert buffer == CONTENT[5:15]
        assert remote.read() == CONTENT[15:]
        assert remote.read(1) == b""
        with pytest.raises(ValueError, match="place -1"):
            remote.seek(-1)
    assert remote.closed
    with pytest.raises(ValueError, match="closed"):
        remote.read(1)


def test_nothing_travels_before_the_first_read_and_one_request_reads_on(server, large):
    before = len(server.requests)
    with large.open() as remote:
        assert len(server.requests) == before
        assert remote.seek(0, io.SEEK_END) == len(CONTENT)
        remote.seek(0)
        assert b"".join(remote.read(50_000) for _ in range(50)) == CONTENT
        assert len(server.requests) - before == 1
        remote.seek(10)
        assert remote.read(3) == CONTENT[10:13]
        assert len(server.requests) - before == 2


def test_memory_stays_small_however_large_the_file(large):
    with large.open() as remote:
        for place in (0, 2_000_000, 100):
            remote.seek(place)
            remote.read(90_000)
            assert len(remote._kept) <= 300_000


def test_reading_a_part_transfers_a_part(large, monkeypatch):
    travelled = count_bytes(monkeypatch)
    with large.open() as remote:
        assert len(remote.read(3000)) == 3000
    assert sum(travelled) < 64_000


def test_pydicom_stops_the_transfer_before_the_pixels(session, monkeypatch):
    scan = session.projects["sandbox"].sessions["test001_MR"].scans["1"]
    file = scan.resources["DICOM"].files[0]
    travelled = count_bytes(monkeypatch)
    with file.open() as remote:
        dataset = pydicom.dcmread(remote, stop_before_pixels=True)
    assert dataset.Modality == "MR"
    assert "PixelData" not in dataset
    assert 0 < sum(travelled) < file.size
    with file.open() as remote:
        assert pydicom.dcmread(remote).PixelData


def test_all_data_sets_of_a_scan(server, session):
    scan = session.projects["sandbox"].sessions["test001_MR"].scans["1"]
    files = [file for file in scan.files if file.file_format == "DICOM"]
    before = len(server.requests)
    found = list(scan.iter_dicom())
    assert len({dataset.SOPInstanceUID for dataset in found}) == len(found) == len(files)
    assert len(server.requests) - before == 1 + len(files)
    assert all("PixelData" not in dataset for dataset in found)
    assert next(scan.iter_dicom(read_pixel_data=True)).PixelData
    assert scan.read_dicom(files[1]).SOPInstanceUID == found[1].SOPInstanceUID


def test_a_missing_file_is_an_error_and_no_content(session, large):
    session.delete(large.uri)
    with large.open() as remote, pytest.raises(NotFoundError):
        remote.read(1)


def test_files_are_opened_to_read_bytes(large):
    with pytest.raises(InvalidValueError, match="rb"):
        large.open("r")


def count_bytes(monkeypatch):
    from xnat_runtime import transport

    travelled: list[int] = []
    read = transport.Response.read

    def counting(self, size=transport.MIB):
        piece = read(self, size)
        travelled.append(len(piece))
        return piece

    monkeypatch.setattr(transport.Response, "read", counting)
    return travelled
