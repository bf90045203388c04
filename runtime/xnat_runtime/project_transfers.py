"""What a project does as a whole: a copy on this machine that is kept up to date, and one on another server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .archive_item import ArchiveObject

if TYPE_CHECKING:
    from .session import BaseSession
    from .transfers.copy_choice import CopyChoice, IfThere
    from .transfers.copy_plan import CopyPlan
    from .transfers.copy_project import ProjectCopy
    from .transfers.copy_report import CopyReport
    from .transfers.events import Observer
    from .transfers.mirror_report import MirrorReport
    from .transfers.options import TransferOptions


class MovableProject(ArchiveObject):
    """A project, as far as all of it is transferred."""

    def mirror(
        self,
        target: str | Path,
        *,
        check_all: bool = False,
        remove: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> MirrorReport:
        """Makes a folder hold all files of the project, and keeps it so: what is new or changed since travels.

        A run that finds nothing new takes seven requests, however large the project is. What changed is found by
        comparing the server's own tables with those that the last run kept, so that no clock is trusted.

        Args:
            target: The folder: ``subject/session/scans/...`` below it, with ``manifest.json``.
            check_all: Whether every item is looked at, and not only those whose tables changed: a file that was
                replaced by one of the same size leaves no trace in them, nor does one in a resource of a
                reconstruction.
            remove: Whether local files of what was deleted on the server are deleted, if nobody changed them; they
                are reported and kept by default.
            options: How it is done.
            progress: Told of what happens.

        Raises:
            TargetExistsError: Local files stand in the way or were changed; they are not replaced.
            UsageError: The folder holds another project or server, or another run is under way in it.
            ResponseError: The server refused.
        """
        from .transfers.mirror import Mirror  # noqa: PLC0415 - few programs mirror

        return Mirror(self, Path(target), check_all=check_all, remove=remove, options=options, observer=progress).run()

    def copy_to(
        self,
        target: BaseSession,
        project_id: str | None = None,
        *,
        name: str = "",
        choice: CopyChoice | None = None,
        if_there: IfThere = "error",
        shares: Mapping[str, str] | None = None,
        state: str | Path | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> CopyReport:
        """Copies the project to another server, or goes on with a copy that was interrupted.

        Subjects with demographics, custom variables and custom fields, experiments, scans, assessors, reconstructions,
        resources at every level and shares go along; users, settings and the prearchive do not. Each item is made
        exactly once, however often the copy was interrupted; files are compared with the digests of both servers;
        nothing on the target is written over. When it is run again after it was complete, what is new travels.

        Args:
            target: The connection to the other server.
            project_id: ID that the project gets there, None for its own.
            name: Name that it gets there, "" for its own. Names are unique on a server: a copy on the same one needs
                another.
            choice: Which subjects, data types, scan types and resources are copied, None for all.
            if_there: ``"error"`` copies nothing when items of the same label are there; ``"skip"`` leaves those as
                they are, with everything in them, and makes the others.
            shares: ID of the project there for each that items are shared into here; None for the same IDs.
            state: Folder of the journal and map of IDs, None for ``$XDG_STATE_HOME/xnat-sdk``.
            options: How files travel.
            progress: Told of what happens.

        Raises:
            CopyConflictError: Something is in the way; nothing was written. Its plan names all of it.
            XnatError: Something could not be copied; all others were tried.
        """
        copy = self._copy(
            target, project_id, name=name, choice=choice, if_there=if_there, shares=shares, state=state,
            options=options, progress=progress,
        )  # fmt: skip
        return copy.run()

    def plan_copy(
        self,
        target: BaseSession,
        project_id: str | None = None,
        *,
        name: str = "",
        choice: CopyChoice | None = None,
        if_there: IfThere = "error",
        state: str | Path | None = None,
    ) -> CopyPlan:
        """Returns what `copy_to` would do, with all conflicts; nothing is written. At most eight requests."""
        return self._copy(target, project_id, name=name, choice=choice, if_there=if_there, state=state).plan()

    def _copy(
        self,
        target: BaseSession,
        project_id: str | None,
        *,
        name: str = "",
        choice: CopyChoice | None = None,
        if_there: IfThere = "error",
        shares: Mapping[str, str] | None = None,
        state: str | Path | None = None,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
    ) -> ProjectCopy:
        from .transfers.copy_choice import CopyChoice  # noqa: PLC0415 - few programs copy projects
        from .transfers.copy_project import ProjectCopy  # noqa: PLC0415 - as above
        from .transfers.options import TransferOptions  # noqa: PLC0415 - as above

        own = str(self.__xnat_value__("ID"))
        return ProjectCopy(
            self.session, own, target, project_id or own, name, choice or CopyChoice(), if_there, shares,
            Path(state) if state is not None else None, options or TransferOptions(), progress,
        )  # fmt: skip
