"""What a write request asks for: its body and its parameters as one patch (rest-data 6.2, 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import populate, xmlread
from ..call import Call, Pairs, escape_entities, read_form
from ..errors import StatusError
from ..store.patch import Patch

_XML_TYPES = frozenset({"text/xml", "application/xml"})
_FORM_TYPE = "application/x-www-form-urlencoded"
_UNSERVED_ACTIONS = frozenset({"quarantine", "_lock", "_unlock", "_obsolete", "pullDataFromHeaders"})
"""Parameters of writes that change more than fields (rest-data 7.1.7 and 7.1.8)."""


@dataclass(frozen=True)
class Wanted:
    """A write request.

    Attributes:
        xsi_type: Type of the item it is about, None when the request names none.
        document: Patch of an XML body, None without one.
        pairs: Query parameters, then form fields, entity-escaped.
    """

    xsi_type: str | None
    document: Patch | None
    pairs: Pairs

    def first(self, name: str) -> str | None:
        """Return the first parameter of a name."""
        return next((value for key, value in self.pairs if key == name), None)


def read(call: Call) -> Wanted:
    """Return what a write request asks for.

    Raises:
        StatusError: 422 for a body that is no item document, 400 for values against the rules of the type and for an
            unknown ``xsiType``, 501 for actions that are not served.
    """
    pairs = call.escaped_query + _form_fields(call)
    _refuse_actions(pairs)
    document = _document(call)
    xsi_type = populate.type_of_request(call.model, pairs)
    if xsi_type is not None and xsi_type not in call.model:
        raise StatusError(400, f"Unknown data type {xsi_type}")
    return Wanted(xsi_type or (None if document is None else document.xsi_type), document, pairs)


def _refuse_actions(pairs: Pairs) -> None:
    named = {name for name, _ in pairs} | {value for name, value in pairs if name == "action"}
    if asked := _UNSERVED_ACTIONS & named:
        raise StatusError(501, f"The emulator does not serve {', '.join(sorted(asked))}")


def _form_fields(call: Call) -> Pairs:
    fields = call.form
    if call.has_content and call.content_type == _FORM_TYPE:
        fields = read_form(call.body.read())
    return tuple((key, escape_entities(value)) for key, value in fields)


def _document(call: Call) -> Patch | None:
    body = _xml_body(call)
    if body is None:
        return None
    try:
        patch, problems = xmlread.read(call.model, body)
    except xmlread.DocumentError as error:
        raise StatusError(422, str(error)) from None
    if problems:
        raise StatusError(400, "; ".join(problems))
    return patch


def _xml_body(call: Call) -> bytes | None:
    for part in call.parts:
        if part.name.endswith(".xml"):
            return part.stream.read()
    if not call.has_content or call.content_type == _FORM_TYPE:
        return None
    said = call.content_type in _XML_TYPES or call.parameter("req_format") == "xml" or call.flag("inbody")
    return call.body.read() if said else None


def patch(call: Call, wanted: Wanted, type_name: str, aliases: Mapping[str, str] | None = None) -> Patch:
    """Return one patch of a request: the document, with the parameters on top (rest-data 6.4).

    Raises:
        StatusError: 422, the document is of a type that does not fit.
    """
    named = populate.patch_of(call.model, type_name, wanted.pairs, aliases)
    if wanted.document is None:
        return named
    if wanted.document.xsi_type not in {None, type_name}:
        raise StatusError(422, f"Only {type_name} documents can be sent here")
    return overlay(wanted.document, named)


def overlay(below: Patch, above: Patch) -> Patch:
    """Return a patch that does what one asks and then what the other asks."""
    children = {path: list(items) for path, items in below.children.items()}
    for path, items in above.children.items():
        children.setdefault(path, []).extend(items)
    return Patch(above.xsi_type or below.xsi_type, {**below.values, **above.values}, children)
