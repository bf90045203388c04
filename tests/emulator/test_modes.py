"""How a site can be set up: a slow site here; the other modes end to end, each with its effect."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import urllib3
from pydicom import dcmread

import xnat_emulator
from xnat_emulator import Mode, Slow, options
from xnat_emulator.build import dicom_files, dicom_zip
from xnat_emulator.faults import Drop, Fault, Stall

from . import wire
from .conftest import Client, basic, log_in

ADMIN = basic("admin", "admin")


def slow_site(**numbers: int) -> xnat_emulator.Emulator:
    fields = {"request_ms": 0, "archive_ms": 0, "bytes_per_second": 0, "proxy_timeout_ms": 0, **numbers}
    return xnat_emulator.start(mode=Mode(slow=Slow(**fields)))


def filled(server: xnat_emulator.Emulator, data: bytes) -> str:
    client = log_in(server)
    assert client.put("/data/projects/P").status == 200
    files = "/data/projects/P/resources/R/files"
    assert client.put(f"{files}/a.bin?inbody=true", body=data).status == 200
    return files


def test_defaults_are_those_of_a_stock_server():
    assert Mode() == Mode(version="1.8", require_login=True, checksums=True, ranges=False, slow=None)
    assert Slow() == Slow(request_ms=300, archive_ms=5_000, bytes_per_second=2_000_000, proxy_timeout_ms=60_000)


def test_unknown_version_is_refused():
    with pytest.raises(ValueError, match=r"XNAT 1\.6 is not known to the emulator: take one of 1\.7, 1\.8, 1\.9"):
        Mode(version="1.6")


def test_every_request_of_a_slow_site_takes_its_time():
    with slow_site(request_ms=150) as server:
        begun = time.monotonic()
        assert urllib3.request("GET", server.url + "/", retries=False).status == 200
        assert time.monotonic() - begun >= 0.15


def test_first_byte_of_an_archive_takes_longer_than_a_file():
    with slow_site(archive_ms=400) as server:
        files = filled(server, b"x" * 100_000)
        assert wire.exchange(server, "GET", f"{files}/a.bin", ADMIN, patience=0.2).body == b"x" * 100_000
        assert wire.exchange(server, "GET", f"{files}?format=zip", ADMIN, patience=0.2).data == b""
        seen = wire.exchange(server, "GET", f"{files}?format=zip", ADMIN, patience=2)
        assert seen.moments[0] >= 0.4
        assert seen.body.startswith(b"PK")


def test_bandwidth_is_capped_both_ways():
    with slow_site(bytes_per_second=400_000) as server:
        begun = time.monotonic()
        files = filled(server, b"x" * 100_000)
        assert time.monotonic() - begun >= 0.2
        seen = wire.exchange(server, "GET", f"{files}/a.bin", ADMIN, patience=1)
        assert seen.body == b"x" * 100_000
        assert seen.moments[-1] >= 0.15


def test_proxy_gives_up_and_the_work_goes_on():
    with slow_site(request_ms=400, proxy_timeout_ms=100) as server:
        answer = urllib3.request("PUT", f"{server.url}/data/projects/P", headers=ADMIN, retries=False)
        assert (answer.status, server.requests[-1].status) == (504, 504)
        deadline = time.monotonic() + 10
        while server.site.archive.items.by_id("project", "P") is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.site.archive.items.by_id("project", "P") is not None


def test_proxy_gives_up_on_a_stall_and_not_on_a_slow_body():
    with slow_site(bytes_per_second=100_000, proxy_timeout_ms=300) as server:
        files = filled(server, b"x" * 60_000)
        assert wire.exchange(server, "GET", f"{files}/a.bin", ADMIN, patience=1).body == b"x" * 60_000
        server.faults.add(Fault(Stall(seconds=5)))
        assert wire.exchange(server, "GET", f"{files}/a.bin", ADMIN, patience=1).status == 504


# --- spelled on the command line ---


def mode(*arguments: str) -> Mode:
    return options.mode_of(options.read(["serve", *arguments]))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), Mode()),
        (("--xnat-version", "1.7"), Mode(version="1.7")),
        (("--open-site",), Mode(require_login=False)),
        (("--anonymise",), Mode(anonymise=True)),
        (("--no-checksums",), Mode(checksums=False)),
        (("--ranges",), Mode(ranges=True)),
        (("--require-reason",), Mode(require_reason=True)),
        (("--session-limit", "2"), Mode(sessions_per_user=2)),
        (("--plugin", "containers"), Mode(plugins=("containers",))),
        (("--slow",), Mode(slow=Slow())),
        (("--slow", "archive_ms=0,request_ms=10"), Mode(slow=Slow(request_ms=10, archive_ms=0))),
    ],
)
def test_every_mode_has_an_option(arguments, expected):
    assert mode(*arguments) == expected


def test_faults_of_the_command_line_are_collected_in_order():
    chosen = options.read(["serve", "--fault", "drop:after=5", "--fault", "stall"])
    assert chosen.fault == [Fault(Drop(5)), Fault(Stall())]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--slow", "speed=1"), "'speed=1' is no key=number with a key of request_ms, archive_ms"),
        (("--slow", "archive_ms=x"), "'x' is no whole number from 0 to"),
        (("--xnat-version", "1.6"), "invalid choice: '1.6'"),
        (("--session-limit", "-1"), "'-1' is no whole number"),
        (("--plugin", "coffee"), "invalid choice: 'coffee'"),
    ],
)
def test_wrong_options_are_one_clear_error(arguments, reason, capsys):
    with pytest.raises(SystemExit) as ended:
        mode(*arguments)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_help_names_every_option_with_a_sentence(capsys):
    with pytest.raises(SystemExit):
        options.read(["serve", "--help"])
    text = capsys.readouterr().out
    for name in (
        "--xnat-version",
        "--open-site",
        "--anonymise",
        "--no-checksums",
        "--ranges",
        "--require-reason",
        "--plugin",
    ):
        assert name in text
    assert "request_ms=300" in text.replace("\n", "").replace(" ", "")
    assert "xnat-emulator faults" in " ".join(text.split())


def test_command_serves_with_modes_and_faults(tmp_path: Path):
    command = [sys.executable, "-m", "xnat_emulator", "serve", "--port", "0", "--data", str(tmp_path)]
    command += ["--slow", "request_ms=100,archive_ms=0", "--fault", "unavailable:path=/data/version,retry_after=3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        begun = time.monotonic()
        answer = urllib3.request("GET", f"{url}/data/version", headers=ADMIN, retries=False)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
        assert time.monotonic() - begun >= 0.1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


# --- the other modes, end to end ---


def imported(server: xnat_emulator.Emulator) -> list[dict[str, str]]:
    """Import a study into the archive and return the rows of its files."""
    client = log_in(server)
    client.put("/data/projects/P")
    dest = "/archive/projects/P/subjects/S/experiments/E"
    path = f"/data/services/import?import-handler=SI&dest={dest}"
    answer = client.post(path, body=dicom_zip(project="P"), headers={"Content-Type": "application/zip"})
    assert answer.status == 200, answer.data
    return client.rows(f"/data{dest.removeprefix('/archive')}/scans/1/resources/DICOM/files?format=json")


def test_server_without_checksums_lists_no_digests():
    with xnat_emulator.start(mode=Mode(checksums=False)) as server:
        files = filled(server, b"data")
        assert [(row["Size"], row["digest"]) for row in log_in(server).rows(files)] == [("4", "")]


@pytest.mark.parametrize(("ranges", "status", "body"), [(False, 200, b"0123456789"), (True, 206, b"345")])
def test_range_is_honoured_where_it_is_switched_on(ranges, status, body):
    with xnat_emulator.start(mode=Mode(ranges=ranges)) as server:
        files = filled(server, b"0123456789")
        answer = log_in(server).get(f"{files}/a.bin", headers={"Range": "bytes=3-5"})
        assert (answer.status, answer.data) == (status, body)


def test_anonymising_server_changes_uids_and_digests():
    sent = {hashlib.md5(file.data).hexdigest() for file in dicom_files(project="P")}
    with xnat_emulator.start() as stock:
        assert {row["digest"] for row in imported(stock)} == sent
    with xnat_emulator.start(mode=Mode(anonymise=True)) as server:
        rows = imported(server)
        assert len(rows) == 2
        assert sent.isdisjoint(row["digest"] for row in rows)
        data = log_in(server).get(f"/data{rows[0]['URI'].removeprefix('/data')}").data
        known = {dcmread(io.BytesIO(file.data)).SOPInstanceUID for file in dicom_files(project="P")}
        assert dcmread(io.BytesIO(data)).SOPInstanceUID not in known


def test_server_that_wants_reasons_refuses_changes_without():
    with xnat_emulator.start(mode=Mode(require_reason=True)) as server:
        server.build.project("P").subject("S").mr_session("E")
        client = log_in(server)
        session = "/data/projects/P/subjects/S/experiments/E"
        assert client.put(f"{session}?note=x").status >= 400
        assert "note" not in client.fields(session)
        assert client.put(f"{session}?note=x&event_reason=because").status == 200
        assert client.fields(session)["note"] == "x"


def test_account_has_no_more_sessions_than_allowed():
    with xnat_emulator.start(mode=Mode(sessions_per_user=2)) as server:
        first = log_in(server)
        second = log_in(server)
        body = b"username=admin&password=admin"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert Client(server).put("/data/services/auth", body=body, headers=form).status == 401
        assert [first.get("/data/auth").status, second.get("/data/auth").status] == [200, 200]
        first.delete("/data/JSESSION")
        assert log_in(server).get("/data/auth").status == 200


def test_guest_reads_public_projects_of_an_open_site_and_of_no_other():
    for open_site, status in ((True, 200), (False, 401)):
        with xnat_emulator.start(mode=Mode(require_login=not open_site)) as server:
            owner = log_in(server)
            for name, accessibility in (("PUB", "public"), ("PRIV", "private")):
                assert owner.put(f"/data/projects/{name}").status == 200
                assert owner.put(f"/data/projects/{name}/accessibility/{accessibility}").status == 200
            guest = Client(server)
            answer = guest.get("/data/projects/PUB?format=json")
            assert answer.status == status
            if open_site:
                assert [row["ID"] for row in guest.rows("/data/projects?format=json")] == ["PUB"]


@pytest.mark.parametrize(
    ("version", "handler_answer"), [("1.7", b"prearchive"), ("1.8", b"prearchive"), ("1.9", b"prearchive")]
)
def test_server_says_its_version_and_imports(version, handler_answer):
    with xnat_emulator.start(mode=Mode(version=version)) as server:
        client = log_in(server)
        build = json.loads(client.get("/xapi/siteConfig/buildInfo").data)
        assert build["version"].startswith(version)
        client.put("/data/projects/P")
        client.put("/data/projects/P/prearchive_code/0")
        answer = client.post(
            "/data/services/import", body=dicom_zip(project="P"), headers={"Content-Type": "application/zip"}
        )
        assert answer.status == 200, answer.data
        assert handler_answer in answer.data


def test_tar_is_unpacked_since_1_8():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        member = tarfile.TarInfo("inner.txt")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    names = {}
    for version in ("1.7", "1.8"):
        with xnat_emulator.start(mode=Mode(version=version)) as server:
            client = log_in(server)
            client.put("/data/projects/P")
            files = "/data/projects/P/resources/R/files"
            path = f"{files}/up.tar.gz?extract=true&inbody=true"
            client.put(path, body=target.getvalue(), headers={"Content-Type": "application/x-gzip"})
            names[version] = [row["Name"] for row in client.rows(files)]
    assert names == {"1.7": ["up.tar.gz"], "1.8": ["inner.txt"]}
