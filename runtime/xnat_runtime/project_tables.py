"""Tables over all sessions of a project: one request, however many sessions there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from .collections import Collection
from .errors import FieldNotOnServerError, UsageError
from .listings import Listing
from .objects import XnatObject
from .paths import child
from .resource_tables import ExperimentResourceTable, ScanResourceTable, SubjectResourceTable

T_co = TypeVar("T_co", bound=XnatObject, covariant=True)
T = TypeVar("T", bound=XnatObject)

_SESSION: Final = "xnat:imageSessionData"
_SCAN: Final = "xnat:imageScanData"
# Names of the answer's columns for the names that rows have here.
_OF_SESSION: Final[Mapping[str, str]] = {
    "session_ID": "ID",
    "session_label": "label",
    "session_type": "xsiType",
    "subject_ID": "subject_ID",
    "subject_label": "subject_label",
    "project": "project",
}


class ScanTable(Listing[T_co]):
    """The scans of all sessions of a project, each with ``session_ID``, ``session_label`` and so on in its row.

    The list of experiments is asked for fields of scans, which gives a row for each scan (rest-data 4.3).
    """

    def _query(self) -> list[tuple[str, str]]:
        columns = [*_OF_SESSION.values(), *self._of_scan().values(), *(field.xpath for field in self._fields())]
        return [("format", "json"), ("xsiType", _SESSION), ("columns", ",".join(columns))]

    def _of_scan(self) -> dict[str, str]:
        aliases = self._collection.aliases
        return {name: f"{_SCAN}/{aliases.get(name, name)}" for name in self._collection.columns}

    def _read(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        names = {name: path.lower() for name, path in self._of_scan().items()}
        if rows and not any(names["ID"] in row for row in rows):
            msg = f"this server lists no scans of a whole project ({_SCAN}/ID): ask each session for its scans"
            raise FieldNotOnServerError(msg, field=f"{_SCAN}/ID")
        return [self._scan_row(row, names) for row in rows if row.get(names["ID"])]

    def _scan_row(self, row: dict[str, object], names: Mapping[str, str]) -> dict[str, object]:
        """Returns the row of a scan; what other columns asked for stays as it is."""
        taken = {*_OF_SESSION.values(), *names.values(), "URI", f"{_SESSION}/id".lower()}
        made = {name: row.get(key, "") for name, key in (*names.items(), *_OF_SESSION.items())}
        made["URI"] = self.uri_of(made)
        return made | {key: value for key, value in row.items() if key not in taken}

    def _make(self, row: dict[str, object]) -> T_co:
        xsi_type = row["xsiType"]
        item_class, _ = self._classes.get(xsi_type) or self._class_of(xsi_type)
        return item_class.__xnat_from_server__(self._session, "", row, self._parent_of(row), self)

    def _parent_of(self, row: dict[str, object]) -> XnatObject:
        """Returns the scan's session, with what the row tells of it."""
        registry = self._session.registry
        declared = registry.load(_SESSION)
        if declared is None or not issubclass(declared, XnatObject):
            msg = f"this package was generated without {_SESSION}"
            raise UsageError(msg)
        session_class = self._session.class_for(str(row["session_type"]), declared)
        known = {"ID": "session_ID", "label": "session_label", "subject_ID": "subject_ID", "project": "project"}
        values: dict[str, object] = {path: row[name] for path, name in known.items() if row[name]}
        uri = child("/data/experiments", str(row["session_ID"]))
        return session_class.__xnat_from_server__(self._session, uri, values, None)


class AssessorTable(Listing[T_co]):
    """The assessors of all sessions of a project; the columns of session and subject are asked for by name."""

    def _query(self) -> list[tuple[str, str]]:
        query = [pair for pair in super()._query() if pair[0] != "columns"]
        columns = [*self._collection.columns, *(field.xpath for field in self._fields())]
        return [*query, ("columns", ",".join(columns))]


def listing_of(project: XnatObject, collection: Collection[T]) -> Listing[T]:
    """Returns a collection of a project, as a table over its sessions where it is one."""
    tables: dict[str, type[Listing[T]]] = {
        "scans": ScanTable,
        "assessors": AssessorTable,
        "scan_resources": ScanResourceTable,
        "experiment_resources": ExperimentResourceTable,
        "subject_resources": SubjectResourceTable,
    }
    return tables.get(collection.name, Listing)(project.session, collection, owner=project)
