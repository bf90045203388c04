"""Short names of schema paths in listings and writes (rest-data 4.5)."""

from __future__ import annotations

from collections.abc import Mapping

INSERT_DATE = "meta/insert_date"
LAST_MODIFIED = "meta/last_modified"
INSERT_USER = "meta/insert_user/login"
STATUS = "meta/status"
TYPE_NAME = "extension_item/element_name"

READ_ONLY = frozenset(
    {"insert_date", "insert_user", "last_modified", "xsiType", "subject_label", "subject_project"}
    | {"session_ID", "session_label", "session_project", "xnat_imagescandata_id", "xnat_reconstructedimagedata_id"}
)
"""Short names that listings know and writes do not."""


def _below(root: str, *names: str, **paths: str) -> dict[str, str]:
    """Return short name -> full path; a bare name is its own path."""
    return {name: f"{root}/{name}" for name in names} | {name: f"{root}/{path}" for name, path in paths.items()}


def _facts(root: str) -> dict[str, str]:
    return _below(root, insert_date=INSERT_DATE, insert_user=INSERT_USER, last_modified=LAST_MODIFIED)


def _validation(root: str) -> dict[str, str]:
    return {f"validation_{name}": f"{root}/validation/{name}" for name in ("method", "status", "date", "notes")}


def _investigator(root: str, element: str) -> dict[str, str]:
    return {f"pi_{name}": f"{root}/{element}/{name}" for name in ("firstname", "lastname")}


_DEMOGRAPHICS = "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]"

PROJECT: Mapping[str, str] = {
    **_below("xnat:projectData", "ID", "secondary_ID", "name", "description", "keywords", alias="aliases/alias"),
    **_investigator("xnat:projectData", "PI"),
    "note": "xnat:projectData/fields/field[name=note]/field",
    **_facts("xnat:projectData"),
}

SUBJECT: Mapping[str, str] = {
    **_below("xnat:subjectData", "project", "label", "ID", "group", "src"),
    **_investigator("xnat:subjectData", "investigator"),
    **_below(_DEMOGRAPHICS, "dob", "yob", "age", "gender", "handedness", "ses", "education", "educationDesc", "race"),
    **_below(_DEMOGRAPHICS, "ethnicity", "weight", "height", "gestational_age", "post_menstrual_age", "birth_weight"),
    **_facts("xnat:subjectData"),
}

_EXPERIMENT_BASE: Mapping[str, str] = {
    **_below("xnat:experimentData", "ID", "visit_id", "visit", "protocol", "date", "time", "note", "project", "label"),
    **_investigator("xnat:experimentData", "investigator"),
    **_validation("xnat:experimentData"),
    **_facts("xnat:experimentData"),
    "xsiType": f"xnat:experimentData/{TYPE_NAME}",
}

EXPERIMENT: Mapping[str, str] = {
    **_EXPERIMENT_BASE,
    **_below("xnat:imageSessionData", "scanner", "operator", "dcmAccessionNumber", "dcmPatientId", "dcmPatientName"),
    **_below("xnat:imageSessionData", "session_type", "modality", "UID", studyInstanceUID="UID"),
    **_below("xnat:mrSessionData", "coil", "fieldStrength", "marker", "stabilization"),
    **_below("xnat:petSessionData", "studyType", "patientID", "patientName"),
    **_below("xnat:petSessionData", scan_start_time="start_time_scan", injection_start_time="start_time_injection"),
    **_below("xnat:petSessionData/tracer", tracer_name="name", tracer_startTime="startTime", tracer_dose="dose"),
    **_below("xnat:petSessionData/tracer", tracer_sa="specificActivity", tracer_totalmass="totalMass"),
    **_below("xnat:petSessionData/tracer", tracer_intermediate="intermediate", tracer_isotope="isotope"),
    **_below("xnat:petSessionData/tracer", tracer_transmissions="transmissions"),
    **_below("xnat:petSessionData/tracer", tracer_transmissions_start="transmissions_starttime"),
    "subject_ID": "xnat:subjectAssessorData/subject_ID",
    "subject_label": "xnat:subjectData/label",
    "subject_project": "xnat:subjectData/project",
    "session_ID": "xnat:imageAssessorData/imageSession_ID",
    "session_label": "xnat:imageSessionData/label",
    "session_project": "xnat:imageSessionData/project",
}

ASSESSOR: Mapping[str, str] = {
    **_EXPERIMENT_BASE,
    "session_ID": "xnat:imageAssessorData/imageSession_ID",
    "session_label": "xnat:imageSessionData/label",
    "session_project": "xnat:imageSessionData/project",
}

SCAN: Mapping[str, str] = {
    **_below("xnat:imageScanData", "ID", "type", "UID", "note", "quality", "condition", "series_description"),
    **_below("xnat:imageScanData", "documentation", "scanner", "modality", "frames", scanTime="startTime"),
    **_validation("xnat:imageScanData"),
    **_below("xnat:mrScanData", "coil", "fieldStrength", "marker", "stabilization"),
    **_below("xnat:petScanData/parameters", "orientation", "originalFileName", "systemType", "fileType", "acqType"),
    **_below("xnat:petScanData/parameters", "transaxialFOV", "facility", "numPlanes", "numGates", "planeSeparation"),
    **_below("xnat:petScanData/parameters", "binSize", "dataType", numFrames="frames/numFrames"),
    "xnat_imagescandata_id": "xnat:imageScanData/xnat_imagescandata_id",
    **_facts("xnat:imageScanData"),
    "xsiType": f"xnat:imageScanData/{TYPE_NAME}",
}

RECONSTRUCTION: Mapping[str, str] = {
    **_below("xnat:reconstructedImageData", "ID", "type", "baseScanType"),
    "xnat_reconstructedimagedata_id": "xnat:reconstructedImageData/xnat_reconstructedimagedata_id",
    "xsiType": f"xnat:reconstructedImageData/{TYPE_NAME}",
}


def writable(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the short names that writes accept."""
    return {name: path for name, path in aliases.items() if name not in READ_ONLY}
