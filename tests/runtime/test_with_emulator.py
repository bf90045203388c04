"""The transport, login and transfers against the emulator, which knows nothing of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xnat_emulator import Emulator, start
from xnat_runtime import auth
from xnat_runtime.archives import download_dir, download_zip
from xnat_runtime.dicom import read_dataset
from xnat_runtime.downloads import download_file, download_stream
from xnat_runtime.errors import AuthenticationError, ConflictError, LoginFailedError, NotFoundError
from xnat_runtime.paths import child, encode_path, resolve
from xnat_runtime.pool import PoolTransport
from xnat_runtime.transport import Request, checked
from xnat_runtime.uploads import upload_source

SESSION = "/data/projects/sandbox/subjects/test001/experiments/test001_MR"
FILES = f"{SESSION}/resources/TRANSFER/files"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with start(demo=True) as running:
        yield running


@pytest.fixture
def connection(emulator: Emulator) -> Iterator[PoolTransport]:
    transport = PoolTransport(emulator.url)
    auth.sign_in(auth.PasswordLogin(emulator.user, emulator.password), transport)
    yield transport
    auth.run(auth.log_out(), transport.send)
    transport.close()


def rows(transport: PoolTransport, path: str) -> list[dict[str, Any]]:
    answer: Any = checked(transport.send(Request("GET", path, (("format", "json"),)))).json()
    return answer["ResultSet"]["Result"]


def test_a_login_takes_one_request_and_its_session_is_used(emulator: Emulator):
    before = len(emulator.requests)
    transport = PoolTransport(emulator.url)
    auth.sign_in(auth.PasswordLogin(emulator.user, emulator.password), transport)
    assert len(emulator.requests) == before + 1
    assert auth.run(auth.check_session(), transport.send) == emulator.user
    auth.run(auth.log_out(), transport.send)
    with pytest.raises(AuthenticationError):
        auth.run(auth.check_session(), transport.send)
    transport.close()


def test_a_wrong_password_is_tried_once(emulator: Emulator):
    transport = PoolTransport(emulator.url)
    policy = auth.PasswordLogin(emulator.user, "wrong")
    before = len(emulator.requests)
    for _ in range(3):
        with pytest.raises(LoginFailedError, match="401"):
            auth.sign_in(policy, transport)
    assert len(emulator.requests) == before + 1
    transport.close()


def test_an_existing_session_is_taken_over(emulator: Emulator, connection: PoolTransport):
    session_id = connection.cookies.get("JSESSIONID")
    assert session_id is not None
    other = PoolTransport(emulator.url)
    assert auth.sign_in(auth.SessionLogin(session_id), other).user == emulator.user
    other.close()


def test_the_reason_of_an_error_is_the_servers(connection: PoolTransport):
    with pytest.raises(NotFoundError) as caught:
        checked(connection.send(Request("GET", "/data/projects/none", (("format", "json"),))))
    assert caught.value.reason
    assert "<" not in caught.value.reason


@pytest.mark.parametrize("name", ["a.bin", "sub/folder/a b.bin", "é (1), [x]=&'+50%.bin"])
def test_what_goes_up_comes_down(connection: PoolTransport, tmp_path: Path, name: str):
    content = name.encode() * 200_000
    (tmp_path / "source").write_bytes(content)
    uri = f"{FILES}/{encode_path(name)}"
    upload_source(connection.send, uri, tmp_path / "source", overwrite=True)
    row = next(row for row in rows(connection, FILES) if row["URI"].endswith("/files/" + name))
    listed = resolve(connection.server, encode_path(row["URI"])).path
    done = download_file(
        connection.send, Request("GET", listed), tmp_path / "copy", md5=row["digest"], size=int(row["Size"])
    )
    assert done.verified == "md5"
    assert (tmp_path / "copy").read_bytes() == content


def test_an_empty_file_goes_up_and_comes_down(connection: PoolTransport):
    uri = child(FILES, "empty.txt")
    upload_source(connection.send, uri, b"", overwrite=True)
    target = io.BytesIO()
    assert download_stream(connection.send, Request("GET", uri), target, size=0).size == 0


def test_a_file_that_exists_is_replaced_only_when_told_to(connection: PoolTransport):
    uri = child(FILES, "twice.bin")
    upload_source(connection.send, uri, b"one")
    with pytest.raises(ConflictError, match=r"twice\.bin") as caught:
        upload_source(connection.send, uri, io.BytesIO(b"two"))
    assert len(caught.value.duplicates) == 1
    upload_source(connection.send, uri, b"three", overwrite=True)
    assert checked(connection.send(Request("GET", uri))).content == b"three"


def test_a_session_is_unpacked_into_a_folder_as_the_server_lists_it(connection: PoolTransport, tmp_path: Path):
    request = Request("GET", f"{SESSION}/scans/ALL/files", (("format", "zip"),))
    done = download_dir(connection.send, request, tmp_path / "out")
    listed = rows(connection, f"{SESSION}/scans/ALL/files")
    assert sorted(file.md5 for file in done.files) == sorted(row["digest"] for row in listed)
    for file in done.files:
        assert hashlib.md5(file.path.read_bytes()).hexdigest() == file.md5
    assert all(file.name.startswith("test001_MR/scans/") for file in done.files)


def test_a_session_is_kept_as_a_zip(connection: PoolTransport, tmp_path: Path):
    request = Request("GET", f"{SESSION}/scans/ALL/files", (("format", "zip"),))
    assert download_zip(connection.send, request, tmp_path / "a.zip").size == (tmp_path / "a.zip").stat().st_size


def test_nothing_is_left_of_a_missing_archive(connection: PoolTransport, tmp_path: Path):
    with pytest.raises(NotFoundError):
        download_dir(
            connection.send, Request("GET", f"{SESSION}/scans/99/files", (("format", "zip"),)), tmp_path / "out"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_dicom_header_is_read(connection: PoolTransport):
    files = rows(connection, f"{SESSION}/scans/ALL/files")
    row = next(row for row in files if row["collection"] == "DICOM")
    request = Request("GET", resolve(connection.server, encode_path(row["URI"])).path)
    assert read_dataset(connection.send, request).Modality == "MR"
    assert "PixelData" not in read_dataset(connection.send, request)
    assert read_dataset(connection.send, request, read_pixel_data=True).PixelData
