"""Names, search fields and display versions of data types: from ``schemas/display.toml``, else from the schemas."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ..locate import find_schemas
from .display_documents import read_documents
from .schema import DataModel

_SECURED_ROOTS = ("xnat:projectData", "xnat:subjectData", "xnat:experimentData", "xnat:imageScanData")
_TYPES = {"int": "integer", "long": "integer", "anyURI": "string", "decimal": "float"}
_TECHNICAL = frozenset({"IMAGE_SCANDATA_ID", "SESSION_ID", "SUBJECT_ID", "EXPT_ID", "URI", "IMAGE_SESSION_ID"})
_STOCK = frozenset({"xnat", "xdat", "arc", "val", "wrk", "cat", "pipe", "prov", "scr", "xnat_a", "build"})
_IDENTIFIER = "PROJECT_IDENTIFIER"


@dataclass(frozen=True, slots=True)
class DisplayField:
    """One field of the search engine.

    Attributes:
        id: Its id.
        searchable: The list of a type's fields names it.
        needs_value: It takes a value, as in ``XNAT_SUBJECTDATA_FIELD_MAP=weight``.
        path: Schema path below the type, or with a type that the type is joined to.
        content: Name of what a server works out (``search.computed``).
        argument: What the content goes with.
        datatype: ``string``, ``integer``, ``float``, ``date``, ``time`` or another type of the schemas.
        header: Text above its column, empty for the last step of the path.
        description: Longer text.
        summary: Path or SQL as listings of fields show it.
        plain: A column over the same schema path is taken for this field.
    """

    id: str
    searchable: bool
    needs_value: bool
    path: str = ""
    content: str = ""
    argument: str = ""
    datatype: str = "string"
    header: str = ""
    description: str = ""
    summary: str = ""
    plain: bool = False

    @property
    def title(self) -> str:
        """The text above its column."""
        return self.header or self.path.rpartition("/")[2] or self.id


@dataclass(frozen=True, slots=True)
class LinkProperty:
    """One property of a link in web pages; inserts are pairs of a mark in the value and the field that fills it."""

    name: str
    value: str
    inserts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DisplayElement:
    """One data type of the search engine."""

    name: str
    singular: str
    plural: str
    fields: tuple[DisplayField, ...]
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    links: Mapping[str, tuple[LinkProperty, ...]] = field(default_factory=dict[str, "tuple[LinkProperty, ...]"])
    hidden: tuple[str, ...] = ()
    secured: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, DisplayField]:
        """Id -> field."""
        return {item.id: item for item in self.fields}

    @cached_property
    def by_path(self) -> Mapping[str, DisplayField]:
        """Schema path in lower case -> the field that a column over this path is taken for."""
        return {item.path.lower(): item for item in reversed(self.fields) if item.plain and item.path}

    @property
    def identifier(self) -> DisplayField | None:
        """The field of the label inside a project."""
        return next((item for item in self.fields if item.id.endswith(_IDENTIFIER)), None)

    def version(self, name: str) -> tuple[str, ...]:
        """Return the field ids of a display version, in order; one that is not known has those of ``listing``.

        An id of another type stands behind it, as in ``xnat:subjectData.SUBJECT_LABEL``.
        """
        known = self.versions.get(name) or self.versions.get("listing")
        return known or (self._project_listing() if name == "project_bundle" else self._listing())

    def _listing(self) -> tuple[str, ...]:
        """Return what recorded listings of other types have in common: label and project first, no technical ids."""
        first = tuple(name for name in ("LABEL", "PROJECT") if name in self.by_id)
        return (*first, *(name for name in self._data_fields() if name not in first))

    def _project_listing(self) -> tuple[str, ...]:
        if self.identifier is None:
            return self._listing()
        return (self.identifier.id, *(name for name in self._data_fields() if name not in {"LABEL", "PROJECT"}))

    def _data_fields(self) -> tuple[str, ...]:
        named = {*_TECHNICAL, "INSERT_DATE", "INSERT_USER"}
        return tuple(f.id for f in self.fields if f.searchable and not f.needs_value and f.id not in named)


@lru_cache(maxsize=4)
def _documents(schemas: Path) -> Mapping[str, DisplayElement]:
    # Schemas that were fetched from a site come with the display fields of its own types only.
    places = dict.fromkeys((find_schemas(), schemas))
    rows: list[Mapping[str, Any]] = [row for place in places for row in _rows_of(place)]
    rows.extend(read_documents(schemas))
    return {row["name"]: _element(row) for row in rows}


# tomllib gives untyped tables; only the keys of the file's format are read.
def _rows_of(schemas: Path) -> list[Mapping[str, Any]]:
    path = schemas / "display.toml"
    found: list[Mapping[str, Any]] = []
    if path.is_file():
        found.extend(tomllib.loads(path.read_text(encoding="utf-8")).get("element", []))
    return found


# The row is one untyped table of the file.
def _element(row: Mapping[str, Any]) -> DisplayElement:
    singular = str(row.get("singular", "")) or plain_name(row["name"])
    return DisplayElement(
        name=row["name"],
        singular=singular,
        plural=str(row.get("plural", "")) or f"{singular}s",
        fields=tuple(_field(item) for item in row.get("fields", [])),
        versions={name: tuple(ids) for name, ids in row.get("versions", {}).items()},
        links={link["field"]: tuple(_property(item) for item in link["properties"]) for link in row.get("links", [])},
        hidden=tuple(row.get("hidden", ())),
        secured=bool(row.get("secured", True)),
    )


# The row is one untyped table of the file.
def _field(row: Mapping[str, Any]) -> DisplayField:
    texts = {name: str(row[name]) for name in ("path", "content", "argument", "header") if name in row}
    return DisplayField(
        str(row["id"]),
        bool(row.get("searchable")),
        bool(row.get("needs_value")),
        datatype=str(row.get("type", "string")),
        description=str(row.get("description", "")),
        summary=str(row.get("summary", "")),
        plain=bool(row.get("plain", "content" not in row)),
        **texts,
    )


# The row is one untyped table of the file.
def _property(row: dict[str, Any]) -> LinkProperty:
    inserts = tuple((str(item["name"]), str(item["field"])) for item in row.get("inserts", []))
    return LinkProperty(str(row["name"]), str(row["value"]), inserts)


def plain_name(xsi_type: str) -> str:
    """Return a readable name made from a type's name: ``xnat:petmrSessionData`` gives ``PETMR Session``."""
    local = xsi_type.partition(":")[2].removesuffix("Data")
    words = re.findall(r"[a-z0-9]+|[A-Z][a-z0-9]*", local)
    head = words[0] if words else local
    first = head.upper() if words[1:] and words[-1] in {"Session", "Scan"} else head.capitalize()
    return " ".join([first, *words[1:]])


def element(schemas: Path, model: DataModel, xsi_type: str) -> DisplayElement:
    """Return the search names of a type; one without a display document has the paths of its schema as fields."""
    known = _documents(schemas).get(xsi_type)
    return known if known is not None else _made(model, xsi_type)


def _made(model: DataModel, xsi_type: str) -> DisplayElement:
    singular = plain_name(xsi_type)
    data_type = model.type(xsi_type)
    fields = [
        DisplayField(
            path.replace("/", "_").upper(),
            searchable=True,
            needs_value=False,
            path=path,
            datatype=search_type(item.datatype),
            plain=True,
        )
        for path, item in data_type.fields.items()
    ]
    if "fields/field" in data_type.slots:
        name = f"{sql_name(xsi_type).upper()}_FIELD_MAP"
        fields.append(DisplayField(name, searchable=False, needs_value=True, content="variable"))
    return DisplayElement(xsi_type, singular, f"{singular}s", tuple(fields))


def search_type(datatype: str) -> str:
    """Return what columns call a type of the schemas."""
    return _TYPES.get(datatype, datatype)


def sql_name(xsi_type: str) -> str:
    """Return a type as the database calls it: ``xnat_mrsessiondata``."""
    return xsi_type.replace(":", "_").lower()


def documented(schemas: Path, xsi_type: str) -> bool:
    """Tell whether a type has a display document of its own."""
    return xsi_type in _documents(schemas)


def listed_types(schemas: Path, model: DataModel) -> tuple[str, ...]:
    """Return the types that are set up for search: those with a display document and a site's own.

    The ``xdat:`` types are left out (schema-and-search 3.2).
    """
    known = [name for name in _documents(schemas) if not name.startswith("xdat:") and name in model]
    named = dict.fromkeys(model.elements.values())
    objects = [name for name in named if name not in known and model.root_of(name) in _SECURED_ROOTS]
    if not known:
        return tuple(objects)
    own = [name for name in objects if name.partition(":")[0] not in _STOCK and not model.type(name).abstract]
    return (*known, *own)
