"""Every name that xnatpy's tutorial uses, called as it calls it, with one line changed: the import."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

import xnat_emulator
import xnat_sdk as xnat

from .pages import blocks
from .walking import PAGE, used

# Functions, methods and properties that the tutorial of xnatpy calls or names, in its order.
NAMES = """
connect disconnect user password get head put post delete get_json download download_zip download_stream upload
interface projects subjects experiments scans resources files assessors keys values label create_object subject
download_dir custom_variables fields external_uri scheme query services import_ project destination prearchive sessions
archive experiment rebuild move classes SubjectData filter like all first last one one_or_none tabulate_csv
tabulate_dict tabulate_json tabulate_pandas parent MRSessionData open read service dicom_dump read_dicom
read_pixel_data JSESSION jsession cli
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start(demo=True) as demo:
        yield demo


@pytest.fixture
def connection(demo, tmp_path, monkeypatch):
    """Who is in an empty folder, and connected as the tutorial does it."""
    monkeypatch.chdir(tmp_path)
    connection = xnat.connect(demo.url, user=demo.user, password=demo.password)
    yield connection
    connection.disconnect()


@pytest.fixture
def experiment(connection):
    return connection.projects["sandbox"].subjects["test001"].experiments["test001_MR"]


def test_the_pages_blocks_use_all_names_of_xnatpys_tutorial():
    assert sorted(set(NAMES.split()) - used(*{block.section for block in blocks(PAGE) if block.is_python})) == []


def test_connecting_as_the_tutorial_does(demo):
    session = xnat.connect(demo.url, user="admin", password="admin")
    assert [project.id for project in session.projects.values()] == ["sandbox", "brainimages"]
    session.disconnect()
    with xnat.connect(demo.url, "admin", "admin") as session:
        assert "ProjectData" in str(session.projects)


def test_low_level_rest_directives(connection, demo):
    assert connection.get("/data/projects").status_code == 200
    assert connection.get(f"{demo.url}/data/projects").json() == connection.get_json("/data/projects")
    assert connection.head("/data/projects").text == ""
    assert connection.put("/data/projects/low", query={"event_reason": "trial"}).status_code in {200, 201}
    assert connection.get_json("/data/projects/low")["items"][0]["data_fields"]["ID"] == "low"
    document = '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" label="one"/>'
    assert connection.post("/data/projects/low/subjects", data=document, headers={"Content-Type": "text/xml"}).ok
    connection.put("/data/projects/low/resources/R")
    Path("a.txt").write_text("some text")
    connection.upload("/data/projects/low/resources/R/files/a.txt", "a.txt")
    connection.download("/data/projects/low/resources/R/files/a.txt", "b.txt")
    assert Path("b.txt").read_text() == "some text"
    connection.download_zip("/data/projects/low/resources/R/files", "c.zip")
    assert len(zipfile.ZipFile("c.zip").namelist()) == 1
    stream = BytesIO()
    connection.download_stream("/data/projects/low/resources/R/files/a.txt", stream)
    assert stream.getvalue() == b"some text"
    assert connection.delete("/data/projects/low", query={"removeFiles": "true"}).status_code == 200
    assert connection.interface.request("HEAD", demo.url).status < 500


def test_exploring_and_looping(connection, experiment):
    sandbox_project = connection.projects["sandbox"]
    assert repr(sandbox_project).startswith("<ProjectData Sandbox project (sandbox)")
    assert repr(sandbox_project.subjects["test001"]).startswith("<SubjectData test001 (XNAT_S00001)")
    assert sandbox_project.subjects.keys()[0] == "XNAT_S00001"
    assert sandbox_project.subjects.values()[0].label == "test001"
    assert len(sandbox_project.subjects) == len(list(sandbox_project.subjects))
    assert {subject.label for subject in sandbox_project.subjects.values()} >= {"test001", "ANONYMIZ"}
    assert connection.subjects["XNAT_S00001"].label == "test001"
    assert connection.experiments["XNAT_E00001"].label == experiment.label
    assert experiment.assessors[0].resources[0].files[0].name == "report.txt"


def test_an_object_by_its_uri(connection, experiment, demo):
    address = f"/data/projects/sandbox/experiments/{experiment.id}"
    for uri in (address, demo.url + address):
        experiment_object = connection.create_object(uri)
        assert repr(experiment_object).startswith("<MrSessionData test001_MR (XNAT_E00001)")
        assert experiment_object.scans["T1"].type == "T1"


def test_downloading(connection, experiment):
    assert repr(experiment.scans["T1"]).startswith("<MrScanData T1 (2)")
    experiment.scans["T1"].download("T1.zip")
    assert len(zipfile.ZipFile("T1.zip").namelist()) == 25
    experiment.scans["T1"].resources["DICOM"].download("resource.zip")
    experiment.download("experiment.zip")
    subject = experiment.subject
    subject.download_dir("temp")
    assert len(list(Path("temp/test001/test001_MR/scans/2-T1/resources/DICOM/files").iterdir())) == 24
    for number, item in enumerate([subject, experiment, experiment.scans["T1"], experiment.scans["T1"].resources[0]]):
        item.download_dir(f"again/{number}")
        assert list(Path(f"again/{number}").iterdir())
    connection.projects["brainimages"].download_dir("project")
    assert list(Path("project").iterdir())


def test_custom_variables(connection):
    subject = connection.projects["sandbox"].subjects["test001"]
    assert repr(subject.custom_variables) == "<CustomVariableMap groups: [default]>"
    default = '<CustomVariableGroup default {notes (string): "some note", diagnosis (string): "healthy"}>'
    assert repr(subject.custom_variables["default"]) == default
    assert subject.custom_variables["default"]["notes"] == "some note"
    subject.custom_variables["default"]["notes"] = "update note"
    assert subject.custom_variables["default"]["notes"] == "update note"
    experiment = connection.projects["sandbox"].subjects["ANONYMIZ"].experiments["ANONYMIZ"]
    assert experiment.fields["brain_volume"] == "0"
    experiment.fields["brain_volume"] = 42.0
    assert experiment.fields["brain_volume"] == "42.0"
    assert dict(experiment.fields) == {"brain_volume": "42.0"}


def test_external_urls(experiment, demo):
    uri = "/data/archive/projects/sandbox/subjects/XNAT_S00001/experiments/XNAT_E00001"
    assert experiment.external_uri() == demo.url + uri
    changed = experiment.external_uri(scheme="test", query={"hello": "world"})
    assert changed == demo.url.replace("http", "test", 1) + uri + "?hello=world"


def test_importing_and_the_prearchive(connection, experiment):
    session = connection
    experiment.scans["T1"].download("archive.zip")
    imported = session.services.import_("archive.zip", project="brainimages", subject="test002", experiment="new")
    assert imported.subject.label == "test002"
    prearchive_session = session.services.import_("archive.zip", project="brainimages", destination="/prearchive")
    assert str(prearchive_session).startswith("<PrearchiveSession brainimages/")
    assert [str(each) for each in session.prearchive.sessions()] == [str(prearchive_session)]
    prearchive_session = session.prearchive.sessions()[0]
    prearchive_session.rebuild()
    prearchive_session.move("sandbox")
    experiment = prearchive_session.archive(subject="ANONYMIZ3", experiment="ANONYMIZ3")
    assert str(experiment).startswith("<MrSessionData ANONYMIZ3 (")
    session.services.import_("archive.zip", project="sandbox", destination="/prearchive")
    session.prearchive.sessions()[0].delete()
    assert session.prearchive.sessions() == []


def test_searching(connection):
    SubjectData = connection.classes.SubjectData  # noqa: N806 - the tutorial's name
    brains = ["Brain-0001", "Brain-0002"]
    by_project = SubjectData.query().filter(SubjectData.project == "sandbox")
    assert {"test001", *brains} <= {subject.label for subject in by_project.all()}
    for query in (
        SubjectData.query().filter(SubjectData.project == "sandbox", SubjectData.label.like("Brain*")),
        SubjectData.query().filter(SubjectData.project == "sandbox").filter(SubjectData.label.like("Brain*")),
        SubjectData.query().filter((SubjectData.project == "sandbox") & (SubjectData.label.like("Brain*"))),
        SubjectData.query().filter((SubjectData.label == "Brain-0001") | (SubjectData.label == "Brain-0002")),
    ):
        assert [subject.label for subject in query.all()] == brains
        assert (query.first().label, query.last().label) == tuple(brains)
        assert len(query.tabulate_csv().splitlines()) == 3
        assert [row["subject_label"] for row in query.tabulate_dict()] == brains
        assert "Brain-0001" in query.tabulate_json()
        assert list(query.tabulate_pandas()["subject_label"]) == brains
        with pytest.raises(xnat.ResultCountError):
            query.one()
    ages = SubjectData.demographics.age
    for constraint, wanted in ((ages <= 54, 1), (ages < 54, 0), (ages >= 54, 1), (ages > 54, 0)):
        assert len(SubjectData.query().filter(SubjectData.label == "TEST01", constraint).all()) == wanted
    assert SubjectData.query().filter(SubjectData.label == "none").one_or_none() is None


def test_creating(connection):
    project = connection.classes.ProjectData(parent=connection, id="myproject")
    subject = connection.classes.SubjectData(parent=project, label="new_subject_label")
    assert repr(subject).startswith("<SubjectData new_subject_label")
    assert connection.classes.MRSessionData(parent=subject, label="mr").xsi_type == "xnat:mrSessionData"
    assert connection.classes.CTSessionData(parent=subject, label="ct").xsi_type == "xnat:ctSessionData"
    assert {"ProjectData", "SubjectData", "MRSessionData", "CTSessionData"} <= set(dir(connection.classes))
    with pytest.raises(xnat.InvalidValueError):
        connection.classes.MRSessionData(parent=project, label="wrong")


def test_files_and_headers(connection, experiment):
    file_obj = experiment.scans["T1"].resources["DICOM"].files[0]
    assert repr(file_obj).startswith("<FileData ")
    with file_obj.open() as fin:
        data = fin.read(3000)
    assert len(data) == 3000
    with file_obj.open() as fin:
        data = pydicom.dcmread(fin, stop_before_pixels=True)
    assert data.Modality == "MR"
    scan = experiment.scans["T1"]
    assert connection.service.dicom_dump(scan.uri) == connection.services.dicom_dump(scan.uri) == scan.dicom_dump()
    assert "PixelData" not in scan.read_dicom()
    assert "PixelData" in scan.read_dicom(read_pixel_data=True)


def test_reusing_a_jsession(connection, demo):
    connection2 = xnat.connect(demo.url, jsession=connection.JSESSION, cli=True)
    assert connection2.JSESSION == connection.JSESSION == connection.jsession
    connection2.disconnect()
    assert len(connection.projects["sandbox"].subjects) > 0
    dead = connection.JSESSION
    connection.disconnect()
    with pytest.raises(xnat.SessionExpiredError):
        xnat.connect(demo.url, jsession=dead, cli=True)
