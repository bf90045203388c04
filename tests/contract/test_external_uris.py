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
    for item in (project, project.subjects["test001"], experiment, scan, resource, resource.files[0]):
        assert item.external_uri() == demo.url.rstrip("/") + item.uri
        host = demo.url.rstrip("/").partition("://")[2]
        assert item.external_uri(scheme="test", query={"hello": "wörld & co"}) == (
            f"test://{host}{item.uri}?hello=w%C3%B6rld+%26+co"
        )
    assert len(demo.requests) - before == 2
    assert reader.url_for(scan, {"a": "b"}) == scan.external_uri({"a": "b"})
    with pytest.raises(InvalidValueError, match="scheme"):
        scan.external_uri(scheme="java script:")


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
