"""What a profile gives to options that are not typed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Annotated

import pydicom
import pytest
import typer
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from xnat_runtime.cli.context import Run
from xnat_runtime.cli.declare import command
from xnat_runtime.cli.profiles import Profile, Profiles
from xnat_sdk.__main__ import SITE


@pytest.fixture
def study(clerk) -> Path:
    """A zip with one image that names no project."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.MRImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.Modality, image.PatientID, image.PatientName, image.SeriesNumber = "MR", "S1", "S1", 1
    content = io.BytesIO()
    image.save_as(content)
    file = clerk.folder / "study.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("1.dcm", content.getvalue())
    return file


def test_the_project_of_the_profile_is_that_of_import(clerk, small, study):
    small.build.project("P")
    small.build.project("Q")
    assert clerk.run("profile", "add", "lab", small.url, "--project", "P").status == 0
    done = clerk.run("import", study.name, "--subject", "S1", "--session", "E1", "--to-archive", XNAT_PROFILE="lab")
    assert done.status == 0, done.err
    words = ["--subject", "S2", "--session", "E2", "--to-archive", "--project", "Q", "--profile", "lab"]
    assert clerk.run("import", study.name, *words).status == 0
    sessions = clerk.run("rest", "get", "/data/experiments", "--query", "columns=label,project", "--json").json
    assert {(row["label"], row["project"]) for row in sessions["body"]["ResultSet"]["Result"]} == {
        ("E1", "P"), ("E2", "Q"),
    }  # fmt: skip


def test_the_workers_of_the_profile_are_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    for name in ("XNAT_HOST", "XNATPY_HOST", "XNAT_URL", "XNAT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    Profiles({"lab": Profile(name="lab", server="https://lab.example.org", workers=3)}).write()
    seen: list[int] = []

    @command()
    def probe(run: Run, *, workers: Annotated[int, typer.Option("--workers")] = 8) -> None:
        seen.append(workers)

    app = typer.Typer(add_completion=False)
    app.command()(probe)
    made = typer.main.get_command(app)
    for words in ([], ["--profile", "lab"], ["--profile", "lab", "--workers", "8"]):
        made.main(words, standalone_mode=False, obj={"site": SITE})
    assert seen == [8, 3, 8], "the usual number, that of the profile, that which was typed"
