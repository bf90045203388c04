"""Custom variables: those in use, and those that projects define (D9; rest-data 18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..call import Call
from ..store.items import Item
from ..store.node import Node
from .corpus import Corpus


@dataclass(frozen=True, slots=True)
class Variable:
    """A custom variable of a type: its name as it was spelt first, and ``string``, ``integer``, ``float``, ..."""

    name: str
    datatype: str = "string"


def variables(corpus: Corpus, xsi_type: str) -> dict[str, Variable]:
    """Return the custom variables of a type by their names in lower case: defined ones first, then those in use."""
    found: dict[str, Variable] = {}
    for variable in (*defined(corpus, xsi_type), *_used(corpus.of_type(xsi_type))):
        found.setdefault(variable.name.lower(), variable)
    return found


def defined(corpus: Corpus, xsi_type: str) -> Iterator[Variable]:
    """Yield the custom variables of a type that the protocols of readable projects define."""
    for project in corpus.all("project"):
        for protocol in project.node.children.get("studyProtocol", ()):
            if _is_for(corpus.call, xsi_type, protocol.text("data-type")):
                yield from _fields_of(protocol)


def _is_for(call: Call, xsi_type: str, wanted: str) -> bool:
    return xsi_type == wanted or (wanted in call.model and call.model.extends(xsi_type, wanted))


def _fields_of(protocol: Node) -> Iterator[Variable]:
    for group in protocol.children.get("definitions/definition", ()):
        for field in group.children.get("fields/field", ()):
            if "fields/field" in field.text("xmlPath"):
                yield Variable(field.text("name"), field.text("datatype") or "string")


def _used(items: Iterable[Item]) -> Iterator[Variable]:
    names = {node.text("name") for item in items for node in item.node.children.get("fields/field", ())}
    yield from (Variable(name) for name in sorted(names) if name)
