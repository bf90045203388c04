"""A picture of a DICOM file, small enough for a page."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import Dataset
from pydicom.filereader import dcmread  # pyright: ignore[reportUnknownVariableType] - its annotation is half open
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from . import png

if TYPE_CHECKING:
    import numpy.typing as npt

    # Pixels come in any type a DICOM file may hold.
    Pixels = npt.NDArray[Any]

LARGEST = 512
"""Rows or columns of a preview at most; larger images are averaged down."""


class NoPreview(Exception):  # noqa: N818 - it says what is the matter
    """There is nothing to show; the text says why."""


@lru_cache(maxsize=64)
def render(path: Path) -> bytes:
    """Return the PNG of a DICOM file, whose contents never change; see ``picture``."""
    return png.encode(picture(path))


def picture(path: Path, largest: int = LARGEST) -> npt.NDArray[np.uint8]:
    """Return a DICOM file as an image of 8 bits: the middle frame where it has several.

    Args:
        path: The file.
        largest: Rows or columns of the image at most.

    Raises:
        NoPreview: The file is no image, or is compressed in a way that pydicom cannot read by itself.
    """
    try:
        header = dcmread(path, stop_before_pixels=True)
    except Exception as error:
        raise NoPreview("not a DICOM file") from error
    if "Rows" not in header:
        raise NoPreview("no pixel data")
    try:
        return _shrunk(_image(header, _pixels(path, header)), largest)
    except Exception as error:
        raise NoPreview(_reason(header)) from error


def _reason(header: Dataset) -> str:
    syntax = header.file_meta.get("TransferSyntaxUID")
    return "cannot be read" if syntax is None or not syntax.is_compressed else str(syntax.name).partition(" (")[0]


def _pixels(path: Path, header: Dataset) -> Pixels:
    frames = int(header.get("NumberOfFrames") or 1)
    return pixel_array(path, index=frames // 2 if frames > 1 else 0)


def _image(header: Dataset, pixels: Pixels) -> npt.NDArray[np.float64]:
    photometric = str(header.get("PhotometricInterpretation", ""))
    if photometric == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, header)
        return _spread(pixels.astype(np.float64), 0.0, float(np.iinfo(pixels.dtype).max))
    if pixels.ndim == 3:
        depth = int(header.get("BitsStored") or 8)
        return _spread(pixels.astype(np.float64), 0.0, float(2**depth - 1))
    values = pixels.astype(np.float64) * _number(header, "RescaleSlope", 1.0)
    values += _number(header, "RescaleIntercept", 0.0)
    shades = _spread(values, *_window(header, values))
    return 255.0 - shades if photometric == "MONOCHROME1" else shades


def _window(header: Dataset, values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the values shown as black and as white: those of the header, else most of what there is."""
    centre, width = _number(header, "WindowCenter", None), _number(header, "WindowWidth", None)
    if centre is not None and width is not None and width >= 1:
        return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    low, high = np.percentile(values, (1, 99))
    return float(low), float(high)


def _number(header: Dataset, keyword: str, default: Any) -> Any:  # Any: the default decides whether None comes back
    """Return the first value of an attribute as a number."""
    text = str(header.get(keyword, "")).strip("[]")
    first = text.partition(",")[0].strip(" '")
    return float(first) if first not in {"", "None"} else default


def _spread(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float64]:
    """Return values as shades from 0 to 255."""
    span = high - low if high > low else 1.0
    return np.clip((values - low) / span, 0.0, 1.0) * 255.0


def _shrunk(shades: npt.NDArray[np.float64], largest: int) -> npt.NDArray[np.uint8]:
    """Return an image of a size for pages: blocks of pixels become one."""
    step = -(-max(shades.shape[:2]) // largest)
    if step > 1:
        rows, columns = shades.shape[0] // step, shades.shape[1] // step
        if rows == 0 or columns == 0:
            shades = shades[::step, ::step]
        else:
            blocks = shades[: rows * step, : columns * step].reshape(rows, step, columns, step, -1)
            shades = blocks.mean(axis=(1, 3)).reshape(rows, columns, *shades.shape[2:])
    return np.round(shades).astype(np.uint8)


def gray(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an image without its colours."""
    if image.ndim == 2:
        return image
    total = image[..., 0].astype(np.uint16) + image[..., 1] + image[..., 2]
    return (total // 3).astype(np.uint8)
