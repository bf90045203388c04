"""A server with data types and fields that the package does not know: everything reads, and one warning says so."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import xnat_emulator
from xnat_emulator import Fault, faults
from xnat_runtime.registry import UnknownTypeWarning
from xnat_runtime.schema_bases import SIZE_LIMIT, QName, SchemaBases
from xnat_sdk import InvalidValueError, KeyNotFoundError, NotFoundError, XnatSession, connect
from xnat_sdk.models import (
    ExperimentData,
    ImageAssessorData,
    ImageSessionData,
    MrSessionData,
    ProjectData,
    SubjectAssessorData,
    SubjectData,
)

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "tests" / "own_site" / "plugin"
LIST = "GET /xapi/access/displays/searchable"
SCHEMAS = "GET /xapi/schemas"
LAB = """<xs:schema targetNamespace="http://lab.example.org/xnat" xmlns="http://lab.example.org/xnat"
  xmlns:lab="http://lab.example.org/xnat" xmlns:x="http://nrg.wustl.edu/xnat"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:import namespace="http://nrg.wustl.edu/xnat" schemaLocation="../xnat/xnat.xsd"/>
  <xs:element name="Study" type="lab:studyData"/><xs:element name="Follow" type="lab:followData"/>
  <xs:complexType name="studyData"><xs:complexContent><xs:extension base="x:mrSessionData"/></xs:complexContent>
  </xs:complexType>
  <xs:complexType name="followData"><xs:complexContent><xs:extension base="studyData"/></xs:complexContent>
  </xs:complexType></xs:schema>"""
FOLLOW = '<lab:Follow xmlns:lab="http://lab.example.org/xnat" label="MR2"/>'
READING = """<neurolab:TumourReading xmlns:neurolab="http://neurolab.example.org/xnat"
  xmlns:xnat="http://nrg.wustl.edu/xnat" label="R1"><xnat:note>seen</xnat:note>
  <neurolab:reader>A. Reader</neurolab:reader><neurolab:whoGrade>3</neurolab:whoGrade>
  <neurolab:lesions><neurolab:lesion><neurolab:volume>2.5</neurolab:volume></neurolab:lesion></neurolab:lesions>
</neurolab:TumourReading>"""
FORM = """<neurolab:MoodForm xmlns:neurolab="http://neurolab.example.org/xnat" label="MOOD1">
  <neurolab:filledInBy>carer</neurolab:filledInBy></neurolab:MoodForm>"""
SHOE = '<xs:complexType name="subjectData">'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[xnat_emulator.Emulator]:
    """A server with a plugin, and with a field of subjects that no stock server has; everything is empty."""
    folder = tmp_path_factory.mktemp("site") / "schemas"
    shutil.copytree(ROOT / "schemas", folder)
    shutil.copytree(PLUGIN, folder, dirs_exist_ok=True)
    (folder / "lab").mkdir()
    (folder / "lab" / "lab.xsd").write_text(LAB, encoding="utf-8")
    path = folder / "xnat" / "xnat.xsd"
    before, start, after = path.read_text(encoding="utf-8").partition(SHOE)
    fields = after.replace("<xs:sequence>", '<xs:sequence><xs:element name="shoeSize" type="xs:int" minOccurs="0"/>', 1)
    path.write_text(before + start + fields, encoding="utf-8")
    with xnat_emulator.start(schemas=folder) as server:
        yield server


@pytest.fixture
def session(site: xnat_emulator.Emulator) -> Iterator[XnatSession]:
    """A connection to the site, whose archive holds one reading and one form."""
    site.reset()
    with connect(site.url, user=site.user, password=site.password) as made:
        _fill(made)
    with connect(site.url, user=site.user, password=site.password) as made:
        yield made


def _fill(session: XnatSession) -> None:
    project = ProjectData(parent=session, id="P")
    subject = SubjectData(parent=project, label="S1")
    imaging = MrSessionData(parent=subject, label="MR1")
    headers = {"Content-Type": "text/xml"}
    session.put(f"/data/experiments/{imaging.id}/assessors/R1", data=READING.encode(), headers=headers)
    session.put(f"/data/projects/P/subjects/{subject.id}/experiments/MOOD1", data=FORM.encode(), headers=headers)
    session.put(subject.uri, query={"xnat:subjectData/shoeSize": "43"})
    session.put(f"/data/experiments/{imaging.id}/assessors/R1/resources/REPORT")
    session.put(
        f"/data/experiments/{imaging.id}/assessors/R1/resources/REPORT/files/report.txt?inbody=true", data=b"grade 3"
    )


def _asked(server: xnat_emulator.Emulator, path: str) -> int:
    return [f"{one.method} {one.path}" for one in server.requests].count(path)


def _reading(session: XnatSession) -> ImageAssessorData:
    return session.projects["P"].subjects["S1"].sessions["MR1"].assessors["R1"]


def test_everything_reads_with_one_request_for_the_list_and_one_warning(
    session: XnatSession, site: xnat_emulator.Emulator, tmp_path: Path
) -> None:
    with pytest.warns(UnknownTypeWarning) as caught:  # noqa: PT031 - one warning from all of it
        kinds = {item.label: type(item) for item in session.projects["P"].experiments}
        reading = _reading(session)
        assert (reading.label, reading.note) == ("R1", "seen")
        with reading.resources["REPORT"].files["report.txt"].open() as file:
            assert file.read() == b"grade 3"
        reading.download_dir(tmp_path)
        assert [one.label for one in session.projects["P"].assessors] == ["R1"]
        assert session.create_object(f"/data/experiments/{reading.id}").data["label"] == "R1"
    assert [path.read_bytes() for path in tmp_path.rglob("report.txt")] == [b"grade 3"]
    assert kinds == {"MR1": MrSessionData, "MOOD1": SubjectAssessorData}
    assert type(reading) is ImageAssessorData
    assert [_asked(site, f"{SCHEMAS}{name}") for name in ("", "/lab", "/neurolab", "/xnat")] == [1, 1, 1, 0]
    assert _asked(site, LIST) == 0
    (warning,) = caught
    text = str(warning.message)
    assert f"xnat-codegen fetch {site.url} -o schemas" in text
    assert "xnat-codegen generate --schemas schemas" in text
    assert "neurolab:TumourReading" not in text
    for name in (
        "lab:followData",
        "neurolab:moodFormData",
        "neurolab:tumourReadingData",
        "neurolab:segmentedReadingData",
    ):
        assert name in text


def test_known_types_ask_for_no_list(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [one.label for one in session.projects["P"].sessions] == ["MR1"]
        assert session.projects["P"].subjects["S1"].label == "S1"
    assert _asked(site, LIST) == _asked(site, SCHEMAS) == 0


@pytest.mark.filterwarnings("ignore::xnat_runtime.registry.UnknownTypeWarning")
def test_fields_of_an_unknown_type_are_read_by_path(session: XnatSession) -> None:
    reading = _reading(session)
    assert (reading.data["reader"], reading.data["whoGrade"]) == ("A. Reader", 3)
    assert reading.data["label"] == "R1"
    (lesion,) = reading.data.entries("lesions/lesion")
    assert reading.data["lesions/lesion"] == [lesion]
    assert lesion.entries("measurements/measurement") == reading.data.entries("nothing") == []
    assert lesion["volume"] == 2.5
    assert "volume" in set(lesion)
    assert {"reader", "whoGrade", "label", "lesions/lesion"} <= set(reading.data)
    assert "readOn" not in reading.data
    assert reading.data.get("readOn") is None
    with pytest.raises(KeyNotFoundError, match="nothing at 'readOn'"):
        reading.data["readOn"]
    assert "A. Reader" not in repr(reading.data) + repr(lesion)


def test_unknown_field_of_a_known_type_is_read_by_path(session: XnatSession) -> None:
    subject = session.projects["P"].subjects["S1"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert subject.data["shoeSize"] == 43
        assert subject.label == subject.data["label"] == "S1"
        assert len(subject.data) == len(set(subject.data))


def test_what_the_listing_told_costs_no_request(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    subject = session.projects["P"].subjects["S1"]
    before = len(site.requests)
    assert subject.data["label"] == "S1"
    assert len(site.requests) == before
    assert subject.data["shoeSize"] == 43
    assert subject.data["ID"]
    assert len(site.requests) == before + 1


def test_item_of_an_unknown_type_is_not_sent_as_another_one(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    with pytest.warns(UnknownTypeWarning):
        reading = _reading(session)
    before = len(site.requests)
    with pytest.raises(InvalidValueError, match=r"neurolab:tumourReadingData, which xnat_sdk\.models does not know"):
        reading.note = "changed"
    assert len(site.requests) == before
    assert reading.note == "seen"
    reading.delete(remove_files=True)
    with pytest.raises(NotFoundError):
        session.create_object(reading.uri)


def _follow(session: XnatSession) -> object:
    """Returns the item of a type that extends a plugin's type, which extends that of MR sessions."""
    subject = session.projects["P"].subjects["S1"]
    session.put(f"{subject.uri}/experiments/MR2", data=FOLLOW.encode(), headers={"Content-Type": "text/xml"})
    return {item.label: item for item in session.projects["P"].experiments}["MR2"]


def test_type_that_extends_a_plugins_type_goes_up_its_line(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    with pytest.warns(UnknownTypeWarning, match="lab:followData") as caught:  # noqa: PT031
        assert type(_follow(session)) is MrSessionData
        assert _asked(site, LIST) == 0
    assert len(caught) == 1


@pytest.mark.filterwarnings("ignore::xnat_runtime.registry.UnknownTypeWarning")
@pytest.mark.parametrize("path", ["/xapi/schemas", "/xapi/schemas/lab"])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_schemas_that_cannot_be_read_leave_the_list_of_types(
    session: XnatSession, site: xnat_emulator.Emulator, path: str, status: int
) -> None:
    with site.faults.add(Fault(faults.Unavailable(status=status), path=path)):
        found = type(_follow(session))
    assert issubclass(found, ImageSessionData)
    assert _asked(site, LIST) <= 1


def test_schema_is_read_by_its_namespaces() -> None:
    read = SchemaBases(LAB.encode())
    lab, xnat = "http://lab.example.org/xnat", "http://nrg.wustl.edu/xnat"
    assert read.prefix == "lab"
    assert read.bases[QName(lab, "studyData")] == QName(xnat, "mrSessionData")
    assert read.bases[QName(lab, "followData")] == QName(lab, "studyData")
    assert len(read.bases) == 2
    inline = '<e:complexType><e:complexContent><e:extension base="a:imageScanData"/></e:complexContent></e:complexType>'
    names = 'xmlns:e="http://www.w3.org/2001/XMLSchema" xmlns:a="http://nrg.wustl.edu/xnat" targetNamespace="urn:t"'
    read = SchemaBases(f'<e:schema {names}><e:element name="scan">{inline}</e:element></e:schema>'.encode())
    assert read.bases == {QName("urn:t", "scan"): QName(xnat, "imageScanData")}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b" " * (SIZE_LIMIT + 1),
    ],
)
def test_documents_that_are_no_safe_schema_are_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        SchemaBases(document)


def test_server_that_does_not_tell_its_types(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    with (  # noqa: PT031 - as above
        site.faults.add(Fault(faults.Unavailable(status=403), path="/xapi/access/*")),
        site.faults.add(Fault(faults.Unavailable(status=403), path="/xapi/schemas")),
        pytest.warns(UnknownTypeWarning) as caught,
    ):
        kinds = {item.label: type(item) for item in session.projects["P"].experiments}
        assert {item.label for item in session.projects["P"].experiments} == set(kinds)
        assert _reading(session).data["reader"] == "A. Reader"
    assert kinds == {"MR1": MrSessionData, "MOOD1": ExperimentData}
    assert _asked(site, LIST) == _asked(site, SCHEMAS) == 1
    # Without a list, each type is named when it turns up.
    assert len(caught) == 2


def test_each_connection_warns_for_itself(session: XnatSession, site: xnat_emulator.Emulator) -> None:
    for _ in range(2):
        with (
            connect(site.url, user=site.user, password=site.password) as other,
            pytest.warns(UnknownTypeWarning) as caught,
        ):
            assert len(list(other.projects["P"].experiments)) == 2
        assert len(caught) == 1
    assert session.registry.load("neurolab:tumourReadingData") is None
