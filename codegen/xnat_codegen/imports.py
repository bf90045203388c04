"""Checks what the schema documents import: from other documents of the run, never from the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from .errors import CodegenError, Level, Problem
from .ir import Ir
from .model.xsd import XML_NAMESPACE, XSD_NAMESPACE, Import, Schema


def map_imports(schemas: Sequence[Schema], ir: Ir) -> None:
    """Notes the namespaces that are imported but not there, with a warning for each.

    Raises:
        CodegenError: A document imports from the network what is not there.
    """
    namespaces = {schema.namespace for schema in schemas} | {XML_NAMESPACE, XSD_NAMESPACE}
    files = {PurePosixPath(schema.source.file).name for schema in schemas}
    for schema in schemas:
        for one in schema.imports:
            if one.kind == "import":
                _map_import(one, namespaces, ir)
            else:
                _map_include(one, files, ir)


def _map_import(one: Import, known: set[str], ir: Ir) -> None:
    if one.namespace in known or one.namespace in ir.missing:
        return
    _refuse_network(one)
    ir.missing[one.namespace] = one.source
    message = f"the import {one.location or one.namespace!r} is missing; fields of its types are text"
    ir.problems.append(Problem(Level.WARNING, message, one.source, one.namespace))


def _map_include(one: Import, files: set[str], ir: Ir) -> None:
    if one.kind == "redefine":
        message = f"xs:redefine is not supported; what it changes in {one.location!r} is left out"
        ir.problems.append(Problem(Level.WARNING, message, one.source, one.namespace))
    if PurePosixPath(one.location).name not in files:
        _refuse_network(one)
        message = f"the include {one.location!r} is missing; add the file with --schemas"
        ir.problems.append(Problem(Level.WARNING, message, one.source, one.namespace))


def _refuse_network(one: Import) -> None:
    is_url = "://" in one.location and not one.location.startswith("file:")
    if is_url or one.location.startswith(("//", "\\\\")):
        message = f"imports {one.location!r} from the network; fetch it and name the file with --schemas"
        raise CodegenError(message, one.source, one.namespace)
