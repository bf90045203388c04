"""Resources and files that assessors and reconstructions were made from, and those that they produced."""

from __future__ import annotations

import zipfile

import pytest

from xnat_sdk import ConflictError, InvalidValueError, NotFoundError
from xnat_sdk.models import (
    MrScanData,
    MrSessionData,
    ProjectData,
    QcManualAssessorData,
    ReconstructedImageData,
    SubjectData,
)


@pytest.fixture
def mr(session):
    project = ProjectData(parent=session, id="P")
    return MrSessionData(parent=SubjectData(parent=project, label="s"), label="mr")


@pytest.fixture(params=["assessor", "reconstruction"])
def item(request, mr):
    made = (
        QcManualAssessorData(parent=mr, label="qc")
        if request.param == "assessor"
        else ReconstructedImageData(parent=mr, id="r1", type="mean")
    )
    made.create_resource("REPORT").upload_data("out", "deep/out.txt")
    mr.session.put(f"{made.__xnat_base__()}/in/resources/SOURCE")
    made.in_resources["SOURCE"].upload_data("in", "in.txt")
    return made


def test_resources_and_files_are_told_apart_by_their_side(empty, item):
    before = len(empty.requests)
    assert [one.label for one in item.out_resources] == ["REPORT"]
    assert [one.label for one in item.in_resources] == ["SOURCE"]
    assert [one.label for one in item.resources] == ["REPORT"]
    assert [file.path for file in item.files] == [file.path for file in item.out_files] == ["deep/out.txt"]
    assert [file.path for file in item.in_files] == ["in.txt"]
    assert len(empty.requests) - before == 6


def test_files_of_both_sides_are_read(item):
    with item.out_files[0].open() as out, item.in_files[0].open() as source:
        assert (out.read(), source.read()) == (b"out", b"in")


def test_items_of_a_listing_have_them_too(mr, item):
    listed = mr.assessors[0] if isinstance(item, QcManualAssessorData) else mr.reconstructions[0]
    assert [file.path for file in listed.out_files] == ["deep/out.txt"]


def test_they_are_downloaded_to_a_zip_and_to_a_folder(item, tmp_path):
    item.download(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        (name,) = archive.namelist()
    assert name.endswith("out/resources/REPORT/files/deep/out.txt")
    done = item.download_dir(tmp_path / "out")
    assert [file.path.read_text() for file in done.files] == ["out"]
    assert (tmp_path / "out" / name).is_file()


def test_an_assessor_is_created_by_label_and_type(empty, mr):
    before = len(empty.requests)
    made = mr.create_assessor("qc-1", QcManualAssessorData)
    assert len(empty.requests) - before == 1
    assert isinstance(made, QcManualAssessorData)
    assert made.parent == mr
    made.rater = "reader"
    assert type(mr.create_assessor("qc-2", "xnat:qcManualAssessorData")) is QcManualAssessorData
    assert sorted(one.label for one in mr.assessors) == ["qc-1", "qc-2"]
    with pytest.raises(ConflictError):
        mr.create_assessor("qc-1", QcManualAssessorData)


def test_an_assessor_is_created_on_a_session_of_a_listing(session, mr):
    listed = session.projects["P"].sessions["mr"]
    assert listed.create_assessor("qc", QcManualAssessorData).label == "qc"
    assert [one.label for one in mr.assessors] == ["qc"]


def test_only_assessors_are_created_so(mr):
    with pytest.raises(InvalidValueError, match="no type of assessors"):
        mr.create_assessor("x", "xnat:mrScanData")
    with pytest.raises(InvalidValueError, match="no type of assessors"):
        mr.create_assessor("x", MrScanData)
    with pytest.raises(InvalidValueError, match="no type of assessors"):
        mr.create_assessor("x", "nonsense")


def test_an_item_without_files_says_so(mr, tmp_path):
    empty = QcManualAssessorData(parent=mr, label="none")
    with pytest.raises(NotFoundError):
        empty.download(tmp_path / "none.zip")
    assert list(tmp_path.iterdir()) == []
