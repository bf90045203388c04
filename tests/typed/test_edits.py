"""Writing: one request, values in the body, paths that clear in the query."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime.errors import BadRequestError, ConflictError, InvalidValueError, UsageError

PROJECT = "/data/projects/P"
SUBJECT = f"{PROJECT}/subjects/X_S1"
SESSION = "/data/projects/P/experiments/X_E1"
HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"
XNAT = 'xmlns:xnat="http://nrg.wustl.edu/xnat"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.fixture
def subject(wire, session):
    from xnat_sdk.models import SubjectData

    wire.answer("PUT", SUBJECT, b"X_S1")
    return SubjectData.__xnat_from_server__(session, SUBJECT, {"ID": "X_S1", "label": "one", "project": "P"}, None)


@pytest.fixture
def experiment(wire, session):
    from xnat_sdk.models import MrSessionData

    wire.answer("PUT", SESSION, b"X_E1")
    row = {"ID": "X_E1", "label": "mr1", "project": "P"}
    return MrSessionData.__xnat_from_server__(session, "/data/experiments/X_E1", row, None)


def test_assignment_sends_the_value_in_an_xml_body(wire, subject):
    subject.initials = "A&B"
    assert wire.sent() == [f"PUT {SUBJECT}"]
    assert wire.bodies() == [f'{HEAD}<xnat:Subject initials="A&amp;B" {XNAT} {XSI} />']
    assert wire.requests[0].headers["Content-Type"] == "text/xml"
    assert subject.initials == "A&B"
    assert len(wire.requests) == 1


def test_none_clears_through_the_query_which_holds_no_value(wire, subject):
    subject.initials = None
    assert wire.sent() == [f"PUT {SUBJECT}?xnat%3AsubjectData%2Finitials=NULL"]
    assert wire.bodies() == []
    assert subject.initials is None


def test_an_edit_block_sends_one_request(wire, subject):
    with subject.edit():
        subject.initials = "AB"
        subject.group = None
        subject.demographics.gender = "female"
        subject.demographics.weight.value = 61.5
        subject.fields["scanner"] = "3T"
        assert subject.initials == "AB"
        assert wire.sent() == []
    assert [dict(r.query) for r in wire.requests] == [{"xnat:subjectData/group": "NULL"}]
    assert wire.bodies() == [
        f'{HEAD}<xnat:Subject initials="AB" {XNAT} {XSI}>'
        '<xnat:demographics xsi:type="xnat:demographicData"><xnat:gender>female</xnat:gender>'
        "<xnat:weight>61.5</xnat:weight></xnat:demographics>"
        '<xnat:fields><xnat:field name="scanner">3T</xnat:field></xnat:fields></xnat:Subject>'
    ]


def test_an_empty_edit_block_sends_nothing(wire, subject):
    with subject.edit() as same:
        assert same is subject
    assert wire.sent() == []


def test_a_failing_edit_block_sends_nothing_and_keeps_nothing(wire, subject):
    def change():
        with subject.edit():
            subject.initials = "AB"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert wire.sent() == []
    wire.item(SUBJECT, "xnat:subjectData", {"initials": "ZZ"})
    assert subject.initials == "ZZ"


def test_a_refused_edit_keeps_the_old_values(wire, session):
    from xnat_sdk.models import SubjectData

    wire.answer("PUT", SUBJECT, b"<html><body><h3>not like this</h3></body></html>", 400)
    subject = SubjectData.__xnat_from_server__(session, SUBJECT, {"ID": "X_S1", "initials": "old"}, None)
    with pytest.raises(BadRequestError, match="not like this"), subject.edit():
        subject.initials = "new"
    assert subject.initials == "old"
    with pytest.raises(BadRequestError):
        subject.initials = "new"
    assert subject.initials == "old"


def test_edit_blocks_do_not_nest(subject):
    with pytest.raises(UsageError, match="being edited already"), subject.edit(), subject.edit():
        pass


def test_a_session_is_written_through_its_project(wire, experiment):
    with experiment.edit():
        experiment.date = datetime.date(2020, 1, 31)
        experiment.scanner.value = "MEDPC"
        experiment.scanner.manufacturer = "SIEMENS"
        experiment.field_strength = "3.0"
    assert wire.sent() == [f"PUT {SESSION}"]
    assert wire.bodies() == [
        f"{HEAD}<xnat:MRSession {XNAT} {XSI}><xnat:date>2020-01-31</xnat:date>"
        '<xnat:scanner manufacturer="SIEMENS">MEDPC</xnat:scanner>'
        "<xnat:fieldStrength>3.0</xnat:fieldStrength></xnat:MRSession>"
    ]


def test_a_label_is_renamed_in_a_request_of_its_own(wire, subject):
    """A rename ignores everything else in its request (rest-data 7.4)."""
    with subject.edit():
        subject.label = "two"
        subject.initials = "AB"
    assert wire.sent() == [f"PUT {SUBJECT}?label=two", f"PUT {SUBJECT}"]
    assert subject.label == "two"


def test_clearing_below_a_narrowed_member_names_its_type(wire, subject):
    subject.demographics.gender = None
    assert dict(wire.requests[0].query) == {
        "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender": "NULL"
    }


def test_custom_variables_are_a_mapping(wire, subject, entry):
    entries = [entry("xnat:subjectData_field", name="a", field="1"), entry("xnat:subjectData_field", name="cleared")]
    wire.item(SUBJECT, "xnat:subjectData", {}, fields__field=entries)
    fields = subject.fields
    assert dict(fields) == {"a": "1"}
    assert "cleared" not in fields
    fields["b"] = "2"
    assert subject.fields["b"] == "2"
    del fields["a"]
    assert dict(subject.fields) == {"b": "2"}
    assert [r.method for r in wire.requests] == ["GET", "PUT", "PUT"]
    assert dict(wire.requests[-1].query) == {"xnat:subjectData/fields/field[name=a]/field": "NULL"}
    with pytest.raises(KeyError):
        del fields["a"]
    with pytest.raises(InvalidValueError, match=r"takes text \(str\), not list"):
        fields["c"] = ["3"]


def test_a_refused_edit_forgets_list_entries(wire, session, entry):
    from xnat_sdk.models import SubjectData

    wire.answer("PUT", SUBJECT, b"no", 403)
    wire.item(SUBJECT, "xnat:subjectData", {}, fields__field=[entry("xnat:subjectData_field", name="a", field="1")])
    subject = SubjectData.__xnat_from_server__(session, SUBJECT, {"ID": "X_S1"}, None)
    with pytest.raises(Exception, match="403"), subject.edit():
        subject.fields["b"] = "2"
    assert dict(subject.fields) == {"a": "1"}


def test_scan_parameters_are_written_below_their_path(wire, session):
    from xnat_sdk.models import MrScanData

    uri = "/data/experiments/X_E1/scans/3"
    wire.answer("PUT", uri)
    wire.item(uri, "xnat:mrScanData", {"ID": "3"})
    scan = MrScanData.__xnat_from_server__(session, uri, {"ID": "3"}, None)
    with scan.edit():
        scan.parameters.voxel_res.x = 1
        scan.parameters.add_param["EchoNumber"] = "2"
        scan.quality = "usable"
    assert wire.bodies() == [
        f"{HEAD}<xnat:MRScan {XNAT} {XSI}><xnat:quality>usable</xnat:quality>"
        '<xnat:parameters><xnat:voxelRes x="1.0" /><xnat:addParam name="EchoNumber">2</xnat:addParam>'
        "</xnat:parameters></xnat:MRScan>"
    ]
    assert scan.parameters.add_param["EchoNumber"] == "2"
    assert scan.parameters.voxel_res.x == 1.0


def test_structures_are_assigned_whole(wire, subject):
    from xnat_sdk.models import DemographicData

    subject.demographics = DemographicData(gender="male", yob=1970)
    assert subject.demographics.yob == 1970
    assert "<xnat:yob>1970</xnat:yob>" in wire.bodies()[0]
    assert len(wire.requests) == 1


def test_structures_join_a_list(wire, session):
    from xnat_sdk.models import ContrastBolusV2, MrScanData

    uri = "/data/experiments/X_E1/scans/3"
    wire.answer("PUT", uri)
    wire.item(uri, "xnat:mrScanData", {"ID": "3"})
    scan = MrScanData.__xnat_from_server__(session, uri, {"ID": "3"}, None)
    scan.contrasts.append(ContrastBolusV2())
    assert len(scan.contrasts) == 1
    assert "<xnat:contrasts><xnat:contrastBolusV2 /></xnat:contrasts>" in wire.bodies()[0]
    with pytest.raises(InvalidValueError, match="takes ContrastBolusV2"):
        scan.contrasts.append(scan.parameters)


@pytest.mark.parametrize(("text", "reason"), [("NULL", "assign None"), ("a\x00b", "control character")])
def test_text_that_xnat_cannot_hold_is_refused(wire, subject, text, reason):
    with pytest.raises(InvalidValueError, match=reason):
        subject.initials = text
    assert wire.sent() == []


def test_delete_names_what_happens_to_files(wire, session, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"project": "P"})
    wire.answer("DELETE", SUBJECT)
    subject.delete(remove_files=False)
    assert wire.sent()[-1] == f"DELETE {SUBJECT}?removeFiles=false"
    with pytest.raises(TypeError):
        subject.delete()


def test_delete_is_refused_where_the_item_is_only_shared(wire, subject):
    wire.item(SUBJECT, "xnat:subjectData", {"project": "OWNER"})
    with pytest.raises(UsageError, match="belongs to project OWNER and is only shared into P"):
        subject.delete(remove_files=True)
    assert [r.method for r in wire.requests] == ["GET"]


def test_creating_posts_a_document_and_takes_the_new_id(wire, session):
    from xnat_sdk.models import DemographicData, ProjectData, SubjectData

    wire.answer("POST", f"{PROJECT}/subjects", b"https://elsewhere.example/data/projects/P/subjects/X_S7\r\n")
    project = ProjectData.__xnat_from_server__(session, PROJECT, {"ID": "P"}, session)
    subject = SubjectData(parent=project, label="neu & alt", demographics=DemographicData(gender="other"))
    assert wire.sent() == [f"POST {PROJECT}/subjects"]
    assert wire.bodies() == [
        f'{HEAD}<xnat:Subject label="neu &amp; alt" {XNAT} {XSI}><xnat:demographics xsi:type="xnat:demographicData">'
        "<xnat:gender>other</xnat:gender></xnat:demographics></xnat:Subject>"
    ]
    assert (subject.id, subject.uri, subject.label) == ("X_S7", f"{PROJECT}/subjects/X_S7", "neu & alt")
    assert subject.demographics.gender == "other"
    assert subject.parent is project
    assert len(wire.requests) == 1


def test_creating_what_exists_is_a_conflict(wire, session):
    from xnat_sdk.models import ProjectData, SubjectData

    wire.answer("POST", f"{PROJECT}/subjects", b"<h3>Subject already exists.</h3>", 409)
    project = ProjectData.__xnat_from_server__(session, PROJECT, {"ID": "P"}, session)
    with pytest.raises(ConflictError, match="Subject already exists"):
        SubjectData(parent=project, label="one")


def test_creating_every_level_posts_below_its_parent(wire, session):
    from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, QcManualAssessorData, SubjectData

    base = "https://xnat.example.org"
    wire.answer("POST", "/data/projects", f"{base}/data/projects/N".encode())
    wire.answer("POST", "/data/projects/N/subjects", f"{base}/data/projects/N/subjects/S1".encode())
    wire.answer("POST", "/data/projects/N/subjects/S1/experiments", f"{base}/x/E1".encode())
    wire.answer("POST", "/data/experiments/E1/scans", f"{base}/x/3".encode())
    wire.answer("POST", "/data/experiments/E1/assessors", f"{base}/x/E2".encode())
    project = ProjectData(parent=session, id="N", name="New project")
    subject = SubjectData(parent=project, label="s")
    experiment = MrSessionData(parent=subject, label="e", date=datetime.date(2020, 2, 3))
    scan = MrScanData(parent=experiment, id="3", type="T1")
    assessor = QcManualAssessorData(parent=experiment, label="qc", rater="me")
    assert [item.uri for item in (project, subject, experiment, scan, assessor)] == [
        "/data/projects/N",
        "/data/projects/N/subjects/S1",
        "/data/experiments/E1",
        "/data/experiments/E1/scans/3",
        "/data/experiments/E1/assessors/E2",
    ]
    assert (experiment.project, experiment.subject_id, assessor.image_session_id) == ("N", "S1", "E1")
    assert len(wire.requests) == 5
    assert "<xnat:date>2020-02-03</xnat:date>" in wire.bodies()[2]


def test_a_type_without_an_element_cannot_be_created(wire, session, subject):
    from xnat_sdk.models import ImageSessionData

    with pytest.raises(InvalidValueError, match="xnat:imageSessionData has no element of its own"):
        ImageSessionData(parent=subject, label="x")
    assert wire.sent() == []


def test_what_the_address_needs_is_required(wire, session):
    from xnat_sdk.models import ProjectData, SubjectData

    project = ProjectData.__xnat_from_server__(session, PROJECT, {"ID": "P"}, session)
    with pytest.raises(InvalidValueError, match="needs label="):
        SubjectData(parent=project)
    assert wire.sent() == []


def test_resources_are_created_with_put_which_checks_the_label(wire, session):
    from xnat_sdk.models import MrScanData

    uri = "/data/experiments/X_E1/scans/3"
    wire.answer("PUT", f"{uri}/resources/a%20b")
    scan = MrScanData.__xnat_from_server__(session, uri, {"ID": "3"}, None)
    resource = scan.create_resource("a b", format="NIFTI")
    assert wire.sent() == [f"PUT {uri}/resources/a%20b?format=NIFTI"]
    assert (resource.label, resource.uri, resource.parent) == ("a b", f"{uri}/resources/a%20b", scan)
