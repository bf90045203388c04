"""XML documents of items, made ready for another server: what belongs to the old one is taken out of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final
from xml.dom import minidom
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import attrs

from ..errors import UnexpectedAnswerError

_OWN: Final = frozenset({"experiments", "assessors", "studyProtocol", "prearchivePath", "sharing"})
"""Children of an item that are copied by themselves, or belong to the old server."""
_HOLDERS: Final = frozenset({"resources", "in", "out"})
_ALIAS: Final = "alias"
_IN_ATTRIBUTES: Final = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_IN_TEXTS: Final = {"\r": "&#13;"}
_HEAD: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_ABOVE: Final = frozenset({"subject_ID", "image_session_ID", "imageSession_ID", "session_ID"})


@attrs.frozen
class SharedInto:
    """A project that shows an item, too.

    Attributes:
        project: ID of the project.
        label: Label that the item has there, "" for its own.
    """

    project: str
    label: str


@attrs.frozen
class AssessorEntry:
    """An assessor as the document of its session names it.

    Attributes:
        id: Its ID.
        label: Its label.
        xsi_type: Its data type.
    """

    id: str
    label: str
    xsi_type: str


class ItemDocument:
    """One item as ``format=xml`` gives it (rest-data 6)."""

    def __init__(self, text: str, where: str) -> None:
        """Read a document.

        Args:
            text: The answer.
            where: Its path, for errors.

        Raises:
            UnexpectedAnswerError: It is no XML document, or one that declares entities.
        """
        # Entities can name files and grow without end; no server's document declares any.
        parsed = None if "<!DOCTYPE" in text else _parsed(text)
        if parsed is None or parsed.documentElement is None:
            msg = f"GET {where}: the answer is no item document."
            raise UnexpectedAnswerError(msg)
        self.root: minidom.Element = parsed.documentElement

    def value(self, name: str) -> str:
        """Return an attribute of the item, "" when there is none."""
        return self.root.getAttribute(name)

    @property
    def shares(self) -> list[SharedInto]:
        """The other projects that show the item."""
        return [
            SharedInto(each.getAttribute("project"), each.getAttribute("label"))
            for holder in _children(self.root, "sharing")
            for each in _elements(holder)
            if each.getAttribute("project")
        ]

    @property
    def assessors(self) -> list[AssessorEntry]:
        """The assessors of an imaging session."""
        return [
            AssessorEntry(each.getAttribute("ID"), each.getAttribute("label"), each.getAttribute("xsi:type"))
            for holder in _children(self.root, "assessors")
            for each in _elements(holder)
        ]

    @property
    def name(self) -> str:
        """The name of a project, "" when it has none."""
        return "".join(_text(each) for each in _children(self.root, "name"))

    @property
    def aliases(self) -> list[str]:
        """The other IDs of a project."""
        return [_text(each).strip() for each in self._aliases()]

    def _aliases(self) -> list[minidom.Element]:
        return [each for holder in _children(self.root, "aliases") for each in _children(holder, _ALIAS)]

    def drop_aliases(self, names: Collection[str]) -> None:
        """Take out the aliases of a project that another project has."""
        for each in self._aliases():
            if _text(each).strip() in names:
                _remove(each)

    @property
    def descriptions(self) -> dict[tuple[str, str], str]:
        """What is said of resources, by the ID of their scan, assessor or reconstruction and their label.

        The ID is "" for resources of the item itself. Tables of resources do not tell it.
        """
        found: dict[tuple[str, str], str] = {}
        _describe(self.root, "", found)
        return found

    def rename(self, name: str) -> None:
        """Give a project another name."""
        for each in _children(self.root, "name"):
            for node in each.childNodes:
                if isinstance(node, minidom.Text):
                    node.data = name

    def scans(self) -> list[minidom.Element]:
        """Return the scans of an imaging session."""
        return [each for holder in _children(self.root, "scans") for each in _elements(holder)]

    def keep_scans(self, is_wanted: Callable[[minidom.Element], bool]) -> None:
        """Take out scans that are not wanted."""
        for scan in self.scans():
            if not is_wanted(scan):
                _remove(scan)

    def ready(self, own: Mapping[str, str], above: Mapping[str, str]) -> bytes:
        """Return the document that makes the item on another server.

        Args:
            own: Attributes of the item there; those with "" are taken away.
            above: IDs on the other server, by those here.
        """
        _strip(self.root, above)
        for child in list(_elements(self.root)):
            if _name(child) in _OWN:
                _remove(child)
        for name, value in {**own, "xsi:schemaLocation": ""}.items():
            if value:
                self.root.setAttribute(name, value)
            elif self.root.hasAttribute(name):
                self.root.removeAttribute(name)
        return _HEAD + _written(self.root, self.root.tagName, {}).encode()

    def scan(self, identity: str, element: str) -> bytes:
        """Return the document that makes one scan of an imaging session on another server.

        Args:
            identity: ID of the scan.
            element: Name of its element, with prefix.
        """
        scan = next(each for each in self.scans() if each.getAttribute("ID") == identity)
        _strip(scan, {})
        if scan.hasAttribute("project"):
            scan.removeAttribute("project")
        for above in [child for child in _elements(scan) if _name(child) in _ABOVE]:
            _remove(above)
        names = {name: value for name, value in _attributes(self.root).items() if name.startswith("xmlns")}
        return _HEAD + _written(scan, element, names).encode()


def _parsed(text: str) -> minidom.Document | None:
    try:
        return minidom.parseString(text.encode())  # noqa: S318 - documents with entities are refused above
    except ExpatError:
        return None


def _written(element: minidom.Element, name: str, more: Mapping[str, str]) -> str:
    """Return an element as text.

    The library writes line ends in attributes as they are, which who reads it takes for blanks.
    """
    attributes = {**more, **_attributes(element)}
    told = "".join(f' {key}="{escape(value, _IN_ATTRIBUTES)}"' for key, value in attributes.items())
    inner = "".join(
        _written(node, node.tagName, {}) if isinstance(node, minidom.Element) else escape(node.data, _IN_TEXTS)
        for node in element.childNodes
        if isinstance(node, minidom.Element | minidom.Text)
    )
    return f"<{name}{told}>{inner}</{name}>"


def _attributes(element: minidom.Element) -> dict[str, str]:
    return dict(element.attributes.items())


def _describe(element: minidom.Element, owner: str, found: dict[tuple[str, str], str]) -> None:
    for child in _elements(element):
        if not _is_catalog(child):
            _describe(child, child.getAttribute("ID") or owner, found)
        elif text := child.getAttribute("description"):
            found[owner, child.getAttribute("label")] = text


def _text(element: minidom.Element) -> str:
    return "".join(node.data for node in element.childNodes if isinstance(node, minidom.Text))


def _strip(element: minidom.Element, above: Mapping[str, str]) -> None:
    """Take out the catalogs, comments, shares and projects of everything below an item; turn IDs into new ones."""
    for node in list(element.childNodes):
        if node.nodeType == node.COMMENT_NODE:
            element.removeChild(node)
    for child in list(_elements(element)):
        if _is_catalog(child) or _name(child) == "sharing":
            _remove(child)
            continue
        if child.hasAttribute("project") and child.hasAttribute("ID"):
            child.removeAttribute("project")
        if _name(child) in _ABOVE:
            _translate(child, above)
        _strip(child, above)
        if _name(child) in _HOLDERS and not any(True for _ in _elements(child)):
            _remove(child)


def _translate(element: minidom.Element, above: Mapping[str, str]) -> None:
    for node in element.childNodes:
        if isinstance(node, minidom.Text) and node.data.strip() in above:
            node.data = above[node.data.strip()]


def _is_catalog(element: minidom.Element) -> bool:
    kind = element.getAttribute("xsi:type")
    return element.hasAttribute("URI") or kind.endswith(("resourceCatalog", "Resource", "resource"))


def _name(element: minidom.Element) -> str:
    return element.tagName.rpartition(":")[2]


def _elements(element: minidom.Element) -> Iterator[minidom.Element]:
    return (node for node in element.childNodes if isinstance(node, minidom.Element))


def _children(element: minidom.Element, name: str) -> Iterator[minidom.Element]:
    return (child for child in _elements(element) if _name(child) == name)


def _remove(element: minidom.Element) -> None:
    parent = element.parentNode
    if parent is not None:
        parent.removeChild(element)
