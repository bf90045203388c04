"""``dictionary``: the pages say of every class, field, listing and search field what the generated package has."""

from __future__ import annotations

import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from schemas.snapshot import facts

import xnat_sdk.listings
import xnat_sdk.models
from xnat_codegen.dictionary.pages import dictionary
from xnat_codegen.ir import Ir
from xnat_runtime.display import Display, ValueDisplay
from xnat_runtime.fields import Member

from .factories import ROOT
from .rendered import Page

# Describes the schemas independently of them; not part of the project.
DATA_MODEL = facts("datamodel.json")
REQUIRED = re.compile(r"(Required|, required)[,.]")
BY_ITSELF = {"Attribute", "Key", "Nested"}
PYTHON = {"BOOLEAN": "bool", "DATE": "datetime.date", "DATETIME": "datetime.datetime", "FLOAT": "float",
          "INTEGER": "int", "TEXT": "str", "TIME": "datetime.time"}  # fmt: skip


@pytest.fixture(scope="module")
def pages(stock: Ir) -> dict[str, Page]:
    """The pages by file name."""
    files = dictionary(stock, "xnat_sdk", ROOT / "templates", ".html")
    return {name: Page(text) for name, text in files.items() if name.endswith(".md")}


def classes() -> Iterator[type]:
    """Yields every class of the package, structures too."""
    for found in pkgutil.iter_modules(xnat_sdk.models.__path__):
        module = import_module(f"xnat_sdk.models.{found.name}")
        yield from (one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__)


def page_of(cls: type, pages: dict[str, Page]) -> Page:
    label = cls.xsi_type.partition("/")[0]
    return pages[f"{label.replace(':', '-')}.md"]


def expected_type(cls: type, name: str) -> str:
    """Returns what the page should say of an annotation such as ``Items[_models.SubjectDataFields]``."""
    generic, _, inside = cls.__annotations__[name].rstrip("]").partition("[")
    inside = re.sub(r"\b(_models\.|builtins\.|_(?=[a-zA-Z]))", "", inside)
    return inside if generic in BY_ITSELF else f"{generic} of {inside}"


def expected_facets(member: Member) -> Iterator[str]:
    if getattr(member, "max_length", None) is not None:
        yield f"t most {member.max_length} characters"
    if getattr(member, "minimum", None) is not None:
        yield f"t least {member.minimum}"
    if getattr(member, "maximum", None) is not None:
        yield f"t most {member.maximum}"
    values = getattr(member, "values", None) or ()
    if values:
        yield "ne of " + ", ".join(value or "empty" for value in values)


def test_every_class_has_its_place(pages: dict[str, Page]) -> None:
    found = list(classes())
    assert len(found) > 300
    for cls in found:
        page = page_of(cls, pages)
        assert cls.__name__ in page.anchors, cls
        assert cls.__name__ in page.headings
    own = [cls for cls in found if "/" not in cls.xsi_type]
    assert len(own) == len(pages) - 2
    for cls in own:
        assert f"from xnat_sdk.models import {cls.__name__}" in page_of(cls, pages).text


def test_every_field_has_its_type_path_and_facets(pages: dict[str, Page]) -> None:
    count = 0
    for cls in classes():
        above = cls.xsi_type.partition("/")[2]
        for name, member in vars(cls).items():
            if not isinstance(member, Member):
                continue
            first, second = page_of(cls, pages).fields[f"{cls.__name__}.{name}"]
            assert first == f"{name}\n{expected_type(cls, name)}"
            said, _, path = f"\n{second}".rpartition("\n")
            assert path == ("/".join(filter(None, (above, member.path))) or "(text of the element)")
            assert [facet for facet in expected_facets(member) if facet not in said] == []
            count += 1
    rows = sum(len(page.fields) for name, page in pages.items() if name not in {"index.md", "fields.md"})
    listings = sum(len(page.table("Listing, items")) for page in pages.values())
    assert rows == count + listings
    assert f"{len(pages) - 2} data types with {count} fields" in pages["index.md"].text


def test_every_field_is_documented_as_the_schema_does(stock: Ir, pages: dict[str, Page]) -> None:
    for cls in stock.all_classes():
        for member in cls.members:
            label = cls.label.partition("/")[0].replace(":", "-")
            second = pages[f"{label}.md"].fields[f"{cls.python_name}.{member.python_name}"][1]
            assert " ".join(member.documentation.split()) in second
            assert bool(REQUIRED.search(second)) == member.is_required


def test_search_fields_are_those_of_the_classes(pages: dict[str, Page]) -> None:
    count = 0
    for cls in classes():
        fields = {name: one for name, one in vars(cls).items() if isinstance(one, Display | ValueDisplay)}
        if "/" in cls.xsi_type:
            assert fields == {}
            continue
        rows = page_of(cls, pages).table("Search field")
        assert [row[0] for row in rows] == list(fields)
        for identifier, _, kind, shows in rows:
            field = fields[identifier]
            codec = import_module("xnat_runtime.codec")
            assert kind == next(PYTHON[name] for name in PYTHON if getattr(codec, name) is field.codec)
            if isinstance(field, ValueDisplay):
                assert shows == f"takes a value: {identifier}=…"
            else:
                assert shows == field.path or (not field.path and (":" in shows or "by the server" in shows))
        count += len(rows)
    assert count > 1800


def test_headers_of_search_fields_are_told(pages: dict[str, Page]) -> None:
    headers = {row[0]: row[1] for row in pages["xnat-mrSessionData.md"].table("Search field")}
    assert headers["SESSION_ID"] == "Session"
    assert headers["INVEST_SEARCH"] == "PI"


def test_listings_and_short_names_are_those_of_the_package(pages: dict[str, Page]) -> None:
    listings = [one for one in vars(xnat_sdk.listings).values() if type(one).__name__ == "Collection"]
    assert len(listings) > 30
    for one in listings:
        item = one.item()
        if item.__name__ == "FileData":
            continue
        known = dict(page_of(item, pages).table("Short name"))
        assert dict(one.aliases or {}).items() <= known.items()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("xnat-projectData", "/data/projects/{ID}"),
        ("xnat-subjectData", "/data/projects/{project}/subjects/{ID}"),
        ("xnat-mrSessionData", "/data/experiments/{ID}"),
        ("xnat-mrScanData", "/data/experiments/{session_ID}/scans/{ID}"),
        ("xnat-qcManualAssessorData", "/data/experiments/{ID}"),
        ("xnat-reconstructedImageData", "/data/experiments/{session}/reconstructions/{ID}"),
        ("xnat-resourceCatalog", "/data/projects/{project}/resources/{xnat_abstractresource_id}"),
    ],
)
def test_items_have_their_rest_path(name: str, path: str, pages: dict[str, Page]) -> None:
    assert f"REST path: {path}" in pages[f"{name}.md"].text


def test_structures_have_no_rest_path(pages: dict[str, Page]) -> None:
    assert "REST path:" not in pages["xnat-demographicData.md"].text
    assert "without a REST path of its own" in pages["xnat-demographicData.md"].text


def test_a_page_tells_bases_heirs_parent_and_inherited_fields(pages: dict[str, Page]) -> None:
    page = pages["xnat-imageSessionData.md"]
    assert "Extends: SubjectAssessorData → ExperimentData" in page.text
    assert re.search(r"Extended by: CfmSessionData, .*MrSessionData", page.text)
    assert "Parent: SubjectData" in page.text
    assert "From ExperimentData: sharing, date" in page.text
    assert "xnat-experimentData.md#ExperimentData.date" in page.links
    assert "ImageAssessorData (and 6 below it)" in pages["xnat-derivedData.md"].text


def test_the_index_names_every_type_with_class_base_path_and_summary(stock: Ir, pages: dict[str, Page]) -> None:
    cells = {row[0].partition("\n")[2]: row for row in pages["index.md"].rows}
    assert {cls.label for cls in stock.classes.values()} <= cells.keys()
    assert cells["xnat:mrScanData"] == [
        "MrScanData\nxnat:mrScanData",
        "Scan: magnetic resonance (MR).\nExtends ImageScanData, /data/experiments/{session_ID}/scans/{ID}",
    ]
    assert "xnat-mrScanData.md" in pages["index.md"].links
    assert pages["index.md"].headings[2] == "xnat"


def test_fields_from_a_to_z_lead_to_every_class_that_has_them(stock: Ir, pages: dict[str, Page]) -> None:
    page = pages["fields.md"]
    found = {f"{cls.python_name}.{member.python_name}" for cls in stock.all_classes() for member in cls.members}
    found |= {f"{cls.python_name}.{one.property}" for cls in stock.all_classes() for one in cls.collections}
    linked = [link.partition("#")[2] for link in page.links if "#" in link]
    assert sorted(linked) == sorted(found)
    rows = dict(row for row in page.rows if row[0] != "Field")
    assert rows["field_strength (fieldStrength)"].split(", ")[-1] == "PetmrSessionData"
    assert [heading for heading in page.headings if len(heading) == 1] == sorted(set(page.headings[1:]))


@pytest.mark.skipif(not DATA_MODEL.is_file(), reason="the fact files are not here")
def test_the_pages_agree_with_a_description_of_the_schemas(pages: dict[str, Page]) -> None:
    known = json.loads(DATA_MODEL.read_text(encoding="utf-8"))["namespaces"]
    count = 0
    for prefix, namespace in known.items():
        for name, described in namespace["types"].items():
            page = pages[f"{prefix}-{name}.md"]
            rows = {cells[1].rpartition("\n")[2]: cells for cells in page.fields.values()}
            for field in described.get("fields", []):
                if field["name"] in rows and "fields" not in field:
                    said = rows[field["name"]][1]
                    assert bool(REQUIRED.search(said)) == bool(field.get("required")), (name, field)
                    assert f"{field['maxLength']} characters" in said if "maxLength" in field else True
                    assert all((value or "empty") in said for value in field.get("enumeration", ()))
                    count += 1
    assert count > 500
