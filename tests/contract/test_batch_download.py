"""``batch_download()``: what patterns fit, in the documented tree, nothing overwritten, resumed by a journal."""

from __future__ import annotations

import pytest

from xnat_sdk import MappingError, MappingLevel, TargetExistsError


def tree(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_scans_that_fit_are_downloaded_in_the_documented_tree(demo, reader, tmp_path):
    before = len(demo.requests)
    done = reader.batch_download(tmp_path, project="sandbox", subject="test001", scan="T1")
    assert len(demo.requests) - before == 4
    assert sum(done.values()) == len(tree(tmp_path)) == 25
    assert all(name.startswith("test001_MR/scans/2-T1/resources/") for name in tree(tmp_path))


def test_nothing_is_overwritten_unless_it_is_asked_for(reader, tmp_path):
    arguments = {"project": "sandbox", "subject": "test001", "scan": "T1"}
    reader.batch_download(tmp_path, **arguments)
    file = next(path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(b"mine")
    with pytest.raises(MappingError, match="TargetExistsError") as raised:
        reader.batch_download(tmp_path, **arguments)
    assert isinstance(next(iter(raised.value.failures.values())).error, TargetExistsError)
    assert file.read_bytes() == b"mine"
    reader.batch_download(tmp_path, **arguments, overwrite=True)
    assert file.read_bytes() != b"mine"


def test_a_journal_spares_what_is_downloaded(demo, reader, tmp_path):
    log, arguments = tmp_path / "done.jsonl", {"project": "sandbox", "subject": "test001"}
    first = reader.batch_download(tmp_path / "out", **arguments, logfile=log, workers=2)
    before = len(demo.requests)
    assert reader.batch_download(tmp_path / "out", **arguments, logfile=log) == first
    assert len(demo.requests) - before == 2


@pytest.mark.parametrize(
    ("level", "beginning"),
    [
        (MappingLevel.SCAN_RESOURCE, "test001_MR/scans/2-T1/resources/DICOM/files/"),
        (MappingLevel.EXPERIMENT, "test001_MR/scans/"),
        (MappingLevel.SUBJECT, "test001/test001_MR/scans/"),
    ],
)
def test_every_level_has_its_tree(reader, tmp_path, level, beginning):
    reader.batch_download(tmp_path, project="sandbox", subject="test001", level=level)
    assert any(name.startswith(beginning) for name in tree(tmp_path))


def test_what_holds_no_files_counts_none(session, tmp_path):
    session.put("/data/projects/P")
    session.put("/data/projects/P/subjects/s/experiments/e", query={"xsiType": "xnat:mrSessionData"})
    session.put("/data/projects/P/subjects/s/experiments/e/scans/1", query={"xsiType": "xnat:mrScanData"})
    assert list(session.batch_download(tmp_path).values()) == [0]
