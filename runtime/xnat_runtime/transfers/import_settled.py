"""Imports of archives: one request, made up for when its reply is lost, and counted afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import NotFoundError, OperationFailedError
from ..import_parameters import ImportParameters
from ..import_results import DirectArchiveSession, ImportMessage, messages, result_at, results
from ..imports import CachedFile, send_import
from ..prearchive_session import PrearchiveSession
from ..waiting import Patience
from .dicom_files import Series, find_series
from .import_counts import compared, require_all
from .import_gradual import server_scans
from .reconcile import settled
from .stop import Stop
from .upload_plan import planned
from .workers import interruptibly

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
        sent = partial(send_import, session, source, destination, told, direct_archive=direct_archive)
        return results(session, interruptibly(sent, Stop()))

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
    session: BaseSession,
    folder: Path,
    found: Sequence[ImportResult[ExperimentObject]],
    parameters: ImportParameters,
) -> None:
    """Return when what a folder became has as many objects of each series as the folder: a request or two for each.

    Studies are told by their UIDs. Where a site has changed these, the sessions are counted all together.

    Raises:
        IncompleteTransferError: There are fewer of one.
    """
    if parameters.get("import_handler") not in _COUNTED or not found:
        return
    series = find_series(planned(folder, "files", any_name=True)[0]).series
    by_study = _by_study(found, series) if len(found) > 1 else None
    for results_, own in by_study or [(list(found), list(series))]:
        scans = [server_scans(session, each) for each in results_]
        known = [scan for each in scans if each is not None for scan in each]
        if None not in scans:
            require_all(compared(own, known), ", ".join(map(repr, results_)))


def _by_study(
    found: Sequence[ImportResult[ExperimentObject]], series: Sequence[Series]
) -> list[tuple[list[ImportResult[ExperimentObject]], list[Series]]] | None:
    """Return each study's sessions and series, None when a study is not to be found among the sessions."""
    tags = [(_study_of(each), each) for each in found]
    pairs = [
        ([each for tag, each in tags if tag == study], [one for one in series if one.study == study])
        for study in dict.fromkeys(one.study for one in series)
    ]
    return pairs if all(results_ for results_, _ in pairs) else None


def _study_of(result: ImportResult[ExperimentObject]) -> str:
    if isinstance(result, PrearchiveSession | DirectArchiveSession):
        with suppress(NotFoundError):
            return result.tag
        return ""
    return str(result.__xnat_row__.get("UID") or "")
