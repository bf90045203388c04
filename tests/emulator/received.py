"""Received sessions for tests: put into the prearchive of a running server without its import service."""

from __future__ import annotations

import io
import itertools

from pydicom import Dataset
from pydicom.uid import generate_uid

from xnat_emulator.demo import images
from xnat_emulator.imports.build import build
from xnat_emulator.store.files import FileFacts
from xnat_emulator.store.prearchive import PrearchiveSession, url_of

_STAMPS = itertools.count(1)

STUDY = images.Study(
    "received",
    "MR",
    {
        "PatientID": "Sample ID",
        "PatientName": "Sample^Patient",
        "StudyDate": "20061214",
        "StudyTime": "091206.5",
        "SliceThickness": 1.0,
        "PixelSpacing": [1.0, 1.0],
        "EchoTime": 3.08,
    },
)


def stamp() -> str:
    """Return a timestamp folder that no other test uses."""
    return f"20211221_16{next(_STAMPS):07d}"


def series(number: int, slices: int = 2, description: str = "t1_mpr") -> list[Dataset]:
    return list(images.make_series(STUDY, images.Series(number, description, slices, 8)))


def receive(archive, project: str, folder: str, datasets: list[Dataset], **columns) -> PrearchiveSession:
    """Store files as they arrive: a session that is RECEIVING."""
    columns = {"tag": str(datasets[0].StudyInstanceUID) if datasets else str(generate_uid()), **columns}
    session = archive.prearchive.add(project, folder, timestamp=stamp(), **columns)
    for dataset in datasets:
        blob = archive.prearchive.blobs.add(io.BytesIO(images.encode(dataset)))
        name = f"{dataset.SeriesNumber}-{dataset.InstanceNumber}.dcm"
        scan = str(dataset.SeriesNumber)
        archive.prearchive.put_file(session, scan, "DICOM", name, blob, FileFacts("DICOM"))
    return session


def ready(archive, project: str, folder: str, datasets: list[Dataset] | None = None, **columns) -> PrearchiveSession:
    """Store and build a session."""
    session = receive(
        archive, project, folder, [*series(1), *series(2, 1)] if datasets is None else datasets, **columns
    )
    build(archive, session)
    assert session.status == "READY"
    return session


def path_of(session: PrearchiveSession) -> str:
    return f"/data{url_of(session)}"
