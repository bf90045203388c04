"""Two site packages and the stock one in one process: nothing of one shows in another."""

from __future__ import annotations

import pickle
import sys
import warnings

import neuro_xnat
import neuro_xnat.models as neuro
import other_xnat
import other_xnat.models as other

import xnat_sdk
import xnat_sdk.models as stock


def check_classes() -> None:
    """Classes of one data type are unrelated, and each knows its own fields only."""
    assert len({stock.SubjectData, neuro.SubjectData, other.SubjectData}) == 3
    assert not issubclass(neuro.SubjectData, stock.SubjectData)
    assert issubclass(neuro.NeurolabTumourReadingData, neuro.ImageAssessorData)
    assert not issubclass(neuro.NeurolabTumourReadingData, stock.ImageAssessorData)
    assert issubclass(other.NeurolabTumourReadingData, other.SubjectAssessorData)
    assert not hasattr(other.NeurolabTumourReadingData, "reader")
    assert not hasattr(neuro.NeurolabTumourReadingData, "stage")
    assert not hasattr(stock, "NeurolabTumourReadingData")
    assert "(integer)" in repr(neuro.NeurolabTumourReadingData.who_grade)
    assert "(text)" in repr(other.NeurolabTumourReadingData.who_grade)


def check_fills(mine: neuro_xnat.XnatSession, theirs: other_xnat.XnatSession) -> None:
    """Both sites get a reading of the same data type."""
    subject = neuro.SubjectData(parent=neuro.ProjectData(parent=mine, id="P"), label="S")
    imaging = neuro.MrSessionData(parent=subject, label="E")
    neuro.NeurolabTumourReadingData(parent=imaging, label="R", who_grade=3, reader="me")
    person = other.SubjectData(parent=other.ProjectData(parent=theirs, id="P"), label="S")
    other.NeurolabTumourReadingData(parent=person, label="R", who_grade="III", stage="late")


def check_objects(mine: neuro_xnat.XnatSession, theirs: other_xnat.XnatSession, plain: xnat_sdk.XnatSession) -> None:
    """What a connection gives is of its own package, bound classes included."""
    reading = mine.projects["P"].sessions["E"].assessors["R"]
    assert type(reading) is neuro.NeurolabTumourReadingData
    assert (reading.who_grade, reading.reader) == (3, "me")
    found = theirs.projects["P"].subjects["S"].experiments["R"]
    assert type(found) is other.NeurolabTumourReadingData
    assert (found.who_grade, found.stage) == ("III", "late")
    subject = plain.projects["P"].subjects["S"]
    assert type(subject) is stock.SubjectData
    assert isinstance(subject, plain.classes.SubjectData)
    for session in (mine, theirs):
        assert not isinstance(subject, session.classes.SubjectData)
    assert isinstance(reading, mine.classes.NeurolabTumourReadingData)
    assert not isinstance(reading, theirs.classes.NeurolabTumourReadingData)


def check_searches(mine: neuro_xnat.XnatSession, theirs: other_xnat.XnatSession) -> None:
    """Searches of both go to their own servers and read their own fields."""
    ours = mine.query(neuro.NeurolabTumourReadingData).filter(neuro.NeurolabTumourReadingData.who_grade == 3).all()
    assert [type(one) for one in ours] == [neuro.NeurolabTumourReadingData]
    stage = other.NeurolabTumourReadingData.stage
    found = theirs.query(other.NeurolabTumourReadingData).filter(stage == "late").all()
    assert [one.who_grade for one in found] == ["III"]


def check_pickles(mine: neuro_xnat.XnatSession, theirs: other_xnat.XnatSession) -> None:
    """An object that travelled is of its own package and on its own connection again."""
    reading = mine.projects["P"].sessions["E"].assessors["R"]
    again = pickle.loads(pickle.dumps(reading))
    assert type(again) is neuro.NeurolabTumourReadingData
    assert again.session is mine
    subject = pickle.loads(pickle.dumps(theirs.projects["P"].subjects["S"]))
    assert type(subject) is other.SubjectData
    assert subject.session is theirs


def check_warnings(mine: neuro_xnat.XnatSession, plain: xnat_sdk.XnatSession) -> None:
    """The stock package does not know the type and says so; the site's own package is silent about it."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert len(mine.projects["P"].sessions["E"].assessors) == 1
        assert [type(one) for one in mine.projects["P"].sessions["E"].assessors] == [neuro.NeurolabTumourReadingData]
        assert seen == []
        unknown = plain.projects["P"].sessions["E"].assessors["R"]
    assert isinstance(unknown, stock.ImageAssessorData)
    assert not isinstance(unknown, neuro.ImageAssessorData)
    (told,) = seen
    assert "Items of neurolab:tumourReadingData read as ImageAssessorData" in str(told.message)


def main(my_server: str, their_server: str) -> None:
    """Runs all checks."""
    check_classes()
    with (
        neuro_xnat.connect(my_server, user="admin", password="admin") as mine,
        other_xnat.connect(their_server, user="admin", password="admin") as theirs,
        xnat_sdk.connect(my_server, user="admin", password="admin") as plain,
    ):
        check_fills(mine, theirs)
        check_objects(mine, theirs, plain)
        check_searches(mine, theirs)
        check_pickles(mine, theirs)
        check_warnings(mine, plain)
    print("side by side")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
