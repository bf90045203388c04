"""``diff``: what changed between two sets of schemas, and what that means for code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xnat_codegen.cli import main

from .factories import ROOT, attribute, complex_type, document, element, structure, wrapped, write_schemas

COMPATIBLE, INCOMPLETE, BAD_INPUT, ADDITIVE, BREAKING = 0, 1, 2, 3, 4


class Diff:
    """Runs ``diff`` on two documents."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def text(self, old: str, new: str, *options: str) -> tuple[int, list[str]]:
        """Returns the exit status and the lines."""
        folders = [
            write_schemas(self.folder / name, {"t.xsd": document(body)}) for name, body in (("old", old), ("new", new))
        ]
        status = main(["diff", *map(str, folders), *options])
        return status, self.capsys.readouterr().out.splitlines()

    def changes(self, old: str, new: str) -> list[tuple[str | None, ...]]:
        """Returns kind, place, old, new and verdict of each change."""
        status, lines = self.text(old, new, "--json")
        read = json.loads("\n".join(lines))
        assert status == {"compatible": COMPATIBLE, "additive": ADDITIVE, "breaking": BREAKING}[read["verdict"]]
        return [
            (one["kind"], " ".join(filter(None, (one["type"], one["field"], one["what"]))), one["old"], one["new"],
             one["verdict"])
            for one in read["changes"]
        ]  # fmt: skip


@pytest.fixture
def diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Diff:
    return Diff(tmp_path, capsys)


def holding(*members: str) -> str:
    """Returns a type ``a:t`` with members."""
    return complex_type("t", "".join(members))


def simple_type(inside: str, base: str = "xs:string", name: str = "") -> str:
    """Returns a simple type with limits."""
    named = f' name="{name}"' if name else ""
    return f'<xs:simpleType{named}><xs:restriction base="{base}">{inside}</xs:restriction></xs:simpleType>'


def limited(base: str = "xs:string", values: str = "", **facets: str | int) -> str:
    """Returns an element ``x`` with limits; ``values`` are the words of its enumeration."""
    inside = "".join(f'<xs:{name} value="{value}"/>' for name, value in facets.items())
    inside += "".join(f'<xs:enumeration value="{word}"/>' for word in values.split())
    return element("x", inside=simple_type(inside, base))


def test_equal_schemas_are_compatible(diff: Diff) -> None:
    one = holding(element("x"))
    assert diff.text(one, one) == (COMPATIBLE, ["verdict: compatible (no change)"])


def test_text_has_the_worst_first_and_names_the_class(diff: Diff) -> None:
    old = complex_type("base", element("x", "xs:int")) + complex_type("heir", base="a:base")
    new = complex_type("base", element("x", "xs:float"), attributes=attribute("y")) + complex_type("other")
    assert diff.text(old, new) == (
        BREAKING,
        [
            "breaking: code that uses this must change",
            "  ~ a:base x: type xs:int -> xs:float [ABase.x]",
            "  - type a:heir [AHeir]",
            "",
            "additive: new; code that exists works as before",
            "  + field a:base @y: xs:string [ABase.y]",
            "  + type a:other [AOther]",
            "",
            "verdict: breaking (2 breaking, 2 additive)",
        ],
    )


def test_what_came_is_additive(diff: Diff) -> None:
    new = holding(element("x"), element("y", inside=structure(element("z", many=True), attributes=attribute("n"))))
    assert diff.changes(holding(element("x")), new) == [
        ("field-added", "a:t y", None, "structure", "additive"),
        ("field-added", "a:t y/@n", None, "xs:string", "additive"),
        ("field-added", "a:t y/z", None, "xs:string, repeats", "additive"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("xs:string", "xs:anyURI", "compatible"),
        ("xs:int", "xs:integer", "compatible"),
        ("xs:int", "xs:float", "breaking"),
        ("xs:string", "a:t", "breaking"),
    ],
)
def test_another_type_matters_where_python_sees_it(old: str, new: str, verdict: str, diff: Diff) -> None:
    changes = diff.changes(holding(element("x", old)), holding(element("x", new)))
    assert changes == [("retyped", "a:t x type", old, new, verdict)]


def test_field_that_repeats_now_is_breaking(diff: Diff) -> None:
    changes = diff.changes(holding(element("x")), holding(element("x", many=True)))
    assert changes == [("retyped", "a:t x occurs", "once", "many times", "breaking")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (limited(maxLength=9), limited(maxLength=10), ("maxLength", "9", "10", "compatible")),
        (limited(maxLength=10), limited(maxLength=9), ("maxLength", "10", "9", "breaking")),
        (limited(), limited(maxLength=9), ("maxLength", None, "9", "breaking")),
        (limited(maxLength=9), limited(), ("maxLength", "9", None, "compatible")),
        (
            limited("xs:float", minInclusive=1),
            limited("xs:float", minInclusive=0),
            ("minInclusive", "1", "0", "compatible"),
        ),
        (
            limited("xs:float", minInclusive=0),
            limited("xs:float", minInclusive=1),
            ("minInclusive", "0", "1", "breaking"),
        ),
        (
            limited("xs:float", maxInclusive=1),
            limited("xs:float", maxInclusive="0.5"),
            ("maxInclusive", "1", "0.5", "breaking"),
        ),
        (limited(values="a b"), limited(values="a b c"), ("enumeration", "a | b", "a | b | c", "additive")),
        (limited(values="a b"), limited(values="b a"), ("enumeration", "a | b", "b | a", "compatible")),
        (limited(values="a b"), limited(values="a c"), ("enumeration", "a | b", "a | c", "breaking")),
        (limited(), limited(values="a"), ("enumeration", None, "a", "breaking")),
        (limited(values="a"), limited(), ("enumeration", "a", None, "breaking")),
    ],
)
def test_limits(old: str, new: str, expected: tuple[str | None, ...], diff: Diff) -> None:
    what, *rest = expected
    assert diff.changes(holding(old), holding(new)) == [("facet", f"a:t x {what}", *rest)]


def test_limit_of_a_named_simple_type_is_one_of_every_field_that_has_it(diff: Diff) -> None:
    def schema(length: int) -> str:
        simple = simple_type(f'<xs:maxLength value="{length}"/>', name="s")
        return simple + holding(element("x", "a:s"), element("y", "a:s"))

    assert [change[1:] for change in diff.changes(schema(5), schema(4))] == [
        ("a:t x maxLength", "5", "4", "breaking"),
        ("a:t y maxLength", "5", "4", "breaking"),
    ]


def test_marks_of_the_storage_are_compatible(diff: Diff) -> None:
    changes = diff.changes(
        holding(element("x", marks='<mark:field uniqueComposite="B,A"><mark:relation onDelete="X"/></mark:field>')),
        holding(element("x", marks='<mark:field uniqueComposite="A, B"><mark:relation onDelete="Y"/></mark:field>')),
    )
    assert changes == [("mark", "a:t x relation.onDelete", "X", "Y", "compatible")]


def test_list_that_is_a_mapping_now_is_breaking_though_its_type_is_the_same(diff: Diff) -> None:
    item = complex_type("item", element("n") + element("v") + element("w"))
    plain = item + holding(element("x", "a:item", many=True))
    keyed = complex_type(
        "item", element("n") + element("v") + element("w"), marks='<mark:element displayIdentifiers="n"/>'
    ) + holding(element("x", "a:item", many=True))
    found = diff.changes(plain, keyed)
    assert ("python", "a:t x field", "AT.x: Items[AItem]", "AT.x: KeyedItems[AItem]", "breaking") in found


def test_type_between_a_type_and_its_base_is_additive_and_another_base_is_breaking(diff: Diff) -> None:
    old = complex_type("a", element("x")) + complex_type("b", base="a:a")
    between = complex_type("a", element("x")) + complex_type("m", base="a:a") + complex_type("b", base="a:m")
    assert ("retyped", "a:b base", "a:a", "a:m", "additive") in diff.changes(old, between)
    other = complex_type("a", element("x")) + complex_type("m") + complex_type("b", base="a:m")
    assert ("retyped", "a:b base", "a:a", "a:m", "breaking") in diff.changes(old, other)


def test_wrapper_that_gets_an_attribute_is_breaking_since_its_list_moves(diff: Diff) -> None:
    old = holding(wrapped("tags", element("tag", many=True)))
    new = holding(element("tags", inside=structure(element("tag", many=True), attributes=attribute("n"))))
    assert ("python", "a:t tags/tag field", "AT.tags: Values[str]", "ATTags.tag: Values[str]", "breaking") in (
        diff.changes(old, new)
    )


def test_elements_come_and_go(diff: Diff) -> None:
    one, other = '<xs:element name="T" type="a:t"/>', '<xs:element name="U" type="a:t"/>'
    assert diff.changes(one + holding(), other + holding()) == [
        ("element-removed", "a:T", "a:t", None, "breaking"),
        ("element-added", "a:U", None, "a:t", "additive"),
    ]


def test_type_that_cannot_be_generated_is_status_1(diff: Diff) -> None:
    status, _ = diff.text(holding(element("x")), holding(element("x", "a:nope")))
    assert status == INCOMPLETE


def test_stock_stands_for_the_stock_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(ROOT / "schemas"), "stock"]) == COMPATIBLE
    assert capsys.readouterr().out == "verdict: compatible (no change)\n"


def test_namespace_leaves_out_what_belongs_to_others(diff: Diff) -> None:
    status, lines = diff.text(holding(), holding(element("x")), "--namespace", "xnat")
    assert (status, lines) == (COMPATIBLE, ["verdict: compatible (no change)"])
