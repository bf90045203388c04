"""What the catalogue says about endpoints: areas, types of parameters, records."""

from __future__ import annotations

import re
from typing import Any

import pytest

Table = dict[str, Any]  # one table of routes.toml
TYPE = re.compile(
    r"(text|integer|number|boolean|date|time|datetime|timestamp|json|[A-Z]\w*|[\w-]+(\|[\w-]+)+)(\[\]|\[,\]|\{\})?!?"
)
KINDS = {"text", "file", "none", "response", "item", "listing"}
# What is not a column of the listing that a collection reads, but of its rows when they are asked for.
ASKED_FOR = {"subject_ID", "subject_label", "session_ID", "session_label"}


@pytest.fixture(scope="module")
def entries(routes: Table) -> list[Table]:
    found: list[Table] = routes["route"]
    return found


def spelled(value: Any) -> str:  # a type, or a table with one
    return str(value["type"] if isinstance(value, dict) else value)


def test_every_route_has_an_area_that_is_described(routes: Table, entries: list[Table]) -> None:
    assert {one["area"] for one in entries} == set(routes["areas"])
    assert all(title.endswith(".") for title in routes["areas"].values())
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", area) for area in routes["areas"])


def test_every_query_parameter_has_a_type(routes: Table, entries: list[Table]) -> None:
    for one in entries:
        known = {*routes["parameters"], *one.get("types", {}), *re.findall(r"\{(\w+)\}", one["path"])}
        assert [name for name in one.get("query", []) if "<" not in name and name not in known] == [], one["path"]
        assert set(one.get("types", {})) <= set(one["query"] if "types" in one else []), one["path"]


def test_every_parameter_is_one_of_a_route(routes: Table, entries: list[Table]) -> None:
    asked = {name for one in entries for name in one.get("query", [])}
    assert set(routes["parameters"]) - asked == set()


def test_types_are_types(routes: Table, entries: list[Table]) -> None:
    tables = [routes["parameters"], *(one.get("types", {}) for one in entries)]
    tables += [one["fields"] for one in routes["records"].values()]
    for table in tables:
        for name, value in table.items():
            assert TYPE.fullmatch(spelled(value)), (name, value)


def test_records_and_bodies_belong_to_methods(entries: list[Table]) -> None:
    for one in entries:
        answers, bodies = one.get("records", {}), one.get("body", {})
        assert {*answers, *bodies} <= set(one["methods"]), one["path"]
        assert all(answer in KINDS or TYPE.fullmatch(answer) for answer in answers.values()), one["path"]
        assert all(body in {"form", "none"} or TYPE.fullmatch(body) for body in bodies.values()), one["path"]


def test_records_are_described_and_used(routes: Table, entries: list[Table]) -> None:
    texts = [value for one in entries for key in ("records", "body") for value in one.get(key, {}).values()]
    texts += [value for one in routes["records"].values() for value in one["fields"].values()]
    used = {match for text in texts for match in re.findall(r"[A-Z]\w*", text)}
    assert set(routes["records"]) == used
    for name, one in routes["records"].items():
        assert one["title"].endswith("."), name
        assert one["source"], name


def test_rows_have_the_columns_of_the_collections(routes: Table, entries: list[Table]) -> None:
    rows = {one["path"]: one["records"]["GET"] for one in entries if "GET" in one.get("records", {})}
    checked = 0
    for one in routes["collection"]:
        path = one["source"].split("GET ")[1].partition("?")[0]
        record = rows.get(path, "")
        if record in routes["records"] and one["columns"] and one["item"] != "xnat:imageScanData":
            missing = set(one["columns"]) - set(routes["records"][record]["fields"])
            assert missing <= ASKED_FOR, one["name"]
            checked += 1
    assert checked >= 12
