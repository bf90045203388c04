"""Answers of real servers, and samples of the same kinds written from the facts, decode into typed objects.

The samples lie beside this file. The recordings are read when their folder is there: ``XNAT_SHARED``, by default the
folder ``shared`` beside the checkout.
"""

from __future__ import annotations

import datetime
import json
import os
import warnings
from pathlib import Path

import pytest

from xnat_runtime.errors import MissingValueError, UnexpectedAnswerError
from xnat_runtime.fields import Key, Nested, ScalarField
from xnat_runtime.item import Item

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("XNAT_SHARED") or HERE.parents[2] / "shared") / "real-responses"
OURS = HERE / "samples"


def files(pattern: str) -> list[Path]:
    """The samples and, when they are there, the recordings that match a pattern."""
    return sorted(OURS.glob(pattern)) + sorted(SHARED.glob(pattern))


def rows_of(path: Path) -> list[dict[str, object]]:
    """The rows of a listing; a fragment is the rows alone."""
    document = json.loads(path.read_text())
    return document if isinstance(document, list) else document["ResultSet"]["Result"]


def items_of(path: Path) -> list[dict[str, object]]:
    """The items of a document; a fragment is the fields alone, and some authors cut ``meta`` away."""
    document = json.loads(path.read_text())
    items = document.get("items", [{"data_fields": document}])
    kinds = {"mrsession": "mrSessionData", "ctscan": "ctScanData", "mrscan": "mrScanData", "optscan": "optScanData"}
    kind = next((f"xnat:{xsi}" for name, xsi in kinds.items() if name in path.name), "xnat:imageAssessorData")
    for item in items:
        item.setdefault("meta", {"isHistory": False, "xsi:type": kind})
        item.setdefault("children", [])
    return items


def read_all(item: Item) -> dict[str, object]:
    """Reads every field of an item, lists and structures included; returns what has a value."""
    found: dict[str, object] = {}
    for name, member in type(item).__xnat_members__().items():
        try:
            value = getattr(item, name)
        except MissingValueError:
            assert isinstance(member, Key)
            assert not item.__xnat_row__.get(member.path)
            continue
        if isinstance(member, Nested):
            found |= {f"{name}.{below}": inner for below, inner in read_all(value).items()}
        elif isinstance(member, ScalarField):
            found |= {} if value is None else {name: value}
        elif entries := member.entries(item):
            found[name] = entries
    return found


@pytest.fixture
def owners(session):
    """Objects below which the listings stand."""
    from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, SubjectData

    make = {
        "project": (ProjectData, "/data/projects/P"),
        "subject": (SubjectData, "/data/projects/P/subjects/S"),
        "session": (MrSessionData, "/data/experiments/E"),
        "scan": (MrScanData, "/data/experiments/E/scans/1"),
    }
    return {
        name: cls.__xnat_from_server__(session, uri, {"ID": "x", "project": "P"}, None)
        for name, (cls, uri) in make.items()
    }


LISTINGS = [
    *[("root", "projects", path) for path in files("listing-projects-*.json")],
    *[("project", "subjects", path) for path in files("listing-subjects-*.json")],
    *[("project", "experiments", path) for path in files("listing-experiments-*.json")],
    *[("subject", "experiments", path) for path in files("listing-experiments-*.json")],
    *[("session", "assessors", path) for path in files("listing-assessors-*.json")],
    *[("session", "scans", path) for path in files("listing-scans-*.json")],
    *[("session", "resources", path) for path in files("resources-session-*.json")],
    *[("scan", "resources", path) for path in files("resources-scan-*.json")],
    *[("session", "files", path) for path in files("files-*.json")],
]


ASKED_FOR_UNKNOWN_TYPES = {"/xapi/schemas", "/xapi/access/displays/searchable"}


@pytest.mark.parametrize(("owner", "name", "path"), LISTINGS, ids=lambda part: getattr(part, "name", part))
def test_a_listing_decodes_into_typed_objects(wire, session, owners, owner, name, path):
    holder = session if owner == "root" else owners[owner]
    rows = rows_of(path)
    listing = getattr(holder, name)
    wire.table(listing.uri, json.loads(json.dumps(rows)))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")  # plugin types of the recorded servers
        found = list(listing)
    assert len(found) == len(rows)
    for item, row in zip(found, rows, strict=True):
        item.__xnat_document__ = object()  # nothing but the row may be read here
        values = {
            member.path: getattr(item, python_name)
            for python_name, member in type(item).__xnat_members__().items()
            if isinstance(member, ScalarField) and item.__xnat_row__.get(member.path)
        }
        assert item.uri.startswith("/data/")
        for path_of_value, value in values.items():
            assert value is not None, path_of_value
        for key in ("ID", "label", "name", "type", "quality"):
            if row.get(key) and key in values:
                assert values[key] == row[key]
    # Only an unknown type asks for more, and once: what the server says of its types.
    asked = [request.path for request in wire.requests if request.path != listing.uri]
    assert len(wire.requests) - len(asked) == 1
    assert set(asked) <= (ASKED_FOR_UNKNOWN_TYPES if seen else set())
    assert len(asked) == len(set(asked))


ITEMS = files("item-*.json")


@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.name)
def test_an_item_document_decodes_into_a_typed_object(wire, session, path):
    items = items_of(path)
    wire.answer("GET", "/data/experiments/X", {"items": items})
    if items[0]["meta"]["xsi:type"] not in session.registry.types:
        with pytest.raises(UnexpectedAnswerError, match="which this package does not know"):  # a plugin's type
            session.create_object("/data/experiments/X")
        return
    made = session.create_object("/data/experiments/X")
    values = read_all(made)
    assert values
    fields = items[0]["data_fields"]
    assert made.__xnat_row__.keys() >= fields.keys()
    for member in type(made).__xnat_members__().values():
        if isinstance(member, ScalarField) and fields.get(member.path) not in (None, ""):
            assert getattr(made, member.name) is not None
    assert len(wire.requests) == 1


def test_there_are_samples_of_every_kind():
    names = {path.name for path in OURS.glob("*.json")}
    assert names >= {
        "listing-projects-1.json", "listing-subjects-1.json", "listing-experiments-1.json", "listing-assessors-1.json",
        "listing-scans-1.json", "resources-session-1.json", "resources-scan-1.json", "files-1.json",
        "item-project-1.json", "item-subject-1.json", "item-mrsession-1.json", "item-scan-1.json",
    }  # fmt: skip


@pytest.mark.skipif(not SHARED.is_dir(), reason="no recordings beside the checkout")
def test_the_recordings_were_found():
    assert len([entry for entry in LISTINGS if entry[2].parent == SHARED]) >= 25
    assert len([path for path in ITEMS if path.parent == SHARED]) >= 10


def test_the_sample_session_reads_as_written(wire, session):
    wire.answer("GET", "/data/experiments/X", json.loads((OURS / "item-mrsession-1.json").read_text()))
    made = session.create_object("/data/experiments/X")
    assert (made.label, made.date, made.time) == ("mr-1", datetime.date(2021, 6, 30), datetime.time(9, 12, 6))
    assert (made.scanner.value, made.scanner.manufacturer, made.dcm_patient_weight) == ("BAY3", "SIEMENS", 70.5)
    assert made.fields == {"visit": "baseline"}
    assert made.sharing["OTHER"].label == "shared-1"


def test_the_sample_scan_reads_as_written(wire, session):
    wire.answer("GET", "/data/experiments/X", json.loads((OURS / "item-scan-1.json").read_text()))
    made = session.create_object("/data/experiments/X")
    assert (made.parameters.tr, made.parameters.voxel_res.z, made.frames) == (2300.0, 1.2, 176)
    assert made.parameters.add_param == {"MultiEcho_TE1": "2.5", "MultiEcho_TE2": "5.0"}
    assert made.parameters.diffusion.b_values == "0,1000"
