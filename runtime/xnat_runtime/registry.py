"""The registry of a generated package: which class stands for which data type."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

if TYPE_CHECKING:
    from .item import Item
    from .objects import XnatObject

T = TypeVar("T", bound="XnatObject")


class UnknownTypeWarning(UserWarning):
    """The server sent a data type that the package was not generated for."""


class TypeEntry(NamedTuple):
    """Where a data type's class is.

    Attributes:
        module: Module below the package's ``models``.
        name: Class name.
        element: Local name of the global element, None when there is none.
        base: Data type that it extends, None when it extends none.
    """

    module: str
    name: str
    element: str | None
    base: str | None


class Registry:
    """The data types of one generated package.

    Attributes:
        package: Import path of the package's models, such as ``xnat_sdk.models``.
        namespaces: Namespace URIs by prefix.
        types: Entries by data type.
    """

    def __init__(self, *, package: str, namespaces: Mapping[str, str], types: Mapping[str, TypeEntry]) -> None:
        self.package = package
        self.namespaces = namespaces
        self.types = types
        self._unknown: set[str] = set()

    def lineage(self, xsi_type: str) -> list[str]:
        """Returns a type and the types it extends, nearest first; only itself when it is not known."""
        line = [xsi_type]
        while (entry := self.types.get(line[-1])) is not None and entry.base is not None:
            line.append(entry.base)
        return line

    def is_subtype(self, xsi_type: str, base: str) -> bool:
        """Whether a type is another one or extends it."""
        return base in self.lineage(xsi_type)

    def load(self, xsi_type: str) -> type[Item] | None:
        """Returns the class of a data type, None when the package has none; imports its module."""
        entry = self.types.get(xsi_type)
        if entry is None:
            return None
        return cast("type[Item]", getattr(import_module(f"{self.package}.{entry.module}"), entry.name))

    def class_for(self, xsi_type: str, declared: type[T]) -> type[T]:
        """Returns the class for a row or document, at least of the declared class.

        A type that the package does not know gives the declared class and one warning for the type.
        """
        if not xsi_type or xsi_type == declared.xsi_type:
            return declared
        found = self.load(xsi_type)
        if found is None:
            self._warn(xsi_type, declared)
            return declared
        return found if issubclass(found, declared) else declared

    def _warn(self, xsi_type: str, declared: type[XnatObject]) -> None:
        if xsi_type in self._unknown:
            return
        self._unknown.add(xsi_type)
        warnings.warn(
            f"this server has the data type {xsi_type}, which {self.package} does not know; it reads as "
            f'{declared.__name__}. To get its own fields: "xnat-codegen fetch URL --out schemas" and '
            '"xnat-codegen generate --schemas schemas"',
            UnknownTypeWarning,
            stacklevel=2,
        )
