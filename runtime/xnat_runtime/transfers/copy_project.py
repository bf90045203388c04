"""A copy of a project from server to server: planned first, journalled, each item made exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..errors import UsageError
from .copy_choice import CopyChoice, IfThere
from .copy_plan import CopyPlan
from .copy_planning import Planning
from .copy_report import CopyReport
from .copy_run import CopyRun
from .copy_state import CopyState, read_ids, state_path
from .events import Events, Observer
from .options import TransferOptions
from .stop import Stop
from .upload_state import state_folder

if TYPE_CHECKING:
    from ..session import BaseSession


class CopyConflictError(UsageError):
    """A copy was not begun, since things on the target are in its way.

    Attributes:
        plan: The plan, with its conflicts.
    """

    def __init__(self, message: str, *, plan: CopyPlan | None = None) -> None:
        self.plan = plan
        super().__init__(message)


@attrs.frozen
class ProjectCopy:
    """One copy of one project; `plan` tells what it would do, `run` does it.

    Attributes:
        source: The connection that is read.
        project: ID of the project.
        target: The connection that is written.
        project_id: ID that the project gets there.
        name: Name that it gets there, "" for its own; names are unique on a server.
        choice: What of it is copied.
        if_there: "error" stops the copy before anything is written when items are on the target; "skip" leaves them
            as they are, with everything in them, and adds what is missing to the project and its subjects.
        shares: ID of the project on the target for each that items are shared into here; None for the same IDs.
        state: Folder of the journal, None for the user's own.
        options: How files travel.
        observer: Told of what happens.
    """

    source: BaseSession
    project: str
    target: BaseSession
    project_id: str
    name: str = ""
    choice: CopyChoice = attrs.field(factory=CopyChoice)
    if_there: IfThere = "error"
    shares: Mapping[str, str] | None = None
    state: Path | None = None
    options: TransferOptions = attrs.field(factory=TransferOptions)
    observer: Observer | None = None

    def plan(self) -> CopyPlan:
        """Return what would be done; nothing is written anywhere.

        Raises:
            UsageError: Source and target are the same project.
            NotFoundError: There is no such project on the source.
        """
        if self.source.server == self.target.server and self.project == self.project_id:
            msg = f"Project {self.project} cannot be copied to itself: give project_id= another ID, or another server."
            raise UsageError(msg)
        known = read_ids(state_path(self._folder, self._job))
        return Planning(
            self.source, self.target, self.project, self.project_id, self.choice, self.if_there, known, self.name
        ).plan()

    def run(self) -> CopyReport:
        """Copy, or go on where an earlier run stopped, and return what came of it.

        Raises:
            CopyConflictError: Something is in the way; nothing was written.
            XnatError: Something could not be copied, and failures are to be raised; all others were tried.
        """
        plan = self.plan()
        events, stop = Events(self.observer), Stop()
        with CopyState(self._folder, self._job, self.options.retry, stop, events) as state:
            plan = _without_own(plan, state)
            if plan.conflicts:
                told = f"{len(plan.conflicts):,} things on {plan.target} are in the way; nothing was copied.\n{plan}"
                raise CopyConflictError(told, plan=plan)
            run = CopyRun(self, plan, state, events, stop)
            try:
                run.everything()
            except BaseException:
                stop.set()
                raise
            if not run.failed:
                state.complete()
        if run.failed and self.options.failures == "raise":
            raise run.failed[0].error
        return CopyReport(
            plan, state.path, read_ids(state.path), tuple(run.carried.moved), tuple(run.carried.skipped),
            tuple(run.failed), (*plan.left_out, *run.left),
        )  # fmt: skip

    @property
    def _folder(self) -> Path:
        return self.state or state_folder()

    @property
    def _job(self) -> dict[str, str]:
        return {
            "copy": "project", "source": self.source.server, "project": self.project, "target": self.target.server,
            "project_id": self.project_id,
        }  # fmt: skip


def _without_own(plan: CopyPlan, state: CopyState) -> CopyPlan:
    """Return the plan without conflicts with what this copy was about to make when it was interrupted."""
    conflicts = tuple(each for each in plan.conflicts if not state.is_ours(f"{each.kind} {each.id}"))
    items = tuple(
        attrs.evolve(item, action="made") if state.is_ours(f"{item.kind} {item.id}") else item for item in plan.items
    )
    return attrs.evolve(plan, items=items, conflicts=conflicts)
