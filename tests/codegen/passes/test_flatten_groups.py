from __future__ import annotations

import pytest

from xnat_codegen.errors import CodegenError
from xnat_codegen.passes.flatten_groups import flatten_groups

from ..factories import attribute, class_of, complex_type, document, element, passed

GROUP = f'<xs:group name="g"><xs:sequence>{element("x")}{element("y")}</xs:sequence></xs:group>'


def test_members_of_a_group_take_its_place_in_order() -> None:
    text = complex_type("t", element("first") + '<xs:group ref="a:g"/>' + element("last"))
    ir = passed(document(GROUP + text), until=flatten_groups)
    assert [member.name for member in class_of(ir, "a:t").members] == ["first", "x", "y", "last"]


def test_a_repeating_reference_makes_its_members_repeat() -> None:
    ir = passed(
        document(GROUP + complex_type("t", '<xs:group ref="a:g" maxOccurs="unbounded"/>')), until=flatten_groups
    )
    assert [member.repeats for member in class_of(ir, "a:t").members] == [True, True]


def test_each_use_of_a_group_has_members_of_its_own() -> None:
    uses = complex_type("t", '<xs:group ref="a:g"/>') + complex_type("u", '<xs:group ref="a:g"/>')
    ir = passed(document(GROUP + uses), until=flatten_groups)
    assert class_of(ir, "a:t").members[0] is not class_of(ir, "a:u").members[0]


def test_attribute_groups_may_hold_others() -> None:
    text = (
        f'<xs:attributeGroup name="inner">{attribute("x")}</xs:attributeGroup>'
        '<xs:attributeGroup name="outer"><xs:attributeGroup ref="a:inner"/></xs:attributeGroup>'
        + complex_type("t", attributes='<xs:attributeGroup ref="a:outer"/>')
    )
    assert [member.name for member in class_of(passed(document(text)), "a:t").members] == ["x"]


def test_a_group_that_holds_itself_is_refused() -> None:
    text = '<xs:group name="g"><xs:sequence><xs:group ref="a:g"/></xs:sequence></xs:group>'
    with pytest.raises(CodegenError, match=r"1\.xsd:2: .*g: the group holds itself"):
        passed(document(text + complex_type("t", '<xs:group ref="a:g"/>')))


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(CodegenError, match=r"^1\.xsd:2: a:nope: there is no such attributeGroup"):
        passed(document(complex_type("t", attributes='<xs:attributeGroup ref="a:nope"/>')))
