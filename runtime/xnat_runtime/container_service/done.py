"""Which objects have the output of a wrapper already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..archive import AssessorObject, ExperimentObject, ProjectObject, ScanObject, SubjectObject
from ..levels import Level
from ..objects import XnatObject
from ..patterns import filters
from ..selecting import select
from .targets import project_of

if TYPE_CHECKING:
    from ..session import BaseSession
    from .records import CommandInput, Wrapper

T = TypeVar("T", bound=XnatObject)

Output: TypeAlias = str | Callable[[T], bool]
"""The label of a resource, or a function that tells whether an object is done."""

# Kinds of objects whose resources one table has -> its level; assessors are in none.
_LEVELS: Sequence[tuple[type[XnatObject], str]] = (
    (SubjectObject, "subject_resource"), (ExperimentObject, "experiment_resource"), (ScanObject, "scan_resource"),
)  # fmt: skip


def done_items(
    session: BaseSession, items: Sequence[T], output: Output[T] | None, wrapper: Wrapper, root: CommandInput | None
) -> set[str]:
    """Returns the URIs of the objects that have the output: one request a project, one an object for some kinds.

    Args:
        session: The connection.
        items: The objects.
        output: What to look for; None for what the wrapper says that it makes.
        wrapper: The wrapper.
        root: The input that takes the object.
    """
    if not items or (output is not None and not isinstance(output, str)):
        return {item.uri for item in items if output is not None and not isinstance(output, str) and output(item)}
    labels = {output} if output is not None else made_by(wrapper, root)
    if not labels:
        return set()
    have = _labels(session, items)
    return {item.uri for item in items if labels <= have(item)}


def made_by(wrapper: Wrapper, root: CommandInput | None) -> set[str]:
    """Returns the labels of the resources that a wrapper says it makes on its object."""
    return {
        str(handler.label or handler.name)
        for handler in wrapper.output_handlers or []
        if root is not None and handler.type == "Resource" and handler.child_of == root.name
    }


def _labels(session: BaseSession, items: Sequence[T]) -> Callable[[T], set[str]]:
    kind = next((level for kind, level in _LEVELS if all(isinstance(item, kind) for item in items)), None)
    if kind is None or any(isinstance(item, AssessorObject) for item in items):
        return _own_labels
    found: dict[tuple[str, ...], set[str]] = {}
    for project in sorted({project_of(item) for item in items} - {""}):
        for place, label in _table(session, project, kind):
            found.setdefault(place, set()).add(label)
    return lambda item: found.get(_place(item), set())


def _table(session: BaseSession, project: str, level: str) -> Iterable[tuple[tuple[str, ...], str]]:
    for resource in select(session, _project(session, project), Level[XnatObject](level), filters(use_regex=False)):
        # /data/experiments/E/[scans/S/]resources/LABEL, or /data/projects/P/subjects/S/resources/LABEL
        above = resource.uri.split("/resources/")[0].split("/")
        place = tuple(above[3:4] + above[5:6]) if level == "scan_resource" else (above[-1],)
        yield place, str(resource.__xnat_value__("label"))


def _project(session: BaseSession, project: str) -> XnatObject:
    from ..paths import join  # noqa: PLC0415

    found = session.registry.load("xnat:projectData")
    kind = found if found is not None and issubclass(found, XnatObject) else ProjectObject
    return kind.__xnat_from_server__(session, join("data", "projects", project), {"ID": project}, None)


def _place(item: XnatObject) -> tuple[str, ...]:
    own = str(item.__xnat_value__("ID") or "")
    if isinstance(item, ScanObject):
        parts = item.uri.split("/")
        above = parts[3] if parts[1:3] == ["data", "experiments"] else str(_session_id(item))
        return (above, own)
    return (own,)


def _session_id(item: ScanObject) -> object:
    above: object = getattr(item, "parent", None)
    return above.__xnat_value__("ID") if isinstance(above, XnatObject) else ""


def _own_labels(item: XnatObject) -> set[str]:
    from ..documents import read_table  # noqa: PLC0415

    uri = f"{item.uri}/resources"
    return {str(row.get("label") or "") for row in read_table(item.session.get_json(uri), uri)}
