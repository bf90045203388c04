"""Jobs: launches wait for a free place, run for a while and end."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, cast

from ..store.containers import Document
from ..store.items import Item
from ..store.node import JsonValue
from . import outputs
from .definitions import find_wrapper
from .resolving import UnresolvedError, command_line, configured, resolve
from .workflows import set_status

if TYPE_CHECKING:
    from ..site import Site

PLACES = 4
"""How many containers run at a time."""
STEP_SECONDS = 0.05
_SLEEP, _EXIT = re.compile(r"\bsleep (\d+(?:\.\d+)?)"), re.compile(r"\bexit (\d+)")


def watch(site: Site) -> None:
    """Go on with the jobs again and again, where the plugin is installed."""
    if "containers" in site.mode.plugins:
        site.background.every(STEP_SECONDS, lambda: advance(site))


def advance(site: Site) -> None:
    """End the containers whose time has come, and begin waiting launches while there are free places."""
    store = site.archive.containers
    running, waiting = store.containers(active=True), store.waiting()
    if not running and not waiting:
        return
    with site.archive.transaction():
        now = time.time()
        over = [one for one in store.containers(active=True) if _private(one, "until") <= now]
        for container in over:
            _end(site, container)
        free = max(0, PLACES - len(store.containers(active=True)))
        for launch in store.waiting()[:free]:
            store.dequeue(int(str(launch["id"])))
            _begin(site, launch)


def _private(container: Document, name: str) -> float:
    return float(str(cast("Document", container["_job"])[name]))


# --- begin ---


def _begin(site: Site, launch: Document) -> None:
    found = find_wrapper(site.archive.containers.commands(), launch["wrapper-id"])
    if found is None:
        return  # nothing ever comes of it: the server looks for the wrapper when it has answered (peers' claim)
    command, wrapper = configured(*found, _configuration(site, launch))
    given = {name: str(value) for name, value in cast("Document", launch["inputs"]).items()}
    item = _item(site, launch)
    try:
        if launch["lost"] or (launch["row"] is not None and item is None):
            raise UnresolvedError("The object of the root input is not there, or may not be changed")
        values = resolve(command, wrapper, given, item)
    except UnresolvedError as refusal:
        set_status(site.archive, launch["workflow-id"], "Failed (Command resolution)", details=str(refusal))
        return
    container = _container(launch, command, given, values)
    note(container, "Created", "system", None)
    note(container, "Running", "event", None)
    site.archive.containers.save(container, active=True)
    set_status(site.archive, launch["workflow-id"], "Running", comments=str(container["container-id"]))


def _configuration(site: Site, launch: Document) -> JsonValue:
    """Return what the project has set for the wrapper of a launch, else what the site has."""
    places = (f"{launch['wrapper-id']}/{launch['project']}", f"{launch['wrapper-id']}/")
    found = (site.archive.containers.setting("config", place) for place in places)
    return next((one for one in found if one is not None), None)


def _item(site: Site, launch: Document) -> Item | None:
    row = launch["row"]
    return site.archive.items.get(int(str(row))) if row is not None else None


def _container(launch: Document, command: Document, given: dict[str, str], values: dict[str, str]) -> Document:
    line = command_line(command, values)
    slept, ended = _SLEEP.search(line), _EXIT.search(line)
    job: Document = {
        "until": time.time() + (float(slept[1]) if slept else 0.0),
        "exit": int(ended[1]) if ended else 0,
        "row": launch["row"],
    }
    inputs = [{"type": "raw", "name": name, "value": value, "sensitive": None} for name, value in given.items()]
    return {
        "command-id": command["id"],
        "wrapper-id": launch["wrapper-id"],
        "container-id": secrets.token_hex(32),
        "workflow-id": launch["workflow-id"] or None,
        "user-id": launch["user-id"],
        "project": launch["project"],
        "docker-image": command["image"],
        "command-line": line,
        "subtype": command["type"],
        "swarm": False,
        "env": {},
        "ports": {},
        "mounts": [],
        "inputs": cast("JsonValue", inputs),
        "outputs": [],
        "history": [],
        "log-paths": [],
        "_job": job,
    }


def note(container: Document, status: str, kind: str, exit_code: str | None, who: str | None = None) -> None:
    """Write into a container that it has come into another state.

    Args:
        container: The container.
        status: The state.
        kind: What brought it there: ``system``, ``event`` or ``user``.
        exit_code: With what it ended.
        who: The account, when somebody did it.
    """
    now = int(time.time() * 1000)
    container["status"], container["status-time"] = status, now
    entry: Document = {
        "status": status, "entity-type": kind, "entity-id": who, "time-recorded": now, "external-timestamp": None,
        "message": None, "exitCode": exit_code,
    }  # fmt: skip
    cast("list[JsonValue]", container["history"]).append(entry)


# --- end ---


def log(container: Document, stream: str) -> str:
    """Return what a container wrote: its command line, and on the other stream the status that it ends with."""
    if stream == "stdout":
        return f"{container['command-line']}\n"
    code = int(_private(container, "exit"))
    ended = str(container["status"]).startswith(("Complete", "Failed"))
    return f"ended with status {code}\n" if code and ended else ""


def _end(site: Site, container: Document) -> None:
    code = int(_private(container, "exit"))
    note(container, "die", "event", str(code))
    status = "Failed" if code else "Complete"
    note(container, status, "system", None)
    if not code:
        container["outputs"] = cast("JsonValue", _outputs(site, container))
    site.archive.containers.save(container, active=False)
    set_status(site.archive, container["workflow-id"], status, details=f"Exit code {code}" if code else "")


def _outputs(site: Site, container: Document) -> list[Document]:
    found = find_wrapper(site.archive.containers.commands(), container["wrapper-id"])
    item = _item(site, cast("Document", container["_job"]))
    if found is None or item is None:
        return []
    change = site.archive.change(str(container["user-id"]))
    labels = outputs.store(site.archive, found[1], item, log(container, "stdout"), change)
    return [{"name": label, "type": "Resource", "label": label, "created": label} for label in labels]


def kill(site: Site, container: Document, login: str) -> None:
    """End a container; of one that has ended nothing changes."""
    if not any(one["id"] == container["id"] for one in site.archive.containers.containers(active=True)):
        return
    note(container, "Killed", "user", None, login)
    site.archive.containers.save(container, active=False)
    set_status(site.archive, container["workflow-id"], "Killed")
