"""Saved searches, workflows, events, custom forms and plugins, used wrongly."""

from __future__ import annotations

from xnat_sdk import XnatSession
from xnat_sdk.models import MrSessionData, ProjectData, SubjectData


def searches(session: XnatSession) -> None:
    session.saved_searches.save("mine", SubjectData)  # E
    session.saved_searches.save("mine", session.query(SubjectData), user="mia")  # E
    session.saved_searches["mine"].delete(remove_files=True)  # E
    session.saved_searches.default("xnat:subjectData")  # E


def workflows(session: XnatSession, project: ProjectData) -> None:
    session.workflows.history("E1", "qc")  # E
    session.workflows.start(project)  # E
    session.workflows.get("3")  # E
    project.workflows.newest(state="Complete")  # E


def events(session: XnatSession) -> None:
    session.events.enabled = "yes"  # E
    session.events.subscribe("mine", "ProjectEvent")  # E
    session.events.delete("3")  # E


def forms(session: XnatSession) -> None:
    session.create_custom_form("xnat:subjectData", "Lifestyle", [])  # E
    session.create_custom_form(SubjectData, "Lifestyle", 3)  # E


def plugins(project: ProjectData, subject: SubjectData, imaging: MrSessionData) -> None:
    project.xsync.configure("https://xnat.example.org", "COPY", frequency="yearly")  # E
    imaging.roi_collections.upload("a.dcm", "tumour", "PNG")  # E
    imaging.roi_collections["tumour"].delete()  # E
    subject.roi_collections  # E
    subject.dicomweb  # E
