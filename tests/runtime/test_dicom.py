from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys

import numpy
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from xnat_runtime.dicom import read_dataset
from xnat_runtime.errors import DecodeError, LoginPageError, NotFoundError
from xnat_runtime.transport import Request, Response

GET = Request("GET", "/data/experiments/E/scans/1/resources/1/files/a.dcm")
OCTETS = (("Content-Type", "application/octet-stream"),)


def dicom_file(rows: int = 64, syntax: str = ExplicitVRLittleEndian) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID = MRImageStorage
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.PatientName = "DOE^JOHN"
    data.Modality = "MR"
    data.Rows = data.Columns = rows
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit = 15
    data.PixelRepresentation = 0
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = numpy.arange(rows * rows, dtype="<u2").tobytes()
    stream = io.BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_the_header_is_read_and_the_pixels_stay_on_the_server(server, transport, odd):
    content = dicom_file(2000)
    server.answer(odd(200, content, headers=OCTETS), odd(200, b"next"))
    data = read_dataset(transport.send, GET)
    assert (data.Modality, data.Rows) == ("MR", 2000)
    assert "PixelData" not in data
    assert transport.send(GET).content == b"next"


def test_only_the_beginning_is_received(replay):
    stream = io.BytesIO(dicom_file(2000))
    received = 0

    class Body:
        closed = False

        def read(self, size: int, /) -> bytes:
            nonlocal received
            piece = stream.read(size)
            received += len(piece)
            return piece

        def close(self) -> None:
            self.closed = True

    body = Body()
    answer = Response(method="GET", url=GET.path, status=200, headers=dict(OCTETS), body=body)
    read_dataset(replay(answer), GET)
    assert received == 16_384
    assert body.closed


def test_the_whole_file_is_read_when_wanted(server, transport, odd):
    server.answer(odd(200, dicom_file(64), headers=OCTETS))
    data = read_dataset(transport.send, GET, read_pixel_data=True)
    assert len(data.PixelData) == 64 * 64 * 2


def test_a_deflated_file_is_read(server, transport, odd):
    server.answer(odd(200, dicom_file(64, DeflatedExplicitVRLittleEndian), headers=OCTETS))
    assert read_dataset(transport.send, GET).Modality == "MR"


def test_a_data_set_can_be_copied_and_pickled(server, transport, odd):
    server.answer(odd(200, dicom_file(64), headers=OCTETS))
    data = read_dataset(transport.send, GET)
    assert copy.deepcopy(data).Modality == "MR"
    assert pickle.loads(pickle.dumps(data)).Modality == "MR"


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000, dicom_file()[:128] + b"NOPE" + dicom_file()[132:]])
def test_what_is_no_dicom_file_is_named(server, transport, odd, content: bytes):
    server.answer(odd(200, content, headers=OCTETS))
    with pytest.raises(DecodeError, match=r"/files/a\.dcm is no DICOM file"):
        read_dataset(transport.send, GET)


@pytest.mark.parametrize("length", [136, 142, 150, 300, -100])
def test_a_file_that_is_cut_off_is_damaged_and_shows_no_values(server, transport, odd, length: int):
    server.answer(odd(200, dicom_file()[:length], headers=OCTETS))
    with pytest.raises(DecodeError, match="damaged or cut off") as caught:
        read_dataset(transport.send, GET, read_pixel_data=True)
    assert "DOE" not in str(caught.value)


def test_bytes_behind_the_last_element_do_no_harm(server, transport, odd):
    server.answer(odd(200, dicom_file() + b"\0\0", headers=OCTETS))
    assert read_dataset(transport.send, GET, read_pixel_data=True).Modality == "MR"


def test_answers_that_are_no_file_are_errors(server, transport, odd, login_page):
    server.answer(odd(404))
    with pytest.raises(NotFoundError):
        read_dataset(transport.send, GET)
    server.answer(odd(200, login_page, headers=(("Content-Type", "text/html"),)))
    with pytest.raises(LoginPageError):
        read_dataset(transport.send, GET)


def test_pydicom_is_imported_only_when_dicom_is_read():
    code = "import sys, xnat_runtime.dicom; print('pydicom' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
