"""The program examples/list_scan_files.py, run as people run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk as xnat

from .pages import ROOT
from .running import variables_of

PROGRAM = ROOT / "examples" / "list_scan_files.py"
SCAN = {"--project": "sandbox", "--subject": "test001", "--session": "test001_MR", "--scan": "T1"}


@pytest.fixture(scope="module")
def demo() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(demo=True) as demo:
        yield demo


def run(demo: xnat_emulator.Emulator, options: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    words = [word for pair in options.items() for word in pair]
    return subprocess.run(
        [sys.executable, str(PROGRAM), *words],
        env={**os.environ, **variables_of(demo), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def test_it_lists_the_files_of_a_scan(demo):
    done = run(demo, SCAN)
    with xnat.connect(demo.url, demo.user, demo.password) as connection:
        names = [file.name for file in connection.projects["sandbox"].sessions["test001_MR"].scans["T1"].files]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == names
    assert len(names) == 25


def test_it_takes_the_host_ids_and_a_filter(demo, tmp_path: Path):
    start = len(demo.requests)
    by_id = {"--project": "sandbox", "--subject": "XNAT_S00001", "--session": "XNAT_E00001", "--scan": "2"}
    done = run(demo, {**by_id, "--xnathost": demo.url, "--filter": r"T1\.nii"}, XNAT_HOST="")
    assert (done.returncode, done.stdout) == (0, "T1.nii.gz\n")
    assert len(demo.requests) - start == 7, "login, four levels, files, logout"


def test_a_pattern_that_is_none_is_a_wrong_argument(demo):
    start = len(demo.requests)
    done = run(demo, {**SCAN, "--filter": "(.*"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith(
        "'(.*' is no regular expression: missing ), unterminated subpattern at position 0"
    )
    assert len(demo.requests) == start


def test_arguments_that_are_missing_are_named(demo):
    done = run(demo, {"--project": "sandbox"})
    assert done.returncode == 2
    assert "--subject, --session, --scan" in done.stderr


@pytest.mark.parametrize("level", SCAN)
def test_what_is_not_there_is_named_in_one_line(demo, level: str):
    done = run(demo, {**SCAN, level: "nothing"})
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("list_scan_files: 'nothing' is neither an ID nor a ")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"XNAT_PASS": "wrong"}, "401"),
        ({"XNAT_HOST": ""}, "No server is given"),
        ({"XNAT_HOST": "http://127.0.0.1:1"}, "cannot connect"),
    ],
)
def test_a_login_that_fails_is_one_line(demo, variables: dict[str, str], told: str):
    done = run(demo, SCAN, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert told in line
    assert "wrong" not in line.replace("went wrong", "")
