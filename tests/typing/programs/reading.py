"""What reading gives: types of fields, structures, lists and listings."""

import datetime
from typing import Literal, assert_type

from xnat_sdk import XnatSession, connect
from xnat_sdk.models import (
    DemographicData,
    ExperimentData,
    FileData,
    ImageScanData,
    ImageSessionData,
    MrScanData,
    MrSessionData,
    ProjectData,
    SubjectData,
)

with connect("https://xnat.example.org", user="me", password="secret") as session:
    assert_type(session, XnatSession)
    assert_type(session.projects["sandbox"], ProjectData)
    assert_type(session.experiments[0], ExperimentData)
    assert_type(session.sessions[0], ImageSessionData)


def walk(project: ProjectData) -> None:
    assert_type(project.id, str)
    assert_type(project.name, str | None)
    for subject in project.subjects:
        assert_type(subject, SubjectData)
        assert_type(subject.id, str)
        assert_type(subject.label, str)
        assert_type(subject.initials, str | None)
        assert_type(subject.parent, ProjectData)
        assert_type(subject.demographics, DemographicData)
        assert_type(subject.demographics.yob, int | None)
        assert_type(subject.demographics.gender, Literal["male", "female", "other", "unknown", "M", "F"] | None)
        assert_type(subject.demographics.weight.value, float | None)
        assert_type(subject.fields["x"], str)
    for experiment in project.experiments.of_type(MrSessionData):
        assert_type(experiment, MrSessionData)
        assert_type(experiment.date, datetime.date | None)
        assert_type(experiment.time, datetime.time | None)
        assert_type(experiment.field_strength, str | None)
        assert_type(experiment.parent, SubjectData)
        for scan in experiment.scans:
            assert_type(scan, ImageScanData)
            assert_type(scan.frames, int | None)
            if isinstance(scan, MrScanData):
                assert_type(scan.parameters.tr, float | None)
                assert_type(scan.parameters.voxel_res.x, float | None)
                assert_type(scan.parameters.add_param["a"], str)
        assert_type(experiment.scans["T1"].parent, ImageSessionData)
        assert_type(experiment.scans[1:], list[ImageScanData])
        assert_type(experiment.scans.get("T1"), ImageScanData | None)
    for file in project.files:
        assert_type(file, FileData)
        assert_type(file.size, int)
        assert_type(file.digest, str | None)
    for key, found in project.subjects.items():
        assert_type(key, str)
        assert_type(found, SubjectData)
    assert_type(list(project.subjects.as_mapping()), list[str])
