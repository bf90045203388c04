"""Listings of objects (rest-data section 4)."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest


def table(response):
    assert response.status == 200, response.data
    return json.loads(response.data)["ResultSet"]


@pytest.fixture
def people(client, project):
    """A project with three subjects and their sessions."""
    base = f"{project}/subjects"
    client.put(f"{base}/b2?gender=female&dob=1980-05-01&weight=61.5&group=x")
    client.put(f"{base}/a1?gender=male&yob=1975&weight=80")
    client.put(f"{base}/c3")
    client.put(
        f"{base}/a1/experiments/a1_mr?xsiType=xnat:mrSessionData&date=2020-01-31&xnat:mrSessionData/fieldStrength=3.0"
    )
    client.put(f"{base}/b2/experiments/b2_ct?xsiType=xnat:ctSessionData&date=2021-02-01")
    return project


def test_empty_listing_has_an_envelope_with_a_count(client, project):
    response = client.get(f"{project}/subjects")
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.data == b'{"ResultSet":{"Result":[], "totalRecords": "0"}}'


def test_spacing_and_order_of_the_envelope_are_the_recorded_ones(client, project):
    client.put(f"{project}?description=Some%20text")
    identifier = project.rpartition("/")[2]
    text = client.get(f"/data/projects?ID={identifier}").data.decode()
    assert text == (
        '{"ResultSet":{"Result":[{"pi_firstname":"","secondary_ID":"' + identifier + '","pi_lastname":"",'
        f'"name":"{identifier}","description":"Some text","ID":"{identifier}","URI":"/data/projects/{identifier}"'
        '}], "totalRecords": "1"}}'
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("{project}/subjects", ["insert_date", "project", "ID", "label", "insert_user", "URI"]),
        (
            "{project}/experiments",
            ["date", "xsiType", "xnat:subjectassessordata/id", "insert_date", "project", "ID", "label", "URI"],
        ),
        (
            "{project}/subjects/a1/experiments",
            ["date", "xsiType", "xnat:subjectassessordata/id", "insert_date", "project", "ID", "label", "URI"],
        ),
    ],
)
def test_default_columns_stand_in_recorded_order(client, people, path, expected):
    row = client.rows(path.format(project=people))[0]
    assert list(row) == expected


def test_default_columns_of_session_parts(client, scan):
    session = scan.partition("/scans")[0]
    (row,) = client.rows(f"{session}/scans")
    assert list(row) == [
        "xsiType",
        "xnat_imagescandata_id",
        "note",
        "series_description",
        "ID",
        "type",
        "URI",
        "quality",
    ]
    assert row["note"] == ""
    client.put(f"{session}/assessors/qc?xsiType=xnat:qcManualAssessorData&date=2020-01-02")
    (row,) = client.rows(f"{session}/assessors")
    assert list(row) == [
        "date",
        "xsiType",
        "session_label",
        "xnat:imageassessordata/id",
        "insert_date",
        "session_ID",
        "project",
        "ID",
        "label",
        "URI",
    ]
    assert (row["session_label"], row["date"]) == ("e1", "2020-01-02")
    client.put(f"{session}/reconstructions/listed-1?baseScanType=T1")
    (row,) = client.rows(f"{session}/reconstructions")
    assert set(row) == {"xnat_reconstructedimagedata_id", "ID", "type", "baseScanType", "URI"}


def test_every_cell_is_text(client, people):
    for path in (f"{people}/subjects?columns=label,weight,insert_date", f"{people}/experiments"):
        for row in client.rows(path):
            assert all(isinstance(cell, str) for cell in row.values())


def test_uris_lead_to_the_objects(client, people, scan):
    for path in (f"{people}/subjects", f"{people}/experiments", f"{scan.rpartition('/')[0]}"):
        for row in client.rows(path):
            assert client.fields(row["URI"])["ID"] == row["ID"]


def test_columns_are_short_names_or_full_paths(client, people):
    columns = "label,gender,weight,xnat:subjectData/group,xnat:subjectData/initials"
    rows = {row["label"]: row for row in client.rows(f"{people}/subjects?columns={columns}")}
    assert set(rows["b2"]) == {"label", "gender", "weight", "group", "xnat:subjectdata/initials", "ID", "URI"}
    assert (rows["b2"]["gender"], rows["b2"]["weight"], rows["b2"]["group"]) == ("female", "61.5", "x")
    assert (rows["a1"]["weight"], rows["c3"]["weight"]) == ("80.0", "")


def test_full_path_of_a_short_name_gets_the_short_key(client, people):
    path = "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender"
    assert "gender" in client.rows(f"{people}/subjects?columns={path}")[0]


def test_unknown_columns_are_dropped_without_a_word(client, people, scan):
    columns = "label,nonsense,parameters/fov/x,xnat:subjectData/nonsense,other:type/field"
    assert set(client.rows(f"{people}/subjects?columns={columns}")[0]) == {"label", "ID", "URI"}
    scans = scan.rpartition("/")[0]
    assert set(client.rows(f"{scans}?columns=ID,parameters/fov/x")[0]) == {"xnat_imagescandata_id", "ID", "URI"}


def test_blank_or_default_columns_mean_the_defaults(client, people):
    default = client.rows(f"{people}/subjects")
    assert client.rows(f"{people}/subjects?columns=DEFAULT") == default
    assert client.rows(f"{people}/subjects?columns=") == default


def test_primary_key_is_always_there(client, people):
    assert set(client.rows(f"{people}/subjects?columns=label")[0]) == {"ID", "label", "URI"}
    assert "xnat:subjectassessordata/id" in client.rows(f"{people}/experiments?columns=label")[0]


def test_custom_variables_are_columns(client, people):
    client.put(f"{people}/subjects/a1?xnat:subjectData/fields/field[name%3Dscore]/field=7")
    path = "xnat:subjectData/fields/field[name=score]/field"
    rows = {row["label"]: row for row in client.rows(f"{people}/subjects?columns=label,{path}")}
    assert rows["a1"]["xnat:subjectdata/fields/field/field"] == "7"
    assert rows["b2"]["xnat:subjectdata/fields/field/field"] == ""


def test_joined_columns_come_from_subject_and_session(client, people, scan):
    columns = "label,subject_label,xnat:subjectData/group"
    rows = {row["label"]: row for row in client.rows(f"{people}/experiments?columns={columns}")}
    assert (rows["b2_ct"]["subject_label"], rows["b2_ct"]["xnat:subjectdata/group"]) == ("b2", "x")
    scans = scan.rpartition("/")[0]
    (row,) = client.rows(f"{scans}?columns=ID,xnat:imageSessionData/label,xnat:subjectData/label")
    assert (row["xnat:imagesessiondata/label"], row["xnat:subjectdata/label"]) == ("e1", "s1")


def test_xsi_type_narrows_and_names_the_helper_column(client, people):
    (row,) = client.rows(f"{people}/experiments?xsiType=xnat:mrSessionData")
    assert row["label"] == "a1_mr"
    assert row["xnat:mrsessiondata/id"] == row["ID"]
    both = client.rows(f"{people}/experiments?xsiType=xnat:imageSessionData")
    assert [row["label"] for row in both] == ["a1_mr", "b2_ct"]
    assert client.get(f"{people}/experiments?xsiType=xnat:nonsense").status == 400


def test_column_of_a_subtype_narrows_the_rows(client, people):
    rows = client.rows(f"{people}/experiments?columns=label,xnat:mrSessionData/fieldStrength")
    assert [(row["label"], row["fieldStrength"]) for row in rows] == [("a1_mr", "3.0")]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("label=a1", ["a1"]),
        ("label=a1,c3", ["a1", "c3"]),
        ("label=a*", ["a1"]),
        ("label=%25", ["b2", "a1", "c3"]),
        ("gender=female", ["b2"]),
        ("weight=60-70", ["b2"]),
        ("weight=80", ["a1"]),
        ("xnat:subjectData/group=x", ["b2"]),
        ("dob=01/01/1980-12/31/1980", ["b2"]),
        ("dob=05/01/1980", ["b2"]),
        ("dob=1980-05-01", []),
        ("label=nobody", []),
        ("nonsense=1", ["b2", "a1", "c3"]),
    ],
)
def test_filters(client, people, query, labels):
    assert [row["label"] for row in client.rows(f"{people}/subjects?{query}")] == labels


def test_session_parts_lose_their_filters(client, scan):
    scans = scan.rpartition("/")[0]
    assert len(client.rows(f"{scans}?ID=99")) == 1


def test_paging_leaves_the_count_out(client, people):
    answer = table(client.get(f"{people}/subjects?limit=2"))
    assert len(answer["Result"]) == 2
    assert "totalRecords" not in answer
    rest = table(client.get(f"{people}/subjects?limit=2&offset=2"))
    assert [row["label"] for row in rest["Result"]] == ["c3"]
    assert len(table(client.get(f"{people}/subjects?limit=*&offset=1"))["Result"]) == 2
    assert len(table(client.get(f"{people}/subjects?offset=1"))["Result"]) == 2


def test_scans_are_not_paged(client, scan):
    scans = scan.rpartition("/")[0]
    client.put(f"{scans}/2?xsiType=xnat:mrScanData")
    assert table(client.get(f"{scans}?limit=1"))["totalRecords"] == "2"


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("sortBy=label", ["a1", "b2", "c3"]),
        ("sortBy=label&sortOrder=DESC", ["c3", "b2", "a1"]),
        ("columns=label,weight&sortBy=weight", ["b2", "a1", "c3"]),
        ("columns=label,weight&sortBy=weight&sortOrder=DESC", ["a1", "b2", "c3"]),
        ("sortBy=nonsense", ["b2", "a1", "c3"]),
    ],
)
def test_sorting_puts_nulls_last_and_ignores_unknown_columns(client, people, query, labels):
    assert [row["label"] for row in client.rows(f"{people}/subjects?{query}")] == labels


def test_csv_quotes_text_and_leaves_numbers_moments_and_nulls_bare(client, people):
    response = client.get(f"{people}/subjects?columns=label,weight,dob,insert_date&format=csv&sortBy=label")
    assert response.headers["Content-Type"].startswith("text/csv")
    lines = response.data.decode().splitlines()
    assert lines[0] == '"label","weight","dob","insert_date","ID","URI"'
    first, second, third = lines[1:]
    assert first.startswith('"a1",80.0,,20')
    assert second.startswith('"b2",61.5,1980-05-01,20')
    assert third.startswith('"c3",,,20')
    assert len(list(csv.DictReader(io.StringIO(response.data.decode())))) == 3


def test_csv_doubles_quotes_and_flattens_line_breaks(client, people):
    document = '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" src="a &quot;b&quot;&#10;c"/>'
    assert client.xml("PUT", f"{people}/subjects/a1", document).status == 200
    text = client.get(f"{people}/subjects?columns=src&format=csv&label=a1").data.decode()
    assert text.splitlines()[1].startswith('"a ""b"" c"')


def test_xml_table(client, people):
    response = client.get(f"{people}/subjects?columns=label&format=xml&sortBy=label")
    root = ET.fromstring(response.data)
    assert (root.tag, root.get("totalRecords")) == ("ResultSet", "3")
    assert [node.text for node in root.iterfind("results/columns/column")] == ["label", "ID", "URI"]
    assert [row.find("cell").text for row in root.iterfind("results/rows/row")] == ["a1", "b2", "c3"]


def test_any_other_format_is_html(client, people):
    for form in ("html", "txt", "image/jpeg"):
        response = client.get(f"{people}/subjects?format={form}")
        assert response.headers["Content-Type"].startswith("text/html")


def test_accept_header_chooses_a_registered_variant(client, people):
    asked = {"Accept": "text/xml"}
    assert client.get(f"{people}/subjects", headers=asked).headers["Content-Type"].startswith("text/xml")
    asked = {"Accept": "application/json"}
    assert client.get(f"{people}/subjects", headers=asked).headers["Content-Type"].startswith("application/json")


def test_short_names_can_be_listed(client):
    rows = {row["key"]: row["xpath"] for row in client.rows("/data/subjects?fields=all")}
    assert rows["dob"] == "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/dob"


def test_repeating_column_multiplies_rows(client, people):
    for name in ("one", "two"):
        client.put(f"{people}/subjects/a1?xnat:subjectData/fields/field[name%3D{name}]/field={name}")
    rows = client.rows(f"{people}/subjects?columns=label,xnat:subjectData/fields/field/field&label=a1")
    assert [row["xnat:subjectdata/fields/field/field"] for row in rows] == ["one", "two"]


def test_columns_of_one_repeated_child_stand_side_by_side(client, people):
    for name in ("one", "two"):
        client.put(f"{people}/subjects/a1?xnat:subjectData/fields/field[name%3D{name}]/field=value {name}")
    path = "xnat:subjectData/fields/field"
    rows = client.rows(f"{people}/subjects?columns={path}/field,label,{path}/name,ID")
    found = sorted((row["label"], row[f"{path}/name".lower()], row[f"{path}/field".lower()]) for row in rows)
    assert found[:2] == [("a1", "one", "value one"), ("a1", "two", "value two")]
    assert ("b2", "", "") in found
    assert len({row["ID"] for row in rows}) == len(rows) - 1


def test_site_wide_listing_of_experiments(client, people):
    answer = table(client.get("/data/experiments?label=a1_mr"))
    assert answer["title"] == "Matching experiments"
    assert set(answer["Result"][0]) == {"date", "xsiType", "insert_date", "project", "ID", "label", "URI"}


def test_time_cells_have_milliseconds(client, people):
    client.put(f"{people}/subjects/a1/experiments/a1_mr?xnat:mrSessionData/time=09:12:06")
    (row,) = client.rows(f"{people}/experiments?columns=label,time&label=a1_mr")
    assert row["time"] == "09:12:06.000"


def test_shared_subject_shows_its_label_here_and_its_owner(client, project):
    share = '<xnat:sharing><xnat:share label="here" project="{}"/></xnat:sharing>'
    other = project.rpartition("/")[2]
    document = f'<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat">{share.format(other)}</xnat:Subject>'
    client.put("/data/projects/OWNER")
    client.put("/data/projects/OWNER/subjects/there")
    assert client.xml("PUT", "/data/projects/OWNER/subjects/there", document).status == 200
    (row,) = client.rows(f"{project}/subjects")
    assert (row["label"], row["project"]) == ("here", "OWNER")
    assert client.fields(f"{project}/subjects/here")["label"] == "there"


def test_listing_of_an_unknown_project_answers_404(client):
    for path in ("subjects", "experiments", "resources"):
        assert client.get(f"/data/projects/NOPE/{path}").status == 404


def test_users_of_the_site_and_of_a_project(client, project):
    row = next(row for row in client.rows("/data/users") if row["login"] == "admin")
    assert set(row) == {"xdat_user_id", "login", "firstname", "lastname", "email"}
    (row,) = client.rows(f"{project}/users")
    assert (row["GROUP_ID"], row["displayname"]) == (f"{project.rpartition('/')[2]}_owner", "Owners")


def test_first_of_repeated_filters_counts(client, people):
    path, label = people, client.rows(f"{people}/subjects")[0]["label"]
    assert [row["label"] for row in client.rows(f"{path}/subjects?label={label}&label=none")] == [label]


def test_search_document_of_the_project_list_answers_501(client):
    assert client.get("/data/projects?format=search_xml").status == 501
