"""Which samples are compared where, and the ways of comparing that all kinds of answers share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent / "samples"
OWN = "own-"
"""How the names of our own samples begin."""

COMPARED: set[str] = set()
"""Samples that some test compares."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.(?:0|\d{0,5}[1-9])")
"""Up to microseconds, zeros at the end cut but for one (D12)."""

GENERATED = {
    "insert_date": MOMENT,
    "last_modified": MOMENT,
    "create_date": MOMENT,
    "xnat_imagescandata_id": re.compile(r"\d+"),
    "xnat_abstractresource_id": re.compile(r"\d+"),
    "cat_ID": re.compile(r"\d+"),
}
"""Cells that each server makes, with the form they must have."""


def replays(*samples: str | tuple[str, ...], also: Iterable[str] = ()) -> pytest.MarkDecorator:
    """Parametrize a test with samples, and note that they are compared.

    Args:
        samples: Names, or names with the values of further arguments of the test.
        also: Names of those further arguments.
    """
    cases = [case if isinstance(case, tuple) else (case,) for case in samples]
    COMPARED.update(case[0] for case in cases)
    return pytest.mark.parametrize(("name", *also), cases, ids=[case[0] for case in cases])


def java_order(keys: Iterable[str]) -> list[str]:
    """Return keys in the order of a hash map of Java (D1); written once more here, apart from the server's."""
    names = list(keys)
    size = 16
    while len(names) > 0.75 * size:
        size *= 2
    return sorted(names, key=lambda name: bucket(name, size))


def bucket(name: str, size: int) -> int:
    code = 0
    for letter in name:
        code = (31 * code + ord(letter)) & 0xFFFFFFFF
    return (code ^ code >> 16) & (size - 1)


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a recorded listing, whose envelope may be missing."""
    document = json.loads(text)
    return document if isinstance(document, list) else document["ResultSet"]["Result"]


def envelope(rows: Iterable[Mapping[str, Any]], **facts: str) -> str:
    """Return a listing with the server's spacing (D18): a blank before the facts and behind their colons."""
    result = ",".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows)
    tail = ",".join(f'"{key}": {json.dumps(value)}' for key, value in facts.items())
    return f'{{"ResultSet":{{"Result":[{result}]{", " if tail else ""}{tail}}}}}'


def with_generated(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recorded row with the cells that only this server can know; both must have their form."""
    made = dict(was)
    for key, form in GENERATED.items():
        if key in was:
            assert form.fullmatch(was[key]), f"recorded {key}: {was[key]}"
            assert form.fullmatch(now[key]), f"{key}: {now[key]}"
            made[key] = now[key]
    return made


def assert_listing(text: str, was: list[dict[str, str]], *, reorder: bool = False, **facts: str) -> None:
    """Compare a listing byte for byte, but for what each server makes itself.

    Args:
        text: What the emulator answered.
        was: Recorded rows.
        reorder: The recording lost its order: take the one that all others have.
        facts: What stands behind the number of rows.
    """
    now = json.loads(text)["ResultSet"]["Result"]
    assert len(now) == len(was), text
    wanted = [with_generated(row, mine) for row, mine in zip(was, now, strict=True)]
    if reorder:
        # Keys of one bucket stand in the order of the server's columns, which a lost order cannot tell.
        wanted = [{key: row[key] for key in java_order(mine)} for row, mine in zip(wanted, now, strict=True)]
    expected = envelope(wanted, totalRecords=str(len(was)), **facts)
    assert text == expected, f"\nnow {text}\nnot {expected}"


def kinds(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return keys in their order, each with the kind of its value; the two kinds of numbers are one in JSON."""
    return [(key, "number" if type(value) in (int, float) else type(value).__name__) for key, value in entry.items()]
