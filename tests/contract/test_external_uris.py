"""Full URLs of objects, and objects by them."""

from __future__ import annotations

import pytest

from xnat_sdk import InvalidValueError


def test_every_object_has_a_full_url_with_query_and_scheme(demo, reader):
    project = reader.projects["sandbox"]
    experiment = project.sessions["test001_MR"]
    scan = experiment.scans["T1"]
    resource = scan.resources["DICOM"]
    before = len(demo.requests)
    subject = project.subjects["test001"]
    paths = {
        project: "/data/archive/projects/sandbox",
        subject: f"/data/archive/projects/sandbox/subjects/{subject.id}",
        experiment: f"/data/archive/projects/sandbox/subjects/{subject.id}/experiments/{experiment.id}",
        scan: scan.uri,
        resource: resource.uri,
        resource.files[0]: resource.files[0].uri,
    }
    for item, path in paths.items():
        assert item.external_uri() == demo.url.rstrip("/") + path
        host = demo.url.rstrip("/").partition("://")[2]
        assert item.external_uri(scheme="test", query={"hello": "wörld & co"}) == (
            f"test://{host}{path}?hello=w%C3%B6rld+%26+co"
        )
    # The lists of subjects and files; the experiment of a project's list does not say whose it is.
    assert len(demo.requests) - before == 3
    assert reader.url_for(scan, {"a": "b"}) == scan.external_uri({"a": "b"})
    with pytest.raises(InvalidValueError, match="scheme"):
        scan.external_uri(scheme="java script:")


def test_a_full_url_of_an_experiment_costs_nothing_where_its_subject_is_known(demo, reader):
    subject = reader.projects["sandbox"].subjects["test001"]
    experiment = subject.experiments["test001_MR"]
    opened = reader.create_object(experiment.uri)
    by_path = reader.create_object(f"{subject.uri}/experiments/{experiment.id}")
    before = len(demo.requests)
    expected = f"{demo.url}/data/archive{subject.uri.removeprefix('/data')}/experiments/{experiment.id}"
    assert experiment.external_uri() == opened.external_uri() == by_path.external_uri() == expected
    assert len(demo.requests) == before
    assert reader.create_object(expected).id == experiment.id
    assessor = reader.create_object(f"{experiment.uri}/assessors/test001_MR_QC")
    assert assessor.external_uri() == demo.url + assessor.uri
    assert reader.create_object(f"/data/subjects/{subject.id}").external_uri() == subject.external_uri()


def test_a_full_url_names_the_object_that_listings_have(demo, reader):
    scan = reader.projects["sandbox"].sessions["test001_MR"].scans["T1"]
    for uri in (scan.external_uri(), scan.uri, scan.uri.removeprefix("/data"), f"/data/archive{scan.uri[5:]}"):
        before = len(demo.requests)
        assert reader.create_object(uri) == scan
        assert len(demo.requests) - before == 1


def test_listings_behave_as_the_tutorial_shows(reader):
    projects = reader.projects
    assert "sandbox" in projects
    assert projects["sandbox"].name == "Sandbox project"
    subjects = projects["sandbox"].subjects
    assert len(subjects) == len(subjects.keys()) == len(subjects.values()) == len(subjects.items())
    for (key, value), item in zip(subjects.items(), subjects, strict=True):
        assert subjects[key] is value is item is subjects[item.label]
    assert subjects[0] is subjects[-len(subjects)]
    assert subjects[1:3] == list(subjects)[1:3]
    assert "XNAT_S00001, test001" in repr(subjects)


def test_an_item_is_the_same_whatever_its_address(demo, reader):
    listed = reader.projects["sandbox"].subjects["test001"].experiments["test001_MR"]
    before = len(demo.requests)
    found = {
        listed,
        reader.create_object(listed.external_uri()),
        reader.create_object(f"/data/experiments/{listed.id}"),
        reader.create_object("/data/projects/sandbox/experiments/test001_MR"),
    }
    assert found == {listed}
    assert reader.create_object(listed.parent.external_uri()) == listed.parent
    assert len(demo.requests) - before == 4
    assert listed != listed.parent
