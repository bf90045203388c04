from __future__ import annotations

import io
import os
from email.parser import BytesParser
from pathlib import Path

import pytest

from xnat_runtime.errors import (
    BadRequestError,
    ConflictError,
    IncompleteTransferError,
    InvalidValueError,
    LoginPageError,
    PermissionDeniedError,
)
from xnat_runtime.results import TransferResult
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_runtime.transport import Response
from xnat_runtime.uploads import upload_source

URI = "/data/experiments/E/resources/R/files/sub/a%20b.bin"
DATA = bytes(range(256)) * 12_000


class Unseekable(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._stream.readinto(buffer)


def test_a_file_travels_as_the_body(server, transport, odd, tmp_path: Path):
    (tmp_path / "a.bin").write_bytes(DATA)
    server.answer(odd(200))
    told: list[TransferEvent] = []
    done = upload_source(transport.send, URI, tmp_path / "a.bin", progress=told.append)
    assert done == TransferResult(tmp_path / "a.bin", len(DATA), None, "unverified")
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("PUT", URI + "?inbody=true")
    assert seen.body == DATA
    assert seen.headers["content-length"] == str(len(DATA))
    assert seen.headers["content-type"] == "application/octet-stream"
    assert "transfer-encoding" not in seen.headers
    assert told[0] == Started("a b.bin", len(DATA))
    pieces = [event.count for event in told if isinstance(event, Advanced)]
    assert pieces == [1_048_576, 1_048_576, len(DATA) - 2_097_152]
    assert told[-1] == Finished("a b.bin", "moved")


def test_flags_and_descriptions_travel_in_the_query(server, transport, odd):
    server.answer(odd(200))
    query = (("format", "NIFTI"), ("content", "T1 RAW"))
    upload_source(
        transport.send, URI, b"abc", overwrite=True, extract=True, query=query, content_type="application/zip"
    )
    assert server.seen[0].target == URI + "?format=NIFTI&content=T1%20RAW&overwrite=true&extract=true&inbody=true"
    assert server.seen[0].headers["content-type"] == "application/zip"


def test_a_stream_is_sent_from_where_it_stands_and_left_open(server, transport, odd):
    server.answer(odd(200))
    stream = io.BytesIO(b"0123456789")
    stream.seek(4)
    assert upload_source(transport.send, URI, stream).size == 6
    assert server.seen[0].body == b"456789"
    assert not stream.closed


def test_a_stream_that_cannot_seek_is_copied_to_learn_its_length(server, transport, odd):
    server.answer(odd(200))
    big = b"x" * 9_000_000
    assert upload_source(transport.send, URI, io.BufferedReader(Unseekable(big))).size == len(big)
    assert server.seen[0].body == big
    assert server.seen[0].headers["content-length"] == str(len(big))


def test_text_is_counted_in_bytes(server, transport, odd):
    server.answer(odd(200))
    upload_source(transport.send, URI, "h€".encode())
    assert (server.seen[0].headers["content-length"], server.seen[0].body) == ("4", "h€".encode())


def test_an_empty_file_travels_as_a_form_part(server, transport, odd, tmp_path: Path):
    (tmp_path / "empty").write_bytes(b"")
    server.answer(odd(200))
    assert upload_source(transport.send, URI, tmp_path / "empty", overwrite=True).size == 0
    (seen,) = server.seen
    assert seen.target == URI + "?overwrite=true"
    form = BytesParser().parsebytes(b"Content-Type: " + seen.headers["content-type"].encode() + b"\r\n\r\n" + seen.body)
    (part,) = form.get_payload()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("a b.bin", b"")


def test_a_name_cannot_break_out_of_the_form_part(server, transport, odd):
    server.answer(odd(200))
    upload_source(transport.send, "/data/files/a%22%0D%0AX-Evil:%20yes", b"")
    assert b'filename="a%22%0D%0AX-Evil: yes"' in server.seen[0].body


def test_a_file_that_exists_is_a_conflict_that_names_it(server, transport, odd):
    server.answer(odd(200, b'{"duplicates":["sub/a b.bin"]}', headers=(("Content-Type", "text/html;charset=UTF-8"),)))
    with pytest.raises(ConflictError, match=r"left as it was: sub/a b\.bin\. Pass overwrite=True to replace") as caught:
        upload_source(transport.send, URI, b"abc")
    assert caught.value.duplicates == ("sub/a b.bin",)


def test_many_conflicts_are_counted(server, transport, odd):
    names = ", ".join(f'"f{number}"' for number in range(20))
    server.answer(odd(200, f'{{"duplicates":[{names}]}}'.encode()))
    with pytest.raises(ConflictError, match="f0, f1, f2, f3, f4 and 15 more") as caught:
        upload_source(transport.send, URI, b"abc", extract=True)
    assert len(caught.value.duplicates) == 20


@pytest.mark.parametrize("body", [b"", b"{not json", b'{"workflowId": 7}', b'{"duplicates": []}', b"ok"])
def test_other_answers_with_success_are_a_success(replay, body: bytes):
    answer = Response(method="PUT", url=URI, status=200, headers={"Content-Type": "text/html"}, body=body)
    assert upload_source(replay(answer), URI, b"abc").size == 3


def test_refusals_are_errors(server, transport, odd, status_page, login_page):
    html = (("Content-Type", "text/html"),)
    server.answer(odd(403, status_page("Not allowed", "4"), headers=html))
    with pytest.raises(PermissionDeniedError, match="Not allowed"):
        upload_source(transport.send, URI, b"abc")
    server.answer(odd(417, status_page("Need PUT Contents", "18"), headers=html))
    with pytest.raises(BadRequestError, match="Need PUT Contents"):
        upload_source(transport.send, URI, b"abc")
    server.answer(odd(200, login_page, headers=html))
    with pytest.raises(LoginPageError):
        upload_source(transport.send, URI, b"abc")


def test_a_file_that_shrinks_while_it_is_sent_never_arrives_as_whole(server, transport, odd, tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    server.answer(odd(200))

    def cut(event: TransferEvent) -> None:
        if isinstance(event, Advanced):
            os.truncate(path, event.count)

    with pytest.raises(IncompleteTransferError, match="gave less than"):
        upload_source(transport.send, URI, path, progress=cut)


def test_a_request_that_is_sent_again_sends_all_bytes_again(server, transport, odd, tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    server.answer(odd(401), odd(200))

    def send_twice(request, *, stream=False):
        assert transport.send(request).status == 401
        return transport.send(request, stream=stream)

    upload_source(send_twice, URI, path)
    server.answer(odd(401), odd(200))
    upload_source(send_twice, URI, io.BytesIO(DATA))
    assert [seen.body for seen in server.seen] == [DATA] * 4


def test_what_cannot_be_uploaded_is_refused_before_any_request(server, transport, tmp_path: Path):
    with pytest.raises(InvalidValueError, match="is a folder; upload its files"):
        upload_source(transport.send, URI, tmp_path)
    with pytest.raises(FileNotFoundError):
        upload_source(transport.send, URI, tmp_path / "none")
    with pytest.raises(InvalidValueError, match="text stream"):
        upload_source(transport.send, URI, io.StringIO("abc"))
    assert server.seen == []
