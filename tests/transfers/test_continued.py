"""Single files whose transfer breaks: the rest follows, each byte once, and never of two states of the file."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, faults
from xnat_runtime.downloads import download_file, download_pieces, download_stream
from xnat_runtime.errors import (
    CorruptArchiveError,
    DigestMismatchError,
    IncompleteTransferError,
    TransferError,
)
from xnat_runtime.pool import PoolTransport
from xnat_runtime.progress import Tally
from xnat_runtime.remote_file import RemoteFile
from xnat_runtime.transport import Request
from xnat_sdk import NEVER, RetryPolicy, XnatSession
from xnat_sdk.progress import Advanced, Finished, Retried, Started
from xnat_sdk.transfers import TransferOptions

OLD = random.Random(1).randbytes(3_000_000)
NEW = random.Random(2).randbytes(3_000_000)
QUICK = RetryPolicy(attempts=4, base=0.0)
GET = Request("GET", "/data/files/x.bin")
MD5 = hashlib.md5(OLD).hexdigest()


@attrs.define
class Answer:
    """What a server sends: the status and headers, and so many bytes of the body."""

    body: bytes
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    status: str = "200 OK"
    cut: int | None = None


class Server:
    """Gives prepared answers one after the other, and notes what it was asked.

    Attributes:
        heads: The heads of the requests.
    """

    def __init__(self, *answers: Answer) -> None:
        self.heads: list[str] = []
        self._answers = iter(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.transport = PoolTransport(f"http://127.0.0.1:{self._listener.getsockname()[1]}", proxy="")
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        for answer in self._answers:
            with suppress(OSError):  # the client may hang up, or the test be over
                self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        connection, _ = self._listener.accept()
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(65536)
            self.heads.append(head.decode())
            told = {"Content-Length": str(len(answer.body)), "Connection": "close", **answer.headers}
            lines = [
                f"HTTP/1.1 {answer.status}",
                *(f"{name}: {value}" for name, value in told.items() if value),
                "",
                "",
            ]
            connection.sendall("\r\n".join(lines).encode() + answer.body[: answer.cut])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def close(self) -> None:
        self.transport.close()
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(*answers: Answer) -> Server:
        made.append(Server(*answers))
        return made[-1]

    yield start
    for each in made:
        each.close()


RANGES = {"Accept-Ranges": "bytes", "ETag": '"1"'}
CUT = 1_500_000


def rest(content: bytes, begin: int, **changes: Any) -> Answer:
    told = {**RANGES, "Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
    return attrs.evolve(Answer(content[begin:], told, "206 Partial Content"), **changes)


def begins(server: Server) -> list[str]:
    found = [[line for line in head.split("\r\n") if line.startswith(("Range", "If-Range"))] for head in server.heads]
    return ["; ".join(lines) for lines in found]


Take = Callable[..., bytes]


def as_file(server: Server, folder: Path, **options: Any) -> bytes:
    download_file(server.transport.send, GET, folder / "x.bin", policy=QUICK, **options)
    assert [path.name for path in folder.iterdir()] == ["x.bin"]
    return (folder / "x.bin").read_bytes()


def as_stream(server: Server, folder: Path, **options: Any) -> bytes:
    target = io.BytesIO()
    download_stream(server.transport.send, GET, target, policy=QUICK, **options)
    return target.getvalue()


def as_pieces(server: Server, folder: Path, **options: Any) -> bytes:
    return b"".join(download_pieces(server.transport.send, GET, policy=QUICK, **options))


WAYS = pytest.mark.parametrize("take", [as_file, as_stream, as_pieces])


@WAYS
def test_the_rest_follows_where_ranges_are_honoured(serve, take: Take, tmp_path: Path):
    server = serve(Answer(OLD, RANGES, cut=CUT), rest(OLD, CUT))
    assert take(server, tmp_path, md5=MD5) == OLD
    assert begins(server) == ["", f'Range: bytes={CUT}-; If-Range: "1"']


@WAYS
def test_without_ranges_all_of_it_comes_again_and_each_byte_is_taken_once(serve, take: Take, tmp_path: Path):
    server = serve(Answer(OLD, cut=CUT), Answer(OLD, cut=2 * CUT - 10), Answer(OLD))
    assert take(server, tmp_path) == OLD
    assert begins(server) == ["", "", ""]


@WAYS
def test_a_file_without_announced_size_or_tag_is_whole(serve, take: Take, tmp_path: Path):
    server = serve(Answer(OLD, {"Accept-Ranges": "bytes"}, cut=CUT), Answer(OLD))
    assert take(server, tmp_path) == OLD
    assert begins(server) == ["", ""]


def test_a_file_that_changed_meanwhile_is_the_new_one(serve, tmp_path: Path):
    server = serve(Answer(OLD, RANGES, cut=CUT), Answer(NEW, {**RANGES, "ETag": '"2"'}))
    assert as_file(server, tmp_path) == NEW


@pytest.mark.parametrize("take", [as_stream, as_pieces])
@pytest.mark.parametrize("headers", [{}, RANGES])
def test_a_stream_of_a_file_that_changed_meanwhile_is_an_error(serve, take: Take, headers, tmp_path: Path):
    server = serve(Answer(OLD, headers, cut=CUT), Answer(NEW, {**headers, "ETag": '"2"'}))
    with pytest.raises(TransferError, match="changed on the server"):
        take(server, tmp_path)


@WAYS
def test_a_shorter_file_meanwhile_is_never_put_together_of_two(serve, take: Take, tmp_path: Path):
    short = NEW[: CUT // 2]
    server = serve(Answer(OLD, cut=CUT), *[Answer(short)] * 3)
    try:
        found = take(server, tmp_path)
    except TransferError:
        found = short
    assert found == short
    assert not list(tmp_path.glob(".xnat*"))


@pytest.mark.parametrize("told", [f"bytes 7-{len(OLD) - 1}/{len(OLD)}", f"bytes {CUT}-{CUT + 9}/{len(OLD)}", ""])
@WAYS
def test_another_part_than_was_asked_for_is_not_taken(serve, take: Take, told: str, tmp_path: Path):
    wrong = Answer(OLD[7:], {**RANGES, "Content-Range": told}, "206 Partial Content")
    server = serve(Answer(OLD, RANGES, cut=CUT), wrong, Answer(OLD, RANGES))
    assert take(server, tmp_path, md5=MD5) == OLD


@WAYS
def test_places_in_a_packed_answer_are_none_in_the_file(serve, take: Take, tmp_path: Path):
    packed = gzip.compress(OLD, 1)
    headers = {**RANGES, "Content-Encoding": "gzip"}
    server = serve(Answer(packed, headers, cut=CUT), Answer(packed, headers))
    assert take(server, tmp_path) == OLD
    assert begins(server) == ["", ""]


def test_wrong_bytes_are_asked_for_once_more(serve, tmp_path: Path):
    server = serve(Answer(NEW), Answer(OLD))
    assert as_file(server, tmp_path, md5=MD5) == OLD


def test_the_same_wrong_bytes_twice_are_what_the_server_has(serve, tmp_path: Path):
    server = serve(*[Answer(NEW)] * 4)
    with pytest.raises(DigestMismatchError):
        as_file(server, tmp_path, md5=MD5)
    assert len(server.heads) == 2
    assert not list(tmp_path.iterdir())


def test_another_length_than_the_listing_says_is_not_asked_for_again_and_again(serve, tmp_path: Path):
    server = serve(*[Answer(NEW)] * 4)
    with pytest.raises(IncompleteTransferError, match="needs a refresh"):
        as_file(server, tmp_path, size=7)
    assert len(server.heads) == 2


def test_after_the_last_attempt_nothing_is_left(serve, tmp_path: Path):
    server = serve(*[Answer(OLD, cut=CUT)] * 4)
    with pytest.raises(IncompleteTransferError, match=f"after {CUT} of {len(OLD)} bytes"):
        as_file(server, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_events_of_a_break_add_up(serve, tmp_path: Path):
    told: list[Any] = []
    server = serve(Answer(OLD, RANGES, cut=CUT), rest(OLD, CUT))
    as_file(server, tmp_path, progress=told.append)
    kinds = [type(event) for event in told if not isinstance(event, Advanced)]
    assert kinds == [Started, Retried, Started, Finished]
    tally = Tally()
    for event in told:
        tally.take(event)
    assert (tally.done, tally.total, tally.ended) == (len(OLD), len(OLD), 1)


def test_an_open_file_that_was_replaced_is_an_error(serve):
    def part(content: bytes, begin: int, tag: str) -> Answer:
        told = {"ETag": tag, "Content-Range": f"bytes {begin}-{begin + 99}/{len(content)}"}
        return Answer(content[begin : begin + 100], told, "206 Partial Content")

    server = serve(part(OLD, 0, '"1"'), part(OLD, 5_000, '"1"'), part(NEW, 9_000, '"2"'))
    with RemoteFile(server.transport.send, GET, policy=QUICK) as remote:
        assert remote.read(100) == OLD[:100]
        remote.seek(5_000)
        assert remote.read(100) == OLD[5_000:5_100]
        remote.seek(9_000)
        with pytest.raises(TransferError, match="changed on the server"):
            remote.read(100)


def test_an_open_file_gives_up_after_the_last_attempt(serve):
    server = serve(*[Answer(OLD, cut=0)] * 4)
    with RemoteFile(server.transport.send, GET, policy=QUICK) as remote, pytest.raises(IncompleteTransferError):
        remote.read(100)
    assert len(server.heads) == 4


@pytest.mark.parametrize("told", [len(OLD) - 10, len(OLD) + 10])
def test_an_open_file_of_another_size_than_listed_is_an_error(serve, told: int):
    server = serve(*[Answer(OLD, {"Content-Length": str(told)})] * 4)
    with (
        RemoteFile(server.transport.send, GET, size=len(OLD), policy=QUICK) as remote,
        pytest.raises(IncompleteTransferError, match=f"tells {told} bytes, its listing {len(OLD)}"),
    ):
        remote.read()


def test_an_open_file_whose_answer_ends_early_is_asked_for_again(serve):
    """No length is announced, so that only the listing tells that there is more."""
    chunked = {"Transfer-Encoding": "chunked", "Content-Length": ""}

    def packed(content: bytes) -> bytes:
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)

    server = serve(Answer(packed(OLD[:CUT]), chunked), Answer(packed(OLD), chunked))
    with RemoteFile(server.transport.send, GET, size=len(OLD), policy=QUICK) as remote:
        assert remote.read() == OLD


# With the emulator, at the level of objects and paths


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "ranges"])
def demo(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, mode=xnat_emulator.Mode(ranges=request.param)) as server:
        yield server


@pytest.fixture
def session(demo: Emulator) -> Iterator[XnatSession]:
    demo.faults.clear()
    with xnat_sdk.connect(demo.url, demo.user, demo.password) as connection:
        resource = connection.projects["sandbox"].create_resource("BIG", exist_ok=True)
        if not resource.files:
            resource.upload_data(OLD, "big.bin")
        yield connection


OPTIONS = TransferOptions(retry=QUICK)
NO_RETRY = TransferOptions(retry=NEVER)


def big(session: XnatSession) -> Any:
    return session.projects["sandbox"].resources["BIG"].files["big.bin"]


def written(session: XnatSession, folder: Path, options: TransferOptions) -> bytes:
    return big(session).download(folder / "x", options=options).path.read_bytes()


def written_by_path(session: XnatSession, folder: Path, options: TransferOptions) -> bytes:
    return session.download(big(session).uri, folder / "x", options=options).path.read_bytes()


def streamed(session: XnatSession, _: Path, options: TransferOptions) -> bytes:
    target = io.BytesIO()
    big(session).download_stream(target, options=options)
    return target.getvalue()


def streamed_by_path(session: XnatSession, _: Path, options: TransferOptions) -> bytes:
    target = io.BytesIO()
    session.download_stream(big(session).uri, target, options=options)
    return target.getvalue()


def generated(session: XnatSession, _: Path, options: TransferOptions) -> bytes:
    return b"".join(session.download_generator(big(session).uri, options=options))


@pytest.mark.parametrize("take", [written, written_by_path, streamed, streamed_by_path, generated])
@pytest.mark.parametrize(
    "effect", [faults.Drop(after=2_000_000), faults.Drop(after=0, reset=True), faults.Unavailable("0")]
)
def test_every_single_download_goes_on_after_a_break(demo, session, take: Any, effect: Any, tmp_path: Path):
    fault = demo.faults.add(Fault(effect, path="*/big.bin", count=2))
    assert take(session, tmp_path, OPTIONS) == OLD
    assert fault.hits == 2


@pytest.mark.parametrize("take", [written, written_by_path, streamed, streamed_by_path, generated])
def test_who_wants_no_retries_gets_none(demo, session, take: Any, tmp_path: Path):
    fault = demo.faults.add(Fault(faults.Drop(after=2_000_000), path="*/big.bin"))
    with pytest.raises(IncompleteTransferError):
        take(session, tmp_path, NO_RETRY)
    assert fault.hits == 1
    assert not list(tmp_path.iterdir())


def test_digests_of_files_on_the_server_survive_a_break(demo, session):
    demo.faults.add(Fault(faults.Drop(after=2_000_000), path="*/big.bin", count=1))
    assert big(session).calculate_digest(big(session)) == MD5


def test_headers_are_read_after_a_break(demo, session):
    file = session.projects["sandbox"].sessions["test001_MR"].scans["2"].resources["DICOM"].files[0]
    demo.faults.add(Fault(faults.Drop(after=100), path="*/files/*", count=1))
    assert file.read_dicom().Modality == "MR"


def names_of(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


@pytest.mark.parametrize("effect", [faults.Drop(after=60_000), faults.TruncatedZip(0.5), faults.CorruptZip()])
@pytest.mark.parametrize("level", ["subject", "project", "path"])
def test_archives_come_whole_after_a_break(demo, session, level: str, effect: Any, tmp_path: Path):
    project = session.projects["sandbox"]
    imaging = project.sessions["test001_MR"]

    def take(target: Path) -> list[str]:
        if level == "path":
            session.download_zip(f"{imaging.uri}/scans/ALL/files", target, options=OPTIONS)
        else:
            (project.subjects["test001"] if level == "subject" else project).download(target)
        return names_of(target)

    whole = take(tmp_path / "whole.zip")
    fault = demo.faults.add(Fault(effect, path="*/scans/ALL/files*", count=1))
    assert take(tmp_path / "again.zip") == whole
    assert fault.hits == 1


def test_an_archive_that_stays_damaged_is_asked_for_twice(demo, session, tmp_path: Path):
    fault = demo.faults.add(Fault(faults.CorruptZip(), path="*/scans/ALL/files*"))
    uri = session.projects["sandbox"].sessions["test001_MR"].uri
    with pytest.raises(CorruptArchiveError):
        session.download_zip(f"{uri}/scans/ALL/files", tmp_path / "x.zip", options=OPTIONS)
    assert fault.hits == 2
    assert not list(tmp_path.iterdir())
