"""Commands and their wrappers as the plugin keeps them (schemas/SOURCES.md, container service)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from ..errors import StatusError
from ..store.containers import Document
from ..store.node import JsonValue

_COMMAND: Mapping[str, JsonValue] = {
    "name": None, "label": None, "description": None, "version": None, "schema-version": None, "info-url": None,
    "image": None, "container-name": None, "type": "docker", "index": None, "hash": None, "working-directory": None,
    "command-line": None, "override-entrypoint": None, "mounts": [], "environment-variables": {}, "ports": {},
    "inputs": [], "outputs": [], "xnat": [], "reserve-memory": None, "limit-memory": None, "limit-cpu": None,
}  # fmt: skip
_WRAPPER: Mapping[str, JsonValue] = {
    "id": 0, "name": None, "label": None, "description": None, "contexts": [], "external-inputs": [],
    "derived-inputs": [], "output-handlers": [],
}  # fmt: skip
XNAT_TYPES = frozenset(
    {"Project", "ProjectAsset", "Subject", "SubjectAssessor", "Session", "Scan", "Assessor", "Resource"}
)
"""Types of inputs that are objects of the archive."""


def objects(value: JsonValue) -> list[Document]:
    """Return the objects of a JSON list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def whole_command(said: Document) -> Document:
    """Return a command with every field, as it is kept; ids that came along do not count.

    Raises:
        StatusError: 400, it lacks its name or its image.
    """
    missing = [name for name in ("name", "image") if not said.get(name)]
    if missing:
        lines = "".join(f"\n\tCommand {name} cannot be blank" for name in missing)
        raise StatusError(400, f"Invalid command:{lines}")
    known: Document = {name: said.get(name) or default for name, default in _COMMAND.items()}
    known["xnat"] = cast("JsonValue", [whole_wrapper(wrapper) for wrapper in objects(said.get("xnat"))])
    return known


def whole_wrapper(said: Document) -> Document:
    """Return a wrapper with every field.

    Raises:
        StatusError: 400, it lacks its name.
    """
    if not said.get("name"):
        raise StatusError(400, "Invalid command:\n\tCommand wrapper name cannot be blank.")
    return {name: said.get(name) or default for name, default in _WRAPPER.items()}


def wrappers(commands: list[Document]) -> Iterator[tuple[Document, Document]]:
    """Yield every wrapper with its command before it."""
    for command in commands:
        for wrapper in objects(command["xnat"]):
            yield command, wrapper


def find_wrapper(commands: list[Document], number: object) -> tuple[Document, Document] | None:
    """Return a wrapper by its id, with its command before it."""
    return next((pair for pair in wrappers(commands) if pair[1]["id"] == number), None)


def root_input(wrapper: Document) -> str:
    """Return the name of the input that takes the object a container is launched on, empty for none."""
    roots = [one for one in objects(wrapper["external-inputs"]) if one.get("type") in XNAT_TYPES]
    return str(roots[0].get("name")) if roots else ""
