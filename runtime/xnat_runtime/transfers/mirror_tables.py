"""What a project holds, by its tables, as fingerprints of its items: a bounded number of requests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from ..documents import read_table
from ..errors import ResponseError, ServerError
from ..objects import XnatObject
from ..paths import segment
from ..resource_tables import ExperimentResourceTable, ResourceTable, ScanResourceTable, SubjectResourceTable
from ..transport import Request, checked
from .manifest import server_date

if TYPE_CHECKING:
    from ..session import BaseSession

_STAMPS: Final = "insert_date,last_modified"
_EXPERIMENTS: Final = f"ID,label,xsiType,subject_ID,subject_label,project,{_STAMPS}"
_SESSION: Final = "xnat:imageSessionData"
_ASSESSOR: Final = "xnat:imageAssessorData"
_FACTS: Final = ("label", "file_count", "file_size")
_ASSESSORS: Final = f"ID,label,session_ID,{_STAMPS}," + ",".join(
    f"{_ASSESSOR}/{slot}/{fact}" for slot in ("resources/resource", "out/file", "in/file") for fact in _FACTS
)
_QUARTER: Final = 900
_NEAR_SECONDS: Final = 2


@attrs.frozen
class MirrorItem:
    """A subject or experiment, or the project's own files.

    Attributes:
        key: Kind and ID, such as ``experiment XNAT_E00001``.
        label: Its label.
        uri: Its path.
        folder: Folders of its files below the target.
        is_session: Whether it is an imaging session.
        print: Fingerprint of all that the tables say of it; "" when they cannot tell whether it changes later.
    """

    key: str
    label: str
    uri: str
    folder: tuple[str, ...]
    is_session: bool
    print: str


@attrs.frozen
class Inventory:
    """What a project holds.

    Attributes:
        started: When its first table was read, by the server's clock as ISO 8601 in UTC.
        items: Its items.
    """

    started: str
    items: tuple[MirrorItem, ...]


def inventory_of(session: BaseSession, project: str) -> Inventory:
    """Return what a project holds: seven requests, however large it is.

    The first of them tells the server's time: what changes after it differs from what the tables said and is found by
    the next run, whatever zone the time stamps in the tables are of (rest-data 4.4).
    """
    base = f"/data/projects/{segment(project)}"
    tables = _Tables(session, base)
    started, experiments = tables.first()
    facts = tables.facts()
    subjects = tables.rows(f"{base}/subjects", f"ID,label,project,{_STAMPS}")
    own = tables.rows(f"{base}/resources", "")
    items = [MirrorItem(f"project {project}", project, base, (), False, _print(own, [], started, is_told=True))]
    items += [tables.subject(row, facts, started) for row in subjects]
    items += [tables.experiment(row, facts, started) for row in experiments]
    return Inventory(started, tuple(items))


@attrs.frozen
class _Facts:
    """Rows by the ID of the item that they tell of; None for tables that the server does not have."""

    of_item: Mapping[str, list[object]]
    is_complete: bool


@attrs.frozen
class _Tables:
    session: BaseSession
    base: str

    def first(self) -> tuple[str, list[dict[str, str]]]:
        query = (("format", "json"), ("columns", _EXPERIMENTS))
        answer = checked(self.session.send(Request("GET", f"{self.base}/experiments", query)))
        return server_date(answer.headers), _texts(read_table(answer.json(), f"{self.base}/experiments"))

    def rows(self, uri: str, columns: str, **query: str) -> list[dict[str, str]]:
        wanted = {**query, **({"columns": columns} if columns else {})}
        return _texts(read_table(self.session.get_json(uri, query=wanted), uri))

    def facts(self) -> _Facts:
        """Return numbers and bytes of the files of all resources, and the assessors of sessions, by item."""
        found: dict[str, list[object]] = {}
        complete = self._facts_of(ScanResourceTable, f"{self.base}/experiments", found)
        complete &= self._facts_of(ExperimentResourceTable, f"{self.base}/experiments", found)
        complete &= self._facts_of(SubjectResourceTable, f"{self.base}/subjects", found)
        for row in self._assessors():
            found.setdefault(row.get("session_ID", ""), []).append(["assessor", *_values(row, _ASSESSORS)])
        return _Facts(found, complete)

    def _assessors(self) -> list[dict[str, str]]:
        """Return the assessors, a row for each resource of theirs where the server lists those of many objects."""
        uri = f"{self.base}/experiments"
        try:
            return self.rows(uri, _ASSESSORS, xsiType=_ASSESSOR)
        except ServerError:
            return self.rows(uri, _ASSESSORS.partition(",xnat:")[0], xsiType=_ASSESSOR)

    def _facts_of(self, table: type[ResourceTable[XnatObject]], uri: str, found: dict[str, list[object]]) -> bool:
        columns = ["ID", *(name for name in table.names.values() if "/" in name)]
        columns += [f"{table.below}/{fact}" for fact in _FACTS]
        try:
            rows = self.rows(uri, ",".join(columns), xsiType=table.root)
        except ResponseError:
            return False
        names = [column.lower() if "/" in column else column for column in columns]
        for row in rows:
            found.setdefault(row.get("ID", ""), []).append([table.root, *(row.get(name, "") for name in names)])
        return not rows or any(names[-1] in row for row in rows)

    def subject(self, row: Mapping[str, str], facts: _Facts, started: str) -> MirrorItem:
        uri = f"{self.base}/subjects/{segment(row['ID'])}"
        told = _print([row], facts.of_item.get(row["ID"], []), started, is_told=facts.is_complete)
        return MirrorItem(f"subject {row['ID']}", row["label"], uri, (row["label"],), False, told)

    def experiment(self, row: Mapping[str, str], facts: _Facts, started: str) -> MirrorItem:
        is_session = self.session.registry.is_subtype(row.get("xsiType", ""), _SESSION)
        folder = (row.get("subject_label") or row.get("subject_ID") or "none", row["label"])
        told = _print([row], facts.of_item.get(row["ID"], []), started, is_told=facts.is_complete)
        uri = f"/data/experiments/{segment(row['ID'])}"
        return MirrorItem(f"experiment {row['ID']}", row["label"], uri, folder, is_session, told)


def _texts(rows: list[dict[str, object]]) -> list[dict[str, str]]:
    return [{name: str(value or "") for name, value in row.items()} for row in rows]


def _values(row: Mapping[str, str], columns: str) -> list[str]:
    return [row.get(name.lower() if "/" in name else name, "") for name in columns.split(",")]


def _print(
    rows: list[dict[str, str]] | list[Mapping[str, str]], facts: list[object], started: str, *, is_told: bool
) -> str:
    """Return a fingerprint, "" when a later change might leave no trace in it."""
    if not is_told or any(is_near(row.get(name, ""), started) for row in rows for name in _STAMPS.split(",")):
        return ""
    text = json.dumps([sorted(json.dumps(row, sort_keys=True) for row in rows), sorted(map(json.dumps, facts))])
    return hashlib.sha256(text.encode()).hexdigest()


def is_near(stamp: str, started: str) -> bool:
    """Return whether a time stamp of whole seconds is of the moment in which a run began, in any zone.

    What changes later within the same second would have the same stamp. Zones differ by quarters of an hour; stamps
    with fractions of seconds tell such changes.
    """
    if not started or not re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.0)?", stamp):
        return False
    moment = datetime.fromisoformat(stamp.replace(" ", "T")[:19]).replace(tzinfo=None)
    begun = datetime.fromisoformat(started.replace("Z", "+00:00")).replace(tzinfo=None)
    apart = (moment - begun).total_seconds() % _QUARTER
    return min(apart, _QUARTER - apart) <= _NEAR_SECONDS
