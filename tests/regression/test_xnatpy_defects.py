"""Connecting, downloads, uploads and files where xnatpy 0.8.1 went wrong."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import threading
from pathlib import Path

import pytest

from xnat_emulator import Emulator, Fault, faults
from xnat_sdk import (
    InvalidValueError,
    LoginPageError,
    NotFoundError,
    ResponseError,
    TlsError,
    UnsafeNameError,
    XnatSession,
    connect,
)

from ..contract.imaging import study, zipped
from ..runtime.conftest import Reply, Seen
from .scripted import PASSWORD, Site


def redirect_everything(site: Site, to: str) -> None:
    """Answer every path with a redirect to the same path elsewhere."""
    site.answer(lambda seen: Reply(302, b"", (("Location", to + seen.target),)))


@pytest.fixture
def held(server: Emulator) -> Emulator:
    """The server with a session of two scans in project P."""
    server.build.project("Q", {"name": "Q"}).subject("S").mr_session("E", 2)
    return server


@pytest.fixture
def remote(session: XnatSession):
    """A file of 100,000 bytes on the server."""
    resource = session.projects["P"].create_resource("R")
    resource.upload_data(bytes(range(250)) * 400, "large.bin")
    return resource.files["large.bin"]


# Redirects, netrc files, certificates, cookies


def test_no_password_follows_a_redirect_to_another_host(site: Site, other_site: Site):
    """peers 3.1: user and password are sent to whatever host the first answer redirects to."""
    redirect_everything(site, other_site.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(ResponseError, match="was not followed"):
        connect(site.url, "reader", PASSWORD)
    assert other_site.seen == []


def test_no_session_id_follows_a_redirect_to_another_host(site: Site, other_site: Site, scripted: XnatSession):
    """peers 3.1: the host that a redirect names takes the server's place for the rest of the connection."""
    redirect_everything(site, other_site.url)
    with pytest.raises(ResponseError, match="was not followed"):
        scripted.get("/data/projects")
    assert scripted.server == site.url
    site.answer(Reply(200))
    assert other_site.seen == []


def test_no_password_follows_a_redirect_to_plain_http(tls_site: Site, other_site: Site, certificate: Path):
    """peers 3.1: a redirect from https to http is followed, and the password sent unencrypted."""
    redirect_everything(tls_site, other_site.url)
    with pytest.raises(ResponseError, match="was not followed"):
        connect(tls_site.url, "reader", PASSWORD, verify=certificate)
    assert other_site.seen == []


@pytest.mark.skipif(os.name == "nt", reason="files have no such mode there")
def test_a_netrc_file_that_others_can_read_is_refused(site: Site, tmp_path: Path):
    """peers 3.1: the permissions of the netrc file are never checked, 0644 is taken."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login ned password {PASSWORD}\n")
    netrc.chmod(0o644)
    with pytest.raises(InvalidValueError, match="chmod 600"):
        connect(site.url, netrc_file=netrc)
    assert site.seen == []
    netrc.chmod(0o600)
    with connect(site.url, netrc_file=netrc, keepalive=False) as session:
        assert session.user == "ned"


def test_a_ca_file_given_as_verify_is_used(tls_site: Site, certificate: Path):
    """peers 3.1: verify='/path/ca.pem' is worked out and then dropped."""
    with pytest.raises(TlsError):
        connect(tls_site.url, "reader", PASSWORD)
    with connect(tls_site.url, "reader", PASSWORD, verify=str(certificate), keepalive=False) as session:
        assert session.logged_in_user == "reader"


def test_a_ca_file_of_the_environment_is_used(tls_site: Site, certificate: Path, monkeypatch: pytest.MonkeyPatch):
    """peers 3.1: SSL_CERT_FILE is read and then dropped."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with connect(tls_site.url, "reader", PASSWORD, keepalive=False) as session:
        assert session.logged_in_user == "reader"


def test_a_ca_folder_of_the_environment_is_used(
    tls_site: Site, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """peers 3.1: SSL_CERT_DIR is read and then dropped."""
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with connect(tls_site.url, "reader", PASSWORD, keepalive=False) as session:
        assert session.logged_in_user == "reader"


def test_a_session_cookie_without_a_path_works(server: Emulator):
    """peers 3.1: a JSESSIONID cookie without Path makes connect() fail with a cookie conflict."""
    server.faults.add(Fault(faults.CookieWithoutPath()))
    with connect(server.url, server.user, server.password) as session:
        assert session.projects.keys() == ["P"]
        assert session.logged_in_user == server.user


def test_a_failed_heartbeat_is_followed_by_others(site: Site):
    """peers 3.1: one failed heartbeat ends the keep-alive thread for good."""
    later = threading.Event()
    beats: list[str] = []

    def beat(seen: Seen) -> Reply:
        beats.append(seen.target)
        if len(beats) > 2:
            later.set()
        return Reply(503) if len(beats) == 1 else Reply(raw=b"") if len(beats) == 2 else Reply(200)

    site.script["GET", "/data/auth"] = beat
    with connect(site.url, "reader", PASSWORD, keepalive=0.05) as session:
        assert later.wait(30)
        assert session.keepalive


# Names that the server chooses


def test_an_absolute_project_title_does_not_leave_the_target(held: Emulator, session: XnatSession, tmp_path: Path):
    """peers 3.1: an absolute project title is joined to the target folder, and so replaces it."""
    outside, target = tmp_path / "outside", tmp_path / "target"
    session.projects["Q"].name = str(outside)
    done = session.projects["Q"].download_dir(target)
    assert len(done.files) == 4
    assert all(file.path.is_relative_to(target / "Q" / "S" / "E") for file in done.files)
    assert not outside.exists()


def test_dots_in_a_project_title_do_not_leave_the_target(held: Emulator, session: XnatSession, tmp_path: Path):
    """peers 3.1: a project title with .. leads out of the target folder."""
    target = tmp_path / "deep" / "target"
    session.projects["Q"].name = "../../outside"
    done = session.projects["Q"].download_dir(target)
    assert all(file.path.is_relative_to(target / "Q") for file in done.files)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


@pytest.mark.parametrize("name", ["/outside", "../outside", "C:outside", "a\\..\\outside"])
def test_a_member_of_an_archive_never_leaves_the_target(
    held: Emulator, session: XnatSession, tmp_path: Path, name: str
):
    """peers 3.1: names that the server chose become parts of paths unchecked."""
    target = tmp_path / "target"
    held.faults.add(Fault(faults.HostileMembers((name,)), path="*/files*"))
    with pytest.raises(UnsafeNameError):
        session.projects["Q"].sessions["E"].download_dir(target)
    assert list(tmp_path.rglob("*")) == []


def test_unpacking_deletes_nothing_that_was_there(held: Emulator, session: XnatSession, tmp_path: Path):
    """peers 3.1: flattening a member without a directory deletes the target folder and all that was in it."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("years of it")
    (tmp_path / "notes.txt").write_text("mine too")
    held.faults.add(Fault(faults.HostileMembers(("flat.dcm",)), path="*/files*"))
    done = session.projects["Q"].sessions["E"].scans["1"].resources["DICOM"].download_dir(tmp_path, flatten_dirs=True)
    # The renamed member, and both files of the table: the one that came under another name was asked for by itself.
    assert len(done.files) == 3
    assert all(file.path.parent == tmp_path for file in done.files)
    assert (tmp_path / "flat.dcm").stat().st_size > 0
    assert (tmp_path / "mine" / "work.txt").read_text() == "years of it"
    assert (tmp_path / "notes.txt").read_text() == "mine too"


# Downloads and open files


def test_a_login_page_is_never_saved_as_data(server: Emulator, session: XnatSession, remote, tmp_path: Path):
    """peers 3.1: an HTML page with status 200 is saved as data, since an int is compared with '<'."""
    server.faults.add(Fault(faults.LoginPage(), path="*/files/large.bin"))
    stream = io.BytesIO()
    for read in (
        lambda: session.download(remote.uri, tmp_path / "a.bin"),
        lambda: session.download_stream(remote.uri, stream),
        lambda: remote.download(tmp_path / "b.bin"),
        lambda: remote.open().read(),
    ):
        with pytest.raises(LoginPageError):
            read()
    assert list(tmp_path.iterdir()) == []
    assert stream.getvalue() == b""


def test_a_refused_download_leaves_no_file(session: XnatSession, tmp_path: Path):
    """peers 3.1: the file is opened before the request, so that a 404 leaves an empty file of the final name."""
    with pytest.raises(NotFoundError):
        session.download("/data/projects/P/resources/R/files/missing.bin", tmp_path / "a.bin")
    with pytest.raises(NotFoundError):
        session.download_zip("/data/projects/P/resources/R/files", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_an_open_file_reads_to_its_end(remote):
    """peers 3.1: read(-1) of an open file returns only what is buffered."""
    content = bytes(range(250)) * 400
    with remote.open() as opened:
        assert opened.read(10) == content[:10]
        assert opened.read(-1) == content[10:]
        assert opened.read(-1) == b""


def test_seeking_returns_the_place(remote):
    """peers 3.1: seek() of an open file returns None."""
    with remote.open() as opened:
        assert opened.seek(5) == 5
        assert opened.seek(-10, io.SEEK_END) == 99_990
        assert opened.read() == (bytes(range(250)) * 400)[-10:]


def test_opening_a_file_that_is_gone_raises(session: XnatSession, remote):
    """peers 3.1: the status of an opened file is never checked, a 404 page reads as its content."""
    session.delete(remote.uri)
    with remote.open() as opened, pytest.raises(NotFoundError):
        opened.read(100)


# Uploads


def test_a_text_is_sent_whole_whatever_its_letters(session: XnatSession):
    """peers 3.1: a text's Content-Length counts characters, so that what is beyond Latin-1 is cut off."""
    text = "h€llo wörld 脳"
    resource = session.projects["P"].create_resource("R")
    session.upload_string(f"{resource.uri}/files/a.txt", text)
    resource.upload_data(text, "b.txt")
    for name in ("a.txt", "b.txt"):
        assert resource.files[name].size == len(text.encode())
        assert session.get(resource.files[name].uri).content == text.encode()


def test_a_text_leaves_the_connection_in_step(site: Site, scripted: XnatSession):
    """peers 3.1: the rest of a text that was cut off is taken for the next request on the kept connection."""
    uri = "/data/projects/P/resources/R/files/a.txt"
    site.script["PUT", uri] = Reply(200)
    site.script["PUT", "/data/projects/P"] = Reply(200)
    row = {"Name": "a.txt", "URI": uri, "Size": "4", "digest": hashlib.md5("h€".encode()).hexdigest()}
    site.table("/data/projects/P/resources/R/files", row)
    before = site.connections
    assert scripted.upload_string(uri, "h€").verified == "md5"
    scripted.put("/data/projects/P", "h€")
    assert scripted.get("/data/auth").status == 200
    assert [seen.body for seen in site.seen[1:]] == ["h€".encode(), b"", "h€".encode(), b""]
    assert [seen.headers.get("content-length") for seen in site.seen[1:] if seen.method == "PUT"] == ["4", "4"]
    assert site.connections == before


# Import and prearchive


def test_an_import_tells_the_server_to_trigger_pipelines(server: Emulator, session: XnatSession):
    """peers 3.1: trigger_pipelines is sent as tiggerPipelines and never worked."""
    session.services.import_(data=zipped(study()), project="P", trigger_pipelines=True)
    asked = next(one.query for one in server.requests if one.path == "/data/services/import")
    assert ("triggerPipelines", "true") in asked
    assert "tigger" not in str(asked)


def test_the_status_of_a_received_session_is_never_stale(session: XnatSession):
    """peers 3.1: objects of the prearchive are cached, so that their status never changes."""
    session.services.import_(data=zipped(study()), project="P", destination="/prearchive")
    (seen,) = session.prearchive.sessions()
    (acted,) = session.prearchive.sessions()
    assert seen.status == "READY"
    acted.set_status("ERROR")
    assert seen.status == "ERROR"
    assert session.prearchive.sessions()[0].status == "ERROR"
    (fresh,) = session.prearchive.sessions()
    acted.set_status("CONFLICT")
    assert fresh.status == "CONFLICT"
