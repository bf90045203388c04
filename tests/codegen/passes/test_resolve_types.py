from __future__ import annotations

import pytest

from xnat_codegen.errors import CodegenError

from ..factories import complex_type, document, element, member_of, passed


@pytest.mark.parametrize(
    ("type_name", "codec"),
    [
        ("string", "TEXT"),
        ("token", "TEXT"),
        ("int", "INTEGER"),
        ("long", "INTEGER"),
        ("nonNegativeInteger", "INTEGER"),
        ("double", "FLOAT"),
        ("decimal", "FLOAT"),
        ("boolean", "BOOLEAN"),
        ("date", "DATE"),
        ("time", "TIME"),
        ("dateTime", "DATETIME"),
        ("duration", "DURATION"),
        ("anyURI", "URI"),
        ("anySimpleType", "TEXT"),
        ("base64Binary", "TEXT"),
    ],
)
def test_every_simple_type_has_a_codec(type_name: str, codec: str) -> None:
    assert member_of(passed(document(complex_type("t", element("x", f"xs:{type_name}")))), "a:t", "x").codec == codec


def simple(name: str, base: str, facets: str = "") -> str:
    return f'<xs:simpleType name="{name}"><xs:restriction base="{base}">{facets}</xs:restriction></xs:simpleType>'


def test_facets_of_named_simple_types_add_up_and_the_nearest_wins() -> None:
    text = (
        simple("grade", "a:small", '<xs:minInclusive value="1"/><xs:maxInclusive value="3"/>')
        + simple("small", "xs:integer", '<xs:maxInclusive value="9"/>')
        + complex_type("t", element("x", "a:grade"))
    )
    member = member_of(passed(document(text)), "a:t", "x")
    assert (member.codec, member.facets.minimum, member.facets.maximum) == ("INTEGER", 1, 3)


def test_lists_and_unions_are_text() -> None:
    text = (
        '<xs:simpleType name="many"><xs:list itemType="xs:int"/></xs:simpleType>'
        '<xs:simpleType name="either"><xs:union memberTypes="xs:int xs:date"/></xs:simpleType>'
        + complex_type("t", element("x", "a:many") + element("y", "a:either"))
    )
    ir = passed(document(text))
    assert [member_of(ir, "a:t", name).codec for name in "xy"] == ["TEXT", "TEXT"]


def test_restriction_of_a_restriction_in_place() -> None:
    inner = '<xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>'
    outer = f'<xs:simpleType><xs:restriction>{inner}<xs:enumeration value="a"/></xs:restriction></xs:simpleType>'
    text = complex_type("t", f'<xs:element name="x">{outer}</xs:element>')
    facets = member_of(passed(document(text)), "a:t", "x").facets
    assert (facets.max_length, facets.enumeration) == (9, ("a",))


def test_simple_type_derived_from_itself_is_refused() -> None:
    text = simple("x", "a:y") + simple("y", "a:x") + complex_type("t", element("x", "a:x"))
    with pytest.raises(CodegenError, match="derived from itself"):
        passed(document(text))


@pytest.mark.parametrize("type_name", ["a:nope", "xs:strin", "other:t"])
def test_unknown_type_makes_its_type_fail(type_name: str) -> None:
    text = document(complex_type("t", element("x", type_name)), attributes='xmlns:other="urn:other"')
    ir = passed(text)
    assert ir.classes == {}
    assert "member 'x' has the unknown type" in str(ir.problems[0])


def test_restriction_of_a_complex_type_fails_in_words() -> None:
    restricted = (
        '<xs:complexType name="t"><xs:complexContent><xs:restriction base="a:b"/></xs:complexContent></xs:complexType>'
    )
    ir = passed(document(complex_type("b", element("x")) + restricted))
    assert str(ir.problems[0]).endswith("a:t: the type is left out: derivation by restriction is not supported")
