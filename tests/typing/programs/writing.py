"""Assigning and creating with the right types."""

import datetime
import io
from pathlib import Path

from xnat_sdk import XnatSession
from xnat_sdk.models import DemographicData, MrScanData, MrSessionData, ProjectData, SubjectData


def change(session: XnatSession, subject: SubjectData, experiment: MrSessionData, scan: MrScanData) -> None:
    subject.initials = "AB"
    subject.initials = None
    subject.demographics.gender = "female"
    subject.demographics.yob = 1980
    subject.demographics = DemographicData(gender="male", yob=1980)
    subject.fields["note"] = "x"
    scan.parameters.tr = 2300
    scan.parameters.add_param["a"] = "b"
    with experiment.edit():
        experiment.date = datetime.date(2020, 1, 1)
    project = ProjectData(parent=session, id="P", name="A project")
    made = SubjectData(parent=project, label="x", demographics=DemographicData(yob=1980))
    mr = MrSessionData(parent=made, label="y", date=datetime.date(2020, 1, 1))
    MrScanData(parent=mr, id="3", type="T1")
    resource = scan.create_resource("NIFTI", format="NIFTI")
    resource.upload(Path("a.nii.gz"))
    resource.upload_data(io.BytesIO(b"1"), "a.txt", overwrite=True)
    scan.download_dir("folder")
    subject.delete(remove_files=True)
