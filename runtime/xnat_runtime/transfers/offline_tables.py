"""What a manifest knows, as the tables that listings ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import attrs

from .manifest import Manifest, ManifestFile, ManifestItem

if TYPE_CHECKING:
    from ..registry import Registry

Row = dict[str, object]

_PROJECT: Final = "xnat:projectData"
_SUBJECT: Final = "xnat:subjectData"
_EXPERIMENT: Final = "xnat:experimentData"
_SESSION: Final = "xnat:imageSessionData"
_SCAN: Final = "xnat:imageScanData"
_FILE: Final = re.compile(r"(?P<owner>.+?)/resources/(?P<resource>[^/]+)/files/(?P<path>.+)", re.S)
_BELOW: Final = re.compile(r"/data(?:/projects/(?P<project>[^/]+))?(?:/subjects/(?P<subject>[^/]+))?")
_IN_EXPERIMENT: Final = re.compile(r"(?P<experiment>/data/.*?experiments/[^/]+)(?P<rest>/.*)?", re.S)
_IN_SUBJECT: Final = re.compile(
    r"/data/(?:projects/(?P<project>[^/]+)/)?subjects/(?P<subject>[^/]+)(?P<rest>/.*)?", re.S
)
_ALL_SCANS: Final = "/scans/ALL"


class Tables:
    """Projects, subjects, experiments, scans, resources and files of a manifest.

    A row holds what the manifest tells, nothing else; paths are not percent-encoded here.
    """

    def __init__(self, manifest: Manifest, registry: Registry) -> None:
        self._registry = registry
        self._subjects = [_subject(item) for item in self._of(manifest, _SUBJECT)]
        self._subject_names = _Names(self._subjects)
        self._experiments = {_experiment_id(item): _experiment(item) for item in self._of(manifest, _EXPERIMENT)}
        self._experiment_names = _Names(self._experiments.values())
        self._add_unnamed_sessions(manifest)
        self._projects = self._all_projects(manifest)
        self._scans = self._all_scans(manifest)
        self.files = {_address(file): file for file in manifest.files}
        """The files by path on the server."""
        self._held = self._by_owner()

    def find(self, path: str, xsi_type: str) -> list[Row] | None:
        """Return the rows of a collection, None when the manifest does not tell of such items.

        Args:
            path: Path of the collection.
            xsi_type: Data type that experiments are to have, "" for any.
        """
        owner, _, collection = path.rpartition("/")
        collections: dict[str, Callable[[str], list[Row]]] = {
            "projects": self._projects_of,
            "subjects": self._subjects_of,
            "experiments": self._experiments_of,
            "scans": self._scans_of,
            "resources": self._resources_of,
            "files": self._files_of,
        }
        find = collections.get(collection)
        rows = find(owner) if find is not None else []
        wanted = [row for row in rows if not xsi_type or self._is(str(row.get("xsiType", "")), xsi_type)]
        # An empty table would say that there is nothing; a manifest only knows what was downloaded.
        return [dict(row) for row in wanted] or None

    def _is(self, xsi_type: str, base: str) -> bool:
        return self._registry.is_subtype(xsi_type, base)

    def _of(self, manifest: Manifest, base: str) -> list[ManifestItem]:
        return [item for item in manifest.items if self._is(item.xsi_type, base)]

    # What there is

    def _add_unnamed_sessions(self, manifest: Manifest) -> None:
        """Take sessions that only files tell of."""
        for uri, kind in {file.session: file.xsi_type for file in manifest.files if file.session}.items():
            if self._session_id(uri) not in self._experiments:
                identity = _last(uri)
                self._experiments[identity] = {
                    "ID": identity, "xsiType": kind if self._is(kind, _EXPERIMENT) else _SESSION
                }  # fmt: skip

    def _all_projects(self, manifest: Manifest) -> list[Row]:
        found: dict[str, Row] = {_last(item.uri): {"ID": _last(item.uri)} for item in self._of(manifest, _PROJECT)}
        for item in self._of(manifest, _PROJECT):
            found[_last(item.uri)].update(item.fields)
        for row in (*self._subjects, *self._experiments.values()):
            project = str(row.get("project") or "")
            if project:
                found.setdefault(project, {"ID": project})
        return list(found.values())

    def _all_scans(self, manifest: Manifest) -> dict[str, dict[str, Row]]:
        """Return the scans by ID, by the ID of their session."""
        found: dict[str, dict[str, Row]] = {}
        for item in self._of(manifest, _SCAN):
            session, _, scan = unquote(item.uri).rpartition("/scans/")
            known = found.setdefault(self._session_id(session), {})
            known[scan] = {"ID": scan, "xsiType": item.xsi_type, **item.fields}
        for uri, scan, kind in dict.fromkeys((file.session, file.scan, file.xsi_type) for file in manifest.files):
            if uri and scan:
                known = found.setdefault(self._session_id(uri), {})
                known.setdefault(scan, {"ID": scan, "xsiType": kind if self._is(kind, _SCAN) else _SCAN})
        return found

    def _by_owner(self) -> dict[str, list[_Held]]:
        found: dict[str, list[_Held]] = {}
        for address, file in self.files.items():
            match = _FILE.fullmatch(address)
            if match is not None:
                owner = self._plain(match["owner"])
                held = _Held(address, file, match["resource"])
                found.setdefault(owner, []).append(held)
                if "/scans/" in owner:
                    found.setdefault(owner.rpartition("/scans/")[0] + _ALL_SCANS, []).append(held)
        return found

    def _session_id(self, uri: str) -> str:
        name = _last(uri)
        return name if name in self._experiments else self._experiment_names.find(name, _below(uri)["project"]) or name

    def _plain(self, path: str) -> str:
        """Return the one path of an item that may be named through its project or not, by ID or label."""
        if found := _IN_EXPERIMENT.fullmatch(path):
            return f"/data/experiments/{self._session_id(found['experiment'])}{found['rest'] or ''}"
        if found := _IN_SUBJECT.fullmatch(path):
            name = found["subject"]
            return (
                f"/data/subjects/{self._subject_names.find(name, found['project'] or '') or name}{found['rest'] or ''}"
            )
        return path

    # What lies below something

    def _projects_of(self, owner: str) -> list[Row]:
        return self._projects if owner == "/data" else []

    def _subjects_of(self, owner: str) -> list[Row]:
        project = _below(owner)["project"]
        return [row for row in self._subjects if project in {"", row.get("project")}]

    def _experiments_of(self, owner: str) -> list[Row]:
        places = _below(owner)
        project, subject = places["project"], places["subject"]
        names = {subject}
        for row in self._subjects:
            if subject in {row["ID"], row.get("label")} and project in {"", row.get("project")}:
                names |= {str(row["ID"]), str(row.get("label"))}
        return [
            row
            for row in self._experiments.values()
            if project in {"", row.get("project")} and (not subject or str(row.get("subject_ID")) in names)
        ]

    def _scans_of(self, owner: str) -> list[Row]:
        return list(self._scans.get(self._session_id(owner), {}).values())

    def _resources_of(self, owner: str) -> list[Row]:
        held = self._held.get(self._plain(owner), ())
        names = {each.resource: each.file.resource or each.resource for each in held}
        return [{"xnat_abstractresource_id": name, "label": label} for name, label in names.items()]

    def _files_of(self, owner: str) -> list[Row]:
        above, found, resource = owner.rpartition("/resources/")
        if not found:
            return [each.row for each in self._held.get(self._plain(owner), ())]
        held = self._held.get(self._plain(above), ())
        return [each.row for each in held if resource in {each.resource, each.file.resource}]


class _Names:
    """IDs of items by their names: labels are unique in a project, not in a site."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._found: dict[tuple[str, str], str] = {}
        twice: set[tuple[str, str]] = set()
        for row in rows:
            identity, project = str(row["ID"]), str(row.get("project") or "")
            for name in {identity, str(row.get("label") or identity)}:
                for key in {(project, name), ("", name)}:
                    if self._found.setdefault(key, identity) != identity:
                        twice.add(key)
        # What two items are called is the name of neither; an ID always is.
        self._found = {key: found for key, found in self._found.items() if key not in twice or key[1] == found}

    def find(self, name: str, project: str) -> str:
        """Return the ID of what is called so, in a project when one is given; "" when there is no such item."""
        return self._found.get((project, name), "")


@attrs.frozen
class _Held:
    """A file in the resource of an item, which its address names by ID or label."""

    address: str
    file: ManifestFile
    resource: str

    @property
    def row(self) -> Row:
        """The row of a file table."""
        file, address = self.file, self.address
        row: Row = {"URI": address, "Name": address.rpartition("/")[2], "Size": str(file.size)}
        words = {name: getattr(file, name) for name in ("file_format", "file_content", "file_tags")}
        return {**row, "collection": file.resource, "digest": file.md5 or "", **words}


def _last(uri: str) -> str:
    return unquote(uri.rstrip("/").rpartition("/")[2])


def _below(path: str) -> Mapping[str, str]:
    match = _BELOW.match(unquote(path))
    return match.groupdict("") if match else {"project": "", "subject": ""}


def _subject(item: ManifestItem) -> Row:
    row: Row = {"ID": _last(item.uri), "project": _below(item.uri)["project"] or _below(item.parent)["project"]}
    return {**row, **item.fields}


def _experiment_id(item: ManifestItem) -> str:
    return str(item.fields.get("ID") or _last(item.uri))


def _experiment(item: ManifestItem) -> Row:
    row: Row = {"ID": _experiment_id(item), "xsiType": item.xsi_type}
    for uri in (item.parent, item.uri):
        places = _below(uri)
        if places["project"]:
            row.setdefault("project", places["project"])
        if places["subject"]:
            row.setdefault("subject_ID", places["subject"])
    return {**row, **item.fields}


def _address(file: ManifestFile) -> str:
    """Return the path of a file on the server; where the manifest has none, the one that its place in it means."""
    if file.uri:
        return unquote(file.uri)
    scan = f"/scans/{file.scan}" if file.scan else ""
    path = file.name.partition("/files/")[2] or file.name
    return f"{unquote(file.session)}{scan}/resources/{file.resource}/files/{path}"


def names_of(rows: Iterable[Mapping[str, object]]) -> set[str]:
    """Return the names of all columns that rows have."""
    return {name for row in rows for name in row}
