"""A container on each of many objects: what is done is skipped, a few at a time, and a run can go on later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from ..errors import (
    BadRequestError,
    InvalidValueError,
    NotFoundError,
    OperationFailedError,
    PermissionDeniedError,
    PluginMissingError,
    ServerError,
    XnatError,
)
from ..objects import XnatObject
from ..paths import join
from .calls import objects
from .done import Output, done_items
from .job import Job, JobState
from .launch_journal import LaunchJournal, Noted
from .launches import Launched, Launches
from .launching import Inputs, send, texts_of
from .pacing import Pace, Rounds
from .records import Container
from .targets import check_kind, project_of, root_of, value_of

if TYPE_CHECKING:
    from ..session import BaseSession
    from .records import Wrapper

__all__ = ["Launches", "Output", "Pace", "launch_many"]

T = TypeVar("T", bound=XnatObject)

# Refusals of one object; anything else, such as a connection that broke, ends the run.
_REFUSALS: Final = (OperationFailedError, PermissionDeniedError, NotFoundError, BadRequestError, ServerError)


@attrs.frozen
class _Plan(Generic[T]):
    """One launch that is ready to be sent."""

    item: T
    uri: str
    path: str
    values: Mapping[str, str]
    root: str


def launch_many(
    session: BaseSession,
    items: Sequence[T],
    wrapper: Wrapper,
    inputs: Inputs | Callable[[T], Inputs],
    *,
    output: Output[T] | None,
    again: bool,
    journal: Path | None,
    pace: Pace,
    root: str,
) -> Launches[T]:
    """Launches a container on each object and waits for all; see `Containers.launch_many`."""
    taken = root_of(wrapper, root)
    if taken is None:
        msg = f"wrapper {wrapper.name!r} takes no object: launch() it once"
        raise InvalidValueError(msg)
    for item in items:
        check_kind(taken, item)
    chosen = {item.uri: item for item in items}
    with LaunchJournal(journal, session.server, f"{wrapper.name} ({wrapper.id})") as notes:
        run = _Run[T](session, notes, pace)
        known = {} if again else {uri: notes.known[uri] for uri in chosen if uri in notes.known}
        fresh = [item for uri, item in chosen.items() if not _is_settled(known.get(uri))]
        done = set[str]() if again else done_items(session, fresh, output, wrapper, taken)
        plans = [
            _plan(wrapper, item, inputs(item) if callable(inputs) else inputs, taken.name)
            for item in fresh
            if item.uri not in done
        ]
        run.take_known(chosen, known, done)
        run.take(plans, _in_doubt(session, wrapper, plans, known, notes))
        run.go()
        return Launches([run.outcomes[uri] for uri in chosen])


def _is_settled(noted: Noted | None) -> bool:
    """Return whether a journal tells of a job that need not be launched: it is complete, or has not ended."""
    if noted is None:
        return False
    return noted.status.startswith("Complete") or bool(noted.workflow_id and not noted.status)


def _plan(wrapper: Wrapper, item: T, inputs: Inputs, root: str) -> _Plan[T]:
    values = {**texts_of(wrapper, inputs), root: value_of(item)}
    project = project_of(item)
    above = ("projects", project) if project else ()
    path = join("xapi", *above, "wrappers", str(wrapper.id), "root", root, "launch")
    return _Plan(item, item.uri, path, values, root)


def _in_doubt(
    session: BaseSession,
    wrapper: Wrapper,
    plans: Sequence[_Plan[T]],
    known: Mapping[str, Noted],
    notes: LaunchJournal,
) -> dict[str, str]:
    """Return the workflows of launches that were sent and whose answer was not noted, by URI.

    Found among the containers, one request: a launch that still waits has none, and is sent again.
    """
    lost = {plan.values[plan.root]: plan for plan in plans if known.get(plan.uri) == Noted()}
    if not lost:
        return {}
    found: dict[str, str] = {}
    for container in map(Container, objects(session, "/xapi/containers")):
        plan = lost.get(container.input(next(iter(lost.values())).root) or "")
        workflow = container.workflow_id or ""
        if plan is not None and container.wrapper_id == wrapper.id and workflow not in notes.workflows | {""}:
            found[plan.uri] = workflow
    return found


class _Run(Generic[T]):
    """Launches that wait here, jobs that wait or run on the server, and what became of each object."""

    def __init__(self, session: BaseSession, notes: LaunchJournal, pace: Pace) -> None:
        self._session = session
        self._notes = notes
        self._pace = pace
        self._waiting: deque[_Plan[T]] = deque()
        self._running: dict[str, tuple[T, Job, JobState]] = {}
        self.outcomes: dict[str, Launched[T]] = {}

    def take_known(self, chosen: Mapping[str, T], known: Mapping[str, Noted], done: set[str]) -> None:
        """Take over what is done, and jobs of an earlier run that have not ended."""
        for uri, item in chosen.items():
            noted = known.get(uri, Noted())
            if uri in done:
                self.outcomes[uri] = Launched(item, reason="it has the output", skipped=True)
            elif noted.status.startswith("Complete"):
                self.outcomes[uri] = Launched(
                    item, noted.status, noted.workflow_id, "complete in the journal", skipped=True
                )
            elif noted.workflow_id and not noted.status:
                self._follow(uri, item, noted.workflow_id)

    def take(self, plans: Sequence[_Plan[T]], found: Mapping[str, str]) -> None:
        """Take launches; those that were found on the server are followed."""
        for plan in plans:
            if plan.uri in found:
                self._notes.launched(plan.uri, found[plan.uri])
                self._follow(plan.uri, plan.item, found[plan.uri])
            else:
                self._waiting.append(plan)

    def _follow(self, uri: str, item: T, workflow_id: str) -> None:
        self._running[uri] = (item, Job(self._session, workflow_id), JobState("_Queued"))

    def go(self) -> None:
        """Launch and ask until everything has ended, or the time is over."""
        rounds = Rounds(self._pace)
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self._pace.limit:
                self._launch(self._waiting.popleft())
            if not self._running:
                continue
            if not rounds.pause():
                break
            if self._ask():
                rounds.changed()
        for uri, (item, job, state) in self._running.items():
            self.outcomes[uri] = Launched(item, state.status, job.workflow_id, "the time was over")
        for plan in self._waiting:
            self.outcomes[plan.uri] = Launched(plan.item, reason="the time was over")

    def _launch(self, plan: _Plan[T]) -> None:
        self._notes.sending(plan.uri)
        try:
            job = send(self._session, plan.path, plan.values)
        except PluginMissingError:
            raise
        except _REFUSALS as refusal:
            self._refused(plan, refusal)
            return
        if not job.workflow_id:
            self._refused(plan, OperationFailedError("the server told no workflow"))
            return
        self._notes.launched(plan.uri, job.workflow_id)
        self._running[plan.uri] = (plan.item, job, JobState("_Queued"))

    def _refused(self, plan: _Plan[T], refusal: XnatError) -> None:
        # A proxy that gives up says nothing of the server behind it: the next run looks whether the launch arrived.
        if not isinstance(refusal, ServerError):
            self._notes.ended(plan.uri, "", "not launched")
        self.outcomes[plan.uri] = Launched(plan.item, reason=str(refusal), has_failed=True)

    def _ask(self) -> bool:
        """Ask for every job, and return whether one has ended."""
        ended = False
        for uri, (item, job, _) in list(self._running.items()):
            try:
                state = job.state()
            except NotFoundError:
                state = JobState("Failed (workflow gone)", "the server does not know the workflow any more")
            self._running[uri] = (item, job, state)
            if state.has_ended:
                self._end(uri, item, job, state)
                ended = True
        return ended

    def _end(self, uri: str, item: T, job: Job, state: JobState) -> None:
        del self._running[uri]
        self._notes.ended(uri, job.workflow_id, state.status)
        self.outcomes[uri] = Launched(
            item, state.status, job.workflow_id, state.details, has_failed=not state.is_complete
        )
