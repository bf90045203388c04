"""A script for a site of the 1.7 line, whose package was generated from that site's one schema file."""

from __future__ import annotations

import sys

from old_xnat import XnatSession, connect
from old_xnat.models import MrScanData, MrSessionData, ProjectData, SubjectData


def create(connection: XnatSession) -> None:
    """Creates a scan and what it belongs to."""
    subject = SubjectData(parent=ProjectData(parent=connection, id="OLD"), label="S1")
    imaging = MrSessionData(parent=subject, label="MR1")
    scan = MrScanData(parent=imaging, id="1", type="T1")
    scan.parameters.flip = 9


def show(connection: XnatSession) -> None:
    """Reads it back; in 1.7 the flip angle is a whole number."""
    scans = connection.projects["OLD"].sessions["MR1"].scans.of_type(MrScanData)
    flips: list[int | None] = [scan.parameters.flip for scan in scans]
    print(flips, [scan.type for scan in scans])
    found = connection.query(SubjectData).filter(SubjectData.label == "S1").all()
    print([subject.label for subject in found])


if __name__ == "__main__":
    with connect(sys.argv[1], user="admin", password="admin") as session:
        create(session)
    with connect(sys.argv[1], user="admin", password="admin") as session:
        show(session)
