"""What class access gives: query fields and constraints."""

import datetime
from typing import assert_type

from xnat_runtime.query import Constraint, KeyField, QueryField
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, SubjectData

assert_type(SubjectData.initials, QueryField[str])
assert_type(SubjectData.label, KeyField[str])
assert_type(MrSessionData.date, QueryField[datetime.date])
assert_type(MrScanData.parameters.tr, QueryField[float])
assert_type(SubjectData.demographics.yob, QueryField[int])
assert_type(SubjectData.label == "x", Constraint)
assert_type(SubjectData.label.like("x*"), Constraint)
assert_type((SubjectData.label == "x") & (SubjectData.demographics.yob < 1980), Constraint)
assert_type(SubjectData.label.in_("a", "b") | SubjectData.initials.is_null(), Constraint)


def find(project: ProjectData) -> list[SubjectData]:
    young = SubjectData.demographics.yob.between(1990, 2000)
    return list(project.subjects.filter(SubjectData.label.startswith("B"), young).columns(SubjectData.initials))
