"""Paths that people type, and what they name."""

from __future__ import annotations

from contextlib import closing

import pytest

import xnat_emulator
from tests.runtime.relays import Relay
from xnat_runtime.cli.places import Place, item_at, listing_at, object_at, place_of
from xnat_runtime.errors import ForeignUrlError, InvalidValueError, NotFoundError
from xnat_sdk import connect

ODD = "Müller 50% off"


@pytest.fixture(scope="module")
def connection(window):
    with connect(window.url, window.user, window.password) as session:
        yield session


SUBJECT = "/data/projects/sandbox/subjects/test001"
SESSION = f"{SUBJECT}/experiments/test001_MR"
SCAN = f"{SESSION}/scans/2"
DICOM = f"{SCAN}/resources/DICOM"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place("site", "")),
        ("/", Place("site", "")),
        ("/data", Place("site", "")),
        ("projects", Place("site", "", "projects")),
        ("subjects", Place("site", "", "subjects")),
        ("sandbox", Place("project", "/data/projects/sandbox")),
        ("projects/sandbox", Place("project", "/data/projects/sandbox")),
        ("sandbox/", Place("project", "/data/projects/sandbox")),
        ("sandbox/sessions", Place("project", "/data/projects/sandbox", "sessions")),
        ("sandbox/scans", Place("project", "/data/projects/sandbox", "scans")),
        ("sandbox/files", Place("project", "/data/projects/sandbox", "files")),
        ("sandbox/test001", Place("subject", SUBJECT)),
        ("sandbox/subjects/test001", Place("subject", SUBJECT)),
        ("sandbox/test001/test001_MR", Place("experiment", SESSION)),
        ("sandbox/subjects/test001/experiments/test001_MR", Place("experiment", SESSION)),
        ("sandbox/sessions/test001_MR", Place("experiment", "/data/projects/sandbox/experiments/test001_MR")),
        ("sandbox/test001/test001_MR/2", Place("scan", SCAN)),
        ("sandbox/test001/test001_MR/scans/2/resources", Place("scan", SCAN, "resources")),
        ("sandbox/test001/test001_MR/2/DICOM", Place("resource", DICOM)),
        ("sandbox/test001/test001_MR/2/DICOM/files", Place("resource", DICOM, "files")),
        ("sandbox/test001/test001_MR/2/DICOM/a/b.dcm", Place("resource", DICOM, "", "a/b.dcm")),
        ("sandbox/test001/test001_MR/2/DICOM/files/a/b.dcm", Place("resource", DICOM, "", "a/b.dcm")),
        ("sandbox/resources/documents", Place("resource", "/data/projects/sandbox/resources/documents")),
        ("sandbox/test001/resources/R", Place("resource", f"{SUBJECT}/resources/R")),
        ("sandbox/test001/test001_MR/assessors/QC", Place("assessor", f"{SESSION}/assessors/QC")),
        (
            "sandbox/test001/test001_MR/assessors/QC/out/resources/R",
            Place("resource", f"{SESSION}/assessors/QC/out/resources/R"),
        ),
        (
            "sandbox/test001/test001_MR/reconstructions/r/out_resources/M",
            Place("resource", f"{SESSION}/reconstructions/r/out/resources/M"),
        ),
        ("experiments/XNAT_E00001", Place("experiment", "/data/experiments/XNAT_E00001")),
        ("/data/experiments/XNAT_E00001/scans/2", Place("scan", "/data/experiments/XNAT_E00001/scans/2")),
        ("/data/archive/projects/sandbox", Place("project", "/data/projects/sandbox")),
        ("/REST/projects/sandbox", Place("project", "/data/projects/sandbox")),
    ],
)  # fmt: skip
def test_every_form_without_a_request(connection, window, text, place):
    before = len(window.requests)
    assert place_of(connection, text) == place
    assert len(window.requests) == before


def test_below_a_session_that_its_project_names_the_session_is_asked_for(connection):
    assert place_of(connection, "sandbox/sessions/test001_MR/2").uri == "/data/experiments/XNAT_E00001/scans/2"
    with pytest.raises(NotFoundError):
        place_of(connection, "sandbox/sessions/nosuch/2")


@pytest.mark.parametrize("form", ["{url}{path}", "{url}{path}/", "{url}{path}?format=json"])
def test_urls_of_the_server(connection, window, form):
    url = form.format(url=window.url, path="/data/projects/sandbox")
    assert place_of(connection, url) == Place("project", "/data/projects/sandbox")


@pytest.mark.parametrize("url", ["https://elsewhere.example.org/data/projects/sandbox", "http://127.0.0.1:1/data"])
def test_urls_of_other_servers_are_refused(connection, url):
    with pytest.raises(ForeignUrlError):
        place_of(connection, url)


def test_urls_with_a_context_path(window):
    relay = Relay(window.url, prefix="/xnat")
    with closing(relay), connect(relay.url, window.user, window.password) as session:
        url = f"{relay.url}/data/projects/sandbox/subjects/test001"
        assert place_of(session, url) == Place("subject", SUBJECT)
        assert object_at(session, url).uri == SUBJECT
        with pytest.raises(ForeignUrlError):
            place_of(session, relay.url.replace("/xnat", "/other") + "/data/projects/sandbox")


def test_what_is_no_item(connection):
    for text in ("", "sandbox/sessions", "sandbox/test001/test001_MR/2/DICOM/a.dcm"):
        with pytest.raises(InvalidValueError, match="is no item"):
            item_at(connection, text)
    with pytest.raises(InvalidValueError, match="is a file"):
        listing_at(connection, "sandbox/test001/test001_MR/2/DICOM/a.dcm")
    with pytest.raises(InvalidValueError, match="below its resource"):
        place_of(connection, "sandbox/files/a.dcm")


def test_items_and_listings(connection):
    assert item_at(connection, "sandbox/test001").uri == SUBJECT
    assert type(object_at(connection, "sandbox/test001/test001_MR")).__name__ == "MrSessionData"
    assert listing_at(connection, "").uri == "/data/projects"
    assert listing_at(connection, "sandbox/test001/test001_MR").uri == f"{SESSION}/scans"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sandbox/test001_MR", "PROJECT/sessions/LABEL or PROJECT/SUBJECT/LABEL"),
        ("sandbox/sesions/test001_MR", "did you mean 'sessions'?"),
        ("sandbox/test001/nosuch", "nothing is at 'sandbox/test001/nosuch'"),
    ],
)
def test_what_is_not_there_says_what_may_be_meant(connection, text, hint):
    with pytest.raises(NotFoundError) as caught:
        object_at(connection, text)
    assert hint in str(caught.value)


@pytest.fixture(scope="module")
def odd():
    with xnat_emulator.start() as server:
        session = server.build.project("odd").subject(ODD).mr_session(f"{ODD}_MR", scans=["T1 mprage"], slices=1)
        session.scans[0].resource("NIFTI 2", {"a b/100%.nii": b"nifti"})
        yield server


@pytest.fixture
def odd_desk(stranger, odd):
    (stranger.home / ".netrc").write_text(f"machine 127.0.0.1\nlogin {odd.user}\npassword {odd.password}\n")
    (stranger.home / ".netrc").chmod(0o600)
    stranger.environ["XNAT_HOST"] = odd.url
    return stranger


def test_odd_labels_are_typed_as_they_are(odd_desk):
    labels = odd_desk.run("ls", "odd", "-c", "label", "--no-header")
    assert (labels.status, labels.lines) == (0, [ODD])
    below = odd_desk.run("ls", f"odd/{ODD}/{ODD}_MR/1/NIFTI 2", "-c", "path,size", "--csv")
    assert below.lines == ["path,size", "a b/100%.nii,5"]
    alone = odd_desk.run("ls", f"odd/{ODD}/{ODD}_MR/1/NIFTI 2/a b/100%.nii", "--json")
    assert [row["size"] for row in alone.json] == [5]


def test_odd_labels_come_back_as_paths_that_are_taken_again(odd_desk):
    (path,) = odd_desk.run("ls", f"odd/{ODD}/{ODD}_MR/1/NIFTI 2", "-q").lines
    assert " " not in path
    assert path.isascii()
    assert odd_desk.run("ls", path, "-q").lines == [path]
