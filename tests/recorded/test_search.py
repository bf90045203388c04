"""Recorded answers about searches (D8, D9, D19, D29): what can be searched, results, columns and default searches."""

from __future__ import annotations

import csv
import io
import json
import re

from ..emulator.search_documents import document
from .replays import MOMENT, envelope, replays, rows_of
from .states import put, put_project, put_subject

MR, SUBJECT, SCAN = "xnat:mrSessionData", "xnat:subjectData", "xnat:mrScanData"


@replays("search-elements-1-fragment.json", "own-search-elements.json")
def test_searchable_types(client, sample, name):
    """The rows that were kept of a longer list, counted as there; ``title`` and no totalRecords (D19)."""
    was = rows_of(sample(name))
    fill(client, {row["ELEMENT_NAME"]: int(row["COUNT"]) for row in was})
    text = client.get("/data/search/elements?format=json").data.decode()
    found = {row["ELEMENT_NAME"]: row for row in json.loads(text)["ResultSet"]["Result"]}
    shown = envelope([found[row["ELEMENT_NAME"]] for row in was], title="Data-Types")
    assert shown == envelope(was, title="Data-Types")
    assert text == envelope(found.values(), title="Data-Types")


def fill(client, counts: dict[str, int]) -> None:
    """Put so many projects, subjects and sessions."""
    sessions = {kind: count for kind, count in counts.items() if kind.endswith("SessionData")}
    for number in range(counts.get("xnat:projectData", 1)):
        put_project(client, f"P{number}")
    for number in range(max(1, counts.get(SUBJECT, 1))):
        put_subject(client, "P0", f"S{number}", f"s{number}")
    for kind, count in sessions.items():
        for number in range(count):
            put(client, f"/data/projects/P0/subjects/s0/experiments/{kind[5:8]}{number}", xsiType=kind)


_OF_THEIR_SITE = {
    "MPRAGE_COUNT": "a field that the site added",
    "XNAT_COL_MRSESSIONDATASHARINGSHAREPROJECT": "a schema path, which servers of 2012 listed too (D9)",
}


@replays("search-element-fields-mrsession-fragment.csv", "own-search-element-fields.csv")
def test_fields_of_a_type(client, sample, name):
    """DESC and SUMMARY are told apart by their author; the recorded header has no quotes, which were cut away.

    A variable has the type that its project gives it, so the project of the sample says so here.
    """
    reader = csv.DictReader(io.StringIO(sample(name)))
    was = list(reader)
    variables = {
        row["HEADER"]: row["TYPE"] for row in was if row["FIELD_ID"].startswith("XNAT_MRSESSIONDATA_FIELD_MAP")
    }
    projects = [row["HEADER"] for row in was if row["FIELD_ID"].startswith("MR_PROJECT_IDENTIFIER")]
    for project in projects:
        session = f"{put_subject(client, project, f'S{project}', 'subject')}/experiments/e"
        put(client, session, xsiType=MR)
        for variable, kind in variables.items():
            client.xml("PUT", f"/data/projects/{project}/protocols/p-{variable}", protocol(variable, kind))
            put(client, session, **{f"{MR}/fields/field[name={variable}]/field": "1"})
    answer = client.get(f"/data/search/elements/{MR}?format=csv").data.decode()
    assert set(reader.fieldnames or ()) <= set(next(csv.reader([answer.splitlines()[0]])))
    now = {row["FIELD_ID"]: row for row in csv.DictReader(io.StringIO(answer))}
    for row in was:
        if row["FIELD_ID"] not in _OF_THEIR_SITE:
            assert {key: now[row["FIELD_ID"]][key] for key in row} == row


def protocol(variable: str, kind: str) -> str:
    return (
        '<xnat:studyProtocol xmlns:xnat="http://nrg.wustl.edu/xnat"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xnat:datatypeProtocol"'
        f' ID="p-{variable}" data-type="{MR}"><xnat:definitions><xnat:definition ID="g" data-type="{MR}"><xnat:fields>'
        f'<xnat:field name="{variable}" type="custom" datatype="{kind}"'
        f' xmlPath="{MR}/fields/field[name={variable.lower()}]/field"/>'
        "</xnat:fields></xnat:definition></xnat:definitions></xnat:studyProtocol>"
    )


_NEWER = '"insert_user"'
"""A column that the label's link brings along since some version after this one: xnatpy's tutorial shows it."""

_STOCK = ["SUBJECT_LABEL", "SUBJECTID", "INSERT_DATE", "PROJECTS", "PROJECT", "MR_COUNT"]


@replays("search-result-subjects-1-fragment.csv", "own-search-result-subjects.csv")
def test_rows_of_a_search_for_subjects(client, sample, name):
    """D8: texts in quotes, numbers and moments bare, nothing for null; ``quarantine_status`` though nobody asked.

    The recorded search joined a questionnaire of the site, whose twenty columns cannot be had here: they are cut out
    of header and rows. The order of its rows is that of no column; both are sorted by label.
    """
    head, *lines = (cells(line) for line in sample(name).splitlines())
    kept = [number for number, cell in enumerate(head) if "psytool" not in cell]
    was = [[line[number] for number in kept] for line in (head, *lines)]
    for line in was[1:]:
        label, accession, _, _, project, count, _ = (cell.strip('"') for cell in line)
        subject = put_subject(client, project, accession, label)
        for number in range(int(count or 0)):
            put(client, f"{subject}/experiments/{label}-{number}", xsiType=MR)
    now = [cells(line) for line in searched(client, document(SUBJECT, _STOCK), "csv").splitlines()]
    now = [[cell for cell, name in zip(line, now[0], strict=True) if name != _NEWER] for line in now]
    assert now[0] == was[0]
    assert [masked(line) for line in sorted(now[1:])] == [masked(line) for line in sorted(was[1:])]


def cells(line: str) -> list[str]:
    """Return the cells of a line with the quotes they came in."""
    return re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^",]*)', line)


def masked(line: list[str]) -> list[str]:
    """Return a row without its moment, which must be one."""
    assert MOMENT.fullmatch(line[2]), line[2]
    return [*line[:2], "MOMENT", *line[3:]]


def searched(client, body: str, form: str) -> str:
    answer = client.xml("POST", f"/data/search?format={form}", body)
    assert answer.status == 200, answer.data
    return answer.data.decode()


@replays(
    ("search-columns-mrsession-1.json", MR),
    ("search-columns-mrscan-1.json", SCAN),
    ("own-search-columns-mrsession.json", MR),
    ("own-search-columns-mrscan.json", SCAN),
    also=["owner"],
)
def test_columns_of_a_search(client, sample, name, owner):
    """What the vendor's tests expect of columns joined to a search for subjects.

    Their ``null`` stands for a key that is not there, and their ``true`` for the text that tables have.
    """
    was = json.loads(sample(name))
    columns = ["SUBJECT_LABEL", *(f"{owner}.{column['id']}" for column in was)]
    answer = json.loads(searched(client, document(SUBJECT, columns), "json"))["ResultSet"]
    found = {column["key"]: column for column in answer["Columns"]}
    for column in was:
        wanted = {key: value for key, value in column.items() if value is not None}
        if column["clickable"]:
            wanted["clickable"] = "true"
        assert found[column["key"]] == wanted


def generic(text: str) -> str:
    """Drop what other schemas add to the head of a document, and the addresses of schemas, as the vendor's tests do."""
    known = "arc|val|pipe|wrk|scr|xdat|cat|prov|xnat|xnat_a|xsi"
    text = re.sub(rf' xmlns:(?!(?:{known})=)\S+?="\S+?"', "", text)
    return re.sub(r'xsi:schemaLocation=".*?" ?', "", text)


@replays(
    ("saved-search-default-site-subject.xml", SUBJECT),
    ("saved-search-default-site-mr-session.xml", MR),
    ("saved-search-default-site-mr-scan.xml", SCAN),
    ("own-saved-search-default-site-subject.xml", SUBJECT),
    also=["xsi_type"],
)
def test_default_search_of_the_site(client, sample, name, xsi_type):
    """Byte for byte."""
    answer = client.get(f"/data/search/saved/@{xsi_type}?format=xml")
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert generic(answer.data.decode()) == sample(name)


@replays(
    ("saved-search-default-project-subject.xml", SUBJECT),
    ("saved-search-default-project-mr-session.xml", MR),
    ("own-saved-search-default-project-subject.xml", SUBJECT),
    also=["xsi_type"],
)
def test_default_search_of_a_project(client, sample, name, xsi_type):
    """Byte for byte, with the name of the project; a project with experiments has a column more for each type."""
    put_project(client, "WAVES")
    text = client.get(f"/data/projects/WAVES/searches/@{xsi_type}").data.decode()
    assert generic(text) == sample(name).replace("%PROJECT_ID%", "WAVES")
