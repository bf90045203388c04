"""Levels, and what is found, mapped and created on them."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from xnat_sdk import FilterFunctions, Listing, MappingError, MappingLevel, XnatSession
from xnat_sdk.models import (
    AbstractResource,
    ExperimentData,
    FileData,
    ImageScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ReconstructedImageData,
    SubjectData,
)


def found(session: XnatSession) -> None:
    assert_type(session.search(project="sand*", scan="T1*"), list[ImageScanData])
    assert_type(session.search(level=MappingLevel.SUBJECT), list[SubjectData])
    assert_type(session.search(level=MappingLevel.EXPERIMENT, use_regex=True), list[ExperimentData])
    assert_type(session.search(level=MappingLevel.SCAN_RESOURCE), list[AbstractResource])
    assert_type(
        session.search(project=lambda project: project.id == "P", level=MappingLevel.PROJECT), list[ProjectData]
    )
    assert_type(session.batch_download("out", project="P", level=MappingLevel.SCAN), dict[str, int])


def kind(scan: ImageScanData) -> str | None:
    return scan.type


def kinds(scan: ImageScanData, prefix: str, *, upper: bool = False) -> str:
    return f"{prefix}{scan.type}".upper() if upper else prefix


def mapped(session: XnatSession, project: ProjectData) -> None:
    assert_type(project.map(kind, MappingLevel.SCAN, workers=2), dict[str, str | None])
    assert_type(project.map(kinds, MappingLevel.SCAN, ["T"], {"upper": True}), dict[str, str])
    chosen = FilterFunctions(subject=lambda subject: subject.label == "s")
    try:
        lengths = session.map(lambda one: len(one.label), MappingLevel.SUBJECT, filter_function=chosen)
        assert_type(lengths, dict[str, int])
    except MappingError as error:
        assert_type(error.failures, dict[str, object])


def sides(mr: MrSessionData, assessor: QcManualAssessorData, recon: ReconstructedImageData) -> None:
    assert_type(mr.create_assessor("qc", QcManualAssessorData), QcManualAssessorData)
    assert_type(assessor.in_files, Listing[FileData])
    assert_type(assessor.out_files, Listing[FileData])
    assert_type(recon.files, Listing[FileData])
    assert_type(recon.resources, Listing[AbstractResource])
    assessor.download(Path("all.zip"), verbose=True)
    mr.download_dir("out", scan_filter="T1")


def tables(project: ProjectData) -> None:
    assert_type(project.scan_resources, Listing[AbstractResource])
    assert_type(project.experiment_resources[0], AbstractResource)
    assert_type(project.subject_resources[0].id, str)
