"""Values, searches, listings and commands where xnatpy 0.8.1 went wrong."""

from __future__ import annotations

import datetime
import importlib.metadata
import re
import subprocess
import sys

import pytest

from xnat_emulator import Emulator
from xnat_sdk import AuthenticationError, Duration, InvalidValueError, XnatSession, connect
from xnat_sdk.models import AUpdrs3Data, DemographicData, MrSessionData, PetSessionData, SubjectData

from ..contract.imaging import study, zipped

COMMANDS = ["xnat-codegen", "xnat-emulator"]


@pytest.fixture
def subject(session: XnatSession) -> SubjectData:
    """A subject of project P, with a sibling who is called otherwise."""
    project = session.projects["P"]
    SubjectData(parent=project, label="T", demographics=DemographicData(gender="male"))
    return SubjectData(parent=project, label="S", demographics=DemographicData(gender="female"))


@pytest.fixture
def held(session: XnatSession, server: Emulator):
    """A session that waits in the prearchive of P; there is a project Q too."""
    server.build.project("Q")
    return session.services.import_(data=zipped(study()), project="P", destination="/prearchive")


# Demographics


def test_the_height_of_a_subject_is_a_number(session: XnatSession, subject: SubjectData):
    """peers 3.1: reading height gives a search field, since the wrong names are decorated."""
    subject.demographics.height.value = 1.82
    read = session.create_object(subject.uri)
    assert isinstance(read, SubjectData)
    assert read.demographics.height.value == 1.82


def test_ses_of_a_subject_is_not_shadowed(session: XnatSession, subject: SubjectData):
    """peers 3.1: ses is shadowed by another name."""
    subject.demographics.ses = 3
    subject.demographics.education = 12
    read = session.create_object(subject.uri)
    assert isinstance(read, SubjectData)
    assert (read.demographics.ses, read.demographics.education) == (3, 12)


# Search fields


def test_unequal_is_a_constraint_that_the_server_decides(session: XnatSession, subject: SubjectData):
    """peers 3.1: != on a search field is plain False."""
    found = session.query(SubjectData, SubjectData.label != "S").all()
    assert [one.label for one in found] == ["T"]
    assert [one.label for one in session.projects["P"].subjects.filter(SubjectData.label != "T")] == ["S"]


def test_search_fields_are_hashable():
    """peers 3.1: search fields are unhashable."""
    titles = {SubjectData.label: "label", SubjectData.demographics.gender: "gender", SubjectData.GENDER_TEXT: "shown"}
    assert titles[SubjectData.label] == "label"
    assert titles[SubjectData.demographics.gender] == "gender"
    assert titles[SubjectData.GENDER_TEXT] == "shown"
    assert len({SubjectData.label, SubjectData.label, SubjectData.project}) == 2


# Simple types


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-03T04:05:06", datetime.datetime(2020, 2, 3, 4, 5, 6)),
        ("2020-02-03T04:05:06.25", datetime.datetime(2020, 2, 3, 4, 5, 6, 250_000)),
        ("2020-02-03 04:05:06.0", datetime.datetime(2020, 2, 3, 4, 5, 6)),
        ("2020-02-03T04:05:06Z", datetime.datetime(2020, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)),
        (
            "2020-02-03T04:05:06-05:00",
            datetime.datetime(2020, 2, 3, 4, 5, 6, tzinfo=datetime.timezone(-datetime.timedelta(hours=5))),
        ),
    ],
)
def test_every_way_to_write_a_date_time_is_read(text: str, expected: datetime.datetime):
    """peers 3.1: valid xs:dateTime texts are rejected."""
    assert PetSessionData.start_time.cell(text) == expected


def test_a_duration_of_seconds_is_read_and_written(session: XnatSession, subject: SubjectData):
    """peers 3.1: the duration PT5S crashes."""
    made = MrSessionData(parent=subject, label="E", duration=Duration(seconds=5))
    read = session.create_object(made.uri)
    assert isinstance(read, MrSessionData)
    assert read.duration == Duration(0, 5)
    assert MrSessionData.duration.cell("PT5S") == Duration(0, 5)


def test_a_duration_of_years_is_not_nothing():
    """peers 3.1: the duration P1Y reads as 0."""
    assert MrSessionData.duration.cell("P1Y") == Duration(months=12)
    assert MrSessionData.duration.cell("P1Y2M3DT4H") == Duration(months=14, seconds=(3 * 24 + 4) * 3600)


def test_dates_and_times_may_have_a_zone():
    """peers 3.1: valid texts of date and time types are rejected; dates and times may have a zone too."""
    assert MrSessionData.date.cell("2020-02-03Z") == datetime.date(2020, 2, 3)
    assert MrSessionData.date.cell("2020-02-03-05:00") == datetime.date(2020, 2, 3)
    zone = datetime.timezone(-datetime.timedelta(hours=5))
    assert MrSessionData.time.cell("04:05:06-05:00") == datetime.time(4, 5, 6, tzinfo=zone)
    assert MrSessionData.time.cell("04:05:06.5Z") == datetime.time(4, 5, 6, 500_000, tzinfo=datetime.UTC)
    assert MrSessionData.time.cell("2020-02-03 04:05:06") == datetime.time(4, 5, 6)


def test_a_duration_has_one_sign():
    """peers 3.1: durations read and written wrongly; the sign of xs:duration holds for all its parts."""
    assert MrSessionData.duration.cell("-P1MT5S") == Duration(-1, -5)
    assert str(Duration(-1, -5)) == "-P1MT5S"
    with pytest.raises(InvalidValueError, match="one sign"):
        Duration(1, -5)


def test_whole_numbers_and_decimals_of_every_kind_are_written(session: XnatSession, subject: SubjectData):
    """peers 3.1: writing a value of xs:positiveInteger, decimal and other types is a KeyError."""
    made = MrSessionData(parent=subject, label="E")
    made.age = 41.5
    subject.demographics.yob = 1980
    subject.demographics.height.value = 0.00000015
    read = session.create_object(subject.uri)
    assert isinstance(read, SubjectData)
    assert (read.demographics.yob, read.demographics.height.value) == (1980, 0.00000015)
    assert made.age == 41.5


@pytest.mark.parametrize(("text", "expected"), [("True", True), ("TRUE", True), ("1", True), ("False", False)])
def test_booleans_are_read_in_every_spelling(text: str, expected: bool):
    """peers 3.1: the text "True" reads as False."""
    assert AUpdrs3Data.problem.cell(text) is expected


# Listings


def test_the_length_of_a_collection_is_known_before_it_was_used(session: XnatSession, subject: SubjectData):
    """peers 3.1: len() of a listing that was not used before is a TypeError (session.plugins)."""
    assert len(session.projects) == 1
    assert len(session.users) >= 1
    assert len(session.projects["P"].users) == 1
    assert len(session.tokens.list()) == 0
    assert len(subject.custom_variables) == 0
    assert len(subject.fields) == 0
    assert len(subject.sharing) == 0


# Commands


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_answers_help(command: str):
    """peers 3.1: `xnat prearchive move --help` raises."""
    (found,) = importlib.metadata.entry_points(group="console_scripts", name=command)
    program = f"import sys; from {found.module} import {found.attr} as run; sys.argv[0] = {command!r}; sys.exit(run())"
    said = _help(program)
    names = re.findall(r"^    ([a-z]+) ", said, re.M)
    assert len(names) >= 3
    for name in names:
        assert f"usage: {command} {name}" in _help(program, name)


def _help(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--help"], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_received_sessions_are_found_by_label_to_move_and_delete_them(session: XnatSession, held):
    """peers 3.1: the commands delete and move look sessions up by label=, which find() does not take."""
    (found,) = session.prearchive.find(project="P", session=held.label)
    found.move("Q")
    assert session.prearchive.find(project="P") == []
    (moved,) = session.prearchive.find(project="Q", session=held.label)
    moved.delete()
    assert session.prearchive.find(project="Q") == []


def test_logging_out_takes_no_options(server: Emulator):
    """peers 3.1: the command logout takes no options, though it needs the server and the session."""
    kept = connect(server.url, server.user, server.password, cli=True)
    login = kept.jsession
    kept.close()
    with connect(server.url, jsession=login, cli=True) as again:
        assert again.logged_in_user == server.user
    connect(server.url, jsession=login, cli=False).disconnect()
    with pytest.raises(AuthenticationError):
        connect(server.url, jsession=login)
