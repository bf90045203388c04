"""From values to shades of grey: the second half of the way from a file to a picture (PS3.3 C.11.1, C.11.2).

The formulas are applied here, and not by pydicom's ``apply_voi_lut``: that one spreads over the range that values might
have, which turns round for a negative slope, and it counts entries of tables in the type of what they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from .frames import Frame, numbers
from .pixels import eight_bits, is_inverted, is_padding

if TYPE_CHECKING:
    import numpy.typing as npt
    from pydicom import Dataset

    from .pixels import Flags, Pixels, Shades

_PERCENTILES: Final = (1, 99)
_FUNCTIONS: Final = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@attrs.frozen
class Window:
    """Which values are drawn between black and white.

    Attributes:
        centre: The value in the middle.
        width: How far apart black and white are.
        function: ``LINEAR``, ``LINEAR_EXACT`` or ``SIGMOID``.
    """

    centre: float
    width: float
    function: str = "LINEAR_EXACT"


@attrs.frozen(eq=False)
class Grey:
    """An image on its way to shades of grey.

    Attributes:
        frame: The image.
        values: What its pixels mean, such as Hounsfield units.
        padding: Which of them only fill it up; they are drawn black.
    """

    frame: Frame
    values: Pixels = attrs.field(repr=False)
    padding: Flags | None = attrs.field(repr=False)

    @property
    def needs_window(self) -> bool:
        """Whether the header does not say which values are black and white."""
        facts = self.frame.facts("FrameVOILUTSequence")
        return window_of(facts) is None and _table(facts, "VOILUTSequence") is None

    def shades(self, window: tuple[float, float] | None, fallback: Window | None) -> Shades:
        """Returns the image in shades from 0, which is black, to 255.

        Args:
            window: Centre and width to take in place of those of the header.
            fallback: What to take where the header names none.
        """
        facts = self.frame.facts("FrameVOILUTSequence")
        table = _table(facts, "VOILUTSequence") if window is None else None
        if table is not None:
            drawn = table.shades(self.values)
        else:
            own = _chosen(*window, facts) if window is not None else window_of(facts) or fallback
            drawn = spread_over(self.values, own or Window(127.5, 255.0))
        if is_inverted(self.frame):
            drawn = 255.0 - drawn
        if self.padding is not None:
            drawn[self.padding] = 0.0
        return eight_bits(drawn)


def grey_of(frame: Frame, stored: Pixels) -> Grey:
    """Returns an image by what its pixels mean: after its modality table, or its slope and intercept."""
    padding = is_padding(frame, stored)
    table = _table(frame.dataset, "ModalityLUTSequence")
    if table is not None:
        return Grey(frame, table.entries_of(stored), padding)
    facts = frame.facts("PixelValueTransformationSequence")
    slope, intercept = numbers(facts, "RescaleSlope") or [1.0], numbers(facts, "RescaleIntercept") or [0.0]
    if (slope[0], intercept[0]) == (1.0, 0.0):
        return Grey(frame, stored, padding)
    return Grey(frame, stored.astype(np.float64) * slope[0] + intercept[0], padding)


def common_window(images: Sequence[Grey]) -> Window | None:
    """Returns a window for images whose headers have none: most of their values, those of all of them together.

    One for all: with one for each, a bright slice would look like a dark one.
    """
    parts = [image.values[_counts(image)] for image in images if image.needs_window]
    values = np.concatenate([part.astype(np.float64) for part in parts]) if parts else np.zeros(0)
    if not values.size:
        return None
    low, high = (float(each) for each in np.percentile(values, _PERCENTILES))
    if not high > low:
        low, high = float(values.min()), float(values.max())
    return Window((low + high) / 2, high - low if high > low else 1.0)


def window_of(facts: Dataset) -> Window | None:
    """Returns the first window of a header, None where it has none that can be used."""
    centres, widths = numbers(facts, "WindowCenter"), numbers(facts, "WindowWidth")
    if not centres or not widths or not np.isfinite([centres[0], widths[0]]).all() or widths[0] <= 0:
        return None
    return _chosen(centres[0], widths[0], facts)


def spread_over(values: Pixels, window: Window) -> npt.NDArray[np.float64]:
    """Returns shades from 0 to 255 (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""
    centre, width = window.centre, window.width
    wide = values.astype(np.float64)
    if window.function == "SIGMOID":
        return np.asarray(255.0 / (1.0 + np.exp(np.clip(-4.0 * (wide - centre) / width, -700.0, 700.0))))
    if window.function == "LINEAR":
        centre, width = centre - 0.5, width - 1.0
    if width == 0:
        return np.where(wide > centre, 255.0, 0.0)
    return np.clip(((wide - centre) / width + 0.5) * 255.0, 0.0, 255.0)


@attrs.frozen(eq=False)
class _Table:
    """A table of values (PS3.3 C.11.1.1): entries for the values from `first` on."""

    first: int
    bits: int
    entries: Pixels

    def entries_of(self, values: Pixels) -> Pixels:
        """Returns the entries of values; the first and the last entry count for all below and above."""
        places = np.floor(values.astype(np.float64)) - self.first
        found: Pixels = self.entries[np.clip(places, 0, len(self.entries) - 1).astype(np.intp)]
        return found

    def shades(self, values: Pixels) -> npt.NDArray[np.float64]:
        """Returns the entries of values as shades from 0 to 255."""
        return np.asarray(self.entries_of(values).astype(np.float64) * (255.0 / (2.0**self.bits - 1.0)))


def _table(facts: Dataset, keyword: str) -> _Table | None:
    """Returns the first table of a sequence, None where there is none."""
    items = facts.get(keyword)
    descriptor = numbers(items[0], "LUTDescriptor") if items else []
    if len(descriptor) != 3:
        return None
    raw = items[0].get("LUTData")
    length, first, bits = int(descriptor[0]) or 1 << 16, int(descriptor[1]), int(descriptor[2])
    if isinstance(raw, bytes):
        order = "<" if facts.original_encoding[1] is not False else ">"
        entries = np.frombuffer(raw[:length], np.uint8) if len(raw) <= length + 1 else _words(raw[: 2 * length], order)
    else:
        entries = np.atleast_1d(np.asarray(raw if raw is not None else [], np.int64))
    return _Table(first, bits, entries[:length]) if entries.size and bits >= 1 else None


def _words(raw: bytes, order: str) -> Pixels:
    return np.frombuffer(raw[: len(raw) // 2 * 2], f"{order}u2")


def _chosen(centre: float, width: float, facts: Dataset) -> Window:
    """Returns a window with the function of the header; LINEAR has none for widths below 1."""
    function = str(facts.get("VOILUTFunction") or "LINEAR").upper()
    known = function if function in _FUNCTIONS else "LINEAR"
    return Window(centre, width, "LINEAR_EXACT" if known == "LINEAR" and width < 1 else known)


def _counts(image: Grey) -> Flags:
    """Returns which pixels count for a window."""
    finite: Flags = np.isfinite(image.values)
    return finite if image.padding is None else finite & ~image.padding
