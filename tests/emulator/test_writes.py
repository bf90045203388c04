"""Creating, changing, renaming and deleting objects (rest-data sections 7 and 8)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def name_of(path):
    return path.rpartition("/")[2]


def test_project_put_answers_200_without_a_body_for_new_and_existing(client, project):
    again = client.put(f"{project}?description=changed")
    assert (again.status, again.data) == (200, b"")
    assert client.fields(project)["description"] == "changed"


def test_project_post_answers_with_its_url(client):
    response = client.post("/data/projects?ID=POSTED&name=Posted%20one")
    assert response.status == 200
    assert response.data.decode() == f"{client.emulator.url}/data/projects/POSTED"
    assert response.headers["Location"] == response.data.decode()
    again = client.post("/data/projects?ID=POSTED")
    assert (again.status, client.message(again)) == (409, "Project already exists.")


def test_project_id_has_few_signs(client):
    assert client.put("/data/projects/not%20good").status == 417
    assert client.put("/data/projects/ok-A_1").status == 200


def test_project_titles_are_unique_whatever_the_case(client, project):
    client.put(f"{project}?name=Unique%20{name_of(project)}")
    assert client.put(f"/data/projects/{name_of(project)}X?name=unique%20{name_of(project).lower()}").status == 409
    assert client.put(f"/data/projects/{name_of(project).lower()}").status == 409


def test_id_of_a_deleted_project_is_never_reused(client):
    assert client.put("/data/projects/GONE").status == 200
    assert client.delete("/data/projects/GONE?removeFiles=true").status == 200
    assert client.get("/data/projects/GONE").status == 404
    assert client.put("/data/projects/GONE").status == 403


def test_subject_put_answers_201_then_200_with_the_accession_id(client, project):
    first = client.put(f"{project}/subjects/new?gender=male")
    assert first.status == 201
    assert first.headers["Content-Type"].startswith("text/plain")
    assert first.data.decode().startswith("XNAT_S")
    again = client.put(f"{project}/subjects/new?gender=female")
    assert (again.status, again.data) == (200, first.data)


def test_subject_post_answers_with_its_url(client, project):
    response = client.post(f"{project}/subjects?label=posted")
    identifier = client.fields(f"{project}/subjects/posted")["ID"]
    assert response.status == 200
    assert response.data.decode() == f"{client.emulator.url}{project}/subjects/{identifier}"
    assert client.post(f"{project}/subjects?label=posted").status == 409


def test_subject_needs_a_project(client, project):
    assert client.put("/data/projects/NOPE/subjects/x").status == 404
    assert client.put("/data/subjects/x?gender=male").status == 422


def test_experiment_put_answers_201_then_200_with_the_accession_id(client, subject):
    first = client.put(f"{subject}/experiments/new?xsiType=xnat:mrSessionData")
    assert first.status == 201
    assert first.data.decode().startswith("XNAT_E")
    again = client.put(f"{subject}/experiments/new?xsiType=xnat:mrSessionData&note=x")
    assert (again.status, again.data) == (200, first.data)


def test_type_may_come_from_the_first_path(client, subject):
    assert client.put(f"{subject}/experiments/new?xnat:ctSessionData/date=2020-01-31").status == 201
    assert client.item(f"{subject}/experiments/new")["meta"]["xsi:type"] == "xnat:ctSessionData"


def test_experiment_without_a_type_needs_contents(client, subject):
    assert client.message(client.put(f"{subject}/experiments/new")) == "Need PUT Contents"
    assert client.message(client.post(f"{subject}/experiments")) == "Need POST Contents"
    assert client.put(f"{subject}/experiments/new?xsiType=xnat:nonsense").status == 400


def test_type_of_an_experiment_does_not_change(client, session):
    assert client.put(f"{session}?xsiType=xnat:ctSessionData").status == 409
    wider = f"{session}?xsiType=xnat:imageSessionData&xnat:mrSessionData/coil=head"
    assert client.put(wider).status == 200
    assert client.fields(session)["coil"] == "head"


def test_missing_subject_of_an_experiment_is_made(client, project):
    assert client.put(f"{project}/subjects/fresh/experiments/e?xsiType=xnat:mrSessionData").status == 201
    assert client.fields(f"{project}/subjects/fresh")["label"] == "fresh"
    assert client.post(f"{project}/subjects/UNKNOWN/experiments?xsiType=xnat:mrSessionData").status == 404
    put = client.put(f"{project}/experiments/e2?xsiType=xnat:mrSessionData&subject_ID=other")
    assert put.status == 201
    assert client.fields(f"{project}/subjects/other")["label"] == "other"


def test_experiment_can_move_to_another_subject(client, session):
    project = session.partition("/subjects")[0]
    assert client.put(f"{project}/experiments/e1?subject_ID=moved").status == 200
    moved = client.fields(f"{project}/subjects/moved")["ID"]
    assert client.fields(f"{project}/experiments/e1")["subject_ID"] == moved


def test_project_qualified_route_knows_no_short_names(client, session):
    project = session.partition("/subjects")[0]
    assert client.put(f"{project}/experiments/e1?xsiType=xnat:mrSessionData&date=2020-01-31").status == 200
    assert "date" not in client.fields(session)
    assert client.put(f"{session}?xsiType=xnat:mrSessionData&date=2020-01-31").status == 200
    assert client.fields(session)["date"] == "2020-01-31"


def test_bare_experiment_route_takes_the_item_from_the_request(client, session):
    fields = client.fields(session)
    bare = f"/data/experiments/{fields['ID']}"
    assert client.put(f"{bare}?xnat:mrSessionData/note=x").status == 422
    full = f"xnat:mrSessionData/project={fields['project']}&xnat:mrSessionData/ID={fields['ID']}"
    assert client.put(f"{bare}?{full}&xnat:mrSessionData/note=x").status == 200
    assert client.fields(session)["note"] == "x"


def test_scan_put_answers_200_without_a_body(client, session):
    first = client.put(f"{session}/scans/7?xsiType=xnat:mrScanData&type=T1")
    assert (first.status, first.data) == (200, b"")
    assert client.put(f"{session}/scans/7?quality=usable").status == 200
    fields = client.fields(f"{session}/scans/7")
    assert (fields["type"], fields["quality"]) == ("T1", "usable")


def test_scan_needs_a_concrete_type_that_does_not_change(client, session):
    response = client.put(f"{session}/scans/7")
    assert response.status == 400
    assert client.message(response).startswith("Multiple scan modalities")
    client.put(f"{session}/scans/7?xsiType=xnat:mrScanData")
    assert client.put(f"{session}/scans/7?xsiType=xnat:ctScanData").status == 409


def test_scan_without_an_id_gets_the_smallest_free_number(client, session):
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData")
    client.put(f"{session}/scans/3?xsiType=xnat:mrScanData")
    response = client.post(f"{session}/scans?xsiType=xnat:mrScanData")
    assert response.data.decode().endswith("/scans/2")
    assert client.post(f"{session}/scans?xsiType=xnat:mrScanData&ID=2").status == 409


def test_assessor_and_reconstruction(client, session):
    first = client.put(f"{session}/assessors/qc?xsiType=xnat:qcManualAssessorData")
    assert first.status == 201
    assert client.fields(f"{session}/assessors/qc")["ID"] == first.data.decode()
    assert client.fields(f"/data/experiments/{first.data.decode()}")["label"] == "qc"
    renamed = client.put(f"{session}/assessors/qc?label=other")
    assert (renamed.status, client.message(renamed)) == (400, "Label must be modified through separate URI.")
    assert client.put(f"{session}/reconstructions/written-1?type=mask").status == 200
    assert client.fields(f"{session}/reconstructions/written-1")["type"] == "mask"


def test_partial_put_keeps_the_rest(client, subject):
    client.put(f"{subject}?gender=male&group=a")
    client.put(f"{subject}?xnat:subjectData/initials=X")
    item = client.item(subject)
    assert (item["data_fields"]["group"], item["data_fields"]["initials"]) == ("a", "X")
    assert item["children"][0]["items"][0]["data_fields"]["gender"] == "male"


def test_form_body_is_read_like_the_query(client, subject):
    body = f"{quote('xnat:subjectData/initials')}=FB&gender=female".encode()
    assert client.put(subject, body=body, headers=FORM).status == 200
    assert client.fields(subject)["initials"] == "FB"


def test_null_clears_and_blank_changes_nothing(client, subject):
    client.put(f"{subject}?group=a&src=b&gender=male")
    client.put(f"{subject}?group=NULL&src=&gender=NULL")
    item = client.item(subject)
    assert "group" not in item["data_fields"]
    assert item["data_fields"]["src"] == "b"
    assert item["children"] == []


def test_predicates_select_by_key_index_and_type(client, scan):
    base = "xnat:mrScanData/parameters/addParam"
    client.put(f"{scan}?{base}[name%3Da]/addField=1&{base}[name%3Db]/addField=2")
    client.put(f"{scan}?{base}[name%3Da]/addField=3&{base}[1]/addField=4")
    (parameters,) = [entry["items"] for entry in client.item(scan)["children"]]
    assert [(one["data_fields"]["name"], one["data_fields"]["addField"]) for one in parameters] == [
        ("a", "3"),
        ("b", "4"),
    ]
    client.put(f"{scan}?{base}[name%3Da]=NULL")
    (parameters,) = [entry["items"] for entry in client.item(scan)["children"]]
    assert len(parameters) == 1


def test_session_put_reaches_its_scans(client, scan):
    session = scan.partition("/scans")[0]
    assert client.put(f"{session}?xnat:mrSessionData/scans/scan[ID%3D1]/quality=unusable").status == 200
    assert client.fields(scan)["quality"] == "unusable"


def test_unknown_field_ends_the_population(client, subject):
    path = "xnat:subjectData"
    response = client.put(f"{subject}?{path}/initials=A&{path}/nonsense=1&{path}/group=lost")
    assert response.status == 200
    fields = client.fields(subject)
    assert fields["initials"] == "A"
    assert "group" not in fields


def test_unknown_field_loses_all_parameters_of_a_new_item(client, subject):
    """A blank item is made, or none when the type was only in the paths (rest-data 7.1.6)."""
    path = "xnat:mrSessionData"
    query = f"{path}/note=A&{path}/nonsense=1&{path}/scanner=lost"
    assert client.put(f"{subject}/experiments/new?xsiType={path}&{query}").status == 201
    fields = client.fields(f"{subject}/experiments/new")
    assert ("note" in fields, "scanner" in fields) == (False, False)
    refused = client.put(f"{subject}/experiments/none?{query}")
    assert (refused.status, client.message(refused)) == (417, "Need PUT Contents")
    project = subject.partition("/subjects")[0]
    assert client.put(f"{project}/subjects/blank?group=g&xnat:subjectData/nonsense=1").status == 201
    assert "group" not in client.fields(f"{project}/subjects/blank")


def test_path_of_an_unrelated_type_is_skipped(client, subject):
    client.put(f"{subject}?xnat:ctScanData/frames=1&xnat:subjectData/initials=A")
    assert client.fields(subject)["initials"] == "A"


@pytest.mark.parametrize(("path", "text"), [("date", "yesterday"), ("date", "20200131"), ("dcmPatientWeight", "heavy")])
def test_value_that_does_not_fit_is_left_out_without_an_error(client, session, path, text):
    assert client.put(f"{session}?xnat:mrSessionData/{path}={text}&xnat:mrSessionData/note=kept").status == 200
    fields = client.fields(session)
    assert path not in fields
    assert fields["note"] == "kept"


def test_dates_may_be_written_with_slashes(client, session):
    client.put(f"{session}?date=01/31/2020")
    assert client.fields(session)["date"] == "2020-01-31"


def test_query_values_come_back_with_entities(client, subject):
    client.put(f"{subject}?group={quote('a<b & c>d')}&src={quote(chr(39) + chr(34))}")
    fields = client.fields(subject)
    assert fields["group"] == "a&lt;b &amp; c&gt;d"
    assert fields["src"] == "&apos;&quot;"


def test_labels_with_odd_signs_are_found_again(client, project):
    for label in ("a b", "x/y", "Größe", "50%", "q?z#1", "o'neil"):
        path = f"{project}/subjects/{quote(label, safe='')}"
        assert client.put(path).status == 201
        assert client.put(path).status == 200
        assert client.fields(path)["ID"].startswith("XNAT_S")


def test_rename_does_nothing_else_and_answers_empty(client, session):
    subject = session.partition("/experiments")[0]
    response = client.put(f"{session}?label=e2&note=lost")
    assert (response.status, response.data) == (200, b"")
    fields = client.fields(f"{subject}/experiments/e2")
    assert "note" not in fields
    assert client.get(session).status == 404
    same = client.put(f"{subject}/experiments/e2?label=e2&note=lost")
    assert (same.status, same.data) == (200, b"")
    assert "note" not in client.fields(f"{subject}/experiments/e2")


def test_rename_to_a_label_in_use_is_a_conflict(client, subject):
    client.put(f"{subject}/experiments/a?xsiType=xnat:mrSessionData")
    client.put(f"{subject}/experiments/b?xsiType=xnat:mrSessionData")
    assert client.put(f"{subject}/experiments/a?label=b").status == 409
    project = subject.partition("/subjects")[0]
    client.put(f"{project}/subjects/s2")
    assert client.put(f"{project}/subjects/s2?label=s1").status == 409
    assert client.put(f"{project}/subjects/s2?label=s3").status == 200
    assert client.fields(f"{project}/subjects/s3")["label"] == "s3"


def test_identity_cannot_be_changed_by_an_update(client, subject):
    assert client.put(f"{subject}?xnat:subjectData/ID=XNAT_S99999").status == 400
    assert client.put(f"{subject}?xnat:subjectData/label=other").status == 400
    assert client.put(f"{subject}?xnat:subjectData/project=OTHER").status == 409


def test_new_id_with_bad_signs_is_refused(client, project):
    assert client.put(f"{project}/subjects/x?xnat:subjectData/ID=a%2Fb").status == 417


def test_delete_removes_everything_below(client, scan):
    client.put(f"{scan}/resources/DATA/files/a.txt?inbody=true", body=b"x")
    session = scan.partition("/scans")[0]
    identifier = client.fields(session)["ID"]
    response = client.delete(f"{session}?removeFiles=true")
    assert (response.status, response.data) == (200, b"")
    assert client.get(f"/data/experiments/{identifier}").status == 404
    assert client.delete(session).status == 404
    subject = session.partition("/experiments")[0]
    assert client.delete(subject).status == 200
    assert client.get(subject).status == 404


def test_deleted_project_takes_its_contents_along(client, scan):
    session = client.fields(scan.partition("/scans")[0])["ID"]
    project = scan.partition("/subjects")[0]
    client.put(f"{project}/resources/R")
    assert client.delete(project).status == 200
    assert client.get(f"/data/experiments/{session}").status == 404


def test_failed_write_leaves_nothing_behind(client, project):
    document = '<xnat:MRSession xmlns:xnat="http://nrg.wustl.edu/xnat"><xnat:date>bad</xnat:date></xnat:MRSession>'
    assert client.xml("PUT", f"{project}/subjects/fresh/experiments/e", document).status == 400
    assert client.get(f"{project}/subjects/fresh").status == 404


def test_first_of_repeated_parameters_counts(client, subject):
    client.put(f"{subject}?group=first&group=second&xnat:subjectData/src=a&xnat:subjectData/src=b")
    fields = client.fields(subject)
    assert (fields["group"], fields["src"]) == ("first", "a")


def test_alias_of_another_project_is_refused(client, project):
    alias = f"A{project.rpartition('/')[2]}"
    assert client.put(f"{project}?alias={alias}").status == 200
    assert client.put(f"{project}?alias={alias}").status == 200
    assert client.put(f"{project}x?alias={alias.lower()}").status == 409


def share_of(client, project, subject):
    other = f"{project}B"
    client.put(other)
    name = other.rpartition("/")[2]
    share = f"xnat:subjectData/sharing/share[project={name}]/label"
    assert client.put(f"{subject}?{urlencode({share: 'there'})}").status == 200
    return f"{other}/subjects/there"


def test_delete_through_a_sharing_project_takes_only_the_share_away(client, project, subject):
    shared = share_of(client, project, subject)
    assert client.get(shared).status == 200
    assert client.delete(shared).status == 200
    assert client.get(shared).status == 404
    assert client.get(subject).status == 200


def test_delete_through_a_foreign_project_is_refused(client, project, session):
    client.put(f"{project}C")
    identifier = client.fields(session)["ID"]
    assert client.delete(f"{project}C/experiments/{identifier}").status == 404
    assert client.get(session).status == 200
