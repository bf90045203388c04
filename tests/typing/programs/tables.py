"""Tables over whole projects, columns of listings, custom variables in bulk, files that are read where they are."""

import io
from collections.abc import Iterator
from typing import Any, assert_type

from xnat_runtime.query import Constraint, CustomVariables, VariableField
from xnat_runtime.remote_file import RemoteFile
from xnat_sdk import Listing, Preview, PreviewSlice, Query, XnatSession
from xnat_sdk.models import (
    ExperimentData,
    FileData,
    ImageAssessorData,
    ImageScanData,
    MrScanData,
    MrSessionData,
    ProjectData,
    SubjectData,
)

assert_type(SubjectData.fields, CustomVariables[str])
assert_type(SubjectData.fields["rating"], VariableField[str])
assert_type(SubjectData.fields["rating"].like("a*") & ExperimentData.fields["x"].is_null(), Constraint)


def of_a_project(project: ProjectData) -> dict[str, list[str | None]]:
    assert_type(project.scans, Listing[ImageScanData])
    assert_type(project.assessors, Listing[ImageAssessorData])
    narrowed = project.scans.of_type(MrScanData).columns(MrScanData.parameters.tr, MrScanData.coil)
    assert_type(narrowed, Listing[MrScanData])
    usable = narrowed.filter(MrScanData.quality == "usable", MrScanData.parameters.tr < 2.5)
    found: dict[str, list[str | None]] = {}
    for scan in usable:
        assert_type(scan.parameters.tr, float | None)
        assert_type(scan.parent.label, str)
        found.setdefault(scan.parent.label, []).append(scan.note)
    assert_type(project.scans.rows(), list[dict[str, object]])
    assert_type(project.scans.tabulate_dict(), list[dict[str, str]])
    assert_type(project.scans.tabulate_arrow(), Any)  # pyarrow comes without types
    return found


def variables(session: XnatSession, project: ProjectData) -> list[float]:
    listing = project.subjects.columns(SubjectData.initials, SubjectData.fields)
    assert_type(listing, Listing[SubjectData])
    for subject in listing.columns(SubjectData.fields["rating"]).filter(SubjectData.fields["rating"] != "0"):
        assert_type(subject.fields["rating"], str)
        assert_type(subject.fields.get("rating"), str | None)
    imaging = session.query(MrSessionData).view(MrSessionData.fields["rating"], SubjectData.fields["rating"])
    assert_type(imaging, Query[MrSessionData])
    pairs = imaging.select(MrSessionData.label, SubjectData.fields["rating"])
    assert_type(pairs, Query[tuple[str, str | None]])
    ratings = (one.custom_variables["default"]["Rating"] for one in project.experiments.columns(ExperimentData.fields))
    return [value for value in ratings if isinstance(value, float)]


def files(scan: ImageScanData) -> Iterator[str]:
    assert_type(scan.files, Listing[FileData])
    preview = scan.preview(4, size=64, window=(40, 400))
    assert_type(preview, Preview)
    assert_type(preview.slices, tuple[PreviewSlice, ...])
    assert_type(preview.save("preview.png").name, str)
    for file in scan.files:
        assert_type(file.digest, str | None)
        with file.open() as source:
            assert_type(source, RemoteFile)
            raw: io.RawIOBase = source
            source.seek(128)
            head = raw.read(4)
        assert_type(file.size, int)
        if head == b"DICM":
            yield file.name
