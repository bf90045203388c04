"""What searches answer: columns, keys, joins, computed fields, order, formats (schema-and-search 3.3, 4.4 to 4.6)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
import urllib3
from lxml import etree

from .search_documents import MR, SCAN, SUBJECT, criterion, document, group


def one(searcher, columns: list[str], label: str = "heavy", root: str = MR) -> dict[str, str]:
    """Return the row of one object."""
    where = {
        MR: (searcher.own, criterion(f"{MR}/label", "=", label)),
        SUBJECT: (criterion(f"{SUBJECT}/project", "=", searcher.project), criterion(f"{SUBJECT}/label", "=", label)),
    }[root]
    rows = searcher.rows(document(root, columns, *where))
    assert len(rows) == 1, rows
    return rows[0]


LINKED = ["subjectid", "insert_user", "insert_date", "projects", "project"]
"""What the link of a subject's label shows: columns beside it that nobody asked for, as xnatpy's tutorial has them."""


def test_keys_are_lower_case_ids_and_prefixed_for_other_types(searcher):
    row = one(searcher, ["SESSION_ID", "DATE", f"{SUBJECT}.SUBJECT_LABEL", "xnat:projectData.ID"])
    assert list(row)
    assert set(row) == {
        "session_id",
        "date",
        "xnat_subjectdata_subject_label",
        *(f"xnat_subjectdata_{name}" for name in LINKED),
        "xnat_projectdata_id",
        "quarantine_status",
    }
    assert row["xnat_subjectdata_subject_label"] == "frobenius"
    assert (row["date"], row["xnat_projectdata_id"], row["quarantine_status"]) == ("2021-02-02", "SEARCHED", "active")


def test_fields_with_a_value_have_it_in_their_key(searcher):
    row = one(searcher, ["SCAN_COUNT_TYPE=T1", "SCAN_COUNT_L_DESC=mprage%", "MR_PROJECT_IDENTIFIER=SEARCHED"])
    assert row["scan_count_type_t1"] == "2"
    assert row["scan_count_l_desc_mprage_"] == "2"
    assert row["mr_project_identifier_searched"] == "heavy"


def test_custom_variables_are_columns(searcher):
    row = one(searcher, ["XNAT_MRSESSIONDATA_FIELD_MAP=diagnosis"], "light")
    assert row["xnat_mrsessiondata_field_map_diagnosis"] == "healthy"


def test_schema_paths_are_columns_and_plain_ones_take_the_key_of_their_field(searcher):
    row = one(searcher, [f"{MR}/date", f"{MR}/label", f"{MR}/dcmPatientWeight", f"{MR}/ID"])
    assert row["date"] == "2021-02-02"
    assert row["xnat_col_mrsessiondatalabel"] == "heavy"
    assert row["xnat_col_mrsessiondatadcmpatientweight"] == "200.5"
    assert row["session_id"].startswith("XNAT_E")


def test_paths_of_joined_types_are_prefixed_too(searcher):
    body = document(SUBJECT, ["SUBJECT_LABEL", "fieldStrength"], criterion(f"{SUBJECT}/label", "=", "frobenius"))
    body = body.replace("<xdat:field_ID>fieldStrength", f"<xdat:field_ID>{MR}/delay")
    assert "xnat_mrsessiondata_xnat_col_mrsessiondatadelay" in searcher.rows(body)[0]


@pytest.mark.parametrize(
    "name",
    [
        "NONSENSE",
        f"{MR}/nonsense",
        "nonsense:type/path",
        f"{MR}/scans/scan/type",
        f"{MR}/fields/field/field",
        f"{SUBJECT}/demographics[@xsi:type=xnat:demographicData]/gender",
    ],
)
def test_columns_that_cannot_be_resolved_are_missing(searcher, name):
    """Repeating paths and predicates give no column (schema-and-search 3.3)."""
    assert set(one(searcher, ["SESSION_ID", name])) == {"session_id", "quarantine_status"}


def test_an_unknown_id_is_tried_as_a_path_of_the_root(searcher):
    assert one(searcher, ["label"])["xnat_col_mrsessiondatalabel"] == "heavy"


def test_long_keys_become_numbered_aliases(searcher):
    row = one(searcher, ["SCAN_COUNT_DESC=" + "x" * 60, "SESSION_ID"])
    assert any(key.startswith("df_alias_") for key in row)


def test_links_add_the_columns_they_show(searcher):
    result = searcher.result(document(MR, ["LABEL"], searcher.own))
    keys = [column["key"] for column in result["Columns"]]
    assert keys == ["label", "session_id", "insert_user", "insert_date", "quarantine_status"]
    assert result["Columns"][-1] == {"key": "quarantine_status"}
    link = result["Columns"][0]
    assert (link["clickable"], [part["name"] for part in link["linkProps"]]) == ("true", ["HREF", "ONCLICK", "TITLE"])


def test_column_facts_and_metadata_stand_in_the_order_of_a_hash_table(searcher):
    """As a 2023 server answered: facts of columns, then rows, then root and number of rows as text."""
    body = document(MR, ["PROJECT", f"{MR}/label"], searcher.own, criterion(f"{MR}/label", "=", "heavy"))
    text = searcher.post(body.replace("<xdat:type>string</xdat:type>", "<xdat:header>url</xdat:header>")).data.decode()
    assert text == (
        '{"ResultSet":{"Columns":[{"key":"project","type":"string","xPATH":"xnat:mrSessionData.PROJECT",'
        '"element_name":"xnat:mrSessionData","header":"url","id":"PROJECT"},{"key":"xnat_col_mrsessiondatalabel",'
        '"type":"string","xPATH":"xnat:mrSessionData.XNAT_COL_MRSESSIONDATALABEL",'
        '"element_name":"xnat:mrSessionData","header":"url","id":"XNAT_COL_MRSESSIONDATALABEL"},'
        '{"key":"quarantine_status"}],"Result":[{"quarantine_status":"active","project":"SEARCHED",'
        '"xnat_col_mrsessiondatalabel":"heavy"}], "rootElementName": "xnat:mrSessionData","totalRecords": "1"}}'
    )


def test_columns_have_the_recorded_facts(searcher, recordings):
    """D19; a joined type's columns with the prefix of its table."""
    for name, owner in (("search-columns-mrsession-1.json", MR), ("search-columns-mrscan-1.json", SCAN)):
        expected = json.loads((recordings / name).read_text())
        columns = ["SUBJECT_LABEL", *(f"{owner}.{column['id']}" for column in expected)]
        answer = searcher.result(document(SUBJECT, columns))
        found = {column["key"]: column for column in answer["Columns"]}
        for column in expected:
            known = {key: value for key, value in column.items() if value is not None}
            now = found[column["key"]]
            assert {**now, "clickable": None} == {**known, "clickable": None}
            assert now.get("clickable") == ("true" if column["clickable"] else None)


def test_computed_fields(searcher):
    row = one(searcher, ["AGE", "GEN_AGE", "MR_SCAN_COUNT_AGG", "PROJECTS", "DATE_CHAR", "INSERT_USER", "SCANNER"])
    assert (row["age"], row["gen_age"]) == ("40", "40.0")
    assert row["mr_scan_count_agg"] == "T1(2), T2(1)"
    assert row["projects"] == "<SEARCHED>"
    assert (row["date_char"], row["insert_user"], row["scanner"]) == ("2021-02-02", "admin", "TrioTim")
    assert one(searcher, ["AGE"], "light")["age"] == "50"
    assert one(searcher, ["AGE"], "undated")["age"] == ""


def test_computed_fields_of_subjects(searcher):
    columns = ["SUBJECT_LABEL", "DOB", "MR_COUNT", "PROJECTS", "GENDER_TEXT", "SUB_GROUP"]
    row = one(searcher, columns, "frobenius", SUBJECT)
    assert (row["dob"], row["mr_count"], row["projects"]) == ("1980", "2", ",<SEARCHED>")
    assert (row["gender_text"], row["sub_group"]) == ("female", "Frobenius")
    assert one(searcher, columns, "symmetric", SUBJECT)["dob"] == "1970"
    assert one(searcher, columns, "bare", SUBJECT)["mr_count"] == ""


def test_a_subject_meets_its_latest_session_and_the_last_scan_of_that(searcher):
    """Downwards a join gives one row; a session without a date counts as the latest (the vendor's own tests)."""
    columns = [
        "SUBJECT_LABEL",
        f"{MR}.LABEL",
        f"{SCAN}.ID",
        f"{SCAN}.SERIES_DESCRIPTION",
        "xnat:qcManualAssessorData.LABEL",
    ]
    row = one(searcher, columns, "frobenius", SUBJECT)
    assert row["xnat_mrsessiondata_label"] == "heavy"
    assert (row["xnat_mrscandata_id"], row["xnat_mrscandata_series_description"]) == ("3", "tse")
    assert row["xnat_qcmanualassessordata_label"] == "qc"
    assert one(searcher, columns, "bare", SUBJECT)["xnat_mrsessiondata_label"] == ""


def test_scans_and_assessors_meet_what_is_above_them(searcher):
    where = criterion(f"{SCAN}/project", "=", searcher.project)
    columns = ["ID", "SESSION_LABEL", "MR_DATE", "STARTTIME", f"{SUBJECT}.SUBJECT_LABEL", f"{MR}.SCANNER"]
    rows = searcher.rows(document(SCAN, columns, where))
    assert len(rows) == 4
    third = next(row for row in rows if row["id"] == "1" and row["session_label"] == "heavy")
    assert (third["mr_date"], third["starttime"]) == ("2021-02-02", "10:10:10.000")
    assert (third["xnat_subjectdata_subject_label"], third["xnat_mrsessiondata_scanner"]) == ("frobenius", "TrioTim")
    own = criterion("xnat:qcManualAssessorData/project", "=", searcher.project)
    found = searcher.rows(document("xnat:qcManualAssessorData", ["LABEL", "SESSION_DATE"], own))
    assert found[0]["session_date"] == "2021-02-02"


def test_rows_are_of_the_type_and_of_those_that_extend_it(searcher):
    pet = document("xnat:petSessionData", ["LABEL"], criterion("xnat:petSessionData/project", "=", searcher.project))
    assert [row["label"] for row in searcher.rows(pet)] == ["tracer"]
    assert "tracer" not in searcher.sessions()


def test_rows_are_distinct(searcher):
    assert len(searcher.rows(document(MR, ["PROJECT"], searcher.own))) == 1


def test_a_search_without_fields_has_the_columns_of_the_listing(searcher):
    keys = [column["key"] for column in searcher.result(document(SUBJECT, []))["Columns"]]
    asked = ["gender", "handedness", "dob", "educ", "ses", "mr_count"]
    assert keys == ["subject_label", *LINKED, *asked, "quarantine_status"]


def labels(searcher, body: str, query: str = "format=json") -> list[str]:
    return [row["label"] for row in searcher.rows(body, query)]


def test_order_is_that_of_the_first_column_without_a_wish(searcher):
    assert labels(searcher, document(MR, ["LABEL"], searcher.own)) == ["early", "heavy", "light", "undated"]


def test_order_by_document_and_by_query(searcher):
    """Without a value rows stand last, descending first, as PostgreSQL has it."""
    ascending = ["early", "light", "heavy", "undated"]
    assert labels(searcher, document(MR, ["LABEL"], searcher.own, sort="DATE")) == ascending
    plain = document(MR, ["LABEL"], searcher.own)
    assert labels(searcher, plain, "format=json&sortBy=DATE&sortOrder=ASC") == ascending
    assert labels(searcher, plain, "format=json&sortBy=DATE&sortOrder=DESC") == ascending[::-1]
    joined = f"format=json&sortBy={SUBJECT}.SUBJECT_LABEL"
    assert labels(searcher, plain, joined)[-1] == "light"


@pytest.mark.parametrize("field", [f"{MR}/date", "NONSENSE", "nonsense.DATE"])
def test_order_by_anything_but_a_display_field_is_500(searcher, field):
    assert searcher.post(document(MR, ["LABEL"], searcher.own), f"sortBy={field}").status == 500


def test_csv_quotes_text_and_leaves_numbers_and_moments_bare(searcher):
    """D8: header and text quoted, numbers and moments bare, nothing for null."""
    body = document(MR, ["LABEL", "DATE", "AGE", "MR_NOTES", "INSERT_DATE"], searcher.own)
    lines = searcher.post(body, "format=csv").data.decode().splitlines()
    assert lines[0].startswith('"label","session_id","insert_user","date","age","mr_notes","insert_date"')
    assert lines[0].endswith('"quarantine_status"')
    heavy = next(line for line in lines if line.startswith('"heavy"'))
    assert re.match(r'"heavy","XNAT_E\d+","admin",2021-02-02,40,,20', heavy)
    assert '"a long, note"' in next(line for line in lines if line.startswith('"undated"'))


def test_xml_and_html(searcher):
    body = document(MR, ["LABEL"], searcher.own)
    root = etree.fromstring(searcher.post(body, "format=xml").data)
    assert (root.tag, root.get("totalRecords"), root.get("rootElementName")) == ("ResultSet", "4", MR)
    first = root.find("results/columns/column")
    assert (first.text, first.get("header"), first.get("linkProps")) == ("label", "Label", None)
    assert len(root.findall("results/rows/row")) == 4
    assert b"<TABLE><TR><TH>label</TH>" in searcher.post(body, "format=html").data


def test_the_document_may_be_a_file_of_a_form(searcher):
    body = document(MR, ["LABEL"], searcher.own)
    fields = {"search": ("search.xml", body.encode(), "text/xml")}
    encoded, content_type = urllib3.encode_multipart_formdata(fields)
    answer = searcher.client.post("/data/search?format=csv", body=encoded, headers={"Content-Type": content_type})
    assert answer.status == 200
    other, content_type = urllib3.encode_multipart_formdata({"search": ("search.txt", body.encode(), "text/xml")})
    answer = searcher.client.post("/data/search?format=csv", body=other, headers={"Content-Type": content_type})
    assert answer.status == 422


@pytest.mark.parametrize("name", ["bundle", "Search", "search", "stored_search"])
def test_roots_of_the_document(searcher, name):
    body = document(MR, ["LABEL"], searcher.own).replace("xdat:bundle", f"xdat:{name}")
    assert len(searcher.rows(body)) == 4


def test_the_sequence_decides_the_order_of_columns(searcher):
    body = document(MR, ["LABEL", "DATE"], searcher.own).replace("sequence>0<", "sequence>9<")
    assert searcher.csv(body)[0][:2] == ["date", "label"]


def test_a_value_element_goes_with_the_id(searcher):
    body = document(MR, ["SCAN_COUNT_TYPE"], searcher.own).replace(
        "</xdat:search_field>", "<xdat:value>T2</xdat:value></xdat:search_field>"
    )
    assert {row["scan_count_type_t2"] for row in searcher.rows(body)} == {"", "1"}


def test_invisible_columns_are_told_as_such(searcher):
    body = document(MR, ["LABEL", "DATE"], searcher.own).replace(
        "<xdat:search_field>", '<xdat:search_field visible="0">', 1
    )
    columns = {column["key"]: column for column in searcher.result(body)["Columns"]}
    assert columns["label"]["visible"] == "false"
    assert "visible" not in columns["date"]


def test_moments_compare_with_days(searcher):
    today = datetime.now(UTC)
    field = f"{MR}/INSERT_DATE"
    assert searcher.sessions(criterion(field, ">=", "01/01/2000"), criterion(field, "<=", f"12/31/{today.year + 1}"))
    assert searcher.sessions(group("AND", criterion(field, "<", "01/01/2000"))) == set()


def test_ids_made_from_paths_work_again(searcher):
    assert one(searcher, ["XNAT_COL_MRSESSIONDATALABEL"])["xnat_col_mrsessiondatalabel"] == "heavy"
