"""``search``."""

from __future__ import annotations

import pytest


def found(done) -> list[str]:
    assert (done.status, done.err) == (0, "")
    return [row.get("label") or row["id"] for row in done.json]


def test_by_subject_label_at_a_terminal(visitor, window):
    before = len(window.requests)
    status, screen = visitor.shown("search", "subject", "label=test*")
    assert status == 0
    assert screen.splitlines() == [
        "label    project  id", "test001  sandbox  XNAT_S00001", "TEST01   sandbox  XNAT_S00005", "2 subjects",
    ]  # fmt: skip
    assert len(window.requests) - before == 3, "login, search, logout"


@pytest.mark.parametrize(
    "name", ["mr", "MR", "mrs", "MrSessionData", "mrSessionData", "xnat:mrSessionData", "MRSession"]
)
def test_types_by_any_of_their_names(quick, name):
    assert len(found(quick("search", name, "--json"))) == 5


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (("subject", "label=test001"), ["test001"]),
        (("subject", "label=*0001"), ["Brain-0001"]),
        (("subject", "label=*-000*"), ["Brain-0001", "Brain-0002"]),
        (("subject", "label!=*0*", "--project", "sandbox"), ["ANONYMIZ"]),
        (("subject", "group="), ["ANONYMIZ", "Brain-0001", "Brain-0002", "S01"]),
        (("subject", "group!="), ["test001", "TEST01"]),
        (("subject", "demographics.gender=female", "label=Brain*"), ["Brain-0001"]),
        (("subject", "demographics/gender=female", "label=Brain*"), ["Brain-0001"]),
        (("subject", "xnat:subjectData/demographics/gender=female", "label=Brain*"), ["Brain-0001"]),
        (("subject", "demographics.dob<1975-01-01"), ["Brain-0001", "Brain-0002"]),
        (("subject", "fields.diagnosis=healthy"), ["test001"]),
        (("subject", "SUBJECT_LABEL=Brain-0001"), ["Brain-0001"]),
        (("subject", "label=test001", "label=S01", "--or"), ["test001", "S01"]),
        (("mr", "date>=2020-01-01", "scanner=MR01", "-p", "brainimages"), ["S01_MR"]),
        (("mr", "subject.label=Brain*"), ["Brain-0001_MR", "Brain-0002_MR"]),
        (("mr", "subject.group=control"), ["test001_MR"]),
        (("session", "modality=CT"), ["TEST01_CT"]),
        (("session", "date>2020-06-01"), ["TEST01_CT"]),
        (("mrscan", "type=T1", "frames>12"), ["2"]),
        (("project", "name=Brain*"), ["brainimages"]),
        (("subject", "label=nobody"), []),
    ],
)
def test_conditions(quick, window, words, labels):
    before = len(window.requests)
    assert sorted(found(quick("search", *words, "--json"))) == sorted(labels)
    assert len(window.requests) - before == 3


def test_columns_are_loaded_by_the_same_request(visitor, window):
    before = len(window.requests)
    done = visitor.run("search", "mr", "subject.label=Brain*", "-c", "label,subject.label,scanner,AGE", "--csv")
    assert done.lines[0] == "label,subject.label,scanner,AGE"
    assert done.lines[1].startswith("Brain-0001_MR,Brain-0001,MR01,")
    assert len(window.requests) - before == 3


def test_columns_are_called_as_in_python(quick):
    row = quick("search", "mr", "-c", "ID,URI,xnat:mrSessionData/date", "--limit", "1", "--json").json[0]
    assert row == {
        "id": "XNAT_E00001", "uri": "/data/experiments/XNAT_E00001", "xnat:mrSessionData/date": "2020-05-14",
    }  # fmt: skip


def test_rows_are_filtered_sorted_and_cut_like_those_of_ls(quick):
    done = quick("search", "subject", "-s", "-label", "-f", "project=sandbox", "--limit", "2", "-c", "label")
    assert done.lines == ["label", "test001", "TEST01"]
    assert done.err == "2 of 5 subjects\n"
    done = quick("search", "mrscan", "-s", "-frames", "--limit", "1", "-c", "frames", "--json")
    assert done.json == [{"frames": 24}]


def test_paths_feed_the_next_command(visitor):
    paths = visitor.run("search", "mr", "subject.label=test001", "-q")
    assert paths.lines == ["/data/experiments/XNAT_E00001"]
    assert visitor.run("info", "-", "-q", stdin=paths.out).lines == paths.lines


def test_values_that_may_identify_a_patient_are_shown_when_they_are_asked_for(visitor):
    row = visitor.run("search", "mrscan", "--json").json[0]
    assert "note" not in row
    done = visitor.run("search", "mr", "-c", "label,dcm_patient_name", "label=test001*", "--csv")
    assert done.lines[1] == "test001_MR,test001^Demo"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "what is looked for?"),
        (("subjekt",), "did you mean 'subject'?"),
        (("subject", "labl=x"), "did you mean 'label'?"),
        (("subject", "label"), "is no condition"),
        (("mr", "date>=yesterday"), "date: the value is no date, such as 2020-01-31"),
        (("mrscan", "frames=many"), "frames: the value is no"),
        (("scan",), "name one, such as mrscan"),
        (("resource",), "use ls"),
        (("workflow",), "is no item of the archive"),
        (("project", "subject.label=x"), "has no field 'subject.label'"),
        (("subject", "-c", "lable"), "did you mean 'label'?"),
        (("subject", "--saved", "x"), "leave out type and conditions"),
    ],
)
def test_misuse_is_one_line_and_status_2(quick, words, said):
    done = quick("search", *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
    assert quick("search", *words[:1], *words[1:], "--json").status == 2


def test_values_stay_out_of_messages(visitor):
    assert "Doe" not in visitor.run("search", "subject", "demographics.dob=Doe^John").err


def test_a_saved_search(desk, demo):
    from xnat_sdk import connect
    from xnat_sdk.models import SubjectData

    with connect(demo.url, demo.user, demo.password) as session:
        query = session.query(SubjectData, SubjectData.label.like("test*")).view(SubjectData.label)
        session.saved_searches.save("mine", query, name="My patients")
    done = desk.run("search", "--saved", "My patients", "--csv")
    assert done.status == 0
    assert any("test001" in line for line in done.lines)
    assert desk.run("search", "--saved", "mine", "--json").json
    paths = desk.run("search", "--saved", "mine", "-q")
    assert (paths.status, paths.err) == (2, "error: -q: these rows name no items that have a path\n")
    missing = desk.run("search", "--saved", "My patient")
    assert (missing.status, missing.err.count("\n")) == (5, 1)
    assert "did you mean 'My patients'?" in missing.err
