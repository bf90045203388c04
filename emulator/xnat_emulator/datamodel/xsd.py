"""Reading XSD documents into a data model, with lxml only and without network access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from lxml import etree

from .schema import DataModel, DataType, Field, Particle, Slot

# lxml has no public name for the class of its elements.
Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]

XS = "{http://www.w3.org/2001/XMLSchema}"

NOT_DATA_MODELS = frozenset({"xdat.xsd", "build.xsd", "display.xsd", "instance.xsd", "PlexiViewer.xsd"})
"""Files a server serves but does not read as data models (schema-and-search 1.3)."""


@dataclass
class _Documents:
    """What the schema documents declare, before any type is worked out."""

    prefixes: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, Element] = field(default_factory=dict[str, Element])
    elements: dict[str, str] = field(default_factory=dict[str, str])
    groups: dict[str, Element] = field(default_factory=dict[str, Element])
    bases: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    def qualified(self, node: Element, name: str) -> str:
        """Return a QName of a document with the prefix that is used everywhere."""
        prefix, _, local = name.rpartition(":")
        uri = node.nsmap.get(prefix or None, "")
        return f"{self.prefixes[uri]}:{local}" if uri in self.prefixes else local


def parse_document(path: Path) -> Element:
    """Return the root of an XML file, read without entities and network.

    Raises:
        ValueError: It is no XML; the message names the file and the place.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.parse(path, parser).getroot()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{path} is no XML document: {error.msg}") from None


def load(folder: Path) -> DataModel:
    """Return the data model of every ``<dir>/<file>.xsd`` below a folder."""
    documents = _Documents()
    roots = [
        (path, parse_document(path)) for path in sorted(folder.glob("*/*.xsd")) if path.name not in NOT_DATA_MODELS
    ]
    for path, root in roots:
        _register(documents, path.relative_to(folder).as_posix(), root)
    for _, root in roots:
        _index(documents, root)
    builder = _Builder(documents)
    return DataModel(
        namespaces={prefix: uri for uri, prefix in documents.prefixes.items()},
        documents=documents.files,
        elements=documents.elements,
        names=tuple(documents.types),
        build=builder.build,
        bases=documents.bases,
    )


def _register(documents: _Documents, name: str, root: Element) -> None:
    uri = root.get("targetNamespace", "")
    prefix = next((prefix for prefix, known in root.nsmap.items() if known == uri and prefix), uri)
    documents.prefixes.setdefault(uri, prefix)
    documents.files.setdefault(uri, name)


def _index(documents: _Documents, root: Element) -> None:
    prefix = documents.prefixes[root.get("targetNamespace", "")]
    for node in root.iterchildren(XS + "complexType", XS + "element", XS + "attributeGroup"):
        name = f"{prefix}:{node.get('name')}"
        if node.tag == XS + "complexType":
            _add_type(documents, name, node)
        elif node.tag == XS + "attributeGroup":
            documents.groups[name] = node
        elif (declared := node.get("type")) is not None:
            documents.elements[name] = documents.qualified(node, declared)
        elif (inner := node.find(XS + "complexType")) is not None:
            documents.elements[name] = name
            _add_type(documents, name, inner)


def _add_type(documents: _Documents, name: str, node: Element) -> None:
    documents.types.setdefault(name, node)
    extension = node.find(f"{XS}complexContent/{XS}extension")
    documents.bases[name] = None if extension is None else documents.qualified(node, extension.get("base", ""))


def _annotations(node: Element) -> Iterator[Element]:
    yield from node.iterfind(f"{XS}annotation/{XS}appinfo/*")


def _identifiers(node: Element) -> tuple[str, ...]:
    for info in _annotations(node):
        if found := info.get("displayIdentifiers"):
            return tuple(name.strip() for name in found.split(","))
    return ()


def _is_abstract(node: Element) -> bool:
    return any(info.get("abstract") == "true" for info in _annotations(node))


class _Builder:
    """Works out one type at a time from the documents."""

    def __init__(self, documents: _Documents) -> None:
        self._documents = documents

    def build(self, name: str, model: DataModel) -> DataType:
        """Return the type of a name; KeyError when no document declares it."""
        if name not in self._documents.types and "_" in name:
            return self._anonymous(name, model)
        node = self._documents.types[name]
        text = name.partition(":")[2]
        return DataType(
            name=name,
            base=self._documents.bases[name],
            root=_Reader(self._documents, model, name).structure(node, "", text),
            abstract=_is_abstract(node),
            elements=tuple(element for element, target in self._documents.elements.items() if target == name),
            keys=_identifiers(node),
        )

    def _anonymous(self, name: str, model: DataModel) -> DataType:
        """Work out the named type around an anonymous structure, which registers the structure too."""
        owner = name.rpartition("_")[0]
        while owner and owner not in self._documents.types:
            owner = owner.rpartition("_")[0]
        if not owner:
            raise KeyError(name)
        model.type(owner)
        return model.remembered(name)


class _Reader:
    """Reads the structure of one type; anonymous repeating structures become types of their own."""

    def __init__(self, documents: _Documents, model: DataModel, owner: str) -> None:
        self._documents = documents
        self._model = model
        self._owner = owner
        self._prefix = owner.partition(":")[0]

    def structure(self, node: Element, path: str, text_name: str) -> Particle:
        """Return the particle of a complex type standing at a path."""
        particle = Particle(path.rpartition("/")[2], path, prefix=self._prefix)
        extension = node.find(f"{XS}complexContent/{XS}extension")
        if extension is not None:
            particle = self._inherited(self._documents.qualified(node, extension.get("base", "")), path)
        simple = node.find(f"{XS}simpleContent/{XS}extension")
        body = extension if extension is not None else simple if simple is not None else node
        if simple is not None:
            datatype = self._simple(node, simple.get("base", ""))
            particle = replace(particle, text=Field(path or text_name, "text", datatype))
        own = Particle(
            particle.name, path, tuple(self._attributes(body, path)), None, tuple(self._elements(body, path))
        )
        return replace(_extend(particle, own), prefix=self._prefix)

    def _inherited(self, base: str, path: str) -> Particle:
        if base not in self._model:
            return Particle(path.rpartition("/")[2], path)
        return _rebase(self._model.type(base).root, path)

    def _simple(self, node: Element, name: str) -> str:
        return self._documents.qualified(node, name).rpartition(":")[2]

    def _attributes(self, body: Element, path: str) -> Iterator[Field]:
        for node in body.iterchildren(XS + "attribute"):
            yield self._field(node, _join(path, node.get("name", "")), "attribute")
        for reference in body.iterchildren(XS + "attributeGroup"):
            group = self._documents.groups.get(self._documents.qualified(reference, reference.get("ref", "")))
            if group is not None:
                yield from self._attributes(group, path)

    def _field(self, node: Element, path: str, kind: str) -> Field:
        restriction = node.find(f"{XS}simpleType/{XS}restriction")
        declared = node.get("type") or (None if restriction is None else restriction.get("base"))
        length = None if restriction is None else restriction.find(XS + "maxLength")
        composites = [info.get("uniqueComposite", "") for info in _annotations(node)]
        return Field(
            path=path,
            kind="attribute" if kind == "attribute" else "element",
            datatype="string" if declared is None else self._simple(node, declared),
            max_length=None if length is None else int(length.get("value", "0")),
            default=node.get("default"),
            unique_composites=tuple(name.strip() for text in composites for name in text.split(",") if name),
        )

    def _elements(self, body: Element, path: str) -> Iterator[Particle]:
        for node in body.iter(XS + "element"):
            if _owner_element(node, body):
                yield self._element(node, path)

    def _element(self, node: Element, path: str) -> Particle:
        name = node.get("name") or node.get("ref", "").rpartition(":")[2]
        here = _join(path, name)
        repeating = node.get("maxOccurs", "1") not in {"0", "1"}
        declared = self._declared_type(node)
        if declared in self._documents.types:
            slot = Slot(here, declared, repeating, self._keys(node, declared))
            return Particle(name, here, slot=slot, prefix=self._prefix)
        inner = node.find(XS + "complexType")
        if repeating:
            return Particle(name, here, slot=self._repeating(node, inner, here), prefix=self._prefix)
        if inner is not None:
            return self.structure(inner, here, name)
        return Particle(name, here, text=self._field(node, here, "element"), prefix=self._prefix)

    def _declared_type(self, node: Element) -> str:
        if (reference := node.get("ref")) is not None:
            return self._documents.elements.get(self._documents.qualified(node, reference), "")
        declared = node.get("type")
        return "" if declared is None else self._documents.qualified(node, declared)

    def _keys(self, node: Element, target: str) -> tuple[str, ...]:
        if found := _identifiers(node):
            return found
        lineage = [self._documents.types[name] for name in self._model.lineage(target) if name in self._documents.types]
        return next((found for declared in lineage if (found := _identifiers(declared))), ())

    def _repeating(self, node: Element, inner: Element | None, path: str) -> Slot:
        element = path.rpartition("/")[2]
        name = f"{self._owner}_{element}"
        reader = _Reader(self._documents, self._model, name)
        if inner is None:
            root = Particle("", "", text=replace(self._field(node, element, "element"), kind="text"))
        else:
            root = reader.structure(inner, "", element)
        keys = tuple(key for key in _identifiers(node) if key != element)
        self._model.remember(DataType(name, None, root, keys=keys))
        return Slot(path, name, repeating=True, keys=keys)


def _owner_element(node: Element, body: Element) -> bool:
    """Tell whether an element belongs to a body directly, not to a structure inside it."""
    parent = node.getparent()
    while parent is not None and parent is not body:
        if parent.tag in {XS + "element", XS + "complexType"}:
            return False
        parent = parent.getparent()
    return True


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _extend(base: Particle, own: Particle) -> Particle:
    """Join inherited and own parts; an own path hides the inherited one (``qcManualAssessorData/protocol``)."""
    taken = {field.path for field in own.attributes} | {inner.path for inner in own.content}
    return Particle(
        base.name,
        base.path,
        tuple(field for field in base.attributes if field.path not in taken) + own.attributes,
        base.text or own.text,
        tuple(inner for inner in base.content if inner.path not in taken) + own.content,
    )


def _rebase(particle: Particle, path: str) -> Particle:
    """Return a particle with every path moved below another one."""
    if not path:
        return particle
    slot = particle.slot
    return Particle(
        particle.name,
        _join(path, particle.path) if particle.path else path,
        tuple(replace(field, path=_join(path, field.path)) for field in particle.attributes),
        None if particle.text is None else replace(particle.text, path=_join(path, particle.text.path)),
        tuple(_rebase(inner, path) for inner in particle.content),
        None if slot is None else replace(slot, path=_join(path, slot.path)),
        particle.prefix,
    )
