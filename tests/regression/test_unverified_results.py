"""Defects of xnatpy 0.8.1 and pyxnat 1.6.4 that were read in their code and not tried out: searches and listings."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from xnat_emulator import Emulator, Fault, faults
from xnat_sdk import FieldNotOnServerError, InvalidValueError, NotFoundError, ServerError, XnatSession
from xnat_sdk.models import MrSessionData, PetSessionData, SubjectData

from ..runtime.conftest import Reply
from .scripted import Site


@pytest.fixture
def subject(session: XnatSession) -> SubjectData:
    """A subject of project P."""
    return SubjectData(parent=session.projects["P"], label="S")


# xnatpy


def test_date_times_keep_their_time_in_searches(session: XnatSession):
    """peers 3.1: date-times lose their time in searches."""
    moment = datetime.datetime(2020, 2, 3, 4, 5, 6, 250_000)
    query = session.query(PetSessionData, PetSessionData.start_time >= moment)
    assert b"2020-02-03 04:05:06.25" in query.to_string()


def test_the_first_of_nothing_is_none(session: XnatSession):
    """peers 3.1: first() and last() of an empty result are an IndexError."""
    query = session.query(SubjectData, SubjectData.label == "nobody")
    assert query.first() is None
    assert query.last() is None
    assert query.all() == []
    assert query.tabulate_dict() == []


@pytest.mark.parametrize("text", ["two\nlines", 'a,b;c\td "e"', "one;two;three", " spaces ", "€"])
def test_cells_hold_any_text(session: XnatSession, subject: SubjectData, text: str):
    """peers 3.1: line ends inside of fields break rows, and the dialect of every table is guessed."""
    subject.src = text
    MrSessionData(parent=subject, label="E")
    query = session.query(SubjectData).view(SubjectData.label, SubjectData.src)
    (row,) = query.tabulate_dict()
    # In CSV the server itself puts a space in the place of a line end.
    assert text.split() in [cell.split() for cell in row.values()]
    assert "S" in row.values()
    (tuple_,) = query.select(SubjectData.label, SubjectData.src).all()
    assert tuple_ == ("S", text)


def test_a_table_of_one_column_keeps_its_empty_cells(site: Site, scripted: XnatSession):
    """peers 3.1: tables are cut into rows by lines; a row whose only cell is empty is a row too."""
    site.script["GET", "/data/search/elements"] = Reply(404)
    site.script["POST", "/data/search"] = Reply(200, b"initials\nAB\n\nCD\n", (("Content-Type", "text/csv"),))
    rows = scripted.query(SubjectData).view(SubjectData.initials).tabulate_dict()
    assert rows == [{"initials": "AB"}, {"initials": ""}, {"initials": "CD"}]


def test_mappings_iterate_over_their_keys(session: XnatSession, subject: SubjectData):
    """peers 3.1: the law of mappings is broken, iteration yields values."""
    subject.fields["a"] = "1"
    for mapping in (session.projects.as_mapping(), session.users, subject.fields, subject.custom_variables):
        assert list(mapping) == list(mapping.keys())
        assert [mapping[key] for key in mapping] == list(mapping.values())
        assert len(list(mapping)) == len(mapping)


def test_what_is_assigned_in_a_list_is_sent_or_refused(session: XnatSession, subject: SubjectData):
    """peers 3.1: assigning to an entry of a list and inserting one do nothing without a word."""
    subject.fields["a"] = "1"
    subject.fields["a"] = "2"
    read = session.create_object(subject.uri)
    assert isinstance(read, SubjectData)
    assert dict(read.fields) == {"a": "2"}
    for list_ in (session.projects, subject.sharing, session.projects["P"].aliases):
        with pytest.raises(TypeError):
            list_["a"] = "x"
        assert not hasattr(list_, "insert")


# pyxnat


def test_a_failing_server_does_not_say_that_nothing_exists(server: Emulator, session: XnatSession):
    """peers 3.2: exists() maps every error to False, and then things are created."""
    with server.faults.add(Fault(faults.Unavailable(status=500))):
        for ask in (
            lambda: "Q" in session.projects,
            lambda: session.projects.get("Q"),
            lambda: session.create_object("/data/projects/Q"),
        ):
            with pytest.raises(ServerError):
                ask()
    with pytest.raises(NotFoundError):
        session.create_object("/data/projects/Q")


def test_earlier_downloads_stay(session: XnatSession, tmp_path: Path):
    """peers 3.2: a download deletes the folders of the destination that it has names for."""
    for label in ("A", "B"):
        made = session.projects["P"].create_resource(label)
        made.upload_data(label, "deep/a.txt")
        made.download_dir(tmp_path)
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("a.txt")}
    assert len(kept) == 2
    session.projects["P"].resources["B"].download_dir(tmp_path, overwrite=True)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("a.txt")} == kept


def test_a_path_that_is_misspelt_is_no_content(server: Emulator, session: XnatSession):
    """peers 3.2: File.put() guesses, a misspelt path is uploaded as the file's text."""
    resource = session.projects["P"].create_resource("R")
    before = len(server.requests)
    for upload in (
        lambda: session.upload(f"{resource.uri}/files/a.txt", "no/such/file.txt"),
        lambda: session.upload_file(f"{resource.uri}/files/a.txt", "no/such/file.txt"),
        lambda: resource.upload("no/such/file.txt"),
    ):
        with pytest.raises(FileNotFoundError):
            upload()
    assert len(server.requests) == before


def test_id_label_and_type_of_a_listed_object_cost_nothing(server: Emulator, session: XnatSession):
    """peers 3.2: id(), label(), datatype() and repr() of a listed object ask for the list again."""
    made = server.build.project("Q").subject("S")
    made.mr_session("E").resource("R", {"a.txt": b"a"})
    listed = list(session.projects["Q"].sessions)
    before = len(server.requests)
    for one in listed:
        assert (one.label, one.xsi_type) == ("E", "xnat:mrSessionData")
        assert one.id
        assert "E" in repr(one)
        assert one.uri.endswith(one.id)
    assert len(server.requests) == before


def test_labels_are_quoted_in_urls(session: XnatSession):
    """peers 3.2: labels go unquoted into the URLs that create things."""
    label = "a b#c?d%20;e=f+g"
    made = session.projects["P"].create_resource(label)
    made.upload_data(b"x", "100% #1?.txt")
    assert [one.label for one in session.projects["P"].resources] == [label]
    (file,) = session.projects["P"].resources[label].files
    assert file.path == "100% #1?.txt"
    assert file.open().read() == b"x"
    for bad in ("a&b", "a<b>", "it's"):
        with pytest.raises(InvalidValueError, match="would store"):
            session.projects["P"].create_resource(bad)


def test_columns_are_found_by_their_name_only(site: Site, scripted: XnatSession):
    """peers 3.2: columns are matched to headers by similarity."""
    site.table("/data/projects", {"ID": "P"})
    site.table("/data/projects/P/subjects", {"ID": "S1", "label": "S", "initial": "AB", "initials_": "CD"})
    with pytest.raises(FieldNotOnServerError, match="initials"):
        list(scripted.projects["P"].subjects.columns(SubjectData.initials))


def test_two_fields_are_two_columns(session: XnatSession, subject: SubjectData):
    """peers 3.2: get("id", "label") returns the same value twice."""
    assert session.query(SubjectData).select(SubjectData.id, SubjectData.label).all() == [(subject.id, "S")]


def test_the_end_of_a_listing_is_no_error_inside_of_a_generator(session: XnatSession):
    """peers 3.2: StopIteration is raised in generators."""
    assert list(iter(session.projects["P"].subjects)) == []
    assert list(session.query(SubjectData).pages(10)) == []
    assert next(iter(session.projects["P"].subjects), None) is None
