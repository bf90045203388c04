"""``mirror``."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from .bars import bars
from .context import Run
from .declare import command

if TYPE_CHECKING:
    from ..hierarchy import ProjectObject
    from ..transfers.mirror_report import MirrorReport

_Project: TypeAlias = Annotated[str, typer.Argument(metavar="PROJECT", help="The project.")]
_Folder: TypeAlias = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder; made when it is missing.")]
_Delete: TypeAlias = Annotated[
    bool, typer.Option("--delete", help="Delete files here whose originals are gone, if nobody changed them.")
]
_CheckAll: TypeAlias = Annotated[
    bool, typer.Option("--check-all", help="Look at every item, not only at those whose tables changed.")
]
_Workers: TypeAlias = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Connections at a time.")]


@command(changes=True, examples=("mirror sandbox sandbox-mirror", "mirror sandbox sandbox-mirror --delete --dry-run"))
def mirror(  # noqa: PLR0917 - a parameter an option
    run: Run,
    project: _Project,
    folder: _Folder,
    delete: _Delete = False,
    check_all: _CheckAll = False,
    workers: _Workers = 4,
) -> None:
    """Keep a folder in step with a project: what is new or changed since the last run is downloaded.

    A file that you changed is never replaced or deleted. Files whose originals are gone stay, unless --delete is given.
    """
    from ..transfers.mirror import Mirror  # noqa: PLC0415 - --help needs none
    from ..transfers.options import TransferOptions  # noqa: PLC0415 - as above

    begun, item = time.monotonic(), project_at(run, project)
    if run.settings.dry_run:
        _show(run, Mirror(item, folder, check_all=check_all).look(), deletes=delete)
        return
    question = f"Delete the files below {folder} whose originals are gone from {project}?"
    if delete and not run.confirm(question):
        return
    with _recorded(run, folder, deletes=delete):
        with bars(run) as observer:
            report = item.mirror(
                folder, check_all=check_all, remove=delete, progress=observer,
                options=TransferOptions(workers=workers, failures="report"),
            )  # fmt: skip
        _tell(run, report, begun)


def project_at(run: Run, path: str) -> ProjectObject:
    """Returns the project that a path names: one request.

    Raises:
        InvalidValueError: It names something else.
        NotFoundError: There is none.
    """
    from ..errors import InvalidValueError  # noqa: PLC0415 - as above
    from ..hierarchy import ProjectObject  # noqa: PLC0415 - as above
    from .places import object_at  # noqa: PLC0415 - as above

    item = object_at(run.connection, path)
    if not isinstance(item, ProjectObject):
        msg = f"{path} is no project"
        raise InvalidValueError(msg)
    return item


def _recorded(run: Run, folder: Path, *, deletes: bool) -> AbstractContextManager[object]:
    """Records what deletes local files; all else adds to them."""
    from .records import recorded  # noqa: PLC0415 - as above

    return recorded(run, "mirror --delete", [str(folder)]) if deletes else nullcontext()


def _tell(run: Run, report: MirrorReport, begun: float) -> None:
    from .told import Told  # noqa: PLC0415 - as above

    done = report.transfer
    fates = {True: "deleted here, too", False: "kept here"}
    notes = [f"gone from the server: {each.path}, {fates[each.is_removed]}" for each in report.gone_files]
    more = {"folder": str(done.path), **_changes(report)}
    Told(
        "downloaded", str(done.path), done.moved, done.skipped, done.failed, begun, more, notes
    ).tell(run)  # fmt: skip


def _changes(report: MirrorReport) -> dict[str, object]:
    return {
        "since": report.since, "visited": list(report.visited), "gone": list(report.gone),
        "gone_files": [{"path": each.path, "uri": each.uri, "deleted": each.is_removed} for each in report.gone_files],
    }  # fmt: skip


def _show(run: Run, report: MirrorReport, *, deletes: bool) -> None:
    """Tells what a run would do, as far as the server's tables tell."""
    fate = "would be deleted" if deletes else "would stay"
    lines = [f"would be looked into: {label}" for label in report.visited]
    lines += [f"gone from the server: {label}" for label in report.gone]
    lines += [f"{fate}: {each.path}" for each in report.gone_files]
    values = {"folder": str(report.transfer.path), **_changes(report)}
    run.out.record(values, "\n".join(lines) or "nothing is new, changed or gone")
    run.out.say("Nothing was changed. Files deleted from items that are still there are found by the run itself.")
