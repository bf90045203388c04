"""Objects that containers are launched on: what a launch calls them, and their project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ..archive import (
    AssessorObject,
    ExperimentObject,
    ImageSessionObject,
    ProjectObject,
    ResourceObject,
    ScanObject,
    SubjectObject,
)
from ..errors import InvalidValueError

if TYPE_CHECKING:
    from ..objects import XnatObject
    from .records import CommandInput, Wrapper

# Types of inputs that are objects, as the plugin names them -> the class of the objects.
KINDS: Final[Mapping[str, type[XnatObject]]] = {
    "Project": ProjectObject,
    "ProjectAsset": ExperimentObject,
    "Subject": SubjectObject,
    "SubjectAssessor": ExperimentObject,
    "Session": ImageSessionObject,
    "Scan": ScanObject,
    "Assessor": AssessorObject,
    "Resource": ResourceObject,
}


def root_of(wrapper: Wrapper, wanted: str = "") -> CommandInput | None:
    """Returns the input that takes the object; None for a wrapper that takes none.

    Args:
        wrapper: The wrapper.
        wanted: Name of the input, for wrappers with several.

    Raises:
        InvalidValueError: There are several, or none of this name.
    """
    known = [one for one in wrapper.external_inputs or [] if one.type in KINDS]
    found = [one for one in known if wanted in {"", one.name}]
    if len(found) > 1 or (wanted and not found):
        names = ", ".join(one.name for one in known) or "none"
        msg = f"wrapper {wrapper.name!r} takes objects as {names}: say with root= which of them the launch is for"
        raise InvalidValueError(msg)
    return found[0] if found else None


def check_kind(root: CommandInput, item: XnatObject) -> None:
    """Refuses an object of another kind than an input takes.

    Raises:
        InvalidValueError: It is one.
    """
    kind = KINDS[str(root.type)]
    if not isinstance(item, kind):
        msg = f"input {root.name!r} takes a {root.type}, not {item!r}"
        raise InvalidValueError(msg)


def value_of(item: XnatObject) -> str:
    """Returns what a launch calls an object: its path in the archive."""
    return item.uri.replace("/data/", "/archive/", 1)


def project_of(item: XnatObject) -> str:
    """Returns the ID of the project that an object belongs to; one request where nothing tells it yet."""
    parts = item.uri.split("/")
    if parts[1:3] == ["data", "projects"] and not isinstance(item, ProjectObject):
        return unquote(parts[3])
    if isinstance(item, ProjectObject):
        return str(item.__xnat_value__("ID"))
    told = item.__xnat_row__.get("project")
    if told:
        return str(told)
    if isinstance(item, SubjectObject | ExperimentObject):
        return str(item.__xnat_value__("project") or "")
    # Generated classes say of what class a parent is; here it is the object that holds this one.
    above: object = getattr(item, "parent", None)
    return project_of(above) if isinstance(above, _objects()) else ""


def _objects() -> type[XnatObject]:
    from ..objects import XnatObject  # noqa: PLC0415  # for annotations only elsewhere

    return XnatObject
