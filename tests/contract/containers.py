"""A command of the container service for tests: what it does is written in its command line."""

from __future__ import annotations

from collections.abc import Iterable

from xnat_runtime.container_service.records import Wrapper
from xnat_runtime.transport import JsonValue
from xnat_sdk import Patience, XnatSession

OUTPUT = "COUNTS"


def command(name: str = "count", root: str = "Session", context: str = "xnat:imageSessionData") -> dict[str, JsonValue]:
    """Returns a command with one wrapper, which makes the resource ``COUNTS``; input HOW is part of what it runs."""
    derived: dict[str, JsonValue] = {
        "name": "label",
        "type": "string",
        "derived-from-wrapper-input": "target",
        "derived-from-xnat-object-property": "label",
        "provides-value-for-command-input": "LABEL",
    }
    handler: dict[str, JsonValue] = {
        "name": "counts",
        "accepts-command-output": "counts",
        "as-a-child-of": "target",
        "type": "Resource",
        "label": OUTPUT,
    }
    return {
        "name": name,
        "version": "1.0",
        "image": "lab/count:1.0",
        "type": "docker",
        "command-line": "count #LABEL# #FAST# #HOW#",
        "inputs": [
            {"name": "LABEL", "type": "string"},
            {"name": "HOW", "type": "string", "default-value": ""},
            {"name": "FAST", "type": "boolean", "default-value": "false", "true-value": "--fast", "false-value": ""},
        ],
        "outputs": [{"name": "counts", "mount": "out", "path": "counts.txt"}],
        "xnat": [
            {
                "name": f"{name}-{root.lower()}",
                "contexts": [context],
                "external-inputs": [{"name": "target", "type": root, "required": True}],
                "derived-inputs": [derived],
                "output-handlers": [handler],
            }
        ],
    }


def define(session: XnatSession, *, enabled: Iterable[str] = (), **changes: str) -> Wrapper:
    """Adds the command, and returns its wrapper, enabled in some projects and, by "", on the site."""
    service = session.containers
    wrapper = service.commands.add(command(**changes)).wrappers[0]
    for project in enabled:
        service.wrappers.enable(wrapper, project)
    return wrapper


def ran(session: XnatSession, wrapper: Wrapper, experiment: str) -> str:
    """Launches a wrapper on an experiment, waits for it, and returns the number of the container."""
    job = session.containers.launch(wrapper, session.create_object(f"/data/experiments/{experiment}"))
    job.wait(Patience(timeout=20, interval=0.1))
    return str(job.container().id)
