"""What goes out to plugins that nothing here can run, and answers that are not what they should be."""

from __future__ import annotations

import json

import pytest

from xnat_runtime.auth import Secret
from xnat_runtime.errors import (
    DataError,
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    ServerError,
    UnexpectedAnswerError,
)
from xnat_runtime.event_service import EventService
from xnat_runtime.paths import Target
from xnat_runtime.saved_searches import SavedSearches
from xnat_runtime.transport import Request, Response
from xnat_runtime.verbs import Verbs
from xnat_runtime.workflows import Workflows
from xnat_runtime.xsync import ProjectSync

SETUP = {"remote_url": "https://b.example.org/", "remote_project_id": "COPY", "sync_new_only": False}
TOKEN = {"alias": "the-alias", "secret": "the-secret", "estimatedExpirationTime": 1477178868198}
XSYNC = "/xapi/xsync"


class Site(Verbs):
    """A connection to a server that answers each verb and path with a status and JSON, or text."""

    def __init__(self, answers: dict[str, tuple[int, object]]) -> None:
        self._answers = answers
        self.sent: list[Request] = []

    def send(self, request: Request, *, stream: bool = False) -> Response:  # noqa: ARG002  # as connections have it
        self.sent.append(request)
        status, value = self._answers.get(f"{request.method} {request.path}", (404, None))
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        kind = "text/plain" if isinstance(value, str) else "application/json"
        headers = {"Content-Type": kind}
        return Response(method=request.method, url=request.path, status=status, headers=headers, body=body)

    def _resolve(self, uri: str) -> Target:
        return Target(uri, ())

    def bodies(self) -> list[object]:
        return [json.loads(one.body) for one in self.sent if isinstance(one.body, bytes)]


def test_the_other_server_is_logged_in_to_once_and_only_its_token_is_kept():
    site = Site(
        {
            f"GET {XSYNC}/setup/projects/P": (200, SETUP),
            f"POST {XSYNC}/remoteREST": (200, TOKEN),
            f"POST {XSYNC}/credentials/save/projects/P": (200, "XSync remote credentials set."),
        }
    )
    ProjectSync(site, "P").log_in("ada", Secret("hush"))
    asked, saved = site.bodies()
    assert asked == {
        "url": "https://b.example.org/data/services/tokens/issue",
        "method": "GET",
        "username": "ada",
        "password": "hush",
    }
    assert isinstance(saved, dict)
    assert saved == {
        "host": "https://b.example.org/",
        "username": "ada",
        "alias": "the-alias",
        "secret": "the-secret",
        "estimatedExpirationTime": 1477178868198,
        "localProject": "P",
        "remoteProject": "COPY",
        "syncNewOnly": False,
    }
    # The plugin answers 415 to JSON under its own type.
    assert site.sent[-1].headers["Content-Type"].startswith("text/plain")
    assert len(site.sent) == 3
    assert not any("hush" in one.path or one.query for one in site.sent)


def test_a_refused_login_tells_no_secret():
    site = Site({f"GET {XSYNC}/setup/projects/P": (200, SETUP), f"POST {XSYNC}/remoteREST": (500, {"x": "hush"})})
    with pytest.raises(ServerError) as caught:
        ProjectSync(site, "P").log_in("ada", "hush-hush")
    assert "hush-hush" not in str(caught.value)
    site = Site({f"GET {XSYNC}/setup/projects/P": (200, SETUP), f"POST {XSYNC}/remoteREST": (200, {"alias": "hush"})})
    with pytest.raises(UnexpectedAnswerError, match="no token") as told:
        ProjectSync(site, "P").log_in("ada", "hush-hush")
    assert "hush" not in str(told.value)


@pytest.mark.parametrize(("status", "works"), [(200, True), (400, False), (500, False)])
def test_a_login_is_checked(status: int, works: bool):
    site = Site(
        {
            f"GET {XSYNC}/setup/projects/P": (200, SETUP),
            f"POST {XSYNC}/credentials/check/projects/P": (status, "Could not connect"),
        }
    )
    assert ProjectSync(site, "P").check_login() is works


def test_experiments_are_sent_and_marked():
    site = Site(
        {
            f"POST {XSYNC}/syncexperiment/E1": (200, "E1 synchronization started"),
            f"POST {XSYNC}/experiments/E1": (200, "<p>marked</p>"),
        }
    )
    sync = ProjectSync(site, "P")
    sync.sync_experiment("E1")
    sync.mark_ok("E1", ok=False)
    assert [one.query for one in site.sent] == [(), (("okToSync", "false"),)]


def test_a_synchronization_that_runs_is_not_begun_again():
    site = Site({f"POST {XSYNC}/projects/P": (200, "Sync is currently running for this project. Please await it.")})
    assert ProjectSync(site, "P").sync() is False


def test_runs_of_the_past_are_typed():
    run = {"id": 7, "startDate": 1477178868000, "completeDate": None, "syncStatus": "Complete", "totalSubjects": 3}
    [found] = ProjectSync(Site({f"GET {XSYNC}/history/projects/P": (200, [run])}), "P").history()
    assert (found.id, found.status, found.subjects, found.completed) == (7, "Complete", 3, None)
    assert found.started is not None
    assert found.started.isoformat() == "2016-10-22T23:27:48+00:00"


def test_the_plugin_is_there_and_the_project_is_not_set_up():
    site = Site({"GET /xapi/plugins": (200, {"xsyncPlugin": {}})})
    assert ProjectSync(site, "P").setup() is None
    assert ProjectSync(site, "P").check_login() is False
    with pytest.raises(InvalidValueError, match="frequency"):
        ProjectSync(site, "P").configure("https://b", "C", frequency="yearly")  # type: ignore[arg-type]  # wrong


@pytest.mark.parametrize("answer", [{"x": "hush"}, "hush", 3])
def test_lists_of_another_shape_are_told_without_their_values(answer: object):
    paths = ("/xapi/events/subscriptions", "/xapi/events/events", f"{XSYNC}/history/projects/P")
    site = Site({f"GET {path}": (200, answer) for path in paths})
    for ask in (EventService(site).subscriptions, EventService(site).types, ProjectSync(site, "P").history):
        with pytest.raises(DataError) as caught:
            ask()
        assert "hush" not in str(caught.value)


def test_a_subscription_whose_number_is_not_said():
    for text in ("name", "name:", "name:x"):
        site = Site({"POST /xapi/events/subscription": (201, text)})
        with pytest.raises(UnexpectedAnswerError, match="number"):
            EventService(site).subscribe("name", "type", "key")


def test_a_saved_search_that_is_not_there_on_old_and_new_servers():
    for status in (200, 404):
        site = Site({"GET /data/search/saved/a": (status, "")})
        searches = SavedSearches(site)
        with pytest.raises(KeyNotFoundError):
            searches._named("a").document()


def test_a_workflow_without_a_number():
    item = {"items": [{"meta": {"xsi:type": "wrk:workflowData"}, "data_fields": {"status": "Complete"}}]}
    with pytest.raises(UnexpectedAnswerError, match="number"):
        Workflows(Site({"GET /data/workflows/3": (200, item)})).get(3)
    with pytest.raises(NotFoundError):
        Workflows(Site({})).get(3)
