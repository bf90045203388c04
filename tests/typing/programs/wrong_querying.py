"""Constraints of the wrong type: refused before any request."""

from xnat_sdk.models import MrSessionData, ProjectData, SubjectData


def find(project: ProjectData) -> None:
    project.subjects.filter(SubjectData.label == 3)  # E
    project.subjects.filter((SubjectData.label == "x") & (SubjectData.label == 3))  # E
    project.subjects.filter(SubjectData.initials == "x", SubjectData.label == 3)  # E
    SubjectData.label < 3  # E
    SubjectData.demographics.yob >= "1980"  # E
    SubjectData.label.like(3)  # E
    SubjectData.demographics.yob.like("19*")  # E
    SubjectData.label.in_("a", 3)  # E
    MrSessionData.date.between("2020-01-01", "2020-02-01")  # E
    SubjectData.labell == "x"  # E
    project.subjects.columns("initials")  # E
    project.subjects.columns(SubjectData.labell)  # E
