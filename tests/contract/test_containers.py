"""The container service: launches, jobs, and who may what, on the embedded server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_runtime.container_service.job import Job
from xnat_runtime.container_service.records import Command, Container, Wrapper
from xnat_sdk import (
    AmbiguousKeyError,
    InvalidValueError,
    KeyNotFoundError,
    NotFoundError,
    OperationFailedError,
    Patience,
    PermissionDeniedError,
    PluginMissingError,
    UsageError,
    WaitTimeoutError,
    XnatSession,
    connect,
)
from xnat_sdk.models import MrSessionData, ProjectData

from .containers import OUTPUT, command, define

SOON = Patience(timeout=20, interval=0.1)


@pytest.fixture
def site() -> Iterator[xnat_emulator.Emulator]:
    """A server with the plugin: project P with subject S and session E."""
    with xnat_emulator.start(mode=Mode(plugins=("containers",))) as server:
        server.build.project("P").subject("S").mr_session("E", scans=2)
        yield server
        assert list(server.site.crashes) == []


@pytest.fixture
def session(site: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """Its administrator."""
    with connect(site.url, site.user, site.password) as connection:
        yield connection


@pytest.fixture
def wrapper(session: XnatSession) -> Wrapper:
    """The wrapper of the command for tests."""
    return define(session, enabled=("", "P"))


def imaging(session: XnatSession) -> MrSessionData:
    found = session.projects["P"].sessions["E"]
    assert isinstance(found, MrSessionData)
    return found


def asked(server: xnat_emulator.Emulator, start: int) -> list[str]:
    return [f"{request.method} {request.path}" for request in server.requests[start:]]


# Launching


def test_a_launch_is_one_request_and_becomes_a_complete_job(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper
) -> None:
    target = imaging(session)
    start = len(site.requests)
    job = session.containers.launch(wrapper, target, {"HOW": "well", "FAST": True})
    assert asked(site, start) == [f"POST /xapi/projects/P/wrappers/{wrapper.id}/root/target/launch"]
    assert job.wait(SOON).is_complete
    assert job.logs() == "count E --fast well\n"
    container = job.container()
    assert (container.status, container.exit_code, container.project) == ("Complete", 0, "P")
    assert (container.user, container.image, container.workflow_id) == ("admin", "lab/count:1.0", job.workflow_id)
    assert container.input("target") == target.uri.replace("/data/", "/archive/")
    assert [event.status for event in container.history or []] == ["Created", "Running", "die", "Complete"]
    assert all(event.at is not None for event in container.history or [])
    (file,) = target.resources[OUTPUT].files
    assert file.open().read() == b"count E --fast well\n"


def test_questions_about_a_job_cost_one_request_or_two(
    site: xnat_emulator.Emulator, session: XnatSession, wrapper: Wrapper
) -> None:
    job = session.containers.launch(wrapper, imaging(session))
    job.wait(SOON)
    for ask, count in ((lambda: job.status, 1), (job.state, 1), (job.container, 2), (job.logs, 2), (job.kill, 2)):
        start = len(site.requests)
        ask()
        assert len(site.requests) - start == count


def test_a_job_that_fails_says_how(session: XnatSession, wrapper: Wrapper) -> None:
    job = session.containers.launch(wrapper, imaging(session), {"HOW": "exit 3"})
    with pytest.raises(OperationFailedError, match=f"job {job.workflow_id} ended as Failed") as caught:
        job.wait(SOON)
    assert (caught.value.status, caught.value.reason) == ("Failed", "Exit code 3")
    assert job.logs("stderr") == "ended with status 3\n"
    assert job.container().exit_code == 3
    assert OUTPUT not in [one.label for one in imaging(session).resources]


def test_a_running_job_is_killed(session: XnatSession, wrapper: Wrapper) -> None:
    job = session.containers.launch(wrapper, imaging(session), {"HOW": "sleep 600"})
    SOON.until(job.state, lambda state: state.status == "Running", "start")
    with pytest.raises(WaitTimeoutError, match="job"):
        job.wait(Patience(timeout=0.1, interval=0.1))
    (running,) = session.containers.list(active=True)
    assert session.containers.job(running).workflow_id == job.workflow_id
    job.kill()
    assert job.status == "Killed"
    assert session.containers.list(active=True) == ()
    with pytest.raises(OperationFailedError, match="Killed"):
        job.wait(SOON)


def test_jobs_wait_for_a_free_place(session: XnatSession, wrapper: Wrapper) -> None:
    jobs = [session.containers.launch(wrapper, imaging(session), {"HOW": "sleep 600"}) for _ in range(5)]
    SOON.until(lambda: len(session.containers.list("P", active=True)), lambda count: count == 4, "four running")
    waiting = jobs[-1]
    assert waiting.status == "_Queued"
    with pytest.raises(NotFoundError, match="the job has no container; it is _Queued"):
        waiting.logs()
    jobs[0].kill()
    assert SOON.until(waiting.state, lambda state: state.status == "Running", "its turn").container_id


def test_scans_and_subjects_and_projects_are_launched_on_too(session: XnatSession) -> None:
    target = imaging(session)
    for root, item in (
        ("Scan", target.scans["1"]),
        ("Subject", session.projects["P"].subjects["S"]),
        ("Project", session.projects["P"]),
    ):
        made = define(session, name=root.lower(), root=root, context="xnat:imageScanData")
        job = session.containers.launch(made, item)
        assert job.wait(SOON).is_complete
        assert OUTPUT in [one.label for one in item.resources]


def test_a_wrapper_is_named_by_number_or_name(session: XnatSession, wrapper: Wrapper) -> None:
    assert session.containers.launch("count-session", imaging(session)).wait(SOON).is_complete
    assert session.containers.launch(wrapper.id, imaging(session)).wait(SOON).is_complete
    with pytest.raises(KeyNotFoundError, match="no wrapper 'count'; it has count-session"):
        session.containers.launch("count", imaging(session))
    session.containers.commands.add({**command(), "version": "2.0"})
    with pytest.raises(AmbiguousKeyError, match="2 commands have a wrapper"):
        session.containers.wrappers.find("count-session")


@pytest.mark.parametrize(
    ("what", "inputs", "message"),
    [
        ("project", {}, "input 'target' takes a Session, not"),
        ("session", {"SPEED": 1}, "has no input SPEED; it has FAST, HOW, label, target"),
        ("nothing", {}, "takes a Session"),
    ],
)
def test_wrong_launches_are_told_before_anything_is_sent(
    site: xnat_emulator.Emulator,
    session: XnatSession,
    wrapper: Wrapper,
    what: str,
    inputs: dict[str, int],
    message: str,
) -> None:
    item = {"project": session.projects["P"], "session": imaging(session), "nothing": None}[what]
    start = len(site.requests)
    with pytest.raises(InvalidValueError, match=message):
        session.containers.launch(wrapper, item, inputs)
    assert asked(site, start) == []


def test_a_wrapper_without_an_object_tells_no_workflow(session: XnatSession) -> None:
    plain = {**command("site"), "command-line": "sweep", "inputs": []}
    plain["xnat"] = [{"name": "sweep", "contexts": ["site"]}]
    wrapper = session.containers.commands.add(plain).wrappers[0]
    job = session.containers.launch(wrapper)
    assert job.workflow_id == ""
    with pytest.raises(UsageError, match="did not tell the workflow"):
        job.wait(SOON)
    ended = SOON.until(session.containers.list, lambda found: bool(found) and found[0].status == "Complete", "sweep")
    with pytest.raises(UsageError, match="tells no workflow"):
        session.containers.job(ended[0])


def test_an_unknown_wrapper_cannot_be_queued(session: XnatSession, wrapper: Wrapper) -> None:
    gone = Wrapper({**wrapper.data, "id": 999}, wrapper.command)
    with pytest.raises(OperationFailedError, match="could not queue the launch"):
        session.containers.launch(gone, imaging(session))


def test_an_input_that_is_missing_is_told_by_the_job(session: XnatSession) -> None:
    wanting = command()
    wanting["inputs"] = [{"name": "LABEL", "type": "string"}, {"name": "ATLAS", "type": "string", "required": True}]
    wrapper = session.containers.commands.add(wanting).wrappers[0]
    job = session.containers.launch(wrapper, imaging(session))
    with pytest.raises(OperationFailedError, match='Missing required input "ATLAS"') as caught:
        job.wait(SOON)
    assert caught.value.status == "Failed (Command resolution)"
    with pytest.raises(NotFoundError, match="no container"):
        job.container()


# Without the plugin, without the right


def test_a_server_without_the_plugin_says_so(empty: xnat_emulator.Emulator) -> None:
    empty.build.project("P").subject("S").mr_session("E")
    with connect(empty.url, empty.user, empty.password) as session:
        service = session.containers
        some = Wrapper(
            {"id": 1, "name": "w", "external-inputs": [{"name": "t", "type": "Project"}]},
            Command({"id": 1, "name": "c"}),
        )
        start = len(empty.requests)
        with pytest.raises(PluginMissingError, match="does not have the Container Service plugin") as caught:
            service.commands.list()
        assert caught.value.plugin == "containers"
        assert asked(empty, start) == ["GET /xapi/commands", "GET /xapi/plugins"]
        project = session.projects["P"]
        for use in (
            service.version,
            lambda: service.wrappers.find("w"),
            lambda: service.launch(some, project),
            lambda: service.launch_many([project], some, output="X"),
            service.docker.host,
            lambda: service.docker.pull("x/y"),
            lambda: service.wrappers.enable(1),
            lambda: service.list("P"),
        ):
            with pytest.raises(PluginMissingError):
                use()


def test_only_managers_change_commands_and_only_owners_see_jobs(site: xnat_emulator.Emulator, wrapper: Wrapper) -> None:
    other = site.build.user("mia")
    with connect(site.url, site.user, site.password) as boss:
        job = boss.containers.launch(wrapper, imaging(boss))
        job.wait(SOON)
        number = job.container().id
        boss.projects["P"].set_access("mia", "member")
    with connect(site.url, other.login, other.password) as session:
        service = session.containers
        assert [one.name for one in service.commands.list()] == ["count"]
        for use in (
            lambda: service.commands.add(command("other")),
            lambda: service.commands.delete(wrapper.command.id),
            lambda: service.wrappers.enable(wrapper),
            lambda: service.wrappers.disable(wrapper, "P"),
            lambda: service.docker.pull("x/y"),
            lambda: session.get(f"/xapi/containers/{number}/logs/stdout"),
        ):
            with pytest.raises(PermissionDeniedError):
                use()
        assert service.list() == ()
        hidden = service.get(number)
        assert (hidden.command_line, hidden.history, hidden.status) == ("[REDACTED]", [], "Complete")
        own = service.launch(wrapper, imaging(session))
        own.wait(SOON)
        assert [one.user for one in service.list("P")] == ["mia"]


def test_launches_need_the_right_to_what_they_read_and_write(site: xnat_emulator.Emulator, wrapper: Wrapper) -> None:
    reader, stranger = site.build.user("ria"), site.build.user("sam")
    with connect(site.url, site.user, site.password) as boss:
        boss.projects["P"].set_access("ria", "collaborator")
        target = imaging(boss)
    with connect(site.url, reader.login, reader.password) as session:
        job = session.containers.launch(wrapper, imaging(session))
        with pytest.raises(OperationFailedError, match="may not be changed"):
            job.wait(SOON)
    with connect(site.url, stranger.login, stranger.password) as session:
        values = {"target": target.uri.replace("/data/", "/archive/")}
        with pytest.raises(NotFoundError):
            session.api.containers.launch_project_wrapper_on_root("P", str(wrapper.id), "target", values)
        report = session.api.containers.launch_wrapper_on_root(str(wrapper.id), "target", values)
        assert report.workflow_id == "To be assigned"
    site.settle()
    with connect(site.url, site.user, site.password) as boss:
        assert boss.containers.list() == ()
        assert OUTPUT not in [one.label for one in imaging(boss).resources]


def test_what_is_not_there_is_not_found(session: XnatSession, wrapper: Wrapper) -> None:
    service = session.containers
    for use in (
        lambda: service.commands.get(99),
        lambda: service.commands.replace(99, command()),
        lambda: service.commands.delete(99),
        lambda: service.get("99"),
        lambda: service.delete(99),
        lambda: service.wrappers.enable(99),
        lambda: service.list("NOWHERE"),
        lambda: Job(session, "99").state(),
    ):
        with pytest.raises(NotFoundError) as caught:
            use()
        assert not isinstance(caught.value, PluginMissingError)


# What is kept


def test_records_of_containers_are_removed(session: XnatSession, wrapper: Wrapper) -> None:
    job = session.containers.launch(wrapper, imaging(session))
    job.wait(SOON)
    session.containers.delete(job.container())
    assert session.containers.list() == ()
    assert session.containers.version().compatible is True
    assert "containers" in session.get_json("/xapi/plugins")  # type: ignore[operator]  # it is an object


def test_moments_are_read_in_both_forms() -> None:
    numbers, text = Container({"status-time": 1_700_000_000_000}), Container({"status-time": "2023-11-14T22:13:20"})
    assert numbers.status_time is not None
    assert text.status_time is not None
    assert numbers.status_time.timestamp() == 1_700_000_000
    assert text.status_time.isoformat() == "2023-11-14T22:13:20"
    assert Container({}).status_time is None


def test_jobs_outlive_the_server(tmp_path: object) -> None:
    mode = Mode(plugins=("containers",))
    with xnat_emulator.start(mode=mode, data=str(tmp_path)) as server:
        server.build.project("P").subject("S").mr_session("E")
        with connect(server.url, server.user, server.password) as session:
            wrapper = define(session)
            workflow = session.containers.launch(wrapper, imaging(session), {"HOW": "sleep 1"}).workflow_id
            time.sleep(0.2)
    with (
        xnat_emulator.start(mode=mode, data=str(tmp_path)) as server,
        connect(server.url, server.user, server.password) as session,
    ):
        assert session.containers.job(workflow).wait(SOON).is_complete


def test_bulk_launches_are_reached_by_the_low_level_api(session: XnatSession, wrapper: Wrapper) -> None:
    path = imaging(session).uri.replace("/data/", "/archive/")
    sent = {"target": f'["{path}", "{path}"]', "HOW": ""}
    report = session.api.containers.bulk_launch_project_wrapper("P", str(wrapper.id), "target", sent)
    assert [one.workflow_id for one in report.successes or []] == ["To be assigned"] * 2
    SOON.until(
        lambda: [one.status for one in session.containers.list("P")], lambda found: found == ["Complete"] * 2, "both"
    )
    assert isinstance(session.projects["P"], ProjectData)
