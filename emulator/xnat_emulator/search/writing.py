"""Search documents as a server writes them (recorded answers, D29)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ..datamodel.schema import DataModel
from ..formats.xmlwrite import namespace_attributes
from .document import CriteriaSet, Criterion, SearchDocument, SearchField

_FIELD = ("xdat_search_field_id", "xdat_stored_search_id")
_SET = ("xdat_criteria_set_id", "xdat_stored_search_id")
_CRITERION = ("xdat_criteria_id", "xdat_criteria_set_xdat_criteria_set_id")


def write(document: SearchDocument, model: DataModel, server: str) -> str:
    """Return the XML of a search.

    Args:
        document: The search.
        model: The data model, for the namespaces of its schemas.
        server: Base URL of the server, for ``xsi:schemaLocation``.
    """
    head = "".join(f" {name}={quoteattr(value)}" for name, value in _attributes(document).items())
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        f"<xdat:bundle{head}{namespace_attributes(model, server)}>",
        _element("root_element_name", document.root),
        *(line for item in document.fields for line in _field(item)),
        *(line for where in document.where for line in _set("search_where", where)),
        *_rest(document),
        "</xdat:bundle>",
    ]
    return "\n".join(lines) + "\n"


def _attributes(document: SearchDocument) -> dict[str, str]:
    known = {
        "ID": document.id,
        "description": document.description,
        "layeredSequence": document.layered_sequence,
        "allow-diff-columns": "" if document.allow_diff_columns else "0",
        "secure": "" if document.secure else "0",
        "brief-description": document.brief_description,
        "tag": document.tag,
    }
    return {name: value for name, value in known.items() if value or name == "ID"}


def _element(name: str, text: str) -> str:
    return f"<xdat:{name}>{escape(text)}</xdat:{name}>"


def _hidden(names: tuple[str, ...]) -> str:
    fields = ",".join(f'{name}="null"' for name in names)
    return f"<!--hidden_fields[{fields}]-->"


def _field(item: SearchField) -> Iterator[str]:
    yield "<xdat:search_field>" if item.visible else '<xdat:search_field visible="0">'
    yield _hidden(_FIELD)
    yield _element("element_name", item.element)
    yield _element("field_ID", item.id)
    yield _element("sequence", str(item.sequence))
    yield from (_element(name, text) for name, text in (("type", item.type), ("header", item.header)) if text)
    if item.value is not None:
        yield _element("value", item.value)
    yield "</xdat:search_field>"


def _set(name: str, criteria: CriteriaSet) -> Iterator[str]:
    yield f'<xdat:{name} method="{criteria.method}">'
    yield _hidden(_SET)
    for criterion in criteria.criteria:
        yield from _criterion(criterion)
    for inner in criteria.sets:
        yield from _set("child_set", inner)
    yield f"</xdat:{name}>"


def _criterion(criterion: Criterion) -> Iterator[str]:
    yield f'<xdat:criteria override_value_formatting="{int(criterion.override)}">'
    yield _hidden(_CRITERION)
    yield _element("schema_field", criterion.field)
    yield _element("comparison_type", criterion.comparison)
    if criterion.value:
        yield _element("value", criterion.value)
    yield "</xdat:criteria>"


def _rest(document: SearchDocument) -> Iterator[str]:
    if document.sort is not None:
        yield "<xdat:sort_by>"
        yield _element("element_name", document.sort[0])
        yield _element("field_ID", document.sort[1])
        yield "</xdat:sort_by>"
    for login in document.users:
        yield f"<xdat:allowed_user>{_element('login', login)}</xdat:allowed_user>"
    if document.groups:
        yield "<xdat:allowed_groups>"
        yield from (_element("groupID", group) for group in document.groups)
        yield "</xdat:allowed_groups>"
