"""Custom variables that a listing or a search brings along: what they read as, before and after changes."""

from __future__ import annotations

import pytest

import xnat_emulator
from tests.contract.test_custom_variables import define, field
from xnat_sdk import InvalidValueError, ResponseError, XnatSession
from xnat_sdk.models import ExperimentData, MrSessionData, ProjectData, SubjectData


@pytest.fixture
def project(session: XnatSession) -> ProjectData:
    """A project of three subjects; one has variables, one has one in another spelling, one has none."""
    made = ProjectData(parent=session, id="P")
    define(session, "P", "xnat:subjectData", "default", field("Rating", "integer"), field("Notes"))
    full, other, _ = (SubjectData(parent=made, label=label) for label in ("full", "other", "none"))
    full.fields["rating"], full.fields["notes"] = "5", "a, b"
    other.fields["RATING"] = "2"
    MrSessionData(parent=full, label="scanned").fields["rating"] = "4"
    return made


def test_one_variable_stands_for_all(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    before = len(empty.requests)
    for listing in (
        project.subjects.columns(SubjectData.fields["rating"]),
        project.subjects.columns(SubjectData.fields),
    ):
        found = {one.label: dict(one.fields) for one in listing}
        assert found == {"full": {"rating": "5", "notes": "a, b"}, "other": {"RATING": "2"}, "none": {}}
        assert listing.keys() == [one.id for one in listing]
    assert len(empty.requests) == before + 2


def test_values_are_read_by_their_definitions(project: ProjectData) -> None:
    listing = project.subjects.columns(SubjectData.fields)
    ratings = {one.label: one.custom_variables["default"]["Rating"] for one in listing}
    assert ratings == {"full": 5, "other": 2, "none": None}


def test_a_table_has_a_column_for_each_variable(project: ProjectData) -> None:
    rows = {row["label"]: row for row in project.subjects.columns(SubjectData.fields).rows()}
    paths = [f"fields/field[name={name}]/field" for name in ("rating", "notes", "RATING")]
    assert [rows["full"][path] for path in paths] == ["5", "a, b", ""]
    assert [rows["none"][path] for path in paths] == ["", "", ""]


def test_listings_are_filtered_by_variables(project: ProjectData) -> None:
    def labels(*constraints: object) -> list[str]:
        return sorted(one.label for one in project.subjects.filter(*constraints))  # type: ignore[arg-type]  # as given

    assert labels(SubjectData.fields["rating"] == "5") == ["full"]
    assert labels(SubjectData.fields["Rating"].is_not_null()) == ["full", "other"]
    assert labels(SubjectData.fields["rating"].is_null() | (SubjectData.label == "full")) == ["full", "none"]


def test_inherited_variables_are_columns_too(empty: xnat_emulator.Emulator, project: ProjectData) -> None:
    before = len(empty.requests)
    [listed] = project.experiments.columns(ExperimentData.fields["rating"])
    [narrowed] = project.experiments.of_type(MrSessionData).columns(MrSessionData.fields)
    query = project.session.query(MrSessionData)
    found = query.view(ExperimentData.fields["rating"]).one()
    assert listed.fields["rating"] == narrowed.fields["rating"] == found.fields["rating"] == "4"
    assert query.filter(ExperimentData.fields["rating"] == "4").one() == found
    assert len(empty.requests) == before + 4


@pytest.fixture(params=["listing", "search"])
def full(request: pytest.FixtureRequest, project: ProjectData) -> SubjectData:
    """The subject with variables, as a listing or a search brings it."""
    if request.param == "listing":
        return project.subjects.columns(SubjectData.fields)["full"]
    query = project.session.query(SubjectData, SubjectData.label == "full")
    return query.view(SubjectData.fields["rating"], SubjectData.fields["notes"]).one()


def test_what_is_assigned_reads_back_without_a_request(empty: xnat_emulator.Emulator, full: SubjectData) -> None:
    before = len(empty.requests)
    full.fields["rating"] = "1"
    full.fields["added"] = "x"
    assert (full.fields["rating"], full.fields["added"], full.fields["notes"]) == ("1", "x", "a, b")
    del full.fields["rating"]
    assert "rating" not in full.fields
    assert full.fields.get("rating") is None
    assert len(empty.requests) == before + 3
    full.refresh()
    assert dict(full.fields) == {"notes": "a, b", "added": "x"}


def test_a_refused_edit_leaves_the_values(empty: xnat_emulator.Emulator, full: SubjectData) -> None:
    full.fields["rating"] = "2"
    empty.faults.add(xnat_emulator.Fault(xnat_emulator.faults.Unavailable(status=500), method="PUT", count=1))
    with pytest.raises(ResponseError), full.edit():
        full.fields["rating"], full.fields["notes"] = "3", "lost"
    assert (full.fields["rating"], full.fields["notes"]) == ("2", "a, b")


def test_changing_a_variable_keeps_its_spelling(project: ProjectData) -> None:
    other = project.session.query(SubjectData, SubjectData.label == "other").view(SubjectData.fields["rating"]).one()
    other.custom_variables["default"]["Rating"] = 3
    assert dict(project.subjects["other"].fields) == {"RATING": "3"}
    assert other.custom_variables["default"]["Rating"] == 3


def test_what_has_no_custom_variables_says_so(project: ProjectData) -> None:
    with pytest.raises(InvalidValueError, match="no other list than its custom variables"):
        project.subjects.columns(SubjectData.add_id)
    with pytest.raises(InvalidValueError, match=r"write SubjectData\.fields\['name'\]"):
        project.session.query(SubjectData).view(SubjectData.fields)  # type: ignore[arg-type]  # what the test is about
    with pytest.raises(InvalidValueError, match=r"narrow the listing"):
        project.experiments.columns(MrSessionData.fields["rating"])


def test_a_server_without_custom_variables_in_listings_says_so(session: XnatSession, project: ProjectData) -> None:
    from xnat_runtime.listings import Listing
    from xnat_sdk import FieldNotOnServerError

    class Old(Listing[SubjectData]):
        def _read(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
            return [{key: cell for key, cell in row.items() if "fields/field" not in key} for row in rows]

    listing = project.subjects.columns(SubjectData.fields)
    old = Old(session, listing._collection, owner=project, extra=listing._extra)
    with pytest.raises(FieldNotOnServerError, match="fields/field/name"):
        old.rows()
