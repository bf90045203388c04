"""What users write costs as many requests for a thousand objects as for ten."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import xnat_emulator
from tests.contract.imaging import zipped
from tests.contract.test_custom_variables import define, field
from xnat_sdk import XnatSession, connect
from xnat_sdk.models import ExperimentData, MrScanData, MrSessionData, ProjectData, SubjectData

SIZES = (10, 1_000)
NAMES = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
Use = Callable[[XnatSession, ProjectData], int]


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    """A server with a project of ten subjects, sessions, scans and files, and one with a thousand of each."""
    with xnat_emulator.start() as started, connect(started.url, started.user, started.password) as session:
        for size in SIZES:
            fill(session, size)
        yield started


def fill(session: XnatSession, size: int) -> None:
    def put(path: str, document: str) -> None:
        session.put(path, data=document.encode(), headers={"Content-Type": "text/xml"})

    def variables(number: int) -> str:
        entries = {"rating": str(number % 5), "notes": "n"} if number % 3 else {}
        texts = "".join(f'<xnat:field name="{name}">{text}</xnat:field>' for name, text in entries.items())
        return f"<xnat:fields>{texts}</xnat:fields>" if texts else ""

    project = f"/data/projects/P{size}"
    session.put(project)
    for xsi_type in ("xnat:subjectData", "xnat:mrSessionData"):
        define(session, f"P{size}", xsi_type, "default", field("Rating", "integer"), field("Notes"))
    for number in range(size):
        subject = f"{project}/subjects/s{number}"
        put(subject, f'<xnat:Subject {NAMES} initials="I{number}">{variables(number)}</xnat:Subject>')
        quality = "<xnat:quality>usable</xnat:quality>"
        scans = "".join(
            f'<xnat:scan xsi:type="xnat:mrScanData" ID="{scan}" type="T{scan % 5}">{quality}</xnat:scan>'
            for scan in range(size if number == 0 else 1)
        )
        document = f"<xnat:scans>{scans}</xnat:scans>{variables(number)}"
        put(f"{subject}/experiments/e{number}", f"<xnat:MRSession {NAMES}>{document}</xnat:MRSession>")
    files = zipped({f"{number}.txt": b"%d" % number for number in range(size)})
    for level in ("", "/scans/0"):
        where = f"{project}/subjects/s0/experiments/e0{level}/resources/TEXT/files/a.zip"
        session.put(where, data=files, query={"extract": "true", "inbody": "true"})


def cost(server: xnat_emulator.Emulator, size: int, use: Use) -> tuple[int, int]:
    """Returns how many things a use touched in the project of a size, and how many requests it took."""
    with connect(server.url, server.user, server.password) as session:
        project = session.projects[f"P{size}"]
        before = len(server.requests)
        return use(session, project), len(server.requests) - before


# Listings


def iterated(session: XnatSession, project: ProjectData) -> int:
    return len({(subject.id, subject.label, subject.project) for subject in project.subjects})


def by_key(session: XnatSession, project: ProjectData) -> int:
    listing = project.subjects
    keys = listing.keys()
    return len([listing[key].label for key in keys if key in listing])


def row_fields(session: XnatSession, project: ProjectData) -> int:
    return len([(one.label, one.date, one.project, one.xsi_type) for one in project.experiments])


def further_columns(session: XnatSession, project: ProjectData) -> int:
    listing = project.subjects.columns(SubjectData.initials, SubjectData.demographics.gender)
    return len({(one.initials, one.demographics.gender) for one in listing})


def filtered(session: XnatSession, project: ProjectData) -> int:
    listing = project.subjects.filter(SubjectData.initials.startswith("I"))
    return len({one.initials for one in listing})


def narrowed(session: XnatSession, project: ProjectData) -> int:
    return len({one.label for one in project.experiments.of_type(MrSessionData)})


def tabulated(session: XnatSession, project: ProjectData) -> int:
    listing = project.subjects
    assert len(listing.tabulate_dict()) == len(listing.tabulate_pandas()) == len(listing)
    assert listing.tabulate_csv().count("\n") == len(listing) + 1
    return len(listing.as_mapping())


def site_wide(session: XnatSession, project: ProjectData) -> int:
    return len({one.uri for one in session.subjects if one.project == project.id})


def scans_of_a_session(session: XnatSession, project: ProjectData) -> int:
    return len([(scan.type, scan.quality, scan.note) for scan in project.sessions["e0"].scans])


def scans_of_a_project(session: XnatSession, project: ProjectData) -> int:
    found = [(scan.type, scan.quality, scan.note, scan.parent.label, scan.parent.subject_id) for scan in project.scans]
    return len(found) // 2 + 1  # the first session has as many as there are sessions, each other has one


# Search results


def found_objects(session: XnatSession, project: ProjectData) -> int:
    query = session.query(MrSessionData, MrSessionData.project == project.id)
    return len({(one.id, one.label, one.date, one.uri) for one in query.all()})


def found_tuples(session: XnatSession, project: ProjectData) -> int:
    query = session.query(MrSessionData, MrSessionData.project == project.id)
    return len(set(query.select(MrSessionData.label, SubjectData.label, MrSessionData.AGE)))


def viewed_fields(session: XnatSession, project: ProjectData) -> int:
    query = session.query(SubjectData, SubjectData.project == project.id)
    found = query.view(SubjectData.initials, SubjectData.GENDER_TEXT).sort(SubjectData.initials)
    return len({(one.initials, one.GENDER_TEXT) for one in found})


def parents_fields(session: XnatSession, project: ProjectData) -> int:
    query = session.query(MrSessionData, MrSessionData.project == project.id, SubjectData.initials.contains("I"))
    return len({(one.label, one.parent.initials) for one in query.view(SubjectData.initials)})


def found_scans(session: XnatSession, project: ProjectData) -> int:
    query = session.query(MrScanData, MrScanData.project == project.id)
    return len([(scan.id, scan.type, scan.quality, scan.uri) for scan in query.all()]) // 2 + 1


# Custom variables


def variables_of_subjects(session: XnatSession, project: ProjectData) -> int:
    listing = project.subjects.columns(SubjectData.fields)
    found = [(one.custom_variables["default"]["Rating"], one.fields.get("rating")) for one in listing]
    assert {(None, None), (1, "1"), (4, "4")} <= set(found)
    assert all(set(one.fields) <= {"rating", "notes"} for one in listing)
    assert all(dict(one.custom_variables["default"]) for one in listing)
    return len(found)


def variables_of_sessions(session: XnatSession, project: ProjectData) -> int:
    listing = project.experiments.columns(ExperimentData.fields["rating"])
    found = [one.custom_variables["default"]["Rating"] for one in listing]
    assert {None, 1, 2, 3, 4} <= set(found)
    return len(found)


def variables_in_a_table(session: XnatSession, project: ProjectData) -> int:
    table = project.subjects.columns(SubjectData.fields).tabulate_dict()
    assert {row["fields/field[name=notes]/field"] for row in table} == {"", "n"}
    return len(table)


def filtered_variables(session: XnatSession, project: ProjectData) -> int:
    without = project.subjects.filter(SubjectData.fields["Rating"].is_null())
    having = project.subjects.filter(SubjectData.fields["rating"].is_not_null())
    assert [one.fields.get("notes") for one in without] == [None] * len(without)
    assert {one.fields["notes"] for one in having} == {"n"}
    return len(without) + len(having)


def viewed_variables(session: XnatSession, project: ProjectData) -> int:
    query = session.query(SubjectData, SubjectData.project == project.id).view(SubjectData.fields["Rating"])
    found = [
        (one.fields.get("rating"), "rating" in one.fields, one.custom_variables["default"]["Rating"]) for one in query
    ]
    assert {(None, False, None), ("1", True, 1)} <= set(found)
    return len(found)


def viewed_variables_of_parents(session: XnatSession, project: ProjectData) -> int:
    query = session.query(MrSessionData, MrSessionData.project == project.id)
    found = [
        (one.fields.get("rating"), one.parent.fields.get("rating"))
        for one in query.view(MrSessionData.fields["rating"], SubjectData.fields["rating"])
    ]
    assert all(own == parents for own, parents in found)
    return len(found)


def variables_of_tuples(session: XnatSession, project: ProjectData) -> int:
    query = session.query(SubjectData, SubjectData.project == project.id)
    found = query.select(SubjectData.label, SubjectData.fields["rating"]).all()
    assert {text for _, text in found} >= {None, "1"}
    return len(found)


# Digests


def digests_of_a_resource(session: XnatSession, project: ProjectData) -> int:
    files = project.experiments["e0"].resources["TEXT"].files
    return len({file.digest for file in files if len(file.digest or "") == 32})


def digests_of_a_scan(session: XnatSession, project: ProjectData) -> int:
    scan = next(iter(project.scans))
    return len({(file.digest, file.size, file.name, file.uri) for file in scan.files})


def digests_of_an_experiment(session: XnatSession, project: ProjectData) -> int:
    return len({file.digest for file in project.experiments["e0"].files})


# Edits


def edit_of_many_fields(session: XnatSession, project: ProjectData) -> int:
    size = int(project.id[1:])
    subject = project.subjects["s1"]
    with subject.edit():
        subject.initials = "NEW"
        subject.demographics.gender = "female"
        for number in range(size):
            subject.fields[f"f{number}"] = str(number)
    assert (subject.initials, subject.fields[f"f{size - 1}"]) == ("NEW", str(size - 1))
    return size


CONSTANT = [
    (iterated, 1),
    (by_key, 1),
    (row_fields, 1),
    (further_columns, 1),
    (filtered, 1),
    (narrowed, 1),
    (tabulated, 1),
    (site_wide, 1),
    (scans_of_a_session, 2),
    (scans_of_a_project, 1),
    (found_objects, 1),
    (found_tuples, 1),
    (viewed_fields, 1),
    (parents_fields, 1),
    (found_scans, 1),
    (variables_of_subjects, 2),
    (variables_of_sessions, 2),
    (variables_in_a_table, 1),
    (filtered_variables, 2),
    (viewed_variables, 2),
    (viewed_variables_of_parents, 1),
    (variables_of_tuples, 1),
    (digests_of_a_resource, 3),
    (digests_of_a_scan, 2),
    (digests_of_an_experiment, 2),
    (edit_of_many_fields, 2),
]


@pytest.mark.parametrize(("use", "requests"), CONSTANT, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_thousand_cost_as_many_requests_as_ten(server: xnat_emulator.Emulator, use: Use, requests: int) -> None:
    assert [cost(server, size, use) for size in SIZES] == [(size, requests) for size in SIZES]


def field_of_each(session: XnatSession, project: ProjectData) -> int:
    subjects = list(project.subjects)
    for subject in subjects:
        subject.initials = "AB"
    return len([subject for subject in subjects if subject.initials == "AB"])


def entry_of_each(session: XnatSession, project: ProjectData) -> int:
    subjects = list(project.subjects)
    for subject in subjects:
        subject.fields["seen"] = "yes"
    return len([subject for subject in subjects if subject.fields["seen"] == "yes"])


def variable_of_each(session: XnatSession, project: ProjectData) -> int:
    subjects = list(project.subjects.columns(SubjectData.fields))
    for subject in subjects:
        subject.custom_variables["default"]["Rating"] = 3
    return len([subject for subject in subjects if subject.custom_variables["default"]["Rating"] == 3])


def edit_of_each(session: XnatSession, project: ProjectData) -> int:
    found = session.query(MrSessionData, MrSessionData.project == project.id).all()
    for imaging in found:
        with imaging.edit():
            imaging.note = "n"
            imaging.scanner.value = "A"
            imaging.fields["seen"] = "yes"
    return len([imaging for imaging in found if (imaging.note, imaging.fields["seen"]) == ("n", "yes")])


@pytest.mark.parametrize(
    ("use", "beside"), [(field_of_each, 1), (entry_of_each, 1), (variable_of_each, 2), (edit_of_each, 1)]
)
def test_an_edit_of_each_object_costs_one_request_an_object(
    server: xnat_emulator.Emulator, use: Use, beside: int
) -> None:
    assert [cost(server, size, use) for size in SIZES] == [(size, size + beside) for size in SIZES]
