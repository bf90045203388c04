"""What checkers refuse of levels and functions on them."""

from __future__ import annotations

from xnat_sdk import MappingLevel, XnatSession
from xnat_sdk.models import ImageScanData, MrScanData, MrSessionData, ProjectData, SubjectData


def name(subject: SubjectData) -> str:
    return subject.label


def wrong(session: XnatSession, project: ProjectData, mr: MrSessionData) -> None:
    scans: list[ImageScanData] = session.search(level=MappingLevel.SUBJECT)  # E
    session.search(level=MappingLevel.CONNECTION)  # E
    session.search(scan=5)  # E
    results: dict[str, int] = project.map(name, MappingLevel.SUBJECT)  # E
    project.map(name, MappingLevel.SUBJECT, workers="2")  # E
    mr.create_assessor("x", MrScanData)  # E
    del scans, results


def misfit(project: ProjectData) -> None:
    project.map(name, MappingLevel.SCAN)  # E
    project.map(name, MappingLevel.SUBJECT, filter_function=name)  # E


def unpatterned(session: XnatSession) -> None:
    session.batch_download(5)  # E
    session.batch_download("out", level="scan", workers=None)  # E
    session.search(regex=True)  # E
