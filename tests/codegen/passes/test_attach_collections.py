from __future__ import annotations

import attrs
import pytest

from xnat_codegen.errors import CodegenError
from xnat_codegen.model.route import CollectionEntry, RouteFile

from ..factories import XNAT, attribute, class_of, collection, complex_type, document, element, kinds, passed, wrapped

TEXT = document(
    complex_type("projectData", wrapped("resources", element("resource", "xnat:abstractResource", many=True)))
    + complex_type("imageScanData", element("file", "xnat:abstractResource", many=True) + element("note"))
    + complex_type("abstractResource", attributes=attribute("label")),
    prefix="xnat",
    namespace=XNAT,
)


def routes(*entries: CollectionEntry) -> RouteFile:
    return RouteFile(entries, (), {})


def test_member_of_the_same_name_becomes_the_listing() -> None:
    ir = passed(TEXT, routes=routes(collection("resources", "xnat:projectData", "xnat:abstractResource")))
    cls = class_of(ir, "xnat:projectData")
    assert cls.members == []
    assert [(str(one.property), one.name) for one in cls.collections] == [("resources", "RESOURCES")]


def test_member_of_another_name_is_replaced_by_table() -> None:
    entry = collection("scan_resources", "xnat:imageScanData", "xnat:abstractResource", "resources")
    assert list(kinds(passed(TEXT, routes=routes(entry)), "xnat:imageScanData")) == ["note"]


def test_object_in_a_document_that_no_collection_lists_is_left_out() -> None:
    assert list(kinds(passed(TEXT), "xnat:imageScanData")) == ["note"]


def test_collection_without_owner_or_item_in_the_schemas_is_left_out() -> None:
    ir = passed(
        TEXT,
        routes=routes(
            collection("subjects", "xnat:projectData", "xnat:subjectData"),
            collection("scans", "xnat:imageSessionData", "xnat:imageScanData"),
        ),
    )
    assert ir.collections == []


def test_collection_of_the_whole_site_has_no_owner() -> None:
    ir = passed(TEXT, routes=routes(collection("projects", "root", "xnat:projectData")))
    assert [one.owner for one in ir.collections] == [None]


def test_item_type_without_schema_is_a_runtime_class() -> None:
    ir = passed(TEXT, routes=routes(collection("files", "xnat:projectData", "xnat:fileData")))
    assert ir.collections[0].item == ("xnat_runtime.files", "FileData")


def test_collection_name_used_twice_is_refused() -> None:
    entry = collection("projects", "root", "xnat:projectData")
    with pytest.raises(CodegenError, match=r"routes\.toml:1: projects: the collection name is used twice"):
        passed(TEXT, routes=routes(entry, entry))


def test_unknown_alias_table_is_refused() -> None:
    entry = attrs.evolve(collection("projects", "root", "xnat:projectData"), aliases="project")
    with pytest.raises(CodegenError, match=r"there is no table \[aliases\.project\]"):
        passed(TEXT, routes=routes(entry))
