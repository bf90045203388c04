"""No recording and no sample of ours is forgotten."""

from __future__ import annotations

import importlib
from pathlib import Path

from . import replays

NOT_COMPARED = {"INDEX.md": "tells where the others come from"}
"""Recording that no test compares -> reason."""

HERE = Path(__file__).parent


def compared() -> set[str]:
    """Return what all modules compare, also when only this one runs."""
    for path in sorted(HERE.glob("test_*.py")):
        importlib.import_module(f".{path.stem}", __package__)
    return replays.COMPARED


def test_every_recording_is_compared_or_left_out_with_a_reason(recordings):
    found = {path.name for path in recordings.iterdir()}
    known = {name for name in compared() if not name.startswith(replays.OWN)}
    assert found - known - set(NOT_COMPARED) == set()
    assert known - found == set()
    assert set(NOT_COMPARED) <= found
    assert not set(NOT_COMPARED) & known


def test_every_sample_of_ours_is_compared():
    own = {path.name for path in replays.SAMPLES.iterdir() if path.suffix != ".xsd"}
    assert own == {name for name in compared() if name.startswith(replays.OWN)}


def test_every_kind_has_a_sample_of_ours():
    """A module compares samples of both sorts, so that those who have no recordings check the same things."""
    source = {path.name: path.read_text() for path in HERE.glob("test_*.py") if path.name != Path(__file__).name}
    assert [name for name, text in source.items() if '"own-' not in text and "own-{" not in text] == []
