"""What the profiles 1.7, 1.8 and 1.9 do differently (rest-data section 20).

Three rows of that table fall inside a line: the single prearchive session as JSON (broken up to 1.7.2) and the root of
catalogs (``cat:DCMCatalog`` since 1.7.5.3) are those of 1.7.5.6 in the profile 1.7, and scan types are first pulled
from headers by 1.9.3, after the 1.9.2.1 of the profile 1.9.
"""

from __future__ import annotations

import io
import json
import tarfile

import pytest

import xnat_emulator
from xnat_emulator import Mode
from xnat_emulator.build import dicom_zip

from .conftest import Client, basic, log_in
from .imports_dicom import CT, make, study, zipped
from .received import receive, series

LINES = ("1.7", "1.8", "1.9")
SESSION = "/data/projects/P/subjects/S/experiments/E"


@pytest.fixture(scope="module")
def servers():
    """A running server of every line."""
    running = {line: xnat_emulator.start(mode=Mode(version=line)) for line in LINES}
    for server in running.values():
        client = log_in(server)
        for name in ("P", "AUTO"):
            client.put(f"/data/projects/{name}")
        client.put("/data/projects/AUTO/prearchive_code/4")
        client.put("/data/projects/P/prearchive_code/0")
        client.put(f"{SESSION}?xsiType=xnat:mrSessionData&xnat:mrSessionData/time=10:11:12")
        client.put(f"{SESSION}/scans/1?xsiType=xnat:mrScanData&type=T1")
    yield running
    for server in running.values():
        server.close()


def answers(servers, ask):
    return {line: ask(log_in(server)) for line, server in servers.items()}


def post(client, data, query):
    headers = {"Content-Type": "application/zip"}
    return client.post(f"/data/services/import?{query}", body=data, headers=headers)


def test_default_import_handler_is_the_session_importer_before_1_9(servers):
    """It names the session after the request and builds it at once; DICOM-zip leaves it as it is received."""

    def status(client):
        assert post(client, zipped(study("1.7.1")), "project=P&session=HANDLER").status == 200
        return client.rows("/data/prearchive/projects/P")[0]["status"]

    assert answers(servers, status) == {"1.7": "READY", "1.8": "READY", "1.9": "RECEIVING"}


def test_commit_passes_over_what_is_no_dicom_since_1_9(servers):
    data = zipped({"a.dcm": make(CT, study="1.7.2", Modality="CT"), "notes.txt": b"no image"})
    query = "import-handler=DICOM-zip&project=P&subject=S2&session=COMMIT&action=commit"
    assert answers(servers, lambda client: post(client, data, query).status) == {"1.7": 400, "1.8": 400, "1.9": 200}


@pytest.mark.parametrize(("wish", "expected"), [(False, [True, True, False]), (True, [True, True, True])])
def test_rename_and_another_subject_anonymise_again(wish, expected):
    """Always before 1.9, and there only where the site wishes it."""
    changed = []
    for line in LINES:
        with xnat_emulator.start(mode=Mode(version=line, anonymise=True)) as server:
            client = log_in(server)
            client.put("/data/projects/P")
            server.site.archive.settings.set("rerunProjectAnonOnRename", wish)
            query = "import-handler=SI&project=P&subject=S&session=E&prearchive_code=1"
            assert post(client, dicom_zip(project="P"), query).status == 200
            found = [digests(client, SESSION)]
            assert client.put(f"{SESSION}?label=E2").status == 200
            found.append(digests(client, f"{SESSION}2"))
            client.put("/data/projects/P/subjects/OTHER")
            assert client.put("/data/projects/P/experiments/E2?subject_ID=OTHER").status == 200
            found.append(digests(client, "/data/projects/P/subjects/OTHER/experiments/E2"))
            assert len({*found}) in {1, 3}
            changed.append(len({*found}) == 3)
    assert changed == expected


def digests(client, session):
    return tuple(row["digest"] for row in client.rows(f"{session}/scans/1/resources/DICOM/files"))


def test_names_of_the_new_label_stand_in_what_is_anonymised_again():
    with xnat_emulator.start(mode=Mode(anonymise=True)) as server:
        client = log_in(server)
        client.put("/data/projects/P")
        post(client, dicom_zip(project="P"), "import-handler=SI&project=P&subject=S&session=E&prearchive_code=1")
        client.put(f"{SESSION}/scans/1/resources/DICOM/files/notes.txt?inbody=true", body=b"kept")
        client.put(f"{SESSION}?label=RENAMED")
        files = f"{SESSION[:-1]}RENAMED/scans/1/resources/DICOM/files"
        assert client.get(f"{files}/notes.txt").data == b"kept"
        images = [row for row in client.rows(files) if row["Name"] != "notes.txt"]
        assert b"RENAMED" in client.get(images[0]["URI"]).data
        (resource,) = client.rows(f"{SESSION[:-1]}RENAMED/scans/1/resources")
        assert int(resource["file_size"]) == sum(int(row["Size"]) for row in client.rows(files))


@pytest.mark.parametrize("kept", [False, True])
def test_rebuild_archives_what_was_being_received_before_1_9(servers, kept):
    """Where the project archives by itself, and the session does not say that it must not."""
    found = {}
    for line, server in servers.items():
        archive = server.site.archive
        session = receive(
            archive, "AUTO", f"s{kept}", series(1), autoarchive="AutoArchive", prevent_auto_commit=kept, name=f"s{kept}"
        )
        source = f"/prearchive/projects/AUTO/{session.timestamp}/{session.folder}"
        assert log_in(server).post(f"/data/services/prearchive/rebuild?src={source}").status == 200
        server.site.settle()
        row = archive.prearchive.by_row(session.row)
        found[line] = "archived" if row is None else row.status
    before = "READY" if kept else "archived"
    assert found == {"1.7": before, "1.8": before, "1.9": "READY"}


@pytest.mark.parametrize(
    ("query", "expected"), [("note=x", [400, 200, 200]), ("xsiType=xnat:petScanData", [200, 409, 409])]
)
def test_stored_scan_gives_the_type_since_1_8(servers, query, expected):
    """The row says 1.8.6; the profile 1.8 is later than that."""
    found = answers(servers, lambda client: client.put(f"{SESSION}/scans/1?{query}").status)
    assert list(found.values()) == expected


def test_tar_is_unpacked_since_1_8(servers):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("inner.txt")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))

    def names(client):
        path = "/data/projects/P/resources/TAR/files"
        client.put(f"{path}/up.tar?extract=true&inbody=true", body=target.getvalue())
        return [row["Name"] for row in client.rows(path)]

    assert answers(servers, names) == {"1.7": ["up.tar"], "1.8": ["inner.txt"], "1.9": ["inner.txt"]}


def test_invalid_token_is_unauthorized(servers):
    """403 is the answer up to 1.7.4; the line 1.7 stands for 1.7.5.6."""
    headers = basic("0f8fad5b-d9cb-469f-a165-70867728950e", "x" * 64)
    found = {line: Client(server).get("/data/projects", headers=headers).status for line, server in servers.items()}
    assert found == {"1.7": 401, "1.8": 401, "1.9": 401}


def test_times_have_milliseconds_since_1_8(servers):
    path = "/data/experiments?xsiType=xnat:mrSessionData&columns=label,xnat:mrSessionData/time&format=json"

    def time(client):
        return next(row["xnat:mrsessiondata/time"] for row in client.rows(path) if row["label"] == "E")

    found = answers(servers, time)
    assert found == {"1.7": "10:11:12", "1.8": "10:11:12.000", "1.9": "10:11:12.000"}


@pytest.mark.parametrize("line", LINES)
def test_what_all_profiles_share(servers, line):
    client = log_in(servers[line])
    assert client.get("/data/version").status == client.get("/data/uptime").status == 404
    assert json.loads(client.get("/xapi/siteConfig/buildInfo").data)["version"].startswith(line)
    client.put(f"{SESSION}/scans/1/resources/ROOT/files/a.txt?inbody=true", body=b"a")
    assert b"<cat:Catalog " in client.get(f"{SESSION}/scans/1/resources/ROOT").data
