"""Tables, columns, custom variables and files used as no listing or server has them."""

from xnat_sdk import Listing, XnatSession
from xnat_sdk.models import CtScanData, ImageScanData, MrScanData, MrSessionData, ProjectData, SubjectData


def misuse(session: XnatSession, project: ProjectData, scan: MrScanData) -> None:
    project.scans.parameters  # E
    project.scans[0].parameters.tr  # E
    narrow: Listing[MrScanData] = project.scans  # E
    other: Listing[CtScanData] = project.scans.of_type(MrScanData)  # E
    project.scans[0].parent.fieldStrength  # E
    project.scans[0].session_label  # E
    project.scans.rows()[0].label  # E
    project.subjects.columns(SubjectData.fields["rating"] == "5")  # E
    project.subjects.columns(SubjectData)  # E
    project.subjects.columns("fields")  # E
    project.subjects.filter(SubjectData.fields)  # E
    project.subjects.filter(SubjectData.fields["rating"])  # E
    project.subjects.filter(SubjectData.fields["rating"] == 5)  # E
    project.subjects.filter(SubjectData.fields["rating"] < 5)  # E
    project.subjects[0].fields["rating"] + 1  # E
    project.subjects[0].custom_variables["default"]["Rating"] + 1  # E
    session.query(SubjectData).view(SubjectData.fields)  # E
    session.query(SubjectData).select(SubjectData.fields)  # E
    session.query(MrSessionData).sort(SubjectData.fields)  # E
    scan.files[0].open("wb")  # E
    scan.files[0].open().read("x")  # E
    scan.files[0].digest.upper()  # E
    scan.files[0].size.upper()  # E
    wide: Listing[ImageScanData] = project.sessions  # E
    print(narrow, other, wide)
