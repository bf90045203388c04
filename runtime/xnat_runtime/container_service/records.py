"""What the plugin says of commands, wrappers, containers and hosts, with typed fields."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Final

from ..codec import DATETIME
from ..records import BOOLEAN, INTEGER, JSON, TEXT, TIMESTAMP, ListOf, MapOf, Record, RecordOf, given, maybe
from ..transport import JsonValue

ENDS: Final = ("Complete", "Failed", "Killed")
"""What the status of a job that has ended begins with."""


def has_ended(status: str) -> bool:
    """Returns whether a status is that of a job that has ended, well or not."""
    return status.startswith(ENDS)


class _Moment:
    """A moment, as milliseconds since 1970 or as ISO text: versions of the plugin differ."""

    def decode(self, raw: object) -> datetime.datetime | None:
        return DATETIME.decode(raw) if isinstance(raw, str) else TIMESTAMP.decode(raw)


_MOMENT: Final = _Moment()


class CommandInput(Record):
    """An input of a command or a wrapper."""

    __slots__ = ()
    name = given("name", TEXT)
    """Its name: the key of its value in a launch."""
    label = maybe("label", TEXT)
    """What people call it."""
    description = maybe("description", TEXT)
    """What it is for."""
    type = maybe("type", TEXT)
    """Of a command ``string``, ``boolean``, ``number``, ...; of a wrapper also ``Session``, ``Scan``, ..."""
    required = maybe("required", BOOLEAN)
    """Whether a launch needs a value."""
    default = maybe("default-value", JSON)
    """The value without another one."""
    choices = maybe("select-values", ListOf(TEXT))
    """The values it takes; empty for any."""
    user_settable = maybe("user-settable", BOOLEAN)
    """Whether a launch may give a value, for inputs of wrappers."""
    provides = maybe("provides-value-for-command-input", TEXT)
    """The command's input that gets its value, for inputs of wrappers."""


class OutputHandler(Record):
    """What a wrapper does with an output."""

    __slots__ = ()
    name = maybe("name", TEXT)
    """Its name."""
    output = maybe("accepts-command-output", TEXT)
    """The command's output that it takes."""
    child_of = maybe("as-a-child-of", TEXT)
    """The input or handler on whose object it is stored."""
    type = maybe("type", TEXT)
    """What is made of it, such as ``Resource``."""
    label = maybe("label", TEXT)
    """Label of the resource."""


class Wrapper(Record):
    """A way to launch a command on objects of the archive."""

    __slots__ = ("command",)
    id = given("id", INTEGER)
    """Its number on this server."""
    name = given("name", TEXT)
    """Its name."""
    label = maybe("label", TEXT)
    """What people call it."""
    description = maybe("description", TEXT)
    """What it does."""
    contexts = maybe("contexts", ListOf(TEXT))
    """Types that it can be launched on, or ``site``."""
    external_inputs = maybe("external-inputs", ListOf(RecordOf(lambda: CommandInput)))
    """Inputs that a launch gives; the object is one of them."""
    derived_inputs = maybe("derived-inputs", ListOf(RecordOf(lambda: CommandInput)))
    """Inputs that the server works out from others."""
    output_handlers = maybe("output-handlers", ListOf(RecordOf(lambda: OutputHandler)))
    """What becomes of the outputs."""

    def __init__(self, data: Mapping[str, JsonValue], command: Command) -> None:
        super().__init__(data)
        self.command = command

    def __repr__(self) -> str:
        return f"<Wrapper {self.name} ({self.id}) of {self.command.name}>"


class Command(Record):
    """A container image and how it is run."""

    __slots__ = ()
    id = given("id", INTEGER)
    """Its number on this server."""
    name = given("name", TEXT)
    """Its name."""
    label = maybe("label", TEXT)
    """What people call it."""
    description = maybe("description", TEXT)
    """What it does."""
    version = maybe("version", TEXT)
    """Its version."""
    image = maybe("image", TEXT)
    """The container image."""
    type = maybe("type", TEXT)
    """``docker``, ``docker-setup`` or ``docker-wrapup``."""
    command_line = maybe("command-line", TEXT)
    """What is run, with keys such as ``#NAME#`` for the values of inputs."""
    inputs = maybe("inputs", ListOf(RecordOf(lambda: CommandInput)))
    """Its inputs."""

    @property
    def wrappers(self) -> list[Wrapper]:
        """The ways to launch it."""
        found = self.data.get("xnat")
        return [Wrapper(one, self) for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def __repr__(self) -> str:
        return f"<Command {self.name} {self.version or ''}".rstrip() + f" ({self.id})>"


class AvailableCommand(Record):
    """A wrapper that one may launch on objects of a type."""

    __slots__ = ()
    command_id = given("command-id", INTEGER)
    """Number of the command."""
    command_name = given("command-name", TEXT)
    """Name of the command."""
    wrapper_id = given("wrapper-id", INTEGER)
    """Number of the wrapper."""
    wrapper_name = given("wrapper-name", TEXT)
    """Name of the wrapper."""
    image = maybe("image-name", TEXT)
    """The container image."""
    enabled = maybe("enabled", BOOLEAN)
    """Whether it is enabled."""
    root = maybe("root-element-name", TEXT)
    """The input that takes the object."""


class ContainerEvent(Record):
    """Something that happened to a container."""

    __slots__ = ()
    status = given("status", TEXT)
    """The state it came into."""
    at = maybe("time-recorded", _MOMENT)
    """When."""
    kind = maybe("entity-type", TEXT)
    """What brought it there: ``system``, ``event``, ``user`` or ``service``."""
    message = maybe("message", TEXT)
    """Why."""
    exit_code = maybe("exitCode", TEXT)
    """With what it ended."""


class Container(Record):
    """The server's record of a container."""

    __slots__ = ()
    id = given("id", INTEGER)
    """Its number on this server."""
    status = maybe("status", TEXT)
    """Its state, such as ``Running`` or ``Complete``."""
    status_time = maybe("status-time", _MOMENT)
    """When it came into that state."""
    command_id = maybe("command-id", INTEGER)
    """Number of the command."""
    wrapper_id = maybe("wrapper-id", INTEGER)
    """Number of the wrapper."""
    workflow_id = maybe("workflow-id", TEXT)
    """Number of the workflow that tells of it, "" or None for somebody else's."""
    container_id = maybe("container-id", TEXT)
    """What its host calls it."""
    user = maybe("user-id", TEXT)
    """Who launched it."""
    project = maybe("project", TEXT)
    """ID of the project."""
    image = maybe("docker-image", TEXT)
    """The container image."""
    command_line = maybe("command-line", TEXT)
    """What it ran."""
    history = maybe("history", ListOf(RecordOf(lambda: ContainerEvent)))
    """What happened to it."""
    outputs = maybe("outputs", ListOf(MapOf(JSON)))
    """What it made."""

    def __repr__(self) -> str:
        return f"<Container {self.id}: {self.status}>"

    @property
    def exit_code(self) -> int | None:
        """With what it ended, None when it has not or the server does not say."""
        codes = [event.exit_code for event in self.history or [] if event.exit_code]
        return int(codes[0]) if codes and codes[0].isdecimal() else None

    def input(self, name: str) -> str | None:
        """Returns the value that the launch gave an input, None when it gave none or the server does not tell."""
        found = self.data.get("inputs")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and one.get("name") == name and str(one.get("type", "raw")).lower() == "raw":
                return str(one.get("value"))
        return None


class VersionCheck(Record):
    """Whether the plugin fits the server."""

    __slots__ = ()
    compatible = given("compatible", BOOLEAN)
    """Whether it does."""
    server_version = maybe("xnat-version-detected", TEXT)
    """The server's version."""
    required_version = maybe("min-xnat-version-required", TEXT)
    """The oldest one that the plugin works with."""
    message = maybe("message", TEXT)
    """What the plugin says about it."""


class DockerHost(Record):
    """Where containers run."""

    __slots__ = ()
    name = maybe("name", TEXT)
    """What people call it."""
    host = maybe("host", TEXT)
    """Its address."""
    swarm_mode = maybe("swarm-mode", BOOLEAN)
    """Whether it is a swarm."""
    ping = maybe("ping", BOOLEAN)
    """Whether it answers."""


class DockerHub(Record):
    """Where images come from."""

    __slots__ = ()
    id = given("id", INTEGER)
    """Its number on this server."""
    name = maybe("name", TEXT)
    """What people call it."""
    url = maybe("url", TEXT)
    """Its address."""
    is_default = maybe("default", BOOLEAN)
    """Whether images come from there when none is named."""


class DockerImage(Record):
    """An image on the host."""

    __slots__ = ()
    id = maybe("image-id", TEXT)
    """What the host calls it."""
    tags = maybe("tags", ListOf(TEXT))
    """Its names."""


class Enablement(Record):
    """Whether a wrapper may be used in a project."""

    __slots__ = ()
    for_site = given("enabled-for-site", BOOLEAN)
    """Whether it is enabled on the site, without which projects cannot use it."""
    for_project = given("enabled-for-project", BOOLEAN)
    """Whether it is enabled in the project."""


class LaunchReport(Record):
    """The answer to a launch."""

    __slots__ = ()
    status = given("status", TEXT)
    """``success`` or ``failure``."""
    workflow_id = maybe("workflow-id", TEXT)
    """Number of the workflow, or ``To be assigned``."""
    message = maybe("message", TEXT)
    """Why it failed."""
