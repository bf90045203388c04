"""Makes DICOM whose headers say what recorded fields say, so that the import has to find them there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydicom import Dataset

from ..emulator.imports_dicom import CT, ENHANCED_MR, MR, OPT, encode, header

Fields = Mapping[str, Any]

_SCANNER = {"scanner/manufacturer": "Manufacturer", "scanner/model": "ManufacturerModelName", "scanner": "StationName"}
_SERIES = {**_SCANNER, "series_description": "SeriesDescription", "modality": "Modality", "ID": "SeriesNumber"}
_IMAGE = {"parameters/fov/x": "Columns", "parameters/fov/y": "Rows"}
_MR = {
    **_SERIES,
    **_IMAGE,
    "parameters/scanOptions": "ScanOptions",
    "parameters/ti": "InversionTime",
    "parameters/te": "EchoTime",
    "parameters/tr": "RepetitionTime",
    "parameters/flip": "FlipAngle",
    "parameters/sequence": "SequenceName",
    "parameters/pixelBandwidth": "PixelBandwidth",
    "parameters/acqType": "MRAcquisitionType",
    "fieldStrength": "MagneticFieldStrength",
}
_ENHANCED = {
    **_SERIES,
    **_IMAGE,
    "frames": "NumberOfFrames",
    "fieldStrength": "MagneticFieldStrength",
    "parameters/acqType": "MRAcquisitionType",
}
_CT = {
    **_SERIES,
    **_IMAGE,
    "parameters/filter": "FilterType",
    "parameters/distanceSourceToDetector": "DistanceSourceToDetector",
    "parameters/distanceSourceToPatient": "DistanceSourceToPatient",
    "parameters/collimationWidth/total": "TotalCollimationWidth",
    "parameters/collimationWidth/single": "SingleCollimationWidth",
    "parameters/kvp": "KVP",
    "parameters/options": "ScanOptions",
    "parameters/tableHeight": "TableHeight",
    "parameters/tableSpeed": "TableSpeed",
    "parameters/tableFeedPerRotation": "TableFeedPerRotation",
    "parameters/estimatedDoseSaving": "EstimatedDoseSaving",
    "parameters/estimatedDoseSaving/modulation": "ExposureModulationType",
    "parameters/rotationDirection": "RotationDirection",
    "parameters/acquisitionNumber": "AcquisitionNumber",
    "parameters/xrayTubeCurrent": "XRayTubeCurrent",
    "parameters/derivation": "DerivationDescription",
    "parameters/rescale/intercept": "RescaleIntercept",
    "parameters/rescale/slope": "RescaleSlope",
    "parameters/convolutionKernel": "ConvolutionKernel",
    "parameters/collectionDiameter": "DataCollectionDiameter",
    "parameters/pitchFactor": "SpiralPitchFactor",
    "parameters/exposureTime": "ExposureTime",
    "parameters/exposure": "Exposure",
    "parameters/gantryTilt": "GantryDetectorTilt",
    "parameters/generatorPower": "GeneratorPower",
    "parameters/ctDIvol": "CTDIvol",
}
_OPT = {
    **_SERIES,
    **_IMAGE,
    "frames": "NumberOfFrames",
}
_SESSION = {
    **_SCANNER,
    "dcmPatientId": "PatientID",
    "dcmPatientName": "PatientName",
    "dcmAccessionNumber": "AccessionNumber",
    "modality": "Modality",
    "operator": "OperatorsName",
    "acquisition_site": "InstitutionName",
    "fieldStrength": "MagneticFieldStrength",
    "session_type": "StudyDescription",
    "studyComments": "StudyComments",
}
_COSINES = {"Tra": [1, 0, 0, 0, 1, 0], "Sag": [0, 1, 0, 0, 0, -1], "Cor": [1, 0, 0, 0, 0, -1]}


def mr(was: Fields) -> bytes:
    lists = {
        "ImageType": "parameters/imageType",
        "SequenceVariant": "parameters/seqVariant",
        "ScanningSequence": "parameters/scanSequence",
    }
    return encode(
        header(
            MR,
            series=was["UID"],
            SeriesTime=was["startTime"].replace(":", ""),
            **_said(was, _MR),
            **_spacing(was),
            ImageOrientationPatient=_COSINES[was["parameters/orientation"]],
            **{keyword: was[path].split("\\") for keyword, path in lists.items()},
        )
    )


def enhanced_mr(was: Fields) -> bytes:
    """Return an image of many frames: what they share stands in one place, the echo time in each."""
    shared = {
        **_item("PixelMeasuresSequence", **_spacing(was)),
        **_item("PlaneOrientationSequence", ImageOrientationPatient=_COSINES[was["parameters/orientation"]]),
        **_item("MRTimingAndRelatedParametersSequence", RepetitionTime=was["parameters/tr"]),
        **_item("MRImagingModifierSequence", PixelBandwidth=was["parameters/pixelBandwidth"]),
        **_item("MRReceiveCoilSequence", ReceiveCoilName=was["coil"]),
        **_item(
            "MRDiffusionSequence",
            DiffusionBValue=float(was["parameters/diffusion/bValues"]),
            DiffusionDirectionality=was["parameters/diffusion/directionality"],
            DiffusionAnisotropyType=was["parameters/diffusion/anisotropyType"],
        ),
    }
    frames = [_dataset(_item("MREchoSequence", EffectiveEchoTime=number)) for number in range(was["frames"])]
    return encode(
        header(
            ENHANCED_MR,
            series=was["UID"],
            SeriesTime=was["startTime"].replace(":", ""),
            ImageType=was["parameters/imageType"].split("\\"),
            **_said(was, _ENHANCED),
            **_item("SharedFunctionalGroupsSequence", **shared),
            PerFrameFunctionalGroupsSequence=frames,
        )
    )


def ct(was: Fields) -> bytes:
    return encode(
        header(
            CT,
            series=was["UID"],
            SOPInstanceUID="1.2.3.1.1",
            ImageType=was["parameters/imageType"].split("\\"),
            ImageOrientationPatient=_COSINES[was["parameters/orientation"]],
            **_said(was, _CT),
            **_spacing(was),
        )
    )


def opt(was: Fields) -> bytes:
    return encode(
        header(
            OPT,
            series=was["UID"],
            ImageType=was["parameters/imageType"].split("\\"),
            IlluminationPower=float(was["parameters/illumination_power"]),
            IlluminationWaveLength=float(was["parameters/illumination_wavelength"]),
            **_said(was, _OPT),
            **_item("PerformedProtocolCodeSequence", CodeMeaning=was["type"]),
            **_item("SharedFunctionalGroupsSequence", **_item("PixelMeasuresSequence", **_spacing(was))),
        )
    )


def session(was: Fields) -> bytes:
    return encode(
        header(
            MR,
            study=was["UID"],
            StudyDate=was["date"].replace("-", ""),
            StudyTime=was["time"].replace(":", ""),
            PatientBirthDate=was["dcmPatientBirthDate"].replace("-", ""),
            **_said(was, _SESSION),
        )
    )


def _said(was: Fields, keywords: Mapping[str, str]) -> dict[str, Any]:
    return {keyword: was[path] for path, keyword in keywords.items() if path in was}


def _spacing(was: Fields) -> dict[str, Any]:
    across, down, through = (was[f"parameters/voxelRes/{axis}"] for axis in "xyz")
    return {"PixelSpacing": [across, down], "SliceThickness": through}


def _item(keyword: str, **attributes: Any) -> dict[str, Any]:
    """Return a sequence of one item."""
    return {keyword: [_dataset(attributes)]}


def _dataset(attributes: Mapping[str, Any]) -> Dataset:
    made = Dataset()
    for key, value in attributes.items():
        setattr(made, key, value)
    return made
