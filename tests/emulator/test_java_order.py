"""Key order of JSON: the iteration order of a Java hash map (recorded answers, D1)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from xnat_emulator.formats.javahash import hash_order, hash_ordered, string_hash

# Untouched recordings: every object in them stands in hash order.
UNTOUCHED = [
    "item-scan-1.json",
    "item-project-1.json",
    "item-mrsession-3.json",
    "listing-subjects-7-fragment.json",
    "listing-experiments-8-fragment.json",
    "listing-scans-1-fragment.json",
    "listing-scans-6-columns-fragment.json",
    "resources-scan-2-fragment.json",
    "prearchive-sessions-1.json",
]


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("a", 97), ("ab", 3105), ("project", 0xED904B19), ("\u00e9", 233)]
)
def test_string_hash_is_javas(text, value):
    assert string_hash(text) == value


def test_surrogate_pairs_are_hashed_as_two_units():
    assert string_hash("\U0001f600") == (0xD83D * 31 + 0xDE00) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("inserted", "expected"),
    [
        ("ID project label insert_date insert_user URI", "insert_date project ID label insert_user URI"),
        (
            "ID project date xsiType label insert_date xnat:subjectassessordata/id URI",
            "date xsiType xnat:subjectassessordata/id insert_date project ID label URI",
        ),
        (
            "xnat_imagescandata_id ID type quality xsiType note series_description URI",
            "xsiType xnat_imagescandata_id note series_description ID type URI quality",
        ),
        (
            "ID secondary_ID name description pi_firstname pi_lastname URI",
            "pi_firstname secondary_ID pi_lastname name description ID URI",
        ),
        ("meta data_fields children", "children meta data_fields"),
        ("isHistory xsi:type create_event_id start_date", "create_event_id xsi:type isHistory start_date"),
    ],
)
def test_recorded_orders_are_reproduced(inserted, expected):
    assert list(hash_order(inserted.split())) == expected.split()


def test_keys_of_one_bucket_keep_their_order():
    assert list(hash_order(["session_ID", "project"])) == ["session_ID", "project"]
    assert list(hash_order(["project", "session_ID"])) == ["project", "session_ID"]


def test_values_stay_with_their_keys():
    assert hash_ordered({"URI": 1, "ID": 2, "label": 3}) == {"ID": 2, "label": 3, "URI": 1}


def test_more_than_twelve_keys_need_more_buckets():
    assert list(hash_order("qab")) == ["q", "a", "b"]
    assert list(hash_order("qabcdefghijkl")) == list("abcdefghijklq")


def objects(value) -> Iterator[dict]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


@pytest.mark.parametrize("name", UNTOUCHED)
def test_recordings_stand_in_hash_order(recordings, name):
    found = [entry for entry in objects(json.loads((recordings / name).read_text())) if "totalRecords" not in entry]
    assert found
    for entry in found:
        assert list(entry) == list(hash_order(entry))
