"""What users' own tests build on: builders, reset and the fixtures of the plugin."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydicom import dcmread

import xnat_emulator
from xnat_emulator.build import dicom_files, dicom_zip
from xnat_emulator.faults import Fault, Unavailable

from .conftest import log_in


def test_builder_makes_a_project_down_to_its_files(xnat_server):
    project = xnat_server.build.project("P", {"name": "Mine"})
    subject = project.subject("S 1", {"group": "control"})
    session = subject.mr_session("E", scans=3, slices=4, fields={"note": "built"})
    client = log_in(xnat_server)
    assert client.fields(project.uri)["name"] == "Mine"
    assert client.fields(subject.uri)["group"] == "control"
    fields = client.fields(session.uri)
    assert (fields["ID"], fields["label"], fields["note"]) == (session.id, "E", "built")
    assert (subject.uri, session.uri) == ("/data/projects/P/subjects/S%201", f"{subject.uri}/experiments/E")
    assert [row["ID"] for row in client.rows(f"{session.uri}/scans")] == [scan.id for scan in session.scans]
    scan = session.scans[1]
    assert client.item(scan.uri)["meta"]["xsi:type"] == "xnat:mrScanData"
    for file in scan.dicom:
        assert client.get(f"{scan.uri}/resources/DICOM/files/{file.name}").data == file.data
    assert len(scan.dicom) == 4


@pytest.mark.parametrize(
    ("make", "xsi_type"),
    [
        ("mr_session", "xnat:mrSessionData"),
        ("ct_session", "xnat:ctSessionData"),
        ("pet_session", "xnat:petSessionData"),
    ],
)
def test_builder_makes_sessions_of_each_modality(xnat_server, make, xsi_type):
    subject = xnat_server.build.project("P").subject("S")
    session = getattr(subject, make)("E", scans=["first", "second"])
    client = log_in(xnat_server)
    assert client.item(session.uri)["meta"]["xsi:type"] == xsi_type
    assert [row["series_description"] for row in client.rows(f"{session.uri}/scans")] == ["first", "second"]


def test_builder_adds_resources_everywhere(xnat_server):
    project = xnat_server.build.project("P")
    session = project.subject("S").ct_session("E")
    client = log_in(xnat_server)
    for owner in (project, session, session.scans[0]):
        uri = owner.resource("NOTES", {"a.txt": b"a", "deep/b.txt": b"b"}, format="text")
        assert client.get(f"{uri}/files/deep/b.txt").data == b"b"
        (row,) = [row for row in client.rows(f"{owner.uri}/resources") if row["label"] == "NOTES"]
        assert (row["file_count"], row["format"]) == ("2", "text")


def test_builder_refuses_a_modality_that_it_cannot_make(xnat_server):
    subject = xnat_server.build.project("P").subject("S")
    with pytest.raises(ValueError, match="No images of modality 'US' are made: take one of MR, CT, PT"):
        subject.session("E", "US")


def test_dicom_files_name_where_they_belong():
    files = dicom_files("CT", project="P", subject="S", session="E", scans=2, slices=3, header={"StationName": "X"})
    assert len(files) == len({file.name for file in files}) == 6
    header = dcmread(io.BytesIO(files[0].data))
    assert header.PatientComments == "Project:P Subject:S Session:E"
    assert (header.Modality, header.PatientName, header.PatientID, header.StationName) == ("CT", "S", "E", "X")
    with zipfile.ZipFile(io.BytesIO(dicom_zip(scans=2, slices=3))) as archive:
        assert len(archive.namelist()) == 6


def test_built_zip_can_be_imported(xnat_server):
    xnat_server.build.project("P")
    client = log_in(xnat_server)
    body = dicom_zip(project="P", subject="S", session="E", scans=2)
    answer = client.post(
        "/data/services/import?import-handler=SI&dest=/archive/projects/P/subjects/S/experiments/E",
        body=body,
        headers={"Content-Type": "application/zip"},
    )
    assert answer.status == 200, answer.data
    assert len(client.rows("/data/projects/P/subjects/S/experiments/E/scans")) == 2


def test_reset_leaves_address_and_mode_and_nothing_else(tmp_path):
    with xnat_emulator.start(data=tmp_path, mode=xnat_emulator.Mode(ranges=True)) as server:
        client = log_in(server)
        server.build.project("P").subject("S").mr_session("E")
        server.faults.add(Fault(Unavailable(), path="/nowhere"))
        site, requests = server.site, server.requests
        server.reset()
        assert (server.site, server.requests) == (site, requests)
        assert (len(server.requests), len(server.faults), server.site.mode.ranges) == (0, 0, True)
        assert client.get("/data/auth").status == 401
        again = log_in(server)
        assert again.rows("/data/projects?format=json") == []
        assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
        server.build.project("P").subject("S").mr_session("E")
        assert again.get("/data/projects/P/subjects/S/experiments/E").status == 200
    with xnat_emulator.start(data=tmp_path) as server:
        assert len(log_in(server).rows("/data/projects?format=json")) == 1


def test_shared_server_is_empty_for_each_test_part_one(shared_xnat_server):
    shared_xnat_server.build.project("ONE")
    assert len(log_in(shared_xnat_server).rows("/data/projects?format=json")) == 1


def test_shared_server_is_empty_for_each_test_part_two(shared_xnat_server):
    assert log_in(shared_xnat_server).rows("/data/projects?format=json") == []


def test_reset_keeps_the_address_and_ends_logins(shared_xnat_server):
    before, client = shared_xnat_server.url, log_in(shared_xnat_server)
    shared_xnat_server.build.project("GONE")
    shared_xnat_server.reset()
    assert shared_xnat_server.url == before
    assert client.get("/data/projects").status == 401
    assert log_in(shared_xnat_server).rows("/data/projects?format=json") == []


SUITE = """
import os
import urllib3


def projects(server):
    headers = urllib3.make_headers(basic_auth=f"{server.user}:{server.password}")
    answer = urllib3.request("GET", f"{server.url}/data/projects?format=json", headers=headers, retries=False)
    return [row["ID"] for row in answer.json()["ResultSet"]["Result"]]


def test_own(xnat_server):
    assert projects(xnat_server) == []
    xnat_server.build.project(f"P{os.getpid()}").subject("S").mr_session("E")
    assert projects(xnat_server) == [f"P{os.getpid()}"]


def test_shared(shared_xnat_server):
    assert projects(shared_xnat_server) == []
    shared_xnat_server.build.project(f"Q{os.getpid()}")
    assert projects(shared_xnat_server) == [f"Q{os.getpid()}"]


def test_shared_again(shared_xnat_server):
    assert projects(shared_xnat_server) == []
"""


def test_two_processes_do_not_meet(tmp_path: Path):
    """What pytest-xdist does: two processes run the same tests at the same time."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(
            lambda _: subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            ),
            range(2),
        )
    for run in runs:
        assert run.returncode == 0, run.stdout
        assert "3 passed" in run.stdout


def test_built_accounts_have_the_role_they_were_given(xnat_server):
    project = xnat_server.build.project("P", accessibility="protected")
    carol, root = xnat_server.build.user("carol"), xnat_server.build.user("root", "other", administrator=True)
    project.member(carol, "collaborator")
    client = log_in(xnat_server, carol.login, carol.password)
    assert client.get("/data/projects/P").status == 200
    assert client.put("/data/projects/P/subjects/S").status == 403
    project.member("carol")
    assert client.put("/data/projects/P/subjects/S").status == 201
    assert log_in(xnat_server, root.login, root.password).get("/data/users").status == 200
    assert client.get("/data/projects/P/accessibility").data == b"protected"
    assert "other" not in repr(root)


def test_built_project_is_like_one_that_was_put(xnat_server):
    xnat_server.build.project("BUILT")
    client = log_in(xnat_server)
    assert client.put("/data/projects/PUT").status == 200
    built, put = client.fields("/data/projects/BUILT"), client.fields("/data/projects/PUT")
    assert {**built, "ID": "", "name": "", "secondary_ID": ""} == {**put, "ID": "", "name": "", "secondary_ID": ""}
    assert (built["name"], built["secondary_ID"]) == ("BUILT", "BUILT")


def test_builder_takes_the_names_of_rest_too(xnat_server):
    subject = xnat_server.build.project("P").subject("S", {"gender": "male", "age": "42"})
    client = log_in(xnat_server)
    (row,) = client.rows("/data/projects/P/subjects?columns=gender,age&format=json")
    assert (row["gender"], row["age"]) == ("male", "42")
    session = subject.mr_session("E", fields={"note": "n", "scanner": "Big"})
    assert client.fields(session.uri)["note"] == "n"


def test_reset_leaves_files_that_are_not_the_archives(tmp_path):
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "mine.txt").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    with xnat_emulator.start(data=tmp_path) as server:
        server.build.project("P")
        server.reset()
        assert log_in(server).rows("/data/projects?format=json") == []
    assert (tmp_path / "server" / "mine.txt").read_text() == (tmp_path / "notes.txt").read_text() == "mine"
