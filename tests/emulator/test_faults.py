"""Faults on demand, as a client sees them on a real socket."""

from __future__ import annotations

import io
import json
import time
import zipfile
import zlib
from collections.abc import Iterator

import pytest

import xnat_emulator
from xnat_emulator import Fault, faults
from xnat_emulator.faults import HOSTILE_NAMES

from . import wire
from .conftest import Client, basic, log_in

DATA = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def server() -> Iterator[xnat_emulator.Emulator]:
    with xnat_emulator.start() as running:
        yield running


@pytest.fixture(scope="module")
def client(server: xnat_emulator.Emulator) -> Client:
    """A client whose project holds ten files in one resource and one file in another."""
    found = log_in(server)
    assert found.put("/data/projects/P").status == 200
    for number in range(10):
        assert found.put(f"/data/projects/P/resources/R/files/{number}.bin?inbody=true", body=DATA).status == 200
    assert found.put("/data/projects/P/resources/S/files/s.bin?inbody=true", body=b"s").status == 200
    return found


@pytest.fixture(autouse=True)
def _no_fault_stays(server: xnat_emulator.Emulator) -> Iterator[None]:
    yield
    server.faults.clear()


FILE = "/data/projects/P/resources/R/files/0.bin"
FILES = "/data/projects/P/resources/R/files"
ZIP = f"{FILES}?format=zip"


def get(client: Client, path: str, patience: float = 0.3) -> wire.Seen:
    return wire.exchange(client.emulator, "GET", path, client.headers, patience=patience)


@pytest.mark.parametrize("path", [FILE, ZIP])
@pytest.mark.parametrize(("reset", "end"), [(False, "eof"), (True, "reset")])
def test_drop_cuts_the_connection_after_so_many_bytes_of_body(client, path, reset, end):
    client.emulator.faults.add(Fault(faults.Drop(after=1000, reset=reset), path="*/files*", count=1))
    seen = get(client, path)
    assert seen.end == end
    if not reset:  # a reset may take along what was not read yet
        assert (seen.status, len(seen.body)) == (200, 1000)
        assert not seen.data.endswith(b"0\r\n\r\n")
    assert get(client, path).end == "open"


def test_drop_before_the_body_sends_the_head_alone(client):
    client.emulator.faults.add(Fault(faults.Drop()))
    seen = get(client, FILE)
    assert (seen.end, seen.body, seen.header("content-length")) == ("eof", b"", str(len(DATA)))


@pytest.mark.parametrize(("how", "end"), [("close", "eof"), ("reset", "reset")])
def test_lost_reply_comes_after_the_write_was_done(client, how, end):
    with client.emulator.faults.add(Fault(faults.LoseReply(how), count=1)):
        seen = wire.exchange(client.emulator, "PUT", f"/data/projects/P/subjects/{how}", client.headers)
    assert (seen.end, seen.data) == (end, b"")
    assert client.get(f"/data/projects/P/subjects/{how}").status == 200


def test_lost_reply_can_be_the_gateways_timeout(client):
    with client.emulator.faults.add(Fault(faults.LoseReply(), count=1)):
        answer = client.put("/data/projects/P/subjects/gateway")
    assert answer.status == 504
    assert b"504 Gateway" in answer.data
    assert client.get("/data/projects/P/subjects/gateway").status == 200
    assert client.emulator.requests[-2].status == 504


def test_stall_holds_the_answer_back(client):
    client.emulator.faults.add(Fault(faults.Stall(seconds=0.4), count=1))
    assert get(client, FILE, patience=0.15).data == b""
    client.emulator.faults.clear()
    client.emulator.faults.add(Fault(faults.Stall(seconds=0.3), count=1))
    seen = get(client, FILE, patience=2)
    assert seen.moments[0] > 0.25
    assert seen.body == DATA


def test_stall_stops_in_the_middle_and_goes_on(client):
    client.emulator.faults.add(Fault(faults.Stall(seconds=0.3, after=500), count=1))
    assert get(client, FILE, patience=0.1).body == DATA[:500]
    client.emulator.faults.clear()
    client.emulator.faults.add(Fault(faults.Stall(seconds=0.3, after=500), count=1))
    assert get(client, FILE, patience=2).body == DATA


def test_server_with_stalled_requests_stops_soon():
    with xnat_emulator.start(faults=[Fault(faults.Stall())]) as server:
        connection = wire.connect(server)
        wire.send(connection, "GET", "/", {})
        time.sleep(0.2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    assert wire.receive(connection).data == b""
    connection.close()


def test_trickle_sends_little_at_a_time(client):
    client.emulator.faults.add(Fault(faults.Trickle(rate=200_000)))
    seen = get(client, FILE, patience=2)
    assert seen.body == DATA
    assert seen.moments[-1] - seen.moments[0] > 0.4
    assert len(seen.moments) > 5


@pytest.mark.parametrize("after", ["", "7", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_unavailable_does_nothing_and_may_say_when_to_come_again(client, after):
    client.emulator.faults.add(Fault(faults.Unavailable(retry_after=after), count=1))
    seen = wire.exchange(client.emulator, "PUT", "/data/projects/P/subjects/not-yet", client.headers)
    assert (seen.status, seen.headers("retry-after")) == (503, [after] if after else [])
    assert client.get("/data/projects/P/subjects/not-yet").status == 404


def test_session_expires_after_so_many_requests(server):
    client = log_in(server)
    active = server.faults.add(Fault(faults.ExpiredSession(), nth=4, count=1))
    assert [client.get("/data/auth").status for _ in range(5)] == [200, 200, 200, 401, 401]
    assert (active.seen, active.hits) == (5, 1)
    assert log_in(server).get("/data/auth").status == 200


def test_every_session_expires_again_and_again(server):
    server.faults.add(Fault(faults.ExpiredSession(), path="/data/auth", nth=3, every=3))
    statuses = []
    for _ in range(3):
        client = log_in(server)
        statuses += [client.get("/data/auth").status for _ in range(3)]
    assert statuses == [200, 200, 401] * 3


def test_login_page_comes_with_200(client):
    client.emulator.faults.add(Fault(faults.LoginPage(), path="/data/projects/P/*"))
    seen = get(client, FILE)
    assert seen.status == 200
    assert seen.header("content-type").startswith("text/html")
    assert seen.body.startswith(b"<!DOCTYPE")
    assert b'name="password"' in seen.body


def test_redirect_leads_to_another_host(client):
    client.emulator.faults.add(Fault(faults.Redirect("http://other.invalid:81", status=307)))
    seen = get(client, "/data/projects?format=json&x=a%26b")
    assert (seen.status, seen.header("location")) == (
        307,
        "http://other.invalid:81/data/projects?format=json&x=a%26b",
    )


def test_truncated_zip_ends_as_if_it_was_whole(client):
    whole = get(client, ZIP).body
    client.emulator.faults.add(Fault(faults.TruncatedZip(keep=0.25)))
    seen = get(client, ZIP)
    assert seen.body == whole[: len(whole) // 4]
    assert (seen.end, seen.raw_body[-5:]) == ("open", b"0\r\n\r\n")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(seen.body))
    assert get(client, FILE).body == DATA


def test_corrupt_zip_has_members_whose_checksum_does_not_fit(client):
    client.emulator.faults.add(Fault(faults.CorruptZip()))
    with zipfile.ZipFile(io.BytesIO(get(client, ZIP).body)) as archive:
        assert len(archive.namelist()) == 10
        for name in archive.namelist():
            with pytest.raises((zipfile.BadZipFile, zlib.error)):
                archive.read(name)


def test_zip_members_can_have_names_that_lead_out(client):
    client.emulator.faults.add(Fault(faults.HostileMembers()))
    with zipfile.ZipFile(io.BytesIO(get(client, ZIP).body)) as archive:
        names = archive.namelist()
        assert {archive.read(name) for name in names} == {DATA}
    assert names[: len(HOSTILE_NAMES)] == list(HOSTILE_NAMES)
    assert len(names) == 10
    assert names[9].endswith(".bin")


def test_digests_of_listings_can_be_wrong(client):
    right = [row["digest"] for row in client.rows(FILES)]
    client.emulator.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    wrong = [row["digest"] for row in client.rows(FILES)]
    assert len(wrong) == len(right) == 10
    assert all(len(new) == 32 and new != old for new, old in zip(wrong, right, strict=True))
    table = client.get(f"{FILES}?format=csv").data.decode()
    assert [digest in table for digest in (wrong[0], right[0])] == [True, False]


@pytest.mark.parametrize("path", [FILE, ZIP])
def test_length_can_announce_more_than_comes(client, path):
    whole = get(client, path).body
    client.emulator.faults.add(Fault(faults.WrongLength(by=10)))
    seen = get(client, path)
    assert (seen.end, int(seen.header("content-length")), seen.raw_body) == ("eof", len(whole) + 10, whole)


def test_length_can_announce_less_than_comes(client):
    client.emulator.faults.add(Fault(faults.WrongLength(by=-10)))
    seen = get(client, FILE)
    assert (seen.end, int(seen.header("content-length")), seen.raw_body) == ("open", len(DATA) - 10, DATA)


def test_labels_of_a_listing_can_be_double(client):
    client.emulator.faults.add(Fault(faults.DuplicateLabels(), path="*/resources"))
    rows = client.rows("/data/projects/P/resources")
    assert [row["label"] for row in rows] == ["R", "R"]
    assert len({row["xnat_abstractresource_id"] for row in rows}) == 2


def test_labels_and_files_can_have_names_that_lead_out(client):
    client.emulator.faults.add(Fault(faults.HostileLabels()))
    rows = client.rows("/data/projects/P/resources")
    assert [row["label"] for row in rows] == list(HOSTILE_NAMES[:2])
    files = client.rows(FILES)
    assert [row["Name"] for row in files][: len(HOSTILE_NAMES)] == list(HOSTILE_NAMES)
    assert files[0]["URI"].endswith("/files/../../outside")
    assert files[9]["Name"].endswith(".bin")


def test_cookie_can_lack_its_path(server):
    server.faults.add(Fault(faults.CookieWithoutPath()))
    seen = wire.exchange(server, "GET", "/data/auth", basic("admin", "admin"))
    (session,) = [cookie for cookie in seen.headers("set-cookie") if cookie.startswith("JSESSIONID=")]
    assert "Path" not in session
    assert "HttpOnly" in session
    server.faults.clear()
    seen = wire.exchange(server, "GET", "/data/auth", basic("admin", "admin"))
    assert any(cookie.startswith("JSESSIONID=") and "Path=/" in cookie for cookie in seen.headers("set-cookie"))


def test_prearchive_can_answer_with_what_was(client):
    prearchive = client.emulator.site.archive.prearchive
    session = prearchive.add("P", "one", name="one", tag="1.2.3", status="RECEIVING")
    client.emulator.faults.add(Fault(faults.StalePrearchive()))
    path = "/data/prearchive/projects/P?format=json"
    assert [row["status"] for row in client.rows(path)] == ["RECEIVING"]
    session.status = "READY"
    prearchive.save(session)
    assert [row["status"] for row in client.rows(path)] == ["RECEIVING"]
    client.emulator.faults.clear()
    assert [row["status"] for row in client.rows(path)] == ["READY"]


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("transient", ["processing in progress"] * 2),
        ("permanent", ["Session already exists, retry with overwrite enabled"] * 2),
        ("mixed", ["processing in progress", "Session already exists"]),
    ],
)
def test_imports_that_meet_in_a_new_session_are_refused(client, answer, texts):
    client.emulator.faults.add(Fault(faults.ImportRace(answer)))
    path = f"/data/services/import?project=P&subject=S&session={answer}&import-handler=DICOM-zip"
    with wire.connect(client.emulator) as first:
        head = {**client.headers, "Content-Type": "application/zip", "Content-Length": "20"}
        wire.send(first, "POST", path, head)
        time.sleep(0.2)
        for text in texts:
            second = client.post(path, body=b"x", headers={"Content-Type": "application/zip"})
            assert second.status == 400
            assert text in client.message(second)
        other = client.post(path.replace(answer, "other"), body=b"x", headers={"Content-Type": "application/zip"})
        assert not any(text in client.message(other) for text in texts)
        first.sendall(b"x" * 20)
        assert b"processing in progress" not in wire.receive(first, patience=1).data
    again = client.post(path, body=b"x", headers={"Content-Type": "application/zip"})
    assert not any(text in client.message(again) for text in texts)


# --- which requests, and how they are spelled ---


def test_fault_means_method_path_and_number(client):
    active = client.emulator.faults.add(
        Fault(faults.Unavailable(), method="PUT|DELETE", path="/data/projects/*/subjects/*", nth=2, count=2)
    )
    statuses = [client.put(f"/data/projects/P/subjects/n{number}").status for number in range(4)]
    assert statuses == [201, 503, 503, 201]
    assert client.get("/data/projects/P/subjects/n1").status == 404
    assert (active.seen, active.hits) == (4, 2)


def test_pattern_with_a_question_mark_is_compared_with_the_query_too(client):
    client.emulator.faults.add(Fault(faults.Unavailable(), path="*?*format=zip*"))
    assert client.get(ZIP).status == 503
    assert client.get(FILE).status == 200


def test_fault_ends_with_its_context_and_does_not_share_state(client):
    fault = Fault(faults.Unavailable())
    with client.emulator.faults.add(fault) as active:
        assert client.get("/data/auth").status == 503
        assert len(client.emulator.faults) == 1
        assert next(iter(client.emulator.faults)).hits == active.hits == 1
    assert client.get("/data/auth").status == 200
    assert len(client.emulator.faults) == 0


def test_several_faults_act_together(client):
    right = [row["digest"] for row in client.rows(FILES)]
    client.emulator.faults.add(Fault(faults.WrongDigest(), path="*/files"))
    client.emulator.faults.add(Fault(faults.Trickle(rate=20_000)))
    seen = get(client, FILES, patience=2)
    rows = json.loads(seen.body)["ResultSet"]["Result"]
    assert [row["digest"] for row in rows if row["digest"] in right] == []
    assert (len(rows), seen.moments[-1] - seen.moments[0] > 0.04) == (10, True)
