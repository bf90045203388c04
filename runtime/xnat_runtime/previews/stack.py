"""The images of a scan that its preview shows, in the order of the stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from ..errors import UsageError
from ..scan_dicom import files_of, no_files
from ..transfers.stop import Stop
from ..transfers.workers import work_through
from .frames import Frame, frames_of, numbers

if TYPE_CHECKING:
    from pydicom import Dataset

    from ..archive import ScanObject
    from ..files import FileData

T = TypeVar("T")

_PIXELS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_DIGITS: Final = re.compile(r"(\d+)")
# Directions closer than this are the same: headers round them.
_NEARLY: Final = 1e-3


@attrs.frozen
class Stack:
    """Images of a scan.

    Attributes:
        frames: The images to draw.
        places: Millimetres of each along the stack's normal, None where they do not lie in one stack.
        left_out: Number of files that were read and hold no pixels.
    """

    frames: Sequence[Frame]
    places: Sequence[float | None]
    left_out: int


def read_stack(scan: ScanObject, wanted: int) -> Stack:
    """Returns so many images of a scan, evenly spaced: a request for the list of files, and one for each file taken.

    No more files are read than images wanted; where there are more, they are chosen by name, numbers in it counted as
    numbers, which is the order of the stack for names that XNAT gives. What was read is sorted by where it lies.

    Raises:
        UsageError: The scan has no DICOM files, or they hold no pixels.
        DecodeError: One is no DICOM file.
    """
    files = sorted(files_of(scan), key=lambda file: _natural(file.path))
    if not files:
        raise no_files(scan)
    read = _read(spread(files, wanted))
    with_pixels = [(dataset, path) for dataset, path in read if any(name in dataset for name in _PIXELS)]
    if not with_pixels:
        kinds = ", ".join(sorted({_kind(dataset) for dataset, _ in read}))
        msg = f"{scan.uri} has no images to preview: its DICOM files are of the kind {kinds}"
        raise UsageError(msg)
    frames = [frame for dataset, path in with_pixels for frame in frames_of(dataset, path)]
    ordered, places = _ordered(frames)
    chosen = spread(range(len(ordered)), wanted)
    return Stack(
        [ordered[index] for index in chosen], [places[index] for index in chosen], len(read) - len(with_pixels)
    )


def spread(items: Sequence[T], wanted: int) -> list[T]:
    """Returns so many of the items, evenly spaced and with half a step before the first and behind the last one."""
    if len(items) <= wanted:
        return list(items)
    return [items[(2 * number + 1) * len(items) // (2 * wanted)] for number in range(wanted)]


def _read(files: Iterable[FileData]) -> list[tuple[Dataset, str]]:
    """Returns the data sets of files, several at a time."""
    files = list(files)
    found: dict[str, Dataset] = {}
    for done in work_through(files, lambda file: file.read_dicom(read_pixel_data=True), stop=Stop()):
        if done.error is not None:
            raise done.error
        if done.result is not None:
            found[done.unit.uri] = done.result
    return [(found[file.uri], file.path) for file in files]


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdecimal() else -1, part) for part in _DIGITS.split(path)]


def _kind(dataset: Dataset) -> str:
    return str(dataset.get("Modality") or getattr(dataset.get("SOPClassUID"), "name", "unknown"))


def _ordered(frames: list[Frame]) -> tuple[list[Frame], list[float | None]]:
    """Returns images in the order of the stack, else of their instance numbers, else of their slice locations."""
    places = _places(frames)
    if places is None:
        return sorted(frames, key=_by_number(frames)), [None] * len(frames)
    order = sorted(range(len(frames)), key=lambda index: (places[index], frames[index].instance or 0))
    return [frames[index] for index in order], [places[index] for index in order]


def _places(frames: list[Frame]) -> list[float] | None:
    """Returns where images lie along their common normal, None where they have none in common."""
    first = frames[0].normal
    found: list[float] = []
    for frame in frames:
        normal, position = frame.normal, frame.position
        if first is None or normal is None or position is None:
            return None
        if any(abs(one - other) > _NEARLY for one, other in zip(first, normal, strict=True)):
            return None
        # To a thousandth of a millimetre: images of one place at many times stay in the order of their numbers.
        found.append(round(sum(one * other for one, other in zip(first, position, strict=True)), 3) + 0.0)
    return found


def _by_number(frames: list[Frame]) -> Callable[[Frame], float]:
    if all(frame.instance is not None for frame in frames):
        return lambda frame: frame.instance or 0
    locations = {id(frame): numbers(frame.dataset, "SliceLocation") for frame in frames}
    return (lambda frame: locations[id(frame)][0]) if all(locations.values()) else (lambda _: 0)
