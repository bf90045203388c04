from __future__ import annotations

import hashlib
import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from xnat_runtime.archives import download_dir, download_zip
from xnat_runtime.errors import (
    CorruptArchiveError,
    IncompleteTransferError,
    LoginPageError,
    NotFoundError,
    TargetExistsError,
    TransferError,
    UnsafeNameError,
)
from xnat_runtime.results import DirectoryResult, ExtractedFile
from xnat_runtime.transfers.events import Advanced, Finished, Started, TransferEvent
from xnat_runtime.transport import Request

GET = Request("GET", "/data/experiments/E/scans/ALL/files", (("format", "zip"),))
FILES = {
    "S1/scans/1-T1/resources/DICOM/files/a.dcm": b"a" * 100_000,
    "S1/scans/1-T1/resources/DICOM/files/b.dcm": bytes(range(256)) * 5000,
    "S1/scans/2-T2/resources/NIFTI/files/empty.nii": b"",
}
ZIP_HEADERS = (("Content-Type", "application/zip"), ("Transfer-Encoding", "chunked"))


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo("placeholder")
            info.filename = info.orig_filename = name  # the constructor would tidy an evil name
            info.compress_type = compression
            archive.writestr(info, content)
    return stream.getvalue()


def as_chunks(body: bytes) -> bytes:
    pieces = [body[at : at + 8192] for at in range(0, len(body), 8192)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.fixture
def serve(server, odd):
    def answer(body: bytes) -> None:
        server.answer(odd(200, as_chunks(body), headers=ZIP_HEADERS))

    return answer


def everything_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_unpacked_with_sizes_and_digests(serve, transport, tmp_path: Path, compression: int):
    body = packed(FILES, compression)
    serve(body)
    done = download_dir(transport.send, GET, tmp_path / "out")
    assert everything_below(tmp_path / "out") == FILES
    assert (done.path, done.size) == (tmp_path / "out", len(body))
    assert {file.name: (file.size, file.md5) for file in done.files} == {
        name: (len(content), hashlib.md5(content).hexdigest()) for name, content in FILES.items()
    }
    assert [file.path for file in done.files] == [tmp_path / "out" / name for name in FILES]


def test_folders_inside_an_archive_are_made(serve, transport, tmp_path: Path):
    serve(packed({"S1/": b"", "S1/empty/": b"", "S1/a.txt": b"a"}))
    done = download_dir(transport.send, GET, tmp_path)
    assert [file.name for file in done.files] == ["S1/a.txt"]
    assert (tmp_path / "S1" / "empty").is_dir()


def test_an_empty_archive_is_an_empty_folder(serve, transport, tmp_path: Path):
    serve(packed({}))
    assert download_dir(transport.send, GET, tmp_path / "out").files == ()
    assert list((tmp_path / "out").iterdir()) == []


def test_an_archive_is_kept_as_a_file(serve, transport, tmp_path: Path):
    body = packed(FILES)
    serve(body)
    told: list[TransferEvent] = []
    done = download_zip(transport.send, GET, tmp_path / "a.zip", progress=told.append)
    assert (done.path, done.size, done.verified) == (tmp_path / "a.zip", len(body), "unverified")
    assert (tmp_path / "a.zip").read_bytes() == body
    assert told[0] == Started("a.zip", None)
    assert sum(event.count for event in told if isinstance(event, Advanced)) == len(body)
    assert told[-1] == Finished("a.zip", "moved")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("body", [packed(FILES)[:-30], packed(FILES)[:500], b"", b"not a zip", b"PK\x05\x06"])
def test_an_archive_that_is_cut_off_leaves_nothing(serve, transport, tmp_path: Path, body: bytes):
    serve(body)
    with pytest.raises(CorruptArchiveError, match=r"no complete zip archive\. Download again"):
        download_zip(transport.send, GET, tmp_path / "a.zip")
    with pytest.raises(CorruptArchiveError):
        download_dir(transport.send, GET, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_leaves_nothing(server, transport, odd, tmp_path: Path):
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + as_chunks(packed(FILES))[:200_000]
    server.answer(odd(raw=raw))
    for download, target in ((download_zip, tmp_path / "a.zip"), (download_dir, tmp_path / "new" / "out")):
        with pytest.raises(IncompleteTransferError):
            download(transport.send, GET, target)
    assert everything_below(tmp_path) == {}


def test_a_login_page_and_an_error_leave_nothing(server, transport, odd, tmp_path: Path, login_page: bytes):
    server.answer(odd(200, login_page, headers=(("Content-Type", "text/html"),)))
    with pytest.raises(LoginPageError):
        download_dir(transport.send, GET, tmp_path / "out")
    server.answer(odd(404))
    with pytest.raises(NotFoundError):
        download_dir(transport.send, GET, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_stays_after_a_failure(server, transport, odd, tmp_path: Path):
    server.answer(odd(404))
    with pytest.raises(NotFoundError):
        download_dir(transport.send, GET, tmp_path)
    assert tmp_path.is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/evil",
        "S1/../../evil",
        "C:/evil",
        "C:evil",
        "S1\\..\\evil",
        "S1/a\x00.dcm",
        "S1/NUL",
        "S1//evil",
        "./evil",
    ],
)
def test_evil_members_are_refused_before_anything_is_written(serve, transport, tmp_path: Path, name: str):
    serve(packed({"S1/good.dcm": b"good", name: b"evil"}))
    with pytest.raises(UnsafeNameError) as caught:
        download_dir(transport.send, GET, tmp_path / "a" / "out")
    assert caught.value.name == name
    assert everything_below(tmp_path) == {}


def test_a_symbolic_link_is_refused(serve, transport, tmp_path: Path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("S1/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    serve(stream.getvalue())
    with pytest.raises(UnsafeNameError, match="symbolic link"):
        download_dir(transport.send, GET, tmp_path / "out")
    assert everything_below(tmp_path) == {}


def test_a_link_that_was_there_does_not_lead_out(serve, transport, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "S1").symlink_to(tmp_path / "outside")
    serve(packed({"S1/a.dcm": b"a"}))
    with pytest.raises(UnsafeNameError, match="leads out of it"):
        download_dir(transport.send, GET, tmp_path / "out")
    assert everything_below(tmp_path) == {}


def test_a_folder_reached_by_a_link_can_be_a_target(serve, transport, tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    serve(packed({"S1/a.dcm": b"a"}))
    download_dir(transport.send, GET, tmp_path / "link")
    assert everything_below(tmp_path / "real") == {"S1/a.dcm": b"a"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(serve, transport, tmp_path: Path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("S1/a.dcm", b"one")
        archive.writestr("S1/a.dcm", b"two")
    serve(stream.getvalue())
    with pytest.raises(CorruptArchiveError, match=r"holds a name twice: 'S1/a\.dcm'"):
        download_dir(transport.send, GET, tmp_path / "out")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_never_gets_its_name_and_complete_ones_stay(
    serve, transport, tmp_path: Path, compression: int
):
    body = bytearray(packed({"S1/good.dcm": b"good" * 100, "S1/bad.dcm": bytes(range(256)) * 40}, compression))
    place = body.index(b"S1/bad.dcm") + 40
    body[place : place + 8] = b"\xff" * 8
    serve(bytes(body))
    with pytest.raises(CorruptArchiveError, match=r"damaged at 'S1/bad\.dcm', which was not written"):
        download_dir(transport.send, GET, tmp_path / "out")
    assert everything_below(tmp_path) == {"out/S1/good.dcm": b"good" * 100}


def test_an_encrypted_member_cannot_be_unpacked(serve, transport, tmp_path: Path):
    body = bytearray(packed({"S1/a.dcm": b"secret"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + offset] |= 1
    serve(bytes(body))
    with pytest.raises(CorruptArchiveError):
        download_dir(transport.send, GET, tmp_path / "out")


def test_an_unknown_compression_cannot_be_unpacked(serve, transport, tmp_path: Path):
    body = bytearray(packed({"S1/a.dcm": b"secret"}))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        body[body.index(mark) + offset] = 99
    serve(bytes(body))
    with pytest.raises(CorruptArchiveError):
        download_dir(transport.send, GET, tmp_path / "out")


def test_existing_files_are_replaced_only_when_told_to(serve, transport, tmp_path: Path):
    present = tmp_path / "S1" / "b.dcm"
    present.parent.mkdir()
    present.write_bytes(b"old")
    serve(packed({"S1/a.dcm": b"a", "S1/b.dcm": b"new"}))
    with pytest.raises(TargetExistsError, match=r"b\.dcm exists already"):
        download_dir(transport.send, GET, tmp_path)
    assert everything_below(tmp_path) == {"S1/b.dcm": b"old"}
    serve(packed({"S1/a.dcm": b"a", "S1/b.dcm": b"new"}))
    download_dir(transport.send, GET, tmp_path, overwrite=True)
    assert everything_below(tmp_path) == {"S1/a.dcm": b"a", "S1/b.dcm": b"new"}


def test_an_existing_zip_is_replaced_only_when_told_to(serve, server, transport, tmp_path: Path):
    target = tmp_path / "a.zip"
    target.write_bytes(b"old")
    serve(packed(FILES))
    with pytest.raises(TargetExistsError):
        download_zip(transport.send, GET, target)
    assert server.seen == []
    download_zip(transport.send, GET, target, overwrite=True)
    assert zipfile.is_zipfile(target)


def test_a_full_disk_is_told_before_unpacking(serve, transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 0))
    serve(packed(FILES))
    with pytest.raises(TransferError, match=r"has 0 free\. Choose another folder"):
        download_dir(transport.send, GET, tmp_path / "out")
    assert everything_below(tmp_path) == {}


def test_result_of_a_folder_is_shown_on_one_line(tmp_path):
    files = tuple(ExtractedFile(tmp_path / name, name, 1, "0" * 32) for name in ("a", "b"))
    assert repr(DirectoryResult(tmp_path, 1234, files)) == f"<DirectoryResult {tmp_path}: 2 files, 1,234 bytes>"
