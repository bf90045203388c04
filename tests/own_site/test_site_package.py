"""A site's package: fetched from its server, generated, installed, checked for types, and used."""

from __future__ import annotations

import ast
import zipfile
from pathlib import Path

import pytest
from environments import ROOT, Environment, build_wheel, run
from own_site.checking import Checker, mypy, pyright, wrong_lines

import xnat_emulator
from xnat_codegen.cli import main
from xnat_emulator import Emulator

PROGRAMS = Path(__file__).resolve().parent / "programs"
NEW = """\
NeurolabTumourReadingData A. Reader very high 3 2026-03-04
1 frontal 2.5 [('long', 21.5), ('short', 9.0)]
R2 unet 0.875 net
carer 7 {'sleep': 'poor', 'appetite': 'good'} SubjectData
['R1']
['R1']
[('R1', 3), ('R2', 2)]
[7]
['grade 3']
"""
LAZY = """
import sys
import neuro_xnat
from neuro_xnat.models import NeurolabMoodFormData
loaded = [name for name in sys.modules if name.startswith("neuro_xnat.models.")]
print(*sorted(name.rpartition(".")[2] for name in loaded))
print("urllib3" in sys.modules, "lxml" in sys.modules)
"""


def test_fetched_folder_is_what_the_server_has(neuro_schemas: Path) -> None:
    have = {path.relative_to(neuro_schemas).as_posix(): path.read_bytes() for path in neuro_schemas.rglob("*.xsd")}
    stock = {path.relative_to(ROOT / "schemas").as_posix(): path.read_bytes() for path in ROOT.glob("schemas/*/*.xsd")}
    own = Path(__file__).parent / "plugin" / "neurolab" / "neurolab.xsd"
    assert have == stock | {"neurolab/neurolab.xsd": own.read_bytes()}


def test_check_says_whether_the_package_is_what_the_schemas_say(
    neuro_schemas: Path, neuro_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--schemas", str(neuro_schemas), "--package", "neuro_xnat", "-o", str(neuro_project)]
    assert main(["check", *options]) == 0
    project = neuro_project / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("hatchling>=1.26", "hatchling"), encoding="utf-8")
    try:
        assert main(["check", *options]) == 1
    finally:
        project.write_text(text, encoding="utf-8")
    assert "+++ b/pyproject.toml" in capsys.readouterr().out


def test_types_of_the_plugin_build_on_those_of_the_package_itself(neuro_project: Path) -> None:
    for path in (neuro_project / "neuro_xnat").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        roots = {
            node.module.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and not node.level
        }
        assert "xnat_sdk" not in roots, path
    module = neuro_project / "neuro_xnat" / "models" / "neurolab_segmented_reading_data.py"
    assert "from .neurolab_tumour_reading_data import NeurolabTumourReadingData" in module.read_text(encoding="utf-8")


def test_wheel_holds_the_package_its_marker_and_its_entry_point(neuro_project: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(neuro_project, tmp_path)) as wheel:
        names = set(wheel.namelist())
        (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        metadata = wheel.read(f"{info}/METADATA").decode()
        entries = wheel.read(f"{info}/entry_points.txt").decode()
    assert {"neuro_xnat/py.typed", "neuro_xnat/models/neurolab_mood_form_data.py"} <= names
    assert {name.partition("/")[0] for name in names} == {"neuro_xnat", info}
    assert "Requires-Dist: xnat-sdk<0.2,>=0.1.0" in metadata
    assert "neuro_xnat = neuro_xnat.pytest_plugin" in entries
    assert "neuro-xnat = neuro_xnat.__main__:main" in entries


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("name", ["reading.py", "side_by_side.py", "wrong_reading.py"])
def test_checkers_find_the_mistakes_and_nothing_else(
    checker: Checker, name: str, sites: Environment, tmp_path: Path
) -> None:
    program = tmp_path / name
    program.write_bytes((PROGRAMS / name).read_bytes())
    assert checker(program, sites, tmp_path) == wrong_lines(program)
    assert len(wrong_lines(program)) == (14 if name.startswith("wrong") else 0)


def test_program_creates_reads_searches_and_downloads(
    sites: Environment, neuro_server: Emulator, tmp_path: Path
) -> None:
    neuro_server.reset()
    done = run(sites.python, "-W", "error", PROGRAMS / "reading.py", neuro_server.url, tmp_path / "files", cwd=tmp_path)
    assert done.stdout == NEW


def test_fetched_schemas_make_a_server_that_stands_in_for_the_site(
    sites: Environment, neuro_schemas: Path, tmp_path: Path
) -> None:
    with xnat_emulator.start(schemas=neuro_schemas) as server:
        done = run(sites.python, "-W", "error", PROGRAMS / "reading.py", server.url, tmp_path / "files", cwd=tmp_path)
    assert done.stdout == NEW


def test_two_sites_and_the_stock_package_do_not_meet(
    sites: Environment, neuro_server: Emulator, other_server: Emulator, tmp_path: Path
) -> None:
    neuro_server.reset()
    other_server.reset()
    command = [PROGRAMS / "side_by_side.py", neuro_server.url, other_server.url]
    assert run(sites.python, "-W", "error", *command, cwd=tmp_path).stdout == "side by side\n"


def test_types_are_imported_when_they_are_used(sites: Environment, tmp_path: Path) -> None:
    loaded, heavy = run(sites.python, "-c", LAZY, cwd=tmp_path).stdout.splitlines()
    assert loaded == "experiment_data neurolab_mood_form_data subject_assessor_data"
    assert heavy == "False False"


def test_command_line_of_the_package_knows_the_types_of_the_site(
    sites: Environment, neuro_server: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    neuro_server.reset()
    run(sites.python, PROGRAMS / "reading.py", neuro_server.url, tmp_path / "files", cwd=tmp_path)
    for name, value in {"HOST": neuro_server.url, "USER": neuro_server.user, "PASS": neuro_server.password}.items():
        monkeypatch.setenv(f"XNAT_{name}", value)
    program = sites.program("neuro-xnat")
    assert run(program, "--help", cwd=tmp_path).stdout.startswith("Usage: neuro-xnat COMMAND")
    words = ("search", "NeurolabTumourReadingData", "confidence=very high", "--columns", "label,who_grade", "--csv")
    assert run(program, *words, cwd=tmp_path).stdout == "label,who_grade\nR1,3\n"
    stock = run(sites.program("xnat-sdk"), *words, cwd=tmp_path, expect=2)
    assert "NeurolabTumourReadingData" in stock.stderr
