"""Misspelt names and values taken for what they are not."""

from xnat_sdk.models import ImageSessionData, MrScanData, MrSessionData, ProjectData, SubjectData, SubjektData  # E


def read(project: ProjectData, subject: SubjectData, scan: MrScanData) -> None:
    subject.labell  # E
    project.subject  # E
    scan.parameters.trr  # E
    subject.initials.upper()  # E
    tr: float = scan.parameters.tr  # E
    found: MrSessionData = project.sessions["x"]  # E
    project.subjects["x"].scans  # E
    project.sessions.of_type(MrSessionData)["y"].nope  # E
    project.subjects[1.5]  # E
    for scan_of_any in project.sessions["x"].scans:
        scan_of_any.parameters  # E
    session: ImageSessionData = project.experiments["x"]  # E
