"""Command lines with the values of inputs put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..store.containers import Document
from ..store.items import Item
from ..store.node import JsonValue
from .definitions import objects


class UnresolvedError(Exception):
    """A required input has no value; the text names it."""


def configured(command: Document, wrapper: Document, said: JsonValue) -> tuple[Document, Document]:
    """Return a command and its wrapper with the default values that a site or project has set."""
    own = said.get("inputs") if isinstance(said, dict) else None
    known = own if isinstance(own, dict) else {}

    def changed(inputs: JsonValue) -> JsonValue:
        return [_with_default(one, known.get(str(one["name"]))) for one in objects(inputs)]

    kinds = ("external-inputs", "derived-inputs")
    return {**command, "inputs": changed(command["inputs"])}, {
        **wrapper,
        **{kind: changed(wrapper[kind]) for kind in kinds},
    }


def _with_default(one: Document, said: JsonValue) -> JsonValue:
    value = said.get("default-value") if isinstance(said, dict) else None
    return one if value is None else {**one, "default-value": value}


def resolve(command: Document, wrapper: Document, given: Mapping[str, str], item: Item | None) -> dict[str, str]:
    """Return the values of all inputs by name: those given, those taken from the object, and defaults.

    Of the object's properties ``id`` and ``label`` are known here.

    Raises:
        UnresolvedError: A required input has no value.
    """
    values: dict[str, str] = {}
    passed: dict[str, str] = {}
    for one in objects(wrapper["external-inputs"]):
        _take(one, values, passed, given.get(str(one["name"])))
    for one in objects(wrapper["derived-inputs"]):
        _take(one, values, passed, given.get(str(one["name"])) or _property(one, item))
    for one in objects(command["inputs"]):
        name = str(one["name"])
        _take(one, values, passed, passed.get(name) or given.get(name))
    return values


def _take(one: Document, values: dict[str, str], passed: dict[str, str], value: str | None) -> None:
    name, default = str(one["name"]), one.get("default-value")
    found = value if value is not None else (None if default is None else str(default))
    if found is None and one.get("required"):
        raise UnresolvedError(f'Missing required input "{name}"')
    values[name] = found or ""
    if target := one.get("provides-value-for-command-input"):
        passed[str(target)] = values[name]


def _property(one: Document, item: Item | None) -> str | None:
    if item is None:
        return None
    return {"id": item.id, "label": item.label}.get(str(one.get("derived-from-xnat-object-property")))


def command_line(command: Document, values: Mapping[str, str]) -> str:
    """Return the command line with the replacement keys of the command's inputs replaced."""
    line = str(command["command-line"] or "")
    for key, text in _replacements(command, values):
        line = line.replace(key, text)
    return line


def _replacements(command: Document, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for one in objects(command["inputs"]):
        name = str(one["name"])
        value = values[name]
        if one.get("type") == "boolean":
            chosen = one.get("true-value") if value == "true" else one.get("false-value")
            value = value if chosen is None else str(chosen)
        flag = one.get("command-line-flag")
        separator = one.get("command-line-separator")
        if flag and value:
            value = f"{flag}{' ' if separator is None else separator}{value}"
        yield str(one.get("replacement-key") or f"#{name}#"), value
