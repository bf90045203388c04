"""Who and where: project, subject and session of what is imported; the number in a name is that of dicom-import."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from xnat_emulator.store.config import Place

from .imports_dicom import make

COMMENTS = ("PatientComments", "StudyComments", "AdditionalPatientHistory")


@pytest.fixture
def rules(emulator):
    """Set rules of the site, which are off again after the test."""
    config, used = emulator.site.archive.config, list[Place]()

    def put(path, text):
        used.append(Place("dicom", path))
        config.put(used[-1], text, "admin")

    yield put
    for place in used:
        config.set_status(place, "disabled", "admin")


@pytest.mark.parametrize("keyword", COMMENTS)
def test_comments_name_project_subject_session_and_archiving_1(importer, keyword):
    text = f"Project:{importer.project} Subject:SU1 Session:SE1 AA:true"
    row = importer.row(importer.gradual(make(study="3.1.1", **{keyword: text})).data.decode().strip())
    assert (row["project"], row["subject"], row["name"], row["autoarchive"]) == (
        importer.project,
        "SU1",
        "SE1",
        "AutoArchive",
    )


@pytest.mark.parametrize("first", range(2))
def test_earlier_comments_win_1(importer, first):
    said = {keyword: f"Session:S{number}" for number, keyword in enumerate(COMMENTS) if number >= first}
    assert importer.received(make(study="3.1.2", **said))["name"] == f"S{first}"


@pytest.mark.parametrize("keyword", ["StudyDescription", "AccessionNumber"])
@pytest.mark.parametrize("handler", ["gradual-DICOM", "SI"])
def test_whole_attributes_name_a_project_1(importer, keyword, handler):
    data = make(study="3.1.3", **{keyword: importer.project})
    response = importer.gradual(data) if handler != "SI" else importer.send({"a": data}, dest="/prearchive")
    assert response.data.startswith(f"/data/prearchive/projects/{importer.project}/".encode())


def test_name_and_id_of_the_patient_name_subject_and_session_1(importer):
    row = importer.received(make(study="3.1.4", PatientName="A^B", PatientID="I-1"))
    assert (row["subject"], row["name"], row["autoarchive"]) == ("A_B", "I-1", "AutoArchive")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("sEsSiOn:A", "A"),
        ("x,Session:A,y", "A"),
        ("x;Session:A;y", "A"),
        ("x\tSession :\tA", "A"),
        ("Session:A-b_1 y", "A-b_1"),
        ("Session:A Session:B", "A"),
        ("x Session:A y Session:B", "B"),
        ("xSession:A", "I1"),
        ("Session:A.b", "I1"),
        ("x\r\nSession:A", "I1"),
    ],
)
def test_assignments_are_read_as_written_2(importer, text, label):
    assert importer.received(make(study="3.2.1", PatientComments=text, PatientID="I1"))["name"] == label


@pytest.mark.parametrize(("text", "label"), [("Session:A_1", "A_1"), ("session:A", "I1"), ("Session:A-1", "I1")])
def test_session_importer_reads_words_in_this_very_case_3(importer, text, label):
    source = importer.held({"a": make(study="3.3.1", PatientComments=text, PatientID="I1")})
    assert f'label="{label}"' in importer.document(source)


def test_rules_of_the_site_come_before_the_fixed_ones_4(importer, rules):
    rules("projectRules", f"(0008,1030):^(brain)$ t:brain r:{importer.project}")
    rules("subjectRules", "(0010,0020):(\\w+)-(\\w+):2")
    rules("sessionRules", "(0010,0020):(\\w+)-(\\w+)")
    data = make(study="3.4.1", StudyDescription="brain", PatientID="one-two", PatientComments="Subject:no Session:no")
    row = importer.row(importer.gradual(data).data.decode().strip())
    assert (row["project"], row["subject"], row["name"]) == (importer.project, "two", "one")


def test_projects_that_cannot_be_reached_are_passed_over_5(importer):
    said = {"PatientComments": "Project:nowhere", "StudyDescription": "neither", "AccessionNumber": importer.project}
    row = importer.row(importer.gradual(make(study="3.5.1", **said)).data.decode().strip())
    assert row["project"] == importer.project


def test_aliases_name_projects_5(importer):
    path = f"/data/projects/{importer.project}?xnat:projectData/aliases/alias[0]/alias=also-{importer.project}"
    assert importer.client.put(path).status == 200
    row = importer.row(
        importer.gradual(make(study="3.5.2", PatientComments=f"Project:also-{importer.project}")).data.decode().strip()
    )
    assert row["project"] == importer.project


def test_session_importer_is_blocked_by_an_unknown_description_5(importer):
    said = {"StudyDescription": "unknown", "AccessionNumber": importer.project}
    response = importer.send({"a": make(study="3.5.3", **said)}, dest="/prearchive")
    assert response.data.startswith(b"/data/prearchive/projects/Unassigned/")


def test_parameters_win_over_headers_6(importer):
    said = {"EXPT_LABEL": "E 1", "SUBJECT_ID": "S 1", "VISIT": "v1", "SUBTYPE": "p1", "SOURCE": "here"}
    text = f"Project:{importer.project} Subject:no Session:no"
    row = importer.received(make(study="3.6.1", PatientComments=text), prevent_anon="true", **said)
    wanted = {"name": "E_1", "subject": "S_1", "VISIT": "v1", "PROTOCOL": "p1", "SOURCE": "here"}
    assert {key: row[key] for key in wanted} == wanted
    assert (row["prevent_anon"], row["prevent_auto_commit"]) == ("true", "false")


def test_project_of_a_destination_is_a_parameter_too_6(importer):
    response = importer.gradual(make(study="3.6.2"), dest=f"/prearchive/projects/{importer.project}")
    assert importer.row(response.data.decode().strip())["project"] == importer.project


def test_unknown_project_parameter_leaves_it_to_the_header_6(importer):
    data = make(study="3.6.3", PatientComments=f"Project:{importer.project}")
    response = importer.gradual(data, PROJECT_ID="nowhere")
    assert importer.row(response.data.decode().strip())["project"] == importer.project


def test_archives_of_objects_take_the_short_names_6(importer):
    said = {"project": importer.project, "subject": "S9", "session": "E9"}
    response = importer.send({"a.dcm": make(study="3.6.4")}, handler="DICOM-zip", **said)
    row = importer.row(response.data.decode().strip())
    assert (row["project"], row["subject"], row["name"]) == (importer.project, "S9", "E9")


@pytest.mark.parametrize("subject", ["subject", "SUBJECT_ID"])
@pytest.mark.parametrize("session", ["session", "EXPT_LABEL", "EXPT_ID", "label"])
@pytest.mark.parametrize("name", ["project", "PROJECT_ID"])
def test_session_importer_reads_either_name_7(importer, name, subject, session):
    said = {name: importer.project, subject: "S7", session: "E7", "TIMEZONE": "Europe/Rome", "SOURCE": "here"}
    row = importer.row(importer.held({"a": make(study="3.7.1")}, dest="/prearchive", **said))
    wanted = {"project": importer.project, "subject": "S7", "name": "E7", "TIMEZONE": "Europe/Rome", "SOURCE": "here"}
    assert {key: row[key] for key in wanted} == wanted


def test_schema_paths_go_into_the_document_7(importer):
    source = importer.held({"a": make(study="3.7.2")}, **{"xnat:mrSessionData/note": "noted"})
    assert "<xnat:note>noted</xnat:note>" in importer.document(source)
    uri = importer.archive(source).data.decode().strip()
    assert importer.client.fields(uri)["note"] == "noted"


def test_sessions_without_a_label_get_one_8(importer):
    assert importer.received(make(study="3.8.1", PatientID=None))["name"] == "dicom_upload"
    source = importer.held({"a": make(study="3.8.2", PatientID=None)})
    assert source.rpartition("/")[2] == "session"


def test_received_labels_are_cleaned_sign_by_sign_9(importer):
    row = importer.received(make(study="3.9.1", PatientName="A^B  c.d", PatientID="x/é!-1"))
    assert (row["subject"], row["name"]) == ("A_B__c_d", "x___-1")


def test_folders_of_the_session_importer_hold_words_10(importer):
    assert importer.held({"a": make(study="3.10.1", PatientID="a-b c.d")}).rpartition("/")[2] == "a_b_c_d"
    dest = f"/prearchive/projects/{importer.project}"
    files = {"a": make(study="3.10.2", PatientID="same"), "b": make(study="3.10.3", PatientID="same")}
    assert len(set(importer.send(files, dest=dest).data.decode().split())) == 2


def test_archived_labels_lose_their_punctuation_11(importer):
    name = "`~@#$%^&*()+=[]{}|?:;\"',.<>-!"
    uri = importer.archived({"a": make(study="3.11.1", PatientID=f"E{name}")}, subject="S x")
    assert unquote(uri).rpartition("/")[2] == "E" + "_" * (len(name) - 2) + "-!"
    assert "/subjects/S_x/" in uri
    uri = importer.archived({"a": make(study="3.11.2")})
    assert uri.endswith("/subjects/Sample_Patient/experiments/Sample_ID")


PARAMETERS = [("session", "L1"), ("xnat:mrSessionData/label", "L2"), ("EXPT_LABEL", "L3"), ("label", "L4")]


@pytest.mark.parametrize("first", range(4))
def test_labels_are_looked_for_in_order_12(importer, first):
    source = importer.held({"a": make(study="3.12.1")}, session="built")
    uri = importer.archive(source, **dict(PARAMETERS[first:])).data.decode().strip()
    assert uri.rpartition("/")[2] == PARAMETERS[first][1]


def test_label_of_the_document_comes_next_12(importer):
    source = importer.held({"a": make(study="3.12.2")}, session="built")
    assert importer.archive(source).data.decode().strip().endswith("/built")


@pytest.mark.parametrize(
    ("said", "subject"),
    [({"subject": "S1", "SUBJECT_ID": "S2"}, "S1"), ({"SUBJECT_ID": "S2"}, "S2"), ({}, "built")],
)
def test_subjects_are_looked_for_in_order_13(importer, said, subject):
    source = importer.held({"a": make(study="3.13.1")}, subject="built")
    assert f"/subjects/{subject}/" in importer.archive(source, **said).data.decode()


def test_subjects_are_matched_by_label_or_accession_id_or_made_13(importer):
    client, subjects = importer.client, f"/data/projects/{importer.project}/subjects"
    client.put(f"{subjects}/MixedCase")
    identifier = client.fields(f"{subjects}/MixedCase")["ID"]
    assert "/subjects/MixedCase/" in importer.archived({"a": make(study="3.13.2")}, subject="mixedcase", session="a")
    assert "/subjects/MixedCase/" in importer.archived({"a": make(study="3.13.3")}, subject=identifier, session="b")
    assert "/subjects/New/" in importer.archived({"a": make(study="3.13.4")}, subject="New", session="c")
    assert {row["label"] for row in client.rows(subjects)} == {"MixedCase", "New"}


def test_marks_of_invalid_ones_are_taken_off_14(importer):
    uri = importer.archived({"a": make(study="3.14.1", SeriesDescription="INVALID: T1")}, subject="INVALID:S1")
    assert "/subjects/S1/" in uri
    fields = importer.scan(uri)
    assert (fields["series_description"], fields["type"]) == ("T1", "T1")
