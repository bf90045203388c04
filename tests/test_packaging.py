"""The wheel and the editable install, each tried as a user has them: in environments of their own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from environments import ROOT, Environment, run

import xnat_emulator

CONNECT = """
import sys
from xnat_sdk import connect
with connect(sys.argv[1], user="admin", password="admin") as session:
    print(session.projects["sandbox"].id)
"""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    (found,) = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel without any extra."""
    return Environment(tmp_path_factory.mktemp("bare") / "venv", str(wheel))


@pytest.fixture(scope="module")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with the extras of the generator and the emulator."""
    return Environment(tmp_path_factory.mktemp("full") / "venv", f"{wheel}[codegen,emulator]")


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """Yield the URL that ``xnat-emulator serve --demo`` announces."""
    command = [program, "serve", "--demo", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            ready = server.stdout.readline()
            assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+\n", ready)
            yield ready.split()[1]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_wheel_holds_schemas_and_templates_for_both_rooms(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name: archive.read(name) for name in archive.namelist() if "/_data/" in name}
    expected = {f"xnat_codegen/_data/templates/{name}": data for name, data in tree(ROOT / "templates").items()}
    for room in ("xnat_codegen", "xnat_emulator"):
        expected |= {f"{room}/_data/schemas/{name}": data for name, data in tree(ROOT / "schemas").items()}
    assert {"xnat_codegen/_data/schemas/routes.toml", "xnat_emulator/_data/schemas/xnat/xnat.xsd"} <= shipped.keys()
    assert shipped == expected


def test_wheel_holds_the_four_packages_and_no_tests(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packages = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"xnat_codegen", "xnat_emulator", "xnat_runtime", "xnat_sdk"}
    assert {f"{package}/py.typed" for package in packages} <= set(names)


def test_sdist_holds_what_a_build_and_a_test_run_need(distributions: Path):
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "Makefile", "README.md", "constraints.txt", "hatch_build.py", "pyproject.toml"}
    wanted |= {"schemas/routes.toml", "docs/index.md", "tests/test_packaging.py", "tools/step.py"}
    assert wanted <= names


def test_installed_wheel_connects(bare: Environment, tmp_path: Path):
    with xnat_emulator.start(demo=True) as server:
        done = run(bare.python, "-c", CONNECT, server.url, cwd=tmp_path)
    assert done.stdout == "sandbox\n"


@pytest.mark.parametrize(
    ("program", "command", "extra"),
    [("xnat-codegen", "generate", "codegen"), ("xnat-emulator", "serve", "emulator"), ("xnat-sdk", "ls", "cli")],
)
def test_missing_extra_is_named_in_one_line(bare: Environment, tmp_path: Path, program: str, command: str, extra: str):
    done = run(bare.program(program), command, cwd=tmp_path, expect=2)
    assert len(done.stderr.splitlines()) == 1
    assert f"xnat-sdk[{extra}]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_pytest_runs_where_the_extras_are_missing(bare: Environment, tmp_path: Path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    assert True\n", encoding="utf-8")
    options = ["--quiet", "--no-input", "-c", ROOT / "constraints.txt"]
    run(sys.executable, "-m", "pip", "--python", bare.python, "install", *options, "pytest", cwd=tmp_path)
    assert "1 passed" in run(bare.python, "-m", "pytest", "-q", cwd=tmp_path).stdout


def test_installed_generator_writes_the_checked_in_package(full: Environment, tmp_path: Path):
    run(full.program("xnat-codegen"), "generate", cwd=tmp_path)
    assert tree(tmp_path / "generated" / "xnat_sdk") == tree(ROOT / "generated" / "xnat_sdk")


def test_installed_emulator_serves_the_demo(full: Environment, tmp_path: Path):
    with serving(full.program("xnat-emulator"), tmp_path) as url:
        done = run(full.python, "-c", CONNECT, url, cwd=tmp_path)
    assert done.stdout == "sandbox\n"


def test_editable_install_reads_the_checkout_and_copies_no_data(tmp_path: Path):
    editable = Environment(tmp_path / "venv", "hatchling")
    options = ["--quiet", "--no-input", "--no-deps", "--no-build-isolation", "--editable", ROOT]
    run(sys.executable, "-m", "pip", "--python", editable.python, "install", *options, cwd=tmp_path)
    assert list(editable.site_packages().rglob("_data")) == []
    code = "import importlib.util as found; print(found.find_spec('xnat_codegen').origin)"
    found = Path(run(editable.python, "-c", code, cwd=tmp_path).stdout.strip())
    assert found == ROOT / "codegen" / "xnat_codegen" / "__init__.py"
