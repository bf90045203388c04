"""Small inputs for tests: schema documents from a few lines, models from documents, packages from models."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from xnat_codegen.errors import Source
from xnat_codegen.ir import Class, Ir, Kind, Member
from xnat_codegen.map import map_input
from xnat_codegen.model.route import CollectionEntry, RouteFile
from xnat_codegen.model.xsd import Schema
from xnat_codegen.passes import PASSES, Pass
from xnat_codegen.read.names import NameDecisions
from xnat_codegen.read.xsd import read_schema

ROOT = Path(__file__).resolve().parents[2]
NO_ROUTES = RouteFile((), (), {})
XNAT = "http://nrg.wustl.edu/xnat"
XDAT = "http://nrg.wustl.edu/xdat"


def document(body: str, *, prefix: str = "a", namespace: str = "", attributes: str = "") -> str:
    """Returns a schema document; the body starts on line 2."""
    uri = namespace or f"urn:{prefix}"
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:{prefix}="{uri}" targetNamespace="{uri}" '
        f'xmlns:mark="{XDAT}" elementFormDefault="qualified" {attributes}>\n{body}\n</xs:schema>\n'
    )


def complex_type(name: str, members: str = "", *, attributes: str = "", base: str = "", marks: str = "") -> str:
    """Returns a named complex type: a sequence of members, attributes after it, a base when one is given."""
    inside = (f"<xs:sequence>{members}</xs:sequence>" if members else "") + attributes
    if base:
        inside = f'<xs:complexContent><xs:extension base="{base}">{inside}</xs:extension></xs:complexContent>'
    return f'<xs:complexType name="{name}">{mark(marks)}{inside}</xs:complexType>'


def element(name: str, type_name: str = "xs:string", *, many: bool = False, marks: str = "", inside: str = "") -> str:
    """Returns an optional element; one with something inside has that instead of a type."""
    declared = "" if inside else f' type="{type_name}"'
    occurs = ' maxOccurs="unbounded"' if many else ""
    return f'<xs:element name="{name}"{declared} minOccurs="0"{occurs}>{mark(marks)}{inside}</xs:element>'


def structure(members: str = "", *, attributes: str = "") -> str:
    """Returns an anonymous complex type."""
    inside = f"<xs:sequence>{members}</xs:sequence>" if members else ""
    return f"<xs:complexType>{inside}{attributes}</xs:complexType>"


def text_with(attributes: str = "", base: str = "xs:string") -> str:
    """Returns an anonymous type of a text and attributes."""
    extension = f'<xs:extension base="{base}">{attributes}</xs:extension>'
    return f"<xs:complexType><xs:simpleContent>{extension}</xs:simpleContent></xs:complexType>"


def attribute(name: str, type_name: str = "xs:string", *, marks: str = "") -> str:
    """Returns an attribute."""
    return f'<xs:attribute name="{name}" type="{type_name}">{mark(marks)}</xs:attribute>'


def wrapped(wrapper: str, item: str) -> str:
    """Returns an element that holds one other element."""
    return element(wrapper, inside=structure(item))


def mark(marks: str) -> str:
    """Returns an annotation with a server's own marks."""
    return f"<xs:annotation><xs:appinfo>{marks}</xs:appinfo></xs:annotation>" if marks else ""


def shown(names: str) -> str:
    """Returns the mark that says what stands for an item when it is shown."""
    return f'<mark:element displayIdentifiers="{names}"/>'


def unique(constraint: str) -> str:
    """Returns the mark of a field that is part of a uniqueness constraint."""
    return f'<mark:field uniqueComposite="{constraint}"/>'


def unique_in_list(constraint: str) -> str:
    """Returns the mark of a list whose items obey a uniqueness constraint."""
    return f'<mark:field><mark:relation uniqueComposite="{constraint}"/></mark:field>'


def schemas(*texts: str) -> list[Schema]:
    """Returns documents as read; they are called ``1.xsd``, ``2.xsd`` and so on."""
    return [read_schema(text.encode(), f"{number}.xsd") for number, text in enumerate(texts, start=1)]


def mapped(*texts: str, routes: RouteFile = NO_ROUTES, names: NameDecisions | None = None) -> Ir:
    """Returns the model of documents before the passes."""
    return map_input(schemas(*texts), routes, names)


def passed(
    *texts: str, until: Pass | None = None, routes: RouteFile = NO_ROUTES, names: NameDecisions | None = None
) -> Ir:
    """Returns the model of documents after the passes, or after those up to and with one of them."""
    ir = mapped(*texts, routes=routes, names=names)
    for one in PASSES:
        one(ir)
        if one is until:
            break
    return ir


def class_of(ir: Ir, label: str) -> Class:
    """Returns the class or anonymous structure that a label names."""
    return next(cls for cls in ir.all_classes() if cls.label == label)


def member_of(ir: Ir, label: str, path: str) -> Member:
    """Returns a member by its class and its path."""
    return next(member for member in class_of(ir, label).members if member.path == path)


def kinds(ir: Ir, label: str) -> dict[str, Kind | None]:
    """Returns the kinds of a class's members by Python name."""
    return {str(member.python_name): member.kind for member in class_of(ir, label).members}


def collection(name: str, owner: str, item: str, property_name: str = "") -> CollectionEntry:
    """Returns a collection of the route catalogue."""
    return CollectionEntry(
        name=name,
        property=property_name or name,
        owner=owner,
        path=f"/{name}",
        item=item,
        xsi_type="",
        key="ID",
        second_key="",
        columns=("ID",),
        item_uri=f"{{owner}}/{name}/{{ID}}",
        aliases="",
        title="A collection.",
        source=Source("routes.toml", 1),
    )


def write_schemas(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes documents below a folder and returns it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(
    arguments: Sequence[str | Path], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command line in a fresh interpreter."""
    command = [sys.executable, "-m", "xnat_codegen", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True, cwd=cwd, env=environment)
