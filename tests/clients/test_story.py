"""Clients that others wrote work against the server unchanged: what each of them saw, step by step."""

from __future__ import annotations

import pytest

from . import story

CLIENTS = ("xnatpy", "pyxnat", "xnatctl")


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


@pytest.fixture
def told(tell, client):
    return tell(client)


@pytest.fixture
def results(told):
    return told.results


def test_every_step_is_done_or_has_its_reason(told):
    assert {*told.results, *told.left_out} == set(story.STEPS)
    assert all(len(reason) > 20 for reason in [*told.left_out.values(), *told.detours.values()])


def test_nothing_unexpected_is_refused(told):
    """A refusal in a story that succeeds means that a client worked round something."""
    refused = {(record.method, record.path, record.status) for record in told.requests if record.status >= 400}
    assert {(method, path.rpartition("/")[2], status) for method, path, status in refused} <= {
        ("GET", "version", 404),  # an old path that xnatpy asks for first, to find out the version
        ("PUT", "NIFTI", 409),  # xnatctl makes the resource before each of its files, and takes this as done
    }


def test_client_logs_in_and_makes_projects(results):
    assert results["create_project"] == [story.OTHER, story.PROJECT]


def test_client_makes_subjects_sessions_and_scans(results):
    assert results["create_subject"] == [story.GONE, story.SUBJECT]
    assert results["create_session"]["listed"] == [story.SESSION]
    assert results["create_scan"]["listed"] == [story.SCAN]


def test_client_lists_what_was_shared(client, results):
    # pyxnat looks each experiment up by its id again, and so speaks of it as its own project does.
    label = story.SESSION if client == "pyxnat" else "S1_MR_shared"
    assert results["share"] == {"subjects": ["S1_shared"], "experiments": [label]}


def test_client_deletes_a_subject(results):
    assert results["delete"] == [story.SUBJECT, story.ARCHIVED, story.PREARCHIVED]


def test_xnatpy_reads_and_moves_what_it_wrote(tell):
    found = tell("xnatpy").results
    assert found["log_in"] == {"user": "admin", "version": "1.8.10"}
    assert (found["create_session"]["type"], found["create_scan"]["type"]) == ("MrSessionData", "MrScanData")
    assert found["custom_variables"] == story.VARIABLES
    assert found["read_back"] == {
        "demographics": ["female", "left", 1980],
        "session": [story.DATE, story.NOTE],
        "scan": ["T1", "usable", story.SERIES],
    }
    assert found["upload_files"] == sorted(story.FILES)
    assert found["upload_directory"] == sorted(story.FOLDER)
    assert found["download_file"] == story.FILES["b c.txt"]
    place = f"{story.SESSION}/scans/{story.SCAN}-T1/resources/NIFTI/files/"
    assert found["download_scan"] == {place + name: text for name, text in story.FILES.items()}


def test_xnatpy_searches_imports_and_archives(tell):
    found = tell("xnatpy").results
    assert [list(row.values())[:2] for row in found["search"]] == [[story.SUBJECT, story.PROJECT]]
    assert found["import_to_archive"] == {"label": story.ARCHIVED_SESSION, "scans": ["1", "2"]}
    assert found["import_to_prearchive"]["status"] == "READY"
    assert found["import_to_prearchive"]["scans"] == ["1", "2"]
    assert found["archive"] == {"label": story.PREARCHIVED_SESSION, "left": 0}
    assert found["users"]["all"] == ["admin", "guest", story.READER]
    assert found["users"]["project"] == {"admin": "Owners", story.READER: "Members"}


def test_pyxnat_reads_and_moves_what_it_wrote(tell):
    found = tell("pyxnat").results
    assert (found["create_session"]["type"], found["create_scan"]["type"]) == ("xnat:mrSessionData", "xnat:mrScanData")
    assert found["custom_variables"] == story.VARIABLES
    assert found["read_back"] == {
        "demographics": ["female", "left", "1980"],
        "session": [story.DATE, story.NOTE],
        "scan": ["T1", "usable", story.SERIES],
    }
    assert found["download_file"] == story.FILES["b c.txt"]
    assert {name.rpartition("/")[2]: text for name, text in found["download_scan"].items()} == story.FILES


def test_pyxnat_searches_imports_and_archives(tell):
    found = tell("pyxnat").results
    assert [set(row.values()) for row in found["search"]] == [{story.SUBJECT, story.PROJECT}]
    assert found["import_to_archive"] == story.ARCHIVED_SESSION
    assert found["import_to_prearchive"]["scans"] == ["1", "2"]
    assert found["archive"] == {"label": story.PREARCHIVED_SESSION, "left": 0}
    assert found["users"] == {"all": ["admin", "guest", story.READER], "members": [story.READER]}


def test_xnatctl_reads_and_moves_what_it_wrote(tell):
    found = tell("xnatctl").results
    assert found["download_file"].strip() == story.FILES["b c.txt"].strip()
    assert {name.rpartition("/")[2]: text for name, text in found["download_scan"].items()} == story.FILES
    fields = found["read_back"]["subject"]["items"][0]["children"]
    assert any(child["field"] == "demographics" for child in fields)


def test_xnatctl_searches_imports_and_archives(tell):
    found = tell("xnatctl").results
    assert story.SUBJECT in str(found["search"]["rows"])
    assert found["import_to_archive"] == {"scans": ["1", "2"]}
    assert [row["name"] for row in found["import_to_prearchive"]] == [story.PREARCHIVED_SESSION]
    assert found["archive"] == {"left": 0}
    assert {story.READER, "admin"} <= set(str(found["users"]["all"]).replace("'", " ").split())


@pytest.mark.parametrize("other", ["pyxnat", "xnatctl"])
def test_the_same_steps_leave_the_same_archive(tell, other):
    mine, theirs = tell("xnatpy").archive, tell(other).archive
    assert mine.tree == theirs.tree
    assert mine.tree_hash == theirs.tree_hash
    assert mine.documents.keys() == theirs.documents.keys()
    for place, document in mine.documents.items():
        assert document == theirs.documents[place], place
