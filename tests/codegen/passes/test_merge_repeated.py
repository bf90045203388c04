from __future__ import annotations

from xnat_codegen.passes.merge_repeated import merge_repeated

from ..factories import attribute, class_of, complex_type, document, element, passed


def test_two_branches_of_a_choice_with_one_element_give_one_value() -> None:
    branches = f"<xs:sequence>{element('x')}</xs:sequence><xs:sequence>{element('x')}{element('y')}</xs:sequence>"
    ir = passed(document(complex_type("t", f"<xs:choice>{branches}</xs:choice>")), until=merge_repeated)
    assert [(member.name, member.repeats) for member in class_of(ir, "a:t").members] == [("x", False), ("y", False)]


def test_an_element_twice_in_a_sequence_repeats() -> None:
    ir = passed(document(complex_type("t", element("x") + element("y") + element("x"))), until=merge_repeated)
    assert [(member.name, member.repeats) for member in class_of(ir, "a:t").members] == [("x", True), ("y", False)]


def test_an_element_and_an_attribute_of_one_name_stay_apart() -> None:
    ir = passed(document(complex_type("t", element("x"), attributes=attribute("x"))), until=merge_repeated)
    assert [member.form for member in class_of(ir, "a:t").members] == ["element", "attribute"]
