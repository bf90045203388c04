"""Fields and file names from DICOM headers (dicom-import sections 3 to 6)."""

from __future__ import annotations

import io

import pytest
from pydicom import Dataset, dcmread

from xnat_emulator.datamodel import xsd
from xnat_emulator.dicom import fields, names
from xnat_emulator.locate import find_schemas

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
INSTANCE = "1.3.12.2.1107.5.2.32.35177.3.2006121409365951632817982"


@pytest.fixture(scope="module")
def model():
    return xsd.load(find_schemas())


def dataset(**attributes):
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def test_hash_of_a_name_is_the_recorded_one():
    assert names.hash_name(MR, INSTANCE) == "1qs88hj"
    assert names.hash_name(ENHANCED_MR, INSTANCE) == "sd4il0"


def test_name_follows_the_template_and_tells_what_is_missing():
    made = dataset(StudyInstanceUID="1.2.3", SeriesNumber=4, SOPClassUID=MR, SOPInstanceUID=INSTANCE)
    assert names.file_name(made) == "1.2.3-4-no-value-for-InstanceNumber-1qs88hj.dcm"


@pytest.mark.parametrize(("vr", "uid"), [("UI", "\0" + "1.2.3"), ("UI", "2.2,5"), ("UI", "1" * 66), ("U\0", "1.2")])
def test_a_name_is_made_of_odd_values_too(vr, uid):
    # Element (0008,0018) as it stands in a file, explicit VR: reading it warns or fails.
    padded = uid.encode() + b"\0" * (len(uid) % 2)
    raw = b"\x08\0\x18\0" + vr.encode() + len(padded).to_bytes(2, "little") + padded
    read = dcmread(io.BytesIO(b"\0" * 128 + b"DICM" + raw), force=True)
    assert names.file_name(read, "${SOPInstanceUID}-${HashSOPInstanceUID}").endswith(".dcm")


@pytest.mark.parametrize(("value", "text"), [(3, "3.0"), (1.494, "1.5"), (2.89, "3.0"), (15000, "1.5"), (None, None)])
def test_field_strength_is_rounded_and_gauss_is_divided(value, text):
    made = dataset() if value is None else dataset(MagneticFieldStrength=value)
    assert fields.field_strength(made) == text


@pytest.mark.parametrize(
    ("cosines", "text"),
    [
        ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], "Tra"),
        ([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], "Sag"),
        ([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], "Cor"),
        (None, None),
    ],
)
def test_orientation_is_the_largest_axis_of_the_normal(cosines, text):
    made = dataset() if cosines is None else dataset(ImageOrientationPatient=cosines)
    assert fields.orientation(made) == text


def test_one_value_is_taken_and_several_are_not(model):
    same = [dataset(Modality="MR", EchoTime=3.08, RepetitionTime=2400) for _ in range(2)]
    same[1].EchoTime = 4
    values = fields.scan_values(model, "xnat:mrScanData", same)
    assert values["parameters/tr"] == 2400
    assert "parameters/te" not in values
    assert values["frames"] == 2


def test_station_names_are_joined(model):
    headers = [dataset(StationName="B"), dataset(StationName="A"), dataset(StationName="B")]
    assert fields.session_values(model, "xnat:mrSessionData", headers)["scanner"] == "A,B"


def test_dates_times_and_lists_become_wire_text(model):
    header = dataset(StudyDate="20200131", StudyTime="091206.123", OperatorsName=["A^B", "C"], PatientWeight=70.5)
    values = fields.session_values(model, "xnat:ctSessionData", [header])
    assert (values["date"], values["time"], values["operator"]) == ("2020-01-31", "09:12:06", "A^B\\C")
    assert values["dcmPatientWeight"] == 70.5
    assert "fieldStrength" not in values


def test_values_that_do_not_fit_are_left_out(model):
    header = dataset(StudyTime="09", StationName="", FlipAngle=None)
    assert fields.session_values(model, "xnat:mrSessionData", [header]) == {}
    assert fields.scan_values(model, "xnat:mrScanData", [header]) == {"frames": 1}
