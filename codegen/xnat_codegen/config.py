"""The options of one run, read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs

from .resources import resource

DISPLAY_FILE: Final = "display.toml"
STOCK: Final = "stock"
"""Stands for the schemas that come with the generator, where a folder is asked for."""


@attrs.frozen
class Config:
    """What to read and where to write.

    Attributes:
        schemas: Folders and files with schema documents.
        routes: The route catalogue.
        display: Files with display fields, of which later ones come before earlier ones.
        templates: Folder of the templates.
        names: A site's decisions about names, None when there are none.
        package: Import name of the package.
        out: Folder that holds, or will hold, the package's folder.
        project: Whether that folder gets a ``pyproject.toml``; None for where the package is a site's own and the file
            is not somebody else's.
        swagger: A Swagger 2.0 document with further endpoints, None when there is none.
    """

    schemas: tuple[Path, ...]
    routes: Path
    display: tuple[Path, ...]
    templates: Path
    names: Path | None = None
    package: str = "xnat_sdk"
    out: Path = Path("generated")
    project: bool | None = None
    swagger: Path | None = None

    @property
    def target(self) -> Path:
        """The package's folder."""
        return self.out / self.package


def _displays(locations: Iterable[Path]) -> Iterator[Path]:
    """What folders of schemas hold beside them: the display documents of plugins, and what ``fetch`` wrote."""
    for folder in locations:
        yield from sorted(folder.glob("*/display/*_display.xml"))
        if (folder / DISPLAY_FILE).is_file():
            yield folder / DISPLAY_FILE


def schema_folder(path: Path) -> Path:
    """Returns the folder or file that a user named; ``stock`` is the folder of the stock schemas."""
    return resource("schemas") if str(path) == STOCK else path


def make_config(
    schemas: list[Path] | None,
    routes: Path | None,
    names: Path | None,
    package: str = "xnat_sdk",
    out: Path = Path("generated"),
    *,
    with_stock: bool = False,
    project: bool | None = None,
    swagger: Path | None = None,
) -> Config:
    """Returns the options of a run, with the stock schemas and routes where none are given."""
    stock = (resource("schemas"),) if with_stock or not schemas else ()
    return Config(
        schemas=(*stock, *(schemas or ())),
        routes=routes if routes is not None else resource("schemas") / "routes.toml",
        display=(resource("schemas") / DISPLAY_FILE, *_displays(schemas or ())),
        templates=resource("templates"),
        names=names,
        package=package,
        out=out,
        project=project,
        swagger=swagger,
    )
