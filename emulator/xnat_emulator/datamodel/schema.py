"""The data model in the flat form a server works with: fields, child slots and particles of every type.

A structure that does not repeat becomes slash paths of its owner, a repeating anonymous structure becomes a type of
its own named ``<owner>_<element>``, and an element of a named type becomes a child item (schema-and-search 2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

REST_ROOTS: Mapping[str, str] = {
    "project": "xnat:projectData",
    "subject": "xnat:subjectData",
    "experiment": "xnat:experimentData",
    "scan": "xnat:imageScanData",
    "reconstruction": "xnat:reconstructedImageData",
    "resource": "xnat:abstractResource",
}
"""Kind of stored object -> the type that all objects of this kind extend."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a type, addressed by its slash path below the type."""

    path: str
    kind: Literal["element", "attribute", "text"]
    datatype: str
    max_length: int | None = None
    default: str | None = None
    unique_composites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for child items: a repeating structure or a reference to a named type."""

    path: str
    target: str
    repeating: bool
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Particle:
    """One element as it stands in a document: attributes, text and inner elements, in schema order.

    ``prefix`` is the namespace prefix of the schema that declares it.
    """

    name: str
    path: str
    attributes: tuple[Field, ...] = ()
    text: Field | None = None
    content: tuple[Particle, ...] = ()
    slot: Slot | None = None
    prefix: str = ""

    def walk(self) -> Iterator[Particle]:
        """Yield this particle and every one below it that belongs to the same item."""
        yield self
        for inner in self.content:
            yield from inner.walk()


@dataclass(frozen=True)
class DataType:
    """One data type with everything it inherits."""

    name: str
    base: str | None
    root: Particle
    abstract: bool = False
    elements: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by its path, inherited ones first."""
        found: dict[str, Field] = {}
        for particle in self.root.walk():
            found.update((item.path, item) for item in particle.attributes)
            if particle.text is not None:
                found[particle.text.path] = particle.text
        return found

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        """Every child slot by its path."""
        return {particle.path: particle.slot for particle in self.root.walk() if particle.slot is not None}

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        return {path.lower(): path for path in (*self.fields, *self.slots)}

    def spelled(self, path: str) -> str:
        """Return the path of a field or a slot as the schema spells it, whatever case it came in."""
        return path if path in self.fields or path in self.slots else self._folded.get(path.lower(), path)

    @property
    def local_name(self) -> str:
        """The name without its prefix."""
        return self.name.partition(":")[2]


@dataclass
class DataModel:
    """All data types of the loaded schemas; a type is worked out when it is first asked for."""

    namespaces: Mapping[str, str]
    """Prefix -> namespace URI, one prefix for each schema document."""
    documents: Mapping[str, str]
    """Namespace URI -> path of its document below the schema folder."""
    elements: Mapping[str, str]
    """Global element (``xnat:MRSession``) -> type name."""
    names: tuple[str, ...]
    """Every named type, in document order."""
    build: Callable[[str, DataModel], DataType]
    bases: Mapping[str, str | None]
    _types: dict[str, DataType] = field(default_factory=dict[str, DataType])

    def __contains__(self, name: str) -> bool:
        return name in self.bases or name in self._types

    def type(self, name: str) -> DataType:
        """Return a type by its name.

        Args:
            name: Prefixed name such as ``xnat:mrScanData`` or ``xnat:experimentData_field``.

        Raises:
            KeyError: No schema declares it.
        """
        if name not in self._types:
            self._types[name] = self.build(name, self)
        return self._types[name]

    def remember(self, data_type: DataType) -> None:
        """Keep the type of an anonymous repeating structure."""
        self._types.setdefault(data_type.name, data_type)

    def remembered(self, name: str) -> DataType:
        """Return a type that was worked out before; KeyError when there is none."""
        return self._types[name]

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return a type and its bases, nearest first."""
        chain = [name]
        while (base := self.bases.get(chain[-1])) is not None and base not in chain:
            chain.append(base)
        return tuple(chain)

    def root_of(self, name: str) -> str:
        """Return the oldest ancestor of a type."""
        return self.lineage(name)[-1]

    def extends(self, name: str, ancestor: str) -> bool:
        """Tell whether a type is another one or extends it."""
        return ancestor in self.lineage(name)

    def fits(self, name: str, declared: str) -> bool:
        """Tell whether an item of a type may stand where another type is declared."""
        return name in self and self.extends(name, declared)

    def kind_of(self, name: str) -> str | None:
        """Return the kind of stored object of a type, None for structures without a REST path."""
        root = self.root_of(name)
        return next((kind for kind, top in REST_ROOTS.items() if top == root), None)

    def element_of(self, name: str) -> str | None:
        """Return the first global element of a type."""
        return next((element for element, target in self.elements.items() if target == name), None)
