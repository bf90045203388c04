"""A tour of xnat_sdk: connect, browse, read and write fields, move files, read a DICOM header.

Usage: python tour.py URL USER PASSWORD
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from xnat_sdk import XnatSession, connect
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, SubjectData


def browse(project: ProjectData) -> None:
    """Prints the tree of a project, subjects to scans."""
    print(f"{project.id}: {project.name}")
    for subject in project.subjects:
        print(f"  {subject.label} ({subject.id})")
        for session in subject.sessions:
            print(f"    {session.label} ({type(session).__name__}, {session.date})")
            for scan in session.scans:
                print(f"      scan {scan.id}: {scan.type}, {scan.quality}")


def read_fields(project: ProjectData) -> None:
    """Prints typed fields: of a listing, in one request, and of an item document."""
    for subject in project.subjects.columns(SubjectData.group, SubjectData.demographics.gender):
        print(f"  {subject.label}: group {subject.group}, {subject.demographics.gender}")
    for session in project.sessions.of_type(MrSessionData):
        for scan in session.scans.of_type(MrScanData):
            mr = scan.parameters
            print(f"  {session.label} scan {scan.id}: TR {mr.tr} ms, TE {mr.te} ms, flip {mr.flip}")


def write_fields(subject: SubjectData) -> None:
    """Changes fields, several in one request."""
    with subject.edit():
        subject.group = "treatment"
        subject.demographics.handedness = "left"
        subject.fields["cohort"] = "2026"
    subject.refresh()
    print(f"  {subject.label}: group {subject.group}, {subject.demographics.handedness}, {dict(subject.fields)}")


def create(project: ProjectData) -> SubjectData:
    """Creates a subject; the parent's type is checked before the program runs."""
    subject = SubjectData(parent=project, label="tour-subject", group="control")
    print(f"  created {subject.label} as {subject.id}")
    return subject


def move_files(project: ProjectData, folder: Path) -> None:
    """Downloads a scan, uploads a file and reads it back."""
    session = project.sessions.of_type(MrSessionData)[0]
    scan = session.scans[0]
    for file in scan.download_dir(folder).files:
        print(f"  {file.path.relative_to(folder).as_posix()}  {file.size:,} bytes  md5 {file.md5}")

    notes = session.create_resource("NOTES", format="TEXT")
    notes.upload_data("Checked by hand.\n", "checks/notes.txt")
    stored = notes.files["checks/notes.txt"]
    result = stored.download(folder / "notes.txt")
    print(
        f"  {stored.path}: {stored.size} bytes, verified by {result.verified}: {(folder / 'notes.txt').read_text()!r}"
    )


def read_header(project: ProjectData) -> None:
    """Reads a DICOM header; the transfer stops before the pixels."""
    scan = project.sessions.of_type(MrSessionData)[0].scans[0]
    header = scan.read_dicom()
    print(f"  {header.Modality}, {header.Manufacturer}, series {header.SeriesNumber}, {header.Rows} x {header.Columns}")


def tour(connection: XnatSession) -> None:
    """Shows one thing after the other."""
    project = connection.projects["sandbox"]
    print("Browse:")
    browse(project)
    print("Read fields:")
    read_fields(project)
    print("Write fields:")
    write_fields(project.subjects[0])
    print("Create and delete:")
    create(project).delete(remove_files=True)
    print("Download, upload and read back:")
    with TemporaryDirectory() as folder:
        move_files(project, Path(folder))
    print("DICOM header:")
    read_header(project)


if __name__ == "__main__":
    server, user, password = sys.argv[1:4]
    with connect(server, user, password) as connection:
        print(f"Connected to {connection.server}, XNAT {connection.server_version}, as {connection.user}")
        tour(connection)
