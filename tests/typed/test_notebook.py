"""What notebooks show: tables without what may identify a patient, for no request more than iterating costs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from xnat_runtime.errors import InvalidValueError, NotFoundError
from xnat_sdk.models import (
    CtScanData,
    ExperimentData,
    MrScanData,
    MrSessionData,
    PetSessionData,
    ProjectData,
    SubjectData,
)
from xnat_sdk.notebook import show

SUBJECTS = "/data/projects/P/subjects"
SEARCH = "/data/search"
HOSTILE = "<script>alert('1')</script>\"&<b onclick='x'>"


class Reader(HTMLParser):
    """Reads a table back, and complains about tags that no table needs."""

    allowed = frozenset({"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "em", "p", "small"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.caption = ""
        self.notes: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in self.allowed
        assert {name for name, _ in attributes} <= {"style", "scope"}
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")
        if tag == "p":
            self.notes.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        elif "caption" in self.open:
            self.caption += data
        elif "p" in self.open:
            self.notes[-1] += data

    def column(self, title):
        place = self.rows[0].index(title)
        return [row[place] for row in self.rows[1:]]


def read(shown) -> Reader:
    html = shown if isinstance(shown, str) else shown._repr_html_()
    assert not re.search(r"<(script|style|link|img)|https?:|url\(|\n\n", html.replace("https://xnat.example.org", ""))
    return Reader(html)


def subject(number: int, **more: object) -> dict[str, object]:
    return {
        "project": "P",
        "ID": f"X_S{number}",
        "label": f"sub-{number}",
        "URI": f"/data/subjects/X_S{number}",
        **more,
    }


@pytest.fixture
def project(session):
    return ProjectData.__xnat_from_server__(session, "/data/projects/P", {"ID": "P"}, session)


def loaded(wire, session, kind, fields, **children):
    wire.item("/data/experiments/E", kind.xsi_type, fields, **children)
    made = kind.__xnat_from_server__(session, "/data/experiments/E", {"ID": "E"}, None)
    made.refresh()
    return made


# Requests


def test_a_listing_costs_the_request_of_its_first_use(wire, project):
    wire.table(SUBJECTS, [subject(1), subject(2)])
    subjects = project.subjects
    first = subjects._repr_html_()
    assert subjects._repr_html_() == first
    assert [one.label for one in subjects] == ["sub-1", "sub-2"]
    assert wire.sent() == [f"GET {SUBJECTS}?format=json"]
    found = read(first)
    assert found.caption == "SubjectData: 2 at /data/projects/P/subjects"
    assert found.rows == [["label", "id", "project"], ["sub-1", "X_S1", "P"], ["sub-2", "X_S2", "P"]]
    assert found.notes == []


def test_an_object_is_shown_as_it_is_known(wire, project):
    wire.table(SUBJECTS, [subject(1)])
    one = project.subjects[0]
    wire.requests.clear()
    found = read(one)
    assert found.caption == "SubjectData sub-1 (X_S1)"
    assert found.rows == [["label", "sub-1"], ["id", "X_S1"], ["project", "P"]]
    assert found.notes == ["Not loaded: these values came with a listing or a search; refresh() loads the rest."]
    assert wire.sent() == []


def test_types_that_nobody_knows_cost_no_request_more(wire, project):
    rows = [subject(1, xsiType="lab:scoreData", secret_score="17"), subject(2, xsiType="lab:scoreData")]
    wire.table("/data/projects/P/experiments", rows)
    found = read(project.experiments)
    assert len(wire.requests) == 1
    assert found.column("xsi_type") == ["lab:scoreData"] * 2
    assert found.column("secret_score") == ["hidden", ""]


def test_queries_ask_once_for_the_rows_that_are_shown(wire, session):
    columns = [
        {"key": key, "header": f"xnat:subjectData/{path}"}
        for key, path in (("a", "ID"), ("b", "label"), ("c", "project"))
    ]
    rows = [{"a": f"X_S{n}", "b": f"s{n}", "c": "P"} for n in range(20)]
    answer = {"ResultSet": {"Result": rows, "Columns": columns, "totalRecords": "8000", "ID": "stored"}}
    wire.answer("POST", SEARCH, answer)
    query = session.query(SubjectData, SubjectData.label == "kept secret")
    found = read(query)
    assert found.caption == "SubjectData found: first 20 of 8,000"
    assert found.notes == ["Where label = …"]
    assert "kept secret" not in query._repr_html_()
    assert found.rows[:2] == [["label", "id", "project"], ["s0", "X_S0", "P"]]
    assert len(wire.requests) == 2  # one a look: a query keeps nothing
    assert ("limit", "20") in wire.requests[0].query


def test_ten_thousand_rows_make_a_small_page(wire, project):
    wire.table(SUBJECTS, [subject(n, group="x" * 500) for n in range(10_000)])
    html = project.subjects._repr_html_()
    assert len(html) < 20_000
    found = read(html)
    assert found.caption.startswith("SubjectData: first 20 of 10,000 at ")
    assert len(found.rows) == 21
    assert len(read(show(project.subjects, rows=3)).rows) == 4
    assert len(wire.requests) == 1


def test_many_columns_are_cut(wire, project):
    wire.table(SUBJECTS, [subject(1, **{f"further_{n}": n for n in range(100)})])
    found = read(project.subjects)
    assert len(found.rows[0]) == 20
    assert found.notes[0] == "83 more columns"


# What is hidden


def test_custom_variables_show_their_names_alone(wire, project):
    rows = [subject(1) | {"xnat:subjectdata/fields/field/name": "iq", "xnat:subjectdata/fields/field/field": "117-x"}]
    wire.table(SUBJECTS, rows)
    listing = project.subjects.columns(SubjectData.fields)
    found = read(listing)
    assert found.column('fields["iq"]') == ["hidden"]
    assert "117-x" not in listing._repr_html_()
    assert "identifying=True" in found.notes[-1]
    assert read(show(listing, identifying=True)).column('fields["iq"]') == ["117-x"]
    assert "117-x" not in read(listing[0]).rows[-1]


def test_columns_that_tell_of_the_patient_are_hidden(wire, project):
    row = subject(1) | {"xnat:subjectdata/demographics[@xsi:type=xnat:demographicdata]/dob": "1980-01-31"}
    wire.table(SUBJECTS, [row, subject(2) | {list(row)[-1]: ""}])
    listing = project.subjects.columns(SubjectData.demographics.dob)
    assert read(listing).column("demographics.dob") == ["hidden", ""]
    assert "1980" not in listing._repr_html_()
    assert read(show(listing, identifying=True)).column("demographics.dob") == ["1980-01-31", ""]


PATIENT = {
    "dcmPatientName": "Doe^Jane", "dcmPatientId": "MRN-4711", "dcmPatientBirthDate": "1980-01-31",
    "dcmPatientWeight": "71.25", "dcmAccessionNumber": "ACC-4711", "study_id": "STU-4711", "UID": "1.2.840.4711",
    "age": "43", "note": "Ms Doe fainted", "patientName": "Doe^Janet", "patientID": "MRN-4712", "original": "Jane D.",
}  # fmt: skip


@pytest.mark.parametrize("path", PATIENT)
def test_fields_of_the_patient_are_hidden_in_loaded_objects(wire, session, path):
    item = loaded(wire, session, PetSessionData, {"ID": "E", "label": "visit", "date": "2020-05-14", **PATIENT})
    html = item._repr_html_()
    assert PATIENT[path] not in html
    shown = dict(read(html).rows)
    assert (shown["label"], shown["date"]) == ("visit", "2020-05-14")
    assert list(shown.values()).count("hidden") == len(PATIENT)
    assert PATIENT[path] in show(item, identifying=True).html
    assert len(wire.requests) == 1


def test_demographics_and_variables_of_a_loaded_subject_are_hidden(wire, session, entry):
    wire.item(
        "/data/projects/P/subjects/X", "xnat:subjectData",
        {"ID": "X", "label": "sub-1", "initials": "JD", "src": "Dr. Roe", "group": "control"},
        demographics=[entry("xnat:demographicData", dob="1980-01-31", gender="female", height="171.5")],
        fields__field=[entry("xnat:subjectData_field", name="religion", field="kept-secret")],
        addID=[entry("xnat:subjectData_addID", name="clinic", addID="MRN-4711")],
    )  # fmt: skip
    item = SubjectData.__xnat_from_server__(session, "/data/projects/P/subjects/X", {}, None)
    item.refresh()
    shown = dict(read(item).rows)
    hidden = {"initials", "src", "demographics.dob", "demographics.gender", 'fields["religion"]'}
    assert hidden <= {name for name, value in shown.items() if value == "hidden"}
    assert shown["group"] == "control"
    for value in ("JD", "Dr. Roe", "1980", "female", "171.5", "kept-secret", "MRN-4711"):
        assert value not in item._repr_html_()
        assert value in show(item, identifying=True).html
    assert len(wire.requests) == 1


def test_what_no_schema_declares_is_hidden(wire, session):
    item = loaded(
        wire, session, MrSessionData, {"ID": "E", "label": "visit", "insurance": "4711-A", "content": "4711-A"}
    )
    shown = dict(read(item).rows)
    assert (shown["insurance"], shown["content"]) == ("hidden", "hidden")
    assert "4711-A" not in item._repr_html_()


def test_the_words_for_hiding_and_the_table_agree_with_the_schemas():
    """An entry that no field and no structure has would hide nothing, and nobody would see it."""
    import xnat_sdk.models as models
    from xnat_runtime.identifying import HIDDEN
    from xnat_runtime.item import Item

    found = {"subject", "tag"}  # columns of the prearchive
    for name in models.__all__:
        kind = getattr(models, name)
        if isinstance(kind, type) and issubclass(kind, Item):
            found.update(step for member in kind.__xnat_members__().values() for step in member.path.split("/"))
    assert set(HIDDEN) - found == set()
    assert all(HIDDEN.values())


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (MrScanData, "parameters/tr"),
        (MrScanData, "series_description"),
        (CtScanData, "parameters/voxelRes/x"),
        (SubjectData, "label"),
        (ExperimentData, "date"),
        (MrSessionData, "scanner/model"),
        (MrSessionData, "xnat:mrSessionData.SUBJECT_LABEL"),
        (MrSessionData, "xnat:mrSessionData.SCAN_COUNT_TYPE=T1"),
    ],
)
def test_what_describes_the_images_is_shown(kind, path):
    from xnat_runtime.identifying import is_hidden

    assert not is_hidden(kind, path)


@pytest.mark.parametrize("identifier", ["AGE", "UNHEARD_OF", "XNAT_MRSESSIONDATA_FIELD_MAP=weight", "NOTE"])
def test_display_fields_are_hidden_unless_their_schema_field_is_shown(identifier):
    from xnat_runtime.identifying import is_hidden

    assert is_hidden(MrSessionData, f"xnat:mrSessionData.{identifier}")


def test_received_sessions_hide_the_subject_which_is_the_name_in_the_header(wire, session):
    row = {
        "project": "P", "timestamp": "20211221_160614825", "folderName": "4711", "name": "4711", "status": "READY",
        "subject": "Doe^Jane", "tag": "1.2.840.4711", "scan_date": "2006-12-14 00:00:00.0",
    }  # fmt: skip
    wire.table("/data/prearchive/projects/P", [row, row | {"folderName": "4712"}])
    found = session.prearchive.sessions("P")
    wire.requests.clear()
    assert read(found[0]).column("subject") == ["hidden"]
    several = show(found)
    assert read(several).caption == "PrearchiveSession: 2"
    assert read(several).column("folder_name") == ["4711", "4712"]
    assert "Doe" not in several.html
    assert "Doe^Jane" in show(found, identifying=True).html
    assert wire.sent() == []


# Text


def test_everything_is_escaped(wire, project):
    wire.table(SUBJECTS, [subject(1) | {"label": HOSTILE, "ID": HOSTILE, HOSTILE: "x"}])
    found = read(project.subjects)
    assert found.rows[1][:2] == [HOSTILE, HOSTILE]
    assert HOSTILE in found.rows[0]
    one = read(project.subjects[0])
    assert HOSTILE in one.caption
    assert ["label", HOSTILE] in one.rows
    assert HOSTILE in read(show(list(project.subjects))).rows[1]


def test_lines_and_controls_and_long_texts_stay_on_one_short_line(wire, project):
    wire.table(SUBJECTS, [subject(1) | {"label": "a\n\n\x1b[31mb\u202ec", "group": "g" * 1000}])
    row = read(project.subjects).rows[1]
    assert row[0] == "a [31mb c"
    assert len(row[-1]) == 100
    assert row[-1].endswith("g…")


def test_tables_tell_readers_what_names_a_column_and_a_row(wire, project):
    wire.table(SUBJECTS, [subject(1)])
    html = project.subjects._repr_html_()
    assert html.count('<th scope="col"') == 3
    assert html.count('<th scope="row"') == 1
    assert "color" not in html


# Errors


def test_errors_become_one_line(wire, project):
    html = project.subjects._repr_html_()  # the script knows no such path
    assert read(html).notes[0].startswith("Not shown: NotFoundError: ")
    assert html.count("\n") == 0
    with pytest.raises(NotFoundError):
        show(project.subjects)


def test_unforeseen_errors_say_no_more_than_what_they_are(wire, project, monkeypatch):
    wire.table(SUBJECTS, [subject(1)])

    def broken(*_):
        raise ZeroDivisionError("Doe^Jane")

    monkeypatch.setattr("xnat_runtime.notebook_rows.of_rows", broken)
    assert project.subjects._repr_html_() == "<p>Not shown: ZeroDivisionError</p>"


@pytest.mark.parametrize("what", [3, "text", {"a": 1}, [1, 2], [("a", 1)]])
def test_other_things_cannot_be_shown(what):
    with pytest.raises(InvalidValueError, match=r"show\(\) takes"):
        show(what)


def test_a_negative_number_of_rows_is_refused():
    with pytest.raises(InvalidValueError, match="from 0 on"):
        show([], rows=-1)


# Kinds of things


def test_files_have_sizes_for_people_and_short_digests(wire, session):
    place = "/data/experiments/E/scans/1/resources"
    rows = [
        {
            "Name": "a.dcm", "Size": "33928", "digest": "9cea5fa38a7d78f586795f82aa3445bc", "cat_ID": "2",
            "URI": f"{place}/2/files/sub/a.dcm", "collection": "DICOM", "file_format": "DICOM", "file_tags": "",
        },
        {"Name": "b.txt", "Size": "12", "digest": "", "URI": f"{place}/3/files/b.txt", "collection": "NOTES"},
    ]  # fmt: skip
    wire.table("/data/experiments/E/scans/1/files", rows)
    scan = MrScanData.__xnat_from_server__(session, "/data/experiments/E/scans/1", {"ID": "1"}, None)
    found = read(scan.files)
    assert found.caption == "FileData: 2, 33.9 kB at /data/experiments/E/scans/1/files"
    assert found.column("path") == ["sub/a.dcm", "b.txt"]
    assert found.column("size") == ["33.9 kB", "12 bytes"]
    assert found.column("digest") == ["9cea5fa3…", ""]
    assert found.column("file_format") == ["DICOM", ""]
    assert read(scan.files[0]).notes == []
    assert len(wire.requests) == 1


def test_resources_show_what_they_hold(wire, session):
    row = {"label": "DICOM", "format": "DICOM", "content": "RAW", "file_count": "3", "file_size": "101784"}
    technical = {"xnat_abstractresource_id": "2", "cat_id": "1", "cat_desc": "T1", "category": "scans", "tags": ""}
    wire.table("/data/experiments/E/scans/1/resources", [row | technical | {"element_name": "xnat:resourceCatalog"}])
    scan = MrScanData.__xnat_from_server__(session, "/data/experiments/E/scans/1", {"ID": "1"}, None)
    found = read(scan.resources)
    assert dict(zip(*found.rows, strict=True)) == row | {"xsi_type": "xnat:resourceCatalog", "file_size": "101.8 kB"}


def test_shared_subjects_show_where_they_belong(wire, project):
    wire.table(SUBJECTS, [subject(1), subject(2) | {"project": "other", "label": "guest"}])
    assert read(project.subjects).column("project") == ["P", "other"]


def test_narrowed_and_filtered_listings_say_what_they_hold(wire, project):
    strength = "xnat:mrsessiondata/fieldstrength"
    rows = [
        {"ID": f"E{n}", "label": f"v{n}", "project": "P", "xsiType": "xnat:mrSessionData", strength: f"{n}.0"}
        for n in (1, 3)
    ]
    wire.table("/data/projects/P/experiments", rows)
    listing = project.sessions.of_type(MrSessionData).filter(MrSessionData.field_strength == "3.0")
    found = read(listing)
    assert found.caption.startswith("MrSessionData: 1 at ")
    assert found.column("label") == ["v3"]
    assert found.column("field_strength") == ["3.0"]


def test_empty_listings_say_so(wire, project):
    wire.table(SUBJECTS, [])
    found = read(project.subjects)
    assert (found.caption, found.rows) == ("SubjectData: 0 at /data/projects/P/subjects", [])
    assert read(show([])).caption == "Objects: 0"


def test_lists_of_objects_of_several_types_share_a_table(wire, session):
    made = [
        kind.__xnat_from_server__(session, f"/x/{kind.__name__}", {"ID": "1", "type": "T1", "note": "Jane"}, None)
        for kind in (MrScanData, CtScanData)
    ]
    found = read(show(made))
    assert found.caption == "CtScanData and MrScanData: 2"
    assert found.column("note") == ["hidden", "hidden"]
    assert wire.sent() == []


def test_connections_show_no_secret_and_ask_nothing(wire, session):
    found = read(session)
    assert found.rows == [["server", "https://xnat.example.org"], ["user", "reader"]]
    assert wire.sent() == []


def test_what_was_shown_has_a_short_text(wire, project):
    wire.table(SUBJECTS, [subject(1) | {"initials": "JD"}])
    assert repr(show(project.subjects, identifying=True)) == "<Shown: SubjectData: 1 at /data/projects/P/subjects>"
