"""Imports of archives: one request, made up for when its reply is lost, and counted afterwards."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import OperationFailedError
from ..import_parameters import ImportParameters
from ..import_results import ImportMessage, messages, result_at, results
from ..imports import CachedFile, send_import
from ..waiting import Patience
from .dicom_files import find_series
from .import_counts import compared, require_all
from .import_gradual import server_scans
from .reconcile import settled
from .upload_plan import planned

if TYPE_CHECKING:
    from ..archive import ExperimentObject
    from ..import_results import ImportResult
    from ..imports import ImportSource
    from ..session import BaseSession

_COUNTED: Final = frozenset({None, "SI", "DICOM-zip"})
_FAILED: Final = "FAILED"


def settled_import(
    session: BaseSession,
    source: ImportSource,
    destination: str | None,
    parameters: ImportParameters,
    *,
    direct_archive: bool = False,
    patience: Patience | None = None,
) -> list[ImportResult[ExperimentObject]]:
    """Return what an upload became; it is sent once.

    Every upload has a number of its own, under which the server tells how far it is (rest-data 13.3): when the reply
    is lost, the server is asked there until it has come to an end. A server that says nothing of it leaves the error.

    Args:
        session: The connection.
        source: What is imported.
        destination: Where it goes.
        parameters: What else the import is told.
        direct_archive: Whether files go to the archive without a stay in the prearchive.
        patience: How a server is waited for whose reply was lost.

    Raises:
        OperationFailedError: The reply was lost, and the import failed.
        TransportError: The reply was lost, and the server does not tell what became of the import.
    """
    # A cached file is imported after the answer when it has a number.
    told = parameters if isinstance(source, CachedFile) else _numbered(parameters)

    def send() -> list[ImportResult[ExperimentObject]]:
        answer = send_import(session, source, destination, told, direct_archive=direct_archive)
        return results(session, answer)

    def look() -> list[ImportResult[ExperimentObject]] | None:
        number = told.get("transaction")
        return None if number is None else _became(session, number, patience or Patience())

    return settled(send, look)


def _numbered(parameters: ImportParameters) -> ImportParameters:
    return parameters if parameters.get("transaction") else {**parameters, "transaction": f"sdk-{uuid.uuid4().hex}"}


def _became(session: BaseSession, number: str, patience: Patience) -> list[ImportResult[ExperimentObject]] | None:
    """Return what an import became when it ended well, None when the server knows none of this number."""

    def ask() -> ImportMessage | None:
        said = messages(session, number)
        return next((each for each in said if each.terminal), said[-1] if said else None)

    last = patience.until(ask, lambda said: said is None or said.terminal, "the import whose reply was lost")
    if last is None:
        return None
    if last.status == _FAILED:
        msg = f"The reply of the import was lost; the server tells that it failed: {last.text}"
        raise OperationFailedError(msg, status=last.status, reason=last.text)
    places = [line for line in last.text.partition(":")[2].split(";") if line.strip()]
    return [result_at(session, _full(place.strip())) for place in places]


def _full(place: str) -> str:
    return place if place.startswith(("/data/", "/xapi/", "http://", "https://")) else f"/data{place}"


def require_counts(
    session: BaseSession, folder: Path, result: ImportResult[ExperimentObject], parameters: ImportParameters
) -> None:
    """Return when what a folder became has as many objects of each series as the folder: at most one request.

    Raises:
        IncompleteTransferError: It has fewer of one.
    """
    if parameters.get("import_handler") not in _COUNTED:
        return
    series = find_series(planned(folder, "files")[0]).series
    scans = server_scans(session, result) if len({one.study for one in series}) == 1 else None
    if scans is not None:
        require_all(compared(series, scans), repr(result))
