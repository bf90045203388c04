"""A launch and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from ..documents import read_item
from ..errors import NotFoundError, OperationFailedError, UnexpectedAnswerError, UsageError
from ..paths import join
from ..waiting import Patience
from .calls import one_object, plugged
from .records import Container, has_ended

if TYPE_CHECKING:
    from ..session import BaseSession

Stream: TypeAlias = Literal["stdout", "stderr"]
"""What a container wrote to."""


@attrs.frozen
class JobState:
    """How far a job is.

    Attributes:
        status: ``_Queued``, ``Staging``, ``Running``, ``Finalizing``, ``Complete``, ``Failed``, ``Killed`` and others
            of the server's.
        details: What the server says about it, "" for nothing.
        container_id: What the container's host calls it, "" before there is a container.
    """

    status: str
    details: str = attrs.field(default="", repr=False)
    container_id: str = attrs.field(default="", repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether the job has ended, well or not."""
        return has_ended(self.status)

    @property
    def is_complete(self) -> bool:
        """Whether the job has ended well."""
        return self.status.startswith("Complete")


class Job:
    """A launch, followed by the workflow that the server keeps of it (rest-data 19); nothing is kept here.

    Attributes:
        workflow_id: Number of the workflow, "" when the server told none.
    """

    __slots__ = ("_session", "workflow_id")

    def __init__(self, session: BaseSession, workflow_id: str) -> None:
        self._session = session
        self.workflow_id = workflow_id

    def __repr__(self) -> str:
        return f"<Job {self.workflow_id or 'without a workflow'}>"

    def state(self) -> JobState:
        """Returns how far it is: one request.

        Raises:
            UsageError: The server told no workflow when it was launched.
            NotFoundError: The workflow is not there any more.
        """
        if not self.workflow_id:
            msg = (
                "the server did not tell the workflow of this launch, as it does when a wrapper takes no object: "
                "look for it in connection.containers.list()"
            )
            raise UsageError(msg)
        uri = join("data", "workflows", self.workflow_id)
        fields = read_item(self._session.get_json(uri), uri).fields
        texts = [str(fields.get(name) or "") for name in ("status", "details", "comments")]
        if not texts[0]:
            msg = "the workflow has no status"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return JobState(*texts)

    @property
    def status(self) -> str:
        """What the server calls the state it is in; one request."""
        return self.state().status

    def wait(self, patience: Patience | None = None) -> JobState:
        """Waits until it has ended well, and returns its state: one request a question.

        Args:
            patience: How long, and how often it is asked; by default ten minutes, every five seconds at last.

        Raises:
            OperationFailedError: It failed or was killed; ``status`` and ``reason`` are the server's.
            WaitTimeoutError: It has not ended; the server goes on.
        """
        used = patience or Patience()
        found = used.until(self.state, lambda state: state.has_ended, f"job {self.workflow_id}")
        if not found.is_complete:
            msg = f"job {self.workflow_id} ended as {found.status}"
            raise OperationFailedError(msg, status=found.status, reason=found.details)
        return found

    def container(self) -> Container:
        """Returns the server's record of its container: two requests.

        Raises:
            NotFoundError: It has no container, because it waits or failed before there was one.
        """
        state = self.state()
        if not state.container_id:
            uri = join("data", "workflows", self.workflow_id)
            raise NotFoundError("GET", uri, 404, f"the job has no container; it is {state.status}")
        return Container(one_object(self._session, join("xapi", "containers", state.container_id)))

    def logs(self, stream: Stream = "stdout") -> str:
        """Returns what its container wrote so far: two requests.

        Raises:
            NotFoundError: It has no container, because it waits or failed before there was one.
            PermissionDeniedError: Somebody else launched it.
        """
        container = self.state().container_id
        if not container:
            container = str(self.container().id)  # raises, as there is none
        with plugged(self._session):
            return self._session.get(join("xapi", "containers", container, "logs", stream)).text

    def kill(self) -> None:
        """Ends its container: two requests. Of one that has ended nothing changes.

        Raises:
            NotFoundError: It has no container yet.
            PermissionDeniedError: Somebody else launched it, and you do not own the project.
        """
        container = self.state().container_id or str(self.container().id)
        with plugged(self._session):
            self._session.post(join("xapi", "containers", container, "kill"))
