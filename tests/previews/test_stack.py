"""Which images of a scan are taken, in which order, and what that costs."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xnat_emulator
import xnat_sdk
from xnat_runtime.previews.stack import spread
from xnat_sdk import DecodeError, PreviewSlice, UsageError, XnatSession
from xnat_sdk.models import MrScanData, MrSessionData

from .images import encoded, image, item, picture

ACROSS = [1, 0, 0, 0, 1, 0]
LEVEL = {"WindowCenter": 128, "WindowWidth": 256}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(demo=True) as started:
        yield started


@pytest.fixture(scope="module")
def session(server: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as connection:
        yield connection


@pytest.fixture
def imaging(session: XnatSession) -> MrSessionData:
    return MrSessionData(parent=session.projects["sandbox"].subjects["test001"], label=f"made{next(_numbers)}")


def scan_of(imaging: MrSessionData, files: Mapping[str, bytes], resource: str = "DICOM") -> MrScanData:
    """Return a new scan with files."""
    scan = MrScanData(parent=imaging, id=str(next(_numbers)), type="T1")
    made = scan.create_resource(resource)
    for name, data in files.items():
        made.upload_data(data, name)
    return scan


def level(value: int, **attributes: Any) -> bytes:
    """Return the file of an image of one value."""
    return encoded(image(np.full((8, 8), value, "u1"), **LEVEL, **attributes))


def levels(scan: MrScanData, tiles: int = 12) -> list[int]:
    """Return the values of the images of a preview, in their order."""
    shown = picture(scan.preview(tiles, size=8, columns=100))
    return [int(shown[0, left]) for left in range(0, shown.shape[1], 10)]


# Order


def test_images_are_ordered_by_where_they_lie(imaging: MrSessionData):
    heights = {"a.dcm": 12.5, "b.dcm": -30.0, "c.dcm": 0.0}
    scan = scan_of(imaging, {
        name: level(60 + int(height), ImageOrientationPatient=ACROSS, ImagePositionPatient=[0, 0, height],
                    InstanceNumber=1, SliceLocation=-height)
        for name, height in heights.items()
    })  # fmt: skip
    assert levels(scan) == [30, 60, 72]
    assert scan.preview().slices == (
        PreviewSlice("b.dcm", None, 1, -30.0),
        PreviewSlice("c.dcm", None, 1, 0.0),
        PreviewSlice("a.dcm", None, 1, 12.5),
    )


def test_oblique_stack_is_ordered_along_its_normal(imaging: MrSessionData):
    """The normal of a coronal stack is the axis from front to back."""
    coronal = [1, 0, 0, 0, 0, -1]
    scan = scan_of(imaging, {
        f"{number}.dcm": level(10 + number, ImageOrientationPatient=coronal,
                               ImagePositionPatient=[0, -number, 99 - number])
        for number in (3, 1, 2)
    })  # fmt: skip
    assert levels(scan) == [13, 12, 11]


def test_images_of_one_place_are_ordered_by_instance_number(imaging: MrSessionData):
    scan = scan_of(imaging, {
        f"{number}.dcm": level(number, ImageOrientationPatient=ACROSS, ImagePositionPatient=[0, 0, 0],
                               InstanceNumber=20 - number)
        for number in (3, 1, 2)
    })  # fmt: skip
    assert levels(scan) == [3, 2, 1]


def test_images_across_each_other_are_ordered_by_instance_number(imaging: MrSessionData):
    """Localizers: three directions, and no stack."""
    directions = ([0, 1, 0, 0, 0, -1], [1, 0, 0, 0, 0, -1], ACROSS)
    scan = scan_of(imaging, {
        f"{3 - number}.dcm": level(number + 1, ImageOrientationPatient=direction, ImagePositionPatient=[0, 0, -number],
                                   InstanceNumber=number)
        for number, direction in enumerate(directions)
    })  # fmt: skip
    assert levels(scan) == [1, 2, 3]
    assert {each.position for each in scan.preview().slices} == {None}


def test_without_numbers_slice_locations_count(imaging: MrSessionData):
    scan = scan_of(imaging, {f"{number}.dcm": level(number, SliceLocation=-number) for number in (1, 2, 3)})
    assert levels(scan) == [3, 2, 1]


def test_without_anything_names_count_numbers_in_them_as_numbers(imaging: MrSessionData):
    scan = scan_of(imaging, {f"IM{number}": level(number) for number in (10, 2, 1, 11)})
    assert levels(scan) == [1, 2, 10, 11]


# What is taken


def test_images_are_taken_evenly_of_many_files(server: xnat_emulator.Emulator, imaging: MrSessionData):
    scan = scan_of(imaging, {
        f"IM{number}.dcm": level(number, ImageOrientationPatient=ACROSS, ImagePositionPatient=[0, 0, number])
        for number in range(24)
    })  # fmt: skip
    before = len(server.requests)
    assert levels(scan, tiles=4) == [3, 9, 15, 21]
    assert len(server.requests) - before == 1 + 4
    assert levels(scan, tiles=1) == [12]


def test_scan_costs_one_request_and_one_for_each_image(server: xnat_emulator.Emulator, session: XnatSession):
    scans = session.projects["sandbox"].sessions["test001_MR"].scans
    for scan, files in ((scans["1"], 3), (scans["2"], 12)):
        before = len(server.requests)
        shown = scan.preview()
        assert (len(shown.slices), len(server.requests) - before) == (files, 1 + files)


def test_frames_of_one_file_are_taken_evenly(server: xnat_emulator.Emulator, imaging: MrSessionData):
    values = np.arange(30, dtype="u1").repeat(64).reshape(30, 8, 8)
    scan = scan_of(imaging, {"cine.dcm": encoded(image(values, NumberOfFrames=30, InstanceNumber=7, **LEVEL))})
    before = len(server.requests)
    assert levels(scan, tiles=3) == [5, 15, 25]
    assert len(server.requests) - before == 2
    assert scan.preview(3).slices == tuple(PreviewSlice("cine.dcm", frame, 7) for frame in (6, 16, 26))


def test_frames_of_an_enhanced_file_are_ordered_by_where_they_lie(imaging: MrSessionData):
    heights = (5, -5, 0)
    frames = [item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, height])]) for height in heights]
    shared = item(PlaneOrientationSequence=[item(ImageOrientationPatient=ACROSS)])
    values = np.array(heights, "i2").repeat(64).reshape(3, 8, 8).astype("u1") + np.uint8(100)
    made = image(values, NumberOfFrames=3, PerFrameFunctionalGroupsSequence=frames,
                 SharedFunctionalGroupsSequence=[shared], **LEVEL)  # fmt: skip
    scan = scan_of(imaging, {"enhanced.dcm": encoded(made)})
    assert levels(scan) == [95, 100, 105]
    assert [(each.frame, each.position) for each in scan.preview().slices] == [(2, -5.0), (3, 0.0), (1, 5.0)]


@given(st.integers(0, 400), st.integers(1, 50))
def test_what_is_spread_is_in_order_and_leaves_equal_gaps(count: int, wanted: int):
    taken = spread(range(count), wanted)
    assert len(taken) == min(count, wanted)
    gaps = {later - earlier for earlier, later in itertools.pairwise(taken)}
    assert max(gaps, default=1) - min(gaps, default=1) <= 1
    assert min(gaps, default=1) >= 1


# What cannot be shown


def test_scan_without_dicom_is_one_line(session: XnatSession, imaging: MrSessionData):
    scan = scan_of(imaging, {"image.nii.gz": b"nifti"}, "NIFTI")
    with pytest.raises(UsageError) as caught:
        scan.preview()
    assert str(caught.value) == f"{scan.uri} has no file in a resource DICOM"


def test_objects_without_pixels_are_one_line(imaging: MrSessionData):
    made = image(np.zeros((2, 2), "u1"), Modality="SR")
    del made.PixelData
    scan = scan_of(imaging, {"report.dcm": encoded(made)})
    with pytest.raises(UsageError) as caught:
        scan.preview()
    assert str(caught.value) == f"{scan.uri} has no images to preview: its DICOM files are of the kind SR"


def test_objects_without_pixels_beside_images_are_left_out(imaging: MrSessionData):
    made = image(np.zeros((2, 2), "u1"), Modality="SR")
    del made.PixelData
    scan = scan_of(imaging, {"report.dcm": encoded(made), "image.dcm": level(9)})
    shown = scan.preview()
    assert [each.path for each in shown.slices] == ["image.dcm"]
    assert shown.notes == ("1 file that was read has no pixels.",)


def test_file_that_is_no_dicom_is_named(imaging: MrSessionData):
    scan = scan_of(imaging, {"fine.dcm": level(9), "text.dcm": b"no image at all" * 20})
    with pytest.raises(DecodeError, match=r"text\.dcm is no DICOM file"):
        scan.preview()


def test_missing_scan_is_not_found(session: XnatSession, imaging: MrSessionData):
    scan = scan_of(imaging, {"fine.dcm": level(9)})
    gone = session.create_object(scan.uri)
    assert isinstance(gone, MrScanData)
    scan.delete(remove_files=True)
    with pytest.raises((xnat_sdk.NotFoundError, UsageError)):
        gone.preview()


# Other places that files are read from


def test_downloaded_folder_gives_the_same_picture(server: xnat_emulator.Emulator, session: XnatSession, tmp_path: Path):
    found = session.projects["sandbox"].sessions["test001_MR"]
    expected = found.scans["2"].preview()
    found.download_dir(tmp_path / "folder", manifest=True)
    before = len(server.requests)
    with xnat_sdk.open_offline(tmp_path / "folder") as offline:
        assert offline.projects["sandbox"].sessions["test001_MR"].scans["2"].preview() == expected
    assert len(server.requests) == before
    shutil.rmtree(tmp_path / "folder")


def test_mounted_archive_gives_the_same_picture_without_a_download(
    server: xnat_emulator.Emulator, session: XnatSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    scan = session.projects["sandbox"].sessions["test001_MR"].scans["2"]
    expected = scan.preview()
    rows = session.get_json(f"{scan.uri}/files", {"locator": "absolutePath"})
    for file in scan.files:
        place = next(row["absolutePath"] for row in _rows(rows) if row["absolutePath"].endswith(f"/{file.name}"))
        path = tmp_path / place.removeprefix("/data/xnat/archive/")
        path.parent.mkdir(parents=True, exist_ok=True)
        file.download(path)
    monkeypatch.setenv("XNAT_DATA", str(tmp_path))
    with xnat_sdk.connect(server.url, server.user, server.password) as mounted:
        again = mounted.projects["sandbox"].sessions["test001_MR"].scans["2"]
        _ = again.uri
        before = len(server.requests)
        assert again.preview() == expected
        assert len(server.requests) - before <= 2  # the list of files, and where the session lies


def _rows(answer: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = answer["ResultSet"]["Result"]
    return found
