"""A small MR image, the same bytes each time."""

from __future__ import annotations

from io import BytesIO

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from .story import UID_ROOT


def mr_image(study: int, series: int, instance: int) -> bytes:
    """Return a DICOM file of 8 by 8 pixels whose headers name no project."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = f"{UID_ROOT}.{study}.{series}.{instance}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.StudyInstanceUID, image.SeriesInstanceUID = f"{UID_ROOT}.{study}", f"{UID_ROOT}.{study}.{series}"
    image.StudyDate, image.StudyTime, image.SeriesTime = "20240501", "101500", "101600"
    image.Modality, image.Manufacturer, image.StationName = "MR", "MAKER", "MR1"
    image.PatientName, image.PatientID = f"Patient^{study}", f"ID{study}"
    image.StudyDescription, image.SeriesDescription = "head", f"series {series}"
    image.SeriesNumber, image.InstanceNumber = series, instance
    image.MagneticFieldStrength, image.RepetitionTime, image.EchoTime, image.FlipAngle = "3", "2000", "2.5", "9"
    image.Rows, image.Columns, image.PixelSpacing, image.SliceThickness = 8, 8, ["1", "1"], "1.5"
    image.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    image.ImagePositionPatient = ["0", "0", str(instance)]
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelData = bytes(range(64)) * 2
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, image, enforce_file_format=True)
    return buffer.getvalue()
