"""Custom variables, sharing, accounts, access, status and reasons."""

import datetime
from typing import assert_type

from xnat_sdk import XnatSession
from xnat_sdk.models import MRSessionData, MrSessionData, ProjectData, SubjectData


def change(session: XnatSession, project: ProjectData, subject: SubjectData, imaging: MrSessionData) -> None:
    group = subject.custom_variables["default"]
    group["Notes"] = "update note"
    group["Visits"] = 2
    group["Born"] = datetime.date(1980, 2, 3)
    group["Volume"] = None
    group.update({"Notes": "x", "Visits": 3})
    subject.share(project, "S1")
    imaging.share("OTHER")
    imaging.unshare("OTHER")
    assert_type(session.users["ada"].access_level, str)
    project.set_access(project.users["ada"], "owner")
    project.accessibility = "private"
    if imaging.status == "quarantine":
        imaging.activate()
    with session.reason("a correction"):
        subject.initials = "AB"
    MRSessionData(parent=subject, label="E1")
