"""What the walks over all endpoints share: the catalogue, arguments, and a site with something in every corner."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from xnat_runtime.endpoints import Area, Parameters
from xnat_runtime.routes import Route
from xnat_sdk import XnatSession, routes

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE: Mapping[str, Any] = tomllib.loads((ROOT / "schemas" / "routes.toml").read_text(encoding="utf-8"))
JSON_ANSWERS = {"listing", "item", "json"}


class Pair(NamedTuple):
    """One method on one path, as the catalogue has it."""

    entry: Mapping[str, Any]
    method: str
    name: str

    @property
    def route(self) -> Route:
        return getattr(routes, self.name.upper())  # type: ignore[no-any-return]  # the constants are Routes

    def endpoint(self, session: XnatSession) -> Any:  # the signature differs from endpoint to endpoint
        return getattr(getattr(session.api, self.entry["area"]), self.name)

    @property
    def query(self) -> set[str]:
        """Names of the query parameters that the endpoint is to take."""
        return {name for name in self.entry.get("query", ()) if self._is_taken(name)}

    def _is_taken(self, name: str) -> bool:
        if "<" in name:
            return False
        known = self.entry.get("types", {}).get(name) or CATALOGUE["parameters"].get(name, "text")
        if isinstance(known, str):
            return True
        is_read = self.method in known.get("on", [self.method])
        return is_read and not (known.get("reshapes") and self.answers_json)

    @property
    def answers_json(self) -> bool:
        """Whether the endpoint decodes JSON."""
        record = self.entry.get("records", {}).get(self.method, "")
        if record in {"text", "file", "none", "response"}:
            return False
        own = self.method == "GET" or len(self.entry["methods"]) == 1
        # An item is what a GET gives; other methods that answer one give the answer as it came.
        is_read = own and not (self.entry["returns"] == "item" and self.method != "GET")
        return bool(record) or (is_read and self.entry["returns"] in JSON_ANSWERS)


def pairs() -> Iterator[Pair]:
    """Yields every pair of the catalogue."""
    for entry in CATALOGUE["route"]:
        for method, name in entry["methods"].items():
            yield Pair(entry, method, name)


SAMPLES = {
    "bool": True,
    "int": 7,
    "str": "a b",
    "datetime.date": "2020-01-31",
    "Sequence": ["p q", "r"],
    "Mapping": {"a": "1"},
    "_records": {"a": "1"},
    "JsonValue": {"a": "1"},
    "dict": {"a": "1"},
    "Data": "text",
    "float": 1.5,
}


def sample(annotation: str) -> object:
    """Returns a value that fits an annotation."""
    words: list[str] = re.findall(r"['\"]([^'\"]*)['\"]", annotation)
    if words:
        return words[:2] if annotation.startswith("Sequence") else words[0]
    return next(value for name, value in SAMPLES.items() if annotation.startswith(name))


def parameters_of(endpoint: Any) -> dict[str, object]:  # any method of any area
    """Returns a value for each query parameter of an endpoint, by its Python name."""
    annotation = str(inspect.signature(endpoint).parameters.get("parameters", ""))
    name = re.search(r"Unpack\[(\w+)\]", annotation)
    if name is None:
        return {}
    typed = vars(inspect.getmodule(endpoint))[name[1]]
    return {key: sample(value.__forward_arg__) for key, value in typed.__annotations__.items()}


def arguments_of(endpoint: Any, given: Mapping[str, str]) -> list[object]:  # any method of any area
    """Returns the arguments that an endpoint cannot do without."""
    needed = [
        one
        for one in inspect.signature(endpoint).parameters.values()
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    return [given[one.name] if one.name in given else sample(str(one.annotation)) for one in needed]


def wire_names(endpoint: Any) -> dict[str, str]:  # any method of any area
    """Returns Python name -> the server's of each query parameter."""
    annotation = str(inspect.signature(endpoint).parameters.get("parameters", ""))
    name = re.search(r"Unpack\[(\w+)Query\]", annotation)
    if name is None:
        return {}
    constant = re.sub(r"(?<!^)(?=[A-Z])", "_", name[1]).upper()
    table = vars(inspect.getmodule(endpoint))[f"_{constant}"]
    assert isinstance(table, Parameters)
    keys = parameters_of(endpoint)
    return {key: table.pairs({key: value}, ())[0][0] for key, value in keys.items()}


def areas(session: XnatSession) -> dict[str, Area]:
    """Returns the areas of the low-level API by their names."""
    names = [name for name in dir(type(session.api)) if not name.startswith("_")]
    return {name: getattr(session.api, name) for name in names}
