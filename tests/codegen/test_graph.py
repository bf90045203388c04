"""``graph``: pictures of data types that hold together, and the same as text for Mermaid."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from xnat_codegen.cli import main
from xnat_codegen.graph.boxes import CHARACTER, Box, Picture
from xnat_codegen.graph.forest import forest
from xnat_codegen.graph.model import around, whole
from xnat_codegen.graph.star import star
from xnat_codegen.ir import Ir
from xnat_codegen.model.route import RouteFile

from .factories import attribute, collection, complex_type, document, element, passed, structure, write_schemas

SVG = "{http://www.w3.org/2000/svg}"
BODY = (
    complex_type("base", element("x", "xs:int"))
    + complex_type("heir", element("part", "a:part", many=True), base="a:base")
    + complex_type("grandchild", base="a:heir")
    + complex_type("part", attributes=attribute("n"))
    + complex_type("holder", element("inside", inside=structure(element("one", "a:base"), attributes=attribute("k"))))
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A namespace of five types, and another one with a type that extends one of them."""
    other = complex_type("far", base="a:base")
    texts = {
        "a.xsd": document(BODY),
        "b.xsd": document(other, prefix="b", attributes='xmlns:a="urn:a"'),
    }
    return write_schemas(tmp_path / "schemas", texts)


def overlapping(picture: Picture) -> list[tuple[str, str]]:
    """Returns the pairs of boxes that cover each other."""

    def meet(one: Box, other: Box) -> bool:
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        return not beside and not (one.y + one.height <= other.y or other.y + other.height <= one.y)

    return [(one.node.name, other.node.name) for one, other in combinations(picture.boxes, 2) if meet(one, other)]


def drawn(text: str) -> list[str]:
    """Returns the texts of an SVG document."""
    return [one.text or "" for one in ElementTree.fromstring(text).iter(f"{SVG}text")]


def test_picture_of_all_types_has_each_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder)]) == 0
    texts = drawn(capsys.readouterr().out)
    names = [text for text in texts if ":" in text]
    assert sorted(names) == ["a:base", "a:grandchild", "a:heir", "a:holder", "a:part", "b:far"]
    assert {"ABase", "BFar"} <= set(texts)


def test_picture_of_a_namespace_has_what_its_types_extend_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", "--schemas", str(folder), "--namespace", "b"]) == 0
    assert {text for text in drawn(capsys.readouterr().out) if ":" in text} == {"a:base", "b:far"}


def test_picture_around_a_type_has_its_fields_and_neighbours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder), "--type", "a:heir"]) == 0
    texts = drawn(capsys.readouterr().out)
    assert {"a:base", "a:heir", "a:grandchild", "a:part", "a:holder"} <= set(texts)
    assert "part: Items[APart]" in texts
    assert {"part", "inside/one"} <= set(texts)
    assert "b:far" not in texts


def test_mermaid_says_what_extends_and_what_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder), "--namespace", "a", "--format", "mermaid"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "classDiagram"
    assert 'class AHeir["a:heir"]' in lines
    assert {
        "ABase <|-- AHeir",
        "AHeir <|-- AGrandchild",
        "AHeir o-- APart : part",
        "AHolder o-- ABase : inside/one",
    } <= (set(lines))


def test_mermaid_around_a_type_has_its_fields(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder), "--type", "heir", "--format", "mermaid"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "+part: Items~APart~" in lines


def test_collections_are_held_too() -> None:
    routes = RouteFile((collection("heirs", "a:holder", "a:heir"),), (), {})
    edges = whole(passed(document(BODY), routes=routes)).between("holds", source="a:holder")
    assert [(edge.target, edge.text) for edge in edges] == [("a:base", "inside/one"), ("a:heir", "heirs (collection)")]


@pytest.mark.parametrize("name", ["xnat:imageScanData", "xnat:experimentData", "xnat:projectData", "xnat:resource"])
def test_nothing_overlaps_around_a_stock_type(name: str, stock: Ir) -> None:
    picture = star(around(stock, name))
    assert overlapping(picture) == []
    labels = sorted((line.text_at, line.text) for line in picture.lines if line.text)
    for (at, text), (other_at, _) in pairwise(labels):
        assert abs(at[1] - other_at[1]) >= 12 or at[0] + len(text) * CHARACTER <= other_at[0]


def test_nothing_overlaps_among_all_stock_types_and_texts_fit(stock: Ir) -> None:
    picture = forest(whole(stock))
    assert overlapping(picture) == []
    assert len(picture.boxes) == len(stock.classes)
    assert all(max(len(box.node.name), len(box.node.python)) * CHARACTER < box.width for box in picture.boxes)


def test_picture_is_written_to_a_file_and_is_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.svg", "other.svg")]
    for file in files:
        assert main(["graph", "--schemas", str(folder), "-o", str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert ElementTree.parse(files[0]).getroot().tag == f"{SVG}svg"


def test_namespace_without_types_is_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder), "--namespace", "c"]) == 2
    assert capsys.readouterr().err == "error: no data type has the prefix 'c'; there are a, b\n"


def test_type_and_namespace_together_are_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--schemas", str(folder), "--namespace", "a", "--type", "a:heir"]) == 2
    assert capsys.readouterr().err == "error: give --type or --namespace, not both\n"
