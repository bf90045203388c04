"""Session and scan fields from DICOM headers (dicom-import sections 3 to 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..schema import DataModel
from ..values import Value, ValueRefused, convert

if TYPE_CHECKING:
    from pydicom import Dataset

Reader: TypeAlias = "Callable[[Dataset], str | None]"

SESSION_TYPES: Mapping[str, str] = {"MR": "xnat:mrSessionData", "CT": "xnat:ctSessionData", "PT": "xnat:petSessionData"}
SCAN_TYPES: Mapping[str, str] = {"MR": "xnat:mrScanData", "CT": "xnat:ctScanData", "PT": "xnat:petScanData"}

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def text_of(dataset: Dataset, keyword: str) -> str | None:
    """Return an attribute as text, several values joined with a backslash, None when it is missing or empty."""
    if keyword not in dataset or dataset[keyword].value is None:
        return None
    element = dataset[keyword]
    values: list[object] = list(element.value) if element.VM > 1 else [element.value]
    return "\\".join(map(str, values)).strip() or None


def plain(keyword: str) -> Reader:
    """Return a reader of one attribute."""
    return lambda dataset: text_of(dataset, keyword)


def _date(keyword: str) -> Reader:
    def read(dataset: Dataset) -> str | None:
        found = _DATE.fullmatch(text_of(dataset, keyword) or "")
        return None if found is None else "-".join(found.groups())

    return read


def _time(keyword: str) -> Reader:
    """Return a reader of a time: its first six digits, the fraction dropped."""

    def read(dataset: Dataset) -> str | None:
        digits = (text_of(dataset, keyword) or "")[:6]
        return f"{digits[:2]}:{digits[2:4]}:{digits[4:]}" if len(digits) == 6 and digits.isdigit() else None

    return read


def _nth(keyword: str, position: int) -> Reader:
    def read(dataset: Dataset) -> str | None:
        parts = (text_of(dataset, keyword) or "").split("\\")
        return parts[position] if len(parts) > position else None

    return read


def field_strength(dataset: Dataset) -> str | None:
    """Return the field strength in Tesla rounded to 0.5; from 500 on the number is Gauss (dicom-import 33)."""
    text = text_of(dataset, "MagneticFieldStrength")
    if text is None:
        return None
    strength = float(text)
    strength = strength / 10000 if strength >= 500 else strength
    return str(round(strength * 2) / 2)


def orientation(dataset: Dataset) -> str | None:
    """Return ``Sag``, ``Cor`` or ``Tra``: the largest axis of the slice normal."""
    parts = [float(part) for part in (text_of(dataset, "ImageOrientationPatient") or "").split("\\") if part]
    if len(parts) != 6:
        return None
    row, column = parts[:3], parts[3:]
    normal = [abs(row[(i + 1) % 3] * column[(i + 2) % 3] - row[(i + 2) % 3] * column[(i + 1) % 3]) for i in range(3)]
    return ("Sag", "Cor", "Tra")[normal.index(max(normal))]


SESSION: Mapping[str, Reader] = {
    "date": _date("StudyDate"),
    "time": _time("StudyTime"),
    "acquisition_site": plain("InstitutionName"),
    "UID": plain("StudyInstanceUID"),
    "session_type": plain("StudyDescription"),
    "modality": plain("Modality"),
    "scanner": plain("StationName"),
    "scanner/manufacturer": plain("Manufacturer"),
    "scanner/model": plain("ManufacturerModelName"),
    "operator": plain("OperatorsName"),
    "dcmAccessionNumber": plain("AccessionNumber"),
    "study_id": plain("StudyID"),
    "dcmPatientId": plain("PatientID"),
    "dcmPatientName": plain("PatientName"),
    "dcmPatientBirthDate": _date("PatientBirthDate"),
    "dcmPatientWeight": plain("PatientWeight"),
    "fieldStrength": field_strength,
}
"""Session field -> reader (dicom-import section 4); fields a type does not have are left out."""

_SCAN_BASE: Mapping[str, Reader] = {
    "UID": plain("SeriesInstanceUID"),
    "series_description": plain("SeriesDescription"),
    "modality": plain("Modality"),
    "scanner": plain("StationName"),
    "scanner/manufacturer": plain("Manufacturer"),
    "scanner/model": plain("ManufacturerModelName"),
    "startTime": _time("SeriesTime"),
    "start_date": _date("SeriesDate"),
    "requestedProcedureDescription": plain("RequestedProcedureDescription"),
    "protocolName": plain("ProtocolName"),
    "bodyPartExamined": plain("BodyPartExamined"),
}

_GEOMETRY: Mapping[str, Reader] = {
    "parameters/voxelRes/x": _nth("PixelSpacing", 0),
    "parameters/voxelRes/y": _nth("PixelSpacing", 1),
    "parameters/voxelRes/z": plain("SliceThickness"),
    "parameters/orientation": orientation,
    "parameters/fov/x": plain("Columns"),
    "parameters/fov/y": plain("Rows"),
    "parameters/imageType": plain("ImageType"),
}

_MR: Mapping[str, Reader] = {
    "fieldStrength": field_strength,
    "coil": plain("ReceiveCoilName"),
    "parameters/tr": plain("RepetitionTime"),
    "parameters/te": plain("EchoTime"),
    "parameters/ti": plain("InversionTime"),
    "parameters/flip": plain("FlipAngle"),
    "parameters/pixelBandwidth": plain("PixelBandwidth"),
    "parameters/sequence": plain("SequenceName"),
    "parameters/scanSequence": plain("ScanningSequence"),
    "parameters/seqVariant": plain("SequenceVariant"),
    "parameters/scanOptions": plain("ScanOptions"),
    "parameters/acqType": plain("MRAcquisitionType"),
}

_CT: Mapping[str, Reader] = {
    "parameters/rescale/intercept": plain("RescaleIntercept"),
    "parameters/rescale/slope": plain("RescaleSlope"),
    "parameters/kvp": plain("KVP"),
    "parameters/acquisitionNumber": plain("AcquisitionNumber"),
    "parameters/options": plain("ScanOptions"),
    "parameters/collectionDiameter": plain("DataCollectionDiameter"),
    "parameters/distanceSourceToDetector": plain("DistanceSourceToDetector"),
    "parameters/distanceSourceToPatient": plain("DistanceSourceToPatient"),
    "parameters/gantryTilt": plain("GantryDetectorTilt"),
    "parameters/tableHeight": plain("TableHeight"),
    "parameters/rotationDirection": lambda dataset: {"CCW": "CC"}.get(
        text_of(dataset, "RotationDirection") or "", text_of(dataset, "RotationDirection")
    ),
    "parameters/exposureTime": plain("ExposureTime"),
    "parameters/xrayTubeCurrent": plain("XRayTubeCurrent"),
    "parameters/exposure": plain("Exposure"),
    "parameters/filter": plain("FilterType"),
    "parameters/generatorPower": plain("GeneratorPower"),
    "parameters/convolutionKernel": plain("ConvolutionKernel"),
    "parameters/collimationWidth/single": plain("SingleCollimationWidth"),
    "parameters/collimationWidth/total": plain("TotalCollimationWidth"),
    "parameters/tableSpeed": plain("TableSpeed"),
    "parameters/tableFeedPerRotation": plain("TableFeedPerRotation"),
    "parameters/pitchFactor": plain("SpiralPitchFactor"),
    "parameters/estimatedDoseSaving": plain("EstimatedDoseSaving"),
    "parameters/estimatedDoseSaving/modulation": plain("ExposureModulationType"),
    "parameters/ctDIvol": plain("CTDIvol"),
    "parameters/derivation": plain("DerivationDescription"),
}

SCANS: Mapping[str, Mapping[str, Reader]] = {
    "xnat:mrScanData": {**_SCAN_BASE, **_GEOMETRY, **_MR},
    "xnat:ctScanData": {**_SCAN_BASE, **_GEOMETRY, **_CT},
    "xnat:petScanData": {**_SCAN_BASE, "parameters/facility": plain("InstitutionName")},
}
"""Scan type -> field -> reader (dicom-import section 5); other types have the base fields only."""

_JOINED = frozenset({"scanner"})
"""Fields whose distinct values are joined with a comma; all others need exactly one (dicom-import 23, section 4)."""


def session_values(model: DataModel, xsi_type: str, headers: Sequence[Dataset]) -> dict[str, Value]:
    """Return the session fields of a study."""
    return _folded(model, xsi_type, SESSION, headers)


def scan_values(model: DataModel, xsi_type: str, headers: Sequence[Dataset]) -> dict[str, Value]:
    """Return the scan fields of a series."""
    values = _folded(model, xsi_type, SCANS.get(xsi_type, _SCAN_BASE), headers)
    values["frames"] = sum(int(text_of(dataset, "NumberOfFrames") or 1) for dataset in headers)
    return values


def _folded(
    model: DataModel, xsi_type: str, readers: Mapping[str, Reader], headers: Iterable[Dataset]
) -> dict[str, Value]:
    fields, datasets = model.type(xsi_type).fields, list(headers)
    values: dict[str, Value] = {}
    for path, read in readers.items():
        distinct = sorted({text for dataset in datasets if (text := read(dataset)) is not None})
        if path not in fields or not distinct or (len(distinct) > 1 and path not in _JOINED):
            continue
        try:
            values[path] = convert(",".join(distinct), fields[path])
        except ValueRefused:
            continue
    return values
