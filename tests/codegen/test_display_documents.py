"""Display fields beside a site's schemas: the documents of plugins, and what ``fetch`` wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.errors import CodegenError
from xnat_codegen.model.display import DisplayFieldEntry
from xnat_codegen.read.display_document import read_display_document

from .factories import attribute, complex_type, document, element, write_schemas
from .site_server import Site

FIELDS = """
<DisplayField id="LABEL" header="Label" searchable="true">
  <DisplayFieldElement name="Field1" schema-element="a:t.label"/>
</DisplayField>
<DisplayField id="SCORE" data-type="float">
  <DisplayFieldElement name="Field1" schema-element="a:t/parts/score"/>
</DisplayField>
<DisplayField id="TEXT" data-type="string">
  <DisplayFieldElement name="Field1" schema-element="a:t.score"/>
  <Content type="sql">'about ' || @Field1</Content>
</DisplayField>
<DisplayField id="BOTH">
  <DisplayFieldElement name="Field1" schema-element="a:t.score"/>
  <DisplayFieldElement name="Field2" schema-element="a:t.label"/>
</DisplayField>
<DisplayField id="OTHER"><DisplayFieldElement name="Field1" schema-element="a:u.note"/></DisplayField>
<DisplayField id="MAP" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="SubQueryField"/>
<DisplayField/>
"""


def display_file(folder: Path, text: str) -> Path:
    path = folder / "a" / "display" / "a_t_display.xml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("namespace", ["", 'xmlns="urn:displays" '])
def test_fields_of_a_document(namespace: str, tmp_path: Path) -> None:
    entry = read_display_document(
        display_file(tmp_path, f'<Displays {namespace}schema-element="a:t">{FIELDS}</Displays>')
    )
    assert entry.name == "a:t"
    assert entry.fields == (
        DisplayFieldEntry("LABEL", needs_value=False, path="label", is_plain=True, type="", header="Label"),
        DisplayFieldEntry("SCORE", needs_value=False, path="parts/score", is_plain=True, type="float"),
        DisplayFieldEntry("TEXT", needs_value=False, path="score", is_plain=False, type="string"),
        DisplayFieldEntry("BOTH", needs_value=False, path="", is_plain=False, type=""),
        DisplayFieldEntry("OTHER", needs_value=False, path="a:u/note", is_plain=True, type=""),
        DisplayFieldEntry("MAP", needs_value=True, path="", is_plain=False, type=""),
    )


@pytest.mark.parametrize("text", ["<Displays/>", '<Display schema-element="a:t"/>', "<Displays", "<!DOCTYPE a><a/>"])
def test_what_is_no_display_document_is_told(text: str, tmp_path: Path) -> None:
    path = display_file(tmp_path, text)
    with pytest.raises(CodegenError) as caught:
        read_display_document(path)
    assert caught.value.source.file == str(path)


def test_documents_beside_the_schemas_become_fields_of_the_classes(tmp_path: Path) -> None:
    schema = document(complex_type("t", element("score", "xs:float"), attributes=attribute("label")))
    folder = write_schemas(tmp_path / "schemas", {"a/a.xsd": schema})
    display_file(folder, f'<Displays schema-element="a:t">{FIELDS}</Displays>')
    assert main(["generate", "--schemas", str(folder), "--package", "p", "-o", str(tmp_path)]) == 0
    module = (tmp_path / "p" / "models" / "at.py").read_text()
    assert 'LABEL = Display("LABEL", _TEXT, "label")' in module
    assert 'SCORE = Display("SCORE", FLOAT, "parts/score")' in module
    assert 'MAP = ValueDisplay("MAP", _TEXT)' in module


def listing(*rows: dict[str, str]) -> dict[str, object]:
    return {"ResultSet": {"Result": list(rows)}}


def test_fetch_writes_the_display_fields_of_types_that_are_not_stock(site: Site, tmp_path: Path) -> None:
    names = ["xnat:mrSessionData", "a:t", "bad name", 'a:"x"']
    site.others["/data/search/elements?format=json"] = listing(*({"ELEMENT_NAME": name} for name in names))
    site.others["/data/search/elements/a:t?format=json"] = listing(
        {"FIELD_ID": "SCORE", "TYPE": "float", "REQUIRES_VALUE": "false", "SUMMARY": "a:t/parts/score", "SRC": "0"},
        {"FIELD_ID": "SUM", "TYPE": "odd", "REQUIRES_VALUE": "false", "SUMMARY": "a:t/x || ' ' || a:t/y", "SRC": "0"},
        {"FIELD_ID": "MAP", "TYPE": "string", "REQUIRES_VALUE": "true", "SUMMARY": "Map", "SRC": "0"},
        {"FIELD_ID": "A_T_FIELD_MAP=weight", "TYPE": "string", "REQUIRES_VALUE": "false", "SRC": "1"},
        {"FIELD_ID": 'no"name', "TYPE": "string", "REQUIRES_VALUE": "false", "SRC": "0"},
    )
    assert main(["fetch", site.url, "-o", str(tmp_path)]) == 0
    (found,) = tomllib.loads((tmp_path / "display.toml").read_text())["element"]
    assert found["name"] == "a:t"
    assert found["fields"] == [
        {"id": "SCORE", "searchable": True, "needs_value": False, "path": "parts/score", "type": "float"},
        {"id": "SUM", "searchable": True, "needs_value": False, "plain": False},
        {"id": "MAP", "searchable": True, "needs_value": True, "plain": False, "type": "string"},
    ]


def test_fetch_writes_the_swagger_document(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.others["/xapi/v2/api-docs"] = {"swagger": "2.0", "paths": {}, "info": {"title": "XNAT — all"}}
    assert main(["fetch", site.url, "-o", str(tmp_path)]) == 0
    text = (tmp_path / "swagger.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "info": {\n    "title": "XNAT — all"\n  },\n  "paths"')
    assert str(tmp_path / "swagger.json") in capsys.readouterr().out


@pytest.mark.parametrize("answer", [{"openapi": "3.0.1"}, [], "text"])
def test_answer_that_is_no_swagger_document_is_noted(
    answer: object, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.others["/xapi/v2/api-docs"] = answer
    assert main(["fetch", site.url, "-o", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "note: the server offers no Swagger document\n"
    assert not (tmp_path / "swagger.json").exists()


def test_schema_that_the_server_no_longer_has_is_told_and_stays(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_schemas(tmp_path, {"old/old.xsd": document(complex_type("t"))})
    assert main(["fetch", site.url, "-o", str(tmp_path)]) == 0
    path = tmp_path / "old" / "old.xsd"
    assert f"warning: {path}: is not on the server" in capsys.readouterr().err
    assert path.exists()
