"""The neutral model between the input files and the package: the passes fill it in, the view reads it."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import attrs

from .endpoint_ir import Area, Record
from .errors import Problem, Source
from .model.display import DisplayEntry
from .model.route import CollectionEntry
from .model.xsd import Facets, QName
from .naming import ClassName, FieldName, ModuleName

Form: TypeAlias = Literal["element", "attribute", "text", "group", "attribute_group"]
"""What a member is in XML; the two groups stand for references that `flatten_groups` replaces."""


class Kind(enum.Enum):
    """Which descriptor a member becomes."""

    ATTRIBUTE = "attribute"
    KEY = "key"
    NESTED = "nested"
    VALUES = "values"
    KEYED_VALUES = "keyed_values"
    ITEMS = "items"
    KEYED_ITEMS = "keyed_items"

    @property
    def is_scalar(self) -> bool:
        """Whether the member holds one simple value."""
        return self in (Kind.ATTRIBUTE, Kind.KEY)


@attrs.define(eq=False)
class Member:
    """An element, attribute or text value of a class.

    The first attributes come from the schema; those from ``codec`` on are decided by passes.

    Attributes:
        path: Path below the class; pruning a wrapper makes it longer.
        type: The declared type; None when it is untyped or the structure is anonymous.
        structure: The anonymous structure, when the type is written in place.
        ref: The global declaration that this member refers to.
        is_required: Whether a document that has the class must have the member.
        item_key: The member of the items that tells them apart.
        text_name: What the text value of an item is called in JSON.
        marks: How servers store the member, for comparisons.
    """

    name: str
    path: str
    form: Form
    source: Source
    type: QName | None = None
    structure: Class | None = None
    ref: QName | None = None
    repeats: bool = False
    is_choice: bool = False
    is_required: bool = False
    facets: Facets = attrs.Factory(Facets)
    documentation: str = ""
    display_identifiers: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    relation_unique: tuple[str, ...] = ()
    base_element: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    codec: str = ""
    target: Class | None = None
    kind: Kind | None = None
    item_key: Member | None = None
    text_name: str = ""
    python_name: FieldName | None = None
    alias: ClassName | None = None


@attrs.define(eq=False)
class Class:
    """A data type or an anonymous structure.

    Attributes:
        qname: The name of the type; None for an anonymous structure.
        label: What servers call it: ``xnat:mrScanData``, or ``xnat:mrScanData/parameters`` for a structure.
        element: First global element of the type.
        owner: The class that an anonymous structure belongs to.
        bases: Runtime classes (module, class) that stand before or instead of ``base``.
        parent: The type of ``parent``: a class of this package or a runtime class; None when there is none.
    """

    qname: QName | None
    label: str
    source: Source
    documentation: str = ""
    display_identifiers: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    base_name: QName | None = None
    members: list[Member] = attrs.Factory(list[Member])
    element: str | None = None
    unsupported: str = ""
    base: Class | None = None
    owner: Class | None = None
    is_object: bool = False
    bases: tuple[tuple[str, str], ...] = ()
    parent: Class | tuple[str, str] | None = None
    collections: list[Collection] = attrs.Factory(list["Collection"])
    displays: list[Display] = attrs.Factory(list["Display"])
    python_name: ClassName | None = None
    module: ModuleName | None = None
    nested: list[Class] = attrs.Factory(list["Class"])

    def lineage(self) -> Iterator[Class]:
        """Yields the class and what it is derived from, nearest first."""
        current: Class | None = self
        while current is not None:
            yield current
            current = current.base

    def all_members(self) -> list[Member]:
        """Returns the members of the class and of what it is derived from, base first."""
        return [member for cls in reversed(list(self.lineage())) for member in cls.members]

    def tree(self) -> Iterator[Class]:
        """Yields the class and its anonymous structures at any depth, owners first."""
        yield self
        for structure in self.nested:
            yield from structure.tree()


@attrs.define(eq=False)
class Collection:
    """A listing: a constant, and a property of its owner.

    Attributes:
        owner: The owning class; None for a collection of the whole site.
        item: The class of the items, or a runtime class (module, class).
        aliases: Short names -> schema paths that work as columns.
        alias_name: Name of the constant that holds the aliases, empty when there are none.
    """

    name: str
    property: FieldName
    owner: Class | None
    item: Class | tuple[str, str]
    path: str
    xsi_type: str
    key: str
    second_key: str
    columns: tuple[str, ...]
    item_uri: str
    aliases: Mapping[str, str]
    alias_name: str
    title: str
    source: Source


@attrs.frozen
class Display:
    """A display field of the search engine.

    Attributes:
        id: Its id, which is the name of the class attribute too.
        codec: Codec of its values.
        path: The schema path that it shows as it stands, "" when it shows something else.
        needs_value: Whether it takes a value.
    """

    id: str
    codec: str
    path: str
    needs_value: bool


@attrs.frozen(order=True)
class Route:
    """One method on one path."""

    constant: str
    method: str
    path: str


@attrs.define
class Ir:
    """Everything that the passes work on.

    Attributes:
        namespaces: Namespace -> prefix, of the namespaces that declare types.
        classes: The data types by name; anonymous structures hang below them.
        elements: Global element -> its type.
        simple_types: Named simple type -> base and own facets; base None for lists and unions.
        groups: Named group of elements -> its members.
        attribute_groups: Named group of attributes -> its members.
        attributes: Global attribute -> the member that it declares.
        field_names: Names of members that are decided by hand, by type and path.
        class_names: Names of classes that are decided by hand, by type.
        site_names: What a site's own decisions are about: members, types, namespaces.
        missing: Imported namespace that no document declares -> the place of the import.
    """

    namespaces: dict[str, str] = attrs.Factory(dict[str, str])
    classes: dict[QName, Class] = attrs.Factory(dict[QName, Class])
    elements: dict[QName, QName] = attrs.Factory(dict[QName, QName])
    simple_types: dict[QName, tuple[QName | None, Facets]] = attrs.Factory(dict[QName, tuple[QName | None, Facets]])
    groups: dict[QName, list[Member]] = attrs.Factory(dict[QName, list[Member]])
    attribute_groups: dict[QName, list[Member]] = attrs.Factory(dict[QName, list[Member]])
    attributes: dict[QName, Member] = attrs.Factory(dict[QName, Member])
    field_names: dict[str, str] = attrs.Factory(dict[str, str])
    class_names: dict[str, str] = attrs.Factory(dict[str, str])
    site_names: frozenset[str] = frozenset()
    missing: dict[str, Source] = attrs.Factory(dict[str, Source])
    display_entries: list[DisplayEntry] = attrs.Factory(list[DisplayEntry])
    collection_entries: list[CollectionEntry] = attrs.Factory(list[CollectionEntry])
    aliases: dict[str, Mapping[str, str]] = attrs.Factory(dict[str, Mapping[str, str]])
    collections: list[Collection] = attrs.Factory(list["Collection"])
    routes: list[Route] = attrs.Factory(list[Route])
    areas: tuple[Area, ...] = ()
    records: tuple[Record, ...] = ()
    problems: list[Problem] = attrs.Factory(list[Problem])
    failed: dict[QName, Problem] = attrs.Factory(dict[QName, Problem])

    def all_classes(self) -> Iterator[Class]:
        """Yields the data types and their anonymous structures, sorted by label, owners first."""
        for cls in sorted(self.classes.values(), key=lambda one: one.label):
            yield from cls.tree()

    def by_label(self, label: str) -> Class | None:
        """Returns the data type that servers call by this name, None when there is none."""
        prefix, _, local = label.partition(":")
        for namespace, known in self.namespaces.items():
            if known == prefix:
                return self.classes.get(QName(namespace, local))
        return None

    def label_of(self, name: QName) -> str:
        """Returns ``prefix:local`` where the namespace has a prefix, else the name with its namespace."""
        prefix = "xs" if name.is_builtin else self.namespaces.get(name.namespace)
        return f"{prefix}:{name.local}" if prefix else str(name)
