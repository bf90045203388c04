"""Recorded lists of the prearchive, a session there, and the headers of its files (D4, D21, dicomdump)."""

from __future__ import annotations

import json
import re

from lxml import etree

from ..emulator.imports_dicom import make, zipped
from .replays import MOMENT, envelope, java_order, kinds, replays, rows_of
from .states import put_project

ZIP = {"Content-Type": "application/zip"}
XNAT = "{http://nrg.wustl.edu/xnat}"


def received(client, project: str, files: dict[str, bytes], query: str = "") -> str:
    """Import files into the prearchive and return the address of their session."""
    put_project(client, project)
    path = f"/data/services/import?project={project}&dest=/prearchive{query}"
    answer = client.post(path, body=zipped(files), headers=ZIP)
    assert answer.status == 200, answer.data
    return answer.data.decode().strip()


def listing(client) -> str:
    answer = client.get("/data/prearchive?format=json")
    assert answer.status == 200
    return answer.data.decode()


def sent(row: dict[str, str], **attributes) -> dict[str, bytes]:
    """Return an image whose headers say what a recorded row says; subjects cannot be told from their cleaned names."""
    day, clock = row["scan_date"].partition(" ")[0], row["scan_time"]
    return {
        "a.dcm": make(
            study=row["tag"] or "1.2.3",
            PatientID=row["name"],
            PatientName=row["subject"].replace("_", " "),
            StudyDate=day.replace("-", "") or None,
            StudyTime=clock.replace(":", "") or None,
            **attributes,
        )
    }


@replays("prearchive-sessions-1.json", "own-prearchive-sessions.json")
def test_one_session(client, sample, name):
    """Byte for byte but for when it came; the name keeps its blank and the folder does not."""
    (was,) = rows_of(sample(name))
    received(client, was["project"], sent(was))
    text = listing(client)
    (now,) = json.loads(text)["ResultSet"]["Result"]
    wanted = {**was, **{key: now[key] for key in ("uploaded", "lastmod", "timestamp")}}
    wanted["url"] = was["url"].replace(was["timestamp"], now["timestamp"])
    assert text == envelope([wanted]), "no totalRecords"
    for row in (now, was):
        assert MOMENT.fullmatch(row["uploaded"])
        assert MOMENT.fullmatch(row["lastmod"])
        assert re.fullmatch(r"\d{8}_\d{9}", row["timestamp"])


@replays("prearchive-sessions-2-fragment.json")
def test_sessions_whose_values_were_edited(client, sample, name):
    """Its author changed values and the order of keys: so keys and kinds, and what four uploads bring about.

    A bare date, a time with milliseconds, a timestamp that is not the one of ``url``, READY and RECEIVING sessions
    without a study are edits (D4): the emulator has a study for each. ``autoarchive`` is ``Manual`` of the upload.
    """
    was = rows_of(sample(name))
    for row in was:
        received(client, row["project"], sent({**row, "tag": f"1.2.{row['name'][-1]}"}), "&autoArchive=false")
    now = json.loads(listing(client))["ResultSet"]["Result"]
    assert len(now) == len(was)
    by_name = {row["name"]: row for row in now}
    for theirs in was:
        mine = by_name[theirs["name"]]
        assert sorted(mine) == sorted(theirs)
        assert dict(kinds(mine)) == dict(kinds(theirs))
        assert list(mine) == java_order(mine)
        same = ("project", "name", "subject", "TIMEZONE", "VISIT", "PROTOCOL", "prevent_anon")
        assert {key: mine[key] for key in same} == {key: theirs[key] for key in same}


@replays("dicomdump-1-fragment.json", "dicomdump-2-fragment.json", "own-dicomdump.json")
def test_one_header(client, sample, name):
    """Only rows were recorded; there is no totalRecords around them (rest-data 13)."""
    was = rows_of(sample(name))
    session = received(client, "SAMPLE", {"a.dcm": make(EchoTime=was[0]["value"])})
    path = f"/data/services/dicomdump?src={session.removeprefix('/data')}&format=json"
    assert client.get(f"{path}&field=00180081").data.decode() == envelope(was)
    assert client.get(f"{path}&field=00189999").data.decode() == envelope([]), "a field that is not there"


@replays("session-mr-1-edited.xml", "own-session-mr.xml")
def test_session_document(client, sample, name):
    """Its author took scans, numbers and addresses out and wrote the head anew: so what was left, in its order.

    The emulator's has ``subject_ID`` and scans besides.
    """
    was = etree.fromstring(sample(name).encode())
    path = received(client, was.get("project"), {"a.dcm": image_of(was)})
    now = etree.fromstring(client.get(f"{path}?format=xml").data)
    assert now.tag == was.tag
    assert [(key, value) for key, value in now.attrib.items() if "}" not in key] == [
        (key, value) for key, value in was.attrib.items() if "}" not in key
    ]
    assert list(now.attrib)[-1] == list(was.attrib)[-1]
    extra = {f"{XNAT}subject_ID", f"{XNAT}scans"}
    kept = [element for element in now if element.tag not in extra]
    assert [shown(element) for element in kept] == [shown(element) for element in was]


def shown(element: etree._Element) -> tuple[object, ...]:
    text = re.sub(r".*(?=/prearchive)|\d{8}_\d{9}.*", "", (element.text or "").replace("prearchive1", "prearchive"))
    return element.tag, list(element.attrib.items()), text


def image_of(was: etree._Element) -> bytes:
    def said(name: str) -> str:
        return was.findtext(f"{XNAT}{name}") or ""

    scanner = was.find(f"{XNAT}scanner")
    return make(
        study=was.get("UID"),
        StudyDescription=was.get("session_type"),
        Modality=was.get("modality"),
        StudyDate=said("date").replace("-", ""),
        StudyTime=said("time").replace(":", ""),
        InstitutionName=said("acquisition_site"),
        StationName=said("scanner"),
        Manufacturer=scanner.get("manufacturer"),
        ManufacturerModelName=scanner.get("model"),
        PatientID=said("dcmPatientId"),
        PatientName=said("dcmPatientName"),
        PatientBirthDate=said("dcmPatientBirthDate").replace("-", ""),
        MagneticFieldStrength=float(said("fieldStrength")),
    )
