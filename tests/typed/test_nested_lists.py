"""Lists inside structures that are built by hand: they travel with the structure, wherever it goes."""

from __future__ import annotations

import pytest

from xnat_runtime.errors import ReadOnlyFieldError

PROJECT = "/data/projects/P"
SESSION = "/data/experiments/X_E1"


@pytest.fixture
def protocol():
    """A protocol with a list in an entry of a list in an entry of a list."""
    from xnat_sdk.models import (
        DatatypeProtocol,
        FieldDefinitionGroup,
        FieldDefinitionGroupFields,
        FieldDefinitionGroupFieldsPossibleValues,
    )

    field = FieldDefinitionGroupFields(name="cohort")
    field.possible_values.append(FieldDefinitionGroupFieldsPossibleValues(value="a"))
    group = FieldDefinitionGroup(id="default")
    group.fields.add(field)
    made = DatatypeProtocol(id="P_subjects")
    made.definitions.append(group)
    return made


def test_a_structure_joins_a_list_with_the_lists_inside_it(wire, session, protocol):
    wire.item(PROJECT, "xnat:projectData", {"ID": "P"})
    wire.answer("PUT", PROJECT)
    project = session.create_object(PROJECT)
    project.study_protocol.add(protocol)
    body = wire.bodies()[0]
    assert body.count("<xnat:possibleValue>a</xnat:possibleValue>") == 1
    assert '<xnat:field name="cohort">' in body
    found = project.study_protocol["P_subjects"].definitions[0].fields["cohort"]
    assert (found.name, len(found.possible_values)) == ("cohort", 1)


def test_an_entry_that_has_joined_a_list_says_that_it_is_fixed(wire, session, protocol):
    from xnat_sdk.models import FieldDefinitionGroup

    wire.item(PROJECT, "xnat:projectData", {"ID": "P"})
    wire.answer("PUT", PROJECT)
    project = session.create_object(PROJECT)
    project.study_protocol.add(protocol)
    with pytest.raises(ReadOnlyFieldError, match="add a new entry instead"):
        project.study_protocol["P_subjects"].name = "other"
    with pytest.raises(ReadOnlyFieldError, match="add a new entry instead"):
        project.study_protocol["P_subjects"].definitions.append(FieldDefinitionGroup(id="late"))
    assert len(wire.bodies()) == 1


def test_a_structure_built_by_hand_can_join_two_items(wire, session, protocol):
    for name in ("P", "Q"):
        wire.item(f"/data/projects/{name}", "xnat:projectData", {"ID": name})
        wire.answer("PUT", f"/data/projects/{name}")
        session.create_object(f"/data/projects/{name}").study_protocol.add(protocol)
    first, second = wire.bodies()
    assert first == second


def test_an_item_is_created_with_the_lists_of_its_structures(wire, session):
    from xnat_sdk.models import PetScanData, PetScanDataParameters, PetScanDataParametersFramesFrame

    wire.item(SESSION, "xnat:petSessionData", {"ID": "X_E1"})
    wire.answer("POST", f"{SESSION}/scans", b"https://xnat.example.org/data/experiments/X_E1/scans/1")
    parameters = PetScanDataParameters(bed_position=1.5)
    parameters.frames.frame.add(PetScanDataParametersFramesFrame(number=1, length=30))
    scan = PetScanData(parent=session.create_object(SESSION), id="1", parameters=parameters)
    assert '<xnat:frames><xnat:frame number="1" length="30.0" /></xnat:frames>' in wire.bodies()[0]
    wire.answer("PUT", f"{SESSION}/scans/1")
    with scan.edit():
        scan.quality = "usable"
    assert "frame" not in wire.bodies()[1]
