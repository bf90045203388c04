"""Mistakes with a site's own types; each line that ends in ``# E`` is one for mypy and for pyright."""

from __future__ import annotations

import neuro_xnat
import neuro_xnat.models as mine
from neuro_xnat.models import (
    MrSessionData,
    NeurolabMoodFormData,
    NeurolabTumourReadingData,
    NeurolabTumourReadingDataLesions,
    SubjectData,
)

import xnat_sdk.models as stock


def mistakes(
    connection: neuro_xnat.XnatSession,
    subject: SubjectData,
    imaging: MrSessionData,
    reading: NeurolabTumourReadingData,
    form: NeurolabMoodFormData,
    foreign: stock.SubjectData,
) -> None:
    reading.reader_name  # E
    reading.confidence = "certain"  # E
    reading.who_grade = "3"  # E
    reading.read_on = "2026-03-04"  # E
    NeurolabTumourReadingDataLesions(lobe="cerebellum")  # E
    reading.lesions.append(reading)  # E
    NeurolabTumourReadingData(parent=subject, label="R1")  # E
    NeurolabMoodFormData(parent=imaging, label="F1")  # E
    form.answers[3] = "poor"  # E
    connection.query(NeurolabMoodFormData).filter(NeurolabMoodFormData.score < "7")  # E
    connection.query(NeurolabMoodFormData).filter(NeurolabMoodFormData.score == "7")  # E
    NeurolabMoodFormData(parent=foreign, label="F1")  # E
    other: mine.SubjectData = foreign  # E
    mine.NeurolabTumorReadingData  # E
