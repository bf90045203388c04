"""Receiving DICOM objects one by one (dicom-import sections 1, 6 and 7)."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from ..call import Call
from ..dicom import names
from ..dicom.headers import instance_of, read_header, text_of
from ..dicom.routing import Rules, auto_archive, received_label, scan_folder
from ..dicom.tables import SESSION
from ..errors import StatusError
from ..store.blobs import Blob
from ..store.files import FileFacts
from ..store.prearchive import Prearchive, PrearchiveSession, new_timestamp
from .anonymise import anonymised, new_uid
from .destination import Destination, named_project, reachable
from .filters import SeriesFilter, filters_of
from .options import Parameters
from .routing import SiteRules
from .upload import base_name

if TYPE_CHECKING:
    from pydicom import Dataset

_UNSAFE = re.compile(r"[^\w.-]", re.ASCII)
_BUILDING = frozenset({"BUILDING", "_BUILDING"})
_REFRESHED = 15
"""Seconds that the moment of the last change of a row may lag behind (dicom-import 61)."""
_DEFAULT_LABEL = "dicom_upload"


class Unparsable(StatusError):  # noqa: N818 - says what is the matter
    """A file is no DICOM object that can be imported."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)


@dataclass(frozen=True)
class Taken:
    """Contents that are stored, with their header as it was received."""

    blob: Blob
    header: Dataset


def take(call: Call, stream: BinaryIO) -> Taken | None:
    """Store contents and read their header; None, and nothing stored, when they are no DICOM."""
    blobs = call.archive.files.blobs
    blob = blobs.add(stream)
    header = read_header(blobs.path(blob.name))
    if header is None:
        blobs.remove(blob.name)
        return None
    return Taken(blob, header)


def is_anonymised(call: Call, parameters: Parameters) -> bool:
    """Tell whether the site changes what comes in."""
    return call.site.mode.anonymise and not parameters.on("prevent_anon")


def anonymise(call: Call, taken: Taken, subject: str, session: str) -> Blob:
    """Return contents as the site keeps them; those that were received are gone.

    Raises:
        Unparsable: 400, the object is too damaged to be changed.
    """
    blobs = call.archive.files.blobs
    try:
        data = anonymised(blobs.path(taken.blob.name), subject, session)
    except ValueError as error:
        raise Unparsable(str(error)) from None
    blob = blobs.add(io.BytesIO(data))
    blobs.remove(taken.blob.name)
    return blob


@dataclass
class Receiver:
    """Puts DICOM objects into the prearchive, each where its header or the request wants it.

    Attributes:
        call: The request.
        parameters: Its parameters.
        dest: Its destination.
        rules: How headers are read.
        project: Gives the project of an object, empty for none.
        filters: Project -> what keeps series out of it.
    """

    call: Call
    parameters: Parameters
    dest: Destination
    rules: SiteRules
    project: Callable[[Dataset], str]
    filters: dict[str, list[SeriesFilter]] = field(default_factory=dict[str, "list[SeriesFilter]"])

    @classmethod
    def of(cls, call: Call, parameters: Parameters, dest: Destination) -> Receiver:
        """Return the receiver of a request; it asks once which project the request names."""
        rules = SiteRules(call.archive, Rules())
        named = named_project(call, parameters, dest)

        def project(header: Dataset) -> str:
            study = text_of(header, "StudyInstanceUID") or ""
            return named or rules.project(header, study, lambda name: reachable(call, name))

        return cls(call, parameters, dest, rules, project)

    def receive(self, name: str, stream: BinaryIO) -> PrearchiveSession | None:
        """Store one object and return its session, None when its series is not wanted (dicom-import 88).

        Raises:
            Unparsable: 400, it is no DICOM object, or one without identity.
        """
        taken = take(self.call, stream)
        if taken is None:
            raise Unparsable(f"unable to read DICOM object {base_name(name)}")
        blob = taken.blob
        try:
            require_identity(taken.header, name)
            project = self.project(taken.header)
            if not self._wants(taken.header, project):
                self.call.archive.files.blobs.remove(blob.name)
                return None
            subject, session = self._labels(taken.header)
            if is_anonymised(self.call, self.parameters):
                blob = anonymise(self.call, taken, subject, session)
            with self.call.archive.transaction():
                row = self._row(taken.header, project, subject, session)
                self._put(row, taken.header, base_name(name), blob)
        except BaseException:
            self.call.archive.files.blobs.remove(blob.name)
            raise
        return row

    def _wants(self, header: Dataset, project: str) -> bool:
        if project not in self.filters:
            self.filters[project] = filters_of(self.call.archive, project)
        return all(one.takes(header) for one in self.filters[project])

    def _labels(self, header: Dataset) -> tuple[str, str]:
        """Return subject and session label; parameters win over headers (dicom-import 6, 8, 9)."""
        subject = self.parameters.get("SUBJECT_ID", "subject") or self.rules.first(header, "Subject")
        session = self.parameters.get("EXPT_LABEL", "session") or self.rules.first(header, "Session")
        return received_label(subject), received_label(session or _DEFAULT_LABEL)

    def _row(self, header: Dataset, project: str, subject: str, session: str) -> PrearchiveSession:
        """Return the row of a study: the one that is there, whatever goes on with it, else a new one (59, 61)."""
        prearchive = self.call.archive.prearchive
        tag = self.kept(header, "StudyInstanceUID")
        found = prearchive.by_study(project, tag, session)
        if not found:
            return new_row(prearchive, project, session, "", self._columns(header, project, subject, session))
        row = found[-1]
        wanted = "RECEIVING_INTERRUPT" if row.status in _BUILDING else "RECEIVING"
        if row.status not in {wanted, "RECEIVING_INTERRUPT"}:
            row.status = wanted
            prearchive.save(row)
        elif _seconds_since(row.lastmod) > _REFRESHED:
            prearchive.save(row)
        return row

    def kept(self, header: Dataset, keyword: str) -> str:
        """Return a UID as the stored file has it."""
        uid = text_of(header, keyword) or ""
        return new_uid(uid) if uid and is_anonymised(self.call, self.parameters) else uid

    def _columns(self, header: Dataset, project: str, subject: str, session: str) -> dict[str, str | bool]:
        said = self.parameters
        day, time = study_moment(header)
        return {
            "name": session,
            "subject": subject,
            "tag": self.kept(header, "StudyInstanceUID"),
            "status": "RECEIVING",
            "scan_date": day,
            "scan_time": time,
            "autoarchive": self._autoarchive(header, project),
            "prevent_anon": said.on("prevent_anon"),
            "prevent_auto_commit": said.on("prevent_auto_commit"),
            "source": said.get("SOURCE"),
            "visit": said.get("VISIT"),
            "protocol": said.get("SUBTYPE", "PROTOCOL"),
            "timezone": said.get("TIMEZONE"),
        }

    def _autoarchive(self, header: Dataset, project: str) -> str:
        """Return what the row will do by itself: ``AA:`` in the header, else the code of the project (73)."""
        if not project:
            return ""
        said = auto_archive(header)
        if said is not None:
            return "AutoArchive" if said else "Manual"
        code = self.call.archive.project_settings.code(project, "prearchive_code")
        return {4: "AutoArchive", 5: "AutoArchiveOverwrite"}.get(code, "Manual")

    def _put(self, row: PrearchiveSession, header: Dataset, name: str, blob: Blob) -> None:
        scan, uid = scan_folder(header), self.kept(header, "SOPInstanceUID")
        path = self._path(row, header, scan, _UNSAFE.sub("_", name), uid)
        facts = FileFacts("DICOM", uid=uid, instance=instance_of(header))
        self.call.archive.prearchive.put_file(row, scan, "DICOM", path, blob, facts)

    def _path(self, row: PrearchiveSession, header: Dataset, scan: str, name: str, uid: str) -> str:
        """Return the name of a file: its own, or the one of the template (dicom-import 51, 52, 54)."""
        template = self.call.archive.settings.text("dicomFileNameTemplate")
        if self.parameters.on("rename"):
            return names.file_name(header, template)
        there = self.call.archive.prearchive.file(row, scan, "DICOM", name)
        return name if there is None or there.facts.uid == uid else names.file_name(header, template)


def new_row(
    prearchive: Prearchive, project: str, folder: str, timestamp: str, columns: dict[str, str | bool]
) -> PrearchiveSession:
    """Return a new row.

    Without a wanted timestamp it takes one that no other row of its folder has: the numbers that two of one millisecond
    would get go into labels too, and make two sessions of one.
    """
    stamp = timestamp or new_timestamp()
    while not timestamp and prearchive.get(project, stamp, folder) is not None:
        time.sleep(0.001)
        stamp = new_timestamp()
    return prearchive.add(project, folder, timestamp=stamp, **columns)


def _seconds_since(moment: str) -> float:
    return (datetime.now(UTC).replace(tzinfo=None) - datetime.fromisoformat(moment)).total_seconds()


def require_identity(header: Dataset, name: str) -> None:
    """Refuse an object that does not say what it is.

    Raises:
        Unparsable: 400.
    """
    for keyword, what in (("SOPClassUID", "SOP Class UID"), ("SOPInstanceUID", "SOP Instance UID")):
        if text_of(header, keyword) is None:
            raise Unparsable(f"object {base_name(name)} contains no {what}")


def study_moment(header: Dataset) -> tuple[str, str]:
    """Return day and time of a study as rows hold them."""
    day, time = SESSION["date"](header), SESSION["time"](header)
    return f"{day} 00:00:00.0" if day else "", time or ""
