"""What a site does with its own types: create, read back, search, download. Strictly typed; prints what it found."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from neuro_xnat import XnatSession, connect
from neuro_xnat.models import (
    MrScanData,
    MrSessionData,
    NeurolabMoodFormData,
    NeurolabSegmentedReadingData,
    NeurolabTumourReadingData,
    NeurolabTumourReadingDataConfidence,
    NeurolabTumourReadingDataLesions,
    NeurolabTumourReadingDataLesionsMeasurements,
    ProjectData,
    SubjectData,
)

SURE: NeurolabTumourReadingDataConfidence = "very high"


def lesion() -> NeurolabTumourReadingDataLesions:
    """Returns a lesion with two measurements: a list in an entry of a list."""
    made = NeurolabTumourReadingDataLesions(number=1, lobe="frontal", volume=2.5)
    made.measurements.append(NeurolabTumourReadingDataLesionsMeasurements(axis="long", millimetres=21.5))
    made.measurements.append(NeurolabTumourReadingDataLesionsMeasurements(axis="short", millimetres=9.0))
    return made


def create(connection: XnatSession) -> None:
    """Creates a project with a session, readings of it, and a form of its subject."""
    project = ProjectData(parent=connection, id="NEURO")
    subject = SubjectData(parent=project, label="S1")
    imaging = MrSessionData(parent=subject, label="MR1")
    MrScanData(parent=imaging, id="1", type="T1")
    read_on = datetime.date(2026, 3, 4)
    first = NeurolabTumourReadingData(parent=imaging, label="R1", reader="A. Reader", confidence=SURE, read_on=read_on)
    with first.edit():
        first.who_grade = 3
        first.total_volume = 2.5
        first.lesions.append(lesion())
    resource = first.create_resource("REPORT")
    resource.upload_data(b"grade 3", "report.txt")
    NeurolabSegmentedReadingData(parent=imaging, label="R2", reader="net", who_grade=2, model="unet", dice=0.875)
    form = NeurolabMoodFormData(parent=subject, label="MOOD1", filled_in_by="carer", score=7)
    form.answers["sleep"] = "poor"
    form.answers["appetite"] = "good"


def read_back(connection: XnatSession) -> None:
    """Reads everything from a connection that did not write it."""
    imaging = connection.projects["NEURO"].subjects["S1"].sessions["MR1"]
    reading = imaging.assessors.of_type(NeurolabTumourReadingData)["R1"]
    print(type(reading).__name__, reading.reader, reading.confidence, reading.who_grade, reading.read_on)
    for found in reading.lesions:
        axes = [(one.axis, one.millimetres) for one in found.measurements]
        print(found.number, found.lobe, found.volume, axes)
    for assessor in imaging.assessors:
        if isinstance(assessor, NeurolabSegmentedReadingData):
            print(assessor.label, assessor.model, assessor.dice, assessor.reader)
    form = connection.projects["NEURO"].subjects["S1"].experiments.of_type(NeurolabMoodFormData)["MOOD1"]
    print(form.filled_in_by, form.score, dict(form.answers), type(form.parent).__name__)


def search(connection: XnatSession) -> None:
    """Searches by schema fields and by the display fields of the plugin."""
    readings = connection.query(NeurolabTumourReadingData)
    print([found.label for found in readings.filter(NeurolabTumourReadingData.who_grade >= 3).all()])
    print([found.label for found in readings.filter(NeurolabTumourReadingData.GRADE == 3).all()])
    pairs = readings.select(NeurolabTumourReadingData.label, NeurolabTumourReadingData.GRADE).all()
    print(sorted(pairs, key=str))
    forms = connection.query(NeurolabMoodFormData).filter(NeurolabMoodFormData.filled_in_by == "carer")
    print([found.score for found in forms.all()])


def download(connection: XnatSession, folder: Path) -> None:
    """Downloads the files of a reading."""
    imaging = connection.projects["NEURO"].sessions["MR1"]
    imaging.assessors["R1"].resources["REPORT"].download_dir(folder)
    print([path.read_text() for path in folder.rglob("report.txt")])


if __name__ == "__main__":
    with connect(sys.argv[1], user="admin", password="admin") as writing:
        create(writing)
    with connect(sys.argv[1], user="admin", password="admin", read_only=True) as reading_only:
        read_back(reading_only)
        search(reading_only)
        download(reading_only, Path(sys.argv[2]))
