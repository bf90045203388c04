"""What a write request asks for: its body and its parameters as one patch (rest-data 6.2, 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import populate
from ..call import FORM_TYPE, Call, Pairs, escape_entities, is_off, read_form
from ..errors import StatusError
from ..formats import xmlread
from ..store.change import Change
from ..store.items import Item
from ..store.patch import Patch

_XML_TYPES = frozenset({"text/xml", "application/xml"})
_DEFAULT_TYPES = frozenset({"xnat:projectData", "xnat:subjectData", "xnat:reconstructedImageData"})


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

    def flag(self, name: str) -> bool:
        """Tell whether a parameter is on: present and neither ``false`` nor ``0`` (rest-data 1.5)."""
        value = self.first(name)
        return value is not None and not is_off(value)

    def asks_for(self, action: str) -> bool:
        """Tell whether a session action is asked for, as ``name=true`` or as ``action=name`` (rest-data 7.1.8)."""
        return self.flag(action) or ("action", action) in self.pairs

    @property
    def is_typed(self) -> bool:
        """Whether the type is named by itself, not only by the paths of fields."""
        return self.document is not None or bool(self.first("ELEMENT_0") or self.first("xsiType"))

    @property
    def replaces(self) -> bool:
        """Whether the document takes the place of the stored one: ``allowDataDeletion=true`` (rest-data 7.1.3)."""
        return self.document is not None and self.first("allowDataDeletion") == "true"

    @property
    def merges(self) -> bool:
        """Whether the stored object is the template of the wanted one (rest-data 7.1.3)."""
        return self.first("loadExisting") != "false" and self.first("populateFromDB") != "false"


def read(call: Call) -> Wanted:
    """Return what a write request asks for.

    Raises:
        StatusError: 422 for a body that is no item document, 400 for values against the rules of the type and for an
            unknown ``xsiType``.
    """
    pairs = call.escaped_query + _form_fields(call)
    document = _document(call)
    xsi_type = populate.type_of_request(call.model, pairs)
    if xsi_type is not None and xsi_type not in call.model:
        raise StatusError(400, f"Unknown data type {xsi_type}")
    return Wanted(xsi_type or (None if document is None else document.xsi_type), document, pairs)


def _form_fields(call: Call) -> Pairs:
    if not call.form and call.has_content and call.content_type == FORM_TYPE:
        call.form = read_form(call.body.read())
    return tuple((key, escape_entities(value)) for key, value in call.form)


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
    if not call.has_content or call.content_type == FORM_TYPE:
        return None
    said = call.content_type in _XML_TYPES or call.parameter("req_format") == "xml" or call.flag("inbody")
    return call.body.read() if said else None


def patch(
    call: Call, wanted: Wanted, type_name: str, aliases: Mapping[str, str] | None = None, *, new: bool = False
) -> Patch:
    """Return one patch of a request: the document, with the parameters on top (rest-data 6.4).

    Args:
        call: The request.
        wanted: What it asks for.
        type_name: Type of the item.
        aliases: Short names of its paths.
        new: The item does not exist: one unknown field among the parameters loses all of them (rest-data 7.1.6).

    Raises:
        StatusError: 422, the document is of a type that does not fit; 417, the parameters are lost, and with them the
            type.
    """
    named_type = wanted.xsi_type if wanted.is_typed or new else None
    if named_type is not None and type_name in _DEFAULT_TYPES and not call.model.extends(named_type, type_name):
        raise StatusError(422, f"Only {type_name} documents can be sent here")
    named = _named(call, wanted, type_name, aliases, new=new)
    if wanted.document is None:
        return named
    if wanted.document.xsi_type not in {None, type_name}:
        raise StatusError(422, f"Only {type_name} documents can be sent here")
    return overlay(wanted.document, named)


def _named(call: Call, wanted: Wanted, type_name: str, aliases: Mapping[str, str] | None, *, new: bool) -> Patch:
    try:
        return populate.patch_of(call.model, type_name, wanted.pairs, aliases, new=new)
    except populate.PopulationLost:
        if wanted.is_typed or type_name in _DEFAULT_TYPES:
            return Patch()
        raise StatusError(417, f"Need {call.method} Contents") from None


def overlay(below: Patch, above: Patch) -> Patch:
    """Return a patch that does what one asks and then what the other asks."""
    children = {path: list(items) for path, items in below.children.items()}
    for path, items in above.children.items():
        children.setdefault(path, []).extend(items)
    return Patch(above.xsi_type or below.xsi_type, {**below.values, **above.values}, children)


def empty_lists(call: Call, item: Item, patch: Patch, change: Change) -> None:
    """Take out of a stored object what a replacing document does not repeat in the lists it names (rest-data 7.1.3).

    Of objects with a REST path of their own, only the lists that the document names are meant; experiments stay.
    """
    item.node.children = {path: items for path, items in item.node.children.items() if path == "sharing/share"}
    slots = call.model.type(item.xsi_type).slots
    for path, wanted in patch.children.items():
        kind = call.model.kind_of(slots[path].target)
        names = {child.text("label" if kind == "resource" else "ID") for child in wanted}
        if kind in {"scan", "reconstruction", "resource"}:
            for stored in call.archive.children(item, slots[path]):
                if (stored.label if kind == "resource" else stored.id) not in names:
                    call.archive.delete(stored, change)
