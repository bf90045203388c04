"""Pictures of scans, to look at before they are downloaded."""

from __future__ import annotations

import html
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from .errors import InvalidValueError
from .extras import require
from .partial import PartialFile

if TYPE_CHECKING:
    from .archive import ScanObject

SMALLEST: Final = 8
LARGEST: Final = 4096


@attrs.frozen
class PreviewSlice:
    """One image of a preview.

    Attributes:
        path: The file, as its path below the resource.
        frame: Number of the frame in the file, from 1 on; None where the file holds one image.
        instance: ``InstanceNumber`` of the file, None where it has none.
        position: Millimetres along the normal of the stack; None where images do not lie in one stack.
    """

    path: str
    frame: int | None = None
    instance: int | None = None
    position: float | None = None


@attrs.frozen(repr=False)
class Preview:
    """A picture of a scan: images side by side, row by row. Notebooks show it by themselves.

    Attributes:
        png: The picture as the bytes of a PNG file; they hold no text of the header.
        width: Pixels from left to right.
        height: Pixels from top to bottom.
        slices: The images, in the order in which they are drawn.
        burned_in: Whether text is burned into the pixels, as the headers say; None where they do not.
        notes: What to know before showing the picture to others, as sentences.
    """

    png: bytes
    width: int
    height: int
    slices: tuple[PreviewSlice, ...]
    burned_in: bool | None = None
    notes: tuple[str, ...] = ()

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Writes the PNG file, complete or not at all, and returns its path.

        Args:
            path: Path of the file to write.
            overwrite: Whether an existing file may be replaced.

        Raises:
            TargetExistsError: The file exists and ``overwrite`` is not set.
            InvalidValueError: Its folder does not exist.
        """
        with PartialFile(Path(path), overwrite=overwrite) as file:
            file.stream.write(self.png)
            file.finish()
        return Path(path)

    def _repr_png_(self) -> bytes:
        return self.png

    def _repr_html_(self) -> str | None:
        """Returns the picture with its notes; None without notes, since the PNG alone is half as long."""
        if not self.notes:
            return None
        source = b64encode(self.png).decode()
        lines = "<br>".join(html.escape(note) for note in self.notes)
        alt = f"Preview of {len(self.slices)} images"
        return (
            f'<figure style="margin:0"><img src="data:image/png;base64,{source}" alt="{alt}" '
            f'style="max-width:100%;height:auto"><figcaption>{lines}</figcaption></figure>'
        )

    def __repr__(self) -> str:
        count = f"{len(self.slices)} image{'s' if len(self.slices) != 1 else ''}"
        return " ".join([f"<Preview of {count}, {self.width} x {self.height} pixels>", *self.notes])


def preview_of(scan: ScanObject, tiles: int, *, size: int, columns: int, window: tuple[float, float] | None) -> Preview:
    """Returns the picture of a scan; see `ScanObject.preview`."""
    _require_drawable(tiles, size, columns)
    if window is not None and not window[1] > 0:
        msg = f"window= takes centre and width, and a width is larger than 0: {window[1]} is not"
        raise InvalidValueError(msg)
    for module in ("numpy", "PIL"):
        require(module, extra="preview")
    from .previews.drawing import drawn  # noqa: PLC0415  # it needs what has just been looked for
    from .previews.stack import read_stack  # noqa: PLC0415  # as above

    return drawn(read_stack(scan, tiles), size=size, columns=columns, window=window)


def _require_drawable(tiles: int, size: int, columns: int) -> None:
    for name, number, least in (("tiles", tiles, 1), ("size", size, SMALLEST), ("columns", columns, 1)):
        if not least <= number <= LARGEST:
            msg = f"{name}= takes a number from {least} to {LARGEST}, not {number}"
            raise InvalidValueError(msg)
