"""Which header attribute fills which field (dicom-import sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping

from .readers import (
    Reader,
    constant_with,
    date,
    diffusion,
    exposure_time,
    field_strength,
    framed,
    inside,
    moment,
    orientation,
    plain,
    rotation_direction,
    time,
    voxel_size,
)

_TRACER = "RadiopharmaceuticalInformationSequence"

SESSION: Mapping[str, Reader] = {
    "date": date("StudyDate"),
    "time": time("StudyTime"),
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
    "dcmPatientBirthDate": date("PatientBirthDate"),
    "dcmPatientWeight": plain("PatientWeight"),
    "fieldStrength": field_strength,
    "tracer/name": inside(_TRACER, plain("Radiopharmaceutical")),
    "tracer/startTime": inside(_TRACER, moment("RadiopharmaceuticalStartDateTime")),
    "tracer/dose": inside(_TRACER, plain("RadionuclideTotalDose")),
    "tracer/dose/units": inside(_TRACER, constant_with("RadionuclideTotalDose", "Bq")),
    "tracer/isotope/half-life": inside(_TRACER, plain("RadionuclideHalfLife")),
}
"""Session field -> reader (dicom-import section 4); fields a type does not have are left out."""

STUDY_COMMENTS = plain("StudyComments")
"""Reader of the custom variable ``studyComments``."""

_BASE: Mapping[str, Reader] = {
    "UID": plain("SeriesInstanceUID"),
    "series_description": plain("SeriesDescription"),
    "modality": plain("Modality"),
    "scanner": plain("StationName"),
    "scanner/manufacturer": plain("Manufacturer"),
    "scanner/model": plain("ManufacturerModelName"),
    "startTime": time("SeriesTime"),
    "start_date": date("SeriesDate"),
    "requestedProcedureDescription": plain("RequestedProcedureDescription"),
    "protocolName": plain("ProtocolName"),
    "bodyPartExamined": plain("BodyPartExamined"),
}

_VOXEL: Mapping[str, Reader] = {f"parameters/voxelRes/{axis}": voxel_size(n) for n, axis in enumerate("xyz")}
_FOV: Mapping[str, Reader] = {"parameters/fov/x": plain("Columns"), "parameters/fov/y": plain("Rows")}
_ORIENTATION: Mapping[str, Reader] = {"parameters/orientation": orientation}
_IMAGE_TYPE: Mapping[str, Reader] = {"parameters/imageType": plain("ImageType")}

_MR: Mapping[str, Reader] = {
    "fieldStrength": field_strength,
    "coil": framed("ReceiveCoilName"),
    "parameters/tr": framed("RepetitionTime"),
    "parameters/te": framed("EchoTime"),
    "parameters/ti": framed("InversionTime"),
    "parameters/flip": framed("FlipAngle"),
    "parameters/pixelBandwidth": framed("PixelBandwidth"),
    "parameters/sequence": plain("SequenceName"),
    "parameters/scanSequence": plain("ScanningSequence"),
    "parameters/seqVariant": plain("SequenceVariant"),
    "parameters/scanOptions": plain("ScanOptions"),
    "parameters/acqType": plain("MRAcquisitionType"),
    "parameters/diffusion/bValues": diffusion("DiffusionBValue"),
    "parameters/diffusion/directionality": diffusion("DiffusionDirectionality"),
    "parameters/diffusion/orientations": diffusion("DiffusionGradientOrientation"),
    "parameters/diffusion/anisotropyType": diffusion("DiffusionAnisotropyType"),
}

_CT: Mapping[str, Reader] = {
    "parameters/rescale/intercept": framed("RescaleIntercept"),
    "parameters/rescale/slope": framed("RescaleSlope"),
    "parameters/kvp": framed("KVP"),
    "parameters/acquisitionNumber": plain("AcquisitionNumber"),
    "parameters/options": plain("ScanOptions"),
    "parameters/collectionDiameter": framed("DataCollectionDiameter"),
    "parameters/distanceSourceToDetector": framed("DistanceSourceToDetector"),
    "parameters/distanceSourceToPatient": framed("DistanceSourceToPatient"),
    "parameters/gantryTilt": framed("GantryDetectorTilt"),
    "parameters/tableHeight": framed("TableHeight"),
    "parameters/rotationDirection": rotation_direction,
    "parameters/exposureTime": exposure_time,
    "parameters/xrayTubeCurrent": framed("XRayTubeCurrent"),
    "parameters/exposure": framed("Exposure"),
    "parameters/filter": framed("FilterType"),
    "parameters/generatorPower": framed("GeneratorPower"),
    "parameters/convolutionKernel": framed("ConvolutionKernel"),
    "parameters/collimationWidth/single": framed("SingleCollimationWidth"),
    "parameters/collimationWidth/total": framed("TotalCollimationWidth"),
    "parameters/tableSpeed": framed("TableSpeed"),
    "parameters/tableFeedPerRotation": framed("TableFeedPerRotation"),
    "parameters/pitchFactor": framed("SpiralPitchFactor"),
    "parameters/estimatedDoseSaving": framed("EstimatedDoseSaving"),
    "parameters/estimatedDoseSaving/modulation": framed("ExposureModulationType"),
    "parameters/ctDIvol": framed("CTDIvol"),
    "parameters/derivation": plain("DerivationDescription"),
}

_OPT: Mapping[str, Reader] = {
    "type": inside("PerformedProtocolCodeSequence", plain("CodeMeaning")),
    "parameters/laterality": framed("Laterality", "ImageLaterality", "FrameLaterality"),
    "parameters/illumination_wavelength": framed("IlluminationWaveLength"),
    "parameters/illumination_power": framed("IlluminationPower"),
}

_XA: Mapping[str, Reader] = {
    "parameters/derivation": plain("DerivationDescription"),
    "parameters/options": plain("ScanOptions"),
}

_PET: Mapping[str, Reader] = {"parameters/facility": plain("InstitutionName")}

_SCANS: Mapping[str, Mapping[str, Reader]] = {
    "xnat:mrScanData": {**_BASE, **_VOXEL, **_ORIENTATION, **_FOV, **_IMAGE_TYPE, **_MR},
    "xnat:ctScanData": {**_BASE, **_VOXEL, **_ORIENTATION, **_FOV, **_IMAGE_TYPE, **_CT},
    "xnat:petScanData": {**_BASE, **_PET},
    "xnat:optScanData": {**_BASE, **_VOXEL, **_FOV, **_IMAGE_TYPE, **_OPT},
    "xnat:xaScanData": {**_BASE, **_ORIENTATION, **_FOV, **_IMAGE_TYPE, **_XA},
}

WITH_CONTRAST = frozenset({"xnat:mrScanData", "xnat:ctScanData", "xnat:xaScanData"})
"""Scan types that hold the contrast agent (dicom-import 33, 34, 36)."""


def scan_table(xsi_type: str) -> Mapping[str, Reader]:
    """Return field -> reader of a scan type; most types have the base fields only (dicom-import 36)."""
    return _SCANS.get(xsi_type, _BASE)
