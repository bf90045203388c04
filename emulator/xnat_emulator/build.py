"""Filling a server from a test, without a client: projects, subjects and imaging sessions with DICOM files.

Everything goes through the rules of the archive, so that fields, catalogs and counts are what an import would leave.
Modules that need pydicom and numpy are imported when the first image is made.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from . import checks
from .builtfields import schema_paths
from .builtimages import DicomFile, dicom_files, dicom_zip, make_images
from .datamodel import aliases
from .dicom.library import load

if TYPE_CHECKING:
    from .demo.builder import Builder
    from .demo.builder import DicomFile as _Image
    from .site import Site
    from .store.archive import Archive
    from .store.items import Item

_NOTHING: Mapping[str, str] = {}
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]+")
_SESSIONS = {"MR": "xnat:mrSessionData", "CT": "xnat:ctSessionData", "PT": "xnat:petSessionData"}

__all__ = [
    "BuiltProject",
    "BuiltScan",
    "BuiltSession",
    "BuiltSubject",
    "BuiltUser",
    "DicomFile",
    "SiteBuilder",
    "dicom_files",
    "dicom_zip",
]


@dataclass(frozen=True)
class _Made:
    """An object that is in the archive.

    Attributes:
        id: Its ID; accession id of subjects and sessions.
        label: Its label; the ID where it has none.
        uri: Path below the server, by labels, such as ``/data/projects/P/subjects/S``.
    """

    id: str
    label: str
    uri: str
    _source: _Source = field(repr=False, compare=False)
    _item: Item = field(repr=False, compare=False)

    def resource(self, label: str, files: Mapping[str, bytes], *, format: str = "", content: str = "") -> str:
        """Add a resource with files and return its path below the server.

        Args:
            label: Label of the resource.
            files: Path in the resource -> contents.
            format: Its format, such as ``NIFTI``.
            content: What it holds, such as ``RAW``.

        Raises:
            ValueError: The label is none or taken, or a path leads out of the resource.
            TypeError: Contents are no bytes.
        """
        checks.label("label of a resource", label)
        for path, data in files.items():
            checks.kind(f"contents of {path!r}", data, bytes, "b'...'")
            checks.inner_path(path)
        slot = "file" if self._item.kind == "scan" else "resources/resource"
        given = {"format": format, "content": content}
        values = {name: value for name, value in given.items() if value}
        with self._source.building() as builder:
            if label in {one.node.text("label") for one in self._source.archive.items.owned(self._item, "resource")}:
                raise ValueError(f"{self.uri} has a resource {label!r} already")
            builder.filled(self._item, slot, label, values, files)
        return f"{self.uri}/resources/{quote(label, safe='')}"


@dataclass(frozen=True)
class BuiltScan(_Made):
    """A scan whose resource ``DICOM`` holds its files."""

    dicom: tuple[DicomFile, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class BuiltSession(_Made):
    """An imaging session with its scans."""

    scans: tuple[BuiltScan, ...] = ()


@dataclass(frozen=True)
class BuiltSubject(_Made):
    """A subject."""

    def mr_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add an MR session; see ``session``."""
        return self.session(label, "MR", scans, slices=slices, fields=fields)

    def ct_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add a CT session; see ``session``."""
        return self.session(label, "CT", scans, slices=slices, fields=fields)

    def pet_session(
        self, label: str, scans: int | Sequence[str] = 1, *, slices: int = 2, fields: Mapping[str, str] = _NOTHING
    ) -> BuiltSession:
        """Add a PET session; see ``session``."""
        return self.session(label, "PT", scans, slices=slices, fields=fields)

    def session(
        self,
        label: str,
        modality: str,
        scans: int | Sequence[str] = 1,
        *,
        slices: int = 2,
        fields: Mapping[str, str] = _NOTHING,
    ) -> BuiltSession:
        """Add an imaging session.

        Args:
            label: Label of the session.
            modality: DICOM modality: ``MR``, ``CT`` or ``PT``.
            scans: How many scans, or their series descriptions; they are numbered from 1.
            slices: DICOM files of each scan.
            fields: Schema path below the type of the session, or a name that REST takes such as ``note`` -> value.

        Raises:
            ValueError: There is no such modality here, the label is none or taken, or a field is unknown or takes no
                such value.
        """
        checks.label("label of a session", label)
        series = make_images(modality, label, scans, slices, {"PatientName": self.label, "PatientID": label})
        with self._source.building() as builder:
            self._source.refuse_taken("experiment", self._item.node.text("project"), label)
            fields = self._source.paths(_SESSIONS[modality], aliases.EXPERIMENT, fields)
            headers = [image.header for images in series for image in images]
            item = builder.session(self._item, label, headers, fields)
            uri = f"{self.uri}/experiments/{quote(label, safe='')}"
            made = [(builder.scan(item, images, {}), images) for images in series]
        built = tuple(_scan(self._source, uri, scan, images) for scan, images in made)
        return BuiltSession(item.id, label, uri, self._source, item, built)


def _scan(source: _Source, session_uri: str, item: Item, images: Sequence[_Image]) -> BuiltScan:
    uri = f"{session_uri}/scans/{quote(item.id, safe='')}"
    return BuiltScan(item.id, item.id, uri, source, item, tuple(DicomFile(file.name, file.data) for file in images))


@dataclass(frozen=True)
class BuiltProject(_Made):
    """A project."""

    def subject(self, label: str, fields: Mapping[str, str] = _NOTHING) -> BuiltSubject:
        """Add a subject.

        Args:
            label: Its label.
            fields: Schema path below its type, or a name that REST takes such as ``gender`` -> value.

        Raises:
            ValueError: The label is none or taken, or a field is unknown or takes no such value.
        """
        checks.label("label of a subject", label)
        with self._source.building() as builder:
            self._source.refuse_taken("subject", self.id, label)
            fields = self._source.paths("xnat:subjectData", aliases.SUBJECT, fields)
            item = builder.subject(self._item, label, fields)
        return BuiltSubject(item.id, label, f"{self.uri}/subjects/{quote(label, safe='')}", self._source, item)

    def member(self, user: BuiltUser | str, role: Literal["owner", "member", "collaborator"] = "member") -> None:
        """Let an account take part: owners manage the project, members edit its data, collaborators read.

        Args:
            user: The account, or its login.
            role: What it may do; it replaces an earlier role.

        Raises:
            ValueError: There is no such account or role.
        """
        login = user if isinstance(user, str) else user.login
        checks.one_of("role", role, ("owner", "member", "collaborator"))
        with self._source.building():
            if self._source.archive.users.get(login) is None:
                raise ValueError(f"There is no account {login!r}: make it with build.user({login!r})")
            self._source.archive.groups.join(self.id, role, login)


@dataclass(frozen=True)
class BuiltUser:
    """An account.

    Attributes:
        login: Its login.
        password: Its password.
    """

    login: str
    password: str = field(repr=False)


class SiteBuilder:
    """Fills the archive of one server, as the administrator.

    Args:
        site: The server.
        login: Whose objects they become.
    """

    def __init__(self, site: Site, login: str) -> None:
        self._source = _Source(site, login)

    def user(self, login: str, password: str = "secret", *, administrator: bool = False) -> BuiltUser:  # noqa: S107 - of a throw-away account
        """Add an enabled, verified account; ``BuiltProject.member`` lets it into projects.

        Args:
            login: Its login.
            password: Its password.
            administrator: Whether it administrates the site.

        Raises:
            ValueError: The login is taken, or no client could send login or password.
        """
        checks.account(login, password)
        with self._source.building():
            users = self._source.archive.users
            if users.get(login) is not None:
                raise ValueError(f"There is an account {login!r} already")
            users.add(login, password, "First", "Last", f"{login}@localhost")
            if administrator:
                users.grant(login, "Administrator")
        return BuiltUser(login, password)

    def project(
        self,
        identifier: str,
        fields: Mapping[str, str] = _NOTHING,
        *,
        accessibility: Literal["private", "protected", "public"] = "private",
    ) -> BuiltProject:
        """Add a project, owned by the administrator of the server.

        Args:
            identifier: Its ID.
            fields: Schema path below its type, or a name that REST takes such as ``description`` -> value.
            accessibility: Who sees it beside its members.

        Raises:
            ValueError: The ID is none or taken, or a field is unknown or takes no such value.
        """
        if not _PROJECT_ID.fullmatch(identifier):
            raise ValueError(f"ID of a project is letters, digits, _ and -, not {identifier!r}")
        checks.one_of("accessibility", accessibility, ("private", "protected", "public"))
        with self._source.building() as builder:
            if self._source.archive.items.by_id("project", identifier) is not None:
                raise ValueError(f"There is a project {identifier!r} already")
            given = self._source.paths("xnat:projectData", aliases.PROJECT, fields)
            item = builder.project(identifier, {"secondary_ID": identifier, "name": identifier, **given})
            self._source.archive.project_settings.put(identifier, "accessibility", accessibility)
        return BuiltProject(identifier, identifier, f"/data/projects/{quote(identifier, safe='')}", self._source, item)


@dataclass(frozen=True)
class _Source:
    """Where objects are put."""

    site: Site
    login: str

    @property
    def archive(self) -> Archive:
        """The archive that is filled."""
        return self.site.archive

    def refuse_taken(self, kind: str, project: str, label: str) -> None:
        """Refuse the label of another object.

        Raises:
            ValueError: The project has an object with this label.
        """
        if self.archive.items.by_label(kind, project, label) is not None:
            raise ValueError(f"Project {project!r} has this label already: {label!r} ({kind})")

    def paths(self, xsi_type: str, names: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
        """Return fields by their schema paths below a type.

        Raises:
            ValueError: A field is unknown, is given otherwise, or takes no such value.
        """
        return schema_paths(self.archive.model, xsi_type, names, fields)

    @contextmanager
    def building(self) -> Generator[Builder]:
        """Give a builder; what it makes is one change."""
        load()
        from .demo.builder import Builder  # noqa: PLC0415 - brings numpy and pydicom

        with self.site.archive.transaction():
            yield Builder(self.site.archive, self.login)
