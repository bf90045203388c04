"""Searches that the server makes from a type: ``@<type>``, and a project's default searches (D29)."""

from __future__ import annotations

from collections.abc import Sequence

from ..call import Call
from ..datamodel.display import DisplayElement, element, sql_name
from ..store.items import Item
from .document import CriteriaSet, Criterion, SearchDocument, SearchField

_SUBJECT = "xnat:subjectData"


def site_search(call: Call, xsi_type: str, version: str = "listing") -> SearchDocument:
    """Return the default search of a type over the whole site."""
    return SearchDocument(root=xsi_type, id=f"@{xsi_type}", fields=listing(call, xsi_type, version))


def listing(call: Call, xsi_type: str, version: str = "listing") -> tuple[SearchField, ...]:
    """Return the columns of a display version, in order, with their types and headers."""
    names = _display(call, xsi_type).version(version)
    return tuple(_field(call, xsi_type, name, number) for number, name in enumerate(names))


def project_search(call: Call, project: str, xsi_type: str) -> SearchDocument:
    """Return the default search of a type in a project: what the project owns or shares."""
    names = _display(call, xsi_type).version("project_bundle")
    fields = [_field(call, xsi_type, name, number, project) for number, name in enumerate(names)]
    if xsi_type == _SUBJECT:
        fields += _counts(call, project, len(fields))
    return SearchDocument(
        root=xsi_type,
        id=f"{project}_{xsi_type}",
        fields=tuple(fields),
        where=(CriteriaSet("AND", (), (_belongs(xsi_type, project),)),),
        brief_description=_display(call, xsi_type).plural,
        tag=project,
        secure=False,
        allow_diff_columns=False,
    )


def _display(call: Call, xsi_type: str) -> DisplayElement:
    return element(call.site.schemas, call.model, xsi_type)


def _field(call: Call, root: str, name: str, number: int, project: str = "") -> SearchField:
    """Return one column; fields that take a value get the one the version names, or the project."""
    owner, _, identifier = name.rpartition(".")
    plain, _, value = identifier.partition("=")
    display = _display(call, owner or root)
    field = display.by_id[plain]
    if field.needs_value and not value:
        value, plain = project, f"{plain}={project}"
    visible = plain not in display.hidden
    return SearchField(owner or root, plain, number, field.datatype, field.title, value or None, visible)


def _counts(call: Call, project: str, first: int) -> list[SearchField]:
    """Return a column for each type of experiment in the project, with how many of them a subject has."""
    found = call.archive.items.in_project("experiment", project)
    types = _types_of_subjects(found)
    return [
        SearchField(
            element=_SUBJECT,
            id=f"CNT_{sql_name(name).upper()}={project}",
            sequence=first + number,
            type="integer",
            header=_display(call, name).plural,
            value=project,
        )
        for number, name in enumerate(types)
    ]


def _types_of_subjects(experiments: Sequence[Item]) -> list[str]:
    return sorted({item.xsi_type for item in experiments if item.subject})


def _belongs(xsi_type: str, project: str) -> CriteriaSet:
    places = (f"{xsi_type}/sharing/share/project", f"{xsi_type}/PROJECT")
    return CriteriaSet("OR", tuple(Criterion(place, "=", project) for place in places))
