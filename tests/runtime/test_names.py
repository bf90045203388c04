from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xnat_runtime.errors import UnsafeNameError
from xnat_runtime.names import safe_parts

EVIL = [
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/..",
    "..",
    ".",
    "./a",
    "a//b",
    "",
    "a/",
    "C:/x",
    "c:x",
    "a\\b",
    "..\\x",
    "\\\\host\\share\\x",
    "a\x00b",
    "a\nb",
    "con",
    "CON.txt",
    "a/Nul.dcm/b",
    "lpt9",
    "com\u00b9.log",
    "aux .txt",
    "CONIN$",
    "x" * 256,
    "é" * 128,
]


@pytest.mark.parametrize("name", EVIL)
def test_unsafe_names_are_refused_and_named(name: str):
    with pytest.raises(UnsafeNameError, match="not written to disk, because it") as caught:
        safe_parts(name)
    assert caught.value.name == name
    assert caught.value.__class__.__name__ == "UnsafeNameError"


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "S1/scans/1-T1_MPRAGE/resources/DICOM/files/a.dcm",
        "...",
        "..a",
        "console.txt",
        "a b",
        "é",
        "scan 10:20",
        "com10",
    ],
)
def test_ordinary_names_are_taken_apart(name: str):
    assert safe_parts(name) == tuple(name.split("/"))


@given(st.text())
def test_a_name_is_refused_or_stays_below_its_folder(name: str):
    try:
        parts = safe_parts(name)
    except UnsafeNameError:
        return
    for kind in (PurePosixPath, PureWindowsPath):
        assert not kind(name).is_absolute()
        assert not set(kind(name).parts) & {"..", "/", "\\"}
    assert Path("/below").joinpath(*parts).is_relative_to("/below")
