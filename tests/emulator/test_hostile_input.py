"""What clients may send to do harm: XML that grows or opens files, archives that climb, secrets that could leak."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib

import pytest

from xnat_emulator.errors import StatusError
from xnat_emulator.formats.unpacking import kind_of, members, safe_path
from xnat_emulator.formats.xmltree import XmlError, parse
from xnat_emulator.serving.journal import path_without_secrets, query_without_secrets

LAUGHS = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><x>&c;</x>"""
HOSTILE = {
    "entities that multiply": LAUGHS,
    "a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "a document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
    "endless depth": "<x>" * 100_000,
    "an unknown entity": "<x>&nothing;</x>",
}
BODIES = [
    ("PUT", "/data/projects/HOSTILE"),
    ("POST", "/data/search"),
    ("POST", "/data/user"),
    ("POST", "/data/projects"),
    ("POST", "/data/services/mail/send"),
]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_xml_is_not_read(text):
    with pytest.raises(XmlError):
        parse(text.encode())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(("method", "path"), BODIES)
def test_server_refuses_hostile_xml(client, method, path, text):
    body = b'<?xml version="1.0"?>' + text.encode()
    answer = client.request(method, path, body=body, headers={"Content-Type": "text/xml"})
    assert 400 <= answer.status < 600
    assert b"root:" not in answer.data
    assert not client.emulator.site.crashes


@pytest.mark.parametrize("name", ["../x", "a/../../x", "..\\x", "", "/", "a\n"])
def test_names_that_leave_a_resource_are_refused(name):
    with pytest.raises(StatusError):
        safe_path(name)


@pytest.mark.parametrize(("name", "kind"), [("a.zip", "zip"), ("a.TAR.GZ", "tar"), ("a.tgz", "tar"), ("a", "zip")])
def test_archives_are_read_by_their_names(name, kind):
    assert kind_of(name) == kind


def zipped(data):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", data)
    return target.getvalue()


def tarred(data):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return target.getvalue()


def test_members_are_files_and_never_links():
    for kind, data in (("zip", zipped(b"x")), ("tar", tarred(b"x"))):
        found = [(name, source.read()) for name, source in members(kind, io.BytesIO(data))]
        assert found == [("a.txt", b"x")]


def damaged():
    for kind, whole in (("zip", zipped(b"x" * 1000)), ("tar", tarred(b"x" * 1000))):
        yield pytest.param(kind, b"", id=f"empty {kind}")
        yield pytest.param(kind, b"nothing", id=f"no {kind}")
        yield pytest.param(kind, whole[: len(whole) // 2], id=f"half a {kind}")
    checksum = zlib.crc32(b"x" * 1000).to_bytes(4, "little")
    yield pytest.param("zip", zipped(b"x" * 1000).replace(checksum, b"abcd"), id="another checksum")


def read_all(kind, data):
    for _, source in members(kind, io.BytesIO(data)):
        source.read()


@pytest.mark.parametrize(("kind", "data"), list(damaged()))
def test_damage_shows_as_a_refusal_wherever_it_is_met(kind, data):
    with pytest.raises(StatusError, match="400 Cannot read the archive"):
        read_all(kind, data)


def test_a_bomb_is_read_piece_by_piece():
    """Contents go to the disk in pieces; nothing ever holds what a small archive grows to."""
    for _, source in members("zip", io.BytesIO(zipped(bytes(1 << 24)))):
        assert len(source.read(1024)) == 1024


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/data/services/tokens/validate/alias/SECRET", "/data/services/tokens/validate/alias/***"),
        ("/data/services/tokens/invalidate/alias/SECRET", "/data/services/tokens/invalidate/alias/***"),
        ("/data/services/tokens/issue/user/anna", "/data/services/tokens/issue/user/anna"),
        ("/data/projects;jsessionid=ABC/subjects", "/data/projects;jsessionid=***/subjects"),
        ("/data/projects/P/subjects", "/data/projects/P/subjects"),
    ],
)
def test_paths_are_recorded_without_secrets(path, shown):
    assert path_without_secrets(path) == shown


def test_parameters_are_recorded_without_secrets():
    asked = (("format", "json"), ("Password", "x"), ("XNAT_CSRF", "y"), ("label", "password"))
    hidden = (("format", "json"), ("Password", "***"), ("XNAT_CSRF", "***"), ("label", "password"))
    assert query_without_secrets(asked) == hidden


def test_journal_hides_the_secret_of_a_token(client):
    token = client.get("/data/services/tokens/issue").json()
    client.get(f"/data/services/tokens/validate/{token['alias']}/{token['secret']}?password=hidden")
    record = repr(client.emulator.requests[-1])
    assert token["alias"] in record
    assert token["secret"] not in record
    assert "hidden" not in record
