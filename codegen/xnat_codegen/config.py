"""The options of one run, read once."""

from __future__ import annotations

from pathlib import Path

import attrs

from .resources import resource


@attrs.frozen
class Config:
    """What to read and where to write.

    Attributes:
        schemas: Folders and files with schema documents.
        routes: The route catalogue.
        display: The display fields.
        templates: Folder of the templates.
        names: A site's decisions about names, None when there are none.
        package: Import name of the package.
        out: Folder that holds, or will hold, the package's folder.
    """

    schemas: tuple[Path, ...]
    routes: Path
    display: Path
    templates: Path
    names: Path | None = None
    package: str = "xnat_sdk"
    out: Path = Path("generated")

    @property
    def target(self) -> Path:
        """The package's folder."""
        return self.out / self.package


def make_config(
    schemas: list[Path] | None,
    routes: Path | None,
    names: Path | None,
    package: str = "xnat_sdk",
    out: Path = Path("generated"),
    *,
    with_stock: bool = False,
) -> Config:
    """Returns the options of a run, with the stock schemas and routes where none are given."""
    stock = (resource("schemas"),) if with_stock or not schemas else ()
    return Config(
        schemas=(*stock, *(schemas or ())),
        routes=routes if routes is not None else resource("schemas") / "routes.toml",
        display=resource("schemas") / "display.toml",
        templates=resource("templates"),
        names=names,
        package=package,
        out=out,
    )
