"""The 16 steps of xnatpy's tutorial, each run from the blocks of docs/tutorial.md, with what must have happened."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import threading
import zipfile

import pytest

import xnat_sdk as xnat
from xnat_runtime.session_login import LoginSession
from xnat_sdk.models import ImageSessionData, MrSessionData

from .pages import ROOT, blocks, sections
from .running import variables_of
from .terminal import typed_at_a_terminal
from .walking import (
    EXPLORING,
    OPENING,
    PAGE,
    SECTIONS,
    Sent,
    Walk,
    blocks_of,
    count_bytes,
    dicom_digests,
    digests,
    logins,
    logouts,
    operators,
    paths,
    used,
)


def test_the_tutorial_has_all_its_sections_and_blocks():
    assert sections(PAGE) == list(SECTIONS)
    counted = {name: sum(block.is_python for block in blocks(PAGE) if block.section == name) for name in SECTIONS}
    assert counted == SECTIONS


def test_before_the_steps_the_rest_api_is_asked_without_the_package(walk: Walk):
    sent = walk.through("The REST API of XNAT", "Installation")
    assert sent == [Sent("GET", "/data/projects")] * 3
    assert "urlopen" in used("The REST API of XNAT")
    assert walk.namespace["xnat"] is xnat


def test_step_01_connect_with_options_stay_alive_disconnect_and_close_after_an_exception(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    names = ("Connecting to a server", "Self-closing connections")
    sent = walk.through("Installation", *names)
    assert {"connect", "disconnect", "heartbeat", "keepalive", "session_expiration_time", "read_timeout"} <= used(
        *names
    )
    assert logins(sent) == logouts(sent) == 4
    assert Sent("GET", "/data/auth") in sent
    connection = walk.namespace["connection"]
    assert isinstance(connection, xnat.XnatSession)
    with pytest.raises(xnat.UsageError, match="closed"):
        connection.get("/data/projects")
    assert len(walk.sent()) == len(sent)
    assert_beats_by_itself(walk, monkeypatch)


def assert_beats_by_itself(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    beaten = threading.Event()
    beat = LoginSession.heartbeat

    def watched(self: LoginSession) -> None:
        beat(self)
        beaten.set()

    monkeypatch.setattr(LoginSession, "heartbeat", watched)
    start = len(walk.demo.requests)
    with xnat.connect(walk.demo.url, walk.demo.user, walk.demo.password, keepalive=0.01):
        assert beaten.wait(30)
        assert Sent("GET", "/data/auth") in walk.sent(start)


def test_step_02_password_prompt_and_netrc_that_must_be_private(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    sent = walk.through("Installation", "Credentials")
    assert {"user", "netrc_file", "chmod"} <= used("Credentials")
    assert logins(sent) == logouts(sent) == 2, "the unsafe netrc file must not be used"
    netrc = walk.folder / "my.netrc"
    assert netrc.stat().st_mode & 0o777 == 0o600

    (walk.folder / "home" / ".netrc").write_bytes(netrc.read_bytes())
    (walk.folder / "home" / ".netrc").chmod(0o600)
    with xnat.connect(walk.demo.url) as connection:
        assert connection.logged_in_user == walk.demo.user


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_step_02_the_prompt_is_a_real_one_and_elsewhere_a_clear_error(walk: Walk):
    (prompt,) = [block for block in blocks_of("Credentials") if "connect(server, user=user)" in block.text]
    program = f"import xnat_sdk as xnat\nserver, user = {walk.demo.url!r}, {walk.demo.user!r}\n{prompt.text}"
    shown, status = typed_at_a_terminal(program, walk.demo.password)
    assert status == 0, shown
    assert f"Password of {walk.demo.user} on {walk.demo.url}: " in shown
    assert shown.rstrip().endswith(walk.demo.user)
    assert shown.count(walk.demo.password) == shown.count(walk.demo.user), "the password is not shown"
    done = subprocess.run([sys.executable, "-c", program], input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There is no password for 'admin'" in done.stderr


def test_step_03_verbs_json_transfers_and_the_pool(walk: Walk):
    name = "Low level REST directives"
    sent = walk.through(*OPENING, name)
    calls = {
        "get",
        "head",
        "put",
        "post",
        "delete",
        "get_json",
        "download",
        "download_zip",
        "download_stream",
        "upload",
    }
    assert calls | {"interface", "query", "data", "accepted_status", "status_code"} <= used(name)
    assert {each.method for each in sent} == {"GET", "HEAD", "PUT", "POST", "DELETE"}
    assert zipfile.ZipFile(walk.folder / "files.zip").testzip() is None
    uploaded = "/data/projects/sandbox/resources/uploads/files/files.json"
    with walk.fresh() as other:
        assert other.get(uploaded).content == (walk.folder / "files.json").read_bytes()
        assert {"rest_1", "rest_2"}.isdisjoint(subject.label for subject in other.projects["sandbox"].subjects)
    assert all("control" not in str(record.query) for record in walk.demo.requests), "values are no part of a URL"


def test_step_04_listings_keys_all_levels_and_loops(walk: Walk):
    walk.through(*OPENING)
    sent = walk.through("Exploring your XNAT server")
    looped = walk.through("Looping over data")
    levels = {"projects", "subjects", "experiments", "sessions", "scans", "resources", "files", "assessors"}
    assert levels <= used("Exploring your XNAT server")
    assert {"keys", "values", "items"} <= used("Looping over data")
    assert (sent + looped).count(Sent("GET", "/data/projects/sandbox/subjects")) == 1
    assert looped == [], "the listing is loaded already"
    asked = paths(sent, "GET")
    assert len(asked) == len(sent)
    assert {"/data/projects", "/data/subjects", "/data/experiments"} <= set(asked)
    assert any(path.endswith("/scans") for path in asked)
    assert any("/assessors/" in path and path.endswith("/files") for path in asked)
    assert any("/scans/2/resources/" in path and path.endswith("/files") for path in asked)


def test_step_05_an_object_by_its_uri_and_by_its_full_url(walk: Walk):
    walk.through(*EXPLORING)
    name = "Selecting an object based on its URI"
    sent = walk.through(name)
    address = "/data/projects/sandbox/experiments/test001_MR"
    assert sent.count(Sent("GET", address)) == 2
    assert len(sent) == 4, "one request for each object, and one for each list of scans"
    experiment, selected, listed = (walk.namespace[key] for key in ("experiment", "selected", "imaging"))
    assert isinstance(experiment, MrSessionData)
    assert isinstance(selected, MrSessionData)
    assert isinstance(listed, MrSessionData)
    assert experiment.field_strength == selected.field_strength == listed.field_strength == "3.0"
    assert experiment == selected == listed
    with walk.fresh() as other:
        assert isinstance(other.create_object(walk.demo.url + selected.uri), ImageSessionData)


def test_step_06_downloads_to_zip_and_to_folders_with_the_tree_of_xnat(walk: Walk):
    walk.through(*EXPLORING)
    walk.through("Downloading data")
    assert {"download", "download_dir", "subject"} <= used("Downloading data")
    with zipfile.ZipFile(walk.folder / "T1.zip") as archive:
        assert archive.testzip() is None
        assert sum(name.endswith(".dcm") for name in archive.namelist()) == 24
    with walk.fresh() as other:
        scans = other.projects["sandbox"].sessions["ANONYMIZ"].scans
        expected = {
            f"ANONYMIZ/ANONYMIZ/scans/{scan.id}-{scan.type}/resources/DICOM/files/{file.name}": file.digest
            for scan in scans
            for file in scan.files
        }
    for folder in ("downloads/test", "downloads/typed"):
        assert digests(walk.folder / folder) == expected
    sizes = {
        each: len(digests(walk.folder / "unpacked" / each)) for each in ("project", "S01", "S01_MR", "scan", "resource")
    }
    assert sizes == {"project": 15, "S01": 15, "S01_MR": 15, "scan": 12, "resource": 12}
    for name, files in (("session.zip", 15), ("scan.zip", 12), ("dicom.zip", 12)):
        assert len(zipfile.ZipFile(walk.folder / name).namelist()) == files


def test_step_07_custom_variables_checked_before_they_are_sent_and_raw_fields(walk: Walk):
    walk.through(*EXPLORING)
    sent = walk.through("Custom variables")
    assert {"custom_variables", "fields"} <= used("Custom variables")
    assert len(paths(sent, "PUT")) == 3, "the value that is not allowed was not sent"
    with walk.fresh() as other:
        subjects = other.projects["sandbox"].subjects
        assert subjects["test001"].custom_variables["default"]["notes"] == "updated note"
        assert subjects["test001"].custom_variables["default"]["diagnosis"] == "healthy"
        assert subjects["ANONYMIZ"].custom_variables["default"]["notes"] is None
        fields = subjects["ANONYMIZ"].sessions["ANONYMIZ"].fields
        assert dict(fields) == {"brain_volume": "42.0", "not_defined": "kept all the same"}


def test_step_08_external_uris_with_scheme_and_query(walk: Walk):
    walk.through(*EXPLORING)
    walk.through("Getting external URLs of an object")
    assert {"external_uri", "scheme", "query"} <= used("Getting external URLs of an object")
    imaging = walk.namespace["imaging"]
    assert isinstance(imaging, MrSessionData)
    path = "/data/archive/projects/sandbox/subjects/XNAT_S00001/experiments/XNAT_E00001"
    start = len(walk.demo.requests)
    assert imaging.external_uri() == walk.demo.url + path
    other = imaging.external_uri(scheme="test", query={"hello": "world"})
    assert other == walk.demo.url.replace("http:", "test:") + path + "?hello=world"
    assert walk.sent(start) == []
    with walk.fresh() as connection:
        assert connection.get(imaging.external_uri(), format="json").ok


def test_step_09_imports_to_the_archive_and_to_the_prearchive(walk: Walk):
    walk.through(*EXPLORING, "Downloading data")
    sent = walk.through("Importing data into XNAT")
    assert {"services", "import_", "project", "subject", "destination"} <= used("Importing data into XNAT")
    assert paths(sent, "POST") == ["/data/services/import"] * 2
    with walk.fresh() as other:
        imported = other.projects["sandbox"].subjects["test002"].sessions["test002_MR"]
        assert {file.digest for file in imported.scans["2"].files} == dicom_digests(walk.folder / "T1.zip")
        assert [each.project for each in other.prearchive.sessions()] == ["brainimages"]
        assert len(other.projects["brainimages"].subjects) == 1


def test_step_10_the_prearchive_listed_looked_into_rebuilt_moved_archived_and_deleted(walk: Walk):
    walk.through(*EXPLORING, "Downloading data", "Importing data into XNAT")
    sent = walk.through("Prearchive")
    calls = {"sessions", "status", "scans", "files", "rebuild", "move", "archive", "delete"}
    assert calls <= used("Prearchive")
    posts, place = paths(sent, "POST"), "/data/prearchive/projects"
    assert [path for path in posts if not path.startswith(place)] == [
        "/data/services/prearchive/rebuild",
        "/data/services/archive",
        "/data/services/import",
    ]
    assert len([path for path in posts if path.startswith(f"{place}/brainimages/")]) == 1, "moved once"
    assert len([path for path in paths(sent, "DELETE") if path.startswith(f"{place}/sandbox/")]) == 1, "deleted once"
    with walk.fresh() as other:
        assert other.prearchive.sessions() == []
        subjects = other.projects["sandbox"].subjects
        assert len(subjects["ANONYMIZ3"].sessions["ANONYMIZ3"].scans["2"].files) == 24
        assert "unwanted" not in [session.label for session in other.projects["sandbox"].sessions]
        assert len(other.projects["brainimages"].sessions) == 1


def test_step_11_searches_with_all_operators_and_all_results(walk: Walk):
    walk.through(*EXPLORING)
    sent = walk.through("Searching")
    results = {"all", "first", "last", "one", "one_or_none"}
    tables = {"tabulate_csv", "tabulate_dict", "tabulate_json", "tabulate_pandas"}
    assert results | tables | {"query", "filter", "like", "classes"} <= used("Searching")
    assert operators("Searching") >= {ast.Eq, ast.LtE, ast.Lt, ast.GtE, ast.Gt, ast.BitAnd, ast.BitOr}
    assert set(sent) == {Sent("POST", "/data/search")}
    assert len(sent) == 20, "one request for each result"


def test_step_12_creating_objects_below_their_parents(walk: Walk):
    walk.through(*OPENING)
    sent = walk.through("Object creation")
    assert {"classes", "ProjectData", "SubjectData", "MRSessionData", "parent", "label"} <= used("Object creation")
    assert len(paths(sent, "POST")) + len(paths(sent, "PUT")) == 5, "the one with the wrong parent was not sent"
    with walk.fresh() as other:
        assert other.projects["myproject"].name == "My project"
        assert len(other.projects["myproject"].subjects) == 0, "the section deletes what it made"
        project = other.projects["sandbox"]
        with pytest.raises(xnat.InvalidValueError, match="Subject, not ProjectData"):
            other.classes.CTSessionData(parent=project, label="x")  # type: ignore[arg-type]  # wrong on purpose


def test_step_13_files_read_as_local_ones_and_pydicom_stops_before_the_pixels(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    walk.through(*EXPLORING)
    travelled = count_bytes(monkeypatch, ".dcm")
    sent = walk.through("Accessing files as local files")
    assert {"open", "read", "seek", "dcmread", "stop_before_pixels"} <= used("Accessing files as local files")
    file_obj, fin = walk.namespace["file_obj"], walk.namespace["fin"]
    assert isinstance(file_obj, xnat.models.FileData)
    reads = [path for path in paths(sent, "GET") if path.endswith(".dcm")]
    assert len(reads) == 4, "each block reads the file once"
    assert len(travelled) == len(reads)
    assert max(travelled.values()) < file_obj.size / 2, "the transfers end early"
    assert getattr(fin, "closed", None) is True
    assert not getattr(fin, "_kept", None), "nothing is kept after closing"


def test_step_14_dicom_headers_from_the_server_and_from_the_file(walk: Walk):
    walk.through(*EXPLORING)
    sent = walk.through("Accessing DICOM headers of a scan")
    assert {"service", "dicom_dump", "read_dicom", "read_pixel_data"} <= used("Accessing DICOM headers of a scan")
    assert paths(sent, "GET").count("/data/services/dicomdump") == 2
    header, image = walk.namespace["header"], walk.namespace["image"]
    assert "PixelData" not in header  # type: ignore[operator]  # a pydicom dataset
    assert "PixelData" in image  # type: ignore[operator]  # a pydicom dataset


def test_step_15_a_shared_jsession_that_the_second_connection_leaves_alone(walk: Walk):
    walk.through(*OPENING)
    sent = walk.through("Re-using a JSESSION")
    assert {"JSESSION", "jsession", "cli", "disconnect"} <= used("Re-using a JSESSION")
    assert logins(sent) == 0
    assert logouts(sent) == 1, "the second connection does not end the login"
    assert sent.index(Sent("DELETE", "/data/JSESSION")) > sent.index(Sent("GET", "/data/projects/brainimages/subjects"))
    with pytest.raises(xnat.SessionExpiredError):
        xnat.connect(walk.demo.url, jsession=str(walk.namespace["jsession"]))


def test_step_16_the_program_lists_files_of_a_scan_by_a_regular_expression(walk: Walk):
    walk.through("Example scripts")
    script = walk.folder / "list_scan_files.py"
    assert script.read_bytes() == (ROOT / "examples" / "list_scan_files.py").read_bytes()
    asked = ["--project", "sandbox", "--subject", "test001", "--session", "test001_MR", "--scan", "T1"]
    done = subprocess.run(
        [sys.executable, str(script), *asked, "--filter", r".*-2-1\d?-"],
        env=os.environ | variables_of(walk.demo),
        capture_output=True,
        check=True,
        text=True,
    )
    with walk.fresh() as other:
        names = [file.name for file in other.projects["sandbox"].sessions["test001_MR"].scans["T1"].files]
    wanted = [name for name in names if re.match(r".*-2-1\d?-", name)]
    assert 1 < len(wanted) < len(names)
    assert done.stdout.splitlines() == wanted
