"""The container service: commands, wrappers, configuration and hosts, on the embedded server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_sdk import BadRequestError, ConflictError, InvalidValueError, Patience, XnatSession, connect

from .containers import command, define

SOON = Patience(timeout=20, interval=0.1)


@pytest.fixture
def session() -> Iterator[XnatSession]:
    """The administrator of a server with the plugin: project P with subject S and session E."""
    with xnat_emulator.start(mode=Mode(plugins=("containers",))) as server:
        server.build.project("P").subject("S").mr_session("E", scans=2)
        with connect(server.url, server.user, server.password) as connection:
            yield connection
        assert list(server.site.crashes) == []


def test_commands_are_added_found_replaced_and_removed(session: XnatSession) -> None:
    commands = session.containers.commands
    made = commands.add(command())
    assert (made.name, made.version, made.image, made.type) == ("count", "1.0", "lab/count:1.0", "docker")
    assert [one.name for one in made.inputs or []] == ["LABEL", "HOW", "FAST"]
    assert [wrapper.name for wrapper in made.wrappers] == ["count-session"]
    assert commands.list("count", version="1.0") == (made,)
    assert commands.list(image="lab/other") == ()
    with pytest.raises(BadRequestError, match="name"):
        commands.list(version="1.0")
    with pytest.raises(BadRequestError, match="There is a command"):
        commands.add(command())
    with pytest.raises(BadRequestError, match="image cannot be blank"):
        commands.add({"name": "x"})
    commands.replace(made.id, {**made.data, "label": "Counts"})
    again = commands.get(made.id)
    assert (again.label, again.wrappers[0].id) == ("Counts", made.wrappers[0].id)
    more = commands.add_wrapper(made, {"name": "count-scan", "contexts": ["xnat:imageScanData"]})
    assert (more.name, more.command.name) == ("count-scan", "count")
    session.containers.wrappers.delete("count-scan")
    assert [one.name for one in session.containers.wrappers.list()] == ["count-session"]
    commands.delete(made.id)
    assert commands.list() == ()


def test_wrappers_are_enabled_on_the_site_and_in_projects(session: XnatSession) -> None:
    wrapper = define(session)
    wrappers, commands = session.containers.wrappers, session.containers.commands

    def available() -> list[str]:
        return [one.wrapper_name for one in commands.available("xnat:mrSessionData", "P")]

    assert (wrappers.is_enabled(wrapper), wrappers.is_enabled(wrapper, "P"), available()) == (False, False, [])
    wrappers.enable(wrapper, "P")
    assert wrappers.is_enabled(wrapper, "P") is False
    wrappers.enable("count-session")
    assert (wrappers.is_enabled(wrapper), wrappers.is_enabled(wrapper, "P")) == (True, True)
    assert available() == ["count-session"]
    assert [one.root for one in commands.available("xnat:mrSessionData")] == ["target"]
    assert commands.available("xnat:subjectData") == ()
    wrappers.disable(wrapper)
    assert (wrappers.is_enabled(wrapper), available()) == (False, [])


def test_inputs_are_configured_on_the_site_and_in_projects(session: XnatSession) -> None:
    wrapper = define(session)
    wrappers = session.containers.wrappers
    wrappers.configure(wrapper, {"inputs": {"HOW": {"default-value": "slowly"}}}, "P", enable=False)
    inputs = wrappers.configuration(wrapper, "P")["inputs"]
    assert isinstance(inputs, dict)
    assert inputs["HOW"] == {
        "description": None, "type": "string", "default-value": "slowly", "matcher": None, "required": None,
        "user-settable": True, "advanced": False,
    }  # fmt: skip
    assert wrappers.is_enabled(wrapper) is False
    job = session.containers.launch(wrapper, session.projects["P"].sessions["E"])
    job.wait(SOON)
    assert job.logs() == "count E  slowly\n"
    wrappers.configure(wrapper, {}, enable=True)
    assert wrappers.is_enabled(wrapper) is True
    wrappers.reset_configuration(wrapper, "P")
    assert wrappers.configuration(wrapper, "P") == wrappers.configuration(wrapper)
    with pytest.raises(InvalidValueError, match="inputs and outputs, not HOW"):
        wrappers.configure(wrapper, {"HOW": "x"}, enable=True)


def test_hosts_hubs_and_images(session: XnatSession) -> None:
    docker = session.containers.docker
    assert (docker.host().name, docker.host().ping) == ("Local socket", True)
    docker.set_host(host="tcp://docker:2375", swarm_mode=True)
    found = docker.host()
    assert (found.host, found.swarm_mode, found.name) == ("tcp://docker:2375", True, "Local socket")
    hub = docker.add_hub({"name": "Ours", "url": "https://hub.example.org", "username": "u", "password": "s3cret"})
    assert [(one.name, one.is_default) for one in docker.hubs()] == [("Docker Hub", True), ("Ours", False)]
    assert "s3cret" not in f"{hub!r} {hub.data}"
    docker.delete_hub(hub)
    with pytest.raises(ConflictError):
        docker.delete_hub(1)
    docker.pull("lab/other:2")
    assert [one.tags for one in docker.images()] == [["lab/other:2"]]
    with pytest.raises(BadRequestError):
        docker.pull("sha256:abc")
