"""Input that no package can be made from: one clear line, exit status 2, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnat_codegen.cli import main

from .factories import attribute, complex_type, document, element, write_schemas

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\n'
DEEP_BOMB = (
    '<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    + "]>\n"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
FROM_NETWORK = '<xs:import namespace="urn:far" schemaLocation="http://far.example.org/far.xsd"/>'

# Name -> document, what the error must name, and the line it must give.
BAD_DOCUMENTS = {
    "malformed": ("<a>\n<b></c>", "not well-formed XML", 2),
    "empty": ("", "not well-formed XML", 0),
    "no_schema": ("<html/>", "not an XML schema", 1),
    "entity_bomb": (BOMB + document(complex_type("t")), "entities are refused", 1),
    "entity_bomb_in_attribute": (
        DEEP_BOMB + document(complex_type("t")).replace('name="t"', 'name="&a9;"'),
        "t.xsd",
        0,
    ),
    "external_entity": (EXTERNAL + document(complex_type("t")), "entities are refused", 1),
    "import_from_network": (document(FROM_NETWORK), "http://far.example.org/far.xsd", 2),
    "include_from_network": (
        document('<xs:include schemaLocation="https://far.example.org/far.xsd"/>'),
        "https://far.example.org/far.xsd",
        2,
    ),
    "duplicate_type": (document(complex_type("t") + "\n" + complex_type("t")), "a:t: declared twice, first at", 3),
    "duplicate_element": (
        document('<xs:element name="e" type="xs:int"/>\n<xs:element name="e" type="xs:int"/>'),
        "declared twice",
        3,
    ),
    "unknown_base": (document(complex_type("t", base="a:nope")), "a:t: unknown base type a:nope", 2),
    "derived_from_itself": (document(complex_type("t", base="a:t")), "a:t: the type is derived from itself", 2),
    "unbound_prefix": (document(complex_type("t", element("x", "zz:y"))), "the prefix of 'zz:y' is bound to no", 2),
    "impossible_name": (
        document(complex_type("t", attributes=attribute("_1"))),
        "a:t/_1: the name cannot become a Python",
        2,
    ),
    "clash": (
        document(complex_type("t", attributes=attribute("aB") + "\n" + attribute("a_b"))),
        "a:t/a_b: would be called 'a_b'",
        3,
    ),
    "nameless": (document("<xs:complexType/>"), "complexType without name=", 2),
    "no_xml_name": (document(complex_type("a b")), "the name 'a b' is no XML name", 2),
    "code_for_a_name": (
        document(complex_type("t", attributes="<xs:attribute name='x&quot;&quot;&quot;); import os #'/>")),
        "is no XML name",
        2,
    ),
    "no_occurrence": (
        document(complex_type("t", '<xs:element name="x" type="xs:int" maxOccurs="many"/>')),
        "maxOccurs='many' is no number",
        2,
    ),
    "facet": (
        document(
            complex_type(
                "t",
                attributes='<xs:attribute name="x"><xs:simpleType><xs:restriction base="xs:string">'
                '<xs:maxLength value="long"/></xs:restriction></xs:simpleType></xs:attribute>',
            )
        ),
        "maxLength='long' is no number",
        2,
    ),
    "simple_type_derived_from_itself": (
        document(
            '<xs:simpleType name="s"><xs:restriction base="a:s"/></xs:simpleType>\n'
            + complex_type("t", attributes=attribute("x", "a:s"))
        ),
        "a:s: the simple type is derived from itself",
        3,
    ),
    "unknown_group": (
        document(complex_type("t", '<xs:group ref="a:g"/>')),
        "a:g: there is no such group: is its schema missing?",
        2,
    ),
    "import_from_a_share": (
        document('<xs:import namespace="urn:far" schemaLocation="//far.example.org/far.xsd"/>'),
        "//far.example.org/far.xsd",
        2,
    ),
    "base_in_a_namespace_that_is_not_there": (
        document(complex_type("t", base="far:x"), attributes='xmlns:far="urn:far"'),
        "unknown base type {urn:far}x: its schema is missing, add it with --schemas or --with-stock",
        2,
    ),
    "no_prefix": (document(complex_type("t")).replace("xmlns:a=", "xmlns="), "no prefix is bound", 1),
}


@pytest.mark.parametrize("case", BAD_DOCUMENTS)
def test_bad_document_is_named_in_one_line_and_nothing_is_written(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected, line = BAD_DOCUMENTS[case]
    folder = write_schemas(
        tmp_path / "schemas", {"d/good.xsd": document(complex_type("g"), prefix="g"), "d/t.xsd": text}
    )
    out = tmp_path / "out"
    status = main(["generate", "--schemas", str(folder), "--package", "p", "--out", str(out)])
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert expected in printed.err
    place = f"{folder / 'd' / 't.xsd'}:{line}: " if line else str(folder / "d" / "t.xsd")
    assert place in printed.err
    assert not out.exists()


def test_two_namespaces_with_one_prefix_are_refused_and_can_be_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: document(complex_type("t"), namespace=f"urn:{name}") for name in ("x.xsd", "y.xsd")}
    folder = write_schemas(tmp_path / "schemas", files)
    arguments = ["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "have one prefix, 'a'" in capsys.readouterr().err
    names = tmp_path / "names.toml"
    names.write_text('[prefixes]\n"urn:y.xsd" = "other"\n')
    assert main([*arguments, "--names", str(names)]) == 0
    assert (tmp_path / "out" / "p" / "models" / "other_t.py").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--schemas", "nowhere"], "error: nowhere: no such file or folder"),
        (["--schemas", "empty"], "error: no .xsd file in empty"),
        (["--schemas", "typeless"], "error: no data type is declared in typeless"),
        (["--schemas", "schemas", "--package", "not a name"], "is no Python identifier"),
        (["--schemas", "schemas", "--package", "class"], "is no Python identifier"),
        (["--schemas", "schemas", "--routes", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--schemas", "schemas", "--routes", "bad.toml"], "bad.toml: not valid TOML"),
        (["--schemas", "schemas", "--routes", "old.toml"], "old.toml:1: format must be 1"),
        (["--schemas", "schemas", "--routes", "incomplete.toml"], "incomplete.toml:3: x: collection without item"),
        (["--schemas", "schemas", "--routes", "twice.toml"], "twice.toml:5: x: the route name is used twice"),
        (["--schemas", "schemas", "--names", "bad.toml"], "bad.toml: cannot be read as TOML"),
        (
            ["--schemas", "schemas", "--names", "flat.toml"],
            "flat.toml: [fields], [classes] and [prefixes] must be tables",
        ),
        (["--schemas", "schemas", "--names", "names.toml"], "names.toml: a:t: 'no name' is no Python identifier"),
    ],
)
def test_bad_option_is_named(
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    route = '[[route]]\npath = "/x"\nmethods = {{ GET = "x" }}\n'.format()
    write_schemas(
        tmp_path,
        {
            "schemas/t.xsd": document(complex_type("t")),
            "typeless/t.xsd": document(""),
            "bad.toml": "a = = b",
            "old.toml": "format = 0\n",
            "incomplete.toml": 'format = 1\n\n[[collection]]\nname = "x"\nproperty = "x"\nowner = "root"\npath = "/x"\n'
            'key = "ID"\nitem_uri = "/x"\n',
            "twice.toml": f"format = 1\n{route}{route}",
            "flat.toml": "fields = 3",
            "names.toml": '[classes]\n"a:t" = "no name"\n',
        },
    )
    assert main(["generate", *arguments, "--out", "out"]) == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    (tmp_path / "out").write_text("a file, not a folder")
    assert main(["generate", "--schemas", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_one_bad_type_is_reported_and_the_rest_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = document(complex_type("bad", element("x", "a:nope")) + complex_type("good", element("x")))
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": text})
    arguments = ["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path)]
    assert main(arguments) == 1
    assert "a:bad: the type is left out" in capsys.readouterr().err
    assert (tmp_path / "p" / "models" / "a_good.py").exists()
    assert not (tmp_path / "p" / "models" / "a_bad.py").exists()


def test_package_without_any_sound_type_is_sound_itself(tmp_path: Path) -> None:
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("bad", element("x", "a:nope")))})
    assert main(["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path)]) == 1
    assert "types={}" in (tmp_path / "p" / "_registry.py").read_text(encoding="utf-8")


def test_missing_import_is_a_warning_and_the_status_stays_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = document('<xs:import namespace="urn:gone" schemaLocation="../gone.xsd"/>' + complex_type("t"))
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": text})
    assert main(["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path)]) == 0
    assert "warning: " in capsys.readouterr().err
