"""Pictures made from DICOM pixel data."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from xnat_emulator.web.png import encode
from xnat_emulator.web.preview import LARGEST, NoPreview, render

from .imports_dicom import encode as encode_dicom
from .imports_dicom import header


def decode(data):
    """Return the pixels of a PNG file whose lines have no filters."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    columns, rows, depth, colour = struct.unpack(">2L2B", data[16:26])
    assert depth == 8
    size = struct.unpack(">L", data[33:37])[0]
    samples = {0: 1, 2: 3}[colour]
    lines = np.frombuffer(zlib.decompress(data[41 : 41 + size]), np.uint8).reshape(rows, 1 + columns * samples)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape((rows, columns) if samples == 1 else (rows, columns, 3))


def image(pixels, **attributes) -> Dataset:
    frames = pixels.ndim == 3 and pixels.shape[-1] != 3
    shape = pixels.shape[1:] if frames else pixels.shape
    bits = pixels.dtype.itemsize * 8
    made = header(
        Rows=shape[0],
        Columns=shape[1],
        SamplesPerPixel=3 if len(shape) == 3 else 1,
        PhotometricInterpretation="RGB" if len(shape) == 3 else "MONOCHROME2",
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(pixels.dtype.kind == "i"),
        **attributes,
    )
    if frames:
        made.NumberOfFrames = pixels.shape[0]
    if len(shape) == 3:
        made.PlanarConfiguration = 0
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OW" if bits > 8 else "OB"
    return made


@pytest.fixture
def shown(tmp_path):
    """Renders a dataset and returns the pixels of the PNG."""

    def show(dataset):
        path = tmp_path / "image.dcm"
        path.write_bytes(encode_dicom(dataset))
        render.cache_clear()
        return decode(render(path))

    return show


RAMP = np.arange(100, dtype=np.int16).reshape(10, 10)


def test_png_is_what_went_in():
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert (decode(encode(gray)) == gray).all()
    colour = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    assert (decode(encode(colour)) == colour).all()


def test_without_a_window_most_of_the_values_are_shown(shown):
    found = shown(image(RAMP))
    assert (found[0, 0], found[-1, -1]) == (0, 255)
    assert 120 < found[5, 0] < 135


def test_window_of_the_header_counts(shown):
    found = shown(image(RAMP, WindowCenter="50.5", WindowWidth="11"))
    assert found.ravel()[45] == 0
    assert found.ravel()[55] == 255
    assert 120 < found.ravel()[50] < 135


def test_first_of_several_windows_counts(shown):
    several = shown(image(RAMP, WindowCenter=["50.5", "0"], WindowWidth=["11", "1"]))
    assert (several == shown(image(RAMP, WindowCenter="50.5", WindowWidth="11"))).all()


def test_rescaled_values_are_windowed(shown):
    scaled = shown(image(RAMP, WindowCenter="-949.5", WindowWidth="11", RescaleSlope="1", RescaleIntercept="-1000"))
    assert (scaled == shown(image(RAMP, WindowCenter="50.5", WindowWidth="11"))).all()


def test_inverted_images_are_turned_round(shown):
    inverted = image(RAMP)
    inverted.PhotometricInterpretation = "MONOCHROME1"
    assert (shown(inverted) == 255 - shown(image(RAMP))).all()


def test_middle_frame_is_shown(shown):
    frames = np.stack([RAMP * 0, RAMP, RAMP * 0])
    assert (shown(image(frames)) == shown(image(RAMP))).all()


def test_colours_stay(shown):
    colours = np.zeros((4, 4, 3), np.uint8)
    colours[..., 0], colours[0, 0] = 200, (1, 2, 3)
    assert (shown(image(colours)) == colours).all()


def test_large_images_are_averaged_down(shown):
    found = shown(image(np.tile(np.array([[0, 200]], np.uint8), (1100, 550)), WindowCenter="128", WindowWidth="256"))
    assert max(found.shape) <= LARGEST
    assert len(np.unique(found)) <= 3


def test_flat_images_do_no_harm(shown):
    assert shown(image(RAMP * 0)).shape == (10, 10)


def test_run_lengths_are_read(shown):
    packed = image(RAMP)
    packed.compress(RLELossless)
    assert (shown(packed) == shown(image(RAMP))).all()


def test_what_pydicom_cannot_read_has_a_name(tmp_path):
    packed = image(RAMP)
    packed.PixelData = encapsulate([b"\xff\xd8 no picture \xff\xd9"])
    packed["PixelData"].VR = "OB"
    packed["PixelData"].is_undefined_length = True
    packed.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    path = tmp_path / "packed.dcm"
    path.write_bytes(encode_dicom(packed))
    with pytest.raises(NoPreview, match="JPEG Baseline"):
        render(path)


def test_short_pixel_data_is_no_image(tmp_path):
    broken = image(RAMP)
    broken.PixelData = b"\0\0"
    path = tmp_path / "broken.dcm"
    path.write_bytes(encode_dicom(broken))
    with pytest.raises(NoPreview):
        render(path)


def test_demo_scans_have_pictures(reader):
    (session,) = [row["ID"] for row in reader.rows("/data/experiments?format=json") if row["label"] == "TEST01_CT"]
    for scan in reader.rows(f"/data/experiments/{session}/scans?format=json"):
        answer = reader.get(f"/browse/experiments/{session}/scans/{scan['ID']}/preview.png")
        assert answer.headers["Content-Type"] == "image/png"
        assert len(np.unique(decode(answer.data))) > 20
