"""What an import can be told (rest-data 13.3, dicom-import 1)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias, TypedDict, cast

from .archiving import Pairs, flag_text
from .errors import InvalidValueError
from .transfers.events import Observer
from .transport import TimeoutSpec

ImportOverwrite: TypeAlias = Literal["none", "append", "delete", "override"]
"""What happens to a session that exists: ``append`` and ``none`` join it and conflict where files are the same,
``delete`` and ``override`` join it and replace equal files. None of them deletes the session (dicom-import 76)."""

ImportHandler: TypeAlias = Literal["SI", "DICOM-zip", "gradual-DICOM", "XAR", "inbox", "automation"]
"""Who reads the upload on the server; without one, the server's default does (``SI`` up to XNAT 1.8.9)."""

ImportContentType: TypeAlias = Literal[
    "application/zip", "application/x-tar", "application/x-gzip", "application/x-gtar", "application/dicom",
    "application/x-mirc", "application/x-mirc-dicom", "application/xar",
]  # fmt: skip
"""Media types that importers know."""


class ImportParameters(TypedDict, total=False):
    """What an import can be told beside its data; what is not given is left to the server.

    Attributes:
        overwrite: What happens to a session that exists; without it, that is a conflict.
        quarantine: Whether the session is quarantined.
        trigger_pipelines: Whether the project's pipelines run.
        project: ID of the project.
        subject: Label or ID of the subject; made when there is none.
        experiment: Label of the session.
        content_type: Media type of the data; worked out from name and first bytes without it.
        import_handler: Who reads the upload. Without one, ``SI`` is named for archives, ``DICOM-zip`` for their direct
            way into the archive, since servers of different versions choose differently; single objects have one.
        timeout: Seconds to wait for the server, or (connect, read); an hour for reading by default.
        ignore_unparsable: Whether files that are no DICOM are skipped, in place of an error (``DICOM-zip``).
        overwrite_files: Whether files that exist are replaced.
        auto_archive: Whether the session goes on into the archive; None for what the project says, and for no where
            the destination is the prearchive.
        prearchive_code: 1 for straight into the archive; not together with ``overwrite``, which the server refuses.
        rename: Whether files get the names of the server's template.
        prevent_anon: Whether the session is kept from being anonymised.
        prevent_auto_commit: Whether it is kept from being built and archived by itself.
        commit: Whether the session is complete: built, and archived where that happens by itself (since XNAT 1.8.10).
        custom_processing: Whether the server's own processors for received objects run.
        visit: Visit of the session.
        subtype: Subtype of the visit.
        timezone: Time zone of the upload.
        source: What brings the data; sessions of ``uploader`` are not built by themselves.
        transfer_syntax_uid: Transfer syntax of a single object that does not say it itself.
        sender_ae_title: Application entity that the data came from.
        sender_id: What the data came from.
        prearc_importer: Another importer into the prearchive than the server's own.
        transaction: An ID of one's choice, under which ``/data/status/ID`` tells how far the server is.
        fields: Values of the session by schema path; they travel in the body.
        progress: Told of what happens (`xnat_runtime.transfers.events`).
    """

    overwrite: ImportOverwrite | None
    quarantine: bool | None
    trigger_pipelines: bool | None
    project: str | None
    subject: str | None
    experiment: str | None
    content_type: ImportContentType | str | None
    import_handler: ImportHandler | str | None
    timeout: TimeoutSpec | None
    ignore_unparsable: bool
    overwrite_files: bool | None
    auto_archive: bool | None
    prearchive_code: Literal[0, 1] | None
    rename: bool | None
    prevent_anon: bool | None
    prevent_auto_commit: bool | None
    commit: bool
    custom_processing: bool | None
    visit: str | None
    subtype: str | None
    timezone: str | None
    source: str | None
    transfer_syntax_uid: str | None
    sender_ae_title: str | None
    sender_id: str | None
    prearc_importer: str | None
    transaction: str | None
    fields: Mapping[str, str] | None
    progress: Observer | None


# Python name -> names on the wire. SI reads the short names of project, subject and session, the other importers of
# XNAT 1.8.9 and older only the long ones (dicom-import 6, 7).
_WIRE: Final[Mapping[str, tuple[str, ...]]] = {
    "import_handler": ("import-handler",),
    "project": ("project", "PROJECT_ID"),
    "subject": ("subject", "SUBJECT_ID"),
    "experiment": ("session", "EXPT_LABEL"),
    "overwrite": ("overwrite",),
    "overwrite_files": ("overwrite_files",),
    "quarantine": ("quarantine",),
    "trigger_pipelines": ("triggerPipelines",),
    "auto_archive": ("auto-archive",),
    "prearchive_code": ("prearchive_code",),
    "rename": ("rename",),
    "prevent_anon": ("prevent_anon",),
    "prevent_auto_commit": ("prevent_auto_commit",),
    "ignore_unparsable": ("Ignore-Unparsable",),
    "custom_processing": ("Custom-Processing",),
    "visit": ("VISIT",),
    "subtype": ("SUBTYPE",),
    "timezone": ("TIMEZONE",),
    "source": ("SOURCE",),
    "transfer_syntax_uid": ("Transfer-Syntax-UID",),
    "sender_ae_title": ("Sender-AE-Title",),
    "sender_id": ("Sender-ID",),
    "prearc_importer": ("prearc-importer",),
    "transaction": ("http-session-listener",),
}
# Not sent when they are False, which is what the server takes anyway.
_SWITCHES: Final = frozenset({"ignore_unparsable"})
_SINGLE: Final = frozenset({"application/dicom", "application/x-mirc", "application/x-mirc-dicom", "application/xar"})
_OVERWRITES: Final = frozenset({None, "none", "append", "delete", "override"})


def import_query(parameters: ImportParameters, destination: str | None, *, direct_archive: bool = False) -> Pairs:
    """Return the URL's parameters of an import.

    Raises:
        InvalidValueError: A parameter is unknown, or two of them do not go together.
    """
    check_parameters(parameters)
    # cast: a TypedDict has no common type of its values.
    given = cast("Mapping[str, object]", parameters)
    pairs = [(wire, _text(given[name])) for name, wires in _WIRE.items() if _is_said(given, name) for wire in wires]
    if destination is not None:
        pairs.extend(_placed(_destination(destination), given))
    if direct_archive:
        pairs.append(("Direct-Archive", "true"))
    if given.get("commit"):
        pairs.append(("action", "commit"))
    return tuple(pairs)


def _placed(place: str, given: Mapping[str, object]) -> Pairs:
    """Return a destination; what is to wait in the prearchive does so in projects that archive by themselves too."""
    waits = place.startswith("/prearchive") and given.get("auto_archive") is None
    return (("dest", place), ("auto-archive", "false")) if waits else (("dest", place),)


def with_handler(parameters: ImportParameters, kind: str, *, direct_archive: bool = False) -> ImportParameters:
    """Return the parameters with an importer, named on every request: the default is not the same on all servers.

    ``SI`` was the default up to XNAT 1.8.9. ``DICOM-zip``, that of newer ones, archives in projects that archive by
    themselves, whatever the destination is; it alone writes archives straight into the archive (dicom-import 73, 86).

    Args:
        parameters: What the import was told.
        kind: Media type; single DICOM files have an importer of their own, the same on all servers.
        direct_archive: Whether the upload goes straight into the archive.
    """
    if parameters.get("import_handler") is not None or kind in _SINGLE:
        return parameters
    return {**parameters, "import_handler": "DICOM-zip" if direct_archive else "SI"}


def check_parameters(parameters: ImportParameters) -> None:
    """Refuse what no import can be told.

    Raises:
        InvalidValueError: A parameter is unknown, or two of them do not go together.
    """
    unknown = next((name for name in parameters if name not in ImportParameters.__annotations__), None)
    if unknown is not None:
        close = get_close_matches(unknown, ImportParameters.__annotations__, 1)
        msg = f"An import takes no {unknown}={f'; is {close[0]}= meant?' if close else ''}"
        raise InvalidValueError(msg)
    if parameters.get("overwrite") not in _OVERWRITES:
        msg = f"overwrite takes 'append', 'delete', 'override', 'none' or None, not {parameters.get('overwrite')!r}"
        raise InvalidValueError(msg)
    if parameters.get("prearchive_code") == 1 and parameters.get("overwrite") is not None:
        msg = "The server refuses overwrite= together with prearchive_code=1: take destination='/archive' in its place."
        raise InvalidValueError(msg)


def _is_said(given: Mapping[str, object], name: str) -> bool:
    value = given.get(name)
    return value is not None and (value is not False or name not in _SWITCHES)


def _text(value: object) -> str:
    return flag_text(value) if isinstance(value, bool) else str(value)


def _destination(text: str) -> str:
    place = text.strip().removeprefix("/data")
    place = place if place.startswith("/") else f"/{place}"
    if not place.startswith(("/archive", "/prearchive")):
        msg = f"A destination begins with /archive or /prearchive: {text!r} does not."
        raise InvalidValueError(msg)
    return place
