from __future__ import annotations

from ..factories import class_of, complex_type, document, element, member_of, passed


def test_attribute_reference_takes_type_and_facets_of_the_global_attribute() -> None:
    limited = (
        '<xs:attribute name="code"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="5"/>'
        "</xs:restriction></xs:simpleType></xs:attribute>"
    )
    ir = passed(document(limited + complex_type("t", attributes='<xs:attribute ref="a:code"/>')))
    member = member_of(ir, "a:t", "code")
    assert (member.codec, member.facets.max_length) == ("TEXT", 5)


def test_reference_inside_an_anonymous_structure() -> None:
    inside = '<xs:complexType><xs:sequence><xs:element ref="a:x" minOccurs="0"/></xs:sequence></xs:complexType>'
    ir = passed(document('<xs:element name="x" type="xs:int"/>' + complex_type("t", element("s", inside=inside))))
    assert member_of(ir, "a:t/s", "x").codec == "INTEGER"


def test_unknown_element_makes_its_type_fail_and_nothing_else() -> None:
    ir = passed(document(complex_type("t", '<xs:element ref="a:nope"/>') + complex_type("u", element("x"))))
    assert [cls.label for cls in ir.classes.values()] == ["a:u"]
    assert str(ir.problems[0]) == "error: 1.xsd:2: a:t: the type is left out: unknown element a:nope"


def test_attribute_of_xml_itself_is_text() -> None:
    ir = passed(document(complex_type("t", attributes='<xs:attribute ref="xml:lang"/>')))
    assert [(member.name, member.codec) for member in class_of(ir, "a:t").members] == [("lang", "TEXT")]
