"""Listings: a snapshot, one request, keys that are never guessed."""

from __future__ import annotations

import json

import pytest

from xnat_runtime.errors import AmbiguousKeyError, FieldNotOnServerError, KeyNotFoundError, UnexpectedAnswerError
from xnat_runtime.registry import UnknownTypeWarning

SUBJECTS = "/data/projects/P/subjects"
SCANS = "/data/experiments/E/scans"


def subject_row(number: int, **more: object) -> dict[str, object]:
    return {
        "insert_date": "2020-01-01 10:00:00.0",
        "project": "P",
        "ID": f"X_S{number}",
        "label": f"sub-{number}",
        "insert_user": "me",
        "URI": f"/data/subjects/X_S{number}",
        **more,
    }


def scan_row(identity: str, kind: str, xsi_type: str = "xnat:mrScanData") -> dict[str, object]:
    return {
        "xsiType": xsi_type,
        "note": "",
        "ID": identity,
        "type": kind,
        "quality": "usable",
        "series_description": "",
    }


@pytest.fixture
def project(session):
    from xnat_sdk.models import ProjectData

    return ProjectData.__xnat_from_server__(session, "/data/projects/P", {"ID": "P"}, session)


@pytest.fixture
def subjects(wire, project):
    wire.table(SUBJECTS, [subject_row(number) for number in range(3)])
    return project.subjects


@pytest.fixture
def experiment(session):
    from xnat_sdk.models import MrSessionData

    return MrSessionData.__xnat_from_server__(session, "/data/experiments/E", {"ID": "E", "project": "P"}, None)


def test_nothing_is_asked_before_the_first_use(wire, project, subjects):
    assert "not loaded" in repr(project.subjects)
    assert wire.sent() == []


def test_ids_labels_and_length_cost_one_request(wire, subjects):
    assert [(s.id, s.label) for s in subjects] == [("X_S0", "sub-0"), ("X_S1", "sub-1"), ("X_S2", "sub-2")]
    assert len(subjects) == 3
    assert subjects.keys() == ["X_S0", "X_S1", "X_S2"]
    assert wire.sent() == [f"GET {SUBJECTS}?format=json"]


def test_items_are_found_by_id_label_object_position_and_slice(subjects):
    second = subjects["X_S1"]
    assert subjects["sub-1"] is second
    assert subjects[1] is second
    assert subjects[-2] is second
    assert subjects[second] is second
    assert subjects[1:] == [second, subjects[2]]
    assert list(subjects)[1] is second


def test_membership_and_get(subjects):
    assert "sub-1" in subjects
    assert "X_S1" in subjects
    assert "sub-9" not in subjects
    assert subjects[0] in subjects
    assert subjects.get("sub-9") is None
    assert subjects.get("sub-9", 3) == 3
    assert subjects.get("sub-1") is subjects[1]


@pytest.mark.parametrize("key", ["nobody", ""])
def test_an_unknown_key_names_the_listing(subjects, key):
    with pytest.raises(KeyNotFoundError, match=r"neither an ID nor a label in /data/projects/P/subjects"):
        subjects[key]
    with pytest.raises(KeyError):
        subjects[key]
    with pytest.raises(IndexError):
        subjects[9]


def test_an_ambiguous_second_key_names_the_candidates(wire, experiment):
    wire.table(SCANS, [scan_row("1", "T1"), scan_row("2", "BOLD"), scan_row("3", "BOLD")])
    assert experiment.scans["T1"].id == "1"
    with pytest.raises(AmbiguousKeyError, match=r"2 items .* use one of the IDs 2, 3") as caught:
        experiment.scans["BOLD"]
    assert caught.value.candidates == ("2", "3")


def test_an_id_stands_before_an_equal_second_key(wire, experiment):
    wire.table(SCANS, [scan_row("1", "2"), scan_row("2", "T1")])
    assert experiment.scans["2"].type == "T1"


def test_a_scan_id_is_text_and_an_int_is_a_position(wire, experiment):
    wire.table(SCANS, [scan_row("5", "T1"), scan_row("0", "T2")])
    assert experiment.scans[0].id == "5"
    assert experiment.scans["0"].id == "0"


def test_mapping_views(subjects):
    assert [key for key, _ in subjects.items()] == subjects.keys()
    assert subjects.values() == list(subjects)
    assert list(subjects.as_mapping()) == ["X_S0", "X_S1", "X_S2"]
    assert subjects
    assert repr(subjects) == "<Listing of 3 SubjectData: (X_S0, sub-0), (X_S1, sub-1), (X_S2, sub-2)>"


def test_columns_load_a_field_of_all_items_at_once(wire, project):
    from xnat_sdk.models import SubjectData

    rows = [subject_row(n, **{"xnat:subjectdata/initials": f"I{n}", "gender": "male"}) for n in range(3)]
    wire.table(SUBJECTS, rows)
    listing = project.subjects.columns(SubjectData.initials, SubjectData.demographics.gender)
    assert [(s.initials, s.demographics.gender) for s in listing] == [(f"I{n}", "male") for n in range(3)]
    assert len(wire.requests) == 1
    assert dict(wire.requests[0].query)["columns"] == (
        "ID,project,label,insert_date,insert_user,xnat:subjectData/initials,"
        "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender"
    )


def test_an_empty_cell_of_a_loaded_column_is_none_and_asks_nothing(wire, project):
    from xnat_sdk.models import SubjectData

    wire.table(SUBJECTS, [subject_row(0, **{"xnat:subjectdata/initials": ""})])
    assert project.subjects.columns(SubjectData.initials)[0].initials is None
    assert len(wire.requests) == 1


def test_a_column_that_the_listing_has_anyway_is_not_asked_again(wire, project, subjects):
    from xnat_sdk.models import SubjectData

    assert project.subjects.columns(SubjectData.label)[0].label == "sub-0"
    assert wire.sent() == [f"GET {SUBJECTS}?format=json"]


def test_a_column_that_a_row_has_unasked_is_taken(wire, experiment):
    from xnat_sdk.models import AbstractResource

    row = {"xnat_abstractresource_id": "12", "label": "R", "element_name": "xnat:resourceCatalog", "file_count": "2"}
    wire.table("/data/experiments/E/resources", [row])
    assert experiment.resources.columns(AbstractResource.file_count)["R"].file_count == 2
    assert len(wire.requests) == 1


def test_a_field_that_the_server_drops_is_named(wire, project):
    from xnat_sdk.models import SubjectData

    wire.table(SUBJECTS, [subject_row(0)])
    with pytest.raises(FieldNotOnServerError, match="xnat:subjectData/custom_fields") as caught:
        list(project.subjects.columns(SubjectData.custom_fields_json))
    assert caught.value.field == "xnat:subjectData/custom_fields"


def test_filter_keeps_what_fulfils_the_constraints(wire, project):
    from xnat_sdk.models import SubjectData

    rows = [subject_row(n, **{"xnat:subjectdata/initials": initials}) for n, initials in enumerate(["AB", "", "BC"])]
    wire.table(SUBJECTS, rows)
    listing = project.subjects
    assert [s.id for s in listing.filter(SubjectData.initials.like("*b*"))] == ["X_S0", "X_S2"]
    assert [s.id for s in listing.filter(SubjectData.initials.is_null())] == ["X_S1"]
    either = (SubjectData.initials == "AB") | (SubjectData.label == "sub-1")
    assert [s.id for s in listing.filter(either)] == ["X_S0", "X_S1"]
    assert [s.id for s in listing.filter(either, SubjectData.label != "sub-1")] == ["X_S0"]
    assert len(wire.requests) == 4


def test_of_type_asks_for_the_type_and_drops_others(wire, experiment):
    from xnat_sdk.models import CtScanData, MrScanData

    wire.table(SCANS, [scan_row("1", "T1"), scan_row("2", "CT", "xnat:ctScanData")])
    kinds = [type(scan) for scan in experiment.scans]
    assert kinds == [MrScanData, CtScanData]
    only = experiment.scans.of_type(MrScanData)
    assert [scan.id for scan in only] == ["1"]
    assert dict(wire.requests[-1].query)["xsiType"] == "xnat:mrScanData"


def test_a_type_that_is_not_known_reads_as_the_declared_one_with_one_warning(wire, experiment):
    from xnat_sdk.models import ImageScanData

    wire.table(SCANS, [scan_row("1", "T1", "site:newScanData"), scan_row("2", "T1", "site:newScanData")])
    with pytest.warns(UnknownTypeWarning, match="site:newScanData.*xnat-codegen fetch") as caught:
        scans = list(experiment.scans)
    assert [type(scan) for scan in scans] == [ImageScanData, ImageScanData]
    assert len(caught) == 1


def test_a_snapshot_stays_until_it_is_refreshed(wire, subjects):
    assert len(subjects) == 3
    wire.answers.clear()
    wire.table(SUBJECTS, [subject_row(7)])
    assert len(subjects) == 3
    subjects.refresh()
    assert subjects.keys() == ["X_S7"]
    assert subjects["sub-7"].id == "X_S7"


def test_tables(subjects):
    assert subjects.tabulate_dict()[0]["label"] == "sub-0"
    assert json.loads(subjects.tabulate_json()) == subjects.tabulate_dict()
    lines = subjects.tabulate_csv().splitlines()
    assert lines[0] == "insert_date,project,ID,label,insert_user,URI"
    assert len(lines) == 4
    assert list(subjects.tabulate_pandas()["ID"]) == ["X_S0", "X_S1", "X_S2"]


def test_uris_are_encoded_once(wire, experiment):
    wire.table(SCANS, [scan_row("a b/c#1%", "T1")])
    assert experiment.scans[0].uri == "/data/experiments/E/scans/a%20b%2Fc%231%25"


def test_sessions_of_a_project_are_narrowed_on_the_server(wire, project):
    path = "/data/projects/P/experiments"
    row = {"xsiType": "xnat:mrSessionData", "ID": "E", "label": "e", "project": "P", "date": "", "insert_date": ""}
    wire.table(path, [row])
    assert project.sessions["e"].uri == "/data/experiments/E"
    assert project.sessions[0].date is None
    assert dict(wire.requests[0].query) == {"format": "json", "xsiType": "xnat:imageSessionData"}


def test_files_have_paths_below_their_resource(wire, session):
    from xnat_sdk.models import ResourceCatalog

    resource = ResourceCatalog.__xnat_from_server__(session, "/data/experiments/E/resources/12", {"label": "R"}, None)
    row = {
        "file_content": "", "Name": "b c.txt", "Size": "5", "file_tags": "", "digest": "ab12", "cat_ID": "12",
        "URI": "/data/experiments/E/resources/12/files/a/b c.txt", "file_format": "", "collection": "R",
    }  # fmt: skip
    wire.table("/data/experiments/E/resources/12/files", [row])
    file = resource.files["a/b c.txt"]
    assert resource.files["b c.txt"] == file
    assert (file.path, file.name, file.size, file.digest, file.collection) == ("a/b c.txt", "b c.txt", 5, "ab12", "R")
    assert file.uri == "/data/experiments/E/resources/12/files/a/b%20c.txt"
    assert file.file_tags is None


def test_a_file_uri_without_data_is_completed(wire, session):
    from xnat_sdk.models import MrScanData

    scan = MrScanData.__xnat_from_server__(session, "/data/experiments/E/scans/1", {"ID": "1"}, None)
    row = {"Name": "1.dcm", "Size": "5", "URI": "/experiments/E/scans/1/resources/7/files/1.dcm", "collection": "DICOM"}
    wire.table("/data/experiments/E/scans/1/files", [row])
    assert scan.files[0].uri == "/data/experiments/E/scans/1/resources/7/files/1.dcm"


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"[]", b'{"ResultSet": {}}', b'{"ResultSet": {"Result": [1]}}'])
def test_an_answer_that_is_no_listing_is_an_error(wire, project, body):
    wire.answer("GET", SUBJECTS, body)
    with pytest.raises(UnexpectedAnswerError, match="GET /data/projects/P/subjects"):
        list(project.subjects)


def test_create_object_takes_paths_and_urls(wire, session):
    from xnat_sdk.models import MrSessionData

    wire.item("/data/experiments/E", "xnat:mrSessionData", {"ID": "E", "label": "e", "project": "P"})
    for uri in ("/data/experiments/E", "https://xnat.example.org/data/experiments/E", "/experiments/E"):
        made = session.create_object(uri)
        assert isinstance(made, MrSessionData)
        assert made.label == "e"
    assert len(wire.requests) == 3


def test_create_object_takes_resources_from_their_list(wire, session):
    from xnat_sdk.models import ResourceCatalog

    row = {"xnat_abstractresource_id": "12", "label": "R", "element_name": "xnat:resourceCatalog", "file_count": "2"}
    wire.table("/data/experiments/E/resources", [row])
    made = session.create_object("/data/experiments/E/resources/R")
    assert isinstance(made, ResourceCatalog)
    assert (made.label, made.file_count, made.uri) == ("R", 2, "/data/experiments/E/resources/R")
    assert len(wire.requests) == 1


def test_create_object_of_an_unknown_type_is_what_its_path_says(wire, session):
    from xnat_sdk.models import ExperimentData

    wire.item("/data/experiments/E", "site:thing", {"ID": "E"})
    with pytest.warns(UnknownTypeWarning, match="site:thing"):
        found = session.create_object("/data/experiments/E")
    assert (type(found), found.id) == (ExperimentData, "E")


def test_create_object_of_an_unknown_type_at_an_unknown_place_says_what_to_do(wire, session):
    wire.item("/data/things/E", "site:thing", {"ID": "E"})
    with pytest.raises(UnexpectedAnswerError, match="site:thing, which this package does not know"):
        session.create_object("/data/things/E")


def test_history_entries_are_not_the_item(wire, session):
    old = {"meta": {"isHistory": True, "xsi:type": "xnat:mrSessionData"}, "data_fields": {"label": "old"}}
    new = {"meta": {"isHistory": False, "xsi:type": "xnat:mrSessionData"}, "data_fields": {"label": "new"}}
    wire.answer("GET", "/data/experiments/E", {"items": [old, new]})
    assert session.create_object("/data/experiments/E").label == "new"


def test_parents_come_from_the_listing_or_the_path(wire, session, project, subjects):
    assert subjects[0].parent is project
    assert project.parent is session
    wire.item("/data/projects/P/subjects/X_S0", "xnat:subjectData", {"ID": "X_S0", "project": "P"})
    wire.item("/data/projects/P", "xnat:projectData", {"ID": "P"})
    wire.item("/data/experiments/E", "xnat:mrSessionData", {"ID": "E", "project": "P", "subject_ID": "X_S0"})
    wire.item("/data/experiments/E/scans/1", "xnat:mrScanData", {"ID": "1"})
    scan = session.create_object("/data/experiments/E/scans/1")
    assert scan.parent.uri == "/data/experiments/E"
    assert scan.parent.parent == subjects[0]
    assert scan.parent.parent.parent == project


def test_cells_without_a_value_are_empty_texts(wire, session, project):
    wire.table(SUBJECTS, [subject_row(0, label=None)])
    assert project.subjects.tabulate_dict()[0]["label"] == ""
