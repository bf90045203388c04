"""XSync: the plugin that keeps a project of another XNAT server up to date with one of this server."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .auth import Secret
from .codec import BOOLEAN, INTEGER, TEXT
from .errors import InvalidValueError, NotFoundError, PluginMissingError, UnexpectedAnswerError
from .paths import segment
from .plugins import require_plugin
from .records import CHOICE, TIMESTAMP, ListOf, MapOf, Maybe, Record, given, maybe

if TYPE_CHECKING:
    from .archive import ExperimentObject
    from .transport import JsonValue, Response
    from .verbs import Verbs

_ROOT: Final = "/xapi/xsync"
PLUGIN: Final = "xsyncPlugin"
"""ID of the plugin."""

SyncFrequency: TypeAlias = Literal["hourly", "daily", "weekly", "monthly", "on demand"]
"""How often a project is sent; ``on demand`` only when somebody asks."""

_FREQUENCIES: Final = ("hourly", "daily", "weekly", "monthly", "on demand")
_RUNNING: Final = "currently running"


class SyncSetup(Record):
    """Where a project is sent, and how.

    Attributes:
        enabled: Whether it is sent by itself.
        frequency: How often.
        new_only: Whether only what is new is sent; changes and deletions are not.
        project: ID of the project here.
        remote_project: ID of the project there.
        remote_url: The other server.
        identifiers: How things are named there, such as ``use_local``.
        anonymize: Whether DICOM files are anonymized before.
    """

    __slots__ = ()
    enabled = maybe("enabled", BOOLEAN)
    frequency: Maybe[SyncFrequency] = maybe("sync_frequency", CHOICE)
    new_only = maybe("sync_new_only", BOOLEAN)
    project = maybe("source_project_id", TEXT)
    remote_project = maybe("remote_project_id", TEXT)
    remote_url = maybe("remote_url", TEXT)
    identifiers = maybe("identifiers", TEXT)
    anonymize = maybe("anonymize", BOOLEAN)


class SyncStatus(Record):
    """How far the synchronization of a project is.

    Attributes:
        is_syncing: Whether it runs.
        started: When it began, as the server writes it; None before the first one since the server's start.
        ended: When it ended.
        was_successful: Whether the last one worked.
        current_subject: What it is at.
        current_experiment: What it is at.
        completed_subjects: Labels of the subjects that are done.
        failed_subjects: Labels of the subjects that failed.
        failed_experiments: What failed, with the reason.
    """

    __slots__ = ()
    is_syncing = given("isSyncing", BOOLEAN)
    started = maybe("syncStartTime", TEXT)
    ended = maybe("syncEndTime", TEXT)
    was_successful = maybe("wasSyncSuccessful", BOOLEAN)
    current_subject = maybe("currentSubject", TEXT)
    current_experiment = maybe("currentExperiment", TEXT)
    completed_subjects = maybe("completedSubjects", ListOf(TEXT))
    failed_subjects = maybe("failedSubjects", ListOf(TEXT))
    failed_experiments = maybe("failedExperiments", MapOf(TEXT))


class SyncRun(Record):
    """A synchronization of the past.

    Attributes:
        id: Its number.
        started: When it began.
        completed: When it ended, None while it runs.
        status: How it ended.
        user: Login of who started it.
        remote_url: The other server.
        remote_project: ID of the project there.
        subjects: How many subjects were sent.
        experiments: How many experiments were sent.
        resources: How many resources were sent.
    """

    __slots__ = ()
    id = given("id", INTEGER)
    started = maybe("startDate", TIMESTAMP)
    completed = maybe("completeDate", TIMESTAMP)
    status = maybe("syncStatus", TEXT)
    user = maybe("syncUser", TEXT)
    remote_url = maybe("remoteHost", TEXT)
    remote_project = maybe("remoteProject", TEXT)
    subjects = maybe("totalSubjects", INTEGER)
    experiments = maybe("totalExperiments", INTEGER)
    resources = maybe("totalResources", INTEGER)


class ProjectSync:
    """The synchronization of a project with another server; paths and shapes are those of the plugin's own sources.

    Every call raises PluginMissingError where the server does not have the XSync plugin.
    """

    def __init__(self, session: Verbs, project: str) -> None:
        self._session = session
        self._project = project

    # Setting it up

    def setup(self) -> SyncSetup | None:
        """Returns where the project is sent, None when that was never said: one request, two for None."""
        try:
            return SyncSetup(self._object("setup"))
        except PluginMissingError:
            raise
        except NotFoundError:
            return None

    def configure(
        self,
        remote_url: str,
        remote_project: str,
        *,
        frequency: SyncFrequency = "on demand",
        new_only: bool = True,
        anonymize: bool = False,
        enabled: bool = True,
        identifiers: str = "use_local",
        notify: Iterable[str] = (),
    ) -> None:
        """Says where the project is sent, and how: one request. What was said before is replaced.

        What is sent (resources, data types) are the plugin's defaults: all imaging sessions with their assessors.

        Args:
            remote_url: The other server.
            remote_project: ID of the project there; it must exist.
            frequency: How often it is sent.
            new_only: Whether only what is new is sent.
            anonymize: Whether DICOM files are anonymized before.
            enabled: Whether it is sent by itself.
            identifiers: How things are named there.
            notify: Addresses that get a mail after each synchronization.

        Raises:
            InvalidValueError: The URL has no scheme, or the frequency is none.
        """
        if not remote_url.startswith(("http://", "https://")):
            msg = "the other server is named by its whole URL, such as https://xnat.example.org"
            raise InvalidValueError(msg)
        if frequency not in _FREQUENCIES:
            msg = f"the frequency is one of {', '.join(_FREQUENCIES)}"
            raise InvalidValueError(msg)
        said: dict[str, JsonValue] = {
            "enabled": enabled,
            "source_project_id": self._project,
            "remote_url": remote_url,
            "remote_project_id": remote_project,
            "sync_frequency": frequency,
            "sync_new_only": new_only,
            "identifiers": identifiers,
            "anonymize": anonymize,
            "notification_emails": ",".join(notify),
        }
        with self._plugin():
            self._session.post(self._path("setup"), json=said)

    def log_in(self, user: str, password: str | Secret) -> None:
        """Gives the server a login on the other one: three requests. `configure` comes first.

        The server logs in there once, and keeps an alias token, not the password.

        Args:
            user: An account on the other server that owns the project there.
            password: Its password; it is sent to this server only.

        Raises:
            InvalidValueError: The project is not set up.
            ResponseError: The other server refused, or cannot be reached from this one.
        """
        setup = self.setup()
        if setup is None or not setup.remote_url:
            msg = f"project {self._project} is not set up for XSync: configure() says where it is sent"
            raise InvalidValueError(msg)
        token = self._remote_token(setup.remote_url, user, password)
        said: dict[str, JsonValue] = {
            "host": setup.remote_url,
            "username": user,
            "alias": token.get("alias"),
            "secret": token.get("secret"),
            "estimatedExpirationTime": token.get("estimatedExpirationTime"),
            "localProject": self._project,
            "remoteProject": setup.remote_project,
            "syncNewOnly": bool(setup.new_only),
        }
        self._credentials("save", said)

    def _remote_token(self, remote_url: str, user: str, password: str | Secret) -> dict[str, JsonValue]:
        secret = password.reveal() if isinstance(password, Secret) else password
        asked: dict[str, JsonValue] = {
            "url": f"{remote_url.rstrip('/')}/data/services/tokens/issue",
            "method": "GET",
            "username": user,
            "password": secret,
        }
        uri = f"{_ROOT}/remoteREST"
        with self._plugin():
            answer = self._session.post(uri, json=asked).json()
        if not isinstance(answer, dict) or not answer.get("secret"):
            msg = "the other server gave no token"
            raise UnexpectedAnswerError(msg, method="POST", url=uri)
        return answer

    def check_login(self) -> bool:
        """Returns whether the login on the other server still works: two requests."""
        setup = self.setup()
        if setup is None:
            return False
        said: dict[str, JsonValue] = {"host": setup.remote_url, "localProject": self._project}
        return self._credentials("check", said, accepted=(200, 400, 500)).ok

    def _credentials(
        self, action: str, said: dict[str, JsonValue], accepted: tuple[int, ...] | None = None
    ) -> Response:
        uri = f"{_ROOT}/credentials/{action}/projects/{segment(self._project)}"
        # The plugin takes JSON under the type of plain text only.
        with self._plugin():
            return self._session.post(uri, data=json.dumps(said), accepted_status=accepted)

    # Using it

    def sync(self) -> bool:
        """Begins a synchronization, and returns whether it did: False when one runs already. One request.

        Raises:
            PermissionDeniedError: You are no owner of the project.
        """
        with self._plugin():
            answer = self._session.post(f"{_ROOT}/projects/{segment(self._project)}")
        return _RUNNING not in answer.text

    def sync_experiment(self, experiment: ExperimentObject | str) -> None:
        """Sends one experiment now, in place of what is there: one request.

        Raises:
            UnexpectedStatusError: A synchronization runs (423).
        """
        with self._plugin():
            self._session.post(f"{_ROOT}/syncexperiment/{segment(_id(experiment))}")

    def mark_ok(self, experiment: ExperimentObject | str, *, ok: bool = True) -> None:
        """Says that an experiment may be sent, for projects that want that for each: one request."""
        query = {"okToSync": "true" if ok else "false"}
        with self._plugin():
            self._session.post(f"{_ROOT}/experiments/{segment(_id(experiment))}", query=query)

    def unblock(self) -> None:
        """Lifts the block that a synchronization leaves when it breaks: one request."""
        with self._plugin():
            self._session.post(f"{_ROOT}/unblock/{segment(self._project)}")

    def status(self) -> SyncStatus:
        """Returns how far it is: one request."""
        return SyncStatus(self._object("syncStatus"))

    def progress(self) -> str:
        """Returns the log of the synchronization that runs, "" when there is none: one request."""
        with self._plugin():
            return self._session.get(f"{_ROOT}/progress/{segment(self._project)}").text

    def history(self) -> list[SyncRun]:
        """Returns the synchronizations of the past: one request."""
        uri = self._path("history")
        with self._plugin():
            answer = self._session.get_json(uri)
        if not isinstance(answer, list):
            msg = "the answer is no list"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return [SyncRun(row) for row in answer if isinstance(row, dict)]

    def _object(self, what: str) -> dict[str, JsonValue]:
        uri = self._path(what)
        with self._plugin():
            answer = self._session.get_json(uri)
        if not isinstance(answer, dict):
            msg = "the answer is no object"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return answer

    def _path(self, what: str) -> str:
        return f"{_ROOT}/{what}/projects/{segment(self._project)}"

    @contextmanager
    def _plugin(self) -> Generator[None, None, None]:
        with require_plugin(self._session, PLUGIN, "XSync"):
            yield

    def __repr__(self) -> str:
        return f"<ProjectSync of {self._project}>"


def _id(experiment: ExperimentObject | str) -> str:
    return experiment if isinstance(experiment, str) else str(experiment.__xnat_value__("ID"))
