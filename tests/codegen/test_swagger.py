"""A server's own description of its API becomes endpoints beside those of the catalogue."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xnat_emulator
from xnat_codegen.cli import main
from xnat_codegen.errors import CodegenError
from xnat_codegen.join_swagger import join_swagger
from xnat_codegen.model.route import RecordEntry, RouteEntry
from xnat_codegen.read.routes import read_routes
from xnat_codegen.read.swagger import SwaggerFile, area_name, full_path, read_swagger

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).with_name("swagger") / "imaging-site.json"
PROGRAM = """
from datetime import date
from swagger_site import connect
from swagger_site.api.records import QcReport, Plugin, Plugin2

with connect({url!r}, {user!r}, {password!r}) as session:
    enabled: bool = session.api.users.is_receiver_enabled("1", "enabled")
    name: str = session.api.users.get_own_username()
    print(enabled, name)
    if name == "nobody":
        reports: list[QcReport] = session.api.qc_reports.get_reports(
            verdict="usable", site=["a", "b"], fields="id", since=date(2024, 1, 31), max_rows=5, query_="x"
        )
        verdicts = {{one.verdict for one in reports if one.id > 3}}
        made: QcReport = session.api.qc_reports.create_report({{"verdict": "usable"}})
        session.api.qc_reports.delete_report(str(made.id))
        measures: list[Plugin2] | None = made.measures
        stock: dict[str, Plugin] = session.api.plugins.list_plugins()
"""
WRONG = """
from swagger_site import XnatSession

def wrong(session: XnatSession) -> None:
    session.api.qc_reports.get_reports(verdict="fine")
    session.api.qc_reports.get_reports(max_rows="5")
    session.api.qc_reports.get_reports(limit=5)
    session.api.qc_reports.create_report()
    number: str = session.api.qc_reports.create_report({}).id
"""


@pytest.fixture(scope="module")
def example() -> SwaggerFile:
    return read_swagger(EXAMPLE, "imaging-site.json")


def route(example: SwaggerFile, name: str) -> RouteEntry:
    return next(one for one in example.routes if name in one.methods.values())


def record(example: SwaggerFile, name: str) -> RecordEntry:
    return next(one for one in example.records if one.name == name)


def test_every_operation_has_a_name_of_its_own(example: SwaggerFile) -> None:
    assert [(method, one.path, name) for one in example.routes for method, name in one.methods.items()] == [
        ("GET", "/xapi/dicomscp/{id}/{state}", "is_receiver_enabled"),
        ("GET", "/xapi/qc/reports", "get_reports"),
        ("POST", "/xapi/qc/reports", "create_report"),
        ("GET", "/xapi/qc/reports/{reportId}", "get_qc_reports_report_id"),
        ("DELETE", "/xapi/qc/reports/{reportId}", "delete_report"),
        ("GET", "/xapi/qc/reports/{reportId}/pdf", "get_qc_reports_report_id_pdf"),
        ("POST", "/xapi/qc/rules", "upload_rules"),
        ("PUT", "/xapi/qc/rules", "save_rules"),
        ("GET", "/xapi/users/username", "get_username"),
    ]


def test_parameters(example: SwaggerFile) -> None:
    types = {name: one.type for name, one in route(example, "get_reports").types.items()}
    assert types == {
        "verdict": "usable|questionable|unusable", "site": "text[]", "fields": "text[,]", "since": "date",
        "maxRows": "integer", "query": "text",
    }  # fmt: skip
    assert route(example, "get_reports").types["maxRows"].title == "How many."
    assert route(example, "get_qc_reports_report_id").query == ()  # the path has it already


def test_bodies_and_answers(example: SwaggerFile) -> None:
    found = {
        name: (one.returns, one.records.get(method, ""), one.body[method] if one.body else "")
        for one in example.routes
        for method, name in one.methods.items()
    }
    assert found == {
        "is_receiver_enabled": ("json", "boolean", "none"),
        "get_reports": ("json", "QcReport[]", "none"),
        "create_report": ("json", "QcReport", "QcReport"),
        "get_qc_reports_report_id": ("json", "QcReport", "none"),
        "delete_report": ("response", "", "none"),
        "get_qc_reports_report_id_pdf": ("file", "file", "none"),
        "upload_rules": ("json", "boolean{}", ""),
        "save_rules": ("text", "text", "text"),
        "get_username": ("text", "text", "none"),
    }


def test_definitions(example: SwaggerFile) -> None:
    report = record(example, "QcReport")
    assert (report.title, report.fields) == ("One report.", {
        "id": "integer!", "verdict": "usable|questionable|unusable", "created": "datetime", "measures": "Plugin[]",
        "notes": "text{}", "matrix": "json", "raw": "json{}", "lastSeen": "text",
    })  # fmt: skip
    assert [one.name for one in example.records] == ["Plugin", "QcReport"]


def test_areas(example: SwaggerFile) -> None:
    assert example.areas["qc_reports"] == "Reports of the quality checks of a site."
    names = ["users-api", "XnatPluginApi", "container-rest-api", "", "3D", "Site Config"]
    assert [area_name(one) for one in names] == ["users", "xnat_plugin", "container", "other", "other", "site_config"]


def test_paths() -> None:
    assert full_path("/users/{id:.+}/") == full_path("/xapi/users/{id}") == "/xapi/users/{id}"


def test_what_the_catalogue_has_stays(example: SwaggerFile) -> None:
    stock = read_routes(ROOT / "schemas" / "routes.toml", "routes.toml")
    joined = join_swagger(stock, example)
    added = {name for one in joined.routes[len(stock.routes) :] for name in one.methods.values()}
    assert "get_reports" in added
    assert "get_username" not in added  # get_own_username
    assert [one.name for one in joined.records[len(stock.records) :]] == ["Plugin2", "QcReport"]
    assert joined.records[-1].fields["measures"] == "Plugin2[]"
    assert joined.areas["users"] == stock.areas["users"]


def test_names_that_are_taken_get_a_number(example: SwaggerFile) -> None:
    twice = join_swagger(join_swagger(read_routes(ROOT / "schemas" / "routes.toml", "routes.toml"), example), example)
    names = [name for one in twice.routes for name in one.methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "no Swagger 2.0 document: it says nothing of the kind"),
        ('{"openapi": "3.0.1"}', "no Swagger 2.0 document: it says 3.0.1"),
    ],
)
def test_other_documents_are_refused(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CodegenError, match=said):
        read_swagger(path, "x.json")
    with pytest.raises(CodegenError, match="cannot be read"):
        read_swagger(tmp_path / "nothing.json", "nothing.json")


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"operationId": "x", "parameters": [None, {"in": "query"}, {"in": "query", "name": "$"}], "responses": []},
        {"operationId": "def", "tags": [3], "responses": {"200": {"schema": {"$ref": "#/definitions/Nobody"}}}},
        {"responses": {"200": {"schema": {"$ref": "#/definitions/Loop"}}}},
        {"responses": {"200": {"schema": {"type": "array"}}}},
    ],
)
def test_thin_documents_are_read_all_the_same(operation: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    loop = {"Loop": {"$ref": "#/definitions/Loop"}}
    document = {"swagger": "2.0", "paths": {"/x": {"get": operation}, "y": 3}, "definitions": loop}
    path.write_text(json.dumps(document), encoding="utf-8")
    (found,) = read_swagger(path, "x.json").routes
    assert found.path == "/xapi/x"
    assert found.records in ({}, {"GET": "json"}, {"GET": "json[]"})


def test_package_with_the_endpoints(tmp_path: Path) -> None:
    assert main(["generate", "--out", str(tmp_path), "--package", "swagger_site", "--swagger", str(EXAMPLE)]) == 0
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    with xnat_emulator.start() as server:
        program = PROGRAM.format(url=server.url, user=server.user, password=server.password)
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        ran = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ran.stdout.split(), ran.stderr) == (["True", "admin"], "")
    assert _checked(tmp_path, "program.py") == []
    assert len(_checked(tmp_path, "wrong.py")) == 5


def _checked(folder: Path, program: str) -> list[str]:
    """Return the lines that mypy --strict finds wrong."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(folder / "cache"),
        program,
    ]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return [line for line in ran.stdout.splitlines() if ": error:" in line]
