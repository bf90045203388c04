from __future__ import annotations

from ..factories import attribute, class_of, complex_type, document, element, member_of, passed, structure, wrapped


def paths(body: str) -> list[tuple[str, str]]:
    ir = passed(document(complex_type("t", body)))
    return [(member.path, str(member.python_name)) for member in class_of(ir, "a:t").members]


def test_list_takes_the_name_of_its_wrapper() -> None:
    assert paths(wrapped("scans", element("scan", many=True, inside=structure(element("x"))))) == [
        ("scans/scan", "scans")
    ]


def test_wrappers_in_wrappers_go_too() -> None:
    assert paths(wrapped("a", wrapped("b", element("c", many=True)))) == [("a/b/c", "a")]


def test_wrapper_around_one_thing_stays() -> None:
    assert paths(wrapped("parameters", element("tr", "xs:float"))) == [("parameters", "parameters")]


def test_repeating_wrapper_stays() -> None:
    inside = structure(element("c", many=True))
    assert paths(element("a", many=True, inside=inside)) == [("a", "a")]


def test_wrapper_with_two_members_stays() -> None:
    assert paths(element("a", inside=structure(element("b", many=True) + element("c")))) == [("a", "a")]


def test_wrapper_with_an_attribute_stays() -> None:
    assert paths(element("a", inside=structure(element("b", many=True), attributes=attribute("n")))) == [("a", "a")]


def test_list_is_described_as_its_wrapper_and_items_as_themselves() -> None:
    item = element("scan", many=True, inside=documented("One scan.") + structure(element("x")))
    ir = passed(document(complex_type("t", element("scans", inside=documented("All scans.") + structure(item)))))
    assert member_of(ir, "a:t", "scans/scan").documentation == "All scans."
    assert class_of(ir, "a:t/scans/scan").documentation == "One scan."


def documented(text: str) -> str:
    return f"<xs:annotation><xs:documentation>{text}</xs:documentation></xs:annotation>"
