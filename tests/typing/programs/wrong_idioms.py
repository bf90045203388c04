"""Idioms of untyped clients, and slips that look right."""

from xnat_sdk import Listing
from xnat_sdk.models import ImageSessionData, MrSessionData, ProjectData, SubjectData


def change(project: ProjectData, subject: SubjectData, imaging: MrSessionData) -> None:
    narrow: Listing[MrSessionData] = project.sessions  # E
    wrong: list[ImageSessionData] = project.sessions  # E
    for scan in imaging.scans.of_type(MrSessionData):
        scan.parameters  # E
    sorted(project.subjects)  # E
    {found.labl: found for found in project.subjects}  # E
    project.subjects["x"] = subject  # E
    subject.fields = {}  # E
    subject.experiments = []  # E
    subject.uri = "/data/x"  # E
    imaging.parent = project  # E
    imaging.download()  # E
    len(project)  # E
    subject.demographics.age + 1  # E
    project.sessions.of_type("xnat:mrSessionData")  # E
    project.subjects.filter(subject.label == "x")  # E
    project.subjects.filter(SubjectData.initials == None)  # noqa: E711  # E
    project.subjects.columns(SubjectData.demographics)  # E
    project.subjects.columns(SubjectData.experiments)  # E
    with subject.edit() as same:
        same.labl = "x"  # E
