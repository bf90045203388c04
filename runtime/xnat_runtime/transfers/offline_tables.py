"""What a manifest knows, as the tables that listings ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from .manifest import Manifest, ManifestFile, ManifestItem

if TYPE_CHECKING:
    from ..registry import Registry

Row = dict[str, object]

_PROJECT: Final = "xnat:projectData"
_SUBJECT: Final = "xnat:subjectData"
_EXPERIMENT: Final = "xnat:experimentData"
_SESSION: Final = "xnat:imageSessionData"
_SCAN: Final = "xnat:imageScanData"
_FILE: Final = re.compile(r"(?P<owner>.+)/resources/(?P<resource>[^/]+)/files/(?P<path>.+)", re.S)
_BELOW: Final = re.compile(r"/data(?:/projects/(?P<project>[^/]+))?(?:/subjects/(?P<subject>[^/]+))?")


class Tables:
    """Projects, subjects, experiments, scans, resources and files of a manifest.

    A row holds what the manifest tells, nothing else; paths are not percent-encoded here.
    """

    def __init__(self, manifest: Manifest, registry: Registry) -> None:
        self._registry = registry
        self._experiments = self._all_experiments(manifest)
        self._subjects = [_subject(item) for item in self._of(manifest, _SUBJECT)]
        self._projects = self._all_projects(manifest)
        self._scans = self._all_scans(manifest)
        self.files = {_address(file): file for file in manifest.files}
        """The files by path on the server."""

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

    def _all_experiments(self, manifest: Manifest) -> list[Row]:
        found = {_experiment_id(item): _experiment(item) for item in self._of(manifest, _EXPERIMENT)}
        for file in manifest.files:
            if file.session and _last(file.session) not in {*found, *(row.get("label") for row in found.values())}:
                kind = file.xsi_type if self._is(file.xsi_type, _EXPERIMENT) else _SESSION
                found[_last(file.session)] = {"ID": _last(file.session), "xsiType": kind}
        return list(found.values())

    def _all_projects(self, manifest: Manifest) -> list[Row]:
        found: dict[str, Row] = {_last(item.uri): {"ID": _last(item.uri)} for item in self._of(manifest, _PROJECT)}
        for item in self._of(manifest, _PROJECT):
            found[_last(item.uri)].update(item.fields)
        for row in (*self._subjects, *self._experiments):
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
        for file in manifest.files:
            if file.session and file.scan:
                kind = file.xsi_type if self._is(file.xsi_type, _SCAN) else _SCAN
                known = found.setdefault(self._session_id(file.session), {})
                known.setdefault(file.scan, {"ID": file.scan, "xsiType": kind})
        return found

    def _session_id(self, uri: str) -> str:
        name = _last(uri)
        return next((str(row["ID"]) for row in self._experiments if name in {row["ID"], row.get("label")}), name)

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
            for row in self._experiments
            if project in {"", row.get("project")} and (not subject or str(row.get("subject_ID")) in names)
        ]

    def _scans_of(self, owner: str) -> list[Row]:
        return list(self._scans.get(self._session_id(owner), {}).values())

    def _resources_of(self, owner: str) -> list[Row]:
        found: dict[str, Row] = {}
        for address, file in self.files.items():
            match = _FILE.fullmatch(address)
            if match and match["owner"] == owner:
                name = match["resource"]
                found[name] = {"xnat_abstractresource_id": name, "label": file.resource or name}
        return list(found.values())

    def _files_of(self, owner: str) -> list[Row]:
        above, is_all, _ = owner.partition("/scans/ALL")
        return [
            _file(address, file)
            for address, file in self.files.items()
            if (match := _FILE.fullmatch(address))
            and (
                owner in {match["owner"], f"{match['owner']}/resources/{match['resource']}"}
                or owner == f"{match['owner']}/resources/{file.resource}"
                or (is_all and match["owner"].startswith(f"{above}/scans/"))
            )
        ]


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


def _file(address: str, file: ManifestFile) -> Row:
    row: Row = {"URI": address, "Name": address.rpartition("/")[2], "Size": str(file.size)}
    return {**row, "collection": file.resource, "digest": file.md5 or ""}


def names_of(rows: Iterable[Mapping[str, object]]) -> set[str]:
    """Return the names of all columns that rows have."""
    return {name for row in rows for name in row}
