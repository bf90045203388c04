"""Where the schemas are: the checkout's folder first, else what the wheel carries."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


class SchemasMissing(FileNotFoundError):  # noqa: N818 - says what is the matter
    """There is no schema document where one is looked for."""


def find_schemas(folder: str | Path | None = None) -> Path:
    """Return the folder of the XSD documents.

    Args:
        folder: The folder a caller names, None for the one that ships with the emulator.

    Raises:
        SchemasMissing: The folder holds no ``<dir>/<file>.xsd``.
    """
    places = [_PACKAGE.parents[1] / "schemas", _PACKAGE / "_data" / "schemas"] if folder is None else [Path(folder)]
    for place in places:
        if any(place.glob("*/*.xsd")):
            return place
    raise SchemasMissing(
        f"No <dir>/<file>.xsd below {', '.join(map(str, places))}: name a folder that holds xnat/xnat.xsd"
    )
