"""The data model read from XSD documents (schema-and-search section 2)."""

from __future__ import annotations

import json

import pytest

from xnat_emulator.datamodel import xsd
from xnat_emulator.locate import SchemasMissing, find_schemas

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="http://example.org/t"
    xmlns:d="http://nrg.wustl.edu/xdat" targetNamespace="http://example.org/t" elementFormDefault="qualified">
  <xs:element name="Thing" type="t:thingData"/>
  <xs:complexType name="baseData">
    <xs:annotation><xs:appinfo><d:element displayIdentifiers="label"/></xs:appinfo></xs:annotation>
    <xs:sequence><xs:element name="note" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
      <xs:maxLength value="10"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>
    <xs:attribute name="label" type="xs:string"/>
  </xs:complexType>
  <xs:complexType name="thingData"><xs:complexContent><xs:extension base="t:baseData"><xs:sequence>
    <xs:element name="size" minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:float">
      <xs:attribute name="units" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:element name="box" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="part" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="screw" type="xs:integer" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
        <xs:attribute name="id" type="xs:string"/></xs:complexType></xs:element></xs:sequence>
      <xs:attribute name="count" type="xs:integer" default="2"/></xs:complexType></xs:element>
    <xs:choice><xs:element name="one" type="xs:date"/><xs:element name="other" type="t:baseData"/></xs:choice>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
</xs:schema>"""


@pytest.fixture(scope="module")
def model():
    return xsd.load(find_schemas())


@pytest.fixture
def small(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "t.xsd").write_text(SCHEMA)
    return xsd.load(tmp_path)


def test_fields_are_flat_paths_inherited_ones_first(small):
    fields = small.type("t:thingData").fields
    assert list(fields) == ["label", "note", "size/units", "size", "box/count", "one"]
    assert (fields["size"].datatype, fields["size"].kind) == ("float", "text")
    assert fields["note"].max_length == 10
    assert fields["box/count"].default == "2"


def test_repeating_structures_are_types_of_their_own(small):
    slots = small.type("t:thingData").slots
    assert slots["box/part"].target == "t:thingData_part"
    assert slots["box/part"].repeating
    assert small.type("t:thingData_part").slots["screw"].target == "t:thingData_part_screw"
    assert small.type("t:thingData_part_screw").fields["screw"].datatype == "integer"


def test_reference_to_a_named_type_is_a_child(small):
    slot = small.type("t:thingData").slots["other"]
    assert (slot.target, slot.repeating, slot.keys) == ("t:baseData", False, ("label",))


def test_lineage_elements_and_kinds(small, model):
    assert small.lineage("t:thingData") == ("t:thingData", "t:baseData")
    assert small.element_of("t:thingData") == "t:Thing"
    assert model.root_of("xnat:qcManualAssessorData") == "xnat:experimentData"
    assert model.kind_of("xnat:mrScanData") == "scan"
    assert model.kind_of("xnat:demographicData") is None


def test_type_of_a_structure_is_found_before_its_owner_was_asked_for(model):
    fresh = xsd.load(find_schemas())
    assert list(fresh.type("xnat:qcAssessmentData_scan_slice").fields)
    with pytest.raises(KeyError):
        fresh.type("xnat:nonsense_thing")


def test_prefix_means_what_its_document_says(model):
    assert model.namespaces["xdat"] == "http://nrg.wustl.edu/security"
    assert "xdat:user" in model


def test_own_field_hides_an_inherited_one_of_another_kind(model):
    assert model.type("xnat:qcManualAssessorData").fields["protocol"].kind == "element"


def test_every_type_can_be_worked_out(model):
    for name in model.names:
        data_type = model.type(name)
        for slot in data_type.slots.values():
            assert slot.target in model
            assert model.type(slot.target).name == slot.target


def test_data_model_agrees_with_the_facts(model, recordings):
    """Every field of the fact sheet's data model is a field or a child here."""
    facts = json.loads((recordings.parent / "facts" / "datamodel.json").read_text())
    missing = [
        f"{prefix}:{name} {path}"
        for prefix, namespace in facts["namespaces"].items()
        if prefix != "build"
        for name, declared in namespace["types"].items()
        for path in leaves(declared["fields"], "")
        if path not in model.type(f"{prefix}:{name}").fields and path not in model.type(f"{prefix}:{name}").slots
    ]
    assert missing == []


def leaves(fields, prefix):
    for declared in fields:
        path = prefix + declared["name"]
        inner = declared.get("fields")
        if declared.get("max") == "unbounded" or inner is None or "simpleContent" in declared:
            yield path
        if inner is not None and declared.get("max") != "unbounded":
            yield from leaves(inner, path + "/")


def test_entities_of_a_schema_are_not_read(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "secret").write_text("secret")
    document = '<!DOCTYPE x [<!ENTITY e SYSTEM "../secret">]>' + SCHEMA.replace(
        'name="label"', 'name="label" fixed="&e;"'
    )
    (tmp_path / "t" / "t.xsd").write_text(document)
    with pytest.raises(Exception, match="ntity"):
        xsd.load(tmp_path)


def test_missing_schemas_are_named(tmp_path):
    with pytest.raises(SchemasMissing, match=r"No <dir>/<file>\.xsd below"):
        find_schemas(tmp_path)
