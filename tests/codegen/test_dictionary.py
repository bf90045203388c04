"""``dictionary``: a folder of pages for the schemas of any site, whatever their texts hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from xnat_codegen.cli import main
from xnat_codegen.dictionary.markdown import code, first_sentence, plain
from xnat_codegen.dictionary.places import Places
from xnat_codegen.dictionary.rest_paths import shortened
from xnat_codegen.read.names import NameDecisions

from .factories import (
    ROOT,
    attribute,
    class_of,
    complex_type,
    document,
    element,
    passed,
    structure,
    wrapped,
    write_schemas,
)
from .rendered import Page

HOSTILE = (
    "| a | b | `code` ``more`` <script>alert(1)</script> &amp; &#124; **bold** _em_ ~~gone~~ ==mark== ^up^ ++ctrl++ "
    "[text](http://x.example) ![img](x.png) <b>b</b> :smile: {{ x }} {% y %} {#id .c} [^1] *[HTML]: x $m$ \\| \\n "
    "--8<-- 'x' #!python x"
)
VALUES = ("a|b", "`", "<b>", "x*y*z", "", "  two  blanks ", "#!sh ls", ":::sh ls", "{a}", "[x](y)", "é_è", "-")
LINE_STARTS = ("# no heading", "- no list", "1. no list", "1) no list", "> no quotation", "!!! note", "--- x", "=== y",
               "``` fence", "+ no list", ": no definition", "    indented", "|x|", "<div>", "[^1]: note")  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def documented(text: str, inside: str) -> str:
    return f"<xs:annotation><xs:documentation>{escaped(text)}</xs:documentation></xs:annotation>{inside}"


def field(name: str, text: str) -> str:
    return f'<xs:element name="{name}" type="xs:string" minOccurs="0">{documented(text, "")}</xs:element>'


def written(folder: Path) -> dict[str, Page]:
    """Returns the pages of a folder."""
    return {path.name: Page(path.read_text(encoding="utf-8")) for path in folder.glob("*.md")}


def made(tmp_path: Path, texts: Mapping[str, str], *options: str) -> dict[str, Page]:
    folder = write_schemas(tmp_path / "schemas", dict(texts))
    assert main(["dictionary", "--schemas", str(folder), "--out", str(tmp_path / "out"), *options]) == 0
    return written(tmp_path / "out")


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dictionary of a site with a plugin."""
    out = tmp_path_factory.mktemp("site") / "dictionary"
    plugin = ROOT / "tests" / "own_site" / "plugin"
    options = ["--schemas", str(plugin), "--with-stock", "--package", "neuro_xnat"]
    assert main(["dictionary", *options, "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """Pages of a schema whose texts are full of markup."""
    values = "".join(f'<xs:enumeration value="{escaped(value)}"/>' for value in VALUES)
    choice = f'<xs:element name="choice"><xs:simpleType><xs:restriction base="xs:string">{values}'
    members = f"{choice}</xs:restriction></xs:simpleType></xs:element>" + field("hostile", f"x {HOSTILE}\n\n# y\n\n- z")
    members += "".join(field(f"start{number}", text) for number, text in enumerate(LINE_STARTS))
    text = complex_type("t", members).replace(">", f">{documented(HOSTILE, '')}", 1)
    return made(tmp_path_factory.mktemp("hostile"), {"t.xsd": document(text)})


def test_documentation_reads_as_it_was_written(hostile: dict[str, Page]) -> None:
    page = hostile["a-t.md"]
    words = " ".join(HOSTILE.split())
    assert words in page.text
    assert page.fields["AT.hostile"] == ["hostile\nstr", f"x {words} # y - z\nhostile"]
    for number, text in enumerate(LINE_STARTS):
        assert page.fields[f"AT.start{number}"][1] == f"{' '.join(text.split())}\nstart{number}"


def test_documentation_brings_no_markup(hostile: dict[str, Page]) -> None:
    page = hostile["a-t.md"]
    known = {"a", "br", "code", "div", "em", "h1", "h2", "img", "li", "p", "strong", "table", "tbody", "td", "th"}
    assert page.tags - known == {"thead", "tr", "ul", "wbr"} & page.tags
    assert page.headings == ["AT", "Fields", "Searching", "Diagram"]
    assert set(page.links) == {"index.md", "fields.md", "a-t.svg"}
    assert page.images == ["a-t.svg"]
    assert set(hostile["index.md"].links) == {"fields.md", "a-t.md"}
    assert hostile["index.md"].tags <= known | {"thead", "tr", "ul"}


def test_values_of_enumerations_read_as_they_are(hostile: dict[str, Page]) -> None:
    shown = ", ".join(" ".join(value.split()) or "empty" for value in VALUES)
    assert hostile["a-t.md"].fields["AT.choice"][1] == f"Required, one of {shown}.\nchoice"


@pytest.mark.parametrize("text", [HOSTILE, *LINE_STARTS, "a\u202eb", "a\x85b", "tab\tnew\nline", "ends with \\"])
def test_plain_text_and_code_stay_on_one_line_and_in_one_cell(text: str) -> None:
    for printed in (plain(text), code(text)):
        assert "\n" not in printed
        assert "|" not in printed
        assert all(char.isprintable() for char in printed)


def test_first_sentence_is_short_and_ends_with_a_word() -> None:
    assert first_sentence("One thing. Another one.") == "One thing."
    assert first_sentence("A value of 1.5 mm\nor more") == "A value of 1.5 mm or more"
    assert first_sentence("word " * 60, 20) == "word word word word …"
    assert first_sentence("") == ""


def test_a_sites_own_types_come_first_and_are_imported_from_its_package(site: Path) -> None:
    pages = written(site)
    assert pages["index.md"].headings[:4] == ["Data dictionary", "How to read the pages", "neurolab", "xnat"]
    own = [name for name in pages if name.startswith("neurolab-")]
    assert own
    for name in own:
        assert "from neuro_xnat.models import Neurolab" in pages[name].text


def test_search_fields_of_a_plugin_are_told_as_its_document_has_them(site: Path) -> None:
    rows = written(site)["neurolab-tumourReadingData.md"].table("Search field")
    assert [row for row in rows if row[0] in {"GRADE", "MODALITY", "VOLUME_TEXT"}] == [
        ["GRADE", "WHO grade", "int", "whoGrade"],
        ["MODALITY", "Modality", "str", "xnat:mrSessionData/modality"],
        ["VOLUME_TEXT", "Volume", "str", "made by the server from totalVolume"],
    ]


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = written(site)
    found = [(name, link) for name, page in pages.items() for link in (*page.links, *page.images)]
    assert len(found) > 5000
    for name, link in found:
        target, _, anchor = link.partition("#")
        assert (site / unquote(target or name)).is_file(), (name, link)
        assert not anchor or unquote(anchor) in pages[target or name].anchors, (name, link)


def test_anchors_of_a_page_are_told_apart(site: Path) -> None:
    for name, page in written(site).items():
        assert len(page.anchors) == len(set(page.anchors)), name


def test_boxes_of_diagrams_lead_to_pages(site: Path) -> None:
    count = 0
    for path in site.glob("*.svg"):
        links = [str(one.get("href")) for one in ElementTree.parse(path).iter(f"{SVG}a")]
        assert f"{path.stem}.html" in links
        assert [link for link in links if not (site / link).with_suffix(".md").is_file()] == []
        count += len(links)
    assert count > 500


def test_ending_of_links_in_diagrams_is_chosen(tmp_path: Path) -> None:
    made(tmp_path, {"t.xsd": document(complex_type("t"))}, "--link-end", "/")
    tree = ElementTree.parse(tmp_path / "out" / "a-t.svg")
    assert [one.get("href") for one in tree.iter(f"{SVG}a")] == ["a-t/"]


def test_what_is_required_is_told(tmp_path: Path) -> None:
    needed = '<xs:element name="{}" type="xs:string"/>'.format
    body = (
        '<xs:group name="g"><xs:sequence>' + needed("in_group") + "</xs:sequence></xs:group>"
        '<xs:complexType name="t"><xs:sequence>' + needed("plain") + element("optional")
        + '<xs:choice>' + needed("chosen") + '</xs:choice><xs:sequence minOccurs="0">' + needed("in_optional")
        + '</xs:sequence><xs:group ref="a:g"/>' + wrapped("list", '<xs:element name="x" maxOccurs="9" type="xs:int"/>')
        + '</xs:sequence><xs:attribute name="key" use="required" type="xs:int"/>' + attribute("other")
        + '</xs:complexType><xs:complexType name="u"><xs:sequence><xs:group minOccurs="0" ref="a:g"/></xs:sequence>'
        "</xs:complexType>"
    )  # fmt: skip
    pages = made(tmp_path, {"t.xsd": document(body)})
    required = {name for name, cells in pages["a-t.md"].fields.items() if "Required" in cells[1]}
    assert required == {"AT.plain", "AT.in_group", "AT.key"}
    assert pages["a-u.md"].fields["AU.in_group"] == ["in_group\nstr", "in_group"]


def test_structures_have_their_own_fields_with_the_whole_path(tmp_path: Path) -> None:
    inner = element("inner", inside=structure(element("deep", "xs:int")))
    pages = made(
        tmp_path, {"t.xsd": document(complex_type("t", element("outer", inside=structure(inner + element("x")))))}
    )
    fields = pages["a-t.md"].fields
    assert fields["ATOuterInner.deep"] == ["deep\nint", "outer/inner/deep"]
    assert fields["ATOuter.inner"] == ["inner\nATOuterInner", "outer/inner"]
    assert "a-t.md#ATOuterInner" in pages["a-t.md"].links


def test_types_whose_names_differ_in_capitals_alone_have_two_files() -> None:
    names = NameDecisions(classes={"a:type": "First", "a:Type": "Second"})
    ir = passed(document(complex_type("type") + complex_type("Type")), names=names)
    places = Places(ir)
    assert {cls.label: places.name(cls) for cls in ir.classes.values()} == {"a:type": "a-type-2", "a:Type": "a-Type"}


def test_addresses_are_percent_encoded() -> None:
    ir = passed(document(complex_type("größe", element("öl"))))
    places = Places(ir)
    cls = class_of(ir, "a:größe")
    assert places.page(cls) == "a-gr%C3%B6%C3%9Fe.md"
    assert places.field_link(cls, "öl", code("öl")) == "[`öl`](a-gr%C3%B6%C3%9Fe.md#AGr%C3%B6%C3%9Fe.%C3%B6l)"


def test_several_paths_are_shortened_to_what_they_end_with() -> None:
    assert shortened(()) == ""
    assert shortened(("/data/a/{ID}",)) == "/data/a/{ID}"
    assert shortened(("/data/a/resources/{ID}", "/data/b/out/resources/{ID}")) == "…/resources/{ID}"
    assert shortened(("/data/a", "/data/b")) == "…"


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = write_schemas(
        tmp_path / "schemas", {"t.xsd": document(complex_type("t", element("x")) + complex_type("u"))}
    )
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "xnat_codegen", "dictionary", "--schemas", str(folder), "--with-stock"]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([*command, "--out", str(out)], check=True, env=environment, cwd=tmp_path)
        found.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(found[0]) > 300
    assert found[0] == found[1]


def test_second_run_writes_nothing_and_drops_what_is_gone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(tmp_path, {"t.xsd": document(complex_type("t") + complex_type("u"))})
    before = state(out)
    (out / "notes.txt").write_text("mine\n")
    made(tmp_path, {"t.xsd": document(complex_type("t") + complex_type("u"))})
    assert {name: now for name, now in state(out).items() if name != "notes.txt"} == before
    made(tmp_path, {"t.xsd": document(complex_type("t"))})
    assert set(state(out)) == {"index.md", "fields.md", "a-t.md", "a-t.svg", "notes.txt"}


def test_a_run_that_was_cut_short_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xnat_codegen.dictionary import folder  # what is patched

    real, calls = folder.replace_file, []

    def interrupted(path: Path, content: bytes) -> None:
        calls.append(path.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(path, content)

    schemas = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    arguments = ["dictionary", "--schemas", str(schemas), "--out", str(tmp_path / "out")]
    with monkeypatch.context() as patched:
        patched.setattr(folder, "replace_file", interrupted)
        assert main(arguments) == 130
    assert calls[0] == "index.md"
    assert main(arguments) == 0
    assert set(state(tmp_path / "out")) == {"index.md", "fields.md", "a-t.md", "a-t.svg"}


def test_a_type_that_fails_is_told_and_the_rest_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_schemas(
        tmp_path / "schemas", {"t.xsd": document(complex_type("t") + complex_type("u", element("x", "a:nothing")))}
    )
    assert main(["dictionary", "--schemas", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert re.fullmatch(r"error: .*t\.xsd:\d+: a:u: .*\n", capsys.readouterr().err)
    assert {path.name for path in (tmp_path / "out").glob("*.md")} == {"index.md", "fields.md", "a-t.md"}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["notes.txt"], "out: is not empty and holds no data dictionary: name another --out"),
        (["index.md"], "out: is not empty and holds no data dictionary: name another --out"),
        (["index.md/x"], "out: is not empty and holds no data dictionary: name another --out"),
        (["", "a-t.md"], "out/a-t.md: was not generated and is in the way: move it or name another --out"),
        (["", "a-t.svg/x"], "out/a-t.svg: was not generated and is in the way: move it or name another --out"),
    ],
)
def test_what_is_in_the_way_is_one_line_and_nothing_changes(
    names: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    out = tmp_path / "out"
    for name in names:
        if not name:
            made(tmp_path, {"t.xsd": document(complex_type("u"))})
            write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
            continue
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine\n")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert main(["dictionary", "--schemas", "schemas", "--out", "out"]) == 2
    assert capsys.readouterr().err == f"error: {message.replace('/', os.sep)}\n"
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_folder_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    file = tmp_path / "file"
    file.write_text("mine\n")
    for out in (file, file / "below"):
        assert main(["dictionary", "--schemas", str(folder), "--out", str(out)]) == 2
        assert re.fullmatch(rf"error: {re.escape(str(out))}.*: cannot be (read|written): .+\n", capsys.readouterr().err)
    assert file.read_text() == "mine\n"


@pytest.mark.parametrize("package", ["json", "no-name", "xnat_codegen"])
def test_name_that_no_package_can_have_is_bad_input(
    package: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    arguments = ["dictionary", "--schemas", str(folder), "--package", package, "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith("choose another --package\n")
    assert not (tmp_path / "out").exists()
