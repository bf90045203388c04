"""What a manifest tells of the items that files belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from ..documents import read_table
from ..errors import ResponseError
from ..hierarchy import ExperimentObject, ProjectObject, SubjectObject
from ..imaging import ImageSessionObject, ScanObject
from ..objects import XnatObject
from ..paths import child, join, segment
from ..trees import SessionTree
from .carried import known_row
from .manifest import Json, ManifestItem
from .manifest_types import add_items
from .stop import Stop
from .workers import DEFAULT_WORKERS, work_through

if TYPE_CHECKING:
    from ..session import BaseSession

_FEW: Final = 4
"""Experiments of a project whose subjects are asked for one by one rather than by a table of all."""

_OWN: Final = frozenset({"URI", "xsiType", "element_name"})
_COLUMNS: Final = "ID,label,project,date,xsiType,subject_ID,subject_label"


def items_of(experiment: ExperimentObject, scans: Iterable[XnatObject] = ()) -> tuple[ManifestItem, ...]:
    """Return the entries of an experiment, of what it lies in and of its scans; nothing is asked.

    Args:
        experiment: The experiment.
        scans: Its scans, those of a listing that was read anyway.

    They hold what listings told; of a document that was loaded only names and IDs, since it may describe a patient.
    """
    return (*_with_above(experiment), *(_entry(scan, experiment.uri) for scan in scans))


def describe(folder: Path, items: Iterable[XnatObject], *, workers: int = DEFAULT_WORKERS) -> None:
    """Add to the manifest of a folder what the items are that its files belong to, so that it can be read offline.

    One request for each project and subject whose sessions were downloaded, and one for the scans of each session;
    what is known already is not asked for.

    Args:
        folder: A folder with a manifest.
        items: What was downloaded into it, of one connection.
        workers: How many requests travel at once.
    """
    known = list(items)
    if known:
        entries = _Entries(known[0].session, workers)
        for item in known:
            entries.add(item)
        add_items(folder, entries.session.server, entries.all())


def describe_project(
    folder: Path, session: BaseSession, project: str, sessions: Iterable[str], *, workers: int = DEFAULT_WORKERS
) -> None:
    """Add to the manifest of a folder what some imaging sessions of a project are: one request, and one for each.

    Args:
        folder: A folder with a manifest.
        session: The connection.
        project: ID of the project.
        sessions: IDs of the imaging sessions.
        workers: How many requests travel at once.
    """
    entries = _Entries(session, workers)
    entries.add_project(project)
    entries.add_listed(f"/data/projects/{segment(project)}", frozenset(sessions))
    add_items(folder, session.server, entries.all())


class _Entries:
    """The entries of what was downloaded, each asked for once.

    What the server refuses to tell, such as the project of a session that is shared, stays untold: the files are there.
    """

    def __init__(self, session: BaseSession, workers: int) -> None:
        self.session = session
        self._workers = workers
        self._found: dict[str, ManifestItem] = {}
        self._unread: dict[str, str] = {}
        self._listed: dict[str, Sequence[Mapping[str, object]]] = {}
        self._without_subject: dict[str, list[ExperimentObject]] = {}

    def all(self) -> Sequence[ManifestItem]:
        """Return all entries; the scans of several sessions are asked for at once."""
        for project, experiments in self._without_subject.items():
            self._add_subjects(project, experiments)
        asked = [(uri, f"{path}/scans") for uri, path in self._unread.items()]
        for done in work_through(asked, self._scans, workers=self._workers, stop=Stop()):
            if done.error is not None and not isinstance(done.error, ResponseError):
                raise done.error
            self._take(done.result or ())
        return list(self._found.values())

    def add(self, item: XnatObject) -> None:
        """Take an item, what it lies in, and what lies in it."""
        if isinstance(item, SessionTree):
            self._take(_with_above(item))
            self.add_listed(item.__xnat_base__(), None)
            return
        experiment = next((each for each in _upwards(item) if isinstance(each, ExperimentObject)), None)
        if experiment is None:
            self._take(_with_above(item))
            return
        self._experiment(experiment)
        scan = next((each for each in _above(item) if isinstance(each, ScanObject)), None)
        if scan is not None:
            self._take([_entry(scan, experiment.uri)])
        elif isinstance(item, ImageSessionObject):
            self._unread[item.uri] = item.__xnat_base__()
        elif item is not experiment:
            self._take([_entry(item, experiment.uri)])

    def add_project(self, project: str) -> None:
        """Take a project by its ID."""
        self._take([ManifestItem(f"/data/projects/{segment(project)}", "xnat:projectData", "", {"ID": project})])

    def add_listed(self, above: str, wanted: frozenset[str] | None) -> None:
        """Take the imaging sessions of a project or subject: those of some IDs, or all."""
        for row in self._rows(above):
            if wanted is None or str(row["ID"]) in wanted:
                session = child("/data/experiments", str(row["ID"]))
                self._take(_of_row(row, session))
                self._unread[session] = session

    def _experiment(self, experiment: ExperimentObject) -> None:
        self._take(_with_above(experiment))
        if not any(isinstance(each, SubjectObject) for each in _above(experiment)):
            project = str(self._found[experiment.uri].fields.get("project") or "")
            self._without_subject.setdefault(project, []).append(experiment)

    def _add_subjects(self, project: str, experiments: Sequence[ExperimentObject]) -> None:
        """Take the subjects of experiments, by the project's table where that is less than one request for each."""
        rows = self._rows(join("data", "projects", project)) if project and len(experiments) > _FEW else ()
        listed = {str(row["ID"]): row for row in rows}
        for experiment in experiments:
            row = listed.get(str(self._found[experiment.uri].fields.get("ID") or ""))
            if row is not None:
                self._take(_of_row(row, experiment.uri))
            else:
                self._take_subject(experiment)

    def _take_subject(self, experiment: ExperimentObject) -> None:
        with suppress(ResponseError):
            if _parent(experiment) is not None:  # which takes note of it
                self._take(_with_above(experiment))

    def _rows(self, above: str) -> Sequence[Mapping[str, object]]:
        """Return the imaging sessions of a project or subject, asked for once."""
        if above not in self._listed:
            uri = f"{above}/experiments"
            query = {"format": "json", "xsiType": "xnat:imageSessionData", "columns": _COLUMNS}
            self._listed[above] = ()
            with suppress(ResponseError):
                self._listed[above] = read_table(self.session.get_json(uri, query), uri)
        return self._listed[above]

    def _scans(self, place: tuple[str, str]) -> list[ManifestItem]:
        session, path = place
        return [_of_scan(row, session) for row in read_table(self.session.get_json(path), path)]

    def _take(self, entries: Iterable[ManifestItem]) -> None:
        for entry in entries:
            before = self._found.get(entry.uri)
            told = {**before.fields, **entry.fields} if before is not None else entry.fields
            parent = entry.parent or (before.parent if before is not None else "")
            self._found[entry.uri] = attrs.evolve(entry, fields=told, parent=parent)


def _of_row(row: Mapping[str, object], session: str) -> Iterator[ManifestItem]:
    """Yield the entries of an imaging session of a listing, of its subject and of its project."""
    project, subject = (str(row.get(name) or "") for name in ("project", "subject_ID"))
    above = join("data", "projects", project, "subjects", subject) if project and subject else ""
    if above:
        told: dict[str, Json] = {"ID": subject, "label": str(row.get("subject_label") or ""), "project": project}
        yield ManifestItem(above, "xnat:subjectData", join("data", "projects", project), _told(told))
    yield ManifestItem(session, str(row.get("xsiType") or ""), above, _told(row))


def _of_scan(row: Mapping[str, object], session: str) -> ManifestItem:
    address = child(f"{session}/scans", str(row["ID"]))
    return ManifestItem(address, str(row.get("xsiType") or ""), session, _told(row))


def _with_above(item: XnatObject) -> Iterator[ManifestItem]:
    above = list(_above(item))
    for at, each in enumerate(above):
        yield _entry(each, above[at + 1].uri if at + 1 < len(above) else "")


def _above(item: object) -> Iterator[XnatObject]:
    """Yield an item and those that it was reached through, as long as they are known."""
    while isinstance(item, XnatObject):
        yield item
        listing = item.__xnat_listing__
        item = item.__xnat_parent__ or (None if listing is None else listing.owner)


def _upwards(item: object) -> Iterator[XnatObject]:
    """Yield an item and those above it, below projects; asks for what is not known."""
    while isinstance(item, XnatObject) and not isinstance(item, ProjectObject):
        yield item
        item = _parent(item)


def _entry(item: XnatObject, parent: str) -> ManifestItem:
    return ManifestItem(item.uri, item.xsi_type, parent, _told(known_row(item)))


def _parent(item: XnatObject) -> object:
    # Generated classes declare what it is.
    found: object = getattr(item, "parent", None)
    return found


def _told(row: Mapping[str, object]) -> dict[str, Json]:
    return {
        path: value
        for path, value in row.items()
        if isinstance(value, str | int | float | bool) and value != "" and path not in _OWN
    }
