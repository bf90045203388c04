"""Recorded answers of configuration, tokens, build, uploads and logins (D6, D10, D20, D27, D28)."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from ..emulator.conftest import Client, basic
from .replays import OWN, envelope, java_order, kinds, replays, rows_of, with_generated

TEXT = {"Content-Type": "text/plain"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@replays("config-anon-1.json", "own-config-anon.json")
def test_site_wide_script(client, sample, name):
    """Bytes, but for the moment; the site of 2012 had no ``unversioned`` yet, which stands in its place now."""
    text, (was,) = sample(name), rows_of(sample(name))
    now = configured(client, "/REST/config/anon", was)
    mine = json.loads(now)["ResultSet"]["Result"][0]
    assert mine.pop("unversioned") == "false"
    assert sorted(mine) == sorted(was)
    wanted = with_generated(was, mine)
    assert mine == wanted
    assert kinds(mine) == [(key, "str") for key in java_order(mine)]
    if name.startswith(OWN):
        assert text == envelope([was])


@replays("config-scan-quality-1.json", "own-config-scan-quality.json")
def test_site_wide_labels(client, sample, name):
    """The recording's author sorted its keys; the emulator has the order of a hash map."""
    (was,) = rows_of(sample(name))
    now = configured(client, "/data/config/scan-quality/labels", was)
    mine = json.loads(now)["ResultSet"]["Result"][0]
    wanted = with_generated(was, mine)
    assert now == envelope([{key: wanted[key] for key in java_order(mine)}]), "no totalRecords (D20)"


def configured(client, address: str, was) -> str:
    query = "&unversioned=true" if was.get("unversioned") == "true" else ""
    path = f"/data/config/{was['tool']}/{was['path']}?inbody=true{query}"
    answer = client.put(path, body=was["contents"].encode(), headers=TEXT)
    assert answer.status == 201, answer.data
    found = client.get(f"{address}?format=json")
    assert found.status == 200
    return found.data.decode()


def assert_token(now, was) -> None:
    """Compare two tokens: everything but the secrets, the account and the moments."""
    for token in (now, was):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token["alias"])
        assert re.fullmatch(r"[0-9A-Za-z]{64}", token["secret"])
        assert abs(token["estimatedExpirationTime"] - token["created"] - 172_800_000) <= 1
    assert dict(kinds(now)) == dict(kinds(was))
    same = ("singleUse", "enabled", "disabled")
    assert [now[key] for key in same] == [was[key] for key in same] == [False, True, 0]


@replays("token-issue-1.json", "own-token-issue.json")
def test_new_token(client, sample, name):
    """A server of 2016 had no ``validIPAddresses`` yet; all else stands in its order."""
    was = json.loads(sample(name))
    now = json.loads(client.get("/data/services/tokens/issue").data)
    assert now.pop("validIPAddresses") == []
    assert list(now) == list(was)
    assert_token(now, was)


@replays("token-show-1-fragment.json", "own-token-show.json")
def test_shown_token(client, sample, name):
    """The author sorted the keys and left out ``xdatUserId``, which a token that was just issued has."""
    was = json.loads(sample(name))
    client.get("/data/services/tokens/issue")
    (now,) = json.loads(client.get("/data/services/tokens/show").data)
    assert now.pop("xdatUserId") == client.emulator.user
    assert_token(now, was)


@replays("buildinfo-1.json", "own-buildinfo.json")
def test_build(client, sample, name):
    """Values are those of the build, all of them texts (D10): numbers, truth and moments too."""
    was = json.loads(sample(name))
    now = json.loads(client.get("/xapi/siteConfig/buildInfo").data)
    assert kinds(now) == kinds(was)
    assert {kind for _, kind in kinds(now)} == {"str"}
    digits = re.compile(r"\d+")
    shapes = {
        "version": r"1\.\d+\.\d+(\.\d+)?",
        "sha": "[0-9a-f]{10}",
        "shaFull": "[0-9a-f]{40}",
        "isDirty": "false",
        "timestamp": r"\d{13}",
        "buildDate": r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d [A-Z]{3} \d{4}",
    }
    for said in (now, was):
        assert all(re.fullmatch(form, said[key]) for key, form in shapes.items()), said
        assert digits.fullmatch(said["buildNumber"])
        assert digits.fullmatch(said["commit"])


@replays("upload-status-1.json", "own-upload-status.json")
def test_progress_of_an_upload(client, sample, name):
    """Here a client tells the message: the emulator is too fast to be asked in the middle of an upload."""
    was = json.loads(sample(name))
    ((message,),) = was["msgs"]
    body = urlencode({"status": message["status"], "message": message["msg"]}).encode()
    assert client.post("/data/status/upload1", body=body, headers=FORM).status == 200
    answer = client.get("/data/status/upload1?format=json")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.data.decode() == json.dumps(was, separators=(",", ":"))


@replays("jsession-1.txt", "own-jsession.txt")
def test_session_id(client, sample, name):
    form = re.compile(r"[0-9A-F]{32}")
    assert form.fullmatch(sample(name).strip())
    answer = client.post("/data/JSESSION")
    assert form.fullmatch(answer.data.decode())
    assert answer.headers["Content-Type"].startswith("text/plain")


LEFT_OUT = {
    "Server": "names the proxy before the site",
    "Connection": "is the proxy's",
    "Transfer-Encoding": "is chosen by the proxy",
    "Content-Encoding": "is made by the proxy",
}
"""Headers that are not the application's, with the reason."""


@replays("headers-root-1.txt", "own-headers-root.txt")
def test_headers_of_the_start_page(emulator, sample, name):
    """Cookies with the server's own quotes (D6); the page is in another character set, as ours are everywhere."""
    lines = (line.partition(": ") for line in sample(name).strip().splitlines())
    was = {key: value for key, _, value in lines if key not in LEFT_OUT}
    answer = Client(emulator, basic(emulator.user, emulator.password)).get("/")
    now = {key: ", ".join(answer.headers.getlist(key)) for key in was}
    number = re.compile(r"[0-9A-F]{32}|\d{5,}")
    assert number.sub("N", now.pop("Set-Cookie")) == number.sub("N", was.pop("Set-Cookie"))
    assert now.pop("Content-Type") == was.pop("Content-Type").replace("ISO-8859-1", "UTF-8")
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", now.pop("Date"))
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d [A-Z]{3} \d{4}", now.pop("Last-Modified"))
    del was["Date"], was["Last-Modified"]
    assert now == was
