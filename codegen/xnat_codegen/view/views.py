"""What the templates see."""

from __future__ import annotations

import attrs

from .endpoint_views import ApiView
from .print_views import EntryView, ImportsView


@attrs.frozen
class FieldView:
    """One descriptor: ``name: annotation = call``."""

    name: str
    annotation: str
    call: str
    docstring: str


@attrs.frozen
class PropertyView:
    """One collection property: the constant of ``listings`` that it returns."""

    name: str
    annotation: str
    constant: str
    docstring: str


@attrs.frozen
class ClassView:
    """One class; ``decorator`` is the whole call, ``displays`` are whole lines.

    With a parent it can be created, and ``exist_ok`` is the annotation of that argument; ``parent_name`` is another
    name of the parent, "" for none.
    """

    name: str
    decorator: str
    bases: str
    docstring: str
    parent: str
    parent_name: str
    exist_ok: str
    fields: tuple[FieldView, ...]
    displays: tuple[str, ...]
    properties: tuple[PropertyView, ...]


@attrs.frozen
class AliasView:
    """One type alias for an enumeration."""

    name: str
    annotation: str
    docstring: str


@attrs.frozen
class ModuleView:
    """One module of data types."""

    name: str
    docstring: str
    imports: ImportsView
    aliases: tuple[AliasView, ...]
    classes: tuple[ClassView, ...]
    property_decorator: str


@attrs.frozen
class ExportView:
    """One name that ``models`` exports: the import line for checkers, and its module at run time."""

    name: str
    module: str


@attrs.frozen
class CollectionView:
    """One constant of ``listings``; ``arguments`` is ready to print."""

    constant: str
    annotation: str
    arguments: tuple[str, ...]
    docstring: str


@attrs.frozen
class AliasTableView:
    """One table of short names."""

    constant: str
    entries: tuple[EntryView, ...]


@attrs.frozen
class SpellingView:
    """Another spelling of a class name: the name, the class and its module."""

    name: str
    target: str
    module: str


@attrs.frozen
class RouteView:
    """One constant of ``routes``."""

    constant: str
    method: str
    path: str


@attrs.frozen
class LevelView:
    """One level of the archive: its constant, its name as a literal, the class of what lies there."""

    constant: str
    value: str
    item: str


@attrs.frozen
class ProjectView:
    """The ``pyproject.toml`` of a package: what pip calls it, and what it needs."""

    first_line: str
    name: str
    package: str
    version: str
    requirement: str


@attrs.frozen
class PackageView:
    """Everything that is printed."""

    name: str
    marker: str
    session_fixture: str
    modules: tuple[ModuleView, ...]
    exports: tuple[ExportView, ...]
    runtime_exports: tuple[ExportView, ...]
    all_exports: tuple[str, ...]
    class_names: tuple[str, ...]
    spellings: tuple[SpellingView, ...]
    collections: tuple[CollectionView, ...]
    alias_tables: tuple[AliasTableView, ...]
    root_properties: tuple[PropertyView, ...]
    imaging_class: str
    scan_class: str
    levels: tuple[LevelView, ...]
    namespaces: tuple[EntryView, ...]
    types: tuple[EntryView, ...]
    routes: tuple[RouteView, ...]
    api: ApiView
    generator_version: str
    schema_hashes: tuple[EntryView, ...]
    public_names: tuple[ExportView, ...]

    @property
    def names_models(self) -> bool:
        """Whether the session names classes of the package."""
        return bool(self.root_properties or self.imaging_class)
