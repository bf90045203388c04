"""A listing of an object is asked for once, until the object is refreshed or this connection changes something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import xnat_emulator
import xnat_sdk
from xnat_emulator import Emulator
from xnat_sdk.models import ProjectData, SubjectData


@pytest.fixture
def server() -> Iterator[Emulator]:
    with xnat_emulator.start() as emulator:
        study = emulator.build.project("study")
        study.subject("S1")
        study.subject("S2")
        yield emulator


@pytest.fixture
def colleague(server: Emulator) -> Iterator[ProjectData]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        yield session.projects["study"]


@pytest.fixture
def project(server: Emulator) -> Iterator[ProjectData]:
    with xnat_sdk.connect(server.url, server.user, server.password) as session:
        yield session.projects["study"]


def test_the_loop_of_the_tutorial_is_one_request(server: Emulator, project: ProjectData):
    before = len(server.requests)
    assert len(project.subjects.keys()) == len(project.subjects.values()) == len(project.subjects) == 2
    assert [subject.label for subject in project.subjects] == ["S1", "S2"]
    assert len(server.requests) - before == 1
    assert project.subjects is project.subjects


def test_what_this_connection_changes_is_seen_at_once(server: Emulator, project: ProjectData):
    assert len(project.subjects) == 2
    made = SubjectData(parent=project, label="S3")
    assert [subject.label for subject in project.subjects] == ["S1", "S2", "S3"]
    made.delete(remove_files=True)
    assert "S3" not in project.subjects


def test_what_others_change_is_seen_after_a_refresh(colleague: ProjectData, project: ProjectData):
    assert len(project.subjects) == 2
    SubjectData(parent=colleague, label="S3")
    assert len(project.subjects) == 2
    project.subjects.refresh()
    assert len(project.subjects) == 3
    SubjectData(parent=colleague, label="S4")
    project.refresh()
    assert len(project.subjects) == 4


def test_a_listing_that_is_held_stays_as_it_is(project: ProjectData):
    held = project.subjects
    assert len(held) == 2
    SubjectData(parent=project, label="S3")
    assert (len(held), len(project.subjects)) == (2, 3)


def test_different_collections_are_kept_side_by_side(server: Emulator, project: ProjectData):
    before = len(server.requests)
    for _ in range(3):
        assert (len(project.subjects), len(project.experiments), len(project.resources)) == (2, 0, 0)
    assert len(server.requests) - before == 3
