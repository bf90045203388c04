"""What users write every day passes without casts."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, assert_type

from xnat_runtime.objects import XnatObject
from xnat_sdk import Listing, XnatSession
from xnat_sdk.models import (
    AbstractResource,
    ExperimentData,
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ResourceCatalog,
    SubjectData,
)

T = TypeVar("T", bound=XnatObject)


def by_uri(listing: Listing[T]) -> dict[str, T]:
    return {item.uri: item for item in listing}


def first(listing: Listing[T], accept: Callable[[T], bool]) -> T | None:
    return next((item for item in listing if accept(item)), None)


def sessions_of(subject: SubjectData) -> int:
    return len(subject.sessions)


def tables(project: ProjectData) -> None:
    labels = {subject.label: subject for subject in project.subjects}
    assert_type(labels, dict[str, SubjectData])
    ages = [age for subject in project.subjects if (age := subject.demographics.age) is not None]
    print(sum(ages) / len(ages), sorted(project.subjects, key=lambda subject: subject.label))
    newest = max(project.sessions, key=lambda found: (found.date or datetime.date.min, found.label))
    if isinstance(newest, MrSessionData):
        assert_type(newest.field_strength, str | None)
    groups: defaultdict[str, list[SubjectData]] = defaultdict(list)
    for subject in project.subjects:
        groups[subject.group or "none"].append(subject)
    for subject, imaging in zip(project.subjects, project.sessions, strict=False):
        print(subject.label, imaging.label, {subject: 1}, {subject, subject})
    with ThreadPoolExecutor(4) as pool:
        assert_type(list(pool.map(sessions_of, project.subjects)), list[int])
    wider: Listing[ExperimentData] = project.sessions
    mapping: Mapping[str, SubjectData] = project.subjects.as_mapping()
    print(wider, mapping["x"].label, by_uri(project.subjects)["y"].label)
    found = first(project.subjects, lambda subject: subject.demographics.gender == "female")
    if found is not None:
        found.fields.update({"a": "b"})
        print([name.upper() + value.upper() for name, value in found.fields.items()])


def files(session: XnatSession, folder: Path) -> None:
    for imaging in session.projects["p"].sessions.of_type(MrSessionData):
        for scan in imaging.scans.of_type(MrScanData):
            if scan.parameters.tr is not None and scan.parameters.tr > 2.0:
                print(f"{imaging.label} {scan.id} {scan.parameters.tr:.1f}")
            for file in scan.files:
                path = scan.download_dir(folder / imaging.label, overwrite=True).files[0].path
                result = file.download(path.with_name(file.name))
                print(result.path.stat().st_size if result.path else 0, result.verified)
        for quality in imaging.assessors.of_type(QcManualAssessorData):
            print(quality.parent.label)
    print(sum(file.size for scan in session.sessions[0].scans for file in scan.files))


def resources(imaging: MrSessionData) -> None:
    notes = imaging.create_resource("NOTES")
    print(notes.label, {file.path for file in notes.files})
    made = ResourceCatalog(parent=imaging, label="NIFTI", format="NIFTI")
    kept: list[AbstractResource] = [made, *imaging.resources]
    print([resource.label for resource in kept], made.file_count)
