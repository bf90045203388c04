"""Assignments and creations that a server would refuse or swallow."""

from xnat_sdk import XnatSession
from xnat_sdk.models import DemographicData, MrScanData, MrSessionData, ProjectData, SubjectData


def change(session: XnatSession, project: ProjectData, subject: SubjectData, scan: MrScanData) -> None:
    subject.initials = 3  # E
    subject.label = None  # E
    subject.demographics.gender = "man"  # E
    subject.demographics = scan.parameters  # E
    subject.fields["x"] = ["3"]  # E
    scan.parameters.tr = "2300"  # E
    scan.parameters.typo = 1  # E
    SubjectData(parent=project, lable="x")  # E
    SubjectData(parent=project, label=5)  # E
    SubjectData(label="no parent")  # E
    SubjectData(parent=subject, label="wrong parent")  # E
    MrSessionData(parent=project, label="wrong parent")  # E
    MrScanData(parent=subject, id="1")  # E
    DemographicData(yob="1980")  # E
    subject.delete()  # E
    ProjectData(parent=project, id="P")  # E
