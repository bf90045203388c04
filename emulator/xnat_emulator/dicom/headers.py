"""Reading DICOM headers: files, attributes as text, and values that multi-frame objects keep in their frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from .library import load

if TYPE_CHECKING:
    from pydicom import Dataset

_FIRST_GROUPS = (b"\x08\x00", b"\x02\x00")
"""How a file starts that has no preamble."""


def read_header(source: Path) -> Dataset | None:
    """Return the attributes of a DICOM file up to its pixels, None when the file is no DICOM."""
    return _read(source, pixels=False)


def read_whole(source: Path) -> Dataset | None:
    """Return everything in a DICOM file, None when the file is no DICOM."""
    return _read(source, pixels=True)


def _read(source: Path, *, pixels: bool) -> Dataset | None:
    try:
        stream = source.open("rb")
    except FileNotFoundError:
        # Replaced by a later upload while somebody read the list of files.
        return None
    with stream:
        if not is_dicom(stream):
            return None
        load()
        from pydicom.filereader import dcmread  # noqa: PLC0415 # pyright: ignore[reportUnknownVariableType] - slow to load; its annotation is half open

        try:
            found = cast("Dataset", dcmread(stream, stop_before_pixels=not pixels, force=True))
            return found if len(found) else None
        except Exception:  # noqa: BLE001 - damaged files make the reader raise nearly anything
            return None


def is_dicom(stream: BinaryIO) -> bool:
    """Tell whether a stream starts like a DICOM file, with or without a preamble; it is rewound."""
    start = stream.read(132)
    stream.seek(0)
    return start[128:132] == b"DICM" or start[:2] in _FIRST_GROUPS


def text_of(dataset: Dataset, keyword: str | int) -> str | None:
    """Return an attribute, by keyword or tag, as text; None when it is missing or empty.

    Several values are joined with a backslash.
    """
    try:
        if keyword not in dataset or dataset[keyword].value is None:
            return None
        element = dataset[keyword]
        values: list[object] = list(element.value) if element.VM > 1 else [element.value]
        return "\\".join(map(str, values)).strip() or None
    except Exception:  # noqa: BLE001 - wherever a process makes errors of warnings, odd values raise here
        return _raw_text(dataset, keyword)


def _raw_text(dataset: Dataset, keyword: str | int) -> str | None:
    """Return an attribute as it stands in the file, None when it is no text or was converted before."""
    try:
        raw: object = getattr(dataset.get_item(keyword), "value", None)
    except Exception:  # noqa: BLE001 - a value that cannot be decoded counts as missing
        return None
    return raw.decode("latin-1").strip("\0 ") or None if isinstance(raw, bytes) else None


def text_at(dataset: Dataset, group: int, element: int) -> str | None:
    """Return the attribute of a tag as text, None when it is missing or empty."""
    return text_of(dataset, (group << 16) | element)


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none when there is no such sequence."""
    try:
        found = dataset.get(keyword)
        return [] if found is None else list(cast("list[Dataset]", found))
    except Exception:  # noqa: BLE001 - a sequence that cannot be decoded counts as missing
        return []


def framed_text(dataset: Dataset, keyword: str) -> str | None:
    """Return an attribute of the object, of its shared or of its per-frame groups (dicom-import 26).

    All frames must agree, otherwise there is no value.
    """
    found = text_of(dataset, keyword)
    if found is not None:
        return found
    for sequence in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        frames = [_grouped(group, keyword) for group in items_of(dataset, sequence)]
        texts = {text for text in frames if text is not None}
        if texts:
            return texts.pop() if len(texts) == 1 and None not in frames else None
    return None


def _grouped(group: Dataset, keyword: str) -> str | None:
    """Return an attribute of the first item of any sequence of a functional group."""
    return next((text for item in _first_items(group) if (text := text_of(item, keyword)) is not None), None)


def _first_items(group: Dataset) -> Iterator[Dataset]:
    for element in group:
        if element.VR != "SQ":
            continue
        for item in list(cast("list[Dataset]", element.value))[:1]:
            yield item
            yield from _first_items(item)


def frames_of(dataset: Dataset) -> int:
    """Return the number of frames, 1 when the object does not say."""
    text = text_of(dataset, "NumberOfFrames") or ""
    return int(text) if text.isascii() and text.isdigit() else 1


def instance_of(dataset: Dataset) -> int | None:
    """Return the instance number, None when it is missing or no number."""
    text = (text_of(dataset, "InstanceNumber") or "").split("\\")[0]
    try:
        return int(text)
    except ValueError:
        return None
