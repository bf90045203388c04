"""The package that is made of the stock schemas."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from xnat_codegen.cli import main
from xnat_codegen.docstrings import class_docstring, member_docstring
from xnat_codegen.ir import Ir, Kind

from .factories import ROOT, class_of, kinds, member_of

NAMES = Path(__file__).with_name("xnatpy_names.txt")
# Properties that users of xnatpy know, that stand under another name here: type -> old name -> ours. An empty
# name: an object inside a document, which is reached by its own path.
MOVED = {
    "xnat:imageAssessorData": {"in_": "in_resources", "out": "out_resources"},
    "xnat:reconstructedImageData": {"in_": "in_resources", "out": "out_resources"},
    "xnat:imageScanData": {"file": "resources"},
    "xnat:projectData": {"publications": ""},
    "xnat:regionResource": {"baseimage": "", "file": ""},
}


def test_package_in_the_repository_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check", "--out", str(ROOT / "generated")])
    assert capsys.readouterr() == ("", "")
    assert status == 0


def test_everything_can_be_imported() -> None:
    code = """
import xnat_sdk, xnat_sdk.listings, xnat_sdk.models, xnat_sdk.routes
from xnat_sdk._registry import REGISTRY
assert all(getattr(xnat_sdk, name) is not None for name in xnat_sdk.__all__)
assert all(getattr(xnat_sdk.models, name) is not None for name in dir(xnat_sdk.models))
assert all(REGISTRY.load(name).xsi_type == name for name in REGISTRY.types)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_left_out_and_nothing_is_warned_of(stock: Ir) -> None:
    assert stock.problems == []


def test_all_types_of_all_namespaces_are_there(stock: Ir) -> None:
    counts = Counter(cls.label.partition(":")[0] for cls in stock.classes.values())
    assert counts == {
        "xnat": 137,
        "xdat": 23,
        "cat": 4,
        "wrk": 3,
        "arc": 7,
        "scr": 2,
        "val": 2,
        "xnat_a": 5,
        "pipe": 2,
        "build": 4,
        "prov": 2,
    }


def test_class_and_property_names_are_those_that_xnatpy_users_know(stock: Ir) -> None:
    wrong: list[str] = []
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        label, class_name, *known = line.split()
        cls = class_of(stock, label)
        ours = {str(member.python_name) for member in cls.members} | {str(one.property) for one in cls.collections}
        moved = MOVED.get(label, {})
        names = {moved.get(name, name) for name in known} - {""}
        wrong += [] if cls.python_name == class_name else [f"{label}: {cls.python_name} instead of {class_name}"]
        wrong += [f"{label}: no {name}" for name in sorted(names - ours)]
    assert wrong == []


def test_every_class_and_field_has_a_docstring(stock: Ir) -> None:
    for cls in stock.all_classes():
        assert class_docstring(cls).strip()
        assert all(member_docstring(member).strip() for member in cls.members)
        assert all(one.title for one in cls.collections)


def test_scan_parameters_are_nested_four_levels_deep(stock: Ir) -> None:
    assert member_of(stock, "xnat:mrScanData/parameters/voxelRes", "x").codec == "FLOAT"
    assert kinds(stock, "xnat:qcAssessmentData/scans/scan/sliceQC/slice")["slice_statistics"] is Kind.NESTED


def test_collections_replace_the_members_that_they_list(stock: Ir) -> None:
    session = class_of(stock, "xnat:imageSessionData")
    assert {"scans", "assessors", "reconstructions"} <= {str(one.property) for one in session.collections}
    assert {"scans", "assessors", "reconstructions"}.isdisjoint(kinds(stock, "xnat:imageSessionData"))


def test_three_shapes_of_sharing(stock: Ir) -> None:
    labels = ("xnat:subjectData", "xnat:experimentData", "xnat:imageScanData")
    members = [member_of(stock, label, "sharing/share") for label in labels]
    assert [member.kind for member in members] == [Kind.KEYED_ITEMS] * 3
    assert [member.target and str(member.target.python_name) for member in members] == [
        "ProjectParticipant",
        "ExperimentDataSharing",
        "ImageScanDataSharing",
    ]


def test_persons_are_not_told_apart_by_their_last_name(stock: Ir) -> None:
    assert member_of(stock, "xnat:projectData", "investigators/investigator").kind is Kind.ITEMS


def test_json_and_long_text(stock: Ir) -> None:
    assert member_of(stock, "xnat:subjectData", "custom_fields").codec == "JSON"
    assert member_of(stock, "xnat:experimentData", "fields/field").codec == "TEXT"
