"""Images of the demo archive, made on the spot: DICOM series and a NIfTI volume."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from pydicom import Dataset, FileDataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import dcmread  # pyright: ignore[reportUnknownVariableType] - its annotation is half open
from pydicom.uid import UID, ExplicitVRLittleEndian

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels: TypeAlias = npt.NDArray[np.int16]

SOP_CLASSES = {
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}

HeaderValue: TypeAlias = str | int | float | list[float] | list[str]


def make_uid(*parts: str | int) -> str:
    """Return a UID that depends on the parts alone."""
    digest = hashlib.md5("/".join(map(str, parts)).encode(), usedforsecurity=False).digest()
    return f"2.25.{int.from_bytes(digest)}"


@dataclass(frozen=True)
class Series:
    """One series to make.

    Attributes:
        number: Series number, the scan's ID.
        description: Series description.
        slices: Number of images.
        size: Rows and columns.
        header: Further attributes, keyword -> value.
    """

    number: int
    description: str
    slices: int
    size: int
    header: Mapping[str, HeaderValue] = field(default_factory=dict[str, HeaderValue])


@dataclass(frozen=True)
class Study:
    """What all series of a session have in common; ``header`` holds attributes by keyword."""

    label: str
    modality: str
    header: Mapping[str, HeaderValue]


def make_series(study: Study, series: Series) -> Iterator[Dataset]:
    """Yield the images of a series."""
    for position in range(series.slices):
        yield _image(study, series, position)


def _image(study: Study, series: Series, position: int) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(SOP_CLASSES[study.modality])
    meta.MediaStorageSOPInstanceUID = UID(make_uid(study.label, series.number, position))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = make_uid(study.label)
    dataset.SeriesInstanceUID = make_uid(study.label, series.number)
    dataset.Modality = study.modality
    dataset.SeriesNumber, dataset.InstanceNumber = series.number, position + 1
    dataset.SeriesDescription = series.description
    for keyword, value in {**study.header, **series.header}.items():
        setattr(dataset, keyword, value)
    _place(dataset, position)
    _fill_pixels(dataset, phantom(series.size, (position + 1) / (series.slices + 1)))
    return dataset


def _place(dataset: Dataset, position: int) -> None:
    dataset.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    dataset.ImagePositionPatient = [-100.0, -100.0, round(position * float(dataset.SliceThickness), 4)]
    dataset.SliceLocation = dataset.ImagePositionPatient[2]


def _fill_pixels(dataset: Dataset, pixels: Pixels) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.PixelData = pixels.astype("<i2").tobytes()


def phantom(size: int, height: float) -> Pixels:
    """Return a slice through an ellipsoid with two smaller ones inside.

    Args:
        size: Rows and columns.
        height: Where the slice lies, 0 below to 1 above.
    """
    axis = np.linspace(-1.0, 1.0, size)
    x, y = np.meshgrid(axis, axis)
    z = 2.0 * height - 1.0
    pixels = np.zeros((size, size))
    for centre_x, centre_y, radius, value in ((0.0, 0.0, 0.9, 400), (-0.3, 0.1, 0.25, 300), (0.3, 0.1, 0.25, -200)):
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 + (z * 0.8) ** 2 < radius**2
        pixels[inside] += value
    return (pixels + 40.0 * np.cos(9.0 * x) * np.cos(7.0 * y)).astype(np.int16)


def shipped(name: str) -> tuple[bytes, Dataset]:
    """Return bytes and header of a sample image that comes with pydicom."""
    path = get_testdata_file(name, download=False)
    if path is None:
        raise FileNotFoundError(f"pydicom does not ship {name}")
    data = Path(str(path)).read_bytes()
    return data, dcmread(io.BytesIO(data), stop_before_pixels=True)


def encode(dataset: Dataset) -> bytes:
    """Return the bytes of a DICOM file."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def make_nifti(size: int, slices: int) -> bytes:
    """Return a gzipped NIfTI-1 volume of 16 bit numbers."""
    volume = np.stack([phantom(size, (index + 1) / (slices + 1)) for index in range(slices)])
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, size, size, slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1.0, 1.0, 1.0, 5.0, 1.0, 0.0, 0.0, 0.0)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<f", header, 112, 1.0)
    header[344:348] = b"n+1\0"
    return gzip.compress(bytes(header) + volume.astype("<i2").tobytes(), mtime=0)
