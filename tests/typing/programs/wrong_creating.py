"""Creations, definitions and moves that no server takes."""

from xnat_sdk import XnatSession
from xnat_sdk.models import (
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ResourceCatalog,
    SubjectData,
)


def create(session: XnatSession, project: ProjectData, subject: SubjectData, imaging: MrSessionData) -> None:
    ProjectData(parent=project, id="P")  # E
    SubjectData(parent=session, label="S1")  # E
    MrSessionData(parent=project, label="E1")  # E
    MrScanData(parent=subject, id="1")  # E
    QcManualAssessorData(parent=subject, label="A1")  # E
    ResourceCatalog(parent=session, label="R")  # E
    SubjectData(parent=project, label="S1", exist_ok="yes")  # E
    subject.exist_ok = True  # E
    project.create_resource("R", exist_ok="yes")  # E
    definitions = project.variable_definitions
    definitions.define(SubjectData, "V", "number", group="g")  # E
    definitions.define(SubjectData, "V", "string")  # E
    definitions.define(MrScanData, "V", "string", group="g")  # E
    subject.custom_fields["a"] = object()  # E
    subject.custom_fields = {}  # E
    imaging.scans["1"].share("Q", primary=True)  # E
    subject.share("Q", primary="yes")  # E
    project.set_accessibility("open")  # E
    project.access_level = "Owners"  # E
