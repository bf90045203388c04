"""Received sessions on their way into the archive: what is asked, and what the answers mean (rest-data 12.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast
from urllib.parse import urlencode

import attrs

from .documents import read_item, read_table
from .errors import ConflictError, InvalidValueError, NotFoundError, ServerError, UnexpectedAnswerError, XnatError
from .paths import child, join
from .transport import Response, Timeouts, TimeoutSpec

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .session import BaseSession

ArchiveOverwrite: TypeAlias = Literal["none", "append", "delete"]
"""What happens to a session that exists: ``append`` joins it, ``delete`` joins it and replaces equal files too.

Neither of them deletes the session (dicom-import 76).
"""

PATIENT: Final = Timeouts(read=660.0)
"""The server gives up archiving after 600 seconds by itself (dicom-import 90)."""

ANSWERS: Final = frozenset({200, 301, 303})
"""301 and 303 carry the new place and are no redirects (rest-data 12.2, dicom-import 90)."""

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_PLACES: Final = ("/data/projects/", "/data/experiments/")

_ORIGIN: Final = "xnat:imageSessionData/prearchivePath"

_REPLACED: Final = re.compile(r"""[\s`~@#$%^&*()+=\[\]{}|\\/?:;"',.<>]""")

Pairs: TypeAlias = tuple[tuple[str, str], ...]


def archive_pairs(
    *,
    overwrite: ArchiveOverwrite | None,
    quarantine: bool | None = None,
    trigger_pipelines: bool | None = None,
    overwrite_files: bool | None = None,
    project: str | None = None,
    subject: str | None = None,
    experiment: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Pairs:
    """Return the parameters of an archive request; those that are None are not sent.

    Raises:
        InvalidValueError: ``overwrite`` is none of the words that the server knows.
    """
    if overwrite not in {None, "none", "append", "delete"}:
        msg = f"overwrite takes 'append', 'delete', 'none' or None, not {overwrite!r}"
        raise InvalidValueError(msg)
    flags = {"quarantine": quarantine, "triggerPipelines": trigger_pipelines, "overwrite_files": overwrite_files}
    texts = {"overwrite": overwrite, "project": project, "subject": subject, "session": experiment, **(fields or {})}
    return (
        ("auto-archive", "false"),
        *((name, value) for name, value in texts.items() if value is not None),
        *((name, flag_text(value)) for name, value in flags.items() if value is not None),
    )


def flag_text(value: bool) -> str:
    """Return a switch as the server reads it."""
    return "true" if value else "false"


def post_form(
    session: BaseSession,
    path: str,
    pairs: Iterable[tuple[str, str]],
    *,
    format: str | None = None,
    timeout: TimeoutSpec | None = None,
) -> Response:
    """Return the answer to a form, whose names may repeat; labels of patients so stay out of URLs.

    Raises:
        ResponseError: The status is none of `ANSWERS`.
    """
    body = urlencode(list(pairs)).encode("ascii")
    return session.post(path, body, headers=FORM, format=format, accepted_status=ANSWERS, timeout=timeout)


def source_of(path: str) -> str:
    """Return the path of a session as services take it in ``src``: without ``/data``."""
    return path.removeprefix("/data")


def path_of(session: BaseSession, uri: str) -> str:
    """Return the path that a path or full URL of the server names.

    Raises:
        ForeignUrlError: It belongs to another server.
        InvalidValueError: It is no URI.
    """
    return session.url_for(uri).removeprefix(session.server).partition("?")[0]


def places_of(session: BaseSession, answer: Response) -> list[str]:
    """Return the paths that an answer names, in its body (one a line) or, of a 303, in its ``Location``.

    Raises:
        UnexpectedAnswerError: A line is no path or URL of this server.
    """
    location = answer.headers.get("Location", "") if answer.status != 200 else ""
    lines = (line.strip() for line in answer.text.splitlines())
    named = [line for line in ((location,) if location else lines) if line]
    try:
        return [path_of(session, name) for name in named]
    except XnatError:
        msg = "the answer names no place on this server"
        raise UnexpectedAnswerError(msg, method=answer.method, url=answer.url) from None


def experiment_at(session: BaseSession, path: str) -> ExperimentObject:
    """Return the experiment at a path, loaded and named by its ID: one request.

    The server answers paths of labels, which a rename would make useless.

    Raises:
        UnexpectedAnswerError: There is something else.
        NotFoundError: There is nothing.
    """
    from .archive import ExperimentObject  # noqa: PLC0415 - the prearchive can be listed without the archive's classes
    from .locate import class_of  # noqa: PLC0415 - as above

    if not path.startswith(_PLACES):
        msg = "the server answered with a place that is no experiment"
        raise UnexpectedAnswerError(msg, method="POST", url=path)
    node = read_item(session.get_json(path), path)
    found = class_of(session, node.xsi_type, path)
    if found is None or not issubclass(found, ExperimentObject):
        msg = f"the item is of type {node.xsi_type or 'unknown'}, which this package does not know as an experiment"
        raise UnexpectedAnswerError(msg, method="GET", url=path)
    identity = str(node.fields.get("ID") or "")
    uri = child("/data/experiments", identity) if identity else path
    made = found.__xnat_from_server__(session, uri, dict(node.fields), None)
    made.__xnat_document__ = node
    return made


def archived(session: BaseSession, answer: Response) -> ExperimentObject:
    """Return the experiment that an answer of the archive service names: one request.

    Raises:
        UnexpectedAnswerError: It names none, or several.
    """
    places = places_of(session, answer)
    if len(places) != 1:
        msg = f"the answer names {len(places)} experiments in place of one"
        raise UnexpectedAnswerError(msg, method=answer.method, url=answer.url)
    return experiment_at(session, places[0])


def experiment_named(session: BaseSession, project: str, label: str, study: str) -> ExperimentObject | None:
    """Return the experiment of a label, when it is the study that was archived, else None: one request.

    Args:
        session: The connection.
        project: ID of the project.
        label: The label; signs that the archive does not keep are replaced as the server does (dicom-import 11).
        study: Study Instance UID, "" when it is not known.
    """
    path = join("data", "projects", project, "experiments", _REPLACED.sub("_", label))
    try:
        found = experiment_at(session, path)
    except NotFoundError:
        return None
    named = str(found.__xnat_row__.get("UID") or "")
    return found if not study or not named or study == named else None


def experiment_from(session: BaseSession, project: str, timestamp: str, folder: str) -> ExperimentObject | None:
    """Return the experiment that a folder of the prearchive became, which its document names: at most two requests.

    Args:
        session: The connection.
        project: ID of the project.
        timestamp: When it began to arrive, as its address says.
        folder: The folder.
    """
    path = join("data", "projects", project, "experiments")
    query = {"xsiType": "xnat:imageSessionData", "columns": f"ID,{_ORIGIN}"}
    for row in read_table(session.get_json(path, query=query), path):
        if str(row.get(_ORIGIN.lower()) or row.get(_ORIGIN) or "").endswith(f"/{timestamp}/{folder}"):
            return experiment_at(session, child("/data/experiments", str(row["ID"])))
    return None


def refusal(error: ServerError) -> ConflictError:
    """Return the conflict that the server reports as its own failure.

    Every refusal to archive is answered with 500, conflicts included (dicom-import 90).
    """
    return ConflictError(error.method, error.url, error.status, error.reason)


NoticeKind: TypeAlias = Literal["FAIL", "CONFLICT", "WARN"]


@attrs.frozen
class ArchiveNotice:
    """Something that archiving a session would run into (dicom-import 85).

    Attributes:
        code: The server's number of it.
        kind: ``FAIL`` stops it, ``CONFLICT`` stops it unless overridden, ``WARN`` does not.
        message: The server's words.
    """

    code: int
    kind: NoticeKind
    message: str


def notices(answer: Response) -> list[ArchiveNotice]:
    """Return the notices of an answer to ``validate-archive``."""
    return [
        ArchiveNotice(int(str(row["code"])), cast("NoticeKind", str(row["type"])), str(row.get("message") or ""))
        for row in read_table(answer.json(), answer.url)
    ]
