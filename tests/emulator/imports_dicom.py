"""DICOM made on the spot for tests of the import service."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

from pydicom import Dataset, FileDataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

STORAGE = "1.2.840.10008.5.1.4.1.1."
MR, CT, PET, SC, ENHANCED_MR = (STORAGE + end for end in ("4", "2", "128", "7", "4.1"))
RTSTRUCT, KO, RAW, XA3D, RTIMAGE, SEG = (STORAGE + end for end in ("481.3", "88.59", "66", "13.1.1", "481.1", "66.4"))
OPT = STORAGE + "77.1.5.4"


def make(sop_class: str = MR, *, study: str = "1.2.3", series: str = "", number: int = 1, **attributes) -> bytes:
    """Return one DICOM file; attributes are keywords, None leaves one out."""
    return encode(header(sop_class, study=study, series=series, number=number, **attributes))


def header(sop_class: str = MR, *, study: str = "1.2.3", series: str = "", number: int = 1, **attributes) -> Dataset:
    scan = attributes.pop("SeriesNumber", 1)
    series = series or f"{study}.{scan}"
    uid = attributes.pop("SOPInstanceUID", f"{series}.{number}")
    said = {
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid,
        "StudyInstanceUID": study,
        "SeriesInstanceUID": series,
        "SeriesNumber": scan,
        "InstanceNumber": number,
        "Modality": "MR",
        "PatientName": "Sample Patient",
        "PatientID": "Sample ID",
        "StudyDate": "20061214",
        "StudyTime": "091206.156000",
        **attributes,
    }
    made = FileDataset("", {}, file_meta=_meta(said), preamble=b"\0" * 128)
    for keyword, value in said.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def _meta(said: Mapping[str, object]) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(str(said["SOPClassUID"] or MR))
    meta.MediaStorageSOPInstanceUID = UID(str(said["SOPInstanceUID"] or "1.2"))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta


def encode(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def study(uid: str = "1.2.3", *, scans: int = 2, slices: int = 2, start: int = 1, **attributes) -> dict[str, bytes]:
    """Return the files of a study, each under a name of its own."""
    return {
        f"scan{scan}/IM{number:04d}.dcm": make(
            study=uid, number=number, SeriesNumber=scan, SeriesDescription=f"Series {scan}", **attributes
        )
        for scan in range(1, scans + 1)
        for number in range(start, start + slices)
    }
