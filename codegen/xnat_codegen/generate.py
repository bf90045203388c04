"""The pipeline: read, map, passes, view, render, format."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs

from . import __version__
from .config import DISPLAY_FILE, Config
from .crosscheck import crosscheck
from .errors import CodegenError, Problem
from .format import format_files
from .ir import Ir
from .join_swagger import join_swagger
from .map import map_input
from .model.display import DisplayEntry
from .model.route import RouteFile
from .passes import run_passes
from .read.display import read_display
from .read.display_document import read_display_document
from .read.files import find_files, hashes, read_files
from .read.names import read_names
from .read.routes import read_routes
from .read.swagger import read_swagger
from .render import render
from .resources import resource
from .view.package import package_view

TAKEN: Final = frozenset({"xnat_codegen", "xnat_emulator", "xnat_runtime"})
"""Packages of the same distribution as the generator, which cannot be written over."""


@attrs.frozen
class Package:
    """A generated package that is not yet written.

    Attributes:
        files: Text of each file by its path below the package's folder.
        problems: What was found on the way and did not stop the run.
    """

    files: dict[str, str]
    problems: tuple[Problem, ...]


def load(config: Config) -> tuple[Ir, dict[str, str]]:
    """Returns the model before the passes, and the hash of each input file.

    Raises:
        CodegenError: The input is malformed.
    """
    found = find_files(config.schemas)
    schemas = read_files(found)
    names = read_names(config.names) if config.names is not None else None
    ir = map_input(schemas, _routes(config), names)
    ir.display_entries.extend(_displays(config.display))
    if not ir.classes:
        raise CodegenError(f"no data type is declared in {', '.join(map(str, config.schemas))}")
    crosscheck(schemas, ir)
    return ir, hashes(found, schemas)


def _routes(config: Config) -> RouteFile:
    routes = read_routes(config.routes, str(config.routes))
    if config.swagger is None:
        return routes
    return join_swagger(routes, read_swagger(config.swagger, str(config.swagger)))


def _displays(files: Iterable[Path]) -> Iterator[DisplayEntry]:
    for path in files:
        if path.suffix == ".xml":
            yield read_display_document(path)
        else:
            yield from read_display(path, str(path))


def stock_display_types() -> frozenset[str]:
    """Returns the types whose display fields come with the generator."""
    path = resource("schemas") / DISPLAY_FILE
    return frozenset(entry.name for entry in read_display(path, str(path)))


def load_and_pass(config: Config) -> tuple[Ir, dict[str, str]]:
    """Returns the model after all passes, and the hash of each input file.

    Raises:
        CodegenError: The input is malformed, or a pass cannot decide something.
    """
    ir, digests = load(config)
    run_passes(ir)
    return ir, digests


def build(config: Config) -> Package:
    """Returns the package that belongs to the input; nothing is written.

    Raises:
        CodegenError: No package can be made from the input.
    """
    check_package_name(config.package)
    ir, digests = load_and_pass(config)
    view = package_view(ir, config.package, __version__, digests)
    files = format_files(render(view, config.templates))
    return Package(files | {"py.typed": ""}, tuple(ir.problems))


def check_package_name(name: str) -> None:
    """Refuses what cannot be the import name of a package.

    Raises:
        CodegenError: It is no identifier, or hides a package that Python or the generator needs.
    """
    if name in TAKEN or name in sys.stdlib_module_names:
        raise CodegenError(f"a package {name!r} would hide the one that Python needs: choose another --package")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CodegenError(f"the package name {name!r} is no Python identifier: choose another --package")
