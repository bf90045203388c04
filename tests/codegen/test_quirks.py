"""What real schemas hold that a plain reading of XML Schema does not expect (schema-and-search 2)."""

from __future__ import annotations

import pytest

from xnat_codegen.errors import Level
from xnat_codegen.ir import Kind

from .factories import (
    XDAT,
    attribute,
    class_of,
    complex_type,
    document,
    element,
    kinds,
    member_of,
    passed,
    shown,
    structure,
    text_with,
    unique,
    unique_in_list,
    wrapped,
)

SECURITY = "http://nrg.wustl.edu/security"


def test_prefix_xdat_bound_to_two_uris() -> None:
    marks = '<xdat:element displayIdentifiers="name"/>'
    security = document(
        complex_type("user", element("login"), attributes=attribute("name"), marks=marks),
        prefix="xdat",
        namespace=SECURITY,
    )
    borrowing = document(
        complex_type("t", element("text", "xdat:LONGVARCHAR") + element("data", "xdat:jsonb")),
        attributes=f'xmlns:xdat="{XDAT}"',
    )
    simple = document(
        '<xs:simpleType name="LONGVARCHAR"><xs:restriction base="xs:string"/></xs:simpleType>'
        '<xs:simpleType name="jsonb"><xs:restriction base="xs:string"/></xs:simpleType>',
        prefix="xdat",
        namespace=XDAT,
    )
    ir = passed(security, borrowing, simple)
    assert ir.namespaces == {SECURITY: "xdat", "urn:a": "a"}
    assert class_of(ir, "xdat:user").display_identifiers == ("name",)
    assert [member.codec for member in class_of(ir, "a:t").members] == ["TEXT", "JSON"]


def test_schema_of_the_marks_gives_its_simple_types_only() -> None:
    marks = document(
        '<xs:simpleType name="LONGVARCHAR"><xs:restriction base="xs:string"/></xs:simpleType>'
        + complex_type("sqlField")
        + '<xs:element name="element">'
        + structure(attributes=attribute("abstract"))
        + "</xs:element>",
        prefix="xdat",
        namespace=XDAT,
    )
    security = document(complex_type("user", element("login")), prefix="xdat", namespace=SECURITY)
    ir = passed(marks, security)
    assert [cls.label for cls in ir.classes.values()] == ["xdat:user"]


def test_missing_imports_are_named_and_their_types_become_text() -> None:
    text = document(
        '<xs:import namespace="urn:gone" schemaLocation="../gone/gone.xsd"/>'
        + complex_type("t", element("step", "gone:process") + element("number", "xs:int")),
        attributes='xmlns:gone="urn:gone"',
    )
    ir = passed(text)
    assert {member.name: member.codec for member in class_of(ir, "a:t").members} == {
        "step": "TEXT",
        "number": "INTEGER",
    }
    assert [problem.level for problem in ir.problems] == [Level.WARNING, Level.WARNING]
    assert "../gone/gone.xsd" in str(ir.problems[0])
    assert "a:t/step" in str(ir.problems[1])


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 9])
def test_anonymous_nesting_to_any_depth(depth: int) -> None:
    body = element("leaf", "xs:float")
    for level in range(depth, 0, -1):
        body = element(f"level{level}", inside=structure(body, attributes=attribute("units")))
    ir = passed(document(complex_type("t", body)))
    label = "a:t/" + "/".join(f"level{level}" for level in range(1, depth + 1))
    deepest = class_of(ir, label)
    assert deepest.python_name == "AT" + "".join(f"Level{level}" for level in range(1, depth + 1))
    assert [member.path for member in deepest.members] == ["leaf", "units"]
    assert all(one.module == "at" for one in class_of(ir, "a:t").tree())


def test_text_plus_attribute_elements_have_a_value() -> None:
    dose = element("dose", inside=text_with(attribute("units"), base="xs:float"))
    ir = passed(document(complex_type("t", dose)))
    assert kinds(ir, "a:t") == {"dose": Kind.NESTED}
    value = member_of(ir, "a:t/dose", "")
    assert (value.python_name, value.form, value.codec) == ("value", "text", "FLOAT")


def test_text_without_attributes_is_a_plain_value() -> None:
    ir = passed(document(complex_type("t", element("derivation", inside=text_with()))))
    assert kinds(ir, "a:t") == {"derivation": Kind.ATTRIBUTE}


def test_keyed_lists_of_texts_are_maps() -> None:
    name = attribute("name", marks=unique("NAME"))
    by_mark = wrapped("fields", element("field", many=True, marks=shown("name"), inside=text_with(attribute("name"))))
    by_constraint = element("stat", many=True, marks=unique_in_list("NAME"), inside=text_with(name, "xs:double"))
    ir = passed(document(complex_type("t", by_mark + by_constraint)))
    assert kinds(ir, "a:t") == {"fields": Kind.KEYED_VALUES, "stat": Kind.KEYED_VALUES}
    fields, stat = member_of(ir, "a:t", "fields/field"), member_of(ir, "a:t", "stat")
    assert fields.item_key is not None
    assert (fields.item_key.name, fields.codec, fields.text_name) == ("name", "TEXT", "field")
    assert (stat.codec, stat.text_name) == ("FLOAT", "stat")
    assert class_of(ir, "a:t").nested == []


def test_keyed_lists_of_named_texts_are_maps_that_know_their_json_name() -> None:
    add_field = (
        f'<xs:complexType name="addField"><xs:annotation><xs:appinfo>{shown("name")}</xs:appinfo></xs:annotation>'
        f'<xs:simpleContent><xs:extension base="xs:string">{attribute("name")}</xs:extension></xs:simpleContent>'
        "</xs:complexType>"
    )
    ir = passed(document(complex_type("t", element("addParam", "a:addField", many=True)) + add_field))
    member = member_of(ir, "a:t", "addParam")
    assert (member.kind, member.text_name) == (Kind.KEYED_VALUES, "addField")


def test_keyed_lists_of_structures() -> None:
    frame = structure(element("length", "xs:float"), attributes=attribute("number", "xs:int", marks=unique("true")))
    frames = wrapped("frames", element("frame", many=True, marks=unique_in_list("true"), inside=frame))
    ir = passed(document(complex_type("t", frames)))
    member = member_of(ir, "a:t", "frames/frame")
    assert member.kind is Kind.KEYED_ITEMS
    assert member.item_key is not None
    assert member.item_key.name == "number"
    assert class_of(ir, "a:t/frames/frame").python_name == "ATFrames"


def test_unkeyed_lists_of_structures() -> None:
    entries = wrapped("entries", element("entry", "a:entry", many=True))
    ir = passed(document(complex_type("t", entries) + complex_type("entry", attributes=attribute("name"))))
    assert kinds(ir, "a:t") == {"entries": Kind.ITEMS}


def test_wrapper_with_attributes_stays() -> None:
    frame = element("frame", many=True, inside=structure(attributes=attribute("number")))
    frames = element("frames", inside=structure(frame, attributes=attribute("numFrames", "xs:int")))
    ir = passed(document(complex_type("t", frames)))
    assert kinds(ir, "a:t") == {"frames": Kind.NESTED}
    assert kinds(ir, "a:t/frames") == {"frame": Kind.ITEMS, "num_frames": Kind.ATTRIBUTE}


def test_scalar_lists() -> None:
    spots = wrapped("focalSpots", element("focalSpot", "xs:float", many=True))
    ir = passed(document(complex_type("t", spots + element("notify", many=True))))
    assert kinds(ir, "a:t") == {"focal_spots": Kind.VALUES, "notify": Kind.VALUES}
    assert member_of(ir, "a:t", "focalSpots/focalSpot").codec == "FLOAT"


def test_polymorphic_members_read_as_the_type_that_servers_put_there() -> None:
    text = document(
        complex_type("abstractDemographicData")
        + complex_type("demographicData", element("gender"), base="xnat:abstractDemographicData")
        + complex_type("subjectData", element("demographics", "xnat:abstractDemographicData")),
        prefix="xnat",
        namespace="http://nrg.wustl.edu/xnat",
    )
    member = member_of(passed(text), "xnat:subjectData", "demographics")
    assert member.target is not None
    assert member.target.label == "xnat:demographicData"


def test_choice_members_are_optional_alternatives() -> None:
    choice = f"<xs:choice>{element('dob', 'xs:date')}{element('yob', 'xs:integer')}</xs:choice>"
    ir = passed(document(complex_type("t", choice + element("gender"))))
    assert [member.codec for member in class_of(ir, "a:t").members] == ["DATE", "INTEGER", "TEXT"]
    assert [member.is_choice for member in class_of(ir, "a:t").members] == [True, True, False]
    assert not any(member.repeats for member in class_of(ir, "a:t").members)


def test_ref_takes_the_type_of_the_global_element() -> None:
    access = element("element_access", inside=structure(attributes=attribute("element_name"))).replace(
        ' minOccurs="0"', ""
    )
    user = complex_type("user", '<xs:element ref="a:element_access" maxOccurs="unbounded"/>')
    ir = passed(document(user + access))
    member = member_of(ir, "a:user", "element_access")
    assert member.target is class_of(ir, "a:element_access")
    assert class_of(ir, "a:element_access").element == "element_access"


def test_attribute_group_adds_its_attributes() -> None:
    group = (
        f'<xs:attributeGroup name="meta">{attribute("element_name")}{attribute("size", "xs:int")}</xs:attributeGroup>'
    )
    user = complex_type("user", attributes=attribute("login") + '<xs:attributeGroup ref="a:meta"/>')
    assert kinds(passed(document(group + user)), "a:user") == {
        "login": Kind.ATTRIBUTE,
        "element_name": Kind.ATTRIBUTE,
        "size": Kind.ATTRIBUTE,
    }


def test_untyped_elements_and_attributes_are_text() -> None:
    untyped = '<xs:element name="slope" minOccurs="0"/>' + element("any", "xs:anyType")
    ir = passed(document(complex_type("t", untyped, attributes='<xs:attribute name="modulation"/>')))
    assert {member.name: member.codec for member in class_of(ir, "a:t").members} == {
        "slope": "TEXT",
        "any": "TEXT",
        "modulation": "TEXT",
    }


def test_keywords_and_shadowing_names_become_fields() -> None:
    names = ("in", "pass", "class", "type", "id", "property", "half-life", "MT_1_1", "format", "filter")
    ir = passed(document(complex_type("t", "".join(element(name) for name in names))))
    assert list(kinds(ir, "a:t")) == [
        "in_",
        "pass_",
        "class_",
        "type",
        "id",
        "property",
        "half_life",
        "mt_1_1",
        "format",
        "filter",
    ]


def test_equal_local_names_in_several_namespaces_get_different_classes() -> None:
    one = document(complex_type("imageSessionData", element("x")), prefix="xnat", namespace="http://nrg.wustl.edu/xnat")
    two = document(complex_type("imageSessionData", element("y")), prefix="build")
    ir = passed(one, two)
    assert {cls.label: str(cls.python_name) for cls in ir.classes.values()} == {
        "xnat:imageSessionData": "ImageSessionData",
        "build:imageSessionData": "BuildImageSessionData",
    }


def test_recursive_types_refer_to_themselves() -> None:
    catalog = complex_type("catalog", wrapped("sets", element("entrySet", "a:catalog", many=True)))
    ir = passed(document(catalog))
    assert member_of(ir, "a:catalog", "sets/entrySet").target is class_of(ir, "a:catalog")


def test_of_two_global_names_for_one_type_the_first_counts() -> None:
    text = (
        '<xs:element name="FieldDefinitionGroup" type="a:group"/>'
        + complex_type("group")
        + '<xs:element name="FieldDefinitionSet" type="a:group"/>'
    )
    ir = passed(document(text))
    assert class_of(ir, "a:group").element == "FieldDefinitionGroup"
    assert list(ir.classes.values()) == [class_of(ir, "a:group")]


def test_global_element_with_an_anonymous_type_is_a_type() -> None:
    search = '<xs:element name="Search">' + structure(attributes=attribute("page", "xs:integer")) + "</xs:element>"
    cls = class_of(passed(document(search)), "a:Search")
    assert (cls.python_name, cls.element, cls.module) == ("ASearch", "Search", "a_search")


def test_anonymous_element_that_extends_a_named_type() -> None:
    extended = (
        '<xs:complexType><xs:complexContent><xs:extension base="a:pipeline">'
        + attribute("stepId")
        + "</xs:extension></xs:complexContent></xs:complexType>"
    )
    text = complex_type("project", element("pipeline", many=True, inside=extended)) + complex_type(
        "pipeline", element("name")
    )
    ir = passed(document(text))
    assert class_of(ir, "a:project/pipeline").base is class_of(ir, "a:pipeline")


def test_types_are_declared_in_any_order() -> None:
    text = complex_type("heir", base="a:base") + complex_type("base", element("x"))
    assert class_of(passed(document(text)), "a:heir").base is not None


def test_restriction_without_facets_is_its_base() -> None:
    inline = '<xs:simpleType><xs:restriction base="xs:integer"/></xs:simpleType>'
    text = complex_type("t", attributes=f'<xs:attribute name="ID">{inline}</xs:attribute>')
    assert member_of(passed(document(text)), "a:t", "ID").codec == "INTEGER"


def test_shadowed_inherited_name_is_decided_by_table() -> None:
    text = document(
        complex_type("experimentData", attributes=attribute("protocol"))
        + complex_type("qcManualAssessorData", element("protocol"), base="xnat:experimentData"),
        prefix="xnat",
        namespace="http://nrg.wustl.edu/xnat",
    )
    assert kinds(passed(text), "xnat:qcManualAssessorData") == {"protocol_element": Kind.ATTRIBUTE}
