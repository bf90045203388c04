"""Imports and the prearchive."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from xnat_sdk import (
    DicomBoxImportRequest,
    DicomDumpRow,
    DirectArchiveSession,
    PrearchiveFile,
    PrearchiveScan,
    PrearchiveSession,
    connect,
)
from xnat_sdk.models import ImageSessionData
from xnat_sdk.transfers import ImportReport

with connect("https://xnat.example.org") as session:
    made = session.services.import_("study.zip", project="sandbox", subject="test002")
    assert_type(made, ImageSessionData | PrearchiveSession[ImageSessionData])
    if isinstance(made, PrearchiveSession):
        assert_type(made.archive(subject="S", experiment="E"), ImageSessionData)
    else:
        assert_type(made, ImageSessionData)
        print(made.scans.keys())

    folder = session.service.import_dir(
        Path("study"), overwrite="append", import_handler="DICOM-zip", destination="/prearchive", quarantine=True
    )
    assert_type(folder, ImageSessionData | PrearchiveSession[ImageSessionData])
    report = session.services.import_gradual("study", project="P", destination="/archive", overwrite="append")
    assert_type(report, ImportReport[ImageSessionData])
    direct = session.services.import_(data=b"", direct_archive=True)
    assert_type(direct, PrearchiveSession[ImageSessionData] | DirectArchiveSession[ImageSessionData])
    assert_type(session.services.import_dicom_inbox("/inbox/a", project="P"), DicomBoxImportRequest)
    assert_type(session.services.dicom_dump("/data/experiments/E", ["PatientID"]), list[DicomDumpRow])

    held = session.prearchive.sessions()[0]
    assert_type(held, PrearchiveSession[ImageSessionData])
    experiment = held.archive("append", subject="ANONYMIZ3", experiment="ANONYMIZ3")
    assert_type(experiment, ImageSessionData)
    assert_type(held.scans["1"], PrearchiveScan)
    assert_type(held.scans[0].files[0], PrearchiveFile)
    print(held.upload("NOTES", Path("note.txt")).size, held.upload("NOTES", b"x", "b.txt", overwrite=True).size)
    if held.status == "READY":
        held.move("other").rebuild()
    for outcome in session.prearchive.archive(session.prearchive.find(project="sandbox", status="READY")):
        print(outcome.session.label, outcome.failed)
