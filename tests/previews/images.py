"""DICOM images with known pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from xnat_runtime.preview import Preview
from xnat_runtime.previews.drawing import drawn
from xnat_runtime.previews.frames import frames_of
from xnat_runtime.previews.stack import Stack

MR = "1.2.840.10008.5.1.4.1.1.4"
Pixels = npt.NDArray[Any]


def image(pixels: Pixels, *, syntax: str = ExplicitVRLittleEndian, **attributes: Any) -> FileDataset:
    """Return an image; its attributes follow the pixels where none are given."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MR
    meta.MediaStorageSOPInstanceUID = attributes.get("SOPInstanceUID", "1.2.3.4")
    meta.TransferSyntaxUID = syntax
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    bits = pixels.dtype.itemsize * 8
    is_colour = pixels.ndim > 2 and pixels.shape[-1] == 3
    said = {
        "SOPClassUID": MR,
        "SOPInstanceUID": "1.2.3.4",
        "Modality": "MR",
        "PatientName": "Sample^Patient",
        "PatientID": "Sample ID",
        "SamplesPerPixel": 3 if is_colour else 1,
        "PhotometricInterpretation": "RGB" if is_colour else "MONOCHROME2",
        "Rows": pixels.shape[-3] if is_colour else pixels.shape[-2],
        "Columns": pixels.shape[-2] if is_colour else pixels.shape[-1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        **({"PlanarConfiguration": 0} if is_colour else {}),
        **attributes,
    }
    said.setdefault("HighBit", said["BitsStored"] - 1)
    for keyword, value in said.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    made["PixelData"].VR = "OB" if bits == 8 else "OW"
    return made


def item(**attributes: Any) -> Dataset:
    """Return an item of a sequence."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def encoded(dataset: FileDataset) -> bytes:
    """Return the bytes of a file."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def preview(
    *datasets: FileDataset, size: int = 0, columns: int = 4, window: tuple[float, float] | None = None
) -> Preview:
    """Return the preview of images that were written and read; without a size, none of their pixels is scaled."""
    read = [dcmread(io.BytesIO(encoded(dataset))) for dataset in datasets]
    frames = [frame for number, one in enumerate(read) for frame in frames_of(one, f"{number}.dcm")]
    longest = max(max(one.Rows, one.Columns) for one in read)
    return drawn(Stack(frames, [None] * len(frames), 0), size=size or longest, columns=columns, window=window)


def picture(shown: Preview) -> Pixels:
    """Return the pixels of a preview."""
    found = np.asarray(Image.open(io.BytesIO(shown.png)))
    assert found.shape[:2] == (shown.height, shown.width)
    return found


def shades(*datasets: FileDataset, window: tuple[float, float] | None = None) -> list[Any]:
    """Return the pixels of the preview of images, as lists."""
    found: list[Any] = picture(preview(*datasets, window=window)).tolist()
    return found


def grey(*rows: Sequence[int], dtype: str = "<u2", **attributes: Any) -> FileDataset:
    """Return a grey image of rows of values."""
    return image(np.array(rows, dtype), **attributes)
