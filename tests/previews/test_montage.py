"""Where images stand in a preview, what is said about them, and how it is saved."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from xnat_runtime.errors import InvalidValueError, TargetExistsError
from xnat_runtime.preview import Preview, PreviewSlice, preview_of

from .images import grey, image, picture, preview

NAMED = {"WindowCenter": 128, "WindowWidth": 256}


def flat(value: int, rows: int = 4, columns: int = 4, **attributes: Any) -> Any:
    return image(np.full((rows, columns), value, "u1"), **NAMED, **attributes)


def test_images_stand_in_rows_with_a_gap_between_them():
    drawn = picture(preview(*(flat(value) for value in (10, 20, 30, 40, 50)), columns=3))
    assert drawn.shape == (10, 16)
    assert [drawn[row, column] for row in (0, 6) for column in (0, 6, 12)] == [10, 20, 30, 40, 50, 0]
    assert (drawn[:, 4:6] == 0).all()
    assert (drawn[4:6] == 0).all()


def test_no_more_columns_than_images():
    assert (preview(flat(1), columns=4).width, preview(flat(1), flat(2), columns=4).width) == (4, 10)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"PixelSpacing": [2, 1]}, (50, 100)),
        ({"PixelSpacing": [1, 4]}, (100, 25)),
        ({"PixelAspectRatio": [1, 2]}, (100, 50)),
        ({"ImagerPixelSpacing": [0.1, 0.1]}, (100, 100)),
        ({"PixelSpacing": [0, 0]}, (100, 100)),
    ],
)
def test_proportions_are_those_of_the_patient(attributes: dict[str, object], size: tuple[int, int]):
    shown = preview(flat(9, 20, 20, **attributes), size=100)
    assert (shown.width, shown.height) == size


def test_frames_have_a_spacing_of_their_own():
    from .images import item

    shared = item(PixelMeasuresSequence=[item(PixelSpacing=[2, 1])])
    made = image(np.zeros((2, 10, 10), "u1"), NumberOfFrames=2, SharedFunctionalGroupsSequence=[shared])
    assert (preview(made, size=40).width, preview(made, size=40).height) == (20 + 2 + 20, 40)


def test_images_of_other_shapes_stand_in_the_middle():
    drawn = picture(preview(flat(100, 4, 8), flat(200, 8, 4), size=8))
    assert drawn.shape == (8, 18)
    assert drawn[:, 3].tolist() == [0, 0, 100, 100, 100, 100, 0, 0]
    assert drawn[0, 10:].tolist() == [0, 0, 200, 200, 200, 200, 0, 0]


def test_larger_images_are_averaged_down():
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    drawn = picture(preview(image(board.astype("u1"), **NAMED), size=8))
    assert np.abs(drawn.astype(int) - 128).max() <= 2


# What headers say


@pytest.mark.parametrize(
    ("attributes", "burned_in", "note"),
    [
        ({"BurnedInAnnotation": "YES"}, True, "The header says that text is burned into the pixels"),
        ({"BurnedInAnnotation": "NO"}, False, None),
        ({"BurnedInAnnotation": "NO", "Modality": "US"}, False, None),
        ({}, None, None),
        ({"Modality": "US"}, None, "The header does not say whether text is burned"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, None, "The header does not say whether text is burned"),
        ({"RecognizableVisualFeatures": "YES"}, None, "The header says that the patient can be recognized"),
    ],
)
def test_note_says_what_the_header_says(attributes: dict[str, str], burned_in: bool | None, note: str | None):
    shown = preview(flat(1, **attributes))
    assert shown.burned_in is burned_in
    assert [each.startswith(note or "-") for each in shown.notes] == [True] * bool(note)
    assert all(each in repr(shown) for each in shown.notes)
    html = shown._repr_html_()
    assert (html is not None and "<figcaption>The header " in html) if note else html is None


def test_one_image_with_text_is_enough_for_a_warning():
    shown = preview(flat(1, BurnedInAnnotation="NO"), flat(2, BurnedInAnnotation="YES"))
    assert shown.burned_in is True


@pytest.mark.parametrize("size", [16, 400])
def test_warning_stands_below_the_picture_and_changes_none_of_it(size: int):
    plain = preview(flat(77, 16, 16), size=size)
    warned = preview(flat(77, 16, 16, BurnedInAnnotation="YES", RecognizableVisualFeatures="YES"), size=size)
    assert (warned.width, len(warned.notes)) == (plain.width, 2)
    assert warned.height > plain.height
    above, below = picture(warned)[: plain.height], picture(warned)[plain.height :]
    assert (above == picture(plain)[..., None]).all()
    assert len(np.unique(below.reshape(-1, 3), axis=0)) > 1  # there is something written on the paper


def test_picture_holds_nothing_of_the_header():
    made = flat(1, BurnedInAnnotation="YES", PatientName="Sample^Patient", PatientID="Sample ID", AccessionNumber="A77")
    shown = preview(made)
    with Image.open(io.BytesIO(shown.png)) as opened:
        assert opened.info == {}
    other = preview(flat(1, BurnedInAnnotation="YES", PatientName="Nobody", PatientID="-"))
    assert shown == other
    for text in ("Sample", "A77"):
        assert text.encode() not in shown.png
        assert text not in repr(shown) + str(shown._repr_html_())


# The object


def test_preview_is_shown_by_notebooks_and_told_by_its_repr():
    shown = preview(flat(1), flat(2))
    assert shown._repr_png_() == shown.png
    assert shown.png.startswith(b"\x89PNG")
    assert repr(shown) == "<Preview of 2 images, 10 x 4 pixels>"
    assert pickle.loads(pickle.dumps(shown)) == shown
    assert shown.slices == (PreviewSlice("0.dcm"), PreviewSlice("1.dcm"))


def test_same_images_give_the_same_bytes():
    assert preview(flat(1), flat(2)) == preview(flat(1), flat(2))


def test_saving_replaces_nothing_unless_told(tmp_path: Path):
    shown, other = preview(flat(1)), preview(flat(2))
    target = tmp_path / "preview.png"
    assert shown.save(target) == target
    assert target.read_bytes() == shown.png
    with pytest.raises(TargetExistsError):
        other.save(target)
    assert target.read_bytes() == shown.png
    other.save(str(target), overwrite=True)
    assert target.read_bytes() == other.png
    assert [path.name for path in tmp_path.iterdir()] == ["preview.png"]


def test_preview_that_cannot_be_saved_leaves_nothing(tmp_path: Path):
    with pytest.raises(InvalidValueError):
        preview(flat(1)).save(tmp_path / "missing" / "preview.png")
    with pytest.raises(TargetExistsError):
        preview(flat(1)).save(tmp_path, overwrite=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tiles": 0}, "tiles= takes a number from 1 to 4096, not 0"),
        ({"size": 7}, "size= takes a number from 8 to 4096, not 7"),
        ({"columns": 0}, "columns= takes a number from 1 to 4096, not 0"),
        ({"window": (40, 0)}, "window= takes centre and width, and a width is larger than 0: 0 is not"),
        ({"window": (40, float("nan"))}, "window= takes centre and width, and a width is larger than 0: nan is not"),
    ],
)
def test_numbers_that_make_no_picture_are_refused(wrong: dict[str, Any], told: str):
    asked = {"tiles": 1, "size": 192, "columns": 1, "window": None, **wrong}
    scan: Any = None
    with pytest.raises(InvalidValueError) as caught:
        preview_of(scan, asked.pop("tiles"), **asked)
    assert str(caught.value) == told


def test_preview_of_many_tiles_of_one_value():
    assert isinstance(preview(*(grey([5]) for _ in range(40)), columns=8), Preview)
