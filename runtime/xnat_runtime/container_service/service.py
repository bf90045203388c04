"""The container service of a server: ``connection.containers`` (schema-and-search 5.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import UsageError
from ..paths import join
from .calls import objects, one_object, plugged
from .commands import Commands
from .docker import Docker
from .job import Job
from .launching import Inputs, launch
from .records import Container, VersionCheck
from .wrappers import WrapperLike, Wrappers

if TYPE_CHECKING:
    from ..objects import XnatObject
    from ..session import BaseSession
    from .launch_many import Launches, Output
    from .pacing import Pace

T = TypeVar("T", bound="XnatObject")


class Containers:
    """The container service of a server. Every method raises PluginMissingError where the plugin is not installed."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<Containers of {self._session!r}>"

    @property
    def commands(self) -> Commands:
        """Images and how they are run."""
        return Commands(self._session)

    @property
    def wrappers(self) -> Wrappers:
        """The ways to launch commands on objects, where they are enabled, and how they are configured."""
        return Wrappers(self._session)

    @property
    def docker(self) -> Docker:
        """Where containers run, and where images come from."""
        return Docker(self._session)

    def version(self) -> VersionCheck:
        """Returns whether the plugin fits the server: one request."""
        return VersionCheck(one_object(self._session, "/xapi/containers/version"))

    # Launching

    def launch(
        self,
        wrapper: WrapperLike,
        item: XnatObject | None = None,
        inputs: Inputs | None = None,
        *,
        project: str = "",
        root: str = "",
    ) -> Job:
        """Launches a container on an object, and returns the job without waiting for it.

        One request; one more for a wrapper that is named, and for an object whose project nothing tells yet.

        Args:
            wrapper: The wrapper, its number or its name.
            item: The object: a session, a scan, whatever the wrapper takes; None for a wrapper that takes none.
            inputs: Values of its other inputs by name; the server has defaults for what is left out.
            project: ID of the project whose settings hold, by default that of the object.
            root: Name of the input that takes the object, for wrappers with several.

        Raises:
            InvalidValueError: The object is of another kind than the wrapper takes, or an input is unknown.
            KeyNotFoundError: There is no such wrapper.
            OperationFailedError: The server could not queue it.
            PermissionDeniedError: You may not read the project.
            PluginMissingError: The server has no container service.
        """
        found = self.wrappers.find(wrapper)
        return launch(self._session, found, item, inputs or {}, project=project, root=root)

    def launch_many(
        self,
        items: Iterable[T],
        wrapper: WrapperLike,
        inputs: Inputs | Callable[[T], Inputs] | None = None,
        *,
        output: Output[T] | None = None,
        again: bool = False,
        journal: str | Path | None = None,
        pace: Pace | None = None,
        root: str = "",
    ) -> Launches[T]:
        """Launches a container on each of many objects, waits for all of them, and tells how each ended.

        Objects that have the output already are skipped, and never more than `Pace.limit` of these jobs wait or run at
        a time. Requests: one for the wrapper when it is named, at most two to see which objects have the output, one
        to launch each other object, one to ask about each job in each round.

        Args:
            items: The objects, such as a query, a listing or a list.
            wrapper: The wrapper, its number or its name.
            inputs: Values of the other inputs by name, or a function that takes an object and returns them.
            output: What tells that an object is done: the label of a resource, or a function that takes the object. By
                default the resources that the wrapper says it makes on its object; of a wrapper that makes none no
                object is done.
            again: Whether objects that have the output are launched too.
            journal: A file that a run with the same file goes on from: what is complete there is skipped, jobs that
                were running are waited for and not launched a second time, those that failed are launched again.
            pace: How many jobs at a time, how often they are asked for, and for how long.
            root: Name of the input that takes the object, for wrappers with several.

        Returns:
            What became of each object. Nothing is raised for a job that failed; see `Launches.raise_failures`.

        Raises:
            InvalidValueError: An object is of another kind than the wrapper takes, an input is unknown, or the journal
                is one of another wrapper. Nothing was launched.
            KeyNotFoundError: There is no such wrapper.
            PluginMissingError: The server has no container service.
        """
        from .launch_many import launch_many  # noqa: PLC0415  # few programs launch many
        from .pacing import Pace  # noqa: PLC0415  # as above

        found = self.wrappers.find(wrapper)
        path = None if journal is None else Path(journal)
        return launch_many(
            self._session, tuple(items), found, inputs or {}, output=output, again=again, journal=path,
            pace=pace or Pace(), root=root,
        )  # fmt: skip

    # What is running, and what ran

    def list(self, project: str = "", *, active: bool = False) -> tuple[Container, ...]:
        """Returns the containers that one may see, newest last: one request.

        Args:
            project: Only those of this project, by its ID.
            active: Only those that have not ended.

        Raises:
            NotFoundError: There is no such project.
        """
        above = ("projects", project) if project else ()
        query: Mapping[str, str] = {"nonfinalized": "true"} if active else {}
        found = objects(self._session, join("xapi", *above, "containers"), query)
        return tuple(Container(one) for one in found)

    def get(self, container: int | str) -> Container:
        """Returns the record of a container, by its number or what its host calls it: one request.

        Raises:
            NotFoundError: There is none.
        """
        return Container(one_object(self._session, join("xapi", "containers", str(container))))

    def job(self, workflow: Container | int | str) -> Job:
        """Returns the job of a container, or of a workflow by its number; nothing is asked.

        Raises:
            UsageError: The container tells no workflow, as those of others.
        """
        if not isinstance(workflow, Container):
            return Job(self._session, str(workflow))
        if not workflow.workflow_id:
            msg = f"the server tells no workflow of container {workflow.id}"
            raise UsageError(msg)
        return Job(self._session, workflow.workflow_id)

    def delete(self, container: Container | int | str) -> None:
        """Removes the record of a container; it does not end the container: one request.

        Raises:
            NotFoundError: There is none.
            PermissionDeniedError: Somebody else launched it, and you do not own the project.
        """
        name = str(container.id) if isinstance(container, Container) else str(container)
        with plugged(self._session):
            self._session.delete(join("xapi", "containers", name))
