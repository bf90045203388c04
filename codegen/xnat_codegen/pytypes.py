"""Type annotations and other names as objects: they render themselves and know what they import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import attrs

from .naming import ClassName


@attrs.frozen(order=True)
class Import:
    """One imported name.

    Attributes:
        module: The module, with leading dots when it is relative.
        name: The name in it; empty when the module itself is imported.
        alias: What the name is called here when the schema does not forbid it.
        is_typing_only: Whether only type checkers need it.
    """

    module: str
    name: str = ""
    alias: str = ""
    is_typing_only: bool = attrs.field(default=False, order=False, eq=False)

    @property
    def local_name(self) -> str:
        """The name under which it is used."""
        return self.alias or self.name or self.module


BUILTINS = Import("builtins")

Names = Callable[[Import], str]
"""Gives the local name of an import: an alias where a field or class of the module has the name."""


class Annotation(Protocol):
    """Something that can stand in an annotation or a call."""

    def render(self, names: Names) -> str:
        """Returns the text."""
        ...

    def imports(self) -> Iterator[Import]:
        """Yields what must be imported."""
        ...


@attrs.frozen
class Imported:
    """A name that is imported: ``Attribute``, ``TEXT``."""

    source: Import

    def render(self, names: Names) -> str:
        """Returns the local name."""
        return names(self.source)

    def imports(self) -> Iterator[Import]:
        """Yields the import."""
        yield self.source


@attrs.frozen
class Qualified:
    """A name in an imported module: ``datetime.date``, ``_models.SubjectData``."""

    source: Import
    name: str

    def render(self, names: Names) -> str:
        """Returns the dotted name."""
        return f"{names(self.source)}.{self.name}"

    def imports(self) -> Iterator[Import]:
        """Yields the import of the module."""
        yield self.source


@attrs.frozen
class Builtin:
    """A built-in type: ``str``; qualified where a field of the module has its name."""

    name: str

    def render(self, names: Names) -> str:
        """Returns the name, by way of ``builtins`` where it is taken."""
        is_taken = names(self._import) != self.name
        return f"{names(BUILTINS)}.{self.name}" if is_taken else self.name

    def imports(self) -> Iterator[Import]:
        """Yields the name in ``builtins``, which needs no import unless it is taken."""
        yield self._import

    @property
    def _import(self) -> Import:
        return Import(BUILTINS.module, self.name)


@attrs.frozen
class Local:
    """A class or alias of the module itself."""

    name: ClassName

    def render(self, names: Names) -> str:
        """Returns the name."""
        del names
        return self.name

    def imports(self) -> Iterator[Import]:
        """Yields nothing."""
        yield from ()


@attrs.frozen
class Subscript:
    """A generic type with its arguments: ``Attribute[str]``."""

    generic: Annotation
    argument: Annotation

    def render(self, names: Names) -> str:
        """Returns the generic with its argument in brackets."""
        return f"{self.generic.render(names)}[{self.argument.render(names)}]"

    def imports(self) -> Iterator[Import]:
        """Yields the imports of both."""
        yield from self.generic.imports()
        yield from self.argument.imports()


MODELS = Import("..", "models", "_models")
LISTINGS = Import("..", "listings", "_listings")


def typing_only(annotation: Annotation) -> Iterator[Import]:
    """Yields the imports of an annotation that is never evaluated."""
    for one in annotation.imports():
        yield attrs.evolve(one, is_typing_only=True)
