"""What a search of the command line finds, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from ..archive import ImageSessionObject, ScanObject
from ..collections import plain_path
from ..display import is_documented
from ..errors import InvalidValueError, KeyNotFoundError
from ..hierarchy import ExperimentObject, ProjectObject, SubjectObject
from ..identifying import HIDDEN, python_name
from ..objects import XnatObject
from ..query import Constraint
from ..search_document import type_of
from ..search_objects import read_cell, row_name
from .asking import term_named
from .near import near
from .terms import AnyField
from .views import is_dropped

if TYPE_CHECKING:
    from ..item import Item
    from ..listings import Listing
    from ..session import BaseSession

# Nearest runtime base first: what one is called, and the columns that people want to see.
_SHOWN: Final[tuple[tuple[type[XnatObject], str, tuple[str, ...]], ...]] = (
    (ProjectObject, "project", ("id", "name", "description")),
    (SubjectObject, "subject", ("label", "project", "id")),
    (ScanObject, "scan", ("id", "type", "series_description", "quality", "image_session_id")),
    (ImageSessionObject, "session", ("label", "project", "date", "id")),
    (ExperimentObject, "experiment", ("label", "project", "date", "id")),
)
_RESOURCE: Final = "xnat:abstractResource"
_NOT_SEARCHED: Final = {
    "xnat:imageScanData": "scans of all kinds at once: name one, such as mrscan, or use ls PROJECT/scans",
    _RESOURCE: "resources: use ls 'PROJECT/*/*/*/*' or tree PROJECT",
}


class Results:
    """One search; nothing is asked before `rows`.

    Attributes:
        columns: Columns that a table shows.
        noun: What a row is.
        aliases: Names that were typed -> names of columns.
    """

    def __init__(
        self, session: BaseSession, kind: type[Item], constraints: Sequence[Constraint], names: Sequence[str]
    ) -> None:
        if not issubclass(kind, XnatObject):
            msg = f"{kind.__name__} is no item of the archive: search for subject, mr, ct, ... instead"
            raise InvalidValueError(msg)
        for base, advice in _NOT_SEARCHED.items():
            if kind.xsi_type == base or (base == _RESOURCE and session.registry.is_subtype(kind.xsi_type, base)):
                msg = f"XNAT does not search {advice}"
                raise InvalidValueError(msg)
        self._session = session
        self._kind = kind
        self._constraints = constraints
        self._fields: dict[str, AnyField] = {}
        self.aliases: dict[str, str] = {}
        for name in names:
            if name.casefold() != "uri":
                field = term_named(kind, session.registry, name)
                python = python_name(kind, field.path)
                self.aliases[name] = python if python.casefold() == name.casefold() else name
                self._fields[self.aliases[name]] = field
        shown = ((noun, columns) for base, noun, columns in _SHOWN if issubclass(kind, base))
        self.noun, self.columns = next(shown, ("item", ("label", "id")))

    def rows(self) -> Iterator[dict[str, object]]:
        """Returns the rows: one request, made by the first row."""
        found = self._listed() if self._is_listed() else self._searched()
        for item in found:
            row = {
                python_name(self._kind, key): value or None
                for key, value in item.__xnat_row__.items()
                if not is_dropped(key) and ":" not in key and key not in HIDDEN
            }
            for name, field in self._fields.items():
                row[name] = read_cell(field, self._raw(item, field))
            row["uri"] = item.uri
            yield row

    def _is_listed(self) -> bool:
        """Whether a list of experiments is filtered: servers search no types that have no display document."""
        return issubclass(self._kind, ExperimentObject) and not is_documented(self._kind)

    def _searched(self) -> Iterable[XnatObject]:
        query = self._session.query(self._kind, *self._constraints)
        return query.view(*self._fields.values()) if self._fields else query

    def _listed(self) -> Iterable[XnatObject]:
        root: Any = self._session  # Any: generated packages declare the root collections
        kind = self._kind
        listing: Listing[XnatObject] = root.experiments.of_type(kind)
        listing = listing.columns(*self._fields.values()) if self._fields else listing
        return listing.filter(*self._constraints)

    def _raw(self, item: XnatObject, field: AnyField) -> object:
        is_own = self._session.registry.is_subtype(self._kind.xsi_type, type_of(field))
        known: Any = item  # Any: generated classes declare their parents
        holder: XnatObject = item if is_own else known.parent
        keys = (row_name(field), plain_path(field.path))
        row = holder.__xnat_row__
        return next((row[key] for key in keys if key in row), None)


def saved_rows(session: BaseSession, name: str, project: str | None) -> list[dict[str, str]]:
    """Returns the rows of a search that the server keeps: two requests.

    Args:
        session: The connection.
        name: Its name or ID.
        project: The project that shares it, None for your own.

    Raises:
        KeyNotFoundError: There is none; the message says which one is like it.
    """
    root: Any = session  # Any: generated packages declare the root collections
    searches = root.projects[project].saved_searches if project is not None else session.saved_searches
    by_name = {known: one for one in searches.values() for known in (one.name, one.id) if known}
    if name not in by_name:
        msg = f"there is no saved search {name!r}{near(name, by_name)}"
        raise KeyNotFoundError(msg)
    return cast("list[dict[str, str]]", by_name[name].tabulate_dict())
