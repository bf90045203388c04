"""What writes of projects, subjects, experiments and scans answer and leave behind (rest-data 7)."""

from __future__ import annotations

import json

import pytest

MR, QC, SCAN = "xsiType=xnat:mrSessionData", "xsiType=xnat:qcManualAssessorData", "xsiType=xnat:mrScanData"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAMESPACES = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def document(name: str, attributes: str = "", inner: str = "") -> str:
    return f"<xnat:{name} {NAMESPACES} {attributes}>{inner}</xnat:{name}>"


def stored(client, project: str) -> bytes:
    """Everything a project holds, as text that changes with it."""
    lists = [client.get(f"{project}/{kind}?format=csv").data for kind in ("subjects", "experiments")]
    return b"".join([client.get(f"{project}?format=xml").data, *lists])


# --- 7.2, 7.3: refusals, which must leave everything as it was ---

_REFUSED = [
    # type of the object and of what is sent
    ("PUT", "/subjects/n?xsiType=xnat:mrSessionData", 422),
    ("PUT", "/subjects/n?ELEMENT_0=xnat:mrSessionData", 422),
    ("PUT", "/subjects/n?xnat:mrSessionData/note=x", 422),
    ("POST", "/subjects?xsiType=xnat:mrSessionData&label=n", 422),
    ("PUT", "/subjects/s1?xsiType=xnat:mrSessionData", 422),
    ("PUT", "/subjects/n?xsiType=xnat:nonsense", 400),
    ("PUT", "?xsiType=xnat:subjectData", 422),
    ("PUT", "/subjects/s1/experiments/n?xsiType=xnat:subjectData", 422),
    ("PUT", "/subjects/s1/experiments/n?xsiType=xnat:mrScanData", 422),
    ("PUT", "/subjects/s1/experiments/e1/scans/9?xsiType=xnat:mrSessionData", 422),
    ("PUT", "/subjects/s1/experiments/e1/assessors/n?xsiType=xnat:mrSessionData", 422),
    ("PUT", "/subjects/s1/experiments/e1/reconstructions/n?xsiType=xnat:mrScanData", 422),
    ("PUT", "/subjects/s1/experiments/e1/scans/1?xsiType=xnat:petScanData", 409),
    ("PUT", "/subjects/s1/experiments/e1/scans/9", 400),
    # nothing to make an object of
    ("PUT", "/subjects/s1/experiments/n", 417),
    ("POST", "/subjects/s1/experiments", 417),
    ("POST", "/subjects/s1/experiments/e1/assessors", 417),
    ("PUT", f"/experiments/n?{MR}", 422),
    ("POST", f"/subjects/UNKNOWN/experiments?{MR}", 404),
    # names
    ("PUT", "?ID=other", 417),
    ("PUT", "?xnat:projectData/ID=other", 417),
    ("PUT", "/subjects/s1?ID=other", 400),
    ("PUT", "/subjects/s1?project=other", 409),
    ("PUT", "/subjects/s1/experiments/e1?project=other", 409),
    ("PUT", "/subjects/s1/experiments/e1/scans/1?ID=2", 400),
    ("PUT", "/subjects/s1/experiments/e1/assessors/a1?label=b", 400),
    ("PUT", "/subjects/s1?label=s2", 409),
    ("PUT", "/subjects/s1/experiments/e1?label=e2", 409),
    ("POST", "/subjects?label=s1", 409),
    ("POST", f"/subjects/s1/experiments?{MR}&label=e1", 409),
    ("POST", f"/experiments?{MR}&label=e1&subject_ID=s1", 409),
    ("POST", f"/subjects/s1/experiments/e1/scans?{SCAN}&ID=1", 409),
    ("POST", f"/subjects/s1/experiments/e1/assessors?{QC}&label=a1", 409),
    ("POST", f"/subjects/s1/experiments/e1/assessors?{QC}&label=e2", 409),
    ("PUT", "/subjects/s1/experiments/e1/resources/R", 409),
    # what is not there, and tails
    ("DELETE", "/subjects/none", 404),
    ("DELETE", "/experiments/none", 404),
    ("DELETE", "/subjects/s1/experiments/e1/scans/none", 404),
    ("DELETE", "/subjects/s1/experiments/e1/assessors/none", 404),
    ("DELETE", "/subjects/s1/experiments/e1/reconstructions/none", 404),
    ("PUT", "/nonsense", 400),
    ("DELETE", "/nonsense", 400),
    ("PUT", "/subjects/s1/nonsense", 400),
    ("PUT", "/experiments/e1/scans", 400),
    ("DELETE", "/experiments/e1/scans", 400),
    ("PUT", "/subjects", 405),
    ("DELETE", "/experiments", 405),
    ("POST", "/subjects/s1", 405),
]


@pytest.fixture
def filled(client, project, scan) -> str:
    """A project with ``s1/e1`` (scan 1, assessor ``a1``, resource ``R``), ``s1/e2`` and ``s2``."""
    assert client.put(f"{project}/subjects/s2").status == 201
    assert client.put(f"{project}/subjects/s1/experiments/e2?{MR}").status == 201
    assert client.put(f"{project}/subjects/s1/experiments/e1/assessors/a1?{QC}").status == 201
    assert client.put(f"{project}/subjects/s1/experiments/e1/resources/R").status == 200
    return project


@pytest.mark.parametrize(("method", "path", "status"), _REFUSED)
def test_refused_writes_change_nothing(client, filled, method, path, status):
    before = stored(client, filled), client.item(f"{filled}/experiments/e1")
    assert client.request(method, filled + path).status == status
    assert (stored(client, filled), client.item(f"{filled}/experiments/e1")) == before


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("PUT", "", document("Project", 'ID="other"'), 417),
    ("PUT", "", document("Subject"), 422),
    ("PUT", "/subjects/s1", document("Project"), 422),
    ("PUT", "/subjects/s1", document("Subject", 'ID="other"'), 400),
    ("PUT", "/subjects/s1", document("Subject", 'label="other"'), 400),
    ("PUT", "/subjects/s1", document("Subject", 'project="other"'), 409),
    ("PUT", "/subjects/s1", "<broken", 422),
    ("PUT", "/experiments/e1", document("MRSession", 'label="other"'), 400),
    ("PUT", "/experiments/e1", document("MRSession", 'project="other"'), 409),
    ("PUT", "/experiments/e1", document("MRSession", "", "<xnat:date>soon</xnat:date>"), 400),
    ("POST", "/subjects", document("Subject", 'label="s1"'), 409),
    ("POST", "/subjects/s1/experiments", document("MRSession", 'label="e1"'), 409),
    ("PUT", "/subjects/s1/experiments/e1/scans/1", document("PETScan"), 409),
    ("PUT", "/subjects/s1/experiments/e1/scans/1", document("MRScan", 'ID="2"'), 400),
])  # fmt: skip
def test_refused_documents_change_nothing(client, filled, method, path, body, status):
    before = stored(client, filled), client.item(f"{filled}/experiments/e1")
    assert client.xml(method, filled + path, body).status == status
    assert (stored(client, filled), client.item(f"{filled}/experiments/e1")) == before


@pytest.mark.parametrize(("path", "query"), [
    ("/subjects", "label=n"), ("/subjects/s1/experiments", f"{MR}&label=n"),
    ("/experiments", f"{MR}&label=n&subject_ID=s1"),
    ("/subjects/s1/experiments/e1/scans", f"{SCAN}&ID=n"), ("/subjects/s1/experiments/e1/assessors", f"{QC}&label=n"),
    ("/subjects/s1/experiments/e1/reconstructions", "ID=n"),
])  # fmt: skip
def test_posts_answer_200_with_the_absolute_url_of_what_they_made(client, filled, path, query):
    path = filled + path
    answer = client.post(f"{path}?{query}&xnat:subjectData/group=g" if path.endswith("subjects") else f"{path}?{query}")
    url = answer.data.decode()
    assert (answer.status, answer.headers["Location"]) == (200, url)
    assert url.startswith(f"{client.emulator.url}{path}/")
    assert "?" not in url
    assert client.get(url.removeprefix(client.emulator.url)).status == 200


# --- 7.1.4: NULL ---


@pytest.mark.parametrize(("path", "field", "value"), [
    ("", "description", "x"), ("", "keywords", "x"), ("/subjects/s1", "group", "x"),
    ("/subjects/s1/experiments/e1", "note", "x"),
    ("/subjects/s1/experiments/e1", "date", "2020-01-31"), ("/subjects/s1/experiments/e1", "fieldStrength", "3.0"),
    ("/subjects/s1/experiments/e1/scans/1", "quality", "usable"),
    ("/subjects/s1/experiments/e1/assessors/a1", "note", "x"),
    ("/subjects/s1/experiments/e1/reconstructions/r", "type", "x"),
])  # fmt: skip
def test_null_clears_and_history_keeps_the_value(client, filled, path, field, value):
    """The literal ``NULL`` clears, a blank text does not; the earlier state is kept (rest-data 7.1.4)."""
    path = filled + (path if not path.endswith("/r") else f"/subjects/s1/experiments/e1/reconstructions/r{filled[-4:]}")
    assert client.put(f"{path}?{field}={value}").status == 200
    assert client.put(f"{path}?{field}=").status == 200
    assert str(client.fields(path)[field]) == value
    assert client.put(f"{path}?{field}=NULL").status == 200
    assert field not in client.fields(path)
    if "/experiments/" in path:
        above = path.partition("/experiments/")[0]
        past = client.get(f"{above}?format=json&includeHistory=true").data.decode()
        assert f'"{field}":"{value}"' in past
        assert '"isHistory":true' in past


@pytest.mark.parametrize(("path", "field", "value"), [
    ("/subjects/s1", "gender", "male"), ("/subjects/s1", "dob", "1980-05-06"), ("/subjects/s1", "pi_lastname", "x"),
    ("/subjects/s1", "xnat:subjectData/fields/field[name%3Dx]/field", "given"),
    ("/experiments/e1", "xnat:mrSessionData/fields/field[name%3Dx]/field", "given"), ("", "pi_firstname", "x"),
])  # fmt: skip
def test_null_clears_values_inside_children(client, filled, path, field, value):
    assert client.put(f"{filled}{path}?{field}={value}").status == 200
    assert f'"{value}"' in json.dumps(client.item(filled + path))
    assert client.put(f"{filled}{path}?{field}=NULL").status == 200
    assert f'"{value}"' not in json.dumps(client.item(filled + path))


@pytest.mark.parametrize(("path", "query"), [
    ("", "ID=NULL"), ("/subjects/s1", "ID=NULL&project=NULL"), ("/experiments/e1", "xnat:mrSessionData/ID=NULL"),
    ("/subjects/s1/experiments/e1", "ID=NULL&project=NULL"), ("/subjects/s1/experiments/e1/scans/1", "ID=NULL"),
    ("/subjects/s1/experiments/e1/assessors/a1", "ID=NULL&label=NULL&project=NULL"),
])  # fmt: skip
def test_null_clears_no_names(client, filled, path, query):
    """An object keeps what identifies it: nothing could reach it otherwise."""
    before = client.fields(filled + path)
    client.put(f"{filled}{path}?{query}")
    assert client.fields(filled + path) == before


@pytest.mark.parametrize(("path", "query"), [
    ("/subjects/n", "label=NULL&ID=NULL"), ("/subjects/s1/experiments/n", f"{MR}&label=NULL"),
    ("/subjects/s1/experiments/e1/assessors/n", f"{QC}&label=NULL"),
    ("/subjects/s1/experiments/e1/scans/n", f"{SCAN}&ID=NULL"),
])  # fmt: skip
def test_new_objects_take_their_name_from_the_url(client, filled, path, query):
    assert client.put(f"{filled}{path}?{query}").status in {200, 201}
    assert client.get(filled + path).status == 200


# --- 7.1, 7.3, 7.4: bodies, renames, moves ---


def test_parameters_win_over_the_fields_of_a_form(client, subject):
    """Query parameters are applied after the body, and a form needs no ``req_format`` (rest-data 6.4, 7.1.2)."""
    assert client.put(f"{subject}?group=query", body=b"group=form&src=form", headers=FORM).status == 200
    fields = client.fields(subject)
    assert (fields["group"], fields["src"]) == ("query", "form")


def test_unfinished_bracket_ends_the_population(client, subject):
    """A selection cut off at its ``=`` names no field (rest-data 7.1.6)."""
    assert client.put(f"{subject}?group=g&xnat:subjectData/fields/field[name=x]/field=1&src=lost").status == 200
    assert "fields/field" not in {child["field"] for child in client.item(subject)["children"]}
    assert client.fields(subject)["group"] == "g"


@pytest.mark.parametrize(("path", "field"), [("/subjects/s1", "group"), ("/subjects/s1/experiments/e1", "note")])
def test_blank_label_is_no_rename(client, filled, path, field):
    answer = client.put(f"{filled}{path}?label=&{field}=x")
    assert (answer.status, answer.data.decode()) == (200, client.fields(filled + path)["ID"])
    assert client.fields(filled + path)[field] == "x"


def test_experiment_put_below_another_subject_moves_there(client, filled):
    """The subject of the URL becomes that of the experiment, a new one when there is none (rest-data 7.3)."""
    for name in ("s2", "s3"):
        assert client.put(f"{filled}/subjects/{name}/experiments/e1?note={name}").status == 200
        assert client.fields(f"{filled}/experiments/e1")["note"] == name
        (row,) = client.rows(f"{filled}/subjects/{name}/experiments?columns=label,subject_label")
        assert (row["label"], row["subject_label"]) == ("e1", name)


def test_subject_may_name_its_project_in_a_parameter(client, project, make_user):
    """Without a project in the path the one of the item counts; without both the answer is 422 (rest-data 7.3)."""
    name = project.rpartition("/")[2]
    assert client.put(f"/data/subjects/n?project={name}").status == 201
    assert client.put(f"/data/subjects/m?xnat:subjectData/project={name}").status == 201
    assert [row["label"] for row in client.rows(f"{project}/subjects")] == ["n", "m"]
    assert client.put("/data/subjects/o").status == 422
    assert make_user().put(f"/data/subjects/o?project={name}").status == 422


@pytest.mark.parametrize("query", ["data=bad", "activeSince=soon"])
def test_odd_project_lists_are_refused_where_nothing_is_visible(make_user, query):
    """rest-data 4.6"""
    assert make_user().get(f"/data/projects?{query}").status == (500 if query.startswith("data") else 422)


def test_reconstruction_ids_are_those_of_the_site(client, filled):
    """rest-data 7.3"""
    one, two = (f"{filled}/subjects/s1/experiments/{name}/reconstructions" for name in ("e1", "e2"))
    name = f"r{filled[-4:]}"
    assert client.put(f"{one}/{name}?type=a").status == 200
    assert client.post(f"{two}?ID={name}").status == 409
    assert client.fields(f"{two}/{name}")["type"] == "a"
    assert client.put(f"{two}/{name}?type=b").status == 200
    assert [row["type"] for row in client.rows(one)] == ["b"]
    assert client.rows(two) == []


def test_reconstructions_of_others_stay_hidden(client, filled, make_user):
    name = f"r{filled[-4:]}"
    client.put(f"{filled}/subjects/s1/experiments/e1/reconstructions/{name}")
    user = make_user()
    own = f"/data/projects/OWN{filled[-4:]}"
    user.put(own)
    assert user.put(f"{own}/subjects/s/experiments/e?{MR}").status == 201
    assert user.get(f"{own}/subjects/s/experiments/e/reconstructions/{name}").status == 404
    assert user.delete(f"{own}/subjects/s/experiments/e/reconstructions/{name}").status == 404
