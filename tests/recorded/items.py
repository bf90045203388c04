"""Compares item documents level by level: fields with values and order, what the server notes, children."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .replays import bucket, kinds

START = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]{3,4} \d{4}")
"""The date of Java, with the time zone of the server (D17)."""

CATALOG = re.compile(r"/.+/archive/(?P<project>[^/]+)/arc001/(?P<folder>.+)/[^/]+_catalog\.xml")
"""The catalog of a resource on the server's disk: no address to ask (D14)."""

STAMP = re.compile(r"\d{8}_\d{6}")
"""The folder of a resource without a label."""

FILES = 20
"""As many files as a test puts at most; of more recorded ones the number is compared by kind."""


def assert_item(now: Mapping[str, Any], was: Mapping[str, Any], *, lost: bool = False, absent: tuple[str, ...] = ()):
    """Compare two items and what is below them.

    Args:
        now: What the emulator answered.
        was: The recorded one; parts that its author cut away are not compared.
        lost: Its order was lost: then the emulator's must be the one of a hash map.
        absent: Fields that the recorded server did not have yet.
    """
    fields = {key: value for key, value in now["data_fields"].items() if key in was["data_fields"] or key not in absent}
    assert_fields(fields, was["data_fields"], lost=lost)
    assert_hashed(now["data_fields"])
    assert_hashed(now)
    if "meta" in was:
        assert_meta(now["meta"], was["meta"], lost=lost)
    if "children" in was:
        assert_children(now["children"], was["children"], lost=lost, absent=absent)
        assert sorted(now) == sorted(was)
    assert lost or list(now) == [key for key in now if key not in was] + list(was)


def assert_fields(now: Mapping[str, Any], was: Mapping[str, Any], *, lost: bool = False) -> None:
    """Compare fields, their values and their order.

    Keys of one bucket stand in the order in which the server read them, which differs between the recordings.
    """
    wanted = {key: expected(key, value, now.get(key)) for key, value in was.items()}
    assert dict(now) == wanted, f"\nnow {now}\nnot {wanted}"
    assert dict(kinds(now)) == dict(kinds(was))
    if not lost:
        assert buckets(now) == buckets(was), f"{list(now)}\n{list(was)}"


def expected(key: str, was: Any, now: Any) -> Any:
    """Return the recorded value, or the emulator's where no client can choose it and its form is right.

    Contents were not recorded, so sizes are compared by kind.
    """
    counted = key == "file_size" or (key == "file_count" and was > FILES)
    if key.lower().startswith("xnat_") or counted:
        return now if type(now) is type(was) is int else was
    if key == "URI":
        return now if place(now) == place(was) else was
    return was


def place(uri: str) -> str:
    """Return project and folder of a catalog; its name differs between servers and ways of making it (D5)."""
    found = CATALOG.fullmatch(uri)
    assert found is not None, uri
    folder = STAMP.sub("STAMP", found["project"] + "/" + found["folder"])
    # Before 1.7 the secondary images of an import lay in the folder DICOM; since then in one of their own.
    return folder.replace("/DICOM", "/secondary") if uri.endswith("_secondary_catalog.xml") else folder


def assert_hashed(entry: Mapping[str, Any]) -> None:
    """Every object stands in the order of a hash map (D1)."""
    found = buckets(entry)
    assert found == sorted(found), list(entry)


def buckets(entry: Mapping[str, Any]) -> list[int]:
    size = 16
    while len(entry) > 0.75 * size:
        size *= 2
    return [bucket(key, size) for key in entry]


def assert_meta(now: Mapping[str, Any], was: Mapping[str, Any], *, lost: bool) -> None:
    assert START.fullmatch(was["start_date"]), was["start_date"]
    assert START.fullmatch(now["start_date"]), now["start_date"]
    assert now["xsi:type"] == was["xsi:type"]
    assert now["isHistory"] is was["isHistory"] is False
    assert dict(kinds(now)) == dict(kinds(was))
    assert lost or list(now) == list(was)


def assert_children(now: Any, was: Any, **how: Any) -> None:
    """Compare collections of children: which there are, their order, and item by item."""
    found = [child["field"] for child in now]
    assert found == [child["field"] for child in was], found
    for mine, theirs in zip(now, was, strict=True):
        assert list(mine) == ["field", "items"]
        assert len(mine["items"]) == len(theirs["items"])
        found = {name(item): item for item in mine["items"]}
        for item in theirs["items"]:
            assert_item(found[name(item)], item, **how)


def name(item: Mapping[str, Any]) -> str:
    """Return what tells an item from its neighbours."""
    fields = item["data_fields"]
    return str(next((fields[key] for key in ("ID", "label", "tag", "name") if key in fields), ""))
