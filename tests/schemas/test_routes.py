"""The catalogue of routes and collections."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from .reading import SchemaReading
from .schema_paths import Types, leads_somewhere, split
from .snapshot import ROUTES, facts, route_lines

Table = dict[str, Any]  # one table of routes.toml

COLLECTION_KEYS = {
    "name", "property", "owner", "path", "item", "xsi_type", "key", "second_key", "columns", "item_uri", "aliases",
    "title", "source",
}  # fmt: skip
ROUTE_KEYS = {"path", "methods", "area", "returns", "archive_alias", "source"}
ROUTE_OPTIONS = {"query", "types", "records", "body", "tail"}

# What the server takes as a column although no schema has it (rest-data 4.5): the record that it keeps of every
# item, the type of the row, and the numeric key of types without a key of their own.
READ_ONLY = {
    "insert_date": "meta/insert_date",
    "insert_user": "meta/insert_user/login",
    "last_modified": "meta/last_modified",
    "xsiType": "extension_item/element_name",
    "xnat_imagescandata_id": "xnat_imagescandata_id",
    "xnat_reconstructedimagedata_id": "xnat_reconstructedimagedata_id",
}
PROJECT_RESOURCES = {"project_scan_resources", "project_experiment_resources", "project_subject_resources"}
DERIVED_KEYS = {"path"}  # of a file: the part of its URI below /files/
NO_SCHEMA_TYPE = {"xnat:fileData"}  # files are rows of a listing, not a data type
ROW_KEYS = {
    "xnat:abstractResource": {"xnat_abstractresource_id", "label", "element_name", "category", "cat_id", "cat_desc",
                              "file_count", "file_size", "tags", "content", "format"},
    "xnat:fileData": {"Name", "Size", "URI", "collection", "file_tags", "file_format", "file_content", "cat_ID",
                      "digest"},
}  # fmt: skip


@pytest.fixture
def collections(routes: Table) -> list[Table]:
    found: list[Table] = routes["collection"]
    return found


@pytest.fixture
def paths(routes: Table) -> dict[str, Table]:
    found = {route["path"]: route for route in routes["route"]}
    assert len(found) == len(routes["route"]), "a path stands twice"
    return found


@pytest.fixture(scope="session")
def types(readings: dict[str, SchemaReading]) -> Types:
    return {str(type_.prefixed_name): type_ for one in readings.values() for type_ in one.schema.types.values()}


def expected() -> Iterator[list[str]]:
    for line in ROUTES.read_text(encoding="utf-8").splitlines():
        yield line.split("\t")


def names(routes: Table) -> list[str]:
    return [name for route in routes["route"] for name in route["methods"].values()]


def test_snapshot_says_what_the_fact_file_says() -> None:
    source = facts("routes.json")
    if not source.is_file():
        pytest.skip("the fact files are not here; the snapshot stands for them")
    wanted = route_lines(json.loads(source.read_text(encoding="utf-8")))
    assert ROUTES.read_text(encoding="utf-8").splitlines() == wanted


def test_snapshot_is_the_whole_table() -> None:
    rows = list(expected())
    assert len(rows) == 216
    assert sum(len(row[1].split(",")) for row in rows) == 543


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in expected()])
def test_path_is_there_as_the_server_has_it(row: list[str], paths: dict[str, Table]) -> None:
    path, methods, returns, archive, handler, query = row
    route = paths[path]
    assert sorted(route["methods"]) == methods.split(",")
    assert route["returns"] == returns
    assert route["archive_alias"] is (archive == "true")
    assert route["source"] == f"routes.json {handler}"
    assert route.get("query", []) == ([] if query == "-" else query.split(","))


def test_other_paths_belong_to_the_newer_api(paths: dict[str, Table]) -> None:
    for path in paths.keys() - {row[0] for row in expected()}:
        assert path.startswith(("/xapi/", "/schemas/")), path
        # What the notes do not have is explained in SOURCES.md, under its own name.
        assert re.match(r"schema-and-search (1|5)\.\d+ \w+|SOURCES\.md, \w+", paths[path]["source"]), path
        assert paths[path]["archive_alias"] is False, path


def test_newer_api_covers_what_the_sdk_needs(paths: dict[str, Table]) -> None:
    wanted = {
        "/xapi/schemas": "GET",
        "/xapi/schemas/{SCHEMA}": "GET",
        "/xapi/schemas/datatypes": "GET",
        "/xapi/siteConfig/buildInfo": "GET",
        "/xapi/siteConfig/uptime": "GET",
        "/xapi/users": "GET",
        "/xapi/plugins": "GET",
        "/xapi/siteConfig": "GET",
        "/xapi/archive/download": "POST",
        "/xapi/archive/catalogs/refresh": "PUT",
        "/xapi/custom-fields/projects/{PROJECT_ID}/fields": "PUT",
        "/xapi/access/displays/{DISPLAY}": "GET",
        "/xapi/dicomscp": "GET",
        "/xapi/anonymize/site": "PUT",
        "/xapi/investigators": "POST",
    }
    assert {path: method for path, method in wanted.items() if method not in paths[path]["methods"]} == {}


def test_routes_have_the_known_keys(routes: Table) -> None:
    assert routes.keys() == {"format", "collection", "aliases", "areas", "parameters", "records", "route"}
    assert routes["format"] == 1
    for route in routes["route"]:
        assert route.keys() - ROUTE_OPTIONS == ROUTE_KEYS, route["path"]
        assert route["returns"] in {"listing", "item", "file", "text", "none", "json"}, route["path"]
        assert route["methods"].keys() <= {"GET", "POST", "PUT", "DELETE"}, route["path"]
        assert re.fullmatch(r"(/([\w.-]+|\{[A-Z_]+\}(\.xsd)?))+", route["path"]), route["path"]


def test_names_are_unique_and_speak(routes: Table) -> None:
    found = names(routes)
    assert [name for name, count in Counter(found).items() if count > 1] == []
    for name in found:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name), name


def test_names_of_common_calls(paths: dict[str, Table]) -> None:
    subjects = "/data/projects/{PROJECT_ID}/subjects"
    assert paths[subjects]["methods"] == {"GET": "list_project_subjects", "POST": "create_project_subject"}
    assert paths["/data/experiments/{ASSESSED_ID}/scans/{SCAN_ID}"]["methods"]["GET"] == "get_experiment_scan"
    assert paths["/data/services/import"]["methods"] == {"POST": "import_session"}


def test_collections_have_the_known_keys(collections: list[Table]) -> None:
    for one in collections:
        assert one.keys() == COLLECTION_KEYS, one["name"]
        assert one["title"].endswith(".")
        assert re.match(r"rest-data [\d., ]+; GET /data/", one["source"]), one["name"]
    assert [name for name, count in Counter(one["name"] for one in collections).items() if count > 1] == []


def test_collections_are_the_agreed_ones(collections: list[Table]) -> None:
    found: dict[str, set[str]] = {}
    for one in collections:
        found.setdefault(one["owner"], set()).add(one["property"])
    assert found == {
        "root": {"projects", "subjects", "experiments", "sessions"},
        "xnat:projectData": {
            *("subjects", "experiments", "sessions", "scans", "assessors", "resources", "files"),
            *("scan_resources", "experiment_resources", "subject_resources"),
        },
        "xnat:subjectData": {"experiments", "sessions", "resources", "files"},
        "xnat:experimentData": {"resources", "files"},
        "xnat:imageSessionData": {"scans", "assessors", "reconstructions"},
        "xnat:imageScanData": {"resources", "files"},
        "xnat:imageAssessorData": {"out_resources", "in_resources", "out_files", "in_files"},
        "xnat:reconstructedImageData": {
            *("resources", "out_resources", "in_resources"),
            *("files", "out_files", "in_files"),
        },
        "xnat:abstractResource": {"files"},
    }


def test_collections_name_existing_types(collections: list[Table], types: Types) -> None:
    for one in collections:
        assert one["owner"] == "root" or one["owner"] in types, one["name"]
        assert one["item"] in types or one["item"] in NO_SCHEMA_TYPE, one["name"]
        assert not one["xsi_type"] or types[one["xsi_type"]].is_derived(types["xnat:experimentData"]), one["name"]


def row_keys(collection: Table) -> set[str]:
    """Return what a row of resources or files tells; tables of a project put the address of each row together."""
    made = {"URI"} if collection["name"] in PROJECT_RESOURCES else set()
    return ROW_KEYS[collection["item"]] | DERIVED_KEYS | made


def test_collections_use_columns_of_their_aliases(collections: list[Table], routes: Table) -> None:
    for one in collections:
        if one["aliases"]:
            known = set(routes["aliases"][one["aliases"]])
            assert set(one["columns"]) <= known, one["name"]
            assert {one["key"], one["second_key"]} - {""} <= {*one["columns"], "URI"}, one["name"]
        else:
            assert one["columns"] == [], one["name"]
            assert {one["key"], one["second_key"]} <= row_keys(one), one["name"]


def test_keys_of_resources_and_files(collections: list[Table]) -> None:
    keys = {(one["item"], one["key"], one["second_key"]) for one in collections if not one["aliases"]}
    assert keys == {
        ("xnat:abstractResource", "xnat_abstractresource_id", "label"),
        ("xnat:abstractResource", "URI", "label"),
        ("xnat:fileData", "path", "Name"),
    }


def test_item_uris_use_known_placeholders(collections: list[Table]) -> None:
    for one in collections:
        row = {*one["columns"], *(row_keys(one) if one["item"] in ROW_KEYS else ())}
        if one["name"] == "project_scans":
            row.add("session_ID")  # asked for beside the scans' own columns, because scan IDs repeat across sessions
        assert set(re.findall(r"\{(\w+)\}", one["item_uri"])) <= row | {"owner"}, one["name"]
        assert one["item_uri"].startswith(("/data/", "{owner}/", "{URI}")), one["name"]


def test_collections_are_answered_by_routes(collections: list[Table], paths: dict[str, Table]) -> None:
    for one in collections:
        path = one["source"].split("GET ")[1].partition("?")[0]
        assert "GET" in paths[path]["methods"], one["name"]
        assert re.sub(r"/(in|out)/", "/{TYPE}/", path if one["owner"] == "root" else one["path"]) in path, one["name"]


def test_aliases_lead_to_schema_paths(routes: Table, types: Types) -> None:
    items = {
        "project": "xnat:projectData",
        "subject": "xnat:subjectData",
        "experiment": "xnat:experimentData",
        "scan": "xnat:imageScanData",
        "reconstruction": "xnat:reconstructedImageData",
        "assessor": "xnat:imageAssessorData",
    }
    assert routes["aliases"].keys() == items.keys()
    for table, item in items.items():
        for alias, path in routes["aliases"][table].items():
            exists = leads_somewhere(types, *split(path, item))
            assert exists or READ_ONLY.get(alias) == path, f"aliases.{table}.{alias}"


@pytest.mark.parametrize(
    ("path", "exists"),
    [
        ("label", True),
        ("lable", False),
        ("demographics[@xsi:type=xnat:demographicData]/dob", True),
        ("demographics[@xsi:type=xnat:demographicData]/born", False),
        ("demographics/dob", False),
        ("fields/field[name=note]/field", True),
        ("fields/field[name=note]/other", False),
    ],
)
def test_schema_paths_are_followed_step_by_step(path: str, exists: bool, types: Types) -> None:
    assert leads_somewhere(types, "xnat:subjectData", path) is exists


def test_aliases_that_the_server_documents(routes: Table) -> None:
    tables = routes["aliases"]
    counts = {name: len(table) for name, table in tables.items()}
    assert counts == {
        "project": 9, "subject": 25, "experiment": 52, "scan": 38, "reconstruction": 5, "assessor": 20,
    }  # fmt: skip
    assert tables["subject"]["dob"] == "demographics[@xsi:type=xnat:demographicData]/dob"
    assert tables["scan"]["scanTime"] == "startTime"
    assert tables["project"]["note"] == "fields/field[name=note]/field"
