"""The ``pyproject.toml`` beside a site's package: written for it, kept when it is somebody else's."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xnat_codegen import __version__
from xnat_codegen.cli import main
from xnat_codegen.errors import CodegenError
from xnat_codegen.project import FIRST_LINE, distribution_name

from .factories import complex_type, document, write_schemas


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """What a run needs beside the package and the folder."""
    return ["--schemas", str(write_schemas(tmp_path / "schemas", {"t.xsd": document(complex_type("t"))}))]


def generate(options: list[str], out: Path, package: str, *more: str, command: str = "generate") -> int:
    return main([command, *options, "--package", package, "-o", str(out), *more])


def test_site_package_is_a_project(options: list[str], tmp_path: Path) -> None:
    assert generate(options, tmp_path / "out", "my_site_xnat") == 0
    text = (tmp_path / "out" / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert text.splitlines()[0] == FIRST_LINE
    assert (project["name"], project["version"]) == ("my-site-xnat", "0.1.0")
    assert project["dependencies"] == [f"xnat-sdk>={__version__},<0.2"]
    assert project["entry-points"] == {"pytest11": {"my_site_xnat": "my_site_xnat.pytest_plugin"}}
    assert generate(options, tmp_path / "out", "my_site_xnat", command="check") == 0


def test_stock_package_has_none_of_its_own(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(options, tmp_path / "out", "xnat_sdk") == 0
    assert not (tmp_path / "out" / "pyproject.toml").exists()
    assert generate(options, tmp_path / "out", "xnat_sdk", "--project") == 2
    assert "give --package for one of your own" in capsys.readouterr().err


def test_no_project_leaves_it_out(options: list[str], tmp_path: Path) -> None:
    assert generate(options, tmp_path / "out", "p", "--no-project") == 0
    assert not (tmp_path / "out" / "pyproject.toml").exists()
    assert generate(options, tmp_path / "out", "p", command="check") == 1
    assert generate(options, tmp_path / "out", "p", "--no-project", command="check") == 0


def test_version_is_kept(options: list[str], tmp_path: Path) -> None:
    assert generate(options, tmp_path, "p") == 0
    path = tmp_path / "pyproject.toml"
    path.write_text(path.read_text().replace('"0.1.0"', '"2026.11"').replace("Typed", "Edited"), encoding="utf-8")
    assert generate(options, tmp_path, "p", command="check") == 1
    assert generate(options, tmp_path, "p") == 0
    assert tomllib.loads(path.read_text())["project"]["version"] == "2026.11"
    assert "Edited" not in path.read_text()
    assert generate(options, tmp_path, "p", command="check") == 0


@pytest.mark.parametrize("text", ["[project]\nname = 'mine'\n", "", "\n" + FIRST_LINE])
def test_file_that_somebody_wrote_is_left_alone(
    text: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    assert generate(options, tmp_path, "p") == 0
    assert generate(options, tmp_path, "p", command="check") == 0
    assert capsys.readouterr() == ("", "")
    assert generate(options, tmp_path, "q", "--project") == 2
    assert f"{path}: was not generated and is in the way" in capsys.readouterr().err
    assert path.read_text() == text
    assert not (tmp_path / "q").exists()


def test_file_of_another_package_is_kept_and_told(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(options, tmp_path, "p") == 0
    assert generate(options, tmp_path, "q") == 0
    assert capsys.readouterr().err == (
        f"warning: {tmp_path / 'pyproject.toml'}: no pyproject.toml was written, since this one belongs to the package "
        "'p': name another --out\n"
    )
    assert generate(options, tmp_path, "q", "--project") == 2
    assert tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]["name"] == "p"


@pytest.mark.parametrize(
    ("body", "message"),
    [("project = ", "cannot be read as TOML"), ('[project]\nversion = "1 2\\n3"', "is no version")],
)
def test_file_that_was_broken_by_hand_is_told(
    body: str, message: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{FIRST_LINE}\n{body}\n", encoding="utf-8")
    assert generate(options, tmp_path, "p") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("package", "name"), [("site_xnat", "site-xnat"), ("_Site__X", "site-x"), ("x", "x"), ("a1_", "a1")]
)
def test_distribution_is_called_like_the_package(package: str, name: str) -> None:
    assert distribution_name(package) == name


@pytest.mark.parametrize("package", ["größe", "_"])
def test_package_that_cannot_be_a_distribution(package: str) -> None:
    with pytest.raises(CodegenError, match="or --no-project"):
        distribution_name(package)


@pytest.mark.parametrize("package", ["xnat_runtime", "xnat_codegen", "site", "json"])
def test_package_that_would_hide_another_is_refused(
    package: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(options, tmp_path, package) == 2
    assert f"a package {package!r} would hide the one that Python needs" in capsys.readouterr().err


def test_pytest_fixture_is_called_after_the_package(options: list[str], tmp_path: Path) -> None:
    assert generate(options, tmp_path, "my_xnat") == 0
    assert "def my_xnat_session(" in (tmp_path / "my_xnat" / "pytest_plugin.py").read_text()
