"""Whole packages, byte for byte; see ``cases/README.md``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xnat_codegen.cli import main

from .factories import ROOT
from .regen import CASES, cases, options


def test_there_are_cases() -> None:
    assert [case.name for case in cases()] == ["bare", "small"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_package_is_as_expected(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check", *options(case)])
    assert capsys.readouterr() == ("", "")
    assert status == 0


def test_expected_packages_are_strictly_typed(tmp_path: Path) -> None:
    folders = [str(case / "generated") for case in cases()]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([*folders, str(ROOT / "runtime")])}
    packages = [part for case in cases() for part in ("-p", case.name)]
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), *packages]
    done = subprocess.run(command, capture_output=True, check=False, text=True, env=environment, cwd=tmp_path)
    assert done.stdout.startswith("Success: no issues found"), done.stdout


def test_generated_classes_work(tmp_path: Path) -> None:
    code = """
import datetime
from small.models import DemographicData, DemographicDataGender, PlugAnimalData, PlugAnimalDataCage, SubjectData
person = DemographicData(dob=datetime.date(2001, 2, 3), gender="male")
assert (person.dob, person.gender, person.yob) == (datetime.date(2001, 2, 3), "male", None)
try:
    person.gender = "other"
except ValueError as error:
    assert "takes one of 'male', 'worst ever'" in str(error)
try:
    PlugAnimalDataCage(since=1800)
except ValueError as error:
    assert "from 1900 to 2100" in str(error)
assert issubclass(PlugAnimalData, SubjectData)
assert repr(PlugAnimalData.lambda_) == "<QueryField plug:animalData/lambda (integer)>"
from small._registry import REGISTRY
assert REGISTRY.lineage("plug:animalData") == ["plug:animalData", "xnat:subjectData"]
assert REGISTRY.load("plug:animalData") is PlugAnimalData
import small
assert "models" in dir(small) and small.NotFoundError.__module__ == "xnat_runtime.errors"
from small.routes import LIST_PROJECTS
assert LIST_PROJECTS.uri() == "/data/projects"
print("fine")
"""
    paths = [str(CASES / "small" / "generated"), str(ROOT / "runtime")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("fine\n", "")
