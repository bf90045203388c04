"""What stands in a schema stays text in the output, whatever it looks like."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.docstrings import escaped
from xnat_codegen.view.calls import literal

from .factories import attribute, complex_type, document, element, member_of, passed, write_schemas

AWKWARD = [
    '"',
    '"""',
    "\\",
    '\\"',
    'a"',
    '""""',
    'a""',
    "'''",
    "{{ x }}",
    "{% x %}",
    "\n",
    "\u202e",
    "é",
    "\U0001f600",
    "\x7f",
    "\U000e0001",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_literals_stand_for_themselves(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text


@pytest.mark.parametrize("text", AWKWARD)
def test_docstrings_hold_printable_text_and_end_where_they_should(text: str) -> None:
    body = f'"""{escaped(text)}"""'
    value = ast.literal_eval(body)
    assert value == "".join(char if char.isprintable() else " " for char in text)


def test_documentation_cannot_leave_its_docstring(tmp_path: Path) -> None:
    attack = '""" + str(open("/tmp/x", "w")) + """ \\" {{ 7 * 7 }} {% raw %}'
    escaped_attack = attack.replace("&", "&amp;").replace("<", "&lt;")
    documentation = f"<xs:annotation><xs:documentation>{escaped_attack}</xs:documentation></xs:annotation>"
    enumeration = (
        '<xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value=\'&quot;]; import os; ["\'/>'
        "</xs:restriction></xs:simpleType>"
    )
    body = f'<xs:element name="x" minOccurs="0">{documentation}{enumeration}</xs:element>'
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t", body))})
    assert main(["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path)]) == 0
    tree = ast.parse((tmp_path / "p" / "models" / "at.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == set()
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "open"]


def limited(base: str, *facets: str) -> str:
    inside = "".join(f"<xs:{facet}/>" for facet in facets)
    return (
        f'<xs:element name="x"><xs:simpleType><xs:restriction base="{base}">{inside}</xs:restriction></xs:simpleType>'
        "</xs:element>"
    )


@pytest.mark.parametrize(
    ("base", "facets", "minimum", "maximum"),
    [
        ("xs:integer", ('minInclusive value="0"', 'maxInclusive value="3"'), 0, 3),
        ("xs:float", ('minInclusive value="-1.5e2"',), -150.0, None),
        ("xs:float", ('minInclusive value="-INF"', 'maxInclusive value="INF"'), None, None),
        ("xs:date", ('minInclusive value="2000-01-01"',), None, None),
    ],
)
def test_limits_of_numbers(base: str, facets: tuple[str, ...], minimum: float | None, maximum: float | None) -> None:
    member = member_of(passed(document(complex_type("t", limited(base, *facets)))), "a:t", "x")
    assert (member.facets.minimum, member.facets.maximum) == (minimum, maximum)


def test_files_of_one_name_are_both_hashed(tmp_path: Path) -> None:
    for folder, prefix in (("one", "a"), ("two", "b")):
        text = document(complex_type("t", element("x"), attributes=attribute("y")), prefix=prefix)
        write_schemas(tmp_path / folder, {"t.xsd": text})
    arguments = ["--schemas", str(tmp_path / "one"), "--schemas", str(tmp_path / "two" / "t.xsd")]
    assert main(["generate", *arguments, "--package", "p", "--out", str(tmp_path)]) == 0
    info = (tmp_path / "p" / "_build_info.py").read_text(encoding="utf-8")
    assert '"t.xsd":' in info
    assert '"t.xsd (2)":' in info
