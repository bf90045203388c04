"""Files of the server as file objects, on servers with and without ranges."""

from __future__ import annotations

import io

import pydicom
import pytest

import xnat_emulator
from xnat_emulator import Fault, faults
from xnat_sdk import NEVER, InvalidValueError, NotFoundError, TransportError, connect

from .imaging import dicom

CONTENT = bytes(range(256)) * 8_192  # 2 MiB


@pytest.fixture(params=[False, True], ids=["stock", "ranges"])
def ranges(request):
    return request.param


@pytest.fixture
def server(ranges):
    with xnat_emulator.start(demo=True, mode=xnat_emulator.Mode(ranges=ranges)) as started:
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


def test_nothing_travels_before_the_first_read_and_few_requests_read_on(ranges, server, large):
    before = len(server.requests)
    with large.open() as remote:
        assert len(server.requests) == before
        assert remote.seek(0, io.SEEK_END) == len(CONTENT)
        remote.seek(0)
        assert b"".join(remote.read(50_000) for _ in range(50)) == CONTENT
        # Ranges of 64 KiB to 1 MiB; without them a look at the beginning, and the whole file.
        asked = len(server.requests) - before
        assert asked <= (7 if ranges else 2)
        remote.seek(10)
        assert remote.read(3) == CONTENT[10:13]
        assert len(server.requests) - before == asked + 1


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
    assert len(server.requests) - before == len(files)
    assert all("PixelData" not in dataset for dataset in found)
    assert next(scan.iter_dicom(read_pixel_data=True)).PixelData
    assert scan.read_dicom(files[1]).SOPInstanceUID == found[1].SOPInstanceUID


def test_a_header_dump_of_a_scan_costs_one_request_where_its_session_said_the_project(server, session):
    scan = session.projects["sandbox"].subjects["test001"].experiments["test001_MR"].scans["T1"]
    opened = session.create_object(f"/data/experiments/XNAT_E00001/scans/{scan.id}")
    by_path = session.services.dicom_dump(f"/data/projects/sandbox/experiments/XNAT_E00001/scans/{scan.id}")
    before = len(server.requests)
    assert scan.dicom_dump() == opened.dicom_dump() == by_path
    assert len(server.requests) - before == 2
    assert scan.dicom_dump(["PatientID"])[0]["value"] == "test001"
    session.services.dicom_dump(scan.uri, ["PatientID"])
    assert len(server.requests) - before == 5


def test_the_contract_of_raw_files_holds(large):
    remote = large.open()
    assert (remote.readable(), remote.seekable(), remote.writable(), remote.closed) == (True, True, False, False)
    assert remote.read(0) == b""
    assert (remote.tell(), remote.seek(10), remote.tell()) == (0, 10, 10)
    assert remote.readinto(memoryview(buffer := bytearray(4))) == 4
    assert bytes(buffer) == CONTENT[10:14]
    assert remote.read(-1) == remote.readall() + CONTENT[14:] == CONTENT[14:]
    assert remote.read(5) == b""
    assert remote.readinto(bytearray(3)) == 0
    with pytest.raises(io.UnsupportedOperation):
        remote.write(b"x")
    with pytest.raises(ValueError, match="whence"):
        remote.seek(0, 3)
    remote.close()
    remote.close()
    for call in (remote.read, remote.tell, remote.readable, remote.seekable, lambda: remote.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_it_works_below_a_buffer(large):
    with io.BufferedReader(large.open(), buffer_size=50_000) as buffered:
        assert buffered.peek(3)[:3] == CONTENT[:3]
        assert buffered.read(7) == CONTENT[:7]
        buffered.seek(1_500_000)
        assert buffered.read(100_000) == CONTENT[1_500_000:1_600_000]
        assert buffered.read() == CONTENT[1_600_000:]
    assert buffered.raw.closed
    with io.TextIOWrapper(io.BufferedReader(large.open()), encoding="latin-1", newline="") as text:
        assert text.read(300) == CONTENT[:300].decode("latin-1")


def test_going_far_ahead_transfers_what_the_server_can_spare(ranges, large, monkeypatch):
    travelled = count_bytes(monkeypatch)
    with large.open() as remote:
        remote.seek(2_000_000)
        assert remote.read(10) == CONTENT[2_000_000:2_000_010]
    if ranges:
        assert sum(travelled) < 64_000
    else:
        assert 2_000_000 < sum(travelled) < 2_064_000


def test_a_transfer_that_breaks_goes_on_by_itself(server, large):
    fault = server.faults.add(Fault(faults.Drop(after=1_000_000), path="*/large.bin", count=1))
    with large.open() as remote:
        assert remote.read() == CONTENT
    assert fault.hits == 1


def test_without_retries_a_break_is_an_error_and_the_next_read_goes_on(server, large):
    fault = server.faults.add(Fault(faults.Drop(after=1_000_000), path="*/large.bin", count=1))
    with (
        connect(server.url, server.user, server.password, retry=NEVER) as impatient,
        impatient.create_object(f"{large.uri.rpartition('/files/')[0]}").files["large.bin"].open() as remote,
    ):
        with pytest.raises(TransportError):
            remote.read()
        assert fault.hits == 1
        place = remote.tell()
        assert place < len(CONTENT)
        assert remote.read() == CONTENT[place:]


def test_closing_frees_the_buffer_and_the_connection(large):
    remote = large.open()
    remote.read(100_000)
    assert len(remote._kept) > 0
    assert remote._response is not None
    remote.close()
    assert (len(remote._kept), remote._response) == (0, None)


def test_an_open_file_names_itself_and_nothing_else(large):
    with large.open() as remote:
        assert repr(remote) == f"<RemoteFile {large.uri}>"
    assert repr(remote) == f"<RemoteFile {large.uri}, closed>"
    assert repr(large) == "<FileData large.bin>"


def test_a_large_image_is_not_transferred_for_its_header(session, monkeypatch):
    pixels = 4 * 2**20
    content = dicom(Rows=2048, Columns=1024, PixelData=bytes(pixels))
    resource = session.projects["sandbox"].create_resource("IMAGE")
    resource.upload_data(content, "a.dcm")
    travelled = count_bytes(monkeypatch)
    with resource.files["a.dcm"].open() as remote:
        assert pydicom.dcmread(remote, stop_before_pixels=True).Rows == 2048
    assert sum(travelled) < 64_000


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
