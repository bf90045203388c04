"""Import handler ``SI``: an upload becomes sessions at once, built and, when wanted, archived (rest-data 13)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..call import Call
from ..dicom.headers import instance_of, text_of
from ..dicom.routing import Rules, folder_name, received_label, scan_folder
from ..errors import StatusError
from ..store.blobs import Blob
from ..store.files import FileFacts
from ..store.prearchive import Prearchive, PrearchiveSession, url_of
from .anonymise import new_uid
from .archiver import archive_session, note_paths
from .build import build
from .destination import Destination, named_project, reachable
from .options import Parameters, for_import, is_automatic
from .receive import Taken, anonymise, is_anonymised, new_row, study_moment, take
from .routing import SiteRules
from .upload import Upload, base_name, members

if TYPE_CHECKING:
    from pydicom import Dataset

_NONE = "Upload did not include parsable files for session generation."
_SEVERAL = "Upload included files for multiple imaging sessions."


@dataclass(frozen=True)
class _File:
    name: str
    scan: str
    blob: Blob
    facts: FileFacts


@dataclass
class _Study:
    """The files of one study, and where its first file says they belong."""

    tag: str
    project: str
    subject: str
    session: str
    folder: str
    day: str
    time: str
    files: list[_File] = field(default_factory=list[_File])


def run(call: Call, parameters: Parameters, dest: Destination, upload: Upload) -> list[str]:
    """Return the addresses of the sessions that an upload became.

    Raises:
        StatusError: 400, nothing can be read, or several sessions are meant for the archive; 409, a session clashes
            with an archived one and stays in the prearchive as CONFLICT.
    """
    _check_overwrite(parameters)
    intake = _Intake(
        call, parameters, dest, SiteRules(call.archive, Rules(strict=True)), named_project(call, parameters, dest)
    )
    try:
        studies = intake.read(upload)
        straight = [_is_straight(call, parameters, dest, study) for study in studies]
        if len(studies) > 1 and any(straight):
            raise StatusError(400, _SEVERAL)
        sessions = [intake.enter(study) for study in studies]
    except BaseException:
        intake.drop()
        raise
    done = zip(sessions, straight, strict=True)
    return [uri for session, archive in done for uri in _finish(call, parameters, dest, session, archive=archive)]


def _check_overwrite(parameters: Parameters) -> None:
    """Refuse ``overwrite`` where the archive is asked for by number: the server takes none (dicom-import 77)."""
    if parameters.get("prearchive_code") == "1" and parameters.get("overwrite"):
        raise StatusError(400, "Invalid value for overwrite.")


def _is_straight(call: Call, parameters: Parameters, dest: Destination, study: _Study) -> bool:
    """Tell whether a study goes on into the archive."""
    if dest.place == "prearchive":
        return False
    if dest.place == "archive" or parameters.get("prearchive_code") == "1":
        return True
    return is_automatic(call.archive, study.project, "", parameters, "")


def _finish(
    call: Call, parameters: Parameters, dest: Destination, session: PrearchiveSession, *, archive: bool
) -> list[str]:
    parts = build(call.archive, session, one_study=not dest.folder)
    if not archive:
        for part in parts:
            note_paths(call.archive, part, parameters.pairs)
        return [f"/data{url_of(part)}" for part in parts]
    options = for_import(call.archive, session.project, parameters)
    subject, label = options.subject or dest.subject, options.label or dest.session
    named = replace(options, project=session.project, subject=subject, label=label if len(parts) == 1 else "")
    return [archive_session(call, part, named) for part in parts]


class _Intake:
    """Reads an upload into studies and enters these into the prearchive."""

    def __init__(self, call: Call, parameters: Parameters, dest: Destination, rules: SiteRules, project: str) -> None:
        self._call = call
        self._parameters = parameters
        self._dest = dest
        self._rules = rules
        self._project = project
        self._stored: dict[str, Blob] = {}

    def read(self, upload: Upload) -> list[_Study]:
        """Return the studies of an upload; what is no DICOM is left out (dicom-import 57)."""
        studies: dict[str, _Study] = {}
        for name, stream in members(upload):
            taken = take(self._call, stream)
            if taken is None:
                continue
            if text_of(taken.header, "SOPInstanceUID") is None or text_of(taken.header, "SOPClassUID") is None:
                self._call.archive.files.blobs.remove(taken.blob.name)
                continue
            self._stored[taken.blob.name] = taken.blob
            tag = text_of(taken.header, "StudyInstanceUID") or ""
            if tag not in studies:
                studies[tag] = self._study(tag, taken.header)
            studies[tag].files.append(self._file(base_name(name), taken, studies[tag]))
        if not studies:
            raise StatusError(400, _NONE)
        return list(studies.values())

    def _study(self, tag: str, header: Dataset) -> _Study:
        """Return where a study belongs, by the parameters, else by its first file (dicom-import 1, 3, 7, 10)."""
        said, rules = self._parameters, self._rules
        project = self._project or rules.project(header, tag, lambda name: reachable(self._call, name))
        subject = said.get("subject", "SUBJECT_ID") or self._dest.subject
        # A recorded row has the name of the patient without blanks, but not that of the session (D21).
        subject = subject or received_label(rules.first(header, "Subject"))
        label = said.get("session", "EXPT_LABEL", "EXPT_ID", "label") or self._dest.session
        session = label or rules.first(header, "Session")
        folder = folder_name(text_of(header, "PatientID") or "")
        day, time = study_moment(header)
        return _Study(self._kept(tag), project, subject, session or folder, folder, day, time)

    def _kept(self, uid: str) -> str:
        return new_uid(uid) if uid and is_anonymised(self._call, self._parameters) else uid

    def _file(self, name: str, taken: Taken, study: _Study) -> _File:
        blob, uid = taken.blob, self._kept(text_of(taken.header, "SOPInstanceUID") or "")
        if is_anonymised(self._call, self._parameters):
            blob = anonymise(self._call, taken, study.subject, study.session)
            self._stored[blob.name] = blob
        facts = FileFacts("DICOM", uid=uid, instance=instance_of(taken.header))
        return _File(name, scan_folder(taken.header), blob, facts)

    def enter(self, study: _Study) -> PrearchiveSession:
        """Return the row of a study, with its files; the one that ``dest`` names when it is there."""
        prearchive = self._call.archive.prearchive
        with self._call.archive.transaction():
            row = self._row(study)
            for file in study.files:
                path = _free(prearchive, row, file)
                prearchive.put_file(row, file.scan, "DICOM", path, file.blob, file.facts)
                self._stored.pop(file.blob.name, None)
        return row

    def _row(self, study: _Study) -> PrearchiveSession:
        prearchive, dest, said = self._call.archive.prearchive, self._dest, self._parameters
        found = prearchive.get(study.project, dest.timestamp, dest.folder) if dest.folder else None
        if found is not None:
            return found
        columns: dict[str, str | bool] = {
            "name": study.session,
            "subject": study.subject,
            "tag": study.tag,
            "status": "BUILDING",
            "scan_date": study.day,
            "scan_time": study.time,
            "prevent_anon": said.on("prevent_anon"),
            "prevent_auto_commit": True,
            "source": said.get("SOURCE") or "SessionImporter",
            "visit": said.get("VISIT"),
            "protocol": said.get("SUBTYPE", "PROTOCOL"),
            "timezone": said.get("TIMEZONE"),
        }
        return new_row(prearchive, study.project, dest.folder or study.folder, dest.timestamp, columns)

    def drop(self) -> None:
        """Remove contents that no session took."""
        for name in self._stored:
            self._call.archive.files.blobs.remove(name)


def _free(prearchive: Prearchive, row: PrearchiveSession, file: _File) -> str:
    """Return a file's own name; a name that is taken gets a number after its extension (dicom-import 51)."""
    path, number = file.name, 0
    while prearchive.file(row, file.scan, "DICOM", path) is not None:
        number += 1
        path = f"{file.name}_{number}"
    return path
