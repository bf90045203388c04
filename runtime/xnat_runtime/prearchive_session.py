"""A received session that waits to be archived (rest-data 12.2, dicom-import 7)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from .documents import read_table
from .errors import InvalidValueError, NotFoundError
from .paths import child
from .prearchive_actions import SessionActions
from .prearchive_parts import Parts, PrearchiveFile, PrearchiveResource, PrearchiveScan
from .prearchive_rows import PrearchiveLog, as_time, as_timestamp
from .showable import Showable
from .transport import Request

if TYPE_CHECKING:
    import pydicom

    from .archive import ExperimentObject
    from .dump import DicomDumpRow
    from .html_tables import Table
    from .prearchive_rows import PrearchiveRow, PrearchiveStatus, SettableStatus
    from .results import DirectoryResult, TransferResult
    from .transfers.events import Observer

E_co = TypeVar("E_co", bound="ExperimentObject", covariant=True)


class PrearchiveSession(Showable, SessionActions[E_co]):
    """A session in the prearchive; an experiment when it is archived.

    ``status`` is asked at every reading but the first one straight after a listing. The other fields are those of the
    row that was read last, in a listing, by ``status`` or by `refresh`.
    """

    # Fields

    @property
    def id(self) -> str:
        """Project, timestamp and folder with slashes between them."""
        return "/".join(self._names())

    @property
    def data(self) -> dict[str, str]:
        """The row that was read last, by column, as the server sent it."""
        row = self._known
        return {name: row.text(name) for name in row.cells}

    @property
    def _known(self) -> PrearchiveRow:
        """The row; of a session that is known by its address alone, it is asked for once."""
        if "status" not in self._row.cells:
            self.refresh()
        return self._row

    @property
    def status(self) -> PrearchiveStatus:
        """Where the session stands now: one request at every reading.

        Only the first reading within 5 seconds of the listing or `refresh` that brought the session takes what that
        said, unless this connection has changed something since, so that going through a listing costs no request for
        each session.

        Raises:
            NotFoundError: It has left the prearchive: archived, moved or deleted.
        """
        if not self._is_told():
            self.refresh()
            self._told_at = None
        return self._row.status

    @property
    def project(self) -> str:
        """ID of the project, ``Unassigned`` without one."""
        return self._names()[0]

    @property
    def timestamp(self) -> datetime.datetime | None:
        """When the session began to arrive, in the server's local time."""
        return as_timestamp(self._row.text("timestamp"))

    @property
    def folder_name(self) -> str:
        """The folder that it lies in."""
        return self._row.text("folderName")

    @property
    def name(self) -> str:
        """The label that it will have."""
        return self._known.text("name")

    @property
    def label(self) -> str:
        """The label that it will have; the same as ``name``."""
        return self.name

    @property
    def subject(self) -> str:
        """Label of the subject, "" when it is not known yet."""
        return self._known.text("subject")

    @property
    def tag(self) -> str:
        """The Study Instance UID, "" when it is not known yet."""
        return self._known.text("tag")

    @property
    def lastmod(self) -> datetime.datetime | None:
        """When it changed last, in the server's local time."""
        return self._known.moment("lastmod")

    @property
    def uploaded(self) -> datetime.datetime | None:
        """When it came, in the server's local time; None while it arrives."""
        return self._known.moment("uploaded")

    @property
    def scan_date(self) -> datetime.date | None:
        """The day of the study."""
        moment = self._known.moment("scan_date")
        return None if moment is None else moment.date()

    @property
    def scan_time(self) -> datetime.time | None:
        """The time of the study; where it has no column of its own, that of the date column."""
        moment = self._known.moment("scan_date")
        return as_time(self._known.text("scan_time")) or (None if moment is None else moment.time())

    @property
    def autoarchive(self) -> str:
        """Whether it is archived by itself: ``Manual``, ``AutoArchive...``, "" for what the project says."""
        return self._known.text("autoarchive")

    @property
    def prevent_anon(self) -> bool:
        """Whether it is kept from being anonymised."""
        return self._known.flag("prevent_anon")

    @property
    def prevent_auto_commit(self) -> bool:
        """Whether it is kept from being built and archived by itself."""
        return self._known.flag("prevent_auto_commit")

    @property
    def source(self) -> str:
        """What brought it, such as ``SessionImporter``."""
        return self._known.text("SOURCE")

    @property
    def visit(self) -> str:
        """The visit, "" when none is named."""
        return self._known.text("VISIT")

    @property
    def protocol(self) -> str:
        """The protocol, "" when none is named."""
        return self._known.text("PROTOCOL")

    @property
    def timezone(self) -> str:
        """The time zone that its uploader named, or ""."""
        return self._known.text("TIMEZONE")

    # What it holds

    @property
    def scans(self) -> Parts[PrearchiveScan]:
        """Its scans: one request.

        Raises:
            NotFoundError: The session is not built yet: wait for READY.
        """
        path = f"{self.uri}/scans"
        rows = read_table(self._session.get_json(path), path)
        return Parts((PrearchiveScan(self._session, child(path, str(row["ID"])), row) for row in rows), path)

    @property
    def resources(self) -> Parts[PrearchiveResource]:
        """Its own resources, without those of scans: one request.

        Raises:
            NotFoundError: The session is not built yet.
        """
        path = f"{self.uri}/resources"
        rows = [row for row in read_table(self._session.get_json(path), path) if row.get("category") == "resources"]
        return Parts((PrearchiveResource(self._session, child(path, str(row["label"])), row) for row in rows), path)

    @property
    def all_resources(self) -> list[PrearchiveResource]:
        """The resources of all scans, and its own: one request, however many scans there are.

        Raises:
            NotFoundError: The session is not built yet.
        """
        path = f"{self.uri}/resources"
        return [self._resource(row) for row in read_table(self._session.get_json(path), path)]

    def _resource(self, row: dict[str, object]) -> PrearchiveResource:
        scan = str(row.get("cat_id") or "") if row.get("category") == "scans" else ""
        owner = child(self.uri, "scans", scan) if scan else self.uri
        return PrearchiveResource(self._session, child(owner, "resources", str(row["label"])), row)

    @property
    def files(self) -> Parts[PrearchiveFile]:
        """All its files: one request, and one a resource, since the server lists files by resource only."""
        return Parts((file for resource in self.all_resources for file in resource.files), self.uri)

    def upload(
        self,
        resource: str,
        source: str | PathLike[str] | bytes | BinaryIO,
        name: str | None = None,
        *,
        overwrite: bool = False,
        progress: Observer | None = None,
    ) -> TransferResult:
        """Sends a file into a resource of its own, which is made where there is none: it is archived with the session.

        One request; two without ``overwrite``, which ask for the files that are there.

        Args:
            resource: Label of the resource, such as ``NOTES``.
            source: A path (text is a path, always), the bytes themselves, or a binary stream.
            name: Name of the file on the server, with folders; that of a path by default.
            overwrite: Whether a file of that name may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            ConflictError: There is a file of that name, and ``overwrite`` is not set.
            NotFoundError: The session is not built yet, or has left the prearchive.
            InvalidValueError: Bytes or a stream came without a name, or the path is a folder.
        """
        place = child(self.uri, "resources", resource)
        held = PrearchiveResource(self._session, place, {"label": resource})
        return held.upload(source, name, overwrite=overwrite, progress=progress)

    def document(self) -> str:
        """Returns the XML document that the server has built of the headers: one request.

        Raises:
            NotFoundError: The session is not built yet.
        """
        return self._session.get(self.uri, format="xml").text

    def dicom_dump(self, fields: Iterable[str] | None = None, *, summary: bool = False) -> list[DicomDumpRow]:
        """Returns the header of one of its files as the server reads it; see `xnat_runtime.dump.dicom_dump`."""
        from .dump import dicom_dump  # noqa: PLC0415 - few need it

        return dicom_dump(self._session, self.uri, fields, summary=summary)

    def read_dicom(self, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the data set of the first file of the first scan; see `PrearchiveScan.read_dicom`.

        Raises:
            NotFoundError: The session is not built yet, or has no scans.
        """
        scans = self.scans
        if not scans:
            raise NotFoundError("GET", f"{self.uri}/scans", 404, "the session has no scans")
        return scans[0].read_dicom(read_pixel_data=read_pixel_data)

    def download(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> TransferResult:
        """Writes all its files to a zip file.

        Args:
            path: The file to write.
            overwrite: Whether an existing file may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).

        Raises:
            TransferError: The archive did not arrive whole; nothing is left at the path.
        """
        from .bundles import zip_at  # noqa: PLC0415 - transfers are imported when they happen

        return zip_at(self._session, self.uri, Path(path), overwrite, progress)

    def download_dir(
        self, path: str | PathLike[str], *, overwrite: bool = False, progress: Observer | None = None
    ) -> DirectoryResult:
        """Unpacks all its files into a folder; see `download`."""
        from .archives import download_dir  # noqa: PLC0415 - as above

        return download_dir(self._session.send, self._zip(), Path(path), overwrite=overwrite, progress=progress)

    def _zip(self) -> Request:
        return Request("GET", self.uri, (("format", "zip"),))

    # The rest

    def set_status(self, status: SettableStatus) -> None:
        """Sets the status by hand; a session that the server is at keeps its own. One request.

        Raises:
            InvalidValueError: It is none that can be set.
        """
        if not status or status.startswith("_"):
            msg = f"A status is one of READY, ERROR, CONFLICT, RECEIVING and so on, never a lock: {status!r}"
            raise InvalidValueError(msg)
        self._repeatable("set-status", ("status", status))

    def reset_status(self) -> None:
        """Has the row worked out from the built document again, locked or not: one request."""
        self._repeatable("reset-status")

    def logs(self) -> list[PrearchiveLog]:
        """Returns what the server noted of this session, oldest first: one request."""
        path = f"{self.uri}/logs"
        rows = read_table(self._session.get_json(path, query={"template": "details"}), path)
        return [PrearchiveLog(*(str(row.get(name) or "") for name in ("id", "date", "entry"))) for row in rows]

    def cli_str(self) -> str:
        """Returns how command lines name it."""
        return f"Prearchive session {self.label}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PrearchiveSession):
            return NotImplemented
        return self._session is other._session and self.uri == other.uri

    def __hash__(self) -> int:
        # Without the path: a session that is moved has another one, and stays the same object in a set.
        return hash((id(self._session), self._row.text("timestamp")))

    @property
    def __xnat_cells__(self) -> dict[str, str]:
        """What was read of the row so far, by column; without a request."""
        return {name: self._row.text(name) for name in self._row.cells}

    def __xnat_table__(self, identifying: bool, limit: int) -> Table:
        """Returns what notebooks show."""
        from .notebook_objects import of_received  # noqa: PLC0415 - only notebooks look

        return of_received([self], identifying, max(1, limit))

    def __repr__(self) -> str:
        return f"<PrearchiveSession {self.id}>"
