"""A server that knows less than the package: what cannot be stored is refused by name, and nothing goes lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_sdk import FieldNotOnServerError, XnatSession, connect
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, SubjectData

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("XNAT_SHARED", ROOT.parent / "shared"))
OLD = SHARED / "real-schemas" / "xnat-1.7.xsd"


def _own(text: str) -> str:
    """Returns the stock schema without some elements, as an older server has it."""
    for line in (
        '<xs:element name="bodyPartExamined"',
        '<xs:element name="acquisition_site"',
        '<xs:element name="yob"',
    ):
        start = text.index(line)
        end = text.index("</xs:element>", start) + len("</xs:element>")
        inline = text.find("/>", start)
        text = text[:start] + text[inline + 2 if "<" not in text[start + 1 : inline] else end :]
    return text


@pytest.fixture(
    scope="module",
    params=["own", pytest.param("1.7", marks=pytest.mark.skipif(not OLD.exists(), reason=f"no {OLD}"))],
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[xnat_emulator.Emulator]:
    folder = tmp_path_factory.mktemp("old") / "schemas"
    shutil.copytree(ROOT / "schemas", folder)
    path = folder / "xnat" / "xnat.xsd"
    text = OLD.read_text(encoding="utf-8") if request.param == "1.7" else _own(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    with xnat_emulator.start(schemas=folder) as server:
        yield server


@pytest.fixture
def session(site: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    site.reset()
    with connect(site.url, user=site.user, password=site.password) as made:
        imaging = MrSessionData(parent=SubjectData(parent=ProjectData(parent=made, id="P"), label="S"), label="E")
        MrScanData(parent=imaging, id="1", type="T1", quality="usable", note="kept")
        yield made


def _scan(session: XnatSession) -> MrScanData:
    scan = session.projects["P"].subjects["S"].sessions["E"].scans["1"]
    assert isinstance(scan, MrScanData)
    return scan


def _change(scan: MrScanData) -> None:
    with scan.edit():
        scan.note = "other"
        scan.body_part_examined = "HEAD"


def test_assigning_names_field_class_and_version_and_stores_nothing(session: XnatSession) -> None:
    scan = _scan(session)
    told = r"ImageScanData\.body_part_examined: this server \(XNAT [\d.]+\)"
    with pytest.raises(FieldNotOnServerError, match=told) as caught:
        _change(scan)
    assert caught.value.field == "xnat:mrScanData/bodyPartExamined"
    assert "HEAD" not in str(caught.value)
    assert (scan.note, scan.body_part_examined) == ("kept", None)
    scan.refresh()
    assert scan.note == "kept"


def test_creating_with_an_unknown_field_creates_nothing(session: XnatSession) -> None:
    imaging = session.projects["P"].subjects["S"].sessions["E"]
    with pytest.raises(FieldNotOnServerError, match="nothing was stored"):
        MrScanData(parent=imaging, id="2", type="T2", body_part_examined="HEAD")
    assert [one.id for one in imaging.scans] == ["1"]


def test_clearing_an_unknown_field_loses_no_other_clear(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    scan = _scan(session)
    before = len(site.requests)
    with scan.edit():
        scan.body_part_examined = None
        scan.quality = None
        scan.note = None
    assert [one.method for one in site.requests[before:]] == ["GET", "PUT"]
    scan.refresh()
    assert (scan.quality, scan.note) == (None, None)


def test_clearing_what_was_read_costs_no_more_than_its_own_request(
    session: XnatSession, site: xnat_emulator.Emulator
) -> None:
    scan = _scan(session)
    scan.refresh()
    before = len(site.requests)
    with scan.edit():
        scan.body_part_examined = None
        scan.quality = None
        scan.note = None
    assert [one.method for one in site.requests[before:]] == ["PUT"]
    scan.refresh()
    assert (scan.quality, scan.note) == (None, None)
    before = len(site.requests)
    scan.quality = None
    assert [one.method for one in site.requests[before:]] == ["PUT"]


def test_reading_an_unknown_field_reads_as_an_empty_one(session: XnatSession) -> None:
    assert _scan(session).body_part_examined is None
