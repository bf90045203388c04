"""Access and custom variables as no server has them."""

from xnat_sdk import XnatSession
from xnat_sdk.models import MRSessionData, MrSessionData, ProjectData, SubjectData


def change(session: XnatSession, project: ProjectData, subject: SubjectData, imaging: MrSessionData) -> None:
    subject.custom_variables["default"] = {}  # E
    subject.custom_variables["default"]["Notes"] = ["x"]  # E
    subject.share(imaging)  # E
    project.share("OTHER")  # E
    project.set_access("ada", "king")  # E
    project.accessibility = "open"  # E
    imaging.status = "active"  # E
    subject.activate()  # E
    session.reason()  # E
    MRSessionData(parent=project, label="wrong parent")  # E
