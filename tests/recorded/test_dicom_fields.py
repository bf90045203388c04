"""What the vendor's tests expect of archived DICOM: same headers, same fields, numbers as numbers (D13)."""

from __future__ import annotations

import json

import pytest

from ..emulator.imports_dicom import zipped
from . import headers
from .items import assert_hashed
from .replays import kinds, replays
from .states import put_project

_MADE = {"mrscan": headers.mr, "mrscan-diffusion": headers.enhanced_mr, "ctscan": headers.ct, "optscan": headers.opt}


@pytest.fixture
def archived(client):
    """Import one file into a project and return the address of its session."""
    put_project(client, "SAMPLE")

    def run(content: bytes) -> str:
        zip_type = {"Content-Type": "application/zip"}
        answer = client.post("/data/services/import?project=SAMPLE", body=zipped({"a": content}), headers=zip_type)
        assert answer.status == 200, answer.data
        return answer.data.decode().strip()

    return run


def of(kind: str) -> list[tuple[str, str]]:
    name = f"item-{kind}-datafields-expected.json"
    return [(name, kind), (f"own-{name}", kind)]


@replays(*of("mrscan"), *of("mrscan-diffusion"), *of("ctscan"), *of("optscan"), also=["kind"])
def test_fields_of_an_archived_scan(client, sample, archived, name, kind):
    """A part of the fields, in the order of their author; the emulator's stand in that of a hash map."""
    was = json.loads(sample(name))
    assert_has(client.fields(f"{archived(_MADE[kind](was))}/scans/{was['ID']}"), was)


@replays(*of("mrsession"), also=["kind"])
def test_fields_of_an_archived_session(client, sample, archived, name, kind):
    """The comments of the study are a custom variable, which the vendor's tests name as if it were a field."""
    was = json.loads(sample(name))
    item = client.item(archived(headers.session(was)))
    comments = was.pop("studyComments")
    assert_has(item["data_fields"], was)
    (field,) = next(child["items"] for child in item["children"] if child["field"] == "fields/field")
    assert (field["data_fields"]["name"], field["data_fields"]["field"]) == ("studyComments", comments)


def assert_has(now, was) -> None:
    found = {key: now.get(key) for key in was}
    assert found == was
    assert kinds(found) == kinds(was)
    assert_hashed(now)
