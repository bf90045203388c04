"""A single launch: its inputs checked, sent, and its answer read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import InvalidValueError, OperationFailedError, UnexpectedAnswerError
from ..paths import join
from .calls import plugged
from .job import Job
from .records import LaunchReport
from .targets import check_kind, project_of, root_of, value_of

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession
    from .records import Wrapper

Inputs: TypeAlias = Mapping[str, str | int | float | bool]
"""Values of inputs by name."""

# With 500 comes the report of a launch that failed.
_ANSWERED: Final = frozenset((*range(200, 300), 500))


def texts_of(wrapper: Wrapper, inputs: Inputs) -> dict[str, str]:
    """Returns the values as they are sent.

    Raises:
        InvalidValueError: The wrapper has no such input.
    """
    known = _names(wrapper)
    unknown = sorted(inputs.keys() - known)
    if unknown:
        msg = f"wrapper {wrapper.name!r} has no input {', '.join(unknown)}; it has {', '.join(sorted(known)) or 'none'}"
        raise InvalidValueError(msg)
    return {name: _text(value) for name, value in inputs.items()}


def _names(wrapper: Wrapper) -> set[str]:
    own = [*(wrapper.external_inputs or []), *(wrapper.derived_inputs or [])]
    provided = {one.provides for one in own}
    free = [one for one in wrapper.command.inputs or [] if one.name not in provided]
    return {one.name for one in (*own, *free)}


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def launch(
    session: BaseSession, wrapper: Wrapper, item: XnatObject | None, inputs: Inputs, *, project: str, root: str
) -> Job:
    """Launches a container, and returns the job: one request; see `Containers.launch`."""
    taken = root_of(wrapper, root)
    sent = texts_of(wrapper, inputs)
    if taken is None or item is None:
        if item is not None or (taken is not None and taken.name not in sent):
            msg = f"wrapper {wrapper.name!r} takes {'no object' if taken is None else f'a {taken.type}'}"
            raise InvalidValueError(msg)
    else:
        check_kind(taken, item)
        sent[taken.name] = value_of(item)
    place = project or (project_of(item) if item is not None else "")
    above = ("projects", place) if place else ()
    below = ("root", taken.name) if taken is not None else ()
    return send(session, join("xapi", *above, "wrappers", str(wrapper.id), *below, "launch"), sent)


def send(session: BaseSession, uri: str, values: Mapping[str, str]) -> Job:
    """Sends a launch, and returns the job.

    Raises:
        OperationFailedError: The server could not queue it.
        UnexpectedAnswerError: The answer is none of the plugin.
    """
    with plugged(session):
        answer = session.post(uri, json=dict(values), accepted_status=_ANSWERED)
    try:
        found = answer.json()
    except UnexpectedAnswerError:
        if not answer.ok:
            raise answer.error() from None
        raise
    report = LaunchReport(found if isinstance(found, dict) else {})
    if "status" not in report:
        msg = "the answer is no report of a launch"
        raise UnexpectedAnswerError(msg, method="POST", url=uri)
    if report.status != "success":
        msg = f"POST {uri}: the server could not queue the launch"
        raise OperationFailedError(msg, status=report.status, reason=report.message or "")
    workflow = report.workflow_id or ""
    return Job(session, workflow if workflow.isdecimal() else "")
