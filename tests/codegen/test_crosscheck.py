"""What xmlschema finds is classified, never passed over."""

from __future__ import annotations

import pytest

from xnat_codegen.crosscheck import crosscheck
from xnat_codegen.errors import Level
from xnat_codegen.ir import Ir
from xnat_codegen.map import map_input

from .factories import NO_ROUTES, attribute, complex_type, document, element, schemas, text_with


def checked(*texts: str) -> Ir:
    documents = schemas(*texts)
    ir = map_input(documents, NO_ROUTES)
    ir.problems.clear()
    crosscheck(documents, ir)
    return ir


def test_clean_documents_that_use_each_other_have_no_findings() -> None:
    one = document(complex_type("t", element("x", "b:u")), attributes='xmlns:b="urn:b"').replace(
        "<xs:complexType", '<xs:import namespace="urn:b" schemaLocation="b.xsd"/><xs:complexType', 1
    )
    assert checked(one, document(complex_type("u", element("y")), prefix="b")).problems == []


def test_broken_declaration_makes_its_type_fail() -> None:
    ir = checked(document(complex_type("good") + "\n" + complex_type("bad", "<xs:elemen name='x'/>")))
    assert [str(problem) for problem in ir.problems] == [
        "error: 1.xsd:3: a:bad: the type is left out: Unexpected child with tag 'xs:elemen' at position 1."
    ]


def test_sloppy_declaration_is_a_warning_with_its_line() -> None:
    ir = checked(
        document("\n" + complex_type("t", element("x").replace("/>", ' size="3"/>').replace("></", ' size="3"></')))
    )
    assert [(problem.level, problem.source.line) for problem in ir.problems] == [(Level.WARNING, 3)]
    assert "breaks a rule of XML Schema: attribute 'size' not allowed" in str(ir.problems[0])


def test_line_is_found_where_the_document_uses_no_prefix_for_xml_schema() -> None:
    text = document("\n\n" + complex_type("t", element("x").replace(' minOccurs="0"', ' minOccurs="0" size="3"')))
    ir = checked(text.replace("<xs:", "<").replace("</xs:", "</").replace("xmlns:xs=", "xmlns=").replace('"xs:', '"'))
    assert [problem.source.line for problem in ir.problems] == [4]


def test_ambiguous_content_is_a_warning() -> None:
    ir = checked(document(complex_type("t", f"<xs:choice>{element('x')}{element('x')}</xs:choice>")))
    assert [problem.level for problem in ir.problems] == [Level.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        complex_type("t", element("x", "a:nope")),
        complex_type("t", attributes=attribute("x", "xs:strin")),
        complex_type("t", base="a:nope"),
        complex_type("t", element("x", inside=text_with(base="a:nope"))),
        complex_type("t", '<xs:element ref="a:nope"/>'),
        complex_type("t") + complex_type("t", element("x")).replace("complexType", "complexType"),
    ],
)
def test_what_the_generator_reports_itself_is_not_reported_twice(text: str) -> None:
    documents = schemas(document(text))
    ir = Ir()
    crosscheck(documents, ir)
    assert ir.problems == []


def test_documents_are_never_fetched() -> None:
    far = '<xs:import namespace="urn:far" schemaLocation="http://127.0.0.1:9/far.xsd"/>'
    ir = Ir()
    crosscheck(schemas(document(far + complex_type("t"))), ir)
    assert ir.problems == []
