"""Which import handler a request means, and what it answers (rest-data 13, dicom-import section 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeAlias

from ..call import Call
from ..errors import StatusError
from . import automation, gradual, inbox, session_importer, xar
from .destination import Destination, parse
from .options import Parameters, is_archive
from .upload import Upload, find_upload

Importer: TypeAlias = Callable[[Call, Parameters, Destination, Upload], list[str]]

_IMPORTERS: Mapping[str, Importer] = {
    "SI": session_importer.run,
    "DICOM-zip": gradual.run_zip,
    "gradual-DICOM": gradual.run_gradual,
    "XAR": xar.run,
}
_WITHOUT_FILE = frozenset({"inbox", "automation"})
MIRC_TYPES = frozenset({"application/x-mirc", "application/x-mirc-dicom"})
_GRADUAL_TYPES = MIRC_TYPES | {"application/dicom"}
_NO_FILE = "Unable to identify upload format."
_CLASSIC = frozenset({"1.7", "1.8"})


def handler_of(call: Call, parameters: Parameters) -> str:
    """Return the name of the import handler: the one that is named, else by content type, else the server's default.

    Raises:
        StatusError: 404, no handler has that name.
    """
    named = parameters.get("import-handler")
    if named:
        if named not in _IMPORTERS and named not in _WITHOUT_FILE:
            raise StatusError(404, f"Unknown importer implementation specified: {named}")
        return named
    if call.content_type in _GRADUAL_TYPES:
        return "gradual-DICOM"
    if call.site.mode.version in _CLASSIC:
        return "SI"
    preferred = call.archive.settings.text("uiDefaultCompressedUploaderImporter")
    return preferred if preferred in _IMPORTERS else "DICOM-zip"


def run_import(call: Call, parameters: Parameters) -> list[str]:
    """Do what an import request asks for and return the addresses that it is answered with.

    Raises:
        StatusError: 400, 404 and 409 as the handlers say; 400 without a file, 500 when no handler is named either.
    """
    handler = handler_of(call, parameters)
    if handler == "inbox":
        return inbox.run(call, parameters)
    upload = find_upload(call, parameters)
    if handler == "automation":
        return automation.run(call, parameters, upload)
    if upload is None:
        raise StatusError(400 if parameters.get("import-handler") else 500, _NO_FILE)
    try:
        dest = parse(parameters.get("dest"))
        return _IMPORTERS[handler](call, parameters, dest, upload)
    finally:
        upload.stream.close()


def is_watched(parameters: Parameters) -> bool:
    """Tell whether a request of a cached file is followed through ``/status/{id}`` (rest-data 13.6)."""
    return bool(parameters.get("http-session-listener") and parameters.get("src"))


def run_told(call: Call, parameters: Parameters) -> list[str]:
    """Return what ``run_import`` returns; who named a transaction reads its progress meanwhile and afterwards."""
    transaction = parameters.get("http-session-listener")
    if not transaction:
        return run_import(call, parameters)
    _begin(call, transaction)
    return _told(call, parameters, transaction)


def run_watched(call: Call, parameters: Parameters) -> str:
    """Start an import whose progress is asked for later, and return what is said at once."""
    transaction = parameters.get("http-session-listener")
    handler_of(call, parameters)
    _begin(call, transaction)
    call.site.background.submit(lambda: _watched(call, parameters, transaction))
    straight = parameters.get("prearchive_code") == "1" or is_archive(parameters.get("dest"))
    return "Submitted for archival" if straight else "Submitted for prearchival"


def _begin(call: Call, transaction: str) -> None:
    call.site.transactions.add(call.login, transaction, "PROCESSING", "Importing the uploaded file")


def _watched(call: Call, parameters: Parameters, transaction: str) -> None:
    with suppress(StatusError):
        _told(call, parameters, transaction)


def _told(call: Call, parameters: Parameters, transaction: str) -> list[str]:
    progress = call.site.transactions
    try:
        found = run_import(call, parameters)
    except StatusError as refusal:
        progress.add(call.login, transaction, "FAILED", refusal.message, terminal=True)
        raise
    archived = all(uri.startswith("/data/archive") for uri in found)
    text = f"{'Archive' if archived else 'Prearchive'}:{';'.join(uri.removeprefix('/data') for uri in found)}"
    progress.add(call.login, transaction, "COMPLETED", text, terminal=True)
    return found
