"""What a request says about importing and archiving (rest-data 13.3, dicom-import sections 1, 8 and 9)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..call import FORM_TYPE, Call, Pairs, escape_entities, read_form
from ..store.archive import Archive
from ..store.prearchive import PrearchiveSession

_TRUE = frozenset({"true", "1", "t", "yes"})
_AUTO_OVERWRITE = 5


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a request: query first, then form fields, entity-escaped."""

    pairs: Pairs

    def get(self, *names: str) -> str:
        """Return the first value that is not blank of the first of some names that has one, else nothing."""
        for name in names:
            for key, value in self.pairs:
                if key == name and value.strip():
                    return value.strip()
        return ""

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return [value for key, value in self.pairs if key == name]

    def named(self, *names: str) -> bool:
        """Tell whether one of some names is there at all."""
        return any(key in names for key, _ in self.pairs)

    def flag(self, *names: str) -> bool | None:
        """Return what a switch is set to, None when it is not named."""
        text = self.get(*names)
        return text.lower() in _TRUE if text else None

    def on(self, name: str) -> bool:
        """Tell whether a switch is on."""
        return self.flag(name) is True


def parameters_of(call: Call, *, body: bool = False) -> Parameters:
    """Return the parameters of a request.

    Args:
        call: The request.
        body: A urlencoded body holds parameters too.
    """
    fields = call.form
    if body and call.has_content and call.content_type == FORM_TYPE:
        fields = read_form(call.body.read())
    return Parameters(call.escaped_query + tuple((name, escape_entities(value)) for name, value in fields))


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """How a session is archived.

    Attributes:
        project: Destination in the place of the session's project.
        subject: Subject label or ID in the place of the session's.
        label: Session label in the place of the session's.
        merge: It may join a session that exists.
        override: Conflicts that can be overridden are.
        overwrite_files: Files that are there already are replaced.
        quarantine: The session is put into quarantine.
        pairs: Schema paths that are copied into the session.
        reason: What the event of the change says.
    """

    project: str = ""
    subject: str = ""
    label: str = ""
    merge: bool = False
    override: bool = False
    overwrite_files: bool = False
    quarantine: bool = False
    pairs: Pairs = field(default=())
    reason: str = "standard upload"


def _named_in(parameters: Parameters) -> ArchiveOptions:
    return ArchiveOptions(
        project=parameters.get("project", "PROJECT_ID"),
        subject=parameters.get("subject", "SUBJECT_ID"),
        label=parameters.get("session"),
        overwrite_files=parameters.on("overwrite_files"),
        quarantine=parameters.on("quarantine"),
        pairs=parameters.pairs,
    )


def for_import(archive: Archive, project: str, parameters: Parameters) -> ArchiveOptions:
    """Return the options of an import: any ``overwrite`` allows merging (dicom-import 76).

    Where the archive is asked for by number, the project's code picks one (dicom-import 77).
    """
    wanted = parameters.get("overwrite")
    if not wanted and parameters.get("prearchive_code") == "1":
        wanted = "delete" if automatic(archive, project, "").overwrite_files else "append"
    options = _named_in(parameters)
    if wanted in {"delete", "override"}:
        return replace(options, merge=True, override=True, overwrite_files=True)
    return replace(options, merge=bool(wanted))


def for_one(archive: Archive, session: PrearchiveSession, parameters: Parameters) -> ArchiveOptions:
    """Return the options of archiving one session: merging is always allowed (dicom-import 76).

    Whether files are replaced without an override is for the row or the project to say, not for ``overwrite_files``.
    """
    override = parameters.get("overwrite") in {"append", "delete"}
    files = override or automatic(archive, session.project, session.autoarchive).overwrite_files
    return replace(_named_in(parameters), merge=True, override=override, overwrite_files=files)


def for_several(parameters: Parameters) -> ArchiveOptions:
    """Return the options of archiving several sessions, whose labels stay their own (dicom-import 75, 76)."""
    wanted, options = parameters.get("overwrite"), _named_in(parameters)
    override = wanted == "delete"
    return replace(
        options,
        label="",
        pairs=(),
        merge=wanted in {"append", "delete"},
        override=override,
        overwrite_files=override or options.overwrite_files,
        reason="Batch archive",
    )


def automatic(archive: Archive, project: str, autoarchive: str) -> ArchiveOptions:
    """Return the options of archiving without being asked: by the row, else by the project (dicom-import 74)."""
    code = {"AutoArchive": 4, "AutoArchiveOverwrite": 5}.get(autoarchive)
    if code is None:
        code = archive.project_settings.code(project, "prearchive_code")
    return ArchiveOptions(merge=True, overwrite_files=code == _AUTO_OVERWRITE, reason="auto-archive")


def is_automatic(archive: Archive, project: str, autoarchive: str, parameters: Parameters, dest: str) -> bool:
    """Tell whether a received session goes on into the archive by itself (dicom-import 73)."""
    if not project:
        return False
    if autoarchive in {"AutoArchive", "AutoArchiveOverwrite"} or is_archive(dest):
        return True
    said = parameters.flag("AA", "auto-archive")
    return said if said is not None else archive.project_settings.code(project, "prearchive_code") >= 4


def is_archive(dest: str) -> bool:
    """Tell whether a destination lies in the archive."""
    return dest.removeprefix("/data").startswith("/archive")
