"""What headers fill in; the number in a name is that of dicom-import."""

from __future__ import annotations

import pytest

from .imports_dicom import CT, ENHANCED_MR, MR, OPT, PET, SC, STORAGE, XA3D, encode, header, make
from .test_import_fields import item

SESSION = {
    "InstitutionName": ("acquisition_site", "Hospital"),
    "StudyDescription": ("session_type", "head"),
    "Modality": ("modality", "MR"),
    "StationName": ("scanner", "MEDPC"),
    "Manufacturer": ("scanner/manufacturer", "SIEMENS"),
    "ManufacturerModelName": ("scanner/model", "TrioTim"),
    "OperatorsName": ("operator", "OP"),
    "AccessionNumber": ("dcmAccessionNumber", "A1"),
    "StudyID": ("study_id", "I1"),
    "PatientID": ("dcmPatientId", "P1"),
    "PatientName": ("dcmPatientName", "Sample^Patient"),
    "PatientBirthDate": ("dcmPatientBirthDate", "19751231"),
    "PatientWeight": ("dcmPatientWeight", 70.5),
    "MagneticFieldStrength": ("fieldStrength", 3),
}
WRITTEN = {"dcmPatientBirthDate": "1975-12-31", "fieldStrength": "3.0"}
BASE = {
    "SeriesDescription": ("series_description", "t1"),
    "Modality": ("modality", "MR"),
    "StationName": ("scanner", "MEDPC"),
    "Manufacturer": ("scanner/manufacturer", "SIEMENS"),
    "ManufacturerModelName": ("scanner/model", "TrioTim"),
    "RequestedProcedureDescription": ("requestedProcedureDescription", "brain"),
    "ProtocolName": ("protocolName", "p"),
    "BodyPartExamined": ("bodyPartExamined", "HEAD"),
}
GEOMETRY = {
    "PixelSpacing": [1, 2],
    "SliceThickness": 3,
    "Rows": 20,
    "Columns": 10,
    "ImageOrientationPatient": [0, 1, 0, 0, 0, -1],
}
FILLED = {
    "parameters/voxelRes/x": 1,
    "parameters/voxelRes/y": 2,
    "parameters/voxelRes/z": 3,
    "parameters/fov/x": 10,
    "parameters/fov/y": 20,
    "parameters/orientation": "Sag",
}


def one_scan(importer, sop_class=MR, **attributes):
    """Return the fields of the only scan of a study."""
    uri = importer.archived({"a": make(sop_class, study="5.1.1", **attributes)})
    return importer.scan(uri)


def two(importer, **said):
    """Return the address of a session of two files with different values."""
    pairs = [{key: values[number] for key, values in said.items()} for number in (0, 1)]
    return importer.archived({str(n): make(study="5.2.1", number=n, **pair) for n, pair in enumerate(pairs, 1)})


def test_several_values_give_none_and_a_line_in_the_log_23(importer):
    files = {str(n): make(study="5.23.1", number=n, StudyDescription=f"d{n}", InstitutionName="H") for n in (1, 2)}
    source = importer.held(files)
    logs = importer.client.rows(f"/data{source}/logs")
    assert any("session_type" in row["entry"] for row in logs)
    fields = importer.client.fields(importer.archive(source).data.decode().strip())
    assert (fields.get("session_type"), fields["acquisition_site"]) == (None, "H")


def test_missing_values_are_no_second_value_23(importer):
    uri = two(importer, InstitutionName=("H", None))
    assert importer.client.fields(uri)["acquisition_site"] == "H"


def test_studies_of_two_modalities_have_none_24(importer):
    files = {
        "a": make(PET, study="5.24.1", SeriesNumber=1, Modality="PT", OperatorsName="A", Manufacturer="X"),
        "b": make(CT, study="5.24.1", SeriesNumber=2, Modality="CT", OperatorsName="B", Manufacturer="Y"),
    }
    fields = importer.client.fields(importer.archived(files))
    assert not {"modality", "operator", "scanner/manufacturer"} & fields.keys()


@pytest.mark.parametrize(
    ("day", "moment", "date", "time"),
    [
        ("20061214", "091206.156", "2006-12-14", "09:12:06"),
        ("2006.12.14", "091206", "2006-12-14", "09:12:06"),
        ("200612", "0912", None, None),
        ("20061399", "09:12:06", None, None),
    ],
)
def test_dates_and_times_are_read_by_their_length_25(importer, day, moment, date, time):
    made = header(study="5.25.1", StudyDate="20000101", StudyTime="000000", OperatorsName=["A^B", "C^D"])
    made.add_new("StudyDate", "LO", day)
    made.add_new("StudyTime", "LO", moment)
    fields = importer.client.fields(importer.archived({"a": encode(made)}))
    assert (fields.get("date"), fields.get("time")) == (date, time)
    assert fields["operator"] == "A^B\\C^D"


@pytest.mark.parametrize(("second", "found"), [(7500, 7500), (100, None)])
def test_frames_must_agree_26(importer, second, found):
    frames = [header(MR), header(MR)]
    for frame, time in zip(frames, (7500, second), strict=True):
        frame.clear()
        frame.MRTimingAndRelatedParametersSequence = item("x", RepetitionTime=time)["x"]
    shared = header(MR)
    shared.clear()
    shared.PixelMeasuresSequence = item("x", PixelSpacing=[1.71875, 1.71875], SliceThickness=5)["x"]
    fields = one_scan(
        importer,
        ENHANCED_MR,
        NumberOfFrames=13,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    assert (fields["frames"], fields["parameters/voxelRes/z"]) == (13, 5)
    assert fields.get("parameters/tr") == found


def test_other_fields_are_not_filled_28_and_40(importer):
    uri = importer.archived({"a": make(study="5.28.1", PatientSex="F", PatientAge="030Y", ImageComments="c")})
    assert not {"investigator_ID", "note"} & importer.client.fields(uri).keys()
    subject = importer.client.item(uri.rpartition("/experiments")[0])
    assert {key for key in subject["data_fields"] if key not in {"ID", "label", "project"}} == set()
    scan = importer.scan(uri)
    assert not {"note", "condition", "documentation", "operator"} & scan.keys()


@pytest.mark.parametrize("keyword", SESSION)
def test_session_fields_29(importer, keyword):
    said = {key: value for key, (_, value) in SESSION.items()}
    fields = importer.client.fields(importer.archived({"a": make(study="5.29.1", **said)}))
    path, value = SESSION[keyword]
    assert fields[path] == WRITTEN.get(path, value)
    assert (fields["UID"], fields["date"], fields["time"]) == ("5.29.1", "2006-12-14", "09:12:06")


def test_scanners_are_joined_and_comments_kept_29(importer):
    uri = two(importer, StationName=("B", "A"), StudyComments=("said", "said"))
    assert importer.client.fields(uri)["scanner"] == "A,B"
    (child,) = [one for one in importer.client.item(uri)["children"] if one["field"] == "fields/field"]
    assert [one["data_fields"] | {"ID": ""} for one in child["items"]] == [
        {"name": "studyComments", "field": "said", "ID": ""} | child["items"][0]["data_fields"] | {"ID": ""}
    ]


def test_prearchive_path_and_constants_are_in_the_document_29(importer):
    source = importer.held({"a": make(study="5.29.2")}, subject="S1", session="E1", VISIT="v1")
    document = importer.document(source)
    for text in (f'project="{importer.project}"', 'label="E1"', 'visit="v1"', "<xnat:subject_ID>S1</xnat:subject_ID>"):
        assert text in document
    assert f"{source.split('/')[4]}/{source.split('/')[5]}</xnat:prearchivePath>" in document


def test_tracer_of_a_pet_session_29(importer):
    tracer = item(
        "RadiopharmaceuticalInformationSequence",
        Radiopharmaceutical="FDG",
        RadiopharmaceuticalStartDateTime="20061214091000.00",
        RadionuclideTotalDose=370000000,
        RadionuclideHalfLife=6586.2,
    )
    fields = importer.client.fields(importer.archived({"a": make(PET, study="5.29.3", Modality="PT", **tracer)}))
    assert (fields["tracer/name"], fields["tracer/dose"], fields["tracer/dose/units"]) == ("FDG", 370000000, "Bq")
    assert fields["tracer/startTime"].startswith("2006-12-14")
    assert fields["tracer/isotope/half-life"] == 6586.2


@pytest.mark.parametrize("keyword", BASE)
@pytest.mark.parametrize("sop_class", [MR, SC])
def test_base_fields_of_every_scan_32(importer, sop_class, keyword):
    said = {key: value for key, (_, value) in BASE.items()}
    fields = one_scan(importer, sop_class, SeriesTime="093711.5", SeriesDate="20061214", **said)
    path, value = BASE[keyword]
    assert (fields[path], fields["UID"]) == (value, "5.1.1.1")
    assert (fields["startTime"], fields["start_date"]) == ("09:37:11", "2006-12-14")


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ({"MagneticFieldStrength": 2.89}, "fieldStrength", "3.0"),
        ({"MagneticFieldStrength": 15000}, "fieldStrength", "1.5"),
        ({"ReceiveCoilName": "Head"}, "coil", "Head"),
        ({"PixelSpacing": [1, 2]}, "parameters/voxelRes/x", None),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, 1]}, "parameters/orientation", "Cor"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "parameters/orientation", "Tra"),
        ({"ImageOrientationPatient": [1, 0.1, 0, 0, 1, 0]}, "parameters/orientation", None),
        ({"RepetitionTime": 2400}, "parameters/tr", 2400),
        ({"InversionTime": 1000}, "parameters/ti", 1000),
        ({"FlipAngle": 8}, "parameters/flip", 8),
        ({"PixelBandwidth": 220}, "parameters/pixelBandwidth", 220),
        ({"EchoTime": 3.08}, "parameters/te", 3.08),
        ({"SequenceName": "*tfl3d1_ns"}, "parameters/sequence", "*tfl3d1_ns"),
        ({"ImageType": ["A", "B"]}, "parameters/imageType", "A\\B"),
        ({"ScanningSequence": ["GR", "IR"]}, "parameters/scanSequence", "GR\\IR"),
        ({"SequenceVariant": ["SP", "MP"]}, "parameters/seqVariant", "SP\\MP"),
        ({"ScanOptions": "IR"}, "parameters/scanOptions", "IR"),
        ({"MRAcquisitionType": "3D"}, "parameters/acqType", "3D"),
    ],
)
def test_fields_of_mr_scans_33_43(importer, said, path, value):
    assert one_scan(importer, **said).get(path) == value


@pytest.mark.parametrize(("sop_class", "number"), [(MR, 33), (CT, 34)])
def test_geometry_33_34(importer, sop_class, number):
    assert number
    fields = one_scan(importer, sop_class, **GEOMETRY)
    assert {key: fields.get(key) for key in FILLED} == FILLED


def test_several_echoes_are_parameters_33(importer):
    files = {str(n): make(study="5.33.1", number=n, EchoNumbers=n, EchoTime=n * 5) for n in (1, 2)}
    uri = importer.archived(files)
    scan = importer.client.item(f"{uri}/scans/1")
    assert "parameters/te" not in scan["data_fields"]
    (child,) = [one for one in scan["children"] if one["field"] == "parameters/addParam"]
    found = {one["data_fields"]["name"]: one["data_fields"]["addField"] for one in child["items"]}
    assert found == {"MultiEcho_TE1": "5.0", "MultiEcho_TE2": "10.0"} or found == {
        "MultiEcho_TE1": "5",
        "MultiEcho_TE2": "10",
    }


@pytest.mark.parametrize("sop_class", [MR, CT, XA3D])
def test_contrast_agents_33_34_36(importer, sop_class):
    uri = importer.archived({"a": make(sop_class, study="5.33.2", ContrastBolusAgent="Gd")})
    children = {one["field"]: one["items"] for one in importer.client.item(f"{uri}/scans/1")["children"]}
    assert children["contrasts/contrastBolusV2"][0]["data_fields"]["agent"] == "Gd"


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ({"RescaleIntercept": "-1024"}, "parameters/rescale/intercept", "-1024"),
        ({"RescaleSlope": "1"}, "parameters/rescale/slope", "1"),
        ({"KVP": 120}, "parameters/kvp", 120),
        ({"AcquisitionNumber": 4}, "parameters/acquisitionNumber", 4),
        ({"ScanOptions": "HELIX"}, "parameters/options", "HELIX"),
        ({"DataCollectionDiameter": 500}, "parameters/collectionDiameter", 500),
        ({"DistanceSourceToDetector": 949}, "parameters/distanceSourceToDetector", 949),
        ({"DistanceSourceToPatient": 541}, "parameters/distanceSourceToPatient", 541),
        ({"GantryDetectorTilt": 1}, "parameters/gantryTilt", 1),
        ({"TableHeight": 99}, "parameters/tableHeight", 99),
        ({"RotationDirection": "CCW"}, "parameters/rotationDirection", "CC"),
        ({"RotationDirection": "CW"}, "parameters/rotationDirection", "CW"),
        ({"ExposureTime": 500}, "parameters/exposureTime", 500),
        ({"ExposureTimeInuS": 500}, "parameters/exposureTime", 0.5),
        ({"XRayTubeCurrent": 200}, "parameters/xrayTubeCurrent", 200),
        ({"Exposure": 5}, "parameters/exposure", 5),
        ({"FilterType": "WEDGE"}, "parameters/filter", "WEDGE"),
        ({"GeneratorPower": 24}, "parameters/generatorPower", 24),
        ({"ConvolutionKernel": "B30f"}, "parameters/convolutionKernel", "B30f"),
        ({"SingleCollimationWidth": 0.6}, "parameters/collimationWidth/single", 0.6),
        ({"TotalCollimationWidth": 38.4}, "parameters/collimationWidth/total", 38.4),
        ({"TableSpeed": 46}, "parameters/tableSpeed", 46),
        ({"TableFeedPerRotation": 23}, "parameters/tableFeedPerRotation", 23),
        ({"SpiralPitchFactor": 0.6}, "parameters/pitchFactor", 0.6),
        ({"EstimatedDoseSaving": 20}, "parameters/estimatedDoseSaving", 20),
        ({"ExposureModulationType": "XYZ"}, "parameters/estimatedDoseSaving/modulation", "XYZ"),
        ({"CTDIvol": 12.5}, "parameters/ctDIvol", 12.5),
        ({"DerivationDescription": "d"}, "parameters/derivation", "d"),
        ({"ImageType": ["A", "B"]}, "parameters/imageType", "A\\B"),
    ],
)
def test_fields_of_ct_scans_34(importer, said, path, value):
    found = one_scan(importer, CT, **said).get(path)
    assert found == value or str(found) == str(value)


def test_focal_spots_are_one_each_34(importer):
    uri = importer.archived({"a": make(CT, study="5.34.1", FocalSpots=[0.5, 1.2])})
    children = {one["field"]: one["items"] for one in importer.client.item(f"{uri}/scans/1")["children"]}
    spots = children["parameters/focalSpots/focalSpot"]
    assert sorted(one["data_fields"]["focalSpot"] for one in spots) == [0.5, 1.2]


def test_pet_scans_have_a_facility_only_35(importer):
    fields = one_scan(importer, PET, InstitutionName="Hospital", **GEOMETRY)
    assert fields["parameters/facility"] == "Hospital"
    assert not FILLED.keys() & fields.keys()


def test_fields_of_opt_and_xa_scans_36(importer):
    fields = one_scan(importer, OPT, Laterality="L", IlluminationWaveLength=840, IlluminationPower=1.5, **GEOMETRY)
    assert (fields["parameters/laterality"], fields["parameters/voxelRes/z"]) == ("L", 3)
    assert "parameters/orientation" not in fields
    fields = one_scan(importer, XA3D, PatientID="other", ScanOptions="O", DerivationDescription="d", **GEOMETRY)
    assert (fields["parameters/options"], fields["parameters/orientation"]) == ("O", "Sag")


@pytest.mark.parametrize("end", ["1", "1.1", "1.2", "20", "6.1", "7", "66.4", "88.11", "481.1", "12.2", "77.1.6"])
def test_other_scans_have_base_fields_only_36(importer, end):
    fields = one_scan(importer, STORAGE + end, ImageType=["A", "B"], RepetitionTime=3, **GEOMETRY)
    assert not [key for key in fields if key.startswith("parameters/")]


@pytest.mark.parametrize(("sop_class", "said", "frames"), [(MR, [1, 1], 2), (ENHANCED_MR, [3, 4], 7), (SC, [1, 1], 0)])
def test_frames_are_those_of_primary_files_37(importer, sop_class, said, frames):
    files = {str(n): make(sop_class, study="5.37.1", number=n, NumberOfFrames=many) for n, many in enumerate(said)}
    assert importer.scan(importer.archived(files))["frames"] == frames


def test_quality_is_set_by_archiving_38(importer):
    importer.put("config/scan-quality/labels?inbody=true", "fine,poor")
    source = importer.held({"a": make(study="5.38.1", SeriesDescription="t1")})
    assert "<xnat:quality>" not in importer.document(source)
    assert 'type="t1"' not in importer.document(source)
    scan = importer.scan(importer.archive(source).data.decode().strip())
    assert (scan["quality"], scan["type"]) == ("fine", "t1")


def test_types_follow_earlier_scans_39(importer):
    first = importer.archived({"a": make(study="5.39.1", SeriesDescription="T1 mprage")}, session="one")
    importer.client.put(f"{first}/scans/1?xnat:mrScanData/type=T1W")
    uri = importer.archived({"a": make(study="5.39.2", SeriesDescription="t1-MPRAGE_*")}, session="two")
    assert importer.scan(uri)["type"] == "T1W"
    uri = importer.archived({"a": make(study="5.39.3")}, session="three")
    assert importer.scan(uri)["type"] == "unknown"


def test_headers_are_read_again_but_types_stay_41(importer):
    uri = importer.archived({"a": make(study="5.41.1", RepetitionTime=5)})
    importer.client.put(f"{uri}/scans/1?xnat:mrScanData/parameters/tr=9")
    assert importer.client.put(f"{uri}?pullDataFromHeaders=true").status == 200
    assert importer.scan(uri)["parameters/tr"] == 5
    importer.client.put(f"{uri}/scans/2?xsiType=xnat:ctScanData")
    importer.client.put(f"{uri}/scans/2/resources/DICOM?format=DICOM")
    importer.client.put(f"{uri}/scans/2/resources/DICOM/files/a.dcm?inbody=true", body=make(study="5.41.1"))
    assert importer.client.put(f"{uri}/scans/2?pullDataFromHeaders=true").status >= 400
    assert importer.scans(uri)[1]["xsiType"] == "xnat:ctScanData"


def test_numbers_are_numbers_and_field_strengths_text_42(importer):
    diffusion = item("MRDiffusionSequence", DiffusionBValue=1000, DiffusionDirectionality="DIRECTIONAL")
    fields = one_scan(importer, MagneticFieldStrength=1.5, RepetitionTime=3.08, Rows=1, Columns=1, **diffusion)
    assert (fields["parameters/tr"], fields["parameters/fov/x"]) == (3.08, 1)
    assert fields["fieldStrength"] == "1.5"
    assert isinstance(fields["parameters/diffusion/bValues"], str)
