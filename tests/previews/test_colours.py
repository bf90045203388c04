"""Colours, compressed pixels, and pixels that cannot be decoded."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels import pixel_array
from pydicom.pixels.utils import compress
from pydicom.uid import UID, RLELossless

from xnat_runtime.errors import DecodeError
from xnat_runtime.previews.drawing import drawn
from xnat_runtime.previews.frames import Frame
from xnat_runtime.previews.stack import Stack

from .images import grey, image, picture, preview, shades

COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]], "u1")


def sample(name: str) -> Any:
    return dcmread(str(get_testdata_file(name, download=False)))


def test_colours_are_not_windowed():
    assert shades(image(COLOURS, WindowCenter=1, WindowWidth=1)) == COLOURS.tolist()


def test_colours_one_plane_after_the_other():
    made = image(COLOURS, PlanarConfiguration=1)
    made.PixelData = np.moveaxis(COLOURS, -1, 0).tobytes()
    assert shades(made) == COLOURS.tolist()


def test_colours_of_sixteen_bits():
    assert shades(image(np.array([[[65535, 0, 32768], [257, 0, 0]]], "<u2"))) == [[[255, 0, 128], [1, 0, 0]]]


def test_colours_of_twelve_bits():
    assert shades(image(np.array([[[4095, 0, 2048], [16, 0, 0]]], "<u2"), BitsStored=12)) == [
        [[255, 0, 128], [1, 0, 0]]
    ]


def test_luminance_and_chrominance_become_colours():
    made = image(np.array([[[76, 85, 255], [150, 44, 21], [255, 128, 128], [0, 128, 128]]], "u1"),
                 PhotometricInterpretation="YBR_FULL")  # fmt: skip
    drawn = np.array(shades(made)[0], int)
    assert np.abs(drawn - [[255, 0, 0], [0, 255, 0], [255, 255, 255], [0, 0, 0]]).max() <= 2


def test_palette():
    tables = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour, entries in (("Red", [0, 65535, 257]), ("Green", [0, 0, 257]), ("Blue", [32896, 0, 257]))
        for part, value in (("Descriptor", [3, 0, 16]), ("Data", np.array(entries, "<u2").tobytes()))
    }
    made = grey([0, 1, 2, 3], dtype="u1", PhotometricInterpretation="PALETTE COLOR", **tables)
    for keyword in tables:
        made[keyword].VR = "US" if keyword.endswith("Descriptor") else "OW"
    assert shades(made) == [[[0, 0, 128], [255, 0, 0], [1, 1, 1], [1, 1, 1]]]


def test_palette_that_is_missing_is_one_line():
    with pytest.raises(DecodeError, match=r"^0\.dcm: its palette of colours cannot be read$"):
        preview(grey([0, 1], dtype="u1", PhotometricInterpretation="PALETTE COLOR"))


def test_grey_and_colours_stand_side_by_side():
    drawn = shades(image(COLOURS), grey([0, 64, 128, 255], dtype="u1", WindowCenter=128, WindowWidth=256))[0]
    assert drawn[:4] == COLOURS.tolist()[0]
    assert drawn[6:] == [[value] * 3 for value in (0, 64, 128, 255)]


def test_run_length_encoding():
    made = grey([0, 64, 128, 255], dtype="u1", WindowCenter=128, WindowWidth=256)
    compress(made, RLELossless)
    assert shades(made) == [[0, 64, 128, 255]]


@pytest.mark.parametrize(
    "name",
    ["SC_rgb_jpeg_dcmtk.dcm", "examples_ybr_color.dcm", "SC_rgb_rle.dcm", "SC_ybr_full_422_uncompressed.dcm"],
)
def test_samples_in_colours_are_what_pydicom_decodes(name: str):
    made = sample(name)
    expected = pixel_array(made, index=0)
    drawn = picture(preview(made))
    assert (drawn[: expected.shape[0], : expected.shape[1]] == expected).all()


@pytest.mark.parametrize("name", ["MR_small_jp2klossless.dcm", "JPEG2000.dcm", "693_J2KI.dcm", "image_dfl.dcm"])
def test_compressed_samples_are_drawn(name: str):
    made = sample(name)
    drawn = picture(preview(made))
    assert drawn.shape[:2] == (made.Rows, made.Columns)
    assert np.ptp(drawn) > 100


@pytest.mark.parametrize(
    ("number", "name", "advice"),
    [
        ("57", "JPEG Lossless, Non-Hierarchical", "pip install pylibjpeg pylibjpeg-libjpeg"),
        ("70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction", "pip install pylibjpeg pylibjpeg-libjpeg"),
        ("80", "JPEG-LS Lossless Image Compression", "pip install pyjpegls"),
        ("201", "High-Throughput JPEG 2000 Image Compression", "pip install pylibjpeg pylibjpeg-openjpeg"),
        ("102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", "pydicom has no decoder for that"),
    ],
)
def test_what_cannot_be_decoded_names_its_transfer_syntax(number: str, name: str, advice: str):
    made = sample("MR_small_RLE.dcm")
    made.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{number}")
    with pytest.raises(DecodeError) as caught:
        preview(made)
    assert str(caught.value) == f"0.dcm: its pixels cannot be decoded, which are {name}: {advice}"


@pytest.mark.parametrize("name", ["JPEGLSNearLossless_08.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_sample_without_decoder_says_what_to_install(name: str):
    with pytest.raises(DecodeError, match=r"JPEG-LS .*: pip install pyjpegls$"):
        preview(sample(name))


@pytest.mark.parametrize("name", ["JPEG-lossy.dcm", "JPGExtended.dcm"])
def test_what_pillow_reads_only_in_part_names_who_reads_it(name: str):
    """JPEG of twelve bits."""
    with pytest.raises(DecodeError, match=r"JPEG Extended: .*; if others show them, pip install pylibjpeg pylibjpeg-l"):
        preview(sample(name))


def test_pixels_without_a_transfer_syntax_are_one_line():
    made = grey([1, 2])
    del made.file_meta.TransferSyntaxUID
    with pytest.raises(DecodeError, match=r"^0\.dcm: its pixels cannot be decoded, since it names no transfer syntax$"):
        drawn(Stack([Frame(made, "0.dcm")], [None], 0), size=8, columns=1, window=None)


def test_pixels_that_are_cut_off_are_one_line():
    made = grey([1, 2, 3, 4], PatientName="Sample^Patient")
    made.PixelData = b"\0\0"
    with pytest.raises(DecodeError) as caught:
        preview(made)
    assert str(caught.value).endswith("Explicit VR Little Endian: they are damaged, or not what the header says")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("module", ["numpy", "PIL"])
def test_without_the_extra_one_line_is_raised_before_any_request(module: str):
    script = f"""
import sys
sys.modules[{module!r}] = None
from xnat_runtime.errors import UsageError
from xnat_runtime.preview import preview_of
try:
    preview_of(None, 12, size=192, columns=4, window=None)
except UsageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f'{module} is not installed: pip install "xnat-sdk[preview]"\n'
