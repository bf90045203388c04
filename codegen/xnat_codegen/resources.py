"""Finds the data that the generator ships with: a checkout's folders first, else those inside the package."""

from __future__ import annotations

from pathlib import Path

from .errors import CodegenError

PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Returns the folder ``schemas`` or ``templates``.

    Raises:
        CodegenError: The installation lacks it.
    """
    for folder in (PACKAGE.parent.parent / name, PACKAGE / "_data" / name):
        if folder.is_dir():
            return folder
    raise CodegenError(f"the installation lacks its folder {name!r}: install xnat-sdk[codegen] again")
