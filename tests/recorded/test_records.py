"""Records of the low-level API read what real servers sent."""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest

from xnat_runtime.records import Maybe, Record
from xnat_sdk.api import records

OWN = Path(__file__).with_name("samples")
REAL = Path(os.environ.get("XNAT_SHARED") or OWN.parents[3] / "shared") / "real-responses"
# Ours are made like the recorded ones, which are not part of the project and read where they are at hand.
SAMPLES = {path.name.removeprefix("own-"): path for folder in (REAL, OWN) for path in sorted(folder.glob("*.json"))}
ROWS = {
    "listing-assessors": records.AssessorRow,
    "listing-experiments": records.ExperimentRow,
    "listing-projects": records.ProjectRow,
    "listing-scans": records.ScanRow,
    "listing-subjects": records.SubjectRow,
    "prearchive-sessions": records.PrearchiveRow,
    "resources": records.ResourceRow,
    "files": records.FileRow,
    "dicomdump": records.DicomElementRow,
    "config": records.ConfigRow,
    "search-elements": records.SearchElementRow,
}
CASES = sorted((name, kind) for name in SAMPLES for start, kind in ROWS.items() if name.startswith(start))


def fields(kind: type[Record]) -> list[str]:
    return [name for name in dir(kind) if isinstance(inspect.getattr_static(kind, name), Maybe)]


def loaded(name: str) -> Any:  # the JSON of an answer
    return json.loads(SAMPLES[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_rows(name: str, kind: type[Record]) -> None:
    document = loaded(name)
    # Of some answers only the rows are kept.
    rows = [kind(row) for row in (document if isinstance(document, list) else document["ResultSet"]["Result"])]
    assert rows
    for row in rows:
        sent = {one for one in fields(kind) if inspect.getattr_static(kind, one).name in row}
        assert sent
        read = {one: getattr(row, one) for one in sent}
        assert any(value is not None for value in read.values())


def test_build() -> None:
    build = records.BuildInfo(loaded("buildinfo.json"))
    assert build.version.startswith("1.")
    assert (build.is_dirty, build.timestamp is None) == (False, False)
