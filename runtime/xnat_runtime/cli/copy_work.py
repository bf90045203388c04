"""What ``copy`` does: logs in at both ends, plans, copies and tells."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

import attrs

from ..errors import InvalidValueError, XnatError
from ..paths import segment
from ..transfers.copy_choice import CopyChoice
from ..transfers.copy_plan import CopyPlan
from ..transfers.copy_project import CopyConflictError
from ..transfers.options import TransferOptions
from .bars import bars
from .changing import counted
from .connection import open_connection
from .context import close_soon
from .failures import in_options
from .mirroring import project_at
from .records import recorded
from .statuses import CONFLICT
from .told import Told

if TYPE_CHECKING:
    from ..session import BaseSession
    from .context import Run


@attrs.frozen
class Goal:
    """The other end.

    Attributes:
        server: Its URL, None for the same server or that of the profile.
        profile: Name of a server.
        user: Account there.
    """

    server: str | None
    profile: str | None
    user: str | None


@attrs.frozen
class Wish:
    """What is typed of the projects."""

    project: str
    target: str | None
    name: str
    subjects: Sequence[str]
    types: Sequence[str]
    scans: Sequence[str]
    resources: Sequence[str]
    if_there: Literal["error", "skip"]
    shares: Sequence[str]
    workers: int

    @property
    def choice(self) -> CopyChoice:
        """What of the project is copied."""
        return CopyChoice(self.subjects, self.types, self.scans, self.resources)

    @property
    def shared(self) -> Mapping[str, str] | None:
        """IDs of projects there, by those here.

        Raises:
            InvalidValueError: One is not written ``ID=NEW_ID``.
        """
        pairs = [each.partition("=") for each in self.shares]
        if not all(own and new for own, _, new in pairs):
            msg = "--share takes ID=NEW_ID, such as --share study=study2"
            raise InvalidValueError(msg)
        return {own: new for own, _, new in pairs} or None


def carry_out(run: Run, wish: Wish, goal: Goal) -> None:
    """Copies, or shows the plan with ``--dry-run``.

    Raises:
        UsageError: Both are the same project.
        XnatError: One of the servers refused.
    """
    shares, begun = wish.shared, time.monotonic()
    with _other(run, goal) as target:
        item = project_at(run, wish.project)
        if run.settings.dry_run:
            plan = item.plan_copy(
                target, wish.target, name=wish.name, choice=wish.choice, if_there=wish.if_there
            )  # fmt: skip
            _show(run, plan)
            return
        there = f"{target.server.rstrip('/')}/data/projects/{segment(wish.target or str(item.__xnat_value__('ID')))}"
        with recorded(run, "copy", [item.uri, there]):
            try:
                with bars(run) as observer:
                    report = item.copy_to(
                        target, wish.target, name=wish.name, choice=wish.choice, if_there=wish.if_there, shares=shares,
                        options=TransferOptions(workers=wish.workers, failures="report"), progress=observer,
                    )  # fmt: skip
            except CopyConflictError as error:
                if error.plan is None:
                    raise
                _show(run, error.plan)
                return
            left_out = [attrs.asdict(each) for each in report.left_out]
            more = {"source": item.uri, "target": there, "ids": dict(report.ids), "left_out": left_out}
            notes = [f"left out: {each.name}: {each.reason}" for each in report.left_out]
            Told(
                "copied", there, report.moved, report.skipped, report.failed, begun, more, notes, "uri"
            ).tell(run)  # fmt: skip


@contextmanager
def _other(run: Run, goal: Goal) -> Generator[BaseSession, None, None]:
    """Yields the connection to the other server, or to the same one, and logs out there."""
    if goal.server is None and goal.profile is None:
        if goal.user is not None:
            msg = "--to-user is the account on another server: name that with --to-server or --to-profile"
            raise InvalidValueError(msg)
        yield run.connection
        return
    settings = attrs.evolve(run.settings, server=goal.server, profile=goal.profile, user=goal.user)
    target = open_connection(run.site, settings, run.watch)
    try:
        yield target
    except KeyboardInterrupt:
        close_soon(target)
        raise
    except BaseException:
        with suppress(XnatError):
            target.close()
        raise
    target.close()


def _show(run: Run, plan: CopyPlan) -> None:
    """Tells what a copy would do; what is in its way makes the status."""
    values = {
        "source": plan.source, "target": plan.target,
        "items": [attrs.asdict(each) for each in plan.items],
        "conflicts": [attrs.asdict(each) for each in plan.conflicts],
        "left_out": [attrs.asdict(each) for each in plan.left_out],
    }  # fmt: skip
    run.out.record(values, in_options(str(plan)))
    if plan.conflicts:
        run.status = CONFLICT
        told = f"{counted(len(plan.conflicts), 'thing')} on {plan.target} in the way; nothing was copied"
        sys.stderr.write(f"error: {told}\n")
    else:
        run.out.say("Nothing was copied")
