"""Queries: classes of the connection, conditions, parents, tuples, results."""

import datetime
from typing import assert_type

from xnat_runtime.query import Constraint, DisplayField, KeyField, QueryField, VariableField
from xnat_sdk import Query, XnatSession
from xnat_sdk.models import ImageSessionData, MrScanData, MrSessionData, ProjectData, SubjectData, WrkWorkflowData
from xnat_sdk.search import and_, display_field, or_

assert_type(SubjectData.label, KeyField[str])
assert_type(SubjectData.demographics.yob, QueryField[int])
assert_type(SubjectData.demographics.gender == "female", Constraint)
assert_type(SubjectData.demographics.gender.like("fem*"), Constraint)
assert_type(SubjectData.GENDER_TEXT, DisplayField[str])
assert_type(MrSessionData.AGE, DisplayField[float])
assert_type(MrSessionData.INSERT_DATE, DisplayField[datetime.datetime])
assert_type(MrScanData.PARAMETERS_TR, DisplayField[float])
assert_type(MrSessionData.SCAN_COUNT_TYPE["T1"], DisplayField[int])
assert_type(SubjectData.fields["handedness"], VariableField[str])
assert_type(SubjectData.fields["handedness"] == "left", Constraint)
assert_type(MrSessionData.AGE > 30, Constraint)
assert_type(display_field(SubjectData, "PLUG_SCORE", float), DisplayField[float])
assert_type(~(SubjectData.label == "x"), Constraint)
assert_type(and_(SubjectData.label == "x", or_(SubjectData.initials.is_null())), Constraint)


def tutorial(session: XnatSession) -> None:
    Subject = session.classes.SubjectData  # noqa: N806  # as the tutorial has it
    assert_type(Subject, type[SubjectData])
    assert_type(Subject.query(), Query[SubjectData])
    query = Subject.query().filter(Subject.project == "sandbox", Subject.label.like("Brain*"))
    assert_type(query, Query[SubjectData])
    assert_type(query.all(), list[SubjectData])
    assert_type(query.first(), SubjectData | None)
    assert_type(query.last(), SubjectData | None)
    assert_type(query.one(), SubjectData)
    assert_type(query.one_or_none(), SubjectData | None)
    assert_type(query.tabulate_csv(), str)
    assert_type(query.tabulate_dict(), list[dict[str, str]])
    assert_type(query.tabulate_json(), str)
    assert_type(query.count(), int)
    made = session.classes.SubjectData(parent=session.projects["sandbox"], label="new")
    assert_type(made, SubjectData)


def parents(session: XnatSession) -> list[ImageSessionData]:
    women = session.query(MrSessionData, SubjectData.demographics.gender == "female")
    assert_type(women, Query[MrSessionData])
    old = women.filter((MrSessionData.AGE >= 80) | SubjectData.GENDER_TEXT.is_null()).sort(MrSessionData.date)
    for imaging in old.view(SubjectData.label, MrSessionData.AGE):
        assert_type(imaging.parent, SubjectData)
        assert_type(imaging.AGE, float | None)
    wider: Query[ImageSessionData] = old
    return list(wider.limit(10, offset=5))


def tuples(session: XnatSession) -> dict[str, datetime.date | None]:
    query = session.query(MrSessionData)
    two = query.select(MrSessionData.label, MrSessionData.date)
    assert_type(two, Query[tuple[str, datetime.date | None]])
    assert_type(two.sort(MrSessionData.date, descending=True).first(), tuple[str, datetime.date | None] | None)
    for label, year, count in query.select(
        SubjectData.label, SubjectData.demographics.yob, MrSessionData.SCAN_COUNT_TYPE["T1"]
    ):
        assert_type((label, year, count), tuple[str, int | None, int | None])
    six = query.select(
        MrSessionData.id,
        MrSessionData.label,
        MrSessionData.project,
        SubjectData.initials,
        ProjectData.name,
        MrSessionData.dcm_patient_weight,
    )
    assert_type(six.one(), tuple[str, str, str | None, str | None, str | None, float | None])
    for page in two.pages(100):
        assert_type(page, list[tuple[str, datetime.date | None]])
    return dict(two.all())


def records(session: XnatSession) -> None:
    running = session.query(WrkWorkflowData, WrkWorkflowData.status == "Running").all()
    assert_type(running, list[WrkWorkflowData])
    assert_type(running[0].launch_time, datetime.datetime | None)
