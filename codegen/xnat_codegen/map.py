"""Faithful models to the neutral model: every declaration becomes a class or a member, nothing is resolved yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from . import overrides
from .errors import CodegenError, Level, Problem, Source
from .imports import map_imports
from .ir import Class, Form, Ir, Member, Route
from .map_endpoints import map_endpoints, map_records
from .model.route import RouteFile
from .model.xsd import (
    XSD_NAMESPACE,
    Attribute,
    ComplexType,
    Element,
    GroupRef,
    Particle,
    QName,
    Schema,
    SimpleType,
    Wildcard,
)
from .naming import constant_name
from .read.names import NameDecisions

ANY_TEXT = QName(XSD_NAMESPACE, "string")
T = TypeVar("T")


def map_input(schemas: Sequence[Schema], routes: RouteFile, names: NameDecisions | None = None) -> Ir:
    """Returns the neutral model of schema documents, a route catalogue and a site's decisions about names.

    Raises:
        CodegenError: Two declarations have one name, a document imports from the network, or two namespaces
            have one prefix.
    """
    names = names or NameDecisions()
    ir = Ir(
        field_names={**overrides.FIELD_NAMES, **names.fields},
        class_names={**overrides.CLASS_NAMES, **names.classes},
        site_names=frozenset({*names.fields, *names.classes, *names.prefixes}),
    )
    _map_namespaces(schemas, ir, {**overrides.PREFIXES, **names.prefixes})
    for schema in schemas:
        _Mapper(schema, ir).run()
    map_imports(schemas, ir)
    _map_routes(routes, ir)
    return ir


def _map_namespaces(schemas: Sequence[Schema], ir: Ir, known: Mapping[str, str]) -> None:
    """Gives each namespace that declares types its prefix: the known one, else that of its own document."""
    for schema in schemas:
        if _has_types(schema) and schema.namespace not in ir.namespaces:
            prefix = known.get(schema.namespace, schema.prefix)
            _check_prefix(prefix, schema, ir)
            ir.namespaces[schema.namespace] = prefix


def _check_prefix(prefix: str, schema: Schema, ir: Ir) -> None:
    fix = "give one in [prefixes] of --names FILE"
    if not prefix:
        raise CodegenError(f"no prefix is bound to the target namespace {schema.namespace!r}: {fix}", schema.source)
    for other, taken in ir.namespaces.items():
        if taken == prefix:
            message = f"the namespaces {other!r} and {schema.namespace!r} have one prefix, {prefix!r}: {fix}"
            raise CodegenError(message, schema.source, prefix)


def _has_types(schema: Schema) -> bool:
    if schema.namespace in overrides.MARK_NAMESPACES:
        return False
    return bool(schema.complex_types) or any(isinstance(one.inline, ComplexType) for one in schema.elements)


def _map_routes(routes: RouteFile, ir: Ir) -> None:
    ir.collection_entries.extend(routes.collections)
    ir.aliases.update(routes.aliases)
    sources: dict[str, Source] = {}
    for entry in routes.routes:
        for method, name in entry.methods.items():
            constant = constant_name(name, entry.source)
            if constant in sources:
                raise CodegenError(f"the route name is used twice, first at {sources[constant]}", entry.source, name)
            sources[constant] = entry.source
            ir.routes.append(Route(constant, method, entry.path))
    ir.areas, ir.records = map_endpoints(routes), map_records(routes)


class _Mapper:
    """Maps one schema document."""

    def __init__(self, schema: Schema, ir: Ir) -> None:
        self.schema = schema
        self.ir = ir

    def run(self) -> None:
        for simple in self.schema.simple_types:
            base = simple.base if simple.variety == "restriction" else ANY_TEXT
            self.put(self.ir.simple_types, simple.name, (base, simple.facets), simple.source)
        if self.schema.namespace not in overrides.MARK_NAMESPACES:
            self.groups()
            self.types()

    def groups(self) -> None:
        for group in self.schema.groups:
            self.put(self.ir.groups, group.name, list(self.particle(group.particle)), group.source)
        for attribute_group in self.schema.attribute_groups:
            members = list(self.attributes(attribute_group.attributes))
            self.put(self.ir.attribute_groups, attribute_group.name, members, attribute_group.source)

    def types(self) -> None:
        for attribute in self.schema.attributes:
            self.put(self.ir.attributes, attribute.name, self.attribute(attribute), attribute.source)
        for declared in self.schema.complex_types:
            self.put(self.ir.classes, declared.name, self.named(declared.name, declared), declared.source)
        for element in self.schema.elements:
            self.global_element(element)

    def put(self, table: dict[QName, T], name: str, value: T, source: Source) -> None:
        key = QName(self.schema.namespace, name)
        if key in table:
            first = getattr(table[key], "source", None)
            message = f"declared twice, first at {first}" if first else "declared twice"
            raise CodegenError(message, source, self.ir.label_of(key))
        table[key] = value

    def global_element(self, element: Element) -> None:
        name = QName(self.schema.namespace, element.name)
        if isinstance(element.inline, ComplexType):
            cls = self.named(element.name, element.inline)
            cls.documentation = cls.documentation or element.annotation.documentation
            cls.display_identifiers = cls.display_identifiers or element.annotation.display_identifiers
            cls.marks = cls.marks or element.annotation.marks
            self.put(self.ir.classes, element.name, cls, element.source)
            self.put(self.ir.elements, element.name, name, element.source)
        elif element.type is not None:
            self.put(self.ir.elements, element.name, element.type, element.source)

    def named(self, name: str, declared: ComplexType) -> Class:
        qname = QName(self.schema.namespace, name)
        return self.complex_type(declared, qname, self.ir.label_of(qname))

    def complex_type(self, declared: ComplexType, qname: QName | None, label: str) -> Class:
        cls = Class(
            qname=qname,
            label=label,
            source=declared.source,
            documentation=declared.annotation.documentation,
            display_identifiers=declared.annotation.display_identifiers,
            marks=declared.annotation.marks,
            base_name=None if declared.is_simple_content else declared.base,
        )
        if declared.derivation == "restriction" and declared.base != QName(XSD_NAMESPACE, "anyType"):
            cls.unsupported = "derivation by restriction is not supported"
        if declared.is_simple_content:
            cls.members.append(self.text(declared))
        if declared.particle is not None:
            cls.members.extend(self.particle(declared.particle))
        cls.members.extend(self.attributes(declared.attributes))
        return cls

    def text(self, declared: ComplexType) -> Member:
        return Member("value", "", "text", declared.source, type=declared.base, facets=declared.facets)

    def particle(
        self, particle: Particle, *, repeats: bool = False, is_choice: bool = False, is_optional: bool = False
    ) -> Iterator[Member]:
        repeats = repeats or particle.max_occurs != 1
        is_choice = is_choice or particle.kind == "choice"
        is_optional = is_optional or is_choice or particle.is_optional
        for item in particle.items:
            if isinstance(item, Particle):
                yield from self.particle(item, repeats=repeats, is_choice=is_choice, is_optional=is_optional)
            elif isinstance(item, GroupRef):
                member = self.group(item, "group")
                member.repeats = repeats or item.max_occurs != 1
                member.is_choice = is_choice
                member.is_required = not (is_optional or item.is_optional)
                yield member
            elif isinstance(item, Wildcard):
                self.leave_out(item, "xs:any")
            elif item.max_occurs != 0:
                member = self.element(item, repeats=repeats or item.max_occurs != 1, is_choice=is_choice)
                member.is_required = not (is_optional or item.is_optional)
                yield member

    def attributes(self, declared: Iterable[Attribute | GroupRef | Wildcard]) -> Iterator[Member]:
        for item in declared:
            if isinstance(item, GroupRef):
                yield self.group(item, "attribute_group")
            elif isinstance(item, Wildcard):
                self.leave_out(item, "xs:anyAttribute")
            else:
                yield self.attribute(item)

    def group(self, reference: GroupRef, form: Form) -> Member:
        name = reference.ref.local
        return Member(name, name, form, reference.source, ref=reference.ref, is_required=True)

    def leave_out(self, wildcard: Wildcard, what: str) -> None:
        message = f"{what} is left out: no field can stand for any content"
        self.ir.problems.append(Problem(Level.WARNING, message, wildcard.source))

    def attribute(self, declared: Attribute) -> Member:
        member = self.member(declared, "attribute")
        member.is_required = declared.required
        self.fill_simple(member, declared.inline)
        return member

    def element(self, declared: Element, *, repeats: bool, is_choice: bool) -> Member:
        member = self.member(declared, "element")
        member.repeats = repeats
        member.is_choice = is_choice
        if isinstance(declared.inline, ComplexType):
            member.structure = self.complex_type(declared.inline, None, declared.name)
        else:
            self.fill_simple(member, declared.inline)
        return member

    def member(self, declared: Attribute | Element, form: Form) -> Member:
        name = declared.name or (declared.ref.local if declared.ref else "")
        annotation = declared.annotation
        return Member(
            name=name,
            path=name,
            form=form,
            source=declared.source,
            type=declared.type,
            ref=declared.ref,
            documentation=annotation.documentation,
            display_identifiers=annotation.display_identifiers,
            unique=annotation.unique,
            relation_unique=annotation.relation_unique,
            base_element=annotation.base_element,
            marks=annotation.marks,
        )

    def fill_simple(self, member: Member, inline: SimpleType | None) -> None:
        if inline is not None:
            member.type = inline.base if inline.variety == "restriction" else ANY_TEXT
            member.facets = inline.facets
