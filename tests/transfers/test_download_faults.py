"""What downloads do when the server, the network or an earlier run left them in trouble."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator, Fault, Mode, faults
from xnat_runtime.errors import (
    AuthenticationError,
    CorruptArchiveError,
    DigestMismatchError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TargetExistsError,
    TransferError,
    UnsafeNameError,
)
from xnat_runtime.transfers.download import Connection, Download
from xnat_runtime.transfers.events import Retried, TransferEvent
from xnat_runtime.transfers.options import TransferOptions
from xnat_runtime.transfers.places import Places
from xnat_runtime.transfers.plan import Source
from xnat_runtime.transfers.present import inventory
from xnat_runtime.transfers.retry import NEVER, RetryPolicy
from xnat_runtime.transfers.stop import Stop
from xnat_runtime.transfers.units import FileUnit
from xnat_runtime.transport import Request, Response

QUICK = RetryPolicy(attempts=4, base=0.0)


@pytest.fixture(scope="module")
def demo() -> Iterator[Emulator]:
    with xnat_emulator.start(demo=True, mode=Mode(ranges=True)) as server:
        yield server


@pytest.fixture
def connection(demo: Emulator) -> Iterator[xnat_sdk.XnatSession]:
    demo.faults.clear()
    with xnat_sdk.connect(demo.url, demo.user, demo.password, retry=NEVER) as session:
        yield session
    demo.faults.clear()


@pytest.fixture
def imaging(connection: xnat_sdk.XnatSession):
    found = connection.projects["sandbox"].sessions["test001_MR"]
    assert found.label
    return found


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def whole(imaging, tmp_path: Path) -> dict[str, str]:
    imaging.download_dir(tmp_path / "whole")
    return tree(tmp_path / "whole")


def quick(**others: object) -> TransferOptions:
    return TransferOptions(retry=QUICK, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "effect",
    [faults.TruncatedZip(), faults.TruncatedZip(keep=0.0), faults.CorruptZip(), faults.Drop(after=30_000, reset=True),
     faults.Unavailable(), faults.WrongLength(by=5)],
    ids=lambda effect: type(effect).__name__,
)  # fmt: skip
def test_a_fault_of_the_archive_is_made_up_for(demo, imaging, whole, tmp_path, effect):
    demo.faults.add(Fault(effect, path="*/scans/*/files?*zip*", count=1))
    seen: list[TransferEvent] = []
    report = imaging.download_dir(tmp_path / "out", options=quick(), progress=seen.append)
    assert tree(tmp_path / "out") == whole
    assert report.verified == "md5"
    assert not report.failed


@pytest.mark.parametrize("effect", [faults.TruncatedZip(), faults.CorruptZip()], ids=lambda e: type(e).__name__)
def test_an_archive_that_stays_damaged_is_replaced_by_single_files(demo, imaging, whole, tmp_path, effect):
    demo.faults.add(Fault(effect, path="*/scans/*/files?*zip*"))
    imaging.download_dir(tmp_path / "out", options=quick())
    assert tree(tmp_path / "out") == whole


def test_whole_scans_come_as_an_archive_again_and_the_rest_file_by_file(demo, imaging, whole, tmp_path):
    out = tmp_path / "whole"
    for path in [*out.rglob("scans/2-T1/**/*.dcm"), next(out.rglob("scans/1-*/**/*.dcm"))]:
        path.unlink()
    for path in out.rglob("scans/2-T1/**/*"):
        if path.is_file():
            path.unlink()
    before = len(demo.requests)
    imaging.download_dir(out)
    records = demo.requests[before:]
    asked = [(record.path.partition("/scans/")[2], dict(record.query).get("format")) for record in records]
    assert tree(out) == whole
    assert ("2/files", "zip") in asked
    assert len([path for path, kind in asked if "/files/" in path]) == 1
    assert len(asked) == 4


def test_a_server_that_takes_no_lists_of_scans_is_asked_file_by_file(demo, imaging, whole, tmp_path):
    out = tmp_path / "whole"
    for path in out.rglob("scans/2-T1/**/*"):
        if path.is_file():
            path.unlink()
    demo.faults.add(Fault(faults.Unavailable(status=404), path="*/scans/2/files?*zip*"))
    imaging.download_dir(out, options=quick())
    assert tree(out) == whole


def test_wrong_digests_are_found_and_not_tried_for_ever(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    before = len(demo.requests)
    with pytest.raises(DigestMismatchError):
        imaging.download_dir(tmp_path / "out", options=quick())
    assert not (tmp_path / "out").exists()
    # Listing, archive, scans, and each of the 38 files twice: the same bytes again are what the server has.
    assert len(demo.requests) - before == 3 + 2 * 38


def test_failures_are_reported_when_asked_for(demo, imaging, whole, tmp_path):
    demo.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    report = imaging.download_dir(tmp_path / "out", options=quick(failures="report"))
    assert (len(report.failed), report.moved) == (38, ())
    assert all("MD5" in failed.reason for failed in report.failed)


def test_the_first_failure_says_how_many_others_there_are(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    with pytest.raises(DigestMismatchError) as raised:
        imaging.download_dir(tmp_path / "out", options=quick())
    (note,) = raised.value.__notes__
    assert note.startswith("37 other files failed too, 0 were moved; ")


def test_other_bytes_are_reported_and_the_rest_is_moved(imaging, whole, tmp_path):
    mine = sorted((tmp_path / "whole").rglob("*.dcm"))
    mine[0].write_bytes(b"mine")
    mine[1].unlink()
    report = imaging.download_dir(tmp_path / "whole", options=quick(failures="report"))
    assert [type(failed.error) for failed in report.failed] == [TargetExistsError]
    assert ([moved.path for moved in report.moved], mine[0].read_bytes()) == ([mine[1]], b"mine")


@pytest.mark.parametrize("strategy", ["archive", "files"])
def test_a_login_that_ends_on_the_way_is_renewed(demo, connection, imaging, whole, tmp_path, strategy):
    demo.faults.add(Fault(faults.ExpiredSession(), path="*/files*", nth=2, count=1))
    imaging.download_dir(tmp_path / "out", options=quick(strategy=strategy))
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize(("status", "error"), [(403, PermissionDeniedError), (404, NotFoundError)])
def test_a_refusal_is_final(demo, imaging, tmp_path, status, error):
    demo.faults.add(Fault(faults.Unavailable(status=status), path="*/scans/ALL/files"))
    before = len(demo.requests)
    with pytest.raises(error):
        imaging.download_dir(tmp_path / "out", options=quick())
    assert len(demo.requests) - before == 1
    assert not (tmp_path / "out").exists()


def test_a_server_that_stays_away_ends_the_download_soon(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.Unavailable(), path="*/files?*zip*"))
    before = len(demo.requests)
    with pytest.raises(ServerError):
        imaging.download_dir(tmp_path / "out", options=quick())
    assert len(demo.requests) - before == 1 + QUICK.attempts


def test_files_are_not_all_tried_when_the_server_is_gone(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.Unavailable(), path="*/files/*"))
    before = len(demo.requests)
    options = TransferOptions(strategy="files", retry=NEVER, workers=1, failures="report")
    report = imaging.download_dir(tmp_path / "out", options=options)
    assert len(report.failed) == 38
    assert len(demo.requests) - before == 2 + 8
    assert "not tried" in report.failed[-1].reason


def test_hostile_members_leave_nothing_outside(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.HostileMembers(), path="*/files?*zip*"))
    with pytest.raises(UnsafeNameError):
        imaging.download_dir(tmp_path / "in" / "out", options=quick())
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "out" not in path.parts]


@pytest.mark.parametrize(
    ("effect", "error"),
    [(faults.CorruptZip(), CorruptArchiveError), (faults.TruncatedZip(), CorruptArchiveError),
     (faults.HostileMembers(), UnsafeNameError)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_zip_file_is_compared_while_it_streams(demo, imaging, tmp_path, effect, error):
    demo.faults.add(Fault(effect, path="*/files?*zip*"))
    with pytest.raises(error):
        imaging.download(tmp_path / "all.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_zip_file_takes_one_request_and_is_tried_again(demo, imaging, tmp_path):
    before = len(demo.requests)
    imaging.download(tmp_path / "one.zip")
    assert len(demo.requests) - before == 1
    demo.faults.add(Fault(faults.Drop(after=30_000), path="*/files?*zip*", count=1))
    imaging.download(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").stat().st_size == (tmp_path / "two.zip").stat().st_size


def test_a_single_file_is_tried_again(demo, imaging, tmp_path):
    file = imaging.scans["2"].resources["DICOM"].files[0]
    demo.faults.add(Fault(faults.Drop(after=1_000), path="*/files/*", count=2))
    done = file.download(tmp_path / "one.dcm", options=quick())
    assert (done.verified, (tmp_path / "one.dcm").stat().st_size) == ("md5", done.size)
    demo.faults.add(Fault(faults.Drop(after=1_000), path="*/files/*"))
    with pytest.raises(TransferError):
        file.download(tmp_path / "two.dcm", options=quick())
    assert [path.name for path in tmp_path.iterdir()] == ["one.dcm"]


def test_a_failed_login_is_not_tried_for_every_file(demo, imaging, tmp_path):
    demo.faults.add(Fault(faults.Unavailable(status=401), path="*/files/*"))
    options = TransferOptions(strategy="files", workers=1, retry=QUICK)
    with pytest.raises((AuthenticationError, TransferError)):
        imaging.download_dir(tmp_path / "out", options=options)
    assert len([record for record in demo.requests if "/files/" in record.path and record.status == 401]) < 38


# Servers that are made here, for what the emulator never sends.


def descriptors(members: Mapping[str, bytes]) -> bytes:
    """A zip whose stored members tell their sizes behind the content, as a writer to a stream makes it."""

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w") as archive:  # type: ignore[arg-type]
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.written


BODIES = {f"{number}.dcm": bytes([number]) * (2_000_000 if number == 1 else 500) for number in range(6)}
BASE = "/data/experiments/E/resources/7/files"


class Site:
    """A server with one resource."""

    def __init__(self, archive: bytes, *, digests: bool = True) -> None:
        self.archive = archive
        self.digests = digests
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.spoil: Callable[[int, Request], Response | None] = lambda _number, _request: None

    def get_json(self, path: str) -> object:
        assert path == BASE
        rows = [
            {"Name": name, "URI": f"{BASE}/{name}", "Size": str(len(body)), "collection": "R",
             "digest": hashlib.md5(body).hexdigest() if self.digests else ""}
            for name, body in BODIES.items()
        ]  # fmt: skip
        return json.loads(json.dumps({"ResultSet": {"Result": rows}}))

    def send(self, request: Request, *, stream: bool = False) -> Response:
        assert stream
        self.asked.append((request.path, dict(request.headers)))
        spoilt = self.spoil(len(self.asked), request)
        if spoilt is not None:
            return spoilt
        if request.path == BASE:
            return Response(method="GET", url=request.path, status=200, body=self.archive)
        body = BODIES[request.path.rpartition("/")[2]]
        headers = {"Content-Length": str(len(body)), "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
        asked = request.headers.get("Range")
        if asked:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            part = body[start:]
            headers |= {
                "Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"
            }  # fmt: skip
            return Response(method="GET", url=request.path, status=206, headers=headers, body=part)
        return Response(method="GET", url=request.path, status=200, headers=headers, body=body)

    def download(self, target: Path, **options: object):
        connection = Connection(self.send, self.get_json, "http://site")  # type: ignore[arg-type]
        return Download(connection, target, options=quick(**options)).run([Source(BASE, "E")])


def files_in(target: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target.rglob("*") if path.is_file()}


def named(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"E/resources/R/files/{name}": body for name, body in bodies.items()}


def test_stored_members_with_data_descriptors_fall_back_to_single_files(tmp_path: Path):
    site = Site(descriptors(named(BODIES)))
    report = site.download(tmp_path / "out")
    assert files_in(tmp_path / "out") == BODIES
    assert [path for path, _ in site.asked].count(BASE) == 1
    assert (len(site.asked), report.verified) == (1 + len(BODIES), "md5")


def stored(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_files_of_an_archive_that_contradicts_itself_count_only_with_their_md5(tmp_path: Path):
    archive = bytearray(stored(named(BODIES)))
    at = archive.rindex(b"PK\x01\x02")
    archive[at + 16] ^= 0xFF
    sure, unsure = Site(bytes(archive)), Site(bytes(archive), digests=False)
    sure.download(tmp_path / "sure")
    unsure.download(tmp_path / "unsure")
    assert files_in(tmp_path / "sure") == files_in(tmp_path / "unsure") == BODIES
    assert not [path for path, _ in sure.asked if path != BASE]
    assert len([path for path, _ in unsure.asked if path != BASE]) == len(BODIES)


def test_without_a_table_an_archive_that_contradicts_itself_leaves_nothing(tmp_path: Path):
    archive = bytearray(stored(named(BODIES)))
    archive[archive.rindex(b"PK\x01\x02") + 16] ^= 0xFF
    site = Site(bytes(archive))
    with pytest.raises(CorruptArchiveError):
        site.download(tmp_path / "out", verify=False)
    assert not (tmp_path / "out").exists()


def broken_at(body: bytes, count: int, *, ranges: bool) -> Response:
    headers = {"Content-Length": str(len(body)), "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
    if ranges:
        headers["Accept-Ranges"] = "bytes"
    return Response(method="GET", url=BASE, status=200, headers=headers, body=body[:count])


@pytest.mark.parametrize("ranges", [True, False])
def test_a_large_file_goes_on_where_it_broke_off_when_the_server_honours_ranges(tmp_path: Path, ranges: bool):
    site = Site(b"")
    broken: list[str] = []

    def spoil(_number: int, request: Request) -> Response | None:
        if request.path.endswith("/1.dcm") and not broken:
            broken.append(request.path)
            return broken_at(BODIES["1.dcm"], 1_500_000, ranges=ranges)
        return None

    site.spoil = spoil
    report = site.download(tmp_path / "out", strategy="files")
    assert files_in(tmp_path / "out") == BODIES
    again = [headers for path, headers in site.asked if path.endswith("/1.dcm")][1]
    assert again.get("Range") == ("bytes=1500000-" if ranges else None)
    assert again.get("If-Range") == ("Mon, 01 Jan 2024 00:00:00 GMT" if ranges else None)
    assert report.verified == "md5"


def test_a_part_that_does_not_fit_to_the_rest_is_found_and_the_file_comes_anew(tmp_path: Path):
    site = Site(b"")
    turns: list[int] = []

    def spoil(_number: int, request: Request) -> Response | None:
        if not request.path.endswith("/1.dcm"):
            return None
        turns.append(1)
        return broken_at(bytes(2_000_000), 1_500_000, ranges=True) if len(turns) == 1 else None

    site.spoil = spoil
    site.download(tmp_path / "out", strategy="files")
    assert files_in(tmp_path / "out") == BODIES
    assert len(turns) == 3


def test_unfinished_files_of_a_killed_run_are_removed_by_the_next_of_the_same_target(tmp_path: Path):
    site = Site(stored(named(BODIES)))
    names: list[Path] = []

    class Killed(BaseException):
        pass

    def spoil(_number: int, request: Request) -> Response | None:
        if request.path.endswith("/2.dcm"):
            parts = list((tmp_path / "out").rglob(".xnat-*.part"))
            names.extend(path.with_name(path.name.replace(".part", "0.part")) for path in parts)
            raise Killed
        return None

    site.spoil = spoil
    with pytest.raises(Killed):
        site.download(tmp_path / "out", strategy="files", workers=1)
    (journal,) = (tmp_path / "out").glob(".xnat-transfer-*.jsonl")
    lines = journal.read_text().splitlines()[1:]
    assert [json.loads(line)["unit"][-5:] for line in lines] == ["0.dcm", "1.dcm"]
    for name in names:
        name.write_bytes(b"left behind")
    foreign = tmp_path / "out" / ".xnat-foreign.part"
    foreign.write_bytes(b"of another download")
    site.spoil = lambda _number, _request: None
    before = len(site.asked)
    report = site.download(tmp_path / "out", strategy="files")
    assert len(site.asked) - before == len(BODIES) - 2
    assert len(report.skipped) == 2
    assert sorted(path.name for path in (tmp_path / "out").rglob(".xnat-*")) == [foreign.name]


def test_only_as_many_connections_as_a_login_may_use_are_used(tmp_path: Path):
    import threading

    limit, lock, at_once, most = threading.BoundedSemaphore(2), threading.Lock(), [0], [0]
    site = Site(b"")

    def send(request: Request, *, stream: bool = False) -> Response:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        try:
            return site.send(request, stream=stream)
        finally:
            with lock:
                at_once[0] -= 1

    connection = Connection(send, site.get_json, "http://site", limit)  # type: ignore[arg-type]
    options = TransferOptions(strategy="files", workers=6)
    Download(connection, tmp_path / "out", options=options).run([Source(BASE, "E")])
    assert files_in(tmp_path / "out") == BODIES
    assert most[0] <= 2
    assert limit.acquire(blocking=False)
    assert limit.acquire(blocking=False)


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path):
    site = Site(stored(named(BODIES)))
    site.download(tmp_path / "out")
    path = next(path for path in (tmp_path / "out").rglob("2.dcm"))
    path.unlink()
    os.mkfifo(path)
    unit = FileUnit("/2", path.name, None, "0" * 32)
    found = inventory([unit], Places(path.parent), lambda _: {}, overwrite=False, workers=1, stop=Stop())
    assert [each for each, _ in found.blocked] == [unit]
    with pytest.raises(TargetExistsError):
        site.download(tmp_path / "out")


def test_durable_files_are_synced_before_they_get_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle))[1])
    Site(stored(named(BODIES))).download(tmp_path / "a", durable=True)
    assert len(synced) >= len(BODIES)
    synced.clear()
    Site(stored(named(BODIES))).download(tmp_path / "b")
    assert not synced


def test_retries_are_told(tmp_path: Path):
    site, seen = Site(stored(named(BODIES))), []
    site.spoil = lambda number, _request: (
        Response(method="GET", url=BASE, status=503, body=b"busy") if number == 1 else None
    )
    connection = Connection(site.send, site.get_json, "http://site")  # type: ignore[arg-type]
    Download(connection, tmp_path / "out", options=quick(), observer=seen.append).run([Source(BASE, "E")])
    assert [event.attempt for event in seen if isinstance(event, Retried)] == [1]
