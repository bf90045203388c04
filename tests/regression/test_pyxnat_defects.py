"""Where pyxnat 1.6.4 went wrong."""

from __future__ import annotations

import base64
import copy
import logging
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.credentials import Surroundings, find_credentials, netrc_path
from xnat_runtime.environment import proxy_for
from xnat_runtime.paths import server as parse_server
from xnat_sdk import NotFoundError, RequestTimeoutError, ServerError, XnatSession, connect
from xnat_sdk.models import SubjectData

from ..contract.imaging import study, zipped
from ..runtime.conftest import Reply
from .scripted import PASSWORD, SESSION, Site

NEITHER_NEEDED = ("nibabel", "pandas", "numpy", "lxml", "requests", "networkx", "pathlib2")


@pytest.fixture
def resource(session: XnatSession):
    """A resource of project P with one file, a.txt."""
    made = session.projects["P"].create_resource("R")
    made.upload_data(b"content", "a.txt")
    return made


def test_a_plain_install_lists_projects(server: Emulator):
    """peers 3.2: a plain install does not work, since packages are imported that nobody declared."""
    program = (
        "import sys\n"
        f"for name in {NEITHER_NEEDED!r}: sys.modules[name] = None\n"
        "import xnat_sdk\n"
        "with xnat_sdk.connect(*sys.argv[1:]) as session: print(session.projects.keys())\n"
    )
    command = [sys.executable, "-c", program, server.url, server.user, server.password]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['P']"


def test_an_error_of_the_server_is_no_empty_list(server: Emulator, session: XnatSession, resource):
    """peers 3.2: every error becomes an empty list, a status 500 too."""
    project = session.projects["P"]
    asks = (
        session.projects.keys,
        project.subjects.values,
        project.experiments.__len__,
        project.resources.__bool__,
        lambda: "S" in project.subjects,
        lambda: project.subjects.get("S"),
        resource.files.tabulate_csv,
        session.prearchive.sessions,
        lambda: list(session.users),
        session.query(SubjectData).all,
        lambda: list(project.custom_variables),
    )
    with server.faults.add(Fault(faults.Unavailable(status=500))):
        for ask in asks:
            with pytest.raises(ServerError):
                ask()


def test_a_page_of_an_error_is_never_saved_as_the_file(session: XnatSession, resource, tmp_path: Path):
    """peers 3.2: downloads never check the status, a 404 page is saved as the file."""
    file = resource.files["a.txt"]
    session.delete(file.uri)
    for download in (
        lambda: file.download(tmp_path / "a.txt"),
        lambda: session.download(file.uri, tmp_path / "b.txt"),
        lambda: session.projects["P"].create_resource("EMPTY").download(tmp_path / "a.zip"),
        lambda: session.projects["P"].resources["EMPTY"].download_dir(tmp_path / "folder"),
    ):
        with pytest.raises(NotFoundError):
            download()
    assert list(tmp_path.iterdir()) == []


def test_files_named_without_a_folder_are_uploaded(resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """peers 3.2: Resource.put(["a.txt"]) is a ValueError."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "c.txt"):
        Path(name).write_text(name)
        resource.upload(name)
    resource.files.refresh()
    assert sorted(file.path for file in resource.files) == ["a.txt", "b.txt", "c.txt"]
    assert resource.files["c.txt"].open().read() == b"c.txt"


def test_the_password_is_sent_once_and_in_no_header(site: Site, scripted: XnatSession):
    """peers 3.2: a basic authentication header goes with every request."""
    site.table("/data/projects", {"ID": "P"})
    assert scripted.projects.keys() == ["P"]
    scripted.get("/data/auth")
    basic = base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
    for seen in site.seen:
        assert "authorization" not in seen.headers
        assert basic not in str(seen.headers)
    assert [PASSWORD in seen.body.decode() for seen in site.seen] == [True, False, False]
    assert all(seen.headers["cookie"] == f"JSESSIONID={SESSION}" for seen in site.seen[1:])


def test_no_request_waits_for_ever(server: Emulator, resource, tmp_path: Path):
    """peers 3.2: there is no timeout anywhere."""
    with connect(server.url, server.user, server.password, read_timeout=0.3, keepalive=False) as session:
        assert session.server_info.version.numbers
        file = session.projects["P"].resources["R"].files["a.txt"]
        with server.faults.add(Fault(faults.Stall())):
            for ask in (
                lambda: session.get("/data/projects"),
                lambda: list(session.projects),
                lambda: session.put("/data/projects/Q"),
                lambda: file.download(tmp_path / "a.txt"),
                lambda: file.open().read(1),
                lambda: session.upload_string(f"{resource.uri}/files/b.txt", "text"),
            ):
                with pytest.raises(RequestTimeoutError):
                    ask()
    assert list(tmp_path.iterdir()) == []


def test_a_proxy_is_used_for_both_schemes(monkeypatch: pytest.MonkeyPatch):
    """peers 3.2: the proxy is used for http only."""
    for scheme in ("http", "https"):
        told = proxy_for(parse_server(f"{scheme}://xnat.example.org"), "http://user:secret@proxy.example.org:3128")
        assert told is not None
        assert told.url == "http://proxy.example.org:3128"
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    found = proxy_for(parse_server("https://xnat.example.org"))
    assert found is not None
    assert found.url == "http://proxy.example.org:3128"


def test_a_pickle_never_holds_the_password():
    """peers 3.2: a pickle of the connection holds the clear password."""
    with (
        xnat_emulator.start(demo=True, password=PASSWORD) as server,
        connect(server.url, server.user, PASSWORD) as session,
    ):
        assert session.jsession
        project = session.projects["sandbox"]
        for item in (session, project, project.resources["documents"].files[0], session.prearchive):
            held = pickle.dumps(item)
            assert server.url.encode() in held, "it says where to connect to"
            for secret in (PASSWORD, session.jsession, base64.b64encode(f"{server.user}:{PASSWORD}".encode()).decode()):
                assert secret.encode() not in held
        with pytest.raises(TypeError) as caught:
            pickle.dumps(session.projects)
        assert PASSWORD not in str(caught.value)
        assert copy.deepcopy(session) is session


def test_no_file_is_written_by_connecting(server: Emulator):
    """peers 3.2: the configuration file holds the clear password."""
    home = Path.home()
    with connect(server.url, server.user, server.password) as session:
        assert session.projects.keys() == ["P"]
    assert list(home.rglob("*")) == []


def test_no_error_tells_the_headers_of_an_answer(site: Site, scripted: XnatSession, caplog: pytest.LogCaptureFixture):
    """peers 3.2: exceptions quote the headers of answers, so that session ids reach logs."""
    caplog.set_level(logging.DEBUG)
    fresh = "9A1575372ECBBA3940FAAC4CB8DD368A"
    headers = (("Set-Cookie", f"JSESSIONID={fresh}; Path=/"), ("X-Secret", "s3cret-header"))
    site.script["GET", "/data/projects"] = Reply(500, b"broken", headers)
    with pytest.raises(ServerError) as caught:
        list(scripted.projects)
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    for secret in (fresh, SESSION, "s3cret-header", PASSWORD):
        assert secret not in told
    assert "broken" in str(error)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"", "Error$"),
        (b"<html></html>", "Error$"),
        (b"<html><h3></h3></html>", "Error$"),
        (b"<html><body>Out of <b>memory</b></body></html>", "Out of memory$"),
        (b"\xff\xfe<", ""),
    ],
)
def test_every_page_of_an_error_is_read(site: Site, scripted: XnatSession, page: bytes, words: str):
    """peers 3.2: an error page without h3 is an UnboundLocalError."""
    site.script["GET", "/data/projects"] = Reply(500, page, (("Content-Type", "text/html"),))
    with pytest.raises(ServerError, match=f"GET /data/projects: 500.*{words}") as caught:
        list(scripted.projects)
    assert caught.value.status == 500


def test_an_empty_listing_is_false(session: XnatSession, resource):
    """peers 3.2: bool() of a collection is always True."""
    project = session.projects["P"]
    assert not project.subjects
    assert not project.custom_variables
    assert not session.prearchive.sessions()
    assert project.resources
    assert resource.files
    assert not session.query(SubjectData).all()


def test_a_received_session_is_moved(server: Emulator, session: XnatSession):
    """peers 3.2: PreArchive.move needs Python 2."""
    server.build.project("Q")
    held = session.services.import_(data=zipped(study()), project="P", destination="/prearchive")
    held.move("Q")
    assert held.project == "Q"
    assert held.status == "READY"
    assert [found.project for found in session.prearchive.sessions()] == ["Q"]


def test_the_file_of_passwords_has_a_name_on_windows(tmp_path: Path):
    """peers 3.2: on Windows the path of the file of passwords is USERPROFILE itself."""
    around = Surroundings(environ={"USERPROFILE": str(tmp_path)}, home=tmp_path, is_windows=True, prompt=None)
    assert netrc_path(around) is None
    (tmp_path / "_netrc").write_text(f"machine xnat.example.org login ned password {PASSWORD}\n")
    assert netrc_path(around) == tmp_path / "_netrc"
    found = find_credentials(parse_server("https://xnat.example.org"), None, None, around)
    assert found.user == "ned"
