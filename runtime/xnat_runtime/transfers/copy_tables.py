"""What a project holds, and which names are taken on a server, as a copy is planned from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from ..documents import read_table
from ..errors import NotFoundError
from ..paths import segment

if TYPE_CHECKING:
    from ..session import BaseSession
    from .copy_plan import Kind

Row = Mapping[str, str]
"""A row of a table."""


@attrs.frozen
class Tables:
    """What one project holds, from its tables: two requests.

    Attributes:
        subjects: Rows of subjects by ID.
        experiments: Rows of experiments by ID, without assessors of imaging sessions.
    """

    subjects: Mapping[str, Row]
    experiments: Mapping[str, Row]

    @classmethod
    def of(cls, session: BaseSession, project: str) -> Tables | None:
        """Return the tables of a project, None when there is no such project."""
        base = f"/data/projects/{segment(project)}"
        try:
            subjects = _rows(session, f"{base}/subjects", "ID,label,project,insert_date,last_modified")
        except NotFoundError:
            return None
        names = "ID,label,project,xsiType,subject_ID,subject_label,insert_date,last_modified"
        return cls(_by_id(subjects), _by_id(_rows(session, f"{base}/experiments", names)))

    def labels(self, kind: Kind) -> dict[str, Row]:
        """Return rows by label."""
        rows = self.subjects if kind == "subject" else self.experiments
        return {row["label"]: row for row in rows.values()}


def assessors_of(session: BaseSession, project: str) -> dict[str, Row]:
    """Return the assessors of a project's imaging sessions by ID: one request."""
    names = "ID,label,project,xsiType,session_ID"
    uri = f"/data/projects/{segment(project)}/experiments"
    return _by_id(_rows(session, uri, names, xsiType="xnat:imageAssessorData"))


@attrs.frozen
class ProjectName:
    """One of the names of a project; no two projects of a server share one, whatever the case (rest-data 7.3).

    Attributes:
        project: ID of the project.
        kind: ``ID``, ``name``, ``secondary_ID`` or ``alias``.
        text: The name.
    """

    project: str
    kind: str
    text: str


def names_on(session: BaseSession) -> list[ProjectName]:
    """Return the names of the projects that may be seen: one request."""
    kinds = ("ID", "name", "secondary_ID", "alias")
    found = {
        (row.get("ID", ""), kind, row.get(kind, "").strip().lower())
        for row in _rows(session, "/data/projects", ",".join(kinds))
        for kind in kinds
    }
    return [ProjectName(*each) for each in sorted(found) if each[2]]


def _rows(session: BaseSession, uri: str, columns: str, **query: str) -> list[dict[str, str]]:
    answer = session.get_json(uri, query={**query, "columns": columns})
    return [{name: str(value or "") for name, value in row.items()} for row in read_table(answer, uri)]


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.get("ID", ""): row for row in rows}
