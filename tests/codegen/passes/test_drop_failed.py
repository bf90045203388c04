from __future__ import annotations

from ..factories import class_of, complex_type, document, element, passed

TYPES = (
    complex_type("bad", element("x", "a:nope"))
    + complex_type("heir", base="a:bad")
    + complex_type("user", element("one", "a:bad") + element("two"))
    + complex_type("good", element("x"))
)


def test_heirs_go_and_users_stay_without_the_member() -> None:
    ir = passed(document(TYPES))
    assert sorted(cls.label for cls in ir.classes.values()) == ["a:good", "a:user"]
    assert [member.name for member in class_of(ir, "a:user").members] == ["two"]


def test_everything_that_is_left_out_is_reported_once() -> None:
    messages = [str(problem) for problem in passed(document(TYPES)).problems]
    assert messages == [
        "error: 1.xsd:2: a:bad: the type is left out: member 'x' has the unknown type a:nope",
        "error: 1.xsd:2: a:heir: the type is left out: it is derived from a:bad, which is left out",
        "warning: 1.xsd:2: a:user: member 'one' is left out with its type a:bad",
    ]
