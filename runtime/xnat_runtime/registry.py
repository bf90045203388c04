"""The registry of a generated package: which class stands for which data type."""

from __future__ import annotations

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

    def documents(self) -> frozenset[str]:
        """Returns the schema documents that the package was generated from, as servers name them.

        That is ``pipeline/workflow``, and ``xnat`` in place of ``xnat/xnat`` (schema-and-search 1.1).
        """
        package = self.package.rpartition(".")[0]
        try:
            files = cast("Mapping[str, str]", import_module(f"{package}._build_info").SCHEMA_HASHES)
        except (ImportError, AttributeError):
            return frozenset()  # a package that was put together by hand
        names = (name.removesuffix(".xsd") for name in files)
        return frozenset(file if folder == file else f"{folder}/{file}" for folder, _, file in map(_parted, names))

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
        """Returns the class for a row or document, at least of the declared class, which stands for unknown types."""
        if not xsi_type or xsi_type == declared.xsi_type:
            return declared
        found = self.load(xsi_type)
        return found if found is not None and issubclass(found, declared) else declared


def _parted(name: str) -> tuple[str, str, str]:
    return name.rpartition("/")
