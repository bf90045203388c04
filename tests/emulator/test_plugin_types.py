"""Types of a plugin: a schema folder with a namespace of its own, nested lists and an assessor type."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import xnat_emulator

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

PLUGIN = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema targetNamespace="http://example.org/wave" xmlns:wave="http://example.org/wave"
    xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xdat="http://nrg.wustl.edu/xdat"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" attributeFormDefault="unqualified">
  <xs:import namespace="http://nrg.wustl.edu/xnat" schemaLocation="../xnat/xnat.xsd"/>
  <xs:element name="Reading" type="wave:readingData"/>
  <xs:element name="Recording" type="wave:recordingSessionData"/>
  <xs:complexType name="readingData">
    <xs:complexContent><xs:extension base="xnat:imageAssessorData"><xs:sequence>
      <xs:element name="score" type="xs:float" minOccurs="0"/>
      <xs:element name="passed" type="xs:boolean" minOccurs="0"/>
      <xs:element name="channels" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="channel" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
          <xs:element name="unit" type="xs:string" minOccurs="0"/>
          <xs:element name="peaks" minOccurs="0"><xs:complexType><xs:sequence>
            <xs:element name="peak" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
              <xs:attribute name="at" type="xs:float"/><xs:attribute name="height" type="xs:integer"/>
            </xs:complexType></xs:element>
          </xs:sequence></xs:complexType></xs:element>
        </xs:sequence><xs:attribute name="name" type="xs:string"/></xs:complexType></xs:element>
      </xs:sequence><xs:attribute name="count" type="xs:integer"/></xs:complexType></xs:element>
    </xs:sequence></xs:extension></xs:complexContent>
  </xs:complexType>
  <xs:complexType name="recordingSessionData">
    <xs:complexContent><xs:extension base="xnat:imageSessionData"><xs:sequence>
      <xs:element name="montage" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
        <xs:maxLength value="8"/></xs:restriction></xs:simpleType></xs:element>
    </xs:sequence></xs:extension></xs:complexContent>
  </xs:complexType>
</xs:schema>
"""

DOCUMENT = """<wave:Reading xmlns:wave="http://example.org/wave" xmlns:xnat="http://nrg.wustl.edu/xnat">
  <wave:score>1.5</wave:score><wave:passed>true</wave:passed>
  <wave:channels count="2">
    <wave:channel name="Fp1"><wave:unit>uV</wave:unit><wave:peaks><wave:peak at="0.5" height="3"/>
      <wave:peak at="0.75" height="9"/></wave:peaks></wave:channel>
    <wave:channel name="Fp2"/>
  </wave:channels>
</wave:Reading>"""


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "schemas"
    shutil.copytree(SCHEMAS, folder)
    (folder / "wave").mkdir()
    (folder / "wave" / "wave.xsd").write_text(PLUGIN)
    return folder


@pytest.fixture(scope="module")
def server(schemas, tmp_path_factory):
    with xnat_emulator.start(schemas=schemas, data=tmp_path_factory.mktemp("archive")) as running:
        yield running


@pytest.fixture
def caller(client, server):
    return type(client)(server, {"Authorization": "Basic YWRtaW46YWRtaW4="})


@pytest.fixture
def recording(caller):
    path = "/data/projects/W/subjects/s/experiments/e"
    caller.put("/data/projects/W")
    assert caller.put(f"{path}?xsiType=wave:recordingSessionData&modality=WAVE").status in {200, 201}
    return path


def test_session_type_of_a_plugin(caller, recording):
    assert caller.put(f"{recording}?wave:recordingSessionData/montage=10-20").status == 200
    assert caller.fields(recording)["montage"] == "10-20"
    (row,) = caller.rows("/data/projects/W/experiments?xsiType=wave:recordingSessionData&columns=label,montage")
    assert row["label"] == "e"
    (row,) = caller.rows("/data/experiments?columns=ID,wave:recordingSessionData/montage&label=e")
    assert row["wave:recordingsessiondata/montage"] == "10-20"


def test_length_of_a_plugin_field_is_checked_in_documents(caller, recording):
    head = 'xmlns:wave="http://example.org/wave"'
    document = f"<wave:Recording {head}><wave:montage>much too long</wave:montage></wave:Recording>"
    assert caller.xml("PUT", recording, document).status == 400


def test_assessor_type_with_nested_lists(caller, recording):
    path = f"{recording}/assessors/r1"
    assert caller.xml("PUT", path, DOCUMENT).status in {200, 201}
    item = caller.item(path)
    assert item["meta"]["xsi:type"] == "wave:readingData"
    assert (item["data_fields"]["score"], item["data_fields"]["passed"]) == (1.5, "true")
    assert item["data_fields"]["channels/count"] == 2
    (channels,) = [entry["items"] for entry in item["children"] if entry["field"] == "channels/channel"]
    assert [one["data_fields"]["name"] for one in channels] == ["Fp1", "Fp2"]
    (peaks,) = [entry["items"] for entry in channels[0]["children"]]
    assert [one["data_fields"]["height"] for one in peaks] == [3, 9]


def test_path_reaches_into_nested_lists(caller, recording):
    path = f"{recording}/assessors/r2"
    caller.xml("PUT", path, DOCUMENT)
    caller.put(f"{path}?wave:readingData/channels/channel[name%3DFp2]/unit=mV")
    (channels,) = [entry["items"] for entry in caller.item(path)["children"]]
    assert [one["data_fields"]["unit"] for one in channels] == ["uV", "mV"]


def test_document_of_a_plugin_type_comes_back_the_same(caller, recording):
    path = f"{recording}/assessors/r3"
    caller.xml("PUT", path, DOCUMENT)
    before = caller.item(path)
    text = caller.get(f"{path}?format=xml").data.decode()
    assert 'xmlns:wave="http://example.org/wave"' in text
    assert '<wave:channel name="Fp1">' in text
    assert caller.xml("PUT", path, text).status == 200
    assert caller.item(path) == before


def test_archive_with_plugin_types_opens_again(schemas, tmp_path, client):
    for number in (1, 2):
        with xnat_emulator.start(schemas=schemas, data=tmp_path) as server:
            caller = type(client)(server, {"Authorization": "Basic YWRtaW46YWRtaW4="})
            caller.put("/data/projects/W")
            path = "/data/projects/W/subjects/s/experiments/e"
            assert caller.put(f"{path}?xsiType=wave:recordingSessionData").status == (201 if number == 1 else 200)
            caller.xml("PUT", f"{path}/assessors/r", DOCUMENT)
            assert json.loads(caller.get(f"{path}/assessors/r?format=json").data)["items"][0]["data_fields"]["score"]
