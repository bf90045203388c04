"""``session.search()``: objects of each level by patterns, one request a level."""

from __future__ import annotations

import re

import pytest

from xnat_sdk import InvalidValueError, MappingLevel
from xnat_sdk.models import MrScanData, MrSessionData, ProjectData, ResourceCatalog, SubjectData

LEVELS = [
    "project", "project_resource", "subject", "subject_resource", "experiment", "experiment_resource", "scan",
    "scan_resource",
]  # fmt: skip


@pytest.fixture
def tree(session):
    """Two projects with two subjects of two sessions of two scans each, with a resource at every level."""
    for project in ("alpha", "beta"):
        session.put(f"/data/projects/{project}", query={"name": f"The {project} project"})
        session.put(f"/data/projects/{project}/resources/PDOC")
        for subject in ("s1", "s2"):
            base = f"/data/projects/{project}/subjects/{subject}"
            session.put(base)
            session.put(f"{base}/resources/SDOC")
            for visit in ("v1", "v2"):
                here = f"{base}/experiments/{project}_{subject}_{visit}"
                session.put(here, query={"xsiType": "xnat:mrSessionData"})
                session.put(f"{here}/resources/QC")
                for number, kind in ((1, "T1"), (2, "T2")):
                    session.put(f"{here}/scans/{number}", query={"xsiType": "xnat:mrScanData", "type": kind})
                    session.put(f"{here}/scans/{number}/resources/DICOM")
    return session


def count(server, before):
    return len(server.requests) - before


@pytest.mark.parametrize(("level", "found"), list(zip(LEVELS, [2, 2, 4, 4, 8, 8, 16, 16], strict=True)), ids=LEVELS)
def test_each_level_is_one_request_however_many_objects(empty, tree, level, found):
    before = len(empty.requests)
    assert len(tree.search(level=level)) == found
    assert count(empty, before) == 1


def test_levels_give_objects_of_their_classes(tree):
    assert all(isinstance(one, ProjectData) for one in tree.search(level=MappingLevel.PROJECT))
    assert all(isinstance(one, SubjectData) for one in tree.search(level=MappingLevel.SUBJECT))
    assert all(isinstance(one, MrSessionData) for one in tree.search(level=MappingLevel.EXPERIMENT))
    assert all(isinstance(one, MrScanData) for one in tree.search())
    assert all(isinstance(one, ResourceCatalog) for one in tree.search(level=MappingLevel.SCAN_RESOURCE))


def test_patterns_of_every_level_hold_together_in_two_requests(empty, tree):
    before = len(empty.requests)
    found = tree.search(project="alp*", subject="s1", experiment="*_v2", scan="T1")
    assert [(scan.id, scan.parent.label) for scan in found] == [("1", "alpha_s1_v2")]
    assert count(empty, before) == 2


def test_a_project_is_found_by_its_name_and_several_share_one_request(empty, tree):
    assert [one.id for one in tree.search(project="The beta*", level=MappingLevel.PROJECT)] == ["beta"]
    before = len(empty.requests)
    assert len(tree.search(project="*a", scan="T2")) == 8
    assert count(empty, before) == 2
    assert tree.search(project="nothing like it") == []


def test_regular_expressions_match_whole_names(tree):
    found = tree.search(experiment=r"(alpha|beta)_s2_v\d", use_regex=True, level=MappingLevel.EXPERIMENT)
    assert len(found) == 4
    assert tree.search(experiment="alpha", use_regex=True) == []
    assert len(tree.search(subject=re.compile("s[2-9]"), level=MappingLevel.SUBJECT)) == 2


def test_functions_choose_by_objects_and_are_asked_once_a_parent(empty, tree):
    asked = []

    def second(subject):
        asked.append(subject.label)
        return subject.label == "s2"

    before = len(empty.requests)
    found = tree.search(project="alpha", subject=second, scan=lambda scan: scan.type == "T2")
    assert [scan.parent.label for scan in found] == ["alpha_s2_v1", "alpha_s2_v2"]
    assert sorted(asked) == ["s1", "s2"]
    assert count(empty, before) == 2


def test_resources_are_found_by_label_and_lead_to_their_holder(empty, tree):
    before = len(empty.requests)
    found = tree.search(project="beta", scan="T1", resource="DI*", level=MappingLevel.SCAN_RESOURCE)
    assert len(found) == 4
    assert found[0].parent.type == "T1"
    assert count(empty, before) == 2
    assert found[0].label == "DICOM"
    assert found[0] == tree.create_object(found[0].uri)


def test_bad_patterns_and_levels_are_refused_before_any_request(empty, tree):
    before = len(empty.requests)
    with pytest.raises(InvalidValueError, match="subject= is no regular expression"):
        tree.search(subject="(", use_regex=True)
    with pytest.raises(InvalidValueError, match="scan= takes a pattern or a function"):
        tree.search(scan=5)
    with pytest.raises(InvalidValueError, match="no level 'connection'"):
        tree.search(level="connection")
    assert count(empty, before) == 0


def test_assessors_are_no_experiments_of_the_tree(tree):
    session = tree.projects["alpha"].sessions[0]
    tree.put(f"{session.uri}/assessors/qc", query={"xsiType": "xnat:qcManualAssessorData"})
    assert "qc" not in {one.label for one in tree.search(level=MappingLevel.EXPERIMENT)}
