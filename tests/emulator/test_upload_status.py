"""Progress of uploads by transaction id (rest-data 13.3, recorded answer D28)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(client, transaction, status, message):
    body = urlencode({"status": status, "message": message}).encode()
    return client.post(f"/data/status/{transaction}", body=body, headers=FORM)


def document(client, transaction):
    return json.loads(client.get(f"/data/status/{transaction}?format=json").data)


def test_messages_have_the_recorded_shape(client, emulator, recordings):
    text = "Importing file (0000012.zip)"
    emulator.site.transactions.add("admin", "recorded1", "PROCESSING", text)
    recorded = json.loads((recordings / "upload-status-1.json").read_text())
    answer = client.get("/data/status/recorded1?format=json")
    assert answer.headers["content-type"].startswith("application/json")
    assert json.loads(answer.data) == recorded
    assert list(json.loads(answer.data)["msgs"][0][0]) == list(recorded["msgs"][0][0])


def test_unknown_transaction_has_no_messages(client):
    assert document(client, "nobody") == {"msgs": [[]]}
    assert client.get("/data/status/nobody").data == b"StatusLog"


def test_messages_are_posted_read_and_deleted(client):
    assert post(client, "by-hand", "PROCESSING", "one").status == 200
    assert post(client, "by-hand", "COMPLETED", "two <b>").status == 200
    messages = document(client, "by-hand")["msgs"][0]
    assert [(entry["status"], entry["msg"]) for entry in messages] == [
        ("PROCESSING", "one"),
        ("COMPLETED", "two &lt;b&gt;"),
    ]
    assert client.get("/data/status/by-hand").data.startswith(b"StatusLogPROCESSING one\n")
    assert b"<td>PROCESSING" in client.get("/data/status/by-hand?format=html").data.replace(
        b" class='sPROCESSING'", b""
    )
    assert client.delete("/data/status/by-hand").status == 200
    assert document(client, "by-hand") == {"msgs": [[]]}


@pytest.mark.parametrize("status", ["", "DONE", "processing"])
def test_other_statuses_are_refused(client, status):
    assert post(client, "t2", status, "x").status == 500
    assert document(client, "t2") == {"msgs": [[]]}


def test_terminal_messages_say_so(client, emulator):
    emulator.site.transactions.add("admin", "t3", "COMPLETED", "Archive:/data/x", terminal=True)
    assert document(client, "t3")["msgs"][0][0]["terminal"] is True
