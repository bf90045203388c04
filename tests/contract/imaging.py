"""DICOM made for tests of imports."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

MR = "1.2.840.10008.5.1.4.1.1.4"


def dicom(number: int = 1, *, study: str = "1.2.3", scan: int = 1, **attributes: str) -> bytes:
    """Return one MR image of a study."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MR
    meta.MediaStorageSOPInstanceUID = f"{study}.{scan}.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    said = {
        "SOPClassUID": MR,
        "SOPInstanceUID": f"{study}.{scan}.{number}",
        "StudyInstanceUID": study,
        "SeriesInstanceUID": f"{study}.{scan}",
        "SeriesNumber": scan,
        "InstanceNumber": number,
        "Modality": "MR",
        "SeriesDescription": f"Series & {scan}",
        "PatientName": "Sample^Patient",
        "PatientID": "Sample ID",
        "StudyDate": "20061214",
        "StudyTime": "091206.156000",
        **attributes,
    }
    for keyword, value in said.items():
        setattr(made, keyword, value)
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def study(*, uid: str = "1.2.3", scans: int = 1, files: int = 2, **attributes: str) -> dict[str, bytes]:
    """Return the files of a study by name."""
    return {
        f"scan{scan}/{number}.dcm": dicom(number, study=uid, scan=scan, **attributes)
        for scan in range(1, scans + 1)
        for number in range(1, files + 1)
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a folder and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
