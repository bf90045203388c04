"""The route catalogue as endpoints: types, names, and what is said about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnat_codegen.endpoint_ir import Endpoint
from xnat_codegen.errors import CodegenError, Source
from xnat_codegen.map_endpoints import map_endpoints, map_records
from xnat_codegen.naming import argument_name
from xnat_codegen.read.routes import read_routes
from xnat_codegen.view import wire_annotations
from xnat_codegen.wire_types import WireType, wire_type

HERE = Source("routes.toml", 1)
ROUTE = '[[route]]\npath = "/data/things/{{ID}}"\nmethods = {{ {} }}\nreturns = "json"\n{}\n'


def endpoints(tmp_path: Path, *parts: str) -> dict[str, Endpoint]:
    path = tmp_path / "routes.toml"
    path.write_text("format = 1\n" + "\n".join(parts), encoding="utf-8")
    routes = read_routes(path, "routes.toml")
    map_records(routes)
    return {str(one.name): one for area in map_endpoints(routes) for one in area.endpoints}


def endpoint(tmp_path: Path, keys: str, *parts: str, methods: str = 'GET = "get_thing"') -> Endpoint:
    return next(iter(endpoints(tmp_path, ROUTE.format(methods, keys), *parts).values()))


def refusal(tmp_path: Path, keys: str, *parts: str, methods: str = 'GET = "get_thing"') -> str:
    with pytest.raises(CodegenError) as caught:
        endpoint(tmp_path, keys, *parts, methods=methods)
    return str(caught.value)


@pytest.mark.parametrize(
    ("spelling", "wanted"),
    [
        ("text", WireType("text")),
        ("integer!", WireType("integer", always=True)),
        ("text[,]", WireType("text", shape="joined")),
        ("a|b-c[]", WireType("", ("a", "b-c"), "list")),
        ("Person{}!", WireType("Person", (), "map", always=True)),
    ],
)
def test_types(spelling: str, wanted: WireType) -> None:
    assert wire_type(spelling, HERE, "x") == wanted


@pytest.mark.parametrize("spelling", ["", "string", "text[][]", "text{,}", "person", "!", "[]"])
def test_what_is_no_type(spelling: str) -> None:
    with pytest.raises(CodegenError, match="is no type"):
        wire_type(spelling, HERE, "x")


@pytest.mark.parametrize(
    ("spelling", "asked", "answered", "sent"),
    [
        ("text", "str | None", "str", "str"),
        ("text[]", "Sequence[str] | str | None", "list[str]", "Sequence[str]"),
        ("integer[,]", "Sequence[int] | int | None", "list[int]", "Sequence[int]"),
        ('a|"b"', 'Literal["a", "\\"b\\""] | None', 'Literal["a", "\\"b\\""]', 'Literal["a", "\\"b\\""]'),
        ("Person", "_records.Person | None", "_records.Person", "_records.Person | Mapping[str, JsonValue]"),
    ],
)
def test_annotations(spelling: str, asked: str, answered: str, sent: str) -> None:
    one = wire_type(spelling, HERE, "x")
    assert wire_annotations.asked(one) == asked
    assert wire_annotations.answered(one) == answered
    assert wire_annotations.sent(one) == sent


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("lastModified", "last_modified"), ("ID", "id"), ("cat_ID", "cat_id"), ("URI", "uri"), ("_lock", "lock"),
        ("import-handler", "import_handler"), ("Script ID", "script_id"), ("PROJECT_ID", "project_id"),
        ("xsiType", "xsi_type"), ("XMLPath", "xml_path"), ("from", "from_"), ("self", "self_"),
    ],
)  # fmt: skip
def test_names(wire_name: str, name: str) -> None:
    assert argument_name(wire_name, HERE) == name


def test_parameters_belong_to_the_methods_that_read_them(tmp_path: Path) -> None:
    found = endpoints(
        tmp_path,
        ROUTE.format('GET = "get_thing", DELETE = "delete_thing"', 'query = ["limit", "removeFiles", "format", "x"]'),
        "[parameters]",
        'limit = { type = "integer", on = ["GET"] }',
        'removeFiles = { type = "boolean", on = ["DELETE"] }',
        'format = { type = "text", reshapes = true }',
    )
    names = {name: [one.wire_name for one in each.parameters] for name, each in found.items()}
    assert names == {"get_thing": ["limit", "x"], "delete_thing": ["removeFiles", "format", "x"]}


def test_types_of_one_route_come_first(tmp_path: Path) -> None:
    keys = 'query = ["recent"]\ntypes.recent = "integer"'
    found = endpoint(tmp_path, keys, '[parameters]\nrecent = { type = "boolean", on = ["PUT"] }')
    assert [(one.wire_name, one.type.name) for one in found.parameters] == [("recent", "integer")]


def test_names_that_stand_for_many_are_left_to_the_query(tmp_path: Path) -> None:
    assert endpoint(tmp_path, 'query = ["<xsi path>", "query"]').parameters[0].name == "query_"


def test_answers(tmp_path: Path) -> None:
    record = '[records.Thing]\nfields = { id = "text!" }'
    found = endpoints(
        tmp_path,
        ROUTE.format('GET = "get_thing", PUT = "save_thing", POST = "make_thing"', 'records = { PUT = "Thing" }'),
        '[[route]]\npath = "/data/rows"\nmethods = { GET = "list_rows" }\nreturns = "listing"\nrecords.GET = "Thing"',
        '[[route]]\npath = "/data/maps"\nmethods = { GET = "get_maps" }\nreturns = "listing"\nrecords.GET = "Thing{}"',
        '[[route]]\npath = "/data/files"\nmethods = { GET = "get_file" }\nreturns = "listing"\nrecords.GET = "file"',
        '[[route]]\npath = "/data/posts"\nmethods = { POST = "post_it" }\nreturns = "text"',
        record,
    )
    assert {name: one.answer.kind for name, one in found.items()} == {
        "get_thing": "json", "save_thing": "json", "make_thing": "response", "list_rows": "rows", "get_maps": "json",
        "get_file": "file", "post_it": "text",
    }  # fmt: skip


def test_mistakes_are_named(tmp_path: Path) -> None:
    assert "routes.toml:2: /data/things/{ID}?a: 'string' is no type" in refusal(
        tmp_path, 'query = ["a"]\ntypes.a = "string"'
    )
    assert "there is no [records.Nobody]" in refusal(tmp_path, 'records = { GET = "Nobody" }')
    assert "unknown key retruns" in refusal(tmp_path, 'retruns = "json"')
    assert "two things are called id in Python" in refusal(tmp_path, 'query = ["id"]')


def test_answers_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="returns is one of listing, item, json"):
        endpoints(tmp_path, '[[route]]\npath = "/data/x"\nmethods = { GET = "get_x" }\nreturns = "table"')


def test_records_with_two_fields_of_one_name_are_refused(tmp_path: Path) -> None:
    fields = '[records.Thing]\nfields = { lastSeen = "text", last_seen = "text" }'
    assert "called last_seen" in refusal(tmp_path, "", fields)
    assert "called data" in refusal(tmp_path, "", '[records.Thing]\nfields = { data = "text" }')
    assert "routes.toml:8: records.Thing: unknown key fileds" in refusal(tmp_path, "", "[records.Thing]\nfileds = {}")
