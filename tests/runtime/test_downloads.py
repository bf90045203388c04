from __future__ import annotations

import gzip
import hashlib
import io
import socket
import threading
from pathlib import Path

import pytest

from xnat_runtime.downloads import download_file, download_stream
from xnat_runtime.errors import (
    DigestMismatchError,
    IncompleteTransferError,
    LoginPageError,
    NotFoundError,
    RequestTimeoutError,
    TargetExistsError,
    UnexpectedStatusError,
)
from xnat_runtime.pool import PoolTransport
from xnat_runtime.results import TransferResult
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_runtime.transport import Request, Response, Timeouts

DATA = bytes(range(256)) * 12_000
MD5 = hashlib.md5(DATA).hexdigest()
GET = Request("GET", "/data/experiments/E/resources/1/files/a.bin")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(data: bytes, step: int = 8192) -> bytes:
    pieces = (data[at : at + step] for at in range(0, len(data), step))
    return CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_file_is_written_and_compared_with_its_md5(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, DATA))
    done = download_file(transport.send, GET, tmp_path / "a.bin", md5=MD5.upper(), size=len(DATA))
    assert done == TransferResult(tmp_path / "a.bin", len(DATA), MD5, "md5")
    assert (tmp_path / "a.bin").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("md5", [None, "", "not a digest"])
def test_without_an_md5_the_length_is_what_is_compared(server, transport, odd, tmp_path: Path, md5: str | None):
    server.answer(odd(200, DATA))
    done = download_file(transport.send, GET, tmp_path / "a.bin", md5=md5)
    assert (done.verified, done.md5, done.size) == ("size", None, len(DATA))


def test_without_any_length_the_result_says_unverified(server, transport, odd, tmp_path: Path):
    server.answer(odd(raw=chunked(DATA)))
    assert download_file(transport.send, GET, tmp_path / "a.bin").verified == "unverified"
    assert (tmp_path / "a.bin").read_bytes() == DATA
    server.answer(odd(raw=chunked(DATA)))
    assert download_file(transport.send, GET, tmp_path / "b.bin", size=len(DATA)).verified == "size"


def test_an_empty_file_is_a_file(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, b""))
    assert download_file(transport.send, GET, tmp_path / "a.bin", size=0).verified == "size"
    assert (tmp_path / "a.bin").read_bytes() == b""


def test_a_stream_gets_the_same_bytes(server, transport, odd):
    server.answer(odd(200, DATA))
    target = io.BytesIO()
    assert download_stream(transport.send, GET, target, md5=MD5) == TransferResult(None, len(DATA), MD5, "md5")
    assert target.getvalue() == DATA


def test_progress_is_told_after_each_piece(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, DATA), odd(raw=chunked(DATA)))
    told: list[TransferEvent] = []
    download_file(transport.send, GET, tmp_path / "a.bin", progress=told.append)
    assert told[0] == Started("a.bin", len(DATA))
    pieces = [event.count for event in told if isinstance(event, Advanced)]
    assert sum(pieces) == len(DATA)
    assert len(pieces) == len(told) - 2 > 1
    assert told[-1] == Finished("a.bin", "moved")
    told.clear()
    download_stream(transport.send, GET, io.BytesIO(), progress=told.append)
    assert told[0] == Started(GET.path.rpartition("/")[2], None)
    assert sum(event.count for event in told if isinstance(event, Advanced)) == len(DATA)


def test_another_md5_leaves_nothing(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, DATA[:-1] + b"\0"))
    with pytest.raises(DigestMismatchError, match=f"the catalog says {MD5}") as caught:
        download_file(transport.send, GET, tmp_path / "a.bin", md5=MD5)
    assert caught.value.expected == MD5
    assert list(tmp_path.iterdir()) == []


def test_another_size_than_the_listings_leaves_nothing(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, DATA))
    with pytest.raises(IncompleteTransferError, match="the catalog is out of date") as caught:
        download_file(transport.send, GET, tmp_path / "a.bin", size=len(DATA) + 1)
    assert (caught.value.expected, caught.value.received) == (len(DATA) + 1, len(DATA))
    assert list(tmp_path.iterdir()) == []


def test_the_md5_decides_when_only_the_listings_size_is_wrong(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, DATA))
    assert download_file(transport.send, GET, tmp_path / "a.bin", size=1, md5=MD5).verified == "md5"


@pytest.mark.parametrize(
    ("raw", "received", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + DATA[:2_000_000], 1_048_576, 3_000_000),
        (chunked(DATA)[:-5], None, None),
        (chunked(DATA)[:2_000_000], None, None),
    ],
)
def test_a_connection_that_breaks_leaves_nothing(server, transport, odd, tmp_path: Path, raw, received, expected):
    server.answer(odd(raw=raw))
    with pytest.raises(IncompleteTransferError, match="the connection broke after") as caught:
        download_file(transport.send, GET, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []
    assert caught.value.expected == expected
    assert received is None or caught.value.received >= received


def test_a_transport_that_does_not_count_is_counted(replay, tmp_path: Path):
    short = Response(method="GET", url=GET.path, status=200, headers={"Content-Length": "9"}, body=io.BytesIO(b"abc"))
    with pytest.raises(IncompleteTransferError, match="received 3 of 9 bytes"):
        download_file(replay(short), GET, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_stops_sending_runs_into_the_timeout(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stuck = PoolTransport(f"http://127.0.0.1:{listener.getsockname()[1]}", timeouts=Timeouts(connect=1, read=0.2))
        held: list[socket.socket] = []

        def begin() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            held.append(connection)

        thread = threading.Thread(target=begin)
        thread.start()
        with pytest.raises(RequestTimeoutError, match="took too long"):
            download_file(stuck.send, GET, tmp_path / "a.bin")
        thread.join()
        held[0].close()
        stuck.close()
    assert list(tmp_path.iterdir()) == []


def test_a_login_page_is_never_saved_as_data(server, transport, odd, tmp_path: Path, login_page: bytes):
    server.answer(odd(200, login_page, headers=(("Content-Type", "text/html;charset=UTF-8"),)))
    with pytest.raises(LoginPageError):
        download_file(transport.send, GET, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/data/files/report.html", (("Content-Type", "text/html"),)),
        ("/data/files/report", (("Content-Type", "text/html"), ("Content-Disposition", 'attachment; filename="r";'))),
        ("/data/files/report", (("Content-Type", "application/octet-stream"),)),
    ],
)
def test_an_html_file_is_data(server, transport, odd, tmp_path: Path, path: str, headers):
    page = b"<!DOCTYPE html><html><h1>Quality report</h1></html>"
    server.answer(odd(200, page, headers=headers))
    download_file(transport.send, Request("GET", path), tmp_path / "a.html")
    assert (tmp_path / "a.html").read_bytes() == page


def test_an_error_page_is_never_saved_as_data(server, transport, odd, tmp_path: Path, status_page):
    server.answer(
        odd(404, status_page("Unable to find the specified file.", "5"), headers=(("Content-Type", "text/html"),))
    )
    with pytest.raises(NotFoundError, match="Unable to find the specified file"):
        download_file(transport.send, GET, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [204, 206])
def test_other_success_statuses_are_no_file(server, transport, odd, tmp_path: Path, status: int):
    server.answer(odd(status, b""))
    with pytest.raises(UnexpectedStatusError):
        download_file(transport.send, GET, tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_replaced_only_when_told_to(server, transport, odd, tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    server.answer(odd(200, b"new"))
    with pytest.raises(TargetExistsError):
        download_file(transport.send, GET, target)
    assert server.seen == []
    assert target.read_bytes() == b"old"
    download_file(transport.send, GET, target, overwrite=True)
    assert target.read_bytes() == b"new"


def test_a_failed_replacement_leaves_the_old_file(server, transport, odd, tmp_path: Path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    server.answer(odd(200, b"new"))
    with pytest.raises(DigestMismatchError):
        download_file(transport.send, GET, target, overwrite=True, md5=MD5)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_progress_call_that_raises_ends_the_transfer(server, transport, odd, tmp_path: Path):
    def stop(_event: TransferEvent) -> None:
        raise KeyboardInterrupt

    server.answer(odd(200, DATA), odd(200, b"next"))
    with pytest.raises(KeyboardInterrupt):
        download_file(transport.send, GET, tmp_path / "a.bin", progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert transport.send(GET).content == b"next"


def test_a_compressed_answer_is_measured_after_unpacking(server, transport, odd, tmp_path: Path):
    server.answer(odd(200, gzip.compress(DATA), headers=(("Content-Encoding", "gzip"),)))
    done = download_file(transport.send, GET, tmp_path / "a.bin", size=len(DATA))
    assert (done.size, done.verified) == (len(DATA), "size")
