"""Which files of an item are downloaded, by patterns."""

from __future__ import annotations

import pytest

from xnat_runtime.transfers.file_choice import EVERY_FILE, FileChoice
from xnat_runtime.transfers.plan import Listed

TYPES = {"1": "localizer", "2": "T1", "12": "2"}


def row(path: str, resource: str = "DICOM", scan: str = "") -> Listed:
    return Listed(f"/data/x/{path}", path, resource, scan, 1, None)


def wants(choice: FileChoice, *rows: Listed) -> list[bool]:
    return [choice.wants(each, lambda: TYPES) for each in rows]


def test_every_file_is_wanted_without_patterns():
    assert EVERY_FILE.is_of_all
    assert FileChoice(scans=[], files=[]).is_of_all
    assert not FileChoice(paths=("a",)).is_of_all
    assert wants(EVERY_FILE, row("a"), row("b", "NIFTI", "2")) == [True, True]


def test_types_are_asked_only_for_patterns_of_scans():
    def never() -> dict[str, str]:
        raise AssertionError

    assert FileChoice(resources=["D*"], files=["*.dcm"]).wants(row("a.dcm", scan="1"), never)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (FileChoice(scans=["T?"]), [False, True, False, False]),
        (FileChoice(scans=["2"]), [False, True, True, False]),
        (FileChoice(scans=["1"]), [True, False, False, False]),
        (FileChoice(without_scans=["loc*"]), [False, True, True, True]),
        (FileChoice(without_scans=["1"]), [False, True, True, True]),
        (FileChoice(scans=["*"], without_scans=["T1"]), [True, False, True, False]),
    ],
)
def test_scans_by_type_or_whole_id(choice, expected):
    rows = [row("a", scan="1"), row("a", scan="2"), row("a", scan="12"), row("a")]
    assert wants(choice, *rows) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (FileChoice(files=["*.nii"]), [True, True, False]),
        (FileChoice(files=["sub/*"]), [False, True, False]),
        (FileChoice(paths=["t1.nii"]), [True, False, False]),
        (FileChoice(paths=["a[1].txt"]), [False, False, True]),
        (FileChoice(without_files=["t1.nii"]), [False, False, True]),
        (FileChoice(files=["*.nii"], resources=["OTHER"]), [False, False, False]),
        (FileChoice(without_resources=["DI*"]), [False, False, False]),
    ],
)
def test_files_by_path_or_name(choice, expected):
    assert wants(choice, row("t1.nii"), row("sub/t1.nii"), row("a[1].txt")) == expected
