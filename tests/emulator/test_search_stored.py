"""Stored results and saved searches (schema-and-search 4.5, rest-data 15, D29)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from lxml import etree

from .search_documents import MR, NAMESPACE, SCAN, SUBJECT, criterion, document

KEPT = ("arc", "val", "pipe", "wrk", "scr", "xdat", "cat", "prov", "xnat", "xnat_a", "xsi")


def stored(searcher, body: str, query: str = "") -> dict[str, Any]:
    return searcher.result(body, f"format=json&cache=true{query}")


def page(searcher, name: str, query: str = "") -> dict[str, Any]:
    answer = searcher.client.get(f"/data/search/{name}?format=json{query}")
    assert answer.status == 200, answer.data
    return json.loads(answer.data)["ResultSet"]


@pytest.fixture
def body(searcher) -> str:
    return document(MR, ["LABEL", "DATE"], searcher.own)


def test_cache_answers_with_a_name_and_no_rows(searcher, body):
    answer = stored(searcher, body)
    assert (answer["Result"], answer["totalRecords"], answer["rootElementName"]) == ([], "4", MR)
    assert answer["ID"]
    assert "last_access" in answer
    keys = [column["key"] for column in answer["Columns"]]
    assert [key for key in keys if key in {"label", "date"}] == ["label", "date"]
    assert len(stored(searcher, body, "&limit=3")["Result"]) == 3


def test_pages_of_a_stored_result(searcher, body):
    name = stored(searcher, body)["ID"]
    answer = page(searcher, name, "&offset=1&limit=2")
    assert [(row["label"], row["key"]) for row in answer["Result"]] == [("heavy", "2"), ("light", "3")]
    assert answer["ID"] == name
    assert "totalRecords" not in answer
    assert "Columns" not in answer
    assert len(page(searcher, name)["Result"]) == 4
    assert len(page(searcher, name, "&limit=*")["Result"]) == 4


def test_pages_are_sorted_by_column_keys(searcher, body):
    name = stored(searcher, body)["ID"]
    rows = page(searcher, name, "&sortBy=date&sortOrder=DESC")["Result"]
    assert [row["label"] for row in rows] == ["undated", "heavy", "light", "early"]
    rows = page(searcher, name, "&sortBy=quarantine_status,date&limit=1")["Result"]
    assert [row["label"] for row in rows] == ["early"]


def test_values_of_one_column(searcher):
    name = stored(
        searcher, document(SUBJECT, ["SUBJECT_LABEL", "PROJECT"], criterion(f"{SUBJECT}/project", "=", "SEARCHED"))
    )["ID"]
    answer = searcher.client.rows(f"/data/search/{name}/project?format=json")
    assert answer == [{"project": "SEARCHED"}]
    assert searcher.client.get(f"/data/search/{name}/nonsense").status == 410


@pytest.mark.parametrize("query", ["offset=first", "limit=many", "offset=-1"])
def test_numbers_of_a_page_that_are_none_are_422(searcher, body, query):
    name = stored(searcher, body)["ID"]
    assert searcher.client.get(f"/data/search/{name}?{query}").status == 422


def test_a_result_that_is_gone_is_410(searcher):
    assert searcher.client.get("/data/search/xs_nothing").status == 410
    assert searcher.client.get("/data/search/xs_nothing/label").status == 410


def test_somebody_elses_result_is_an_empty_200(searcher, body, make_user):
    name = stored(searcher, body)["ID"]
    other = make_user(SEARCHED="owner")
    for path in (f"/data/search/{name}", f"/data/search/{name}/label"):
        answer = other.get(path)
        assert (answer.status, answer.data) == (200, b"")


def test_a_stored_result_of_the_same_search_is_used_again_without_rows(searcher):
    body = document(MR, ["LABEL"], searcher.own, attributes='ID="again"')
    first = stored(searcher, body, "&limit=2")
    again = stored(searcher, body, "&limit=2")
    assert (first["ID"], len(first["Result"]), len(again["Result"])) == (again["ID"], 2, 0)
    fresh = stored(searcher, body, "&limit=2&refresh=true")
    assert fresh["ID"] != first["ID"]
    assert len(fresh["Result"]) == 2
    changed = stored(searcher, body.replace("LABEL", "DATE"))
    assert changed["ID"] != fresh["ID"]
    assert searcher.client.get(f"/data/search/{fresh['ID']}").status == 410


def test_a_page_does_not_change_with_the_archive(searcher, client, subject):
    project = subject.split("/")[3]
    own = criterion(f"{SUBJECT}/project", "=", project)
    name = stored(searcher, document(SUBJECT, ["SUBJECT_LABEL"], own))["ID"]
    client.put(f"/data/projects/{project}/subjects/s2")
    assert len(page(searcher, name)["Result"]) == 1


def generic(text: str) -> str:
    """Drop what other schemas add to a document's head, as the recorded documents have it."""
    kept = "|".join(KEPT)
    text = re.sub(rf' xmlns:(?!(?:{kept})=)\S+?="\S+?"', "", text)
    return re.sub(r'xsi:schemaLocation=".*?" ?', "", text)


@pytest.mark.parametrize(
    ("name", "xsi_type"),
    [
        ("saved-search-default-site-subject.xml", SUBJECT),
        ("saved-search-default-site-mr-session.xml", MR),
        ("saved-search-default-site-mr-scan.xml", SCAN),
    ],
)
def test_default_searches_are_the_recorded_ones(client, recordings, name, xsi_type):
    now = client.get(f"/data/search/saved/@{xsi_type}?format=xml")
    assert generic(now.data.decode()) == (recordings / name).read_text()


@pytest.mark.parametrize(
    ("name", "xsi_type"),
    [("saved-search-default-project-subject.xml", SUBJECT), ("saved-search-default-project-mr-session.xml", MR)],
)
def test_default_searches_of_a_project_are_the_recorded_ones(client, recordings, subject, name, xsi_type):
    project = subject.split("/")[3]
    now = client.get(f"/data/projects/{project}/searches/@{xsi_type}")
    was = (recordings / name).read_text().replace("%PROJECT_ID%", project)
    assert generic(now.data.decode()) == was


def test_a_project_counts_the_experiments_of_its_subjects(client, searcher):
    """A column for each type that the project has, such as CNT_XNAT_MRSESSIONDATA (the vendor's own tests)."""
    text = client.get(f"/data/projects/SEARCHED/searches/@{SUBJECT}").data.decode()
    assert "<xdat:field_ID>CNT_XNAT_MRSESSIONDATA=SEARCHED</xdat:field_ID>" in text
    rows = {row["sub_project_identifier_searched"]: row for row in searcher.rows(text)}
    assert set(rows) == {"frobenius", "symmetric", "linear", "bare"}
    assert rows["frobenius"]["cnt_xnat_mrsessiondata_searched"] == "2"
    assert rows["linear"]["cnt_xnat_petsessiondata_searched"] == "1"
    assert rows["bare"]["cnt_xnat_mrsessiondata_searched"] == ""


@pytest.mark.parametrize("xsi_type", [MR, SUBJECT, SCAN, "xnat:projectData", "xnat:ctSessionData", "xnat:ctScanData"])
def test_every_default_search_runs(client, searcher, xsi_type):
    assert client.get(f"/data/search/saved/@{xsi_type}/results?format=json").status == 200
    text = client.get(f"/data/search/saved/@{xsi_type}").data.decode()
    assert searcher.post(text).status == 200
    project = client.get(f"/data/projects/SEARCHED/searches/@{xsi_type}").data.decode()
    assert searcher.post(project).status == (500 if xsi_type == "xnat:projectData" else 200)


def test_versions_of_a_default_search(client):
    text = client.get(f"/data/search/saved/@{MR}?dv=detailed").data.decode()
    assert re.findall(r"field_ID>(\w+)<", text) == [
        "MR_NOTES",
        "LABEL",
        "OPERATOR",
        "SCANNER",
        "MARKER",
        "STABILIZATION",
    ]
    assert client.get("/data/search/saved/@xnat:nonsense").status == 400


@pytest.fixture
def saved(searcher, request) -> str:
    """The ID of a search of the administrator's own."""
    name = f"saved_{abs(hash(request.node.name))}"
    body = document(MR, ["LABEL"], searcher.own, attributes='brief-description="short" description="long"', sort="DATE")
    assert searcher.client.put(f"/data/search/saved/{name}", body=body.encode()).status == 200
    return name


def test_saved_searches_come_back_and_run(searcher, saved):
    text = searcher.client.get(f"/data/search/saved/{saved}").data
    root = etree.fromstring(text)
    assert (root.get("ID"), root.get("brief-description"), root.get("description")) == (saved, "short", "long")
    names = {"xdat": NAMESPACE.partition('"')[2].rstrip('"')}
    assert [node.text for node in root.findall("xdat:allowed_user/xdat:login", names)] == ["admin"]
    rows = searcher.client.rows(f"/data/search/saved/{saved}/results?format=json")
    assert [row["label"] for row in rows] == ["early", "light", "heavy", "undated"]
    csv = searcher.client.get(
        f"/data/search/saved/{saved}/results?format=csv&sortBy=LABEL&sortOrder=DESC"
    ).data.decode()
    assert csv.splitlines()[1].startswith('"undated"')


def test_the_list_of_saved_searches(searcher, saved):
    rows = {row["id"]: row for row in searcher.client.rows("/data/search/saved?format=json")}
    row = rows[saved]
    assert (row["brief_description"], row["description"], row["root_element_name"]) == ("short", "long", MR)
    assert (row["sort_by_field_id"], row["tag"]) == ("DATE", "")


def test_saved_searches_are_for_those_they_name(searcher, saved, make_user):
    other, named = make_user(SEARCHED="owner"), make_user(SEARCHED="owner")
    assert other.rows("/data/search/saved?format=json") == []
    assert other.get(f"/data/search/saved/{saved}").status == 403
    body = document(
        MR, ["LABEL"], tail=f"<xdat:allowed_user><xdat:login>{named.login}</xdat:login></xdat:allowed_user>"
    )
    assert other.put(f"/data/search/saved/{saved}", body=body.encode()).status == 403
    assert other.delete(f"/data/search/saved/{saved}").status == 403
    shared = f"{saved}_shared"
    assert searcher.client.put(f"/data/search/saved/{shared}", body=body.encode()).status == 200
    assert [row["id"] for row in named.rows("/data/search/saved?format=json")] == [shared]
    assert named.get(f"/data/search/saved/{shared}/results").status == 200
    assert named.delete(f"/data/search/saved/{shared}").status == 200
    assert named.rows("/data/search/saved?format=json") == []
    assert searcher.client.get(f"/data/search/saved/{shared}").data
    assert searcher.client.delete(f"/data/search/saved/{shared}").status == 200
    assert searcher.client.get(f"/data/search/saved/{shared}").data == b""


def test_administrators_list_those_of_others(searcher, make_user):
    other = make_user(SEARCHED="owner")
    other.put("/data/search/saved/of_another", body=document(MR, ["LABEL"]).encode())
    own = {row["id"] for row in searcher.client.rows("/data/search/saved?format=json")}
    everything = {row["id"] for row in searcher.client.rows("/data/search/saved?all=true&format=json")}
    his = {row["id"] for row in searcher.client.rows(f"/data/search/saved?user={other.login}&format=json")}
    assert "of_another" not in own
    assert "of_another" in everything
    assert his == {"of_another"}
    assert {row["id"] for row in other.rows("/data/search/saved?all=true&format=json")} == {"of_another"}


def test_a_copy_has_an_id_of_its_own_and_is_the_callers_alone(searcher, saved):
    before = {row["id"] for row in searcher.client.rows("/data/search/saved?format=json")}
    body = searcher.client.get(f"/data/search/saved/{saved}").data
    assert searcher.client.put(f"/data/search/saved/{saved}?saveAs=true", body=body).status == 200
    now = {row["id"] for row in searcher.client.rows("/data/search/saved?format=json")}
    assert len(now - before) == 1


def test_what_does_not_exist_is_an_empty_200(client):
    for path in (
        "/data/search/saved/nothing",
        "/data/search/saved/nothing/results",
        "/data/projects/SEARCHED/searches/nothing",
    ):
        answer = client.get(path)
        assert (answer.status, answer.data) == (200, b"")
    assert client.delete("/data/search/saved/nothing").status == 200


def test_a_body_that_is_no_search_is_not_saved(client):
    assert client.put("/data/search/saved/broken", body=b"<a/>").status == 422
    assert client.get("/data/search/saved/broken").data == b""


@pytest.mark.parametrize(("xsi_type", "status"), [("a:b", 403), ("xnat:imageSessionData", 500)])
def test_saved_searches_for_types_that_cannot_be_searched(client, xsi_type, status):
    assert client.put("/data/search/saved/odd", body=document(xsi_type, ["LABEL"]).encode()).status == 200
    assert client.get("/data/search/saved/odd/results").status == status
    assert client.get("/data/search/saved?format=json").status == 200


def test_results_come_from_what_was_stored_until_it_is_refreshed(searcher):
    """As the vendor's own test has it: a changed search that was stored under the ID is what the results show."""
    body = document(MR, ["LABEL"], searcher.own, attributes='ID="kept"')
    searcher.client.put("/data/search/saved/kept", body=body.encode())
    stored(searcher, body)
    stored(
        searcher, document(MR, ["LABEL"], searcher.own, criterion(f"{MR}.LABEL", "=", "light"), attributes='ID="kept"')
    )
    assert [row["label"] for row in searcher.client.rows("/data/search/saved/kept/results?format=json")] == ["light"]
    assert len(searcher.client.rows("/data/search/saved/kept/results?refresh=true&format=json")) == 4


def test_searches_of_a_project(client, searcher, make_user, project):
    name = project.split("/")[3]
    body = document(SUBJECT, ["SUBJECT_LABEL"]).encode()
    reader, stranger, owner = make_user(**{name: "collaborator"}), make_user(), make_user(**{name: "owner"})
    assert reader.put(f"{project}/searches/shared", body=body).status == 403
    assert owner.put(f"{project}/searches/shared", body=body).status == 200
    assert etree.fromstring(reader.get(f"{project}/searches/shared").data).get("tag") == name
    assert reader.get(f"{project}/searches/shared/results").status == 200
    assert stranger.get(f"{project}/searches/shared").status == 404
    assert reader.rows("/data/search/saved?format=json") == []
    assert [row["id"] for row in reader.rows("/data/search/saved?includeTag=true&format=json")] == ["shared"]
    assert [row["tag"] for row in reader.rows(f"/data/search/saved?includeTag={name}&format=json")] == [name]
    assert stranger.rows("/data/search/saved?includeTag=true&format=json") == []
    assert reader.delete(f"{project}/searches/shared").status == 403
    assert owner.delete(f"{project}/searches/shared").status == 200
    assert reader.get(f"{project}/searches/shared").data == b""


def test_the_tag_of_a_project_is_for_who_may_edit_it(make_user, project):
    name = project.split("/")[3]
    body = document(MR, ["LABEL"], attributes=f'tag="{name}"').encode()
    assert make_user(**{name: "collaborator"}).put(f"/data/search/saved/tag_{name}", body=body).status == 403
    assert make_user(**{name: "owner"}).put(f"/data/search/saved/tag_{name}", body=body).status == 200


def test_saved_searches_outlive_the_server(tmp_path):
    import xnat_emulator

    from .conftest import log_in

    with xnat_emulator.start(data=tmp_path) as server:
        log_in(server).put("/data/search/saved/kept", body=document(MR, ["LABEL"]).encode())
    with xnat_emulator.start(data=tmp_path) as server:
        assert b"LABEL" in log_in(server).get("/data/search/saved/kept").data
