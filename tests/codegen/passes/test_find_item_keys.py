from __future__ import annotations

from xnat_codegen.ir import Kind

from ..factories import (
    XNAT,
    attribute,
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
)


def key_of(body: str, path: str, more: str = "") -> str | None:
    ir = passed(document(complex_type("t", body) + more, prefix="xnat", namespace=XNAT))
    member = member_of(ir, "xnat:t", path)
    return member.item_key.name if member.item_key is not None else None


def test_shown_field_of_the_type_is_the_key() -> None:
    more = complex_type("share", attributes=attribute("project") + attribute("label"), marks=shown("project"))
    assert key_of(element("share", "xnat:share", many=True), "share", more) == "project"


def test_shown_field_is_inherited() -> None:
    more = complex_type("base", attributes=attribute("ID"), marks=shown("ID")) + complex_type("heir", base="xnat:base")
    assert key_of(element("x", "xnat:heir", many=True), "x", more) == "ID"


def test_field_of_a_wider_constraint_is_no_key() -> None:
    names = attribute("firstname", marks=unique("true")) + attribute("lastname", marks=unique("true"))
    more = complex_type("person", attributes=names, marks=shown("lastname"))
    assert key_of(element("x", "xnat:person", many=True), "x", more) is None


def test_link_to_the_owner_does_not_widen_a_constraint() -> None:
    link = '<mark:field baseElement="xnat:t" uniqueComposite="BOTH"/>'
    fields = attribute("project", marks=unique("BOTH")) + attribute("t_ID", marks=link)
    more = complex_type("share", attributes=fields, marks=shown("project"))
    assert key_of(element("x", "xnat:share", many=True), "x", more) == "project"


def test_enumerated_field_is_no_key() -> None:
    method = (
        '<xs:attribute name="method"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="AND"/>'
        "</xs:restriction></xs:simpleType></xs:attribute>"
    )
    more = complex_type("set", attributes=method + attribute("x"), marks=shown("method"))
    assert key_of(element("child", "xnat:set", many=True), "child", more) is None


def test_first_constraint_of_one_field_gives_the_key() -> None:
    fields = attribute("ID", marks=unique("FK_ID")) + attribute("name", marks=unique("FK_NAME"))
    body = element("c", many=True, marks=unique_in_list("FK_ID,FK_NAME"), inside=structure(attributes=fields))
    assert key_of(body, "c") == "ID"


def test_list_that_is_unique_by_its_own_text_has_no_key() -> None:
    marks = '<mark:field uniqueComposite="V"><mark:relation uniqueComposite="V"/></mark:field>'
    body = element("alias", many=True, marks=marks, inside=text_with(attribute("source")))
    ir = passed(document(complex_type("t", body)))
    assert kinds(ir, "a:t") == {"alias": Kind.ITEMS}
    assert member_of(ir, "a:t", "alias").text_name == "alias"
