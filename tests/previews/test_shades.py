"""Shades of grey: pixel by pixel as PS3.3 says."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from xnat_runtime.previews.shades import Window, spread_over

from .images import encoded, grey, image, item, picture, preview, shades

RAMP = [0, 64, 127, 128, 191, 255]


def test_linear_window_is_that_of_the_standard():
    """PS3.3 C.11.2.1.2.1: black up to c - 0.5 - (w - 1) / 2, white above c - 0.5 + (w - 1) / 2."""
    row = [0, 9, 10, 11, 50, 108, 109, 110, 4000]
    assert shades(grey(row, WindowCenter=60, WindowWidth=100)) == [[0, 0, 0, 3, 103, 252, 255, 255, 255]]


def test_linear_exact_window():
    row = [0, 10, 35, 60, 85, 110, 4000]
    drawn = shades(grey(row, WindowCenter=60, WindowWidth=100, VOILUTFunction="LINEAR_EXACT"))
    assert drawn == [[0, 0, 64, 128, 191, 255, 255]]


def test_sigmoid_window():
    row = [0, 10, 60, 110, 65535]
    drawn = shades(grey(row, WindowCenter=60, WindowWidth=100, VOILUTFunction="SIGMOID"))
    assert drawn == [[round(255 / (1 + np.exp(-4 * (value - 60) / 100))) for value in row]]


def test_full_window_of_eight_bits_changes_nothing():
    assert shades(grey(RAMP, dtype="u1", WindowCenter=128, WindowWidth=256)) == [RAMP]


def test_window_of_width_one_splits_in_two():
    assert shades(grey([4, 5, 6], WindowCenter=5.5, WindowWidth=1)) == [[0, 0, 255]]


def test_first_of_several_windows_counts():
    assert shades(grey(RAMP, WindowCenter=[128, 5], WindowWidth=[256, 2])) == [RAMP]


def test_window_is_in_units_of_the_modality():
    """Hounsfield units: -1024 is stored as 0."""
    drawn = shades(
        grey([0, 1024, 1064, 1264], RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=401)
    )
    assert drawn == [[0, 102, 128, 255]]


def test_slope_below_zero_turns_round():
    assert shades(grey([0, 255], RescaleSlope=-1, RescaleIntercept=255, WindowCenter=128, WindowWidth=256)) == [
        [255, 0]
    ]


def test_fractions_of_a_slope_count():
    drawn = shades(
        grey(
            [0, 2, 4],
            RescaleSlope=0.25,
            RescaleIntercept=0,
            WindowCenter=0.5,
            WindowWidth=1,
            VOILUTFunction="LINEAR_EXACT",
        )
    )
    assert drawn == [[0, 128, 255]]


def test_smallest_value_is_white_in_monochrome1():
    drawn = shades(grey(RAMP, dtype="u1", PhotometricInterpretation="MONOCHROME1", WindowCenter=128, WindowWidth=256))
    assert drawn == [[255 - value for value in RAMP]]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_encodings_have_the_same_pixels(syntax: str):
    made = image(np.array([[-100, 0, 28, 155]], "<i2"), WindowCenter=28, WindowWidth=256)
    if syntax == ExplicitVRBigEndian:
        made.PixelData = np.array([[-100, 0, 28, 155]], ">i2").tobytes()
        made.set_original_encoding(is_implicit_vr=False, is_little_endian=False)
    made.file_meta.TransferSyntaxUID = syntax
    assert shades(made) == [[0, 100, 128, 255]]


def test_signed_pixels_of_twelve_bits():
    """Twelve bits, of which the highest is the sign; the four above are filled by some writers and by some not."""
    made = grey([0x0FFF, 0x0801, 0x0000, 0x07FF], dtype="<u2", BitsStored=12, PixelRepresentation=1)
    assert shades(made, window=(0.5, 4096)) == [[127, 0, 128, 255]]


def test_bits_beside_the_pixels_are_left_out():
    """Old files keep an overlay in the bits above."""
    made = grey([0x8000 | 100, 100, 0xF000 | 4095], BitsStored=12, WindowCenter=128, WindowWidth=256)
    assert shades(made) == [[100, 100, 255]]


def test_high_bit_says_where_the_pixels_are():
    made = grey([100 << 4 | 0xF, 4095 << 4], BitsStored=12, HighBit=15, WindowCenter=128, WindowWidth=256)
    assert shades(made) == [[100, 255]]


def test_pixels_of_thirty_two_bits():
    assert shades(grey([0, 1 << 20, 1 << 21], dtype="<u4"), window=(1 << 20, 1 << 21)) == [[0, 128, 255]]


def test_pixels_of_one_bit():
    made = grey([1], dtype="u1", BitsAllocated=1, BitsStored=1, HighBit=0, Columns=8)
    made.PixelData = bytes([0b10100001, 0])
    assert shades(made) == [[255, 0, 0, 0, 0, 255, 0, 255]]


def test_floating_point_pixels():
    made = grey([0, 0], dtype="<u4")
    del made.PixelData, made.BitsStored, made.HighBit, made.PixelRepresentation
    made.FloatPixelData = np.array([0.0, 0.5], "<f4").tobytes()
    assert shades(made, window=(1, 2)) == [[0, 128]]


# Tables


def test_modality_table():
    table = item(LUTDescriptor=[3, 10, 16], ModalityLUTType="US", LUTData=[0, 100, 255])
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    made = grey([0, 10, 11, 12, 13, 65535], ModalityLUTSequence=[table], WindowCenter=128, WindowWidth=256)
    assert shades(made) == [[0, 0, 100, 255, 255, 255]]


@pytest.mark.parametrize(("bits", "entries"), [(8, [0, 51, 255]), (12, [0, 819, 4095]), (16, [0, 13107, 65535])])
def test_table_of_values_of_interest(bits: int, entries: list[int]):
    table = item(LUTDescriptor=[3, 1000, bits], LUTData=entries)
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    made = grey([0, 1000, 1001, 1002, 60000], VOILUTSequence=[table], WindowCenter=1, WindowWidth=1)
    assert shades(made) == [[0, 0, 51, 255, 255]]


def test_table_of_bytes_for_more_values_than_a_byte_has():
    entries = bytes(number // 16 for number in range(4096))
    table = item(LUTDescriptor=[4096, 0, 8], LUTData=entries)
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    assert shades(grey([0, 160, 4095, 9999], VOILUTSequence=[table])) == [[0, 10, 255, 255]]


def test_table_that_begins_below_zero():
    table = item(LUTDescriptor=[3, -1, 8], LUTData=np.array([10, 20, 30], "<u2").tobytes())
    table["LUTDescriptor"].VR, table["LUTData"].VR = "SS", "OW"
    made = image(np.array([[-5, -1, 0, 1, 5]], "<i2"), VOILUTSequence=[table])
    assert shades(made) == [[10, 10, 20, 30, 30]]


def test_window_of_the_caller_stands_before_a_table():
    table = item(LUTDescriptor=[2, 0, 8], LUTData=[255, 255])
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    assert shades(grey(RAMP, VOILUTSequence=[table], WindowCenter=1, WindowWidth=1), window=(128, 256)) == [RAMP]


# Images without a window


def test_without_a_window_most_values_are_spread():
    values = np.arange(1000, dtype="<u2").reshape(10, 100)
    drawn = picture(preview(image(values)))
    low, high = np.percentile(values, (1, 99))
    assert (drawn.min(), drawn.max()) == (0, 255)
    expected = np.floor(np.clip((values - low) / (high - low), 0, 1) * 255 + 0.5)
    assert np.abs(drawn - expected).max() <= 1  # halves come out on either side


def test_images_without_a_window_share_one():
    """A dark slice stays dark beside a bright one."""
    dark, bright = image(np.full((4, 4), 10, "<u2")), image(np.full((4, 4), 1000, "<u2"))
    drawn = picture(preview(dark, bright))
    assert (drawn[:, :4].max(), drawn[:, 6:].min()) == (0, 255)


def test_unusable_window_counts_as_none():
    assert shades(grey([0, 50, 100], WindowCenter=5, WindowWidth=0)) == shades(grey([0, 50, 100]))


def test_image_of_one_value_is_grey():
    assert shades(grey([7, 7])) == [[128, 128]]


def test_padding_is_black_and_counts_for_no_window():
    values = [-2000] * 50 + list(range(100))
    drawn = shades(image(np.array([values], "<i2"), PixelPaddingValue=-2000))[0]
    plain = shades(image(np.array([values[50:]], "<i2")))[0]
    assert drawn == [0] * 50 + plain


def test_range_of_padding_in_monochrome1_is_black():
    made = grey([4000, 4095, 0, 255], BitsStored=12, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=4000,
                PixelPaddingRangeLimit=4095, WindowCenter=128, WindowWidth=256)  # fmt: skip
    assert shades(made) == [[0, 0, 255, 0]]


def test_padding_with_the_wrong_sign_is_understood():
    made = image(np.array([[-2000, 128]], "<i2"), WindowCenter=128, WindowWidth=256)
    made.PixelPaddingValue = 63536
    made["PixelPaddingValue"].VR = "US"
    assert shades(made) == [[0, 128]]


def test_bits_below_padding_of_sparse_masks_show():
    """Most pixels are 0, so that both percentiles are."""
    values = np.zeros((20, 20), "u1")
    values[3, 3] = 1
    drawn = picture(preview(image(values)))
    assert (drawn[3, 3], drawn.sum()) == (255, 255)


# Enhanced files


def test_frames_have_windows_and_slopes_of_their_own():
    frames = [
        item(FrameVOILUTSequence=[item(WindowCenter=128, WindowWidth=256)]),
        item(FrameVOILUTSequence=[item(WindowCenter=256, WindowWidth=512)],
             PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=0, RescaleType="US")]),
    ]  # fmt: skip
    shared = item(PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=-28, RescaleType="US")])
    values = np.array([[[28, 128, 283, 284]], [[0, 128, 255, 255]]], "<u2")
    made = image(
        values, NumberOfFrames=2, PerFrameFunctionalGroupsSequence=frames, SharedFunctionalGroupsSequence=[shared]
    )
    drawn = shades(made)[0]
    assert drawn[:4] == [0, 100, 255, 255]
    assert drawn[6:] == [0, 128, 255, 255]


def test_frames_have_tables_of_their_own():
    tables = [item(LUTDescriptor=[2, 0, 8], LUTData=entries) for entries in ([10, 20], [30, 40])]
    for table in tables:
        table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    frames = [item(FrameVOILUTSequence=[item(VOILUTSequence=[table])]) for table in tables]
    made = image(np.array([[[0, 1]], [[0, 1]]], "<u2"), NumberOfFrames=2, PerFrameFunctionalGroupsSequence=frames)
    drawn = shades(made)[0]
    assert (drawn[:2], drawn[4:]) == ([10, 20], [30, 40])


# Properties


def functions() -> st.SearchStrategy[str]:
    return st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"])


@given(
    st.lists(st.integers(-40_000, 70_000), min_size=2, max_size=50),
    st.floats(-5_000, 70_000),
    st.floats(1, 80_000),
    functions(),
)
def test_larger_values_are_never_darker(values: list[int], centre: float, width: float, function: str):
    drawn = spread_over(np.array(sorted(values)), Window(centre, width, function))
    assert (np.diff(drawn) >= 0).all()
    assert 0 <= drawn.min() <= drawn.max() <= 255


@given(st.lists(st.integers(0, 4095), min_size=2, max_size=30), st.integers(0, 4095), st.integers(1, 5000), functions())
def test_shades_are_those_of_pydicom(values: list[int], centre: int, width: int, function: str):
    made = image(
        np.array([values], "<u2"), BitsStored=12, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function
    )
    if function == "LINEAR" and width == 1:
        return  # pydicom divides by the width less one
    expected = apply_voi_lut(np.array(values, "<u2"), made) * (255 / 4095)
    assert np.abs(spread_over(np.array(values), Window(centre, width, function)) - expected).max() < 1e-9


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm"])
def test_samples_look_as_pydicom_says(name: str):
    made: Any = dcmread(str(get_testdata_file(name, download=False)))
    values = apply_modality_lut(made.pixel_array, made).astype("f8")
    low, high = np.percentile(values, (1, 99))
    centre, width = (float(made.WindowCenter), float(made.WindowWidth)) if "WindowCenter" in made else (None, None)
    drawn = picture(preview(dcmread(io.BytesIO(encoded(made)))))
    if centre is not None and width is not None:
        expected = np.clip(((values - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
    else:
        expected = np.clip((values - low) / (high - low) * 255, 0, 255)
    assert np.abs(drawn - expected).max() <= 0.5 + 1e-6
