"""What is in the demo archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..store.archive import Archive
from ..store.items import Item
from .builder import Builder, from_dataset, from_sample
from .images import HeaderValue, Series, Study, make_nifti, make_series

_DEMOGRAPHICS = "demographics[@xsi:type=xnat:demographicData]"
_PROTOCOL = "studyProtocol[@xsi:type=xnat:datatypeProtocol]"

_MR_HEADER: Mapping[str, HeaderValue] = {
    "StudyDate": "20200514",
    "StudyTime": "091206",
    "SeriesDate": "20200514",
    "SeriesTime": "093711",
    "StudyDescription": "Brain",
    "InstitutionName": "Example Hospital",
    "StationName": "MR01",
    "Manufacturer": "Example Medical",
    "ManufacturerModelName": "Magnet 3000",
    "OperatorsName": "Operator^One",
    "MagneticFieldStrength": 3.0,
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
    "PixelSpacing": [1.0, 1.0],
    "ReceiveCoilName": "HeadMatrix",
}
_T1: Mapping[str, HeaderValue] = {
    "SliceThickness": 1.2,
    "RepetitionTime": 2400,
    "EchoTime": 3.08,
    "InversionTime": 1000,
    "FlipAngle": 8,
    "PixelBandwidth": 220,
    "SequenceName": "*tfl3d1_ns",
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SP", "MP", "OSP"],
    "ScanOptions": "IR",
    "MRAcquisitionType": "3D",
}
_T2: Mapping[str, HeaderValue] = {
    "SliceThickness": 3.0,
    "RepetitionTime": 5000,
    "EchoTime": 98.5,
    "FlipAngle": 150,
    "PixelBandwidth": 222,
    "SequenceName": "*tse2d1_15",
    "ScanningSequence": "SE",
    "SequenceVariant": ["SK", "SP"],
    "MRAcquisitionType": "2D",
}
_CT_HEADER: Mapping[str, HeaderValue] = {
    "StudyDate": "20210303",
    "StudyTime": "101500",
    "SeriesDate": "20210303",
    "SeriesTime": "101730",
    "StudyDescription": "Thorax",
    "InstitutionName": "Example Hospital",
    "StationName": "CT01",
    "Manufacturer": "Example Medical",
    "ManufacturerModelName": "Tube 16",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "PixelSpacing": [0.822266, 0.822266],
    "SliceThickness": 1.25,
    "KVP": 120,
    "RescaleIntercept": "-1024",
    "RescaleSlope": "1",
    "ConvolutionKernel": "STANDARD",
    "ExposureTime": 690,
    "XRayTubeCurrent": 440,
    "RotationDirection": "CW",
}


@dataclass(frozen=True)
class _Case:
    """One subject with one imaging session."""

    label: str
    session: str
    study: Study
    series: tuple[Series, ...]
    sample: str = ""
    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    session_paths: Mapping[str, str] = field(default_factory=dict[str, str])


def _person(name: str, identifier: str) -> dict[str, HeaderValue]:
    return {"PatientName": name, "PatientID": identifier, "PatientBirthDate": "19750101"}


def _mr_study(label: str, subject: str) -> Study:
    return Study(label, "MR", {**_MR_HEADER, **_person(f"{subject}^Demo", subject)})


def _small_mr(label: str, gender: str, dob: str) -> _Case:
    series = (Series(1, "localizer", 3, 64, _T2), Series(2, "T1", 12, 96, _T1))
    paths = {f"{_DEMOGRAPHICS}/gender": gender, f"{_DEMOGRAPHICS}/dob": dob}
    return _Case(label, f"{label}_MR", _mr_study(f"{label}_MR", label), series, paths=paths)


_CASES = (
    _Case(
        "test001",
        "test001_MR",
        _mr_study("test001_MR", "test001"),
        (Series(1, "localizer", 3, 128, _T2), Series(2, "T1", 24, 256, _T1), Series(3, "T2", 10, 192, _T2)),
        paths={
            "group": "control",
            "initials": "TE",
            f"{_DEMOGRAPHICS}/dob": "1980-01-31",
            f"{_DEMOGRAPHICS}/gender": "male",
            f"{_DEMOGRAPHICS}/handedness": "right",
            f"{_DEMOGRAPHICS}/education": "16",
            f"{_DEMOGRAPHICS}/weight": "71.5",
            "fields/field[name=notes]/field": "some note",
            "fields/field[name=diagnosis]/field": "healthy",
        },
        session_paths={"note": "First demo session", "fields/field[name=brain_volume]/field": "1250.5"},
    ),
    _Case(
        "ANONYMIZ",
        "ANONYMIZ",
        _mr_study("ANONYMIZ", "ANONYMIZ"),
        (Series(2, "FLAIR", 8, 128, _T2),),
        sample="MR_small.dcm",
        paths={f"{_DEMOGRAPHICS}/gender": "female", f"{_DEMOGRAPHICS}/yob": "1975"},
        session_paths={"fields/field[name=brain_volume]/field": "0"},
    ),
    _small_mr("Brain-0001", "female", "1969-07-20"),
    _small_mr("Brain-0002", "male", "1971-11-02"),
    _Case(
        "TEST01",
        "TEST01_CT",
        Study("TEST01_CT", "CT", {**_CT_HEADER, **_person("TEST01^Demo", "TEST01")}),
        (Series(2, "Thorax 1.25", 16, 256, {}),),
        sample="CT_small.dcm",
        paths={"group": "patient", f"{_DEMOGRAPHICS}/gender": "unknown", f"{_DEMOGRAPHICS}/age": "54"},
    ),
)


def fill(archive: Archive, login: str) -> None:
    """Put the demo projects into an archive; one that has them is left alone."""
    if archive.items.by_id("project", "sandbox") is not None:
        return
    with archive.transaction():
        builder = Builder(archive, login)
        sandbox = _sandbox(builder)
        sessions = [_case(builder, sandbox, case) for case in _CASES]
        _derived(builder, sessions[0])
        _second_project(builder)


def _sandbox(builder: Builder) -> Item:
    definition = f"{_PROTOCOL}/definitions/definition[ID=default]"
    variables = f"{definition}/fields/field"
    paths = {
        "name": "Sandbox project",
        "secondary_ID": "sandbox",
        "description": "A place to try things: nothing here is precious.",
        "keywords": "demo sandbox",
        "PI/firstname": "Ada",
        "PI/lastname": "Example",
        "PI/institution": "Example Hospital",
        "investigators/investigator[0]/firstname": "Grace",
        "investigators/investigator[0]/lastname": "Sample",
        "fields/field[name=note]/field": "Filled by the emulator",
        f"{_PROTOCOL}/ID": "sandbox_xnat_subjectData",
        f"{_PROTOCOL}/name": "Subjects",
        f"{_PROTOCOL}/data-type": "xnat:subjectData",
        f"{definition}/data-type": "xnat:subjectData",
        f"{variables}[name=notes]/datatype": "string",
        f"{variables}[name=notes]/type": "custom",
        f"{variables}[name=diagnosis]/datatype": "string",
        f"{variables}[name=diagnosis]/type": "custom",
        f"{variables}[name=diagnosis]/possibleValues/possibleValue[0]/possibleValue": "healthy",
        f"{variables}[name=diagnosis]/possibleValues/possibleValue[1]/possibleValue": "affected",
    }
    project = builder.project("sandbox", paths)
    files = {"README.txt": b"Demo data of the emulator.\n", "protocols/mr.csv": b"scan,tr\nT1,2400\nT2,5000\n"}
    builder.filled(project, "resources/resource", "documents", {"content": "documentation"}, files)
    return project


def _case(builder: Builder, project: Item, case: _Case) -> Item:
    subject = builder.subject(project, case.label, case.paths)
    scans = [[from_dataset(image) for image in make_series(case.study, series)] for series in case.series]
    headers = [file.header for files in scans for file in files]
    session = builder.session(subject, case.session, headers, case.session_paths)
    if case.sample:
        scans.insert(0, [from_sample(case.sample)])
    for files in scans:
        builder.scan(session, files, {})
    return session


def _derived(builder: Builder, session: Item) -> None:
    """Add what processing would leave: a volume, a session resource, a quality check and a reconstruction."""
    archive_scans = builder.scans(session)
    volume = {"T1.nii.gz": make_nifti(64, 24)}
    builder.filled(archive_scans[1], "file", "NIFTI", {"format": "NIFTI", "content": "NIFTI_RAW"}, volume)
    table = b"scan,snr\n1,12.5\n2,31.25\n3,28\n"
    builder.filled(session, "resources/resource", "QC", {"format": "csv", "content": "QC Data"}, {"qc.csv": table})
    quality = {"rater": "Operator One", "pass": "1", "comments": "No artefacts", "date": "2020-05-15"}
    checks = {f"scans/scan[imageScan_ID={scan.id}]/pass": "1" for scan in archive_scans}
    assessor = builder.assessor(session, "xnat:qcManualAssessorData", "test001_MR_QC", {**quality, **checks})
    report = {"report.txt": b"All scans are usable.\n", "images/overview.csv": table}
    builder.filled(assessor, "out/file", "REPORT", {"format": "text", "content": "REPORT"}, report)
    reconstruction = builder.reconstruction(session, "recon_1", {"type": "mask", "baseScanType": "T1"})
    mask = {"mask.nii.gz": make_nifti(32, 12)}
    builder.filled(reconstruction, "out/file", "MASK", {"format": "NIFTI"}, mask)


def _second_project(builder: Builder) -> None:
    paths = {"name": "Brain images", "secondary_ID": "brainimages", "description": "A second, small project."}
    project = builder.project("brainimages", paths)
    _case(builder, project, _small_mr("S01", "female", "1990-04-01"))
