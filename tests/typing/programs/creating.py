"""Creating, defining custom variables, custom fields, moving."""

from typing import assert_type

from xnat_runtime.codec import JsonValue
from xnat_sdk import CustomForm, CustomVariableDef, XnatSession
from xnat_sdk.models import (
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ResourceCatalog,
    SubjectData,
)


def create(session: XnatSession) -> None:
    project = ProjectData(parent=session, id="P", exist_ok=True)
    subject = SubjectData(parent=project, label="S1", exist_ok=True)
    imaging = MrSessionData(parent=subject, label="E1", exist_ok=False)
    scan = MrScanData(parent=imaging, id="1", exist_ok=True)
    assessor = QcManualAssessorData(parent=imaging, label="A1", exist_ok=True)
    ResourceCatalog(parent=scan, label="R", exist_ok=True)
    project.create_resource("DOCS", exist_ok=True)
    assert_type(session.classes.SubjectData(parent=project, label="S1", exist_ok=True), SubjectData)
    definitions = project.variable_definitions
    made = definitions.define(SubjectData, "Visits", "integer", group="g", required=True, possible_values=[1, 2])
    assert_type(made, CustomVariableDef)
    definitions.update(MrSessionData, "Coil", group="g", required=False)
    definitions.remove(SubjectData, "Visits", group="g")
    subject.custom_fields["form"] = {"weight": 80.5, "tags": ["a", None]}
    assert_type(subject.custom_fields["form"], JsonValue)
    scan.custom_fields.update({"a": 1})
    assert_type(session.custom_forms(), list[CustomForm])
    subject.fields["volume"] = 42.0
    subject.share(project, primary=True)
    imaging.share("Q", "E2", primary=True, assessors=[assessor, "XNAT_E00007"])
    project.set_accessibility("public")
    assert_type(project.access_level, str)
