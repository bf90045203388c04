"""Stored pixels, and what they mean: the first half of the way from a file to a picture (PS3.3 C.7.6.3, C.11.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from ..errors import DecodeError
from .frames import Frame, numbers

if TYPE_CHECKING:
    import numpy.typing as npt
    from pydicom import Dataset

    Pixels = npt.NDArray[Any]  # Any: pixels come in every type that a DICOM file may hold
    Flags = npt.NDArray[np.bool_]
    Shades = npt.NDArray[np.uint8]

# What pydicom and Pillow raise when pixels are not what the header says.
_DAMAGE: Final = (ValueError, TypeError, LookupError, AttributeError, RuntimeError, OSError)
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_PALETTE: Final = "PALETTE COLOR"
# What is installed for transfer syntaxes that Pillow does not read, by the beginning of their UIDs.
_DECODERS: Final = {
    "1.2.840.10008.1.2.4.5": "pylibjpeg pylibjpeg-libjpeg",
    "1.2.840.10008.1.2.4.70": "pylibjpeg pylibjpeg-libjpeg",
    "1.2.840.10008.1.2.4.8": "pyjpegls",
    "1.2.840.10008.1.2.4.9": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.20": "pylibjpeg pylibjpeg-openjpeg",
}


def is_grey(frame: Frame) -> bool:
    """Returns whether an image has shades of grey, which are windowed, and no colours."""
    return str(frame.dataset.get("PhotometricInterpretation", "MONOCHROME2")) in _GREY


def is_inverted(frame: Frame) -> bool:
    """Returns whether the smallest value is white."""
    return str(frame.dataset.get("PhotometricInterpretation", "")) == "MONOCHROME1"


def stored_pixels(frame: Frame) -> Pixels:
    """Returns the pixels as stored: rows by columns, with a third axis for red, green and blue.

    Raises:
        DecodeError: They cannot be decoded; the message names the transfer syntax, and what to install where that
            would help.
    """
    dataset = frame.dataset
    try:
        pixels = pixel_array(dataset, index=frame.index)
    except _DAMAGE:
        # Not chained: messages of decoders may quote the header.
        raise _undecoded(frame) from None
    if pixels.ndim == 3:
        return pixels
    return _without_spare_bits(dataset, pixels.astype(pixels.dtype.newbyteorder("=")))


def coloured(frame: Frame, stored: Pixels) -> Shades:
    """Returns an image with colours as red, green and blue from 0 to 255."""
    if str(frame.dataset.get("PhotometricInterpretation", "")) == _PALETTE:
        try:
            colours = apply_color_lut(stored, frame.dataset)
        except _DAMAGE:
            raise DecodeError(f"{frame.path}: its palette of colours cannot be read") from None
        return eight_bits(colours[..., :3].astype(np.float64) * (255.0 / np.iinfo(colours.dtype).max))
    top = 2.0 ** bits_stored(frame.dataset, stored) - 1
    return eight_bits(stored[..., :3].astype(np.float64) * (255.0 / top))


def eight_bits(shades: npt.NDArray[np.float64]) -> Shades:
    """Returns shades as whole numbers from 0 to 255, rounded half up."""
    return np.clip(np.floor(np.nan_to_num(shades) + 0.5), 0, 255).astype(np.uint8)


def bits_stored(dataset: Dataset, stored: Pixels) -> int:
    """Returns how many bits of a pixel count."""
    found = numbers(dataset, "BitsStored")
    return int(found[0]) if found and found[0] >= 1 else stored.dtype.itemsize * 8


def is_padding(frame: Frame, stored: Pixels) -> Flags | None:
    """Returns which pixels only fill the image up (PS3.3 C.7.5.1.1.2), None where the header names no such value."""
    ends = [*numbers(frame.dataset, "PixelPaddingValue")[:1], *numbers(frame.dataset, "PixelPaddingRangeLimit")[:1]]
    if not ends or "PixelPaddingValue" not in frame.dataset or stored.dtype.kind not in "iu":
        return None
    read = [_as_pixel(int(end), stored) for end in ends]
    return (stored >= min(read)) & (stored <= max(read))


def _as_pixel(value: int, stored: Pixels) -> int:
    """Returns a value of the header with the sign that pixels have: some writers mix the two up."""
    whole = 1 << (stored.dtype.itemsize * 8)
    if stored.dtype.kind == "i":
        return value - whole if value >= whole // 2 else value
    return value + whole if value < 0 else value


def _without_spare_bits(dataset: Dataset, pixels: Pixels) -> Pixels:
    """Returns pixels without the bits beside them, in which old files keep overlays."""
    allocated, bits = pixels.dtype.itemsize * 8, bits_stored(dataset, pixels)
    if pixels.dtype.kind not in "iu" or bits >= allocated:
        return pixels
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    high = numbers(dataset, "HighBit")
    # Only where pixels stand as they are can they stand anywhere else than at the lower end.
    last = int(high[0]) if high and not syntax.is_compressed and bits - 1 <= high[0] < allocated else bits - 1
    moved: Pixels = (pixels << (allocated - 1 - last)) >> (allocated - bits)
    return moved


def _undecoded(frame: Frame) -> DecodeError:
    syntax = UID(str(frame.dataset.file_meta.get("TransferSyntaxUID", "")))
    if not syntax:
        return DecodeError(f"{frame.path}: its pixels cannot be decoded, since it names no transfer syntax")
    begun = f"{frame.path}: its pixels cannot be decoded, which are {syntax.name.partition(' (')[0]}"
    needed = next((found for start, found in _DECODERS.items() if syntax.startswith(start)), "")
    if not _is_known(syntax):
        return DecodeError(f"{begun}: " + (f"pip install {needed}" if needed else "pydicom has no decoder for that"))
    # Pillow reads most, but not all of them: twelve bits of JPEG, for one.
    more = f"; if others show them, pip install {needed}" if needed else ""
    return DecodeError(f"{begun}: they are damaged, or not what the header says{more}")


def _is_known(syntax: UID) -> bool:
    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False
