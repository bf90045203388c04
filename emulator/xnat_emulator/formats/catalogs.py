"""Catalog documents, what a resource's own URL answers (rest-data 10.2.4, recorded answers D24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from ..datamodel.schema import DataModel
from ..store.files import FileRow
from ..store.items import Item
from .documents import java_date
from .xmlwrite import namespace_declarations


def catalog_xml(
    model: DataModel, resource: Item, files: Iterable[FileRow], owner: Item, version: str, *, root: str = ""
) -> str:
    """Return the catalog of a resource.

    Args:
        model: The data model, for the namespace declarations.
        resource: The resource.
        files: Its files.
        owner: What it belongs to; the geometry of a scan stands in its DICOM catalog.
        version: Release line of the server: only 1.7 gives DICOM entries a name and a size, only later ones name the
            project (two recorded servers, D24).
        root: Folder written before every URI, for ``includeRootPath=true``.
    """
    rows = list(files)
    old = version == "1.7"
    scan = owner if owner.kind == "scan" else None
    dicom = any(row.facts.uid for row in rows)
    element = "cat:DCMCatalog" if dicom else "cat:Catalog"
    identity = (
        f"UID={quoteattr(scan.node.text('UID'))}" if dicom and scan is not None else f"ID={quoteattr(resource.label)}"
    )
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in namespace_declarations(model).items())
    entries = "".join(_entry(row, root, plain=bool(row.facts.uid) and not old) for row in rows)
    body = f"{_meta('' if old else owner.project, rows)}<cat:entries>\n{entries}</cat:entries>\n" + (
        _geometry(scan) if dicom else ""
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} {identity} {names}>\n{body}</{element}>'


def _meta(project: str, rows: list[FileRow]) -> str:
    audit = [
        f"{event}:{java_date(added[0].created)}=Added:{len(added)}"
        for event, added in ((event, list(group)) for event, group in groupby(rows, key=lambda row: row.event))
    ]
    fields = {"PROJECT": escape(project), "AUDIT": "|".join(reversed(audit))}
    lines = "".join(
        f'\t<cat:metaField name="{name}">{value}</cat:metaField>\n' for name, value in fields.items() if value
    )
    return f"<cat:metaFields>\n{lines}</cat:metaFields>\n" if lines else ""


def _entry(row: FileRow, root: str, *, plain: bool) -> str:
    """Return one entry; a plain one has no name of its own and no size."""
    facts = row.facts
    attributes: Mapping[str, str] = {
        "ID": row.path,
        "UID": facts.uid,
        "URI": f"{root}/{row.path}" if root else row.path,
        "content": facts.content,
        "createdBy": row.created_by,
        "createdEventId": str(row.event),
        "createdTime": row.created,
        "description": facts.description,
        "digest": row.blob.digest,
        "format": facts.format,
        "instanceNumber": "" if facts.instance is None else str(facts.instance),
        "name": "" if plain else row.name,
        "xsi:type": "cat:dcmEntry" if facts.uid else "",
    }
    text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value)
    inner = _tags(facts.tags) + ("" if plain else _size(row))
    return f"\t<cat:entry{text}>\n{inner}\t</cat:entry>\n" if inner else f"\t<cat:entry{text}/>\n"


def _tags(tags: Iterable[str]) -> str:
    lines = "".join(f"\t\t\t<cat:tag>{escape(tag)}</cat:tag>\n" for tag in tags)
    return f"\t\t<cat:tags>\n{lines}\t\t</cat:tags>\n" if lines else ""


def _size(row: FileRow) -> str:
    line = f'\t\t\t<cat:metaField name="size_in_bytes">{row.blob.size}</cat:metaField>\n'
    return f"\t\t<cat:metaFields>\n{line}\t\t</cat:metaFields>\n"


def _geometry(scan: Item | None) -> str:
    if scan is None:
        return ""
    node = scan.node
    sizes = {"x": node.text("parameters/fov/x"), "y": node.text("parameters/fov/y"), "z": node.text("frames")}
    voxel = {axis: node.text(f"parameters/voxelRes/{axis}") for axis in "xyz"}
    lines = [_axes("dimensions", sizes), _axes("voxelRes", voxel)]
    if orientation := node.text("parameters/orientation"):
        lines.append(f"<cat:orientation>{orientation}</cat:orientation>\n")
    return "".join(lines)


def _axes(element: str, values: Mapping[str, str]) -> str:
    text = "".join(f' {axis}="{value}"' for axis, value in values.items() if value)
    return f"<cat:{element}{text}/>\n" if text else ""
