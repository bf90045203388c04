"""Changes on their way to the server: collected by path, sent as one PUT with an XML body.

Values travel in the body, since URLs end up in access logs. An XML body also keeps ``&``, ``<`` and quotes,
which query values lose (rest-data 1.6), and a value of the wrong type is answered with 400 instead of being
dropped (rest-data 6.2). Clearing needs no value: it goes out as ``<type>/<path>=NULL`` in the query, which the
server applies after the body (rest-data 6.4, 7.1.4).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from .errors import InvalidValueError
from .unknown_fields import in_safe_order, named_when_unknown

if TYPE_CHECKING:
    from xml.etree import ElementTree

    from .fields import Member
    from .item import Item
    from .objects import XnatObject
    from .structures import XnatStructure

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
# Compiled when the first value is written, since compiling takes milliseconds that connecting need not wait for.
_NOT_IN_XML: Final = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_CLEAR: Final = "NULL"
# What XNAT turns into entities when it comes by a query (rest-data 1.6).
ESCAPED: Final = re.compile(r"[&<>\"']")


@attrs.define
class ChangeSet:
    """Changes below one item, by paths relative to it.

    Attributes:
        values: New simple values by path; None clears.
        entries: New values of keyed lists by list path and key; None removes the entry.
        additions: List path and the structure or simple value that is added there.
    """

    values: dict[str, object] = attrs.field(factory=dict[str, object])
    entries: dict[tuple[str, str], object] = attrs.field(factory=dict[tuple[str, str], object])
    additions: list[tuple[str, object]] = attrs.field(factory=list[tuple[str, object]])

    def __bool__(self) -> bool:
        return bool(self.values or self.entries or self.additions)

    def paths(self) -> list[str]:
        """Returns the paths that change, those of lists included."""
        return [*self.values, *(at for at, _ in self.entries), *(at for at, _ in self.additions)]

    def merge(self, other: ChangeSet) -> None:
        """Takes the changes of another set; the later value of a path wins."""
        self.values.update(other.values)
        self.entries.update(other.entries)
        self.additions.extend(other.additions)

    def below(self, path: str) -> ChangeSet:
        """Returns the changes at and below a path, relative to it; the value of the path itself stands at ""."""
        start = f"{path}/"
        return ChangeSet(
            {_cut(at, path): value for at, value in self.values.items() if at == path or at.startswith(start)},
            {(at[len(start) :], key): value for (at, key), value in self.entries.items() if at.startswith(start)},
            [(at[len(start) :], value) for at, value in self.additions if at.startswith(start)],
        )

    def moved(self, prefix: str) -> ChangeSet:
        """Returns the same changes as seen from an owner that holds this item at ``prefix``."""
        return ChangeSet(
            {join_path(prefix, at): value for at, value in self.values.items()},
            {(join_path(prefix, at), key): value for (at, key), value in self.entries.items()},
            [(join_path(prefix, at), value) for at, value in self.additions],
        )


def join_path(*parts: str) -> str:
    """Returns schema paths joined by slashes; empty parts are left out."""
    return "/".join(part for part in parts if part)


def _cut(path: str, prefix: str) -> str:
    return path[len(prefix) + 1 :]


def commit(item: XnatObject, changes: ChangeSet) -> None:
    """Sends changes of an item: one PUT, and one before it when its label changes, which is then taken out of them.

    A reply that was lost is made up for by reading the item; nothing is sent twice.

    Raises:
        FieldNotOnServerError: The server does not know a field that gets a value.
        ResponseError: The server refused.
    """
    kept = attrs.evolve(changes, values={path: value for path, value in changes.values.items() if path != "label"})
    # Made before the rename: what cannot be sent is refused before anything is.
    body, clears = xml_body(item, kept), tuple(cleared(item, kept))
    if "label" in changes.values:
        _rename(item, str(changes.values["label"]))
        del changes.values["label"]
    if body or clears:
        from .transfers.lost_edits import committed  # noqa: PLC0415  # what reads documents imports edits

        uri, headers = item.__xnat_write_uri__(), {"Content-Type": "text/xml"} if body else {}
        with named_when_unknown(item, kept.paths()):
            committed(item, kept, lambda: item.session.put(uri, query=clears, data=body, headers=headers))


def _rename(item: XnatObject, label: str) -> None:
    """Sends a new label, once it is sure that XNAT can store it."""
    from .renaming import put_label  # noqa: PLC0415  # connections import edits

    if ESCAPED.search(label) or label == _CLEAR:
        msg = (
            f"{type(item).__name__}.label cannot be NULL or hold & < > \" ', which XNAT would store as &amp; and so on"
        )
        raise InvalidValueError(msg)
    put_label(item, label)
    item.__xnat_relabelled__(label)


def creation_body(item: XnatObject) -> bytes:
    """Returns the XML document that creates an item from the values given to its constructor.

    Raises:
        InvalidValueError: The item's type has no global element, so no document can hold it.
    """
    values = {path: value for path, value in item.__xnat_row__.items() if value is not None}
    changes = ChangeSet(values)
    changes.merge(item.__xnat_batch__ or ChangeSet())
    return _document(item, changes)


def xml_body(item: XnatObject, changes: ChangeSet) -> bytes | None:
    """Returns the XML document of everything that is set, None when changes only clear."""
    kept = ChangeSet(
        {path: value for path, value in changes.values.items() if value is not None},
        {at: value for at, value in changes.entries.items() if value is not None},
        changes.additions,
    )
    return _document(item, kept) if kept else None


def cleared(item: XnatObject, changes: ChangeSet) -> list[tuple[str, str]]:
    """Returns the query pairs that clear fields and remove entries; they name paths and hold no value.

    The order is the one that `in_safe_order` gives; it may take one request to find.
    """
    fields = in_safe_order(item, [path for path, value in changes.values.items() if value is None])
    # Entries go first: their lists were read from the server, which so knows them.
    paths = [_entry_path(item, path, key) for (path, key), value in changes.entries.items() if value is None]
    paths += [_query_path(item, path) for path in fields]
    return [(f"{item.xsi_type}/{path}", _CLEAR) for path in paths]


def _document(item: XnatObject, changes: ChangeSet) -> bytes:
    namespaces = item.session.registry.namespaces
    _require_own_type(item)
    if item.__xnat_element__ is None:
        msg = f"{item.xsi_type} has no element of its own to send: use a concrete type, such as xnat:mrSessionData"
        raise InvalidValueError(msg)
    from xml.etree import ElementTree  # noqa: PLC0415  # only changes need it

    prefix = item.xsi_type.partition(":")[0]
    root = ElementTree.Element(f"{prefix}:{item.__xnat_element__}")
    used = {prefix}
    fill(root, type(item), changes, used)
    root.attrib.update({f"xmlns:{name}": namespaces[name] for name in sorted(used)})
    root.set("xmlns:xsi", XSI)
    return cast("bytes", ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _require_own_type(item: XnatObject) -> None:
    """Refuses to send an item as the type that it only reads as: the server would take it for one of that type."""
    told = str(item.__xnat_row__.get("xsiType") or "")
    if told and told not in item.session.registry.types:
        msg = (
            f"the item is of type {told}, which {item.session.registry.package} does not know, so that its fields "
            "cannot be sent; generate a package from this server's schemas (xnat-codegen fetch, generate)"
        )
        raise InvalidValueError(msg)


def fill(element: ElementTree.Element, item_class: type[Item], changes: ChangeSet, used: set[str]) -> None:
    """Adds what changed below one item class, in schema order."""
    for member in item_class.__xnat_members__().values():
        member.write_xml(element, changes, used)


def fill_structure(parent: ElementTree.Element, member: Member, structure: XnatStructure, used: set[str]) -> None:
    """Adds a structure that joins a list."""
    element = subelement(parent, member, used)
    set_type(element, structure.xsi_type if structure.xsi_type != member.declared_type() else "", used)
    fill(element, type(structure), structure.__xnat_changes__(""), used)


def set_type(element: ElementTree.Element, xsi_type: str, used: set[str]) -> None:
    """Marks an element that holds another type than the declared one; "" marks nothing."""
    if xsi_type:
        used.add(xsi_type.partition(":")[0])
        element.set("xsi:type", xsi_type)


def subelement(parent: ElementTree.Element, member: Member, used: set[str]) -> ElementTree.Element:
    """Adds the element at a member's path; wrappers are shared, the last step is new."""
    from xml.etree import ElementTree  # noqa: PLC0415  # only changes need it

    used.add(member.prefix)
    *wrappers, last = (f"{member.prefix}:{step}" for step in member.path.split("/"))
    for wrapper in wrappers:
        found = next((child for child in parent if child.tag == wrapper), None)
        parent = ElementTree.SubElement(parent, wrapper) if found is None else found
    return ElementTree.SubElement(parent, last)


def xml_text(text: str, where: str) -> str:
    """Returns a text that may stand in an XML document.

    Raises:
        InvalidValueError: It holds control characters, or is the word that XNAT takes as "clear this field".
    """
    if re.search(_NOT_IN_XML, text):
        msg = f"{where}: the text holds a control character, which XNAT's XML cannot carry"
        raise InvalidValueError(msg)
    if text == _CLEAR:
        msg = f"{where}: XNAT reads the text NULL as 'clear this field'; assign None for that"
        raise InvalidValueError(msg)
    return text


def _query_path(item: Item | type[Item], path: str) -> str:
    """Returns a path with the type selectors that narrowed members need."""
    for member in item.__xnat_members__().values():
        if path.startswith(f"{member.path}/") and (structure := member.structure()) is not None:
            return join_path(member.query_path, _query_path(structure, _cut(path, member.path)))
    return path


def _entry_path(item: Item | type[Item], path: str, key: str) -> str:
    """Returns the path of one entry of a keyed list, such as ``fields/field[name=x]/field``."""
    for member in item.__xnat_members__().values():
        if member.path == path:
            return member.entry_path(key)
        if path.startswith(f"{member.path}/") and (structure := member.structure()) is not None:
            return join_path(member.query_path, _entry_path(structure, _cut(path, member.path), key))
    return path
