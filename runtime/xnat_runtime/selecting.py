"""The objects of a level below an object or on the whole site, by filters: one table, and the projects at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

from .archive import ExperimentObject, ProjectObject, ScanObject, SubjectObject
from .collections import Collection
from .errors import InvalidValueError, UsageError
from .levels import EXPERIMENT, PROJECT, RESOURCE, SCAN, SUBJECT, Level
from .listings import Listing
from .objects import XnatObject
from .paths import child
from .project_tables import ScanTable
from .resource_tables import ExperimentResourceTable, ProjectResourceTable, ScanResourceTable, SubjectResourceTable

if TYPE_CHECKING:
    from .patterns import Filters
    from .session import BaseSession

T = TypeVar("T", bound=XnatObject)

_ORDER: Final = (PROJECT, SUBJECT, EXPERIMENT, SCAN, RESOURCE)
_KINDS: Final[tuple[tuple[type[XnatObject], str], ...]] = (
    (ProjectObject, PROJECT), (SubjectObject, SUBJECT), (ExperimentObject, EXPERIMENT), (ScanObject, SCAN),
)  # fmt: skip
_TYPES: Final[Mapping[str, str]] = {
    PROJECT: "xnat:projectData",
    SUBJECT: "xnat:subjectData",
    EXPERIMENT: "xnat:experimentData",
    SCAN: "xnat:imageScanData",
    RESOURCE: "xnat:abstractResource",
}
# Names of rows for (ID, label) of each level, as the table of a level has them.
_IN_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    PROJECT: ("project", "project_name"),
    SUBJECT: ("subject_ID", "subject_label"),
    EXPERIMENT: ("session_ID", "session_label"),
    SCAN: ("scan_ID", "scan_type"),
    RESOURCE: ("label", "label"),
}
_OWN: Final[Mapping[str, tuple[str, str]]] = {
    PROJECT: ("ID", "name"),
    SUBJECT: ("ID", "label"),
    EXPERIMENT: ("ID", "label"),
    SCAN: ("ID", "type"),
    RESOURCE: ("label", "label"),
}


def select(session: BaseSession, base: XnatObject | None, level: Level[T], wanted: Filters) -> list[T]:
    """Returns the objects of a level in the order of the server.

    Args:
        session: The connection.
        base: The object that they lie below; None for the whole site.
        level: The level.
        wanted: What they, and what lies between them and the base, must fulfil.

    Raises:
        InvalidValueError: The base lies below the level.
    """
    top = _level_of(base)
    if top is not None and _ORDER.index(level.holder) < _ORDER.index(top) + (not level.is_of_resources):
        msg = f"below {base!r} there is no level {level.value}"
        raise InvalidValueError(msg)
    projects: dict[str, XnatObject] | None = None
    if base is None and wanted.has(PROJECT):
        projects = _projects(session, wanted)
        if level.value == PROJECT or not projects:
            return cast("list[T]", list(projects.values()))
        base = next(iter(projects.values())) if len(projects) == 1 else None
    found = _table(session, base, level)
    return list(_chosen(found, level, _Judge(session, wanted, top or (PROJECT if projects else None)), projects))


def _level_of(base: XnatObject | None) -> str | None:
    if base is None:
        return None
    for kind, level in _KINDS:
        if isinstance(base, kind):
            return level
    msg = f"{type(base).__name__} has no levels below it"
    raise InvalidValueError(msg)


def _projects(session: BaseSession, wanted: Filters) -> dict[str, XnatObject]:
    listing = _plain(session, None, PROJECT, "/data/projects", "/data/projects/{ID}", ("ID", "name"))
    judge = _Judge(session, wanted, None)
    pairs = zip(listing.rows(), listing, strict=True)
    return {str(row["ID"]): item for row, item in pairs if judge.takes_own(PROJECT, row, item)}


def _chosen(
    table: Listing[T], level: Level[T], judge: _Judge, projects: Mapping[str, XnatObject] | None
) -> Iterator[T]:
    own = RESOURCE if level.is_of_resources else level.holder
    above = _ORDER[: _ORDER.index(level.holder) + level.is_of_resources]
    for row, item in zip(table.rows(), table, strict=True):
        if projects is not None and str(row.get("project")) not in projects and len(projects) > 1:
            continue
        if all(judge.takes(kind, row) for kind in above) and judge.takes_own(own, row, item):
            yield item


class _Judge:
    """Applies filters to rows; what lies above the rows is judged once an object."""

    def __init__(self, session: BaseSession, wanted: Filters, above: str | None) -> None:
        self._session = session
        self._wanted = wanted
        self._done = _ORDER[: _ORDER.index(above) + 1] if above is not None else ()
        self._verdicts: dict[tuple[str, str], bool] = {}

    def takes(self, kind: str, row: Mapping[str, object]) -> bool:
        """Returns whether a row's object of a level above is wanted."""
        if kind in self._done or not self._wanted.has(kind):
            return True
        identity, label = (str(row.get(name) or "") for name in _IN_TABLES[kind])
        place = (kind, f"{row.get('session_ID')}/{identity}" if kind == SCAN else identity)
        if place not in self._verdicts:
            self._verdicts[place] = self._is_named(kind, identity, label) and self._fulfils(kind, row, identity, label)
        return self._verdicts[place]

    def takes_own(self, kind: str, row: Mapping[str, object], item: XnatObject) -> bool:
        """Returns whether the object of a row itself is wanted."""
        if kind in self._done:
            return True
        identity, label = (str(row.get(name) or "") for name in _OWN[kind])
        condition = self._wanted.conditions.get(kind)
        return self._is_named(kind, identity, label) and (condition is None or bool(condition(item)))

    def _is_named(self, kind: str, identity: str, label: str) -> bool:
        test = self._wanted.names.get(kind)
        # The ID of a scan is a small number: a pattern for types must not find it.
        names = {label} if kind == SCAN else {label, identity}
        return test is None or any(test(name) for name in names if name or kind == SCAN)

    def _fulfils(self, kind: str, row: Mapping[str, object], identity: str, label: str) -> bool:
        condition = self._wanted.conditions.get(kind)
        if condition is None:
            return True
        uri = {
            PROJECT: child("/data/projects", identity),
            SUBJECT: child(f"{child('/data/projects', str(row.get('project')))}/subjects", identity),
            EXPERIMENT: child("/data/experiments", identity),
            SCAN: child(f"{child('/data/experiments', str(row.get('session_ID')))}/scans", identity),
        }[kind]
        values: dict[str, object] = dict(zip(_OWN[kind], (identity, label), strict=True))
        if kind in {SUBJECT, EXPERIMENT}:
            values["project"] = row.get("project")
        known = {path: value for path, value in values.items() if value}
        declared = _class(self._session, _TYPES[kind])
        item_class = self._session.class_for(str(row.get(f"{_TYPED.get(kind, '')}") or ""), declared)
        return bool(condition(item_class.__xnat_from_server__(self._session, uri, known, None)))


_TYPED: Final[Mapping[str, str]] = {EXPERIMENT: "session_type", SCAN: "holder_type"}


def _class(session: BaseSession, xsi_type: str) -> type[XnatObject]:
    found = session.registry.load(xsi_type)
    if found is None or not issubclass(found, XnatObject):
        msg = f"this package was generated without {xsi_type}"
        raise UsageError(msg)
    return found


# Tables


class _ExperimentTable(Listing[T]):
    """Experiments of subjects; assessors lie below imaging sessions and are left out."""

    def _query(self) -> list[tuple[str, str]]:
        columns = ",".join(self._collection.columns)
        return [("format", "json"), ("xsiType", "xnat:subjectAssessorData"), ("columns", columns)]


class _NestedResources(Listing[T]):
    """The resources of the scans of one session, out of the list of all that lie in it (rest-data 10.2)."""

    def _query(self) -> list[tuple[str, str]]:
        return [*super()._query(), ("all", "true")]

    def _read(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        names = {"scan_ID": "cat_id", "scan_type": "cat_desc"}
        return [
            row | {new: row.get(old, "") for new, old in names.items()} for row in rows if row["category"] == "scans"
        ]


_SESSION_COLUMNS: Final = ("ID", "project", "date", "xsiType", "label", "insert_date", "subject_ID", "subject_label")
_SCAN_COLUMNS: Final = ("ID", "type", "quality", "xsiType", "note", "series_description")
_TABLES: Final[Mapping[str, tuple[type[Listing[XnatObject]], str]]] = {
    "scan_resource": (ScanResourceTable, "experiments"),
    "experiment_resource": (ExperimentResourceTable, "experiments"),
    "subject_resource": (SubjectResourceTable, "subjects"),
    "project_resource": (ProjectResourceTable, "projects"),
}


def _table(session: BaseSession, base: XnatObject | None, level: Level[T]) -> Listing[T]:
    top, start = _level_of(base), "/data" if base is None else ""
    if level.is_of_resources:
        return cast("Listing[T]", _resources(session, base, top, start, level))
    if level.value == PROJECT:
        found = _plain(session, None, PROJECT, "/data/projects", "/data/projects/{ID}", ("ID", "name"))
    elif level.value == SUBJECT:
        columns = ("ID", "project", "label", "insert_date", "insert_user")
        pattern = "/data/projects/{project}/subjects/{ID}" if base is None else "{owner}/subjects/{ID}"
        found = _plain(session, base, SUBJECT, f"{start}/subjects", pattern, columns)
    elif level.value == EXPERIMENT:
        path = f"{start}/experiments"
        found = _plain(session, base, EXPERIMENT, path, "/data/experiments/{ID}", _SESSION_COLUMNS, _ExperimentTable)
    elif top == EXPERIMENT:
        found = _plain(session, base, SCAN, "/scans", "{owner}/scans/{ID}", _SCAN_COLUMNS)
    else:
        path, pattern = f"{start}/experiments", "/data/experiments/{session_ID}/scans/{ID}"
        found = _plain(session, base, SCAN, path, pattern, _SCAN_COLUMNS, ScanTable)
    return cast("Listing[T]", found)


def _resources(
    session: BaseSession, base: XnatObject | None, top: str | None, start: str, level: Level[T]
) -> Listing[XnatObject]:
    if level.holder == top:
        pattern = "{owner}/resources/{xnat_abstractresource_id}"
        return _plain(session, base, RESOURCE, "/resources", pattern, ())
    if top == EXPERIMENT:
        pattern = "{owner}/scans/{cat_id}/resources/{xnat_abstractresource_id}"
        return _plain(session, base, RESOURCE, "/resources", pattern, (), _NestedResources)
    kind, collection = _TABLES[level.value]
    return _plain(session, base, RESOURCE, f"{start}/{collection}", "{URI}", (), kind)


def _plain(  # noqa: PLR0917  # what a collection needs
    session: BaseSession,
    owner: XnatObject | None,
    kind: str,
    path: str,
    item_uri: str,
    columns: tuple[str, ...],
    table: type[Listing[XnatObject]] = Listing,
) -> Listing[XnatObject]:
    item_class = _class(session, _TYPES[kind])
    key, second = _OWN[kind] if kind != SCAN else ("URI" if item_uri.startswith("/data") else "ID", "type")
    aliases = {"xsiType": "extension_item/element_name"} if kind == SCAN else {}
    made = Collection(
        name=path.rpartition("/")[2], path=path, item=lambda: item_class, key=key, second_key=second, columns=columns,
        item_uri=item_uri, aliases=aliases,
    )  # fmt: skip
    return table(session, made, owner=owner)
