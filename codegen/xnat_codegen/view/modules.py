"""Builds the render model of a module of data types."""

from __future__ import annotations

from collections.abc import Iterator

from .. import overrides
from ..docstrings import class_docstring, escaped, member_docstring
from ..ir import Class, Collection, Display, Member
from ..pytypes import (
    BUILTINS,
    LISTINGS,
    MODELS,
    Annotation,
    Builtin,
    Import,
    Imported,
    Qualified,
    Subscript,
    typing_only,
)
from .calls import CODEC_MODULE, Declaration, literal, values_tuple
from .imports import Scope
from .print_views import ImportsView
from .views import AliasView, ClassView, FieldView, ModuleView, PropertyView

XNAT_TYPE = Import("xnat_runtime.declare", "xnat_type")
LISTING = Imported(Import("xnat_runtime.listings", "Listing"))
INIT_VAR = Imported(Import("dataclasses", "InitVar"))
TYPE_ALIAS = Import("typing", "TypeAlias")
LITERAL = Import("typing", "Literal")
TYPE_CHECKING = Import("typing", "TYPE_CHECKING")


def module_view(cls: Class) -> ModuleView:
    """Returns the module of a data type and its anonymous structures."""
    builder = _ModuleBuilder(cls)
    classes = tuple(builder.class_view(one) for one in cls.tree())
    aliases = tuple(builder.aliases())
    return ModuleView(
        name=str(cls.module),
        docstring=escaped(f"Type ``{cls.label}``."),
        imports=builder.imports(),
        aliases=aliases,
        classes=classes,
        property_decorator=f"{builder.scope.names(BUILTINS)}.property",
    )


def item_annotation(collection: Collection) -> Annotation:
    """Returns the type of a collection's items."""
    name = collection.item[1] if isinstance(collection.item, tuple) else str(collection.item.python_name)
    return Qualified(MODELS, name)


class _ModuleBuilder:
    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.scope = Scope(frozenset(_taken(cls)))

    def class_view(self, cls: Class) -> ClassView:
        self.scope.add([XNAT_TYPE])
        element = literal(cls.element) if cls.element else "None"
        return ClassView(
            name=str(cls.python_name),
            decorator=f"{self.scope.names(XNAT_TYPE)}({literal(cls.label)}, element={element})",
            bases=", ".join(self.bases(cls)),
            docstring=class_docstring(cls),
            parent=self.parent(cls),
            parent_name=self.parent_name(cls),
            exist_ok="" if cls.parent is None else self.annotated(Subscript(INIT_VAR, Builtin("bool"))),
            fields=tuple(self.field(member) for member in cls.members),
            displays=tuple(self.display(display) for display in cls.displays),
            properties=tuple(self.property(collection) for collection in cls.collections),
        )

    def bases(self, cls: Class) -> Iterator[str]:
        for module, name in cls.bases:
            yield self.needed(Imported(Import(module, name)))
        if cls.base is not None:
            is_here = cls.base.module == cls.module
            base = str(cls.base.python_name)
            yield base if is_here else self.needed(Imported(Import(f".{cls.base.module}", base)))

    def needed(self, annotation: Annotation) -> str:
        """Renders something that is evaluated when the module loads."""
        self.scope.add(annotation.imports())
        return annotation.render(self.scope.names)

    def annotated(self, annotation: Annotation) -> str:
        """Renders something that only type checkers read."""
        self.scope.add(typing_only(annotation))
        return annotation.render(self.scope.names)

    def parent(self, cls: Class) -> str:
        if cls.parent is None:
            return ""
        if isinstance(cls.parent, tuple):
            return self.annotated(Imported(Import(*cls.parent)))
        return self.annotated(Qualified(MODELS, str(cls.parent.python_name)))

    def parent_name(self, cls: Class) -> str:
        found = overrides.PARENT_NAMES.get(cls.label, "")
        if found:
            self.scope.add([BUILTINS])
        return found

    def field(self, member: Member) -> FieldView:
        if member.kind is None:
            raise LookupError(member.path)
        declaration = Declaration(member, member.kind)
        self.scope.add(declaration.imports())
        return FieldView(
            name=str(member.python_name),
            annotation=declaration.annotation.render(self.scope.names),
            call=declaration.call(self.scope.names),
            docstring=member_docstring(member),
        )

    def display(self, display: Display) -> str:
        """Returns the line of a display field; without an annotation, so that it is no constructor argument."""
        kind = Imported(Import("xnat_runtime.display", "ValueDisplay" if display.needs_value else "Display"))
        codec = self.needed(Imported(Import(CODEC_MODULE, display.codec)))
        arguments = [literal(display.id), codec, *([literal(display.path)] if display.path else [])]
        return f"{display.id} = {self.needed(kind)}({', '.join(arguments)})"

    def property(self, collection: Collection) -> PropertyView:
        self.scope.add([BUILTINS, LISTINGS])
        return PropertyView(
            name=collection.property,
            annotation=self.annotated(Subscript(LISTING, item_annotation(collection))),
            constant=f"{self.scope.names(LISTINGS)}.{collection.name}",
            docstring=escaped(collection.title),
        )

    def aliases(self) -> Iterator[AliasView]:
        for cls in self.cls.tree():
            for member in cls.members:
                if member.alias is not None:
                    yield self.alias(member, f"{cls.label}/{member.path}")

    def alias(self, member: Member, label: str) -> AliasView:
        self.scope.add([LITERAL, TYPE_ALIAS])
        inside = values_tuple(member.facets.enumeration).strip("(,)")
        return AliasView(
            name=str(member.alias),
            annotation=f"{self.scope.names(LITERAL)}[{inside}]",
            docstring=escaped(f"Values of ``{label}``."),
        )

    def imports(self) -> ImportsView:
        view = self.scope.view()
        if view.typing_groups:
            self.scope.add([TYPE_CHECKING])
            view = self.scope.view()
        return view


def _taken(cls: Class) -> Iterator[str]:
    for one in cls.tree():
        yield str(one.python_name)
        yield from (str(member.python_name) for member in one.members)
        yield from (str(member.alias) for member in one.members if member.alias is not None)
        yield from (collection.property for collection in one.collections)
        yield from (display.id for display in one.displays)
