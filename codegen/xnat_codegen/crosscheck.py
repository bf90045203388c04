"""Has xmlschema, a full implementation of XML Schema, read the documents too, and classifies each of its errors."""

from __future__ import annotations

import enum
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

import xmlschema
from xmlschema.validators import XMLSchemaBase

from .errors import Level, Problem, Source
from .ir import Ir
from .model.xsd import QName, Schema
from .passes.report import fail
from .read.document import XmlNode, parse_document


class Finding(enum.Enum):
    """What an error of xmlschema means for the package."""

    UNKNOWN_NAME = "a name that is not declared: the passes report it, or a warning about a missing import explains it"
    DUPLICATE = "a second declaration of a name: mapping reports it"
    BROKEN = "a declaration that cannot be read: its type is left out"
    SLOPPY = "a rule of XML Schema is broken, but the meaning is clear: a warning"


# Text of the error -> what it means; the first that matches counts, and SLOPPY is the rest.
RULES: Final = (
    (re.compile(r"^(unknown|missing base type|missing key)|not found|is not (known|defined)"), Finding.UNKNOWN_NAME),
    (re.compile(r"is already loaded|^duplicated value|^multiple declaration"), Finding.DUPLICATE),
    (re.compile(r"^Unexpected child|^wrong (element|tag)|^The content of element|is not complete"), Finding.BROKEN),
)


def crosscheck(schemas: Sequence[Schema], ir: Ir) -> None:
    """Adds a problem for every error that is not reported in another way; broken types are marked as failed."""
    for schema, error in _errors(schemas, ir):
        finding = classify(error)
        if finding is Finding.BROKEN:
            _fail(schema, error, ir)
        elif finding is Finding.SLOPPY:
            message = f"breaks a rule of XML Schema: {_first_line(error)}"
            ir.problems.append(Problem(Level.WARNING, message, _source(schema, error)))


def classify(error: xmlschema.XMLSchemaParseError) -> Finding:
    """Returns what an error means."""
    text = _first_line(error)
    return next((finding for pattern, finding in RULES if pattern.search(text)), Finding.SLOPPY)


def _errors(schemas: Sequence[Schema], ir: Ir) -> Iterator[tuple[Schema, xmlschema.XMLSchemaParseError]]:
    try:
        with warnings.catch_warnings():
            # xmlschema warns of imports that it may not open; they are other documents of this run, or missing.
            warnings.simplefilter("ignore", xmlschema.XMLSchemaImportWarning)
            warnings.simplefilter("ignore", xmlschema.XMLSchemaIncludeWarning)
            loaded = _load(schemas)
    except Exception as failure:  # noqa: BLE001  # xmlschema fails in many ways on odd documents; ours go on
        reason = next(iter(str(failure).splitlines()), type(failure).__name__)
        ir.problems.append(Problem(Level.WARNING, f"xmlschema cannot load the documents: {reason}"))
        return
    for schema, one in zip(schemas, loaded, strict=True):
        for error in one.all_errors:
            yield schema, error


def _load(schemas: Sequence[Schema]) -> list[XMLSchemaBase]:
    first = xmlschema.XMLSchema10(_resource(schemas[0]), validation="lax", allow="none", defuse="never", build=False)
    loaded: list[XMLSchemaBase] = [first, *(first.add_schema(_resource(schema), build=False) for schema in schemas[1:])]
    first.build()
    return loaded


def _resource(schema: Schema) -> io.BytesIO:
    return io.BytesIO(schema.text)


def _first_line(error: xmlschema.XMLSchemaParseError) -> str:
    return next(iter((error.message or "").splitlines()), "no reason given")


def _node(schema: Schema, error: xmlschema.XMLSchemaParseError) -> XmlNode:
    """The node that an error is about, found by its path, whose prefixes are those of the document."""
    root = parse_document(schema.text, schema.source.file)
    below_root = (error.path or "").lstrip("/").partition("/")[2]
    found = root.find(below_root, root.nsmap) if below_root else None
    return root if found is None else found


def _source(schema: Schema, error: xmlschema.XMLSchemaParseError) -> Source:
    return Source(schema.source.file, _node(schema, error).sourceline or 0)


def _fail(schema: Schema, error: xmlschema.XMLSchemaParseError, ir: Ir) -> None:
    node = _node(schema, error)
    source = Source(schema.source.file, node.sourceline or 0)
    top = node
    while (above := top.getparent()) is not None and above.getparent() is not None:
        top = above
    cls = ir.classes.get(QName(schema.namespace, top.get("name", "")))
    if cls is not None:
        fail(ir, cls, _first_line(error), source)
    else:
        ir.problems.append(Problem(Level.ERROR, _first_line(error), source, top.get("name", "")))
