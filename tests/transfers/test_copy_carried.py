"""What goes along with items and files in a copy of a project: descriptions, tags, custom fields, new scans, shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_runtime.transfers import copy_files
from xnat_runtime.transfers.copy_project import ProjectCopy
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import SubjectData

BYTES = {"Content-Type": "application/octet-stream"}
XML = {"Content-Type": "text/xml"}
SUBJECT = "/data/projects/P/subjects/s"
IMAGING = f"{SUBJECT}/experiments/mr"
QUICK = RetryPolicy(attempts=4, base=0.0)


@pytest.fixture
def source() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def here(source: Emulator) -> Iterator[XnatSession]:
    with connect(source.url, source.user, source.password) as session:
        for project in ("P", "friends"):
            session.put(f"/data/projects/{project}")
        session.put(SUBJECT)
        session.put(IMAGING, query={"xsiType": "xnat:mrSessionData"})
        session.put(f"{IMAGING}/scans/1", query={"xsiType": "xnat:mrScanData", "type": "T1"})
        session.put(f"{IMAGING}/assessors/qc", query={"xsiType": "xnat:qcManualAssessorData"})
        yield session


@pytest.fixture
def target() -> Iterator[Emulator]:
    with xnat_emulator.start() as server:
        yield server


@pytest.fixture
def there(target: Emulator) -> Iterator[XnatSession]:
    with connect(target.url, target.user, target.password) as session:
        yield session


@pytest.fixture
def copy(here: XnatSession, there: XnatSession, tmp_path: Path) -> ProjectCopy:
    return ProjectCopy(here, "P", there, "P", state=tmp_path, options=TransferOptions(workers=1, retry=QUICK))


def put(session: XnatSession, uri: str, content: bytes = b"x", **about: str) -> None:
    session.put(uri, data=content, query={"inbody": "true", **about}, headers=BYTES)


def files(session: XnatSession, uri: str) -> list[dict[str, str]]:
    return session.get_json(f"{uri}/files")["ResultSet"]["Result"]


@pytest.mark.parametrize(
    "holder", ["/data/projects/P", SUBJECT, IMAGING, f"{IMAGING}/scans/1", f"{IMAGING}/assessors/qc"]
)
def test_what_is_said_of_a_resource_goes_along(copy, here, there, holder):
    about = {"description": 'A & B, "c"', "format": "NIFTI", "content": "MASK", "tags": "a,b"}
    here.put(f"{holder}/resources/R", query=about)
    put(here, f"{holder}/resources/R/files/a.bin")
    report = copy.run()
    assert not report.failed
    said = [row for row in there.get_json(f"{holder}/resources")["ResultSet"]["Result"] if row["label"] == "R"]
    assert [(row["format"], row["content"], row["tags"]) for row in said] == [("NIFTI", "MASK", "a,b")]
    found, kept = (_description(session, holder) for session in (here, there))
    assert kept == found != ""


def _description(session: XnatSession, holder: str) -> str:
    text = session.get(holder, query={"format": "xml"}).text
    return text.partition('description="')[2].partition('"')[0]


def test_format_content_and_tags_of_single_files_go_along(copy, here, there):
    base = f"{IMAGING}/scans/1/resources/R"
    here.put(base, query={"format": "DICOM", "content": "RAW"})
    put(here, f"{base}/files/plain.bin")
    put(here, f"{base}/files/own.bin", format="NIFTI", content="MASK", tags="left,side=right")
    for number in range(12):
        put(here, f"{base}/files/many/{number}.bin", tags="many")
    copy.run()
    names = ("Name", "file_tags", "file_format", "file_content", "digest")
    wanted, found = (sorted(tuple(row[name] for name in names) for row in files(each, base)) for each in (here, there))
    assert found == wanted
    assert {"left", "side=right"} == set(next(row[1] for row in found if row[0] == "own.bin").split(","))
    assert [row["tags"] for row in there.get_json(f"{IMAGING}/scans/1/resources")["ResultSet"]["Result"]] == [""]


@pytest.mark.parametrize("size", [0, 1000, 5 << 20])
def test_a_file_whose_size_the_table_does_not_tell_is_kept_until_it_is_known(copy, here, there, monkeypatch, size):
    uri = f"{IMAGING}/scans/1/resources/R"
    here.put(uri)
    if size:
        put(here, f"{uri}/files/a.bin", b"x" * size)
    else:
        here.projects["P"].sessions["mr"].scans["1"].resources["R"].upload_data(b"", "a.bin")
    known = copy_files.FileCopy.resource

    def untold(self: object, resource: object, where: str) -> object:
        rows = tuple(attrs.evolve(file, row=attrs.evolve(file.row, size=None)) for file in resource.files)
        return known(self, attrs.evolve(resource, files=rows), where)

    monkeypatch.setattr(copy_files.FileCopy, "resource", untold)
    report = copy.run()
    assert [(each.size, each.verified) for each in report.moved] == [(size, "md5")]
    assert there.get(f"{uri}/files/a.bin").content == b"x" * size


def test_only_the_missing_small_files_of_a_resource_travel(copy, here, there, source):
    """Twenty come later: the thirty of before and the large one are not asked for again."""
    uri = f"{IMAGING}/scans/1/resources/R"
    here.put(uri)
    for number in range(30):
        put(here, f"{uri}/files/{number}.bin", bytes([number]))
    put(here, f"{uri}/files/large.bin", b"x" * (3 << 20))
    copy.run()
    for number in range(30, 50):
        put(here, f"{uri}/files/{number}.bin", bytes([number]))
    at = len(source.requests)
    report = copy.run()
    assert (len(report.moved), len(report.skipped)) == (20, 31)
    asked = [record.path for record in source.requests[at:] if "/files/" in record.path]
    assert len(asked) == 20
    assert not any("format=zip" in f"{record}" for record in source.requests[at:])
    assert {row["digest"] for row in files(there, uri)} == {row["digest"] for row in files(here, uri)}


def test_resources_that_an_assessor_has_like_any_experiment_go_along(copy, here, there):
    put(here, f"{IMAGING}/assessors/qc/resources/OUT/files/out.txt")
    identity = here.projects["P"].sessions["mr"].assessors["qc"].id
    put(here, f"/data/experiments/{identity}/resources/OWN/files/own.txt")
    copy.run()
    made = there.projects["P"].sessions["mr"].assessors["qc"].id
    assert [row["collection"] for row in files(there, f"/data/experiments/{made}")] == ["OWN"]
    assert [row["collection"] for row in files(there, f"{IMAGING}/assessors/qc")] == ["OUT"]


def test_line_ends_in_attributes_arrive(copy, here, there):
    text = "first line&#10;second\tline"
    body = f'<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" label="s" group="{text}" project="P"/>'
    here.put(SUBJECT, data=body.encode(), headers=XML)
    assert here.projects["P"].subjects["s"].group.startswith("first line\n")
    copy.run()
    assert there.projects["P"].subjects["s"].group == here.projects["P"].subjects["s"].group


def test_custom_fields_of_scans_and_assessors_go_along(copy, here, there):
    imaging = here.projects["P"].sessions["mr"]
    imaging.scans["1"].custom_fields["rating"] = {"value": 3}
    imaging.assessors["qc"].custom_fields["rater"] = "one"
    imaging.custom_fields["arm"] = "left"
    copy.run()
    made = there.projects["P"].sessions["mr"]
    assert dict(made.scans["1"].custom_fields) == {"rating": {"value": 3}}
    assert dict(made.assessors["qc"].custom_fields) == {"rater": "one"}
    assert dict(made.custom_fields) == {"arm": "left"}


def test_custom_fields_are_added_and_never_written_over(copy, here, there):
    subject = here.projects["P"].subjects["s"]
    subject.custom_fields.update({"arm": "left", "age": 3})
    copy.run()
    there.projects["P"].subjects["s"].custom_fields["arm"] = "changed here"
    subject.custom_fields["later"] = True
    report = copy.run()
    assert dict(there.projects["P"].subjects["s"].custom_fields) == {"arm": "changed here", "age": 3, "later": True}
    assert [each.name.partition(" of ")[0] for each in report.left_out] == ["custom field arm"]


def test_custom_fields_of_a_project_that_exists_are_not_written_over(copy, here, there):
    there.put("/data/projects/P")
    there.projects["P"].custom_fields["owner"] = "them"
    here.projects["P"].custom_fields.update({"owner": "us", "site": 1})
    report = attrs.evolve(copy, if_there="skip").run()
    assert dict(there.projects["P"].custom_fields) == {"owner": "them", "site": 1}
    assert [each.name for each in report.left_out] == ["custom field owner of project P"]


def test_custom_fields_that_cannot_be_read_are_a_failure(copy, here, source):
    here.projects["P"].subjects["s"].custom_fields["arm"] = "left"
    source.faults.add(Fault(faults.Unavailable(), path="/xapi/custom-fields/*subjects*", count=None))
    options = TransferOptions(workers=1, retry=NEVER, failures="report")
    report = attrs.evolve(copy, options=options).run()
    assert [each.name.partition(" XNAT")[0] for each in report.failed] == ["custom fields of subject"]


def _define(session: XnatSession, **names: str) -> None:
    """Custom variables of subjects, by name and data type."""
    fields = "".join(
        f'<xnat:field name="{name}" type="custom" datatype="{kind}" required="0"/>' for name, kind in names.items()
    )
    body = (
        '<xnat:datatypeProtocol xmlns:xnat="http://nrg.wustl.edu/xnat" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xnat:datatypeProtocol" '
        'ID="P_xnat_subjectData" data-type="xnat:subjectData"><xnat:definitions><xnat:definition ID="default" '
        f'data-type="xnat:subjectData"><xnat:fields>{fields}</xnat:fields></xnat:definition></xnat:definitions>'
        "</xnat:datatypeProtocol>"
    )
    uri = "/data/projects/P/protocols/P_xnat_subjectData"
    session.put(uri, data=body.encode(), query={"dataType": "xnat:subjectData"}, headers=XML)


def test_custom_variables_are_added_to_those_that_the_target_defines(copy, here, there):
    _define(here, diagnosis="string", score="integer", age="integer")
    there.put("/data/projects/P")
    _define(there, score="float", own="string", age="integer")
    report = attrs.evolve(copy, if_there="skip").run()
    kept = there.variable_definitions.groups("P", "xnat:subjectData")["default"]
    assert {name: each.datatype for name, each in kept.items()} == {
        "diagnosis": "string", "score": "float", "own": "string", "age": "integer",
    }  # fmt: skip
    assert [(each.name, each.reason) for each in report.left_out] == [
        ("custom variable score of xnat:subjectData", "the target defines it otherwise"),
    ]
    assert set(there.projects["P"].variable_definitions.groups(SubjectData)) == {"default"}


def test_definitions_that_came_later_are_added_by_the_next_run(copy, here, there):
    _define(here, diagnosis="string")
    copy.run()
    _define(here, diagnosis="string", later="string")
    assert not copy.run().left_out
    assert set(there.variable_definitions.groups("P", "xnat:subjectData")["default"]) == {"diagnosis", "later"}


def test_a_scan_that_came_later_is_added_with_its_files(copy, here, there, target):
    copy.run()
    here.put(f"{IMAGING}/scans/2", query={"xsiType": "xnat:mrScanData", "type": "T2", "note": "late"})
    put(here, f"{IMAGING}/scans/2/resources/DICOM/files/a.dcm")
    report = copy.run()
    assert not report.failed
    scan = there.projects["P"].sessions["mr"].scans["2"]
    assert (scan.type, scan.note, type(scan).__name__) == ("T2", "late", "MrScanData")
    assert [file.path for file in scan.files] == ["a.dcm"]
    at = len(target.requests)
    copy.run()
    assert {record.method for record in target.requests[at:]} == {"GET"}


def test_shares_of_experiments_and_assessors_are_kept(copy, here, there):
    there.put("/data/projects/friends")
    assessor = here.projects["P"].sessions["mr"].assessors["qc"].id
    here.put(f"{SUBJECT}/projects/friends", query={"label": "s"})
    here.put(f"{IMAGING}/projects/friends", query={"label": "mr_theirs"})
    here.put(f"/data/projects/P/experiments/{assessor}/projects/friends", query={"label": "qc_theirs"})
    report = copy.run()
    assert not report.left_out
    project = there.projects["P"]
    for item, label in ((project.sessions["mr"], "mr_theirs"), (project.sessions["mr"].assessors["qc"], "qc_theirs")):
        rows = there.get_json(f"/data/projects/P/experiments/{item.id}/projects")["ResultSet"]["Result"]
        assert {(row["ID"], row["label"]) for row in rows} >= {("friends", label)}
    assert "mr_theirs" in there.projects["friends"].experiments


def test_experiments_of_a_subject_that_fails_are_told(copy, target):
    target.faults.add(Fault(faults.Unavailable(), method="POST", path="*/subjects", count=None))
    options = TransferOptions(workers=1, retry=NEVER, failures="report")
    report = attrs.evolve(copy, options=options).run()
    assert [each.name for each in report.failed] == ["subject s"]
    assert [(each.name, each.reason) for each in report.left_out] == [
        ("experiment mr", "its subject could not be copied")
    ]


@pytest.mark.parametrize("without", ["source", "target", "both"])
def test_where_a_site_keeps_no_digests_sizes_are_compared(tmp_path, without):
    modes = {name: Mode(checksums=without not in {name, "both"}) for name in ("source", "target")}
    with (
        xnat_emulator.start(mode=modes["source"]) as source,
        xnat_emulator.start(mode=modes["target"]) as target,
        connect(source.url, source.user, source.password) as here,
        connect(target.url, target.user, target.password) as there,
    ):
        here.put("/data/projects/P")
        base = "/data/projects/P/resources/R/files"
        for name in ("same", "other"):
            put(here, f"{base}/{name}.bin", b"first")
        copy = ProjectCopy(here, "P", there, "P", state=tmp_path, options=TransferOptions(workers=1, failures="report"))
        assert copy.run().verified == ("md5" if without == "source" else "size")
        there.put(f"{base}/other.bin", data=b"changed", query={"inbody": "true", "overwrite": "true"}, headers=BYTES)
        again = copy.run()
        assert [(each.name, each.verified) for each in again.skipped] == [("same.bin", "size")]
        assert [each.name for each in again.failed] == [f"{base}/other.bin"]
        assert there.get(f"{base}/other.bin").content == b"changed"
