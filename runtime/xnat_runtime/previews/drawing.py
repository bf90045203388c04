"""The picture of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..preview import Preview, PreviewSlice
from .montage import joined, png_of, tile_of, with_warning
from .notes import burned_in, remarks_of, warnings_of
from .pixels import coloured, is_grey, stored_pixels
from .shades import Grey, common_window, grey_of

if TYPE_CHECKING:
    from .frames import Frame
    from .pixels import Shades
    from .stack import Stack


def drawn(stack: Stack, *, size: int, columns: int, window: tuple[float, float] | None) -> Preview:
    """Returns the picture of the images of a stack.

    Args:
        stack: The images.
        size: Pixels of the longer side of each.
        columns: How many stand side by side at most.
        window: Centre and width of the values to show, None for those of the headers.

    Raises:
        DecodeError: Pixels cannot be decoded.
    """
    images = _shades(stack.frames, window)
    tiles = [tile_of(image, frame.pixel_shape, size) for image, frame in zip(images, stack.frames, strict=True)]
    datasets = list({id(frame.dataset): frame.dataset for frame in stack.frames}.values())
    warnings = warnings_of(datasets)
    whole = joined(tiles, columns)
    if warnings:
        whole = with_warning(whole, " ".join(warnings))
    slices = tuple(
        PreviewSlice(frame.path, frame.number, frame.instance, place)
        for frame, place in zip(stack.frames, stack.places, strict=True)
    )
    notes = (*warnings, *remarks_of(datasets, stack.left_out))
    return Preview(png_of(whole), whole.width, whole.height, slices, burned_in(datasets), notes)


def _shades(frames: Sequence[Frame], window: tuple[float, float] | None) -> list[Shades]:
    """Returns images in shades of grey, or of red, green and blue."""
    prepared: list[Grey | Shades] = []
    for frame in frames:
        stored = stored_pixels(frame)
        prepared.append(grey_of(frame, stored) if is_grey(frame) and stored.ndim == 2 else coloured(frame, stored))
    fallback = common_window([one for one in prepared if isinstance(one, Grey)]) if window is None else None
    return [one.shades(window, fallback) if isinstance(one, Grey) else one for one in prepared]
