"""Sessions and scans as their headers make them (dicom-import sections 2 to 6, recorded expectations)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from pydicom import Dataset

from xnat_emulator.dicom import routing, series, sop
from xnat_emulator.store.config import Place

from .imports_dicom import (
    CT,
    ENHANCED_MR,
    KO,
    MR,
    OPT,
    PET,
    RAW,
    RTIMAGE,
    RTSTRUCT,
    SC,
    SEG,
    XA3D,
    encode,
    header,
    make,
    zipped,
)

IMPORT = "/data/services/import"


@pytest.fixture
def name(project):
    return project.rpartition("/")[2]


@pytest.fixture
def archived(client, name):
    """Import files and return the address of their session."""

    def run(files, **query):
        response = client.post(
            f"{IMPORT}?{urlencode({'project': name, **query})}",
            body=zipped(files),
            headers={"Content-Type": "application/zip"},
        )
        assert response.status == 200, response.data
        return response.data.decode().strip()

    return run


def expected(recordings, what):
    return json.loads((recordings / f"item-{what}-datafields-expected.json").read_text())


def item(keyword, **attributes):
    """Return a sequence of one item."""
    made = Dataset()
    for key, value in attributes.items():
        setattr(made, key, value)
    return {keyword: [made]}


# --- types (dicom-import 15 to 21) ---


@pytest.mark.parametrize(
    ("content", "session", "scans"),
    [
        ([("MR", MR), ("MR", MR)], "mr", ["mr", "mr"]),
        ([("PT", PET), ("CT", CT)], "pet", ["pet", "ct"]),
        ([("RTSTRUCT", RTSTRUCT), ("MR", ENHANCED_MR)], "mr", ["rtImage", "mr"]),
        ([("RTSTRUCT", RTSTRUCT), ("PT", PET), ("CT", CT)], "pet", ["rtImage", "pet", "ct"]),
        ([("PT", PET), ("MR", MR)], "petmr", ["pet", "mr"]),
        ([("CT", SC)], "ct", ["sc"]),
        ([("SC", SC)], "otherDicom", ["sc"]),
        ([(None, MR)], "mr", ["mr"]),
        ([("XA", XA3D)], "xa", ["xa"]),
        ([("SEG", SEG)], "otherDicom", ["seg"]),
        ([("RTIMAGE", RTIMAGE)], "otherDicom", ["rtImage"]),
    ],
)
def test_what_a_study_holds_decides_the_types(client, archived, content, session, scans):
    files = {
        str(number): make(sop_class, study="1.7.1", SeriesNumber=number, Modality=modality)
        for number, (modality, sop_class) in enumerate(content, 1)
    }
    uri = archived(files)
    assert client.item(uri)["meta"]["xsi:type"] == f"xnat:{session}SessionData"
    assert [scan["xsiType"] for scan in client.rows(f"{uri}/scans")] == [f"xnat:{scan}ScanData" for scan in scans]


def test_a_series_of_several_classes_takes_the_leading_one(client, archived):
    files = {"a": make(RAW, study="1.7.2", series="1.7.2.1"), "b": make(MR, study="1.7.2", series="1.7.2.1", number=2)}
    uri = archived(files)
    (scan,) = client.rows(f"{uri}/scans")
    assert scan["xsiType"] == "xnat:mrScanData"
    labels = {row["label"]: row["file_count"] for row in client.rows(f"{uri}/scans/1/resources")}
    assert labels == {"DICOM": "1", "secondary": "1"}


def test_no_session_is_made_of_documents_alone(client, name):
    response = client.post(
        f"{IMPORT}?{urlencode({'dest': f'/prearchive/projects/{name}'})}",
        body=zipped({"a": make(KO, study="1.7.3", Modality="KO")}),
        headers={"Content-Type": "application/zip"},
    )
    assert response.status == 200
    rows = json.loads(client.get(f"/data/prearchive/projects/{name}").data)["ResultSet"]["Result"]
    # Who sees all data also sees sessions without a project here.
    assert [row["status"] for row in rows if row["project"] == name] == ["ERROR"]


@pytest.mark.parametrize(
    ("wanted", "types", "labels"),
    [
        ("pet", ["pet"], ["X_PET"]),
        ("separate", ["mr", "pet"], ["X_MR", "X_PET"]),
        ("petmr", ["petmr"], ["X_PETMR"]),
    ],
)
def test_pet_and_mr_are_kept_together_or_split(client, emulator, name, archived, wanted, types, labels):
    config = emulator.site.archive.config
    config.put(Place("separatePETMR", "config", name), wanted, "admin")
    files = {
        "a": (PET, {"study": "1.7.4", "SeriesNumber": 1, "Modality": "PT"}),
        "b": (MR, {"study": "1.7.4", "SeriesNumber": 2, "SeriesDescription": "t1"}),
    }
    files = {key: make(sop, PatientID="X_PETMR", **said) for key, (sop, said) in files.items()}
    found = archived(files).splitlines()
    assert sorted(uri.rpartition("/")[2] for uri in found) == labels
    assert sorted(client.item(uri)["meta"]["xsi:type"] for uri in found) == [
        f"xnat:{kind}SessionData" for kind in types
    ]


# --- scan ids (dicom-import 30, 31) ---


def test_scans_of_one_number_are_named_after_their_modality():
    found = series.scan_ids(
        [
            series.SeriesFacts("1.2.2", "4", {MR}, {"MR"}),
            series.SeriesFacts("1.2.1", "4", {MR}, {"MR"}),
            series.SeriesFacts("1.2.3", "4", {SC}, {""}),
            series.SeriesFacts("1.2.4", "5", {MR}, {"MR"}),
            series.SeriesFacts("1.2.5", ""),
            series.SeriesFacts("1.2.6", "+7"),
        ]
    )
    assert found == {
        "1.2.1": "4-MR1",
        "1.2.2": "4-MR2",
        "1.2.3": "4-OT1",
        "1.2.4": "5",
        "1.2.5": "1_2_5",
        "1.2.6": "_7",
    }


def test_renamed_scans_keep_their_files(client, archived):
    files = {one: make(study="1.7.5", series=f"1.7.5.{one}") for one in "89"}
    uri = archived(files)
    assert [scan["ID"] for scan in client.rows(f"{uri}/scans")] == ["1-MR1", "1-MR2"]
    assert [file["Name"] for file in client.rows(f"{uri}/scans/1-MR2/files")] == ["9"]


# --- routing (dicom-import 1 to 14) ---


@pytest.mark.parametrize(
    ("text", "lenient", "strict"),
    [
        ("Session:A-1", "A-1", ""),
        ("session : A", "A", ""),
        ("Project:P Session:A", "A", "A"),
        ("Project:P;Session:A,Subject:S", "A", "A"),
        ("Session:A Session:B", "A", "A"),
        ("x Session:A Session:B", "B", "B"),
        ("MySession:A", "", ""),
        ("Session:A\nSubject:B", "", ""),
    ],
)
def test_assignments_in_comments(text, lenient, strict):
    assert routing.Rules().assignment(text, "Session") == lenient
    assert routing.Rules(strict=True).assignment(text, "Session") == strict


def test_rules_are_tried_in_order():
    made = header(PatientComments="Session:one", StudyComments="Session:two Subject:sub")
    rules = routing.Rules()
    assert rules.first(made, "Session") == "one"
    assert rules.first(made, "Subject") == "sub"
    assert rules.first(header(), "Session") == "Sample ID"
    known = header(StudyDescription="unknown", AccessionNumber="P9")
    assert rules.project(known, lambda name: name if name == "P9" else None) == "P9"
    assert routing.auto_archive(header(PatientComments="AA:t")) is True
    assert routing.auto_archive(header()) is None


def test_labels_are_cleaned():
    assert routing.received_label("a b^c-d") == "a_b_c-d"
    assert routing.archived_label("a b!c-d/e") == "a_b!c-d_e"
    assert routing.archived_label("INVALID:x y") == "x_y"
    assert routing.folder_name("a-b c") == "a_b_c"
    assert routing.folder_name("") == "session"


def test_rules_of_the_site_come_first(client, emulator, name):
    config = emulator.site.archive.config
    place = Place("dicom", "projectRules")
    config.put(place, f"(0008,1030):brain t:brain r:{name}\n(0010,4000):go-(\\w+):1", "admin")
    try:
        for study, attributes in (
            ("1.7.6", {"StudyDescription": "brain"}),
            ("1.7.7", {"PatientComments": f"go-{name}"}),
        ):
            data = make(study=study, **attributes)
            response = client.post(IMPORT, body=data, headers={"Content-Type": "application/dicom"})
            assert response.data.startswith(f"/data/prearchive/projects/{name}/".encode())
    finally:
        config.set_status(place, "disabled", "admin")


def test_a_study_that_is_assigned_to_a_project_goes_there(client, emulator, name):
    emulator.site.archive.studies.assign("1.7.8", name, "admin")
    response = client.post(IMPORT, body=make(study="1.7.8"), headers={"Content-Type": "application/dicom"})
    assert response.data.startswith(f"/data/prearchive/projects/{name}/".encode())


# --- fields (dicom-import sections 3 to 5) ---


def test_fields_of_a_session(client, archived, recordings):
    wanted = expected(recordings, "mrsession")
    comments = wanted.pop("studyComments")
    made = header(
        study=wanted["UID"],
        PatientBirthDate="19751231",
        AccessionNumber=".",
        ManufacturerModelName="TrioTim",
        Manufacturer="SIEMENS",
        OperatorsName="NAME",
        InstitutionName="Hospital",
        StationName="MEDPC",
        MagneticFieldStrength=2.89362,
        StudyDescription="head^DHead",
        StudyComments=comments,
    )
    session = client.item(archived({"a": encode(made)}))
    assert {key: session["data_fields"].get(key) for key in wanted} == wanted
    (field,) = next(child["items"] for child in session["children"] if child["field"] == "fields/field")
    assert (field["data_fields"]["name"], field["data_fields"]["field"]) == ("studyComments", comments)


def test_fields_of_an_mr_scan(client, archived, recordings):
    wanted = expected(recordings, "mrscan")
    made = header(
        study="1.7.10",
        series=wanted["UID"],
        SeriesNumber=4,
        SeriesDescription=wanted["series_description"],
        Manufacturer="SIEMENS",
        ManufacturerModelName="TrioTim",
        StationName="MEDPC",
        ScanOptions="IR",
        PixelSpacing=[1, 1],
        SliceThickness=1,
        InversionTime=1000,
        EchoTime=3.08,
        RepetitionTime=2400,
        FlipAngle=8,
        SeriesTime="093711.5",
        ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "NORM"],
        SequenceVariant=["SP", "MP", "OSP"],
        ScanningSequence=["GR", "IR"],
        SequenceName="*tfl3d1_ns",
        PixelBandwidth=220,
        Rows=256,
        Columns=256,
        ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
        MagneticFieldStrength=2.89362,
        MRAcquisitionType="3D",
    )
    assert subset(client.fields(archived({"a": encode(made)}) + "/scans/4"), wanted) == wanted


def subset(fields, wanted):
    return {key: fields.get(key) for key in wanted}


def test_fields_of_an_enhanced_mr_scan_lie_in_its_frames(client, archived, recordings):
    wanted = expected(recordings, "mrscan-diffusion")
    shared = {
        **item("PixelMeasuresSequence", PixelSpacing=[1.71875, 1.71875], SliceThickness=5),
        **item("PlaneOrientationSequence", ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        **item("MRTimingAndRelatedParametersSequence", RepetitionTime=7500),
        **item("MRImagingModifierSequence", PixelBandwidth=32000),
        **item("MRReceiveCoilSequence", ReceiveCoilName="HEAD"),
        **item(
            "MRDiffusionSequence",
            DiffusionBValue=1000.0009765624999,
            DiffusionDirectionality="ISOTROPIC",
            DiffusionAnisotropyType="FRACTIONAL",
        ),
    }
    frames = [item("MREchoSequence", EffectiveEchoTime=number) for number in range(13)]
    made = header(
        ENHANCED_MR,
        study="1.7.11",
        series=wanted["UID"],
        SeriesDescription=wanted["series_description"],
        Manufacturer="Acme Medical Devices",
        ManufacturerModelName="Super Dooper Scanner",
        StationName="CONSOLE01",
        SeriesTime="000012",
        ImageType=["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"],
        NumberOfFrames=13,
        Rows=128,
        Columns=128,
        MagneticFieldStrength=1.5,
        MRAcquisitionType="2D",
        **item("SharedFunctionalGroupsSequence", **shared),
        PerFrameFunctionalGroupsSequence=[group(frame) for frame in frames],
    )
    assert subset(client.fields(archived({"a": encode(made)}) + "/scans/1"), wanted) == wanted


def group(frame):
    made = Dataset()
    for key, value in frame.items():
        setattr(made, key, value)
    return made


def test_frames_that_do_not_agree_give_no_value(client, archived):
    frames = [item("MRTimingAndRelatedParametersSequence", RepetitionTime=number) for number in (1, 2)]
    made = header(ENHANCED_MR, study="1.7.12", PerFrameFunctionalGroupsSequence=[group(frame) for frame in frames])
    assert "parameters/tr" not in client.fields(archived({"a": encode(made)}) + "/scans/1")


def test_fields_of_a_ct_scan(client, archived, recordings):
    wanted = expected(recordings, "ctscan")
    made = header(
        CT,
        study="1.7.13",
        series=wanted["UID"],
        SOPInstanceUID="1.7.13.1.1",
        SeriesNumber=3000534,
        Modality="CT",
        FilterType="BODY FILTER",
        DistanceSourceToDetector=949.075012,
        TotalCollimationWidth=49,
        KVP=120,
        ScanOptions="HELICAL MODE",
        TableHeight=174.699997,
        Manufacturer="GE MEDICAL SYSTEMS",
        ManufacturerModelName="LightSpeed16",
        SliceThickness=1.25,
        PixelSpacing=[0.822266, 0.822266],
        ExposureModulationType="NONE",
        RotationDirection="CW",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        AcquisitionNumber=1,
        XRayTubeCurrent=440,
        DerivationDescription="Image with made up values for an XNAT test",
        RescaleIntercept="-1024",
        RescaleSlope="1",
        SingleCollimationWidth=7,
        TableSpeed=30,
        ConvolutionKernel="STANDARD",
        DataCollectionDiameter=500,
        TableFeedPerRotation=98,
        Rows=512,
        Columns=512,
        SpiralPitchFactor=2,
        ExposureTime=690,
        GantryDetectorTilt=0,
        EstimatedDoseSaving=34.5,
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        Exposure=14,
        DistanceSourceToPatient=541,
        GeneratorPower=52800,
        CTDIvol=3.22,
        FocalSpots=[0.7, 1.2],
        ContrastBolusAgent="Agent",
    )
    uri = archived({"a": encode(made)}) + "/scans/3000534"
    assert subset(client.fields(uri), wanted) == wanted
    children = {
        child["field"]: [one["data_fields"] for one in child["items"]] for child in client.item(uri)["children"]
    }
    assert [one["focalSpot"] for one in children["parameters/focalSpots/focalSpot"]] == [0.7, 1.2]
    assert [one["agent"] for one in children["contrasts/contrastBolusV2"]] == ["Agent"]


def test_fields_of_an_ophthalmic_scan(client, archived, recordings):
    wanted = expected(recordings, "optscan")
    spacing = {"PixelSpacing": [wanted["parameters/voxelRes/x"], wanted["parameters/voxelRes/y"]]}
    shared = item("PixelMeasuresSequence", SliceThickness=wanted["parameters/voxelRes/z"], **spacing)
    made = header(
        OPT,
        study="1.7.14",
        series=wanted["UID"],
        SeriesNumber=2429001,
        Modality="OPT",
        SeriesDescription="Volume IR",
        Manufacturer="Heidelberg Engineering",
        ManufacturerModelName="Spectralis",
        IlluminationPower=1200.0,
        IlluminationWaveLength=880.0,
        NumberOfFrames=7,
        Rows=496,
        Columns=1536,
        ImageType=["ORIGINAL", "PRIMARY"],
        **item("PerformedProtocolCodeSequence", CodeMeaning="Macular Cube Scan"),
        **item("SharedFunctionalGroupsSequence", **shared),
    )
    assert subset(client.fields(archived({"a": encode(made)}) + "/scans/2429001"), wanted) == wanted


def test_pet_scans_have_a_facility_and_no_geometry(client, archived):
    tracer = item(
        "RadiopharmaceuticalInformationSequence",
        Radiopharmaceutical="FDG",
        RadionuclideTotalDose=370000000,
        RadionuclideHalfLife=6586.2,
        RadiopharmaceuticalStartDateTime="20061214083000.00",
    )
    made = header(PET, study="1.7.15", Modality="PT", InstitutionName="Hospital", PixelSpacing=[2, 2], Rows=4, **tracer)
    uri = archived({"a": encode(made)})
    scan = client.fields(f"{uri}/scans/1")
    assert scan["parameters/facility"] == "Hospital"
    assert not [key for key in scan if key.startswith(("parameters/voxelRes", "parameters/fov"))]
    session = client.fields(uri)
    assert (session["tracer/name"], session["tracer/dose"], session["tracer/dose/units"]) == ("FDG", 370000000, "Bq")
    assert session["tracer/isotope/half-life"] == 6586.2
    assert session["tracer/startTime"] == "2006-12-14 08:30:00.0"


def test_several_echoes_become_parameters(client, archived):
    files = {
        str(echo): make(study="1.7.16", series="1.7.16.1", number=echo, EchoNumbers=echo, EchoTime=echo * 4.5)
        for echo in (1, 2)
    }
    uri = archived(files) + "/scans/1"
    assert "parameters/te" not in client.fields(uri)
    children = {child["field"]: child["items"] for child in client.item(uri)["children"]}
    found = {one["data_fields"]["name"]: one["data_fields"]["addField"] for one in children["parameters/addParam"]}
    assert found == {"MultiEcho_TE1": "4.5", "MultiEcho_TE2": "9.0"}


def test_several_values_give_none(client, archived):
    files = {
        str(number): make(study="1.7.17", SeriesNumber=number, Modality=modality, OperatorsName=str(number))
        for number, modality in enumerate(("MR", "SR"), 1)
    }
    fields = client.fields(archived(files))
    assert "modality" not in fields
    assert "operator" not in fields


def test_catalogs_name_every_object(client, archived):
    files = {"b.dcm": make(study="1.7.18", number=2), "a.dcm": make(study="1.7.18", number=1)}
    uri = archived(files)
    catalog = client.get(f"{uri}/scans/1/resources/DICOM").data.decode()
    assert '<cat:DCMCatalog UID="1.7.18.1"' in catalog
    assert catalog.index('URI="a.dcm"') < catalog.index('URI="b.dcm"')
    for text in (
        'UID="1.7.18.1.1"',
        'instanceNumber="1"',
        'format="DICOM"',
        'createdBy="admin"',
        'xsi:type="cat:dcmEntry"',
    ):
        assert text in catalog


def test_headers_are_read_again_on_demand(client, project, session):
    client.put(f"{session}/scans/1?xsiType=xnat:mrScanData")
    data = make(study="1.7.19", RepetitionTime=500, SeriesDescription="t1", InstitutionName="Hospital")
    client.put(f"{session}/scans/1/resources/DICOM?format=DICOM")
    client.put(f"{session}/scans/1/resources/DICOM/files/a.dcm?inbody=true", body=data)
    assert client.put(f"{session}?pullDataFromHeaders=true").status == 200
    scan = client.fields(f"{session}/scans/1")
    assert (scan["parameters/tr"], scan["type"], scan["quality"], scan["UID"]) == (500, "t1", "usable", "1.7.19.1")
    assert client.fields(session)["acquisition_site"] == "Hospital"
    assert client.fields(session)["label"] == "e1"


def test_order_of_modalities():
    assert sop.lead_modality({"SR", "CT"}) == "CT"
    assert sop.lead_modality(set()) == "OT"
