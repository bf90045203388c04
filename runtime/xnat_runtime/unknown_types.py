"""Data types that a server has and the package does not: they read as the nearest type that it knows."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from .codec import JsonValue
from .errors import XnatError
from .paths import child
from .registry import UnknownTypeWarning
from .schema_bases import SIZE_LIMIT, QName, SchemaBases
from .transport import Request, Timeouts

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

T = TypeVar("T", bound="XnatObject")

SCHEMAS: Final = "/xapi/schemas"
"""The names of the server's schema documents; each lies below by its name (schema-and-search 1.1)."""
LIST: Final = "/xapi/access/displays/searchable"
"""The data types that are set up on the site, with what they are (schema-and-search 5.3)."""
# The most special first: an imaging session is an experiment too.
_FLAGS: Final = (
    ("isImageSession", "xnat:imageSessionData"),
    ("isImageAssessor", "xnat:imageAssessorData"),
    ("isImageScan", "xnat:imageScanData"),
    ("isSubjectAssessor", "xnat:subjectAssessorData"),
    ("isExperiment", "xnat:experimentData"),
)
_ITEMS: Final = frozenset(base for _, base in _FLAGS)
_NAMED: Final = 10
_TIMEOUT: Final = Timeouts(connect=10.0, read=10.0)


class UnknownTypes:
    """What one connection knows of such types; the server is asked once, when the first one turns up.

    What a type extends is in the server's schemas. Read are those that the package was not generated from, as a
    plugin's. Where they cannot be read, the server's list of types tells the kind of an item, which is less.
    """

    def __init__(self, session: BaseSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._bases: Mapping[str, str] | None = None
        self._told: set[str] = set()

    def class_for(self, xsi_type: str, declared: type[T]) -> type[T]:
        """Returns the class for a row or document, at least of the declared class.

        A type that the package does not know gives the nearest class that it does, and a warning that names the type;
        what the server lists is named in that one warning.
        """
        found = self._session.registry.load(self._nearest(xsi_type))
        nearest = found if found is not None and issubclass(found, declared) else declared
        self._warn(xsi_type, nearest.__name__)
        return nearest

    def bases(self) -> Mapping[str, str]:
        """Returns the server's types that the package does not know, with what each extends.

        Asked for the first time: the names of the schemas and the documents that the package was not generated from;
        the list of types only where one of them cannot be read. None are known where the server does not tell.
        """
        with self._lock:
            if self._bases is None:
                self._bases = self._ask()
            return self._bases

    def _nearest(self, xsi_type: str) -> str:
        """Returns the first type that the package knows on the line of what a type extends, "" without one."""
        bases, known = self.bases(), self._session.registry.types
        seen: set[str] = set()
        while xsi_type not in known and xsi_type not in seen:
            seen.add(xsi_type)
            xsi_type = bases.get(xsi_type, "")
        return xsi_type if xsi_type in known else ""

    def _ask(self) -> Mapping[str, str]:
        documents = self._documents()
        found = _named(self._session.registry.namespaces, [one for one in documents if one is not None])
        if not documents or None in documents:
            listed = {name: base for name, base in _flagged(self._json(LIST)) if base}
            found = {**listed, **found}
        return {name: base for name, base in found.items() if name not in self._session.registry.types}

    def _documents(self) -> list[SchemaBases | None]:
        """Returns the schemas that only the server has, None for one that cannot be read; none without a list."""
        names = self._json(SCHEMAS)
        own = self._session.registry.documents()
        return [
            self._document(name)
            for name in (names if isinstance(names, list) else ())
            if isinstance(name, str) and name not in own
        ]

    def _document(self, name: str) -> SchemaBases | None:
        try:
            request = Request("GET", child(SCHEMAS, *name.split("/")), timeout=_TIMEOUT)
            with self._session.send(request, stream=True) as answer:
                return SchemaBases(answer.read(SIZE_LIMIT + 1)) if answer.ok else None
        except (XnatError, ValueError):
            # Reading an item does not depend on what makes it read better.
            return None

    def _json(self, path: str) -> JsonValue:
        try:
            answer = self._session.send(Request("GET", path, timeout=_TIMEOUT))
            return answer.json() if answer.ok else None
        except XnatError:
            return None  # as above

    def _items(self) -> set[str]:
        """Returns the types that items can have: the entries of a list, for one, are no items."""
        known = self._session.registry
        return {name for name in self.bases() if not _ITEMS.isdisjoint(known.lineage(self._nearest(name)))}

    def _warn(self, xsi_type: str, read_as: str) -> None:
        others = self._items()
        with self._lock:
            if xsi_type in self._told:
                return
            names = [xsi_type, *sorted(others - {xsi_type} - self._told)]
            self._told.update(names)
        # Too long a list hides the command, which is what the warning is for.
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        warnings.warn(
            f"this server has data types that {self._session.registry.package} does not know: "
            f"{', '.join(names[:_NAMED])}{more}. Items of {xsi_type} read as {read_as}, with their own fields in "
            f'.data["path"]. For classes of their own: "xnat-codegen fetch {self._session.server} -o schemas" and '
            '"xnat-codegen generate --schemas schemas --package mysite_xnat -o mysite"',
            UnknownTypeWarning,
            stacklevel=3,
        )


def _named(namespaces: Mapping[str, str], documents: Iterable[SchemaBases]) -> dict[str, str]:
    """Returns what types extend by the names that the server gives them."""
    documents = list(documents)
    prefixes = {next(iter(one.bases)).uri: one.prefix for one in documents if one.bases}
    prefixes.update({uri: prefix for prefix, uri in namespaces.items()})

    def spelled(name: QName) -> str:
        return f"{prefixes.get(name.uri, '')}:{name.local}"

    return {spelled(name): spelled(base) for one in documents for name, base in one.bases.items()}


def _flagged(rows: JsonValue) -> Iterable[tuple[str, str]]:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(name := row.get("elementName"), str):
            yield name, next((base for flag, base in _FLAGS if row.get(flag) is True), "")
