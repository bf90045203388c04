"""Images side by side."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from .pixels import Shades

GAP: Final = 2
"""Pixels between images."""

_MARGIN: Final = 4
_PAPER: Final = (64, 40, 0)
_INK: Final = (255, 210, 120)


def tile_of(shades: Shades, pixel_shape: tuple[float, float], size: int) -> Image.Image:
    """Returns an image scaled so that its longer side has a length, and its proportions are those of the patient.

    Args:
        shades: The image.
        pixel_shape: Height and width of a pixel.
        size: Pixels of the longer side.
    """
    image = Image.fromarray(shades)
    height, width = (count * side for count, side in zip(shades.shape[:2], pixel_shape, strict=True))
    scale = size / max(height, width)
    wanted = (max(round(width * scale), 1), max(round(height * scale), 1))
    return image if image.size == wanted else image.resize(wanted, Image.Resampling.BILINEAR)


def joined(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """Returns images in rows, each in the middle of its place; the places are as large as the largest needs."""
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    width, height = (max(tile.size[axis] for tile in tiles) for axis in (0, 1))
    mode = "L" if all(tile.mode == "L" for tile in tiles) else "RGB"
    whole = Image.new(mode, (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP))
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        left, top = (
            column * (width + GAP) + (width - tile.width) // 2,
            row * (height + GAP) + (height - tile.height) // 2,
        )
        whole.paste(tile, (left, top))
    return whole


def with_warning(image: Image.Image, text: str) -> Image.Image:
    """Returns an image with a line of text below, which no pixel of the image is taken for."""
    font = ImageFont.load_default()
    lines = _wrapped(text, image.width - 2 * _MARGIN, font)
    _, _, _, line_height = font.getbbox("Ag")
    step = int(line_height) + _MARGIN
    whole = Image.new("RGB", (image.width, image.height + _MARGIN + step * len(lines)), _PAPER)
    whole.paste(image, (0, 0))
    draw = ImageDraw.Draw(whole)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, image.height + _MARGIN + number * step), line, fill=_INK, font=font)
    return whole


def png_of(image: Image.Image) -> bytes:
    """Returns the bytes of the PNG file of an image, which hold nothing beside its pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _wrapped(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
