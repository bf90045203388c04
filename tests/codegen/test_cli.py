"""How the command line behaves when something outside the input goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xnat_codegen import __version__
from xnat_codegen.cli import main
from xnat_codegen.read.files import find_files

from .factories import complex_type, document, element, run, write_schemas

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {name!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Missing())
from xnat_codegen import __version__
from xnat_codegen.cli import main
sys.exit(main(["generate", "--out", {out!r}]))
"""


def test_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"xnat-codegen {__version__}\n"


def test_plugin_builds_on_the_stock_schemas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = document(
        '<xs:import namespace="http://nrg.wustl.edu/xnat" schemaLocation="../xnat/xnat.xsd"/>'
        + complex_type("scoreData", element("score", "xs:float"), base="xnat:imageAssessorData"),
        attributes='xmlns:xnat="http://nrg.wustl.edu/xnat"',
    )
    folder = write_schemas(tmp_path / "plugin", {"plugin.xsd": text})
    arguments = ["generate", "--schemas", str(folder), "--package", "p", "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert "unknown base type {http://nrg.wustl.edu/xnat}imageAssessorData" in capsys.readouterr().err
    assert main([*arguments, "--with-stock"]) == 0
    module = (tmp_path / "p" / "models" / "a_score_data.py").read_text(encoding="utf-8")
    assert "from .image_assessor_data import ImageAssessorData" in module


@pytest.mark.parametrize("name", ["lxml", "xmlschema", "jinja2"])
def test_missing_extra_is_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = WITHOUT.format(name=name, out=str(out))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f'error: xnat-codegen needs the extra "codegen" ({name}): pip install "xnat-sdk[codegen]"\n'
    assert not out.exists()


def test_missing_formatter_is_one_line_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))})
    failed = subprocess.CompletedProcess[str]([], 1, "", f"{sys.executable}: No module named ruff\n")

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return failed

    monkeypatch.setattr("xnat_codegen.format.subprocess.run", run)
    assert main(["generate", "--schemas", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.endswith('pip install "xnat-sdk[codegen]"\n')
    assert not (tmp_path / "out").exists()


def test_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("xnat_codegen.cli._run", interrupted)
    assert main(["graph"]) == 130
    assert capsys.readouterr() == ("", "")


def test_reader_that_stops_early_is_no_error() -> None:
    code = "import sys; from xnat_codegen.cli import main; sys.exit(main(['explain', 'xnat:mrScanData']))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_characters_that_the_terminal_lacks_are_printed_escaped(tmp_path: Path) -> None:
    schemas = write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t", element("größe")))})
    options = ["--schemas", schemas, "--package", "p", "--out", tmp_path / "out"]
    done = run(["check", *options], environment={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert r"gr\xf6\xdfe: Attribute[str]" in done.stdout
    assert done.stderr == ""


def test_schemas_in_linked_folders_are_read_once(tmp_path: Path) -> None:
    elsewhere = write_schemas(tmp_path / "elsewhere", {"t.xsd": document(complex_type("t"))})
    schemas = write_schemas(tmp_path / "schemas", {"u.xsd": document(complex_type("u"), prefix="b")})
    (schemas / "linked").symlink_to(elsewhere)
    (schemas / "linked_again").symlink_to(elsewhere)
    (schemas / "circle").symlink_to(schemas)
    assert [one.name for one in find_files([schemas])] == ["linked/t.xsd", "u.xsd"]
