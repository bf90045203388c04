"""Commands, wrappers, launches and jobs of the container service."""

from datetime import datetime
from typing import assert_type

from xnat_runtime.container_service.job import Job, JobState
from xnat_runtime.container_service.launches import Launched, Launches
from xnat_runtime.container_service.records import Command, Container, DockerHub, Wrapper
from xnat_sdk import Pace, Patience, XnatSession
from xnat_sdk.models import MrScanData, MrSessionData


def commands(session: XnatSession) -> None:
    service = session.containers
    definition = {"name": "n", "image": "i", "xnat": [{"name": "w", "contexts": ["site"], "external-inputs": []}]}
    command = service.commands.add(definition)
    assert_type(command, Command)
    assert_type(command.id, int)
    assert_type(command.version, str | None)
    assert_type(command.wrappers, list[Wrapper])
    assert_type(service.commands.list(image="i"), tuple[Command, ...])
    wrapper = service.wrappers.find("w")
    assert_type(wrapper, Wrapper)
    assert_type(wrapper.contexts, list[str] | None)
    assert_type(wrapper.command, Command)
    assert_type(service.wrappers.is_enabled(wrapper, "P"), bool)
    service.wrappers.configure(3, {"inputs": {"HOW": {"default-value": "x"}}}, "P", enable=True)
    assert_type(service.docker.hubs(), tuple[DockerHub, ...])
    assert_type(service.docker.set_host(host="unix:///x", swarm_mode=False).ping, bool | None)


def jobs(session: XnatSession, imaging: MrSessionData) -> None:
    job = session.containers.launch("w", imaging, {"a": "x", "b": 1, "c": True, "d": 0.5})
    assert_type(job, Job)
    assert_type(job.wait(Patience(timeout=60)), JobState)
    assert_type(job.state().is_complete, bool)
    assert_type(job.logs("stderr"), str)
    container = job.container()
    assert_type(container, Container)
    assert_type(container.exit_code, int | None)
    assert_type(container.status_time, datetime | None)
    assert_type(session.containers.list("P", active=True), tuple[Container, ...])
    assert_type(session.containers.job(container), Job)


def by_label(item: MrSessionData) -> dict[str, str]:
    return {"LABEL": item.label}


def many(session: XnatSession, scans: list[MrScanData]) -> None:
    query = session.query(MrSessionData, MrSessionData.project == "P")
    found = session.containers.launch_many(query.all(), "w", by_label, pace=Pace(limit=3), journal="j")
    assert_type(found, Launches[MrSessionData])
    assert_type(found.failed, list[Launched[MrSessionData]])
    assert_type(found[0].item.label, str)
    assert_type(
        session.containers.launch_many(scans, 1, output=lambda scan: scan.quality == "usable"), Launches[MrScanData]
    )
