"""Requests that are wrong, on purpose or not: a server refuses them and goes on."""

from __future__ import annotations

import http.client
import io
import socket
import tarfile
import zipfile
from urllib.parse import quote

import pytest
from lxml import etree


def raw(client, request: bytes) -> bytes:
    """Send bytes as they stand and return the first line of the answer."""
    host, port = client.emulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096).partition(b"\r\n")[0]


def status(client, method: str, path: str, headers: str = "Content-Length: 0\r\n") -> int:
    cookie = client.headers["Cookie"]
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n{headers}Connection: close\r\n\r\n"
    return int(raw(client, head.encode("latin-1")).split()[1])


_PATHS = [
    "/data",
    "/data/archive/archive/projects",
    "/data/../etc/passwd",
    "/data/projects/%2e%2e/x",
    "/data/projects/%00",
    "/data/projects/%",
    "/data/projects/%zz",
    "/data/experiments/%F0%9F%98%80",
    "/data/experiments/a\xe9",
    "/data/projects/P;jsessionid=1",
    "/xapi/schemas/..%2f..%2fpyproject/x",
    "/schemas/..%2Fx/xnat.xsd",
]


@pytest.mark.parametrize("path", _PATHS, ids=range(len(_PATHS)))
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"])
def test_odd_paths_are_refused(client, method, path):
    assert 400 <= status(client, method, path) < 500


def test_unknown_long_names_answer_404(client, project):
    assert status(client, "GET", f"{project}/subjects/{chr(98) * 9000}") == 404


def test_double_slashes_count_as_one(client, project):
    assert status(client, "GET", project.replace("/projects", "//projects/")) == 200


@pytest.mark.parametrize("label", ["a%2Fb", "%2e%2e", "b" * 3000, "%ff%fe", "%01", "x%EF%BF%BE", "%C2%80"])
def test_odd_labels_make_documents_that_can_be_read(client, project, label):
    path = f"{project}/subjects/{label}"
    assert client.put(path).status in {200, 201}
    document = client.request("GET", f"{path}?format=xml")
    assert document.status == 200
    assert etree.fromstring(document.data).get("label")


def test_control_characters_become_entities_and_what_no_document_can_hold_goes(client, subject):
    assert client.put(f"{subject}?group=a%01%0b%09b%00%EF%BF%BF'").status == 200
    assert client.fields(subject)["group"] == "a&#1;&#11;\tb&apos;"


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: abc\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "Bad Header: 1\r\n",
        "X: " + "a" * 200_000 + "\r\n",
    ],
    ids=range(6),
)
def test_wrong_lengths_and_headers_answer_400(client, project, headers):
    assert status(client, "PUT", f"{project}/subjects/never", headers) == 400
    assert client.rows(f"{project}/subjects") == []


def test_request_that_is_no_http_answers_400(client):
    assert raw(client, b"\x00\x01\x02\r\n\r\n").split()[1] == b"400"


@pytest.mark.parametrize("cookie", ["JSESSIONID=\xe9; a=[]{}; =;", "JSESSIONID", 'a="', ";;;"])
def test_broken_cookie_is_no_session(anonymous, cookie):
    request = f"GET /data/projects HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    assert raw(anonymous, request.encode("latin-1")).split()[1] == b"401"


_PART = b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhi'
_BROKEN = {
    "cut off": _PART,
    "no boundary line": b"xx",
    "empty": b"",
    "no name": b"--B\r\nContent-Disposition: form-data\r\n\r\nhi\r\n--B--\r\n",
    "no colon": b"--B\r\nnocolon\r\n\r\nhi\r\n--B--\r\n",
    "no file": b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\nhi\r\n--B--\r\n',
}


@pytest.mark.parametrize("body", _BROKEN.values(), ids=_BROKEN.keys())
def test_broken_multipart_body_is_refused_and_stores_nothing(client, files, body):
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    assert client.put(files, body=body, headers=headers).status == 400
    assert client.rows(files) == []


def test_multipart_without_a_boundary_is_refused(client, files, subject):
    body = _PART + b"\r\n--B--\r\n"
    assert client.put(files, body=body, headers={"Content-Type": "multipart/form-data"}).status == 400
    assert client.put(f"{subject}?group=g", body=body, headers={"Content-Type": "multipart/form-data"}).status == 400
    assert "group" not in client.fields(subject)


_DOCTYPE = (
    '<!DOCTYPE a [<!ENTITY x {entity}>]><xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat"><xnat:group>&x;'
    "</xnat:group></xnat:Subject>"
)
_DOCUMENTS = {
    "bomb": _DOCTYPE.replace("{entity}", '"y"><!ENTITY z "&x;&x;&x;&x;"'),
    "external": _DOCTYPE.replace("{entity}", 'SYSTEM "file:///etc/hostname"'),
    "deep": "<a>" * 5000 + "</a>" * 5000,
    "encoding": '<?xml version="1.0" encoding="foo"?><a/>',
    "blank": " ",
}


@pytest.mark.parametrize("document", _DOCUMENTS.values(), ids=_DOCUMENTS.keys())
def test_hostile_documents_answer_422_and_change_nothing(client, subject, document):
    assert client.xml("PUT", subject, document).status == 422
    assert "group" not in client.fields(subject)


def zip_with(*members: tuple[str, bytes]) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return bytearray(buffer.getvalue())


def damaged_zip() -> bytes:
    data = zip_with(("good.txt", b"good"), ("bad.txt", b"hello"))
    data[data.index(b"hello")] ^= 1
    return bytes(data)


def encrypted_zip() -> bytes:
    data = zip_with(("a.txt", b"secret"))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize("data", [damaged_zip(), encrypted_zip()], ids=["damaged", "encrypted"])
def test_archive_with_a_member_that_cannot_be_read_is_refused_whole(client, files, data):
    answer = client.put(f"{files}/x.zip?extract=true&inbody=true", body=data)
    assert (answer.status, client.message(answer)[:23]) == (400, "Cannot read the archive")
    assert client.rows(files) == []


def test_encrypted_member_of_a_stored_zip_is_not_found(client, files):
    client.put(f"{files}/x.zip?inbody=true", body=encrypted_zip())
    assert client.get(f"{files}/x.zip!a.txt").status == 404


@pytest.mark.parametrize("name", ["a\1b", "a\nb", "tab\tbed"])
def test_file_names_with_control_characters_are_refused(client, files, name):
    assert client.put(f"{files}/{quote(name)}?inbody=true", body=b"x").status == 400
    data = bytes(zip_with((name, b"x")))
    assert client.put(f"{files}/x.zip?extract=true&inbody=true", body=data).status == 400
    assert client.rows(files) == []


def test_long_file_names_are_kept(client, files):
    name = "n" * 3000
    assert client.put(f"{files}/{name}?inbody=true", body=b"x").status == 200
    assert client.get(f"{files}/{name}").data == b"x"


def test_unknown_methods_are_refused(client):
    connection = http.client.HTTPConnection(client.emulator.url.removeprefix("http://"))
    connection.request("BREW", "/data/projects", headers=client.headers)
    assert connection.getresponse().status == 405
    connection.close()


@pytest.mark.parametrize(
    "name", ["..%2Fevil", "a/..%2F..%2F..%2Fevil", "..", "%2e%2e/%2e%2e/evil", "..%5Cevil", "a%00b"]
)
def test_names_cannot_leave_the_resource(client, files, name):
    folder = client.emulator.site.archive.folder
    # http.client sends the path as it stands, where urllib3 would take the dots away.
    connection = http.client.HTTPConnection(client.emulator.url.removeprefix("http://"))
    connection.request("PUT", f"{files}/{name}?inbody=true", body=b"evil", headers=client.headers)
    assert connection.getresponse().status == 400
    connection.close()
    assert client.rows(files) == []
    assert not (folder.parent / "evil").exists()
    assert not list(folder.rglob("evil"))


@pytest.mark.parametrize("member", ["../evil", "/../../evil", "a/../../evil", "..\\evil"])
def test_members_of_archives_cannot_leave_the_resource(client, files, member):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("good", "1")
        archive.writestr(zipfile.ZipInfo(member), "evil")
    assert client.put(f"{files}/x.zip?extract=true&inbody=true", body=buffer.getvalue()).status == 400
    assert client.rows(files) == []


def test_links_in_tar_archives_are_left_out(client, files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("file")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert client.put(f"{files}/x.tar?extract=true&inbody=true", body=buffer.getvalue()).status == 200
    assert [row["Name"] for row in client.rows(files)] == ["file"]
