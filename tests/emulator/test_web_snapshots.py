"""Snapshots of scans (dicom-import 95 and 96)."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from xnat_emulator.web.gif import encode

from .conftest import new_user
from .imports_dicom import encode as encode_dicom
from .test_web_previews import RAMP, image


def decode(data):
    """Return the pixels of a GIF file in shades of gray."""
    assert data[:6] == b"GIF89a"
    columns, rows = struct.unpack("<2H", data[6:10])
    place, packed = 13 + 768 + 10, b""
    assert data[place] == 8
    place += 1
    while data[place]:
        packed += data[place + 1 : place + 1 + data[place]]
        place += 1 + data[place]
    assert data[place:] == b"\0;"
    return np.frombuffer(unpacked(packed), np.uint8).reshape(rows, columns)


def unpacked(packed):
    bits, place, width = int.from_bytes(packed, "little"), 0, 9
    table, found, last = {}, bytearray(), b""
    while True:
        code = bits >> place & (1 << width) - 1
        place += width
        if code == 257:
            return bytes(found)
        if code == 256:
            table = {number: bytes([number]) for number in range(256)}
            width, last = 9, b""
            continue
        entry = table[code] if code in table else last + last[:1]
        found += entry
        if last and len(table) + 2 < 4096:
            table[len(table) + 2] = last + entry[:1]
        if len(table) + 2 == 1 << width and width < 12:
            width += 1
        last = entry


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (64, 64), (200, 130), (400, 400)])
@pytest.mark.parametrize("kind", ["noise", "flat", "ramp"])
def test_gif_is_what_went_in(size, kind):
    makers = {
        "noise": lambda: np.random.default_rng(1).integers(0, 256, size, np.uint8),
        "flat": lambda: np.full(size, 7, np.uint8),
        "ramp": lambda: (np.arange(size[0] * size[1]) % 256).astype(np.uint8).reshape(size),
    }
    pixels = makers[kind]()
    assert (decode(encode(pixels)) == pixels).all()


@pytest.fixture
def imaged(client, scan):
    """The path of a scan with an image, by the session's ID."""
    client.put(f"{scan}/resources/DICOM/files/a.dcm?inbody=true", body=encode_dicom(image(np.tile(RAMP, (30, 30)))))
    return f"/experiments/{client.fields(scan.partition('/scans')[0])['ID']}/scan/1"


def test_first_request_makes_the_resource(client, scan, imaged):
    assert [row["label"] for row in client.rows(f"{scan}/resources")] == ["DICOM"]
    answer = client.get(f"/xapi{imaged}/snapshot")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
    assert decode(answer.data).shape == (300, 300)
    row = next(row for row in client.rows(f"{scan}/resources") if row["label"] == "SNAPSHOTS")
    assert (row["format"], row["content"], row["file_count"]) == ("GIF", "SNAPSHOTS", "2")
    session = imaged.split("/")[2]
    files = {file["Name"]: file["file_content"] for file in client.rows(f"{scan}/resources/SNAPSHOTS/files")}
    assert files == {f"{session}_1_qc.gif": "ORIGINAL", f"{session}_1_qc_t.gif": "THUMBNAIL"}
    small = client.get(f"/xapi{imaged}/thumbnail")
    assert max(decode(small.data).shape) <= 128
    assert len(client.rows(f"{scan}/resources/SNAPSHOTS/files")) == 2


def test_projects_and_subjects_may_stand_in_front(client, scan, imaged):
    project = scan.split("/")[3]
    for owner in (f"/projects/{project}", f"/projects/{project}/subjects/s1"):
        assert client.get(f"/xapi{owner}{imaged}/thumbnail").status == 200


def test_scan_without_an_image_has_none(client, scan):
    session = client.fields(scan.partition("/scans")[0])["ID"]
    assert client.get(f"/xapi/experiments/{session}/scan/1/snapshot").status == 404
    assert client.get(f"/xapi/experiments/{session}/scan/9/snapshot").status == 404
    assert client.rows(f"{scan}/resources") == []


def test_snapshots_are_hidden_from_strangers(client, imaged):
    assert new_user(client.emulator).get(f"/xapi{imaged}/snapshot").status == 404
