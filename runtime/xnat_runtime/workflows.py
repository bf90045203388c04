"""Workflows: the record of what ran on an item (rest-data 19, schema-and-search 5.6)."""

from __future__ import annotations

import datetime
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

import attrs

from .codec import DATETIME, TEXT
from .documents import ItemNode, read_item, read_table
from .errors import InvalidValueError, NotFoundError, OperationFailedError, UnexpectedAnswerError
from .paths import segment
from .records import Record, maybe
from .waiting import Patience

if TYPE_CHECKING:
    from .archive import ExperimentObject, ProjectObject, SubjectObject
    from .transport import JsonValue
    from .verbs import Verbs

_WORKFLOWS: Final = "/data/workflows"
_QUERIES: Final = "/data/services/workflows"
_PREFIX: Final = "wrk:workflowData/"
_NUMBER: Final = "wrk_workflowData_id"
_SUCCEEDED: Final = ("complete",)
_ENDED: Final = ("complete", "failed", "error", "killed", "cancelled", "canceled")


class WorkflowRow(Record):
    """A row of a list of workflows.

    Attributes:
        item: ID of the item that it ran on.
        label: Label of the item.
        project: ID of the project.
        pipeline: What ran.
        launched: When it began, in the server's time zone.
        status: Such as ``Running`` or ``Complete``.
        job: ID of the job, where a cluster ran it.
        step: What it does now.
    """

    __slots__ = ()
    item = maybe("id", TEXT)
    label = maybe("label", TEXT)
    project = maybe("externalid", TEXT)
    pipeline = maybe("pipeline_name", TEXT)
    launched = maybe("launch_time", DATETIME)
    status = maybe("status", TEXT)
    job = maybe("jobid", TEXT)
    step = maybe("current_step_id", TEXT)


@attrs.frozen
class Workflow:
    """A workflow as it was when it was read.

    Attributes:
        number: What identifies it (``wrk_workflowData_id``).
        item: ID of the item that it ran on.
        xsi_type: Data type of the item.
        project: ID of the project, "" when it is not said.
        pipeline: What ran.
        status: Such as ``Running`` or ``Complete``.
        fields: All that the server says, as it came.
    """

    number: int
    item: str
    xsi_type: str
    project: str
    pipeline: str
    status: str
    fields: Mapping[str, object] = attrs.field(repr=False, eq=False)
    _session: Verbs = attrs.field(repr=False, eq=False)

    @property
    def launched(self) -> datetime.datetime | None:
        """When it began, in the server's time zone."""
        return DATETIME.decode(self.fields.get("launch_time"))

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status.lower().startswith(_ENDED)

    @property
    def uri(self) -> str:
        """Its path."""
        return f"{_WORKFLOWS}/{self.number}"

    def refresh(self) -> Workflow:
        """Returns it as it is now: one request."""
        return Workflows(self._session).get(self.number)

    def update(self, status: str, *, step: str = "", percent: float | None = None) -> Workflow:
        """Changes its status and returns it as it is then: two requests.

        Args:
            status: Such as ``Running``, ``Complete`` or ``Failed``.
            step: What it does now (``step_description``).
            percent: How much is done, 0 to 100.

        Raises:
            PermissionDeniedError: It is somebody else's, and you are no administrator.
        """
        percentage = "" if percent is None else f"{percent:g}"
        said = {"status": status, "step_description": step, "percentageComplete": percentage}
        self._session.put(self.uri, data={_PREFIX + name: text for name, text in said.items() if text})
        return self.refresh()

    def wait(self, timeout: float = 3600.0, *, interval: float = 5.0) -> Workflow:
        """Waits until it has ended, asking again and again, and returns it.

        Args:
            timeout: Seconds until the wait is given up; what runs goes on.
            interval: Longest pause between two questions, in seconds.

        Raises:
            OperationFailedError: It ended badly; names the status.
            WaitTimeoutError: It has not ended yet.
        """
        patience = Patience(timeout, interval)
        what = f"workflow {self.number} ({self.pipeline})"
        ended = patience.until(self.refresh, lambda found: found.is_done, what)
        if not ended.status.lower().startswith(_SUCCEEDED):
            msg = f"{what} ended as {ended.status!r}"
            raise OperationFailedError(msg)
        return ended


class Workflows:
    """The workflows of a site, or those of a project."""

    def __init__(self, session: Verbs, project: str = "") -> None:
        self._session = session
        self._project = project

    def newest(self, pipeline: str = "", *, status: str = "") -> list[WorkflowRow]:
        """Returns the newest workflow of each item: one request.

        Args:
            pipeline: A part of the pipeline's name; those of all pipelines by default.
            status: Only workflows in this status.
        """
        uri = f"{_QUERIES}/{segment(pipeline)}" if pipeline else _QUERIES
        asked = {"project": self._project, "status": status}
        return self._rows(uri, {name: text for name, text in asked.items() if text})

    def history(self, experiment: ExperimentObject, pipeline: str, *, status: str = "") -> list[WorkflowRow]:
        """Returns what a pipeline did on an experiment, the newest first: one request.

        Args:
            experiment: The experiment.
            pipeline: A part of the pipeline's name; XNAT finds nothing without one.
            status: Only workflows in this status.
        """
        if not pipeline:
            msg = "history() takes the name of a pipeline: XNAT finds nothing without one"
            raise InvalidValueError(msg)
        asked = {"experiment": str(experiment.__xnat_value__("ID")), "display": "all", "status": status}
        try:
            uri = f"{_QUERIES}/{segment(pipeline)}"
            return self._rows(uri, {name: text for name, text in asked.items() if text})
        except NotFoundError:
            return []  # so the server says that nothing ran (rest-data 19)

    def _rows(self, uri: str, query: Mapping[str, str]) -> list[WorkflowRow]:
        rows = read_table(self._session.get_json(uri, query), uri)
        # cast: rows are JSON objects.
        return [WorkflowRow(cast("Mapping[str, JsonValue]", row)) for row in rows]

    def get(self, number: int) -> Workflow:
        """Returns a workflow by its number: one request.

        Raises:
            NotFoundError: There is none.
        """
        uri = f"{_WORKFLOWS}/{number}"
        return _workflow(self._session, read_item(self._session.get_json(uri), uri), uri)

    def start(
        self,
        item: ProjectObject | SubjectObject | ExperimentObject,
        pipeline: str,
        *,
        status: str = "Running",
        launched: datetime.datetime | None = None,
    ) -> Workflow:
        """Records that something begins on an item, and returns the workflow: two requests.

        Args:
            item: What it runs on.
            pipeline: What runs, as the site's pages will show it.
            status: The first status.
            launched: When it began, in the server's time zone; now by default.

        Raises:
            InvalidValueError: The pipeline has no name.
        """
        if not pipeline.strip():
            msg = "a workflow needs the name of what runs"
            raise InvalidValueError(msg)
        moment = (launched or datetime.datetime.now()).replace(microsecond=0, tzinfo=None)
        named = {
            "id": str(item.__xnat_value__("ID")),
            "pipeline_name": pipeline,
            "launch_time": moment.isoformat(sep=" "),
        }
        said = {**named, "data_type": item.xsi_type, "status": status}
        project = self._project or str(item.__xnat_row__.get("project") or "")
        if project:
            said["ExternalID"] = project
        self._session.put(_WORKFLOWS, data={_PREFIX + name: text for name, text in said.items()})
        # XNAT answers nothing to the PUT: the same fields find what it made.
        query = {_PREFIX + name: text for name, text in named.items()}
        document = self._session.get_json(_WORKFLOWS, query)
        return _workflow(self._session, read_item(document, _WORKFLOWS), _WORKFLOWS)

    @contextmanager
    def running(
        self, item: ProjectObject | SubjectObject | ExperimentObject, pipeline: str
    ) -> Generator[Workflow, None, None]:
        """Records what a ``with`` block does on an item: ``Running``, then ``Complete``, or ``Failed`` after an error.

        Four requests beside those of the block.

        Args:
            item: What it runs on.
            pipeline: What runs, as the site's pages will show it.
        """
        workflow = self.start(item, pipeline)
        try:
            yield workflow
        except BaseException:
            workflow.update("Failed")
            raise
        workflow.update("Complete", percent=100)

    def __repr__(self) -> str:
        owner = f"project {self._project}" if self._project else repr(self._session)
        return f"<Workflows of {owner}>"


def _workflow(session: Verbs, node: ItemNode, uri: str) -> Workflow:
    def text(name: str) -> str:
        return str(node.fields.get(name) or "")

    number = text(_NUMBER)
    if not number.isdecimal():
        msg = f"the workflow has no number ({_NUMBER})"
        raise UnexpectedAnswerError(msg, method="GET", url=uri)
    project, status = text("ExternalID"), text("status")
    return Workflow(
        int(number), text("ID"), text("data_type"), project, text("pipeline_name"), status, node.fields, session
    )
