"""Images: files of one, and the frames of files that hold many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from pydicom import Dataset

_SPACINGS: Final = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio")

Vector = tuple[float, float, float]


@attrs.frozen(eq=False)
class Frame:
    """One image.

    Attributes:
        dataset: The data set of its file, with pixels.
        path: The file, as its path below the resource.
        index: Which of the file's images it is, from 0 on.
    """

    dataset: Dataset = attrs.field(repr=False)
    path: str
    index: int = 0

    @property
    def number(self) -> int | None:
        """Number of the frame, from 1 on; None where the file holds one image."""
        return self.index + 1 if frame_count(self.dataset) > 1 else None

    @property
    def instance(self) -> int | None:
        """``InstanceNumber`` of the file."""
        found = numbers(self.dataset, "InstanceNumber")
        return int(found[0]) if found else None

    def facts(self, group: str) -> Dataset:
        """Returns what holds the attributes of a functional group: an item of the frame, one of all frames, the file.

        Args:
            group: Keyword of the group's sequence, such as ``FrameVOILUTSequence`` (PS3.3 C.7.6.16).
        """
        own = self.dataset.get("PerFrameFunctionalGroupsSequence") or ()
        shared = self.dataset.get("SharedFunctionalGroupsSequence") or ()
        for item in (*own[self.index : self.index + 1], *shared[:1]):
            if found := item.get(group):
                inner: Dataset = found[0]
                return inner
        return self.dataset

    @property
    def position(self) -> Vector | None:
        """Where its first pixel is in the patient, in millimetres."""
        found = numbers(self.facts("PlanePositionSequence"), "ImagePositionPatient")
        return _vector(found) if len(found) == 3 else None

    @property
    def normal(self) -> Vector | None:
        """The direction in which a stack of such images grows, of length 1."""
        found = numbers(self.facts("PlaneOrientationSequence"), "ImageOrientationPatient")
        if len(found) != 6:
            return None
        (a, b, c), (d, e, f) = found[:3], found[3:]
        return (b * f - c * e, c * d - a * f, a * e - b * d)

    @property
    def pixel_shape(self) -> tuple[float, float]:
        """Height and width of a pixel, in any unit."""
        facts = self.facts("PixelMeasuresSequence")
        for place, keyword in ((facts, "PixelSpacing"), *((self.dataset, each) for each in _SPACINGS)):
            found = numbers(place, keyword)
            if len(found) == 2 and min(found) > 0:
                return found[0], found[1]
        return 1.0, 1.0


def frames_of(dataset: Dataset, path: str) -> list[Frame]:
    """Returns the images of a file."""
    return [Frame(dataset, path, index) for index in range(frame_count(dataset))]


def frame_count(dataset: Dataset) -> int:
    """Returns how many images a file holds, when it holds any."""
    found = numbers(dataset, "NumberOfFrames")
    return max(int(found[0]), 1) if found else 1


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Returns the values of an attribute as numbers; none where it is missing, or one of them is no number."""
    raw: Any = dataset.get(keyword)  # Any: what a data element holds depends on its tag
    values = [] if raw is None or raw == "" else [raw] if isinstance(raw, (str, int, float)) else list(raw)
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return []


def _vector(found: list[float]) -> Vector:
    x, y, z = found
    return x, y, z
