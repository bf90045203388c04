"""Recorded catalog files (D24): byte for byte, but for what differs from server to server."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from lxml import etree

import xnat_emulator
from xnat_emulator import Mode

from ..emulator.conftest import Client, log_in
from ..emulator.imports_dicom import MR, make, zipped
from .replays import replays
from .states import put, put_project, put_session, put_subject

CAT = "{http://nrg.wustl.edu/catalog}"
_COSINES = {"Tra": [1, 0, 0, 0, 1, 0], "Sag": [0, 1, 0, 0, 0, -1]}


@pytest.fixture(scope="module")
def old_server():
    with xnat_emulator.start(mode=Mode(version="1.7")) as running:
        yield running


@pytest.fixture
def old_client(old_server) -> Client:
    old_server.reset()
    return log_in(old_server)


@replays("catalog-generic-1-cut.xml", "own-catalog-generic.xml")
def test_catalog_of_any_files(old_client, sample, name):
    """Release 1.7. Of 8201 entries the first were kept, so that AUDIT counts others than are here."""
    was = sample(name)
    tree = etree.fromstring(was.encode())
    session = put_session(
        old_client, put_subject(old_client, "HOME", "S1", "subject"), "xnat:mrSessionData", "E1", "session"
    )
    path = put(old_client, f"{session}/resources/{tree.get('ID')}")
    entries = tree.findall(f".//{CAT}entry")
    sizes = {entry.get("URI"): int(entry.findtext(f".//{CAT}metaField")) for entry in entries}
    answer = old_client.put(f"{path}/files/a.zip?inbody=true&extract=true", body=zip_of(sizes))
    assert answer.status == 200, answer.data
    assert form(catalog(old_client, path)) == form(re.sub(r"Added:8201", f"Added:{len(entries)}", was))


def zip_of(sizes: dict[str, int]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, size in sizes.items():
            archive.writestr(path, b"x" * size)
    return buffer.getvalue()


def catalog(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status == 200, answer.data
    return answer.data.decode()


_MADE_BY_SERVER = [
    (r'createdEventId="\d+"', 'createdEventId="N"'),
    (r'createdTime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"', 'createdTime="T"'),
    (r'digest="[0-9a-f]{32}"', 'digest="D"'),
    (r"\d+:\w{3} \w{3} \d\d \d\d:\d\d:\d\d [A-Z]{3,4} \d{4}=", "N:T="),
]


def form(text: str) -> str:
    """Return a catalog without event numbers, moments and digests; entries in one order.

    The order of the recorded entries is none that a client can bring about.
    """
    for pattern, replacement in _MADE_BY_SERVER:
        text = re.sub(pattern, replacement, text)
    head, *entries = re.split(r"(?=\n\t<cat:entry )", text)
    if not entries:
        return text
    last, end = re.split(r"(?=\n</cat:entries>)", entries.pop())
    return "".join([head, *sorted([*entries, last]), end]).rstrip("\n")


@replays("catalog-dicom-1.xml", "own-catalog-dicom-1.xml")
def test_dicom_catalog_of_a_server_of_2019(old_client, sample, name):
    """Release 1.7: entries with name and size, no project; here the sizes are those of other images."""
    was = sample(name)
    now = imported(old_client, was)
    size = re.compile(r'(?<="size_in_bytes">)\d+')
    assert form(size.sub("1", now)) == form(size.sub("1", was))


@replays("catalog-dicom-2.xml", "own-catalog-dicom-2.xml")
def test_dicom_catalog_of_a_server_of_2022(plugin_client, sample, name):
    """Release 1.8 with a plugin, two uploads merged: the newest first in AUDIT, no names and no sizes.

    Five images came under two names, which only a site keeps that does not tell images by their UID.
    """
    was = sample(name)
    flag = b'{"useSopInstanceUidToUniquelyIdentifyDicom": false}'
    said = plugin_client.post("/xapi/siteConfig", body=flag, headers={"Content-Type": "application/json"})
    assert said.status == 200
    assert form(imported(plugin_client, was)) == form(was)


def imported(client: Client, was: str) -> str:
    """Import images as the catalog tells, one request for each of its events, and return the catalog of their scan."""
    tree = etree.fromstring(was.encode())
    project = tree.findtext(f"{CAT}metaFields/{CAT}metaField[@name='PROJECT']") or "HOME"
    put_project(client, project)
    entries = tree.findall(f".//{CAT}entry")
    for event in sorted({entry.get("createdEventId") for entry in entries}, key=int):
        files = {one.get("URI"): image(tree, one) for one in entries if one.get("createdEventId") == event}
        answer = client.post(
            f"/data/services/import?project={project}&subject=s&session=e&dest=/archive&overwrite=append",
            body=zipped(files),
            headers={"Content-Type": "application/zip"},
        )
        assert answer.status == 200, answer.data
    return catalog(client, f"/data/projects/{project}/subjects/s/experiments/e/scans/4/resources/DICOM")


def image(tree: etree._Element, entry: etree._Element) -> bytes:
    size, voxel = (tree.find(f"{CAT}{name}") for name in ("dimensions", "voxelRes"))
    return make(
        MR,
        series=tree.get("UID"),
        SeriesNumber=4,
        number=int(entry.get("instanceNumber")),
        SOPInstanceUID=entry.get("UID"),
        Columns=int(size.get("x")),
        Rows=int(size.get("y")),
        PixelSpacing=[float(voxel.get("x")), float(voxel.get("y"))],
        SliceThickness=float(voxel.get("z")),
        ImageOrientationPatient=_COSINES[tree.findtext(f"{CAT}orientation")],
    )
