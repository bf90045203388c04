"""Uploads of single files: paths, bytes and streams, compared afterwards, each of them once."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from transfers.uploading import QUICK, asked, held, md5s, writes, written

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_runtime.errors import (
    ConflictError,
    DigestMismatchError,
    IncompleteTransferError,
    InvalidValueError,
    ServerError,
)
from xnat_runtime.transfers.events import Advanced, Finished, Retried, Started, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.retry import NEVER
from xnat_runtime.transfers.upload_body import SourceChangedError
from xnat_runtime.transfers.upload_one import upload_one

RESOURCE = "/data/projects/P/resources/R"
URI = f"{RESOURCE}/files/sub/a%20b.bin"
NAME = "sub/a b.bin"
DATA = bytes(range(256)) * 9_000


class Unseekable(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._stream.readinto(buffer)


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with xnat_emulator.start() as site:
        yield site


@pytest.fixture
def server(running: Emulator) -> Emulator:
    running.faults.clear()
    running.reset()
    running.build.project("P")
    return running


@pytest.fixture
def connection(server: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        session.projects.keys()
        yield session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a b.bin").write_bytes(DATA)
    return tmp_path / "a b.bin"


def test_every_kind_of_source_arrives_and_is_compared(server: Emulator, connection: xnat_sdk.XnatSession, path: Path):
    stream = io.BytesIO(b"--" + DATA)
    stream.seek(2)
    for number, source in enumerate((path, DATA, stream, io.BufferedReader(Unseekable(DATA)))):
        before = len(server.requests)
        done = upload_one(asked(connection), f"{RESOURCE}/files/{number}", source)
        assert (done.size, done.verified, done.md5) == (len(DATA), "md5", md5s({"": DATA})[""])
        assert done.path == (path if source is path else None)
        assert [each.method for each in server.requests[before:]] == ["PUT", "GET"]
    assert held(connection, RESOURCE) == md5s({str(number): DATA for number in range(4)})
    assert not stream.closed


def test_an_empty_file_arrives(connection: xnat_sdk.XnatSession, tmp_path: Path):
    (tmp_path / "empty").touch()
    assert upload_one(asked(connection), URI, tmp_path / "empty").verified == "md5"
    assert upload_one(asked(connection), f"{RESOURCE}/files/b", b"").size == 0
    assert held(connection, RESOURCE) == md5s({NAME: b"", "b": b""})


def test_a_file_that_exists_is_left_replaced_or_compared(connection: xnat_sdk.XnatSession, server: Emulator):
    upload_one(asked(connection), URI, b"theirs")
    with pytest.raises(ConflictError, match="Already there") as caught:
        upload_one(asked(connection), URI, DATA)
    assert caught.value.duplicates == (NAME,)
    told: list[TransferEvent] = []
    before = len(server.requests)
    with pytest.raises(ConflictError, match=r"Nothing was sent, .* already, with other bytes:"):
        upload_one(asked(connection), URI, DATA, if_exists="skip_if_same")
    assert upload_one(asked(connection), URI, DATA, if_exists="skip", observer=told.append).verified == "unverified"
    assert upload_one(asked(connection), URI, b"theirs", if_exists="skip_if_same").verified == "md5"
    assert (writes(server, before), told) == ([], [Finished(NAME, "skipped", "it is there already")])
    assert held(connection, RESOURCE) == md5s({NAME: b"theirs"})
    assert upload_one(asked(connection), URI, DATA, if_exists="overwrite").verified == "md5"
    assert held(connection, RESOURCE) == md5s({NAME: DATA})


@pytest.mark.parametrize("if_exists", ["error", "overwrite"])
@pytest.mark.parametrize("how", ["504", "reset", "close"])
def test_a_lost_reply_is_no_second_upload(
    server: Emulator, connection: xnat_sdk.XnatSession, path: Path, how: str, if_exists: str
):
    server.faults.add(Fault(faults.LoseReply(how), path="*/files/*"))  # type: ignore[arg-type]
    for source in (path, DATA, io.BytesIO(DATA)):
        uri = f"{RESOURCE}/files/{type(source).__name__}"
        before = len(server.requests)
        done = upload_one(asked(connection), uri, source, if_exists=if_exists)  # type: ignore[arg-type]
        assert (done.verified, len(writes(server, before))) == ("md5", 1)
    assert set(held(connection, RESOURCE).values()) == {md5s({"": DATA})[""]}


def test_a_lost_reply_is_not_made_up_for_by_the_bytes_of_others(server: Emulator, connection: xnat_sdk.XnatSession):
    upload_one(asked(connection), URI, b"theirs")
    server.faults.add(Fault(faults.LoseReply("reset"), path="*/files/*", count=1))
    with pytest.raises(ConflictError):
        upload_one(asked(connection), URI, DATA, options=TransferOptions(retry=QUICK))
    assert held(connection, RESOURCE) == md5s({NAME: b"theirs"})


def test_refusals_that_pass_are_tried_again_and_told(server: Emulator, connection: xnat_sdk.XnatSession):
    fault = server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/*", count=2))
    told: list[TransferEvent] = []
    upload_one(asked(connection), URI, DATA, options=TransferOptions(retry=QUICK), observer=told.append)
    assert [type(event) for event in told if not isinstance(event, Advanced)] == [Started, Retried, Retried, Finished]
    assert fault.hits == 2
    server.faults.add(Fault(faults.Unavailable(), method="PUT", path="*/files/*"))
    with pytest.raises(ServerError):
        upload_one(asked(connection), URI, DATA, options=TransferOptions(retry=NEVER))


def test_success_with_nothing_done_is_an_error(server: Emulator, connection: xnat_sdk.XnatSession):
    """rest-data 10.4.11."""
    server.build.user("reader", "secret")
    connection.projects["P"].add_user("reader", "collaborator")
    upload_one(asked(connection), URI, b"old")
    with xnat_sdk.connect(server.url, "reader", "secret") as reader:
        with pytest.raises(IncompleteTransferError, match="may not edit"):
            upload_one(asked(reader), f"{RESOURCE}/files/new", DATA)
        with pytest.raises(DigestMismatchError, match="catalog says"):
            upload_one(asked(reader), URI, DATA, if_exists="overwrite")
        with pytest.raises(IncompleteTransferError, match="may not edit"):
            reader.projects["P"].resources["R"].upload_data(DATA, "other")
        with pytest.raises(IncompleteTransferError, match="may not edit"):
            reader.upload(f"{RESOURCE}/files/third", DATA)
    assert held(connection, RESOURCE) == md5s({NAME: b"old"})


def test_a_file_that_changes_meanwhile_is_an_error(server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path):
    path = tmp_path / "large"
    path.write_bytes(os.urandom(3 << 20))

    def meddle(event: TransferEvent) -> None:
        if isinstance(event, Advanced):
            os.truncate(path, 1 << 20)

    with pytest.raises(SourceChangedError, match="changed while it was uploaded"):
        upload_one(asked(connection), URI, path, observer=meddle)
    assert held(connection, RESOURCE) == {}


def test_an_archive_that_is_unpacked_is_not_compared(server: Emulator, connection: xnat_sdk.XnatSession):
    from xnat_emulator.build import dicom_zip

    before = len(server.requests)
    done = upload_one(asked(connection), f"{RESOURCE}/files/a.zip", dicom_zip("CT", project="P"), extract=True)
    assert done.verified == "unverified"
    assert [each.method for each in server.requests[before:]] == ["PUT"]
    assert "a.zip" not in held(connection, RESOURCE)
    connection.upload(f"{RESOURCE}/files/b.zip?extract=true", dicom_zip("MR", project="P"))
    assert "b.zip" not in held(connection, RESOURCE)


def test_what_cannot_be_looked_at_is_sent_once(server: Emulator, connection: xnat_sdk.XnatSession):
    path = "/data/user/cache/resources/a/files/b.txt"
    connection.upload(path, b"abc")
    server.faults.add(Fault(faults.LoseReply("504"), path="/data/user/cache/*"))
    before = len(server.requests)
    with pytest.raises(ServerError):
        connection.upload(path, b"abcd")
    assert len(server.requests) - before == 1


def test_nothing_is_compared_unless_wanted(server: Emulator, connection: xnat_sdk.XnatSession):
    before = len(server.requests)
    done = upload_one(asked(connection), URI, DATA, options=TransferOptions(verify=False))
    assert (done.verified, done.md5, len(server.requests) - before) == ("unverified", None, 1)


def test_sites_without_checksums_are_told_apart():
    with xnat_emulator.start(mode=Mode(checksums=False)) as site:
        site.build.project("P")
        with xnat_sdk.connect(site.url, site.user, site.password) as session:
            assert upload_one(asked(session), URI, DATA).verified == "size"
            assert upload_one(asked(session), URI, DATA, if_exists="skip_if_same").verified == "size"
            # A file of the same size may be the one from before.
            assert upload_one(asked(session), URI, DATA, if_exists="overwrite").verified == "unverified"


def test_what_is_told_of_a_file_arrives_with_it(connection: xnat_sdk.XnatSession):
    resource = connection.projects["P"].create_resource("FACTS")
    resource.upload_data("x", "a", file_content="NOTE", file_format="TEXT", if_exists="skip_if_same")
    (file,) = resource.files
    assert (file.file_content, file.file_format) == ("NOTE", "TEXT")


# Every way takes the same words for files that exist


def _by_object(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.projects["P"].resources["R"].upload(path, NAME, **said)  # type: ignore[arg-type]


def _as_data(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.projects["P"].resources["R"].upload_data(path.read_bytes(), NAME, **said)  # type: ignore[arg-type]


def _by_path(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.upload(URI, path, **said)  # type: ignore[arg-type]


def _as_file(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.upload_file(URI, path, **said)  # type: ignore[arg-type]


def _as_string(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.upload_string(URI, path.read_bytes(), **said)  # type: ignore[arg-type]


def _as_stream(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
    return session.upload_stream(URI, io.BytesIO(path.read_bytes()), **said)  # type: ignore[arg-type]


def _folder(method: str):
    def upload(session: xnat_sdk.XnatSession, path: Path, **said: object) -> object:
        folder = written(path.parent / f"folder-{method}", {NAME: path.read_bytes()})
        return session.projects["P"].resources["R"].upload_dir(folder, method=method, **said)  # type: ignore[arg-type]

    return upload


WAYS = {
    "object": _by_object, "data": _as_data, "path": _by_path, "file": _as_file, "string": _as_string,
    "stream": _as_stream, **{method: _folder(method) for method in ("tar", "zip", "tgz", "per_file")},
}  # fmt: skip


CASES: list[tuple[dict[str, object], bytes, bool]] = [
    ({}, b"theirs", True),
    ({"if_exists": "error"}, b"theirs", True),
    ({"if_exists": "skip"}, b"theirs", False),
    ({"if_exists": "skip_if_same"}, b"theirs", True),
    ({"if_exists": "overwrite"}, b"ours", False),
    ({"overwrite": True}, b"ours", False),
]
"""What is asked for, what the server has then, and whether that is an error."""


@pytest.mark.parametrize("way", WAYS)
def test_what_exists_is_treated_alike_on_every_way(connection: xnat_sdk.XnatSession, tmp_path: Path, way: str):
    path, upload = tmp_path / "file", WAYS[way]
    for said, kept, is_refused in CASES:
        upload_one(asked(connection), URI, b"theirs", if_exists="overwrite")
        path.write_bytes(b"ours")
        with pytest.raises(ConflictError) if is_refused else nullcontext() as caught:
            upload(connection, path, **said)
        if caught is not None:
            assert (caught.value.duplicates, "200" in str(caught.value)) == ((NAME,), False)
        assert held(connection, RESOURCE) == md5s({NAME: kept})
    path.write_bytes(b"ours")
    upload(connection, path, if_exists="skip_if_same")
    with pytest.raises(InvalidValueError, match="contradict"):
        upload(connection, path, overwrite=True, if_exists="skip")


def test_words_that_need_a_table_are_refused_where_there_is_none(server: Emulator, connection: xnat_sdk.XnatSession):
    before = len(server.requests)
    for if_exists in ("skip", "skip_if_same"):
        with pytest.raises(InvalidValueError, match="take 'error' or 'overwrite'"):
            connection.upload("/data/user/cache/resources/a/files/b.txt", b"abc", if_exists=if_exists)  # type: ignore[arg-type]
        with pytest.raises(InvalidValueError, match="an archive that is unpacked"):
            upload_one(asked(connection), URI, b"abc", if_exists=if_exists, extract=True)  # type: ignore[arg-type]
    assert len(server.requests) == before


def test_names_that_are_taken_are_told_in_one_sentence(connection: xnat_sdk.XnatSession, tmp_path: Path):
    upload_one(asked(connection), f"{RESOURCE}/files/a", b"theirs")
    with pytest.raises(ConflictError) as caught:
        connection.projects["P"].resources["R"].upload_dir(written(tmp_path / "one", {"a": b"ours"}))
    above = connection.projects["P"].resources["R"].uri
    assert str(caught.value) == (
        f"Nothing was sent, since these are in {above} already: 'a'. Pass if_exists='overwrite' to replace them, "
        "'skip' to leave them"
    )
    with pytest.raises(ConflictError) as caught:
        connection.upload(f"{RESOURCE}/files/a", b"ours")
    assert str(caught.value) == "Already there and left as it was: a. Pass overwrite=True to replace"


_LARGE = """
import re, sys
from pathlib import Path
import xnat_sdk

def peak():  # what getrusage() tells of a new process begins with its parent's
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

url, user, password, path, small = sys.argv[1:]
with xnat_sdk.connect(url, user, password) as session:
    held = session.projects["P"].resources["R"]
    held.upload(Path(small), "small")
    before = peak()
    assert held.upload(Path(path), "large").verified == "md5"
    print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell")
def test_a_large_file_needs_few_megabytes_of_memory(server: Emulator, connection: xnat_sdk.XnatSession, tmp_path: Path):
    connection.projects["P"].create_resource("R")
    (tmp_path / "small").write_bytes(bytes(6 << 20))
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(80 << 20)
    where = (server.url, server.user, server.password, str(tmp_path / "large"), str(tmp_path / "small"))
    done = subprocess.run([sys.executable, "-c", _LARGE, *where], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8 << 20
