"""What lies below a path, gathered with few requests: lists of whole projects where there are such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from ..collections import data_path
from ..documents import read_table
from ..errors import InvalidValueError
from ..paths import child, encode_path
from .branches import Branch
from .loading import loaded
from .places import place_of, unloaded
from .views import OF_SUBJECTS

if TYPE_CHECKING:
    from ..listings import Listing
    from ..objects import XnatObject
    from ..session import BaseSession

Row = Mapping[str, object]

_ALL: Final = 9
_DEEPEST_OF_SITE: Final = 3


def branch_at(session: BaseSession, path: str, depth: int | None, *, files: bool) -> Branch:
    """Returns the tree below a path.

    Args:
        session: The connection.
        path: A path; "" for the site.
        depth: Levels below it, None for all.
        files: Whether files are part of it.

    Raises:
        InvalidValueError: The path names a file or all items of a level, or the site with too many levels.
        NotFoundError: Nothing is there.
    """
    place = place_of(session, path)
    if place.kind == "site" and place.collection in {"", "projects"}:
        return _site(session, depth or _ALL)
    if place.collection or place.file:
        msg = f"{path!r} names no single item: a tree begins at a project, subject, session, scan or resource"
        raise InvalidValueError(msg)
    grower = _Grower(session, depth or _ALL, files=files)
    name = unquote(place.uri.rpartition("/")[2])
    made = Branch(place.kind, name, uri=place.uri)
    if place.kind == "experiment":
        return grower.experiment_at(place.uri)
    below = {"project": grower.project, "subject": grower.subject, "scan": grower.scan, "resource": grower.resource}
    if place.kind not in below:
        below = {place.kind: grower.resources_of}
    below[place.kind](made, unloaded(session, place))
    return made


def _site(session: BaseSession, depth: int) -> Branch:
    if depth > _DEEPEST_OF_SITE:
        msg = f"a tree of the whole site goes down {_DEEPEST_OF_SITE} levels, to its sessions: name a project for more"
        raise InvalidValueError(msg)
    root: Any = session  # Any: generated packages declare the root collections
    made = Branch("site", session.server)
    projects = {
        row["ID"]: made.add(_branch("project", row, "ID", root.projects, "name")) for row in root.projects.rows()
    }
    subjects: dict[tuple[object, object], Branch] = {}
    for row in root.subjects.rows() if depth > 1 else ():
        if row["project"] in projects:
            subject = _branch("subject", row, "label", root.subjects)
            subjects[row["project"], row["ID"]] = projects[row["project"]].add(subject)
    for row in root.sessions.rows() if depth > 2 else ():
        owner = subjects.get((row["project"], row.get("subject_ID")))
        if owner is not None:
            owner.add(_branch("session", row, "label", root.sessions))
    return made


def _branch(kind: str, row: Row, name: str, listing: Listing[Any], title: str = "") -> Branch:  # Any: of every kind
    text = str(row.get(name) or row.get("ID") or "")
    return Branch(kind, text, str(row.get(title) or "") if title else "", listing.uri_of(row))


def _resource(row: Row, uri: str) -> Branch:
    return Branch(
        "resource", str(row.get("label") or ""), "", uri, _number(row, "file_count"), _number(row, "file_size")
    )


def _number(row: Row, name: str) -> int | None:
    text = str(row.get(name) or "")
    return int(text) if text.isdecimal() else None


class _Grower:
    """Puts below an item what lies there; lists are asked for when the tree is deep enough."""

    def __init__(self, session: BaseSession, depth: int, *, files: bool) -> None:
        self._session = session
        self._depth = depth
        self._files = files

    def project(self, made: Branch, item: Any) -> None:  # Any: generated classes declare the collections
        """Takes one request for each kind of items in the project."""
        subjects = {
            row["ID"]: made.add(_branch("subject", row, "label", item.subjects)) for row in item.subjects.rows()
        }
        self.resources_of(made, item)
        if self._depth < 2:
            return
        for row in item.subject_resources.rows():
            _hang(subjects, row["subject_ID"], _resource(row, row["URI"]))
        listing = loaded(item.experiments, OF_SUBJECTS, ()).listing
        sessions: dict[object, Branch] = {}
        for row in listing.rows():
            owner = subjects.get(row.get("subject_ID"), made)
            sessions[row["ID"]] = owner.add(_branch(self._kind(row), row, "label", listing))
        if self._depth > 2:
            self._sessions(item, sessions)

    def _sessions(self, item: Any, sessions: Mapping[object, Branch]) -> None:  # Any: as above
        scans: dict[tuple[object, object], Branch] = {}
        for row in item.scans.rows():
            made = _branch("scan", row, "ID", item.scans, "type")
            scans[row["session_ID"], row["ID"]] = made
            _hang(sessions, row["session_ID"], made)
        for row in item.assessors.rows():
            _hang(sessions, row.get("session_ID"), _branch("assessor", row, "label", item.assessors, "xsiType"))
        for row in item.experiment_resources.rows():
            _hang(sessions, row["session_ID"], _resource(row, row["URI"]))
        if self._depth > 3:
            for row in item.scan_resources.rows():
                _hang(scans, (row["session_ID"], row["scan_ID"]), _resource(row, row["URI"]))
        if self._files and self._depth > 4:
            for each in sessions.values():
                self._files_of(each)

    def subject(self, made: Branch, item: Any) -> None:  # Any: as above
        """Takes a request for the list of experiments and three for each of these."""
        self.resources_of(made, item)
        for row in item.experiments.rows():
            below = made.add(_branch(self._kind(row), row, "label", item.experiments))
            if self._depth > 1:
                self._experiment(below, self._depth - 1)

    def experiment_at(self, uri: str) -> Branch:
        """Takes a request for the experiment itself."""
        item = self._session.create_object(uri)
        row = item.__xnat_row__
        made = Branch(
            self._kind({"xsiType": item.xsi_type}), str(row.get("label") or row.get("ID")), "", item.__xnat_base__()
        )
        self._experiment(made, self._depth)
        return made

    def _experiment(self, made: Branch, depth: int) -> None:
        scans: dict[object, Branch] = {}
        if made.kind == "session":
            table = f"{made.uri}/scans"
            for row in self._rows(table):
                scans[row["ID"]] = made.add(
                    Branch("scan", str(row["ID"]), str(row.get("type") or ""), child(table, str(row["ID"])))
                )
            for row in self._rows(f"{made.uri}/assessors"):
                uri = child(f"{made.uri}/assessors", str(row["ID"]))
                made.add(Branch("assessor", str(row.get("label") or row["ID"]), str(row.get("xsiType") or ""), uri))
        for row in self._rows(f"{made.uri}/resources", all="true"):
            # The list has those of scans and assessors too; cat_id tells whose (rest-data 10.1).
            holder = scans.get(row.get("cat_id")) if row.get("category") == "scans" else made
            if row.get("category") in {"scans", "resources"} and holder is not None and (holder is made or depth > 1):
                holder.add(_resource(row, child(f"{holder.uri}/resources", str(row["xnat_abstractresource_id"]))))
        if self._files and depth > 2:
            self._files_of(made)

    def scan(self, made: Branch, item: XnatObject) -> None:
        """Takes a request, and one for the files."""
        self.resources_of(made, item)

    def resources_of(self, made: Branch, item: Any) -> None:  # Any: as above
        """Puts the resources of an item itself below it: one request, and one for their files."""
        listing = item.resources
        found = {
            str(row["label"]): made.add(_resource(row, listing.uri_of(row)))
            for row in listing.rows()
            if row.get("label")
        }
        if self._files and self._depth > 1 and found:
            for row in item.files.rows():
                if str(row.get("collection")) in found:
                    found[str(row.get("collection"))].add(_file(row))

    def resource(self, made: Branch, item: Any) -> None:  # Any: as above
        """Puts files below a resource: one request."""
        made.branches = [_file(row) for row in item.files.rows()]

    def _files_of(self, made: Branch) -> None:
        """Puts files below the resources of a session and its scans: a request for each of the two."""
        scans = {each.name: each for each in made.branches if each.kind == "scan"}
        own = [each for each in made.branches if each.kind == "resource"]
        if scans:
            for row in self._rows(f"{made.uri}/scans/ALL/files"):
                name = unquote(str(row.get("URI") or "").partition("/scans/")[2].partition("/")[0])
                _put(scans[name].branches if name in scans else [], row)
        if own:
            for row in self._rows(f"{made.uri}/files"):
                _put(own, row)

    def _rows(self, uri: str, **query: str) -> list[dict[str, object]]:
        return read_table(self._session.get_json(uri, query), uri)

    def _kind(self, row: Row) -> str:
        is_imaging = self._session.registry.is_subtype(str(row.get("xsiType") or ""), "xnat:imageSessionData")
        return "session" if is_imaging else "experiment"


def _hang(holders: Mapping[Any, Branch], key: object, branch: Branch) -> None:  # Any: keys of any kind
    """Puts a branch below its holder; what came between two requests has none, and is left out."""
    holder = holders.get(key)
    if holder is not None:
        holder.add(branch)


def _put(resources: list[Branch], row: Row) -> None:
    holder = next((each for each in resources if each.name == str(row.get("collection") or "")), None)
    if holder is not None:
        holder.add(_file(row))


def _file(row: Row) -> Branch:
    uri = str(row.get("URI") or "")
    path = uri.partition("/files/")[2] or str(row.get("Name") or "")
    return Branch("file", path, "", encode_path(data_path(uri)), None, _number(row, "Size"))
