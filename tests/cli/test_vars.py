"""``vars``: custom variables read as a table, and set once all of them are known to fit."""

from __future__ import annotations

import json

import pytest

from xnat_sdk.models import ProjectData, SubjectData

from .journal import record, sent, writes

SECRET = "Zaphod"


@pytest.fixture
def site(small, office):
    """A project whose subjects have a weight, a group and notes; a weighs 70."""
    project = small.build.project("sandbox")
    for name in "abc":
        project.subject(name)
    held = office.create_object("/data/projects/sandbox")
    assert isinstance(held, ProjectData)
    define = held.variable_definitions.define
    define(SubjectData, "Weight", "float", group="body")
    define(SubjectData, "Group", group="study", possible_values=["control", "patient"])
    define(SubjectData, "Seen", "date", group="study")
    define(SubjectData, "Consent", group="study", required=True)
    held.subjects["a"].custom_variables["body"]["Weight"] = 70.0
    held.subjects["a"].custom_variables["study"]["Consent"] = "yes"
    return office


def fields(site, label):
    return dict(site.create_object(f"/data/projects/sandbox/subjects/{label}").fields)


def table(clerk, text, encoding="utf-8"):
    (clerk.folder / "values.csv").write_text(text, encoding=encoding)
    return "values.csv"


def test_get_of_one_item_on_a_terminal(clerk, small, site):
    before = len(small.requests)
    status, screen = clerk.shown("vars", "get", "sandbox/a")
    assert status == 0, screen
    assert "weight" in screen
    assert "70" in screen
    assert len(sent(small, before)) == 1
    found = clerk.run("vars", "get", "sandbox/a", "Weight", "Group", "--json").json
    assert [(row["name"], row["value"]) for row in found] == [("Weight", "70.0"), ("Group", None)]
    wrong = clerk.run("vars", "get", "sandbox/a", "Wheight")
    assert (wrong.status, wrong.err.count("\n"), "Weight" in wrong.err) == (5, 1, True)


def test_get_of_a_listing_is_one_request(clerk, small, site):
    before = len(small.requests)
    done = clerk.run("vars", "get", "sandbox/subjects", "--csv")
    assert (done.status, len(sent(small, before))) == (0, 1)
    header, *lines = done.lines
    assert set(header.split(",")) == {"label", "weight", "consent"}
    assert [line.split(",")[0] for line in lines] == ["a", "b", "c"]
    chosen = clerk.run("vars", "get", "sandbox/subjects", "WEIGHT", "--json").json
    assert [(row["label"], row["WEIGHT"]) for row in chosen] == [("a", "70.0"), ("b", None), ("c", None)]
    assert len(clerk.run("vars", "get", "sandbox/subjects", "-q").lines) == 3


@pytest.mark.parametrize("path", ["sandbox/resources", "sandbox/a/resources"])
def test_what_has_no_variables(clerk, site, path):
    done = clerk.run("vars", "get", path)
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_set_of_one_item_asks_only_when_a_value_would_go(clerk, small, site):
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/a", "group=control", "weight=70")
    assert (done.status, done.err) == (0, "")
    assert [each.split()[0] for each in sent(small, before)] == ["GET", "GET", "PUT"], "item, definitions, change"
    assert fields(site, "a") == {"weight": "70.0", "consent": "yes", "group": "control"}
    refused = clerk.run("vars", "set", "sandbox/a", "group=patient")
    assert (refused.status, refused.err.count("\n"), "--yes" in refused.err) == (2, 1, True)
    asked = clerk.terminal("vars", "set", "sandbox/a", "group=patient", "seen=2026-01-31")
    asked.wait_for("Replace or remove 1 value? [y/N]")
    assert "2 values of 1 item, 1 of them in the place of others" in asked.screen
    assert "replaced" in asked.screen
    assert "control" not in asked.screen
    asked.type("y")
    assert asked.end() == 0
    assert fields(site, "a")["group"] == "patient"
    assert clerk.run("vars", "set", "sandbox/a", "group=", "--yes").status == 0
    assert "group" not in fields(site, "a")


def test_values_from_standard_input_are_in_no_list_of_processes(clerk, site):
    done = clerk.run("vars", "set", "sandbox/b", "notes=-", "--undefined", stdin=f"{SECRET} & <co>\n")
    assert (done.status, fields(site, "b")["notes"]) == (0, f"{SECRET} & <co>")
    twice = clerk.run("vars", "set", "sandbox/b", "notes=-", "group=-", stdin="x")
    assert (twice.status, twice.err) == (2, "error: standard input can be read once: give one NAME=-\n")


@pytest.mark.parametrize(
    ("pair", "status"),
    [
        (f"weight={SECRET}", 2), (f"group={SECRET}", 2), (f"seen={SECRET}", 2), (f"height={SECRET}", 5), ("weight", 2),
        ("=5", 2), ("consent=", 2),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused_without_being_told(clerk, small, site, pair, status):
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/a", "group=control", pair, "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (status, 1, [])
    assert SECRET not in done.err


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("label,Weight,group\na,71.5,control\nb,,patient\nc,,\n", []),
        ("\ufefflabel;weight;Group\r\na;71.5;control\r\nb;;patient\r\n;;\r\n", []),
        ("subject\tWEIGHT\tGROUP\nsandbox/subjects/a\t71.5\tcontrol\nb\t\tpatient\n", ["--delimiter", "tab"]),
        ('sep=;\n"id";"Weight";"Group"\n"{a}";="71.5";"control"\nb;;patient\n', []),
    ],
)
def test_from_a_table_of_any_spreadsheet(clerk, small, site, text, options):
    a = site.create_object("/data/projects/sandbox/subjects/a").id
    file = table(clerk, text.format(a=a))
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/subjects", "--from", file, *options, "--yes", "--json")
    assert (done.status, done.err) == (0, "")
    assert [each.split()[0] for each in sent(small, before)] == ["GET", "GET", "PUT", "PUT"]
    assert [(row["label"], row["new"], row["replaced"]) for row in done.json["done"]] == [
        ("a", "Group".lower(), "weight"),
        ("b", "group", ""),
    ]
    assert (fields(site, "a")["weight"], fields(site, "b"), fields(site, "c")) == ("71.5", {"group": "patient"}, {})
    before = len(small.requests)
    again = clerk.run("vars", "set", "sandbox/subjects", "--from", file, *options, "--yes")
    assert (again.status, writes(small, before)) == (0, []), "what is there already is not sent again"


def test_what_get_writes_is_what_set_reads(clerk, small, site):
    clerk.run("vars", "set", "sandbox/b", "group=patient", "consent=no")
    written = clerk.run("vars", "get", "sandbox/subjects", "--csv").out
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/subjects", "--from", "-", "--yes", stdin=written)
    assert (done.status, writes(small, before)) == (0, [])
    edited = written.replace("patient", "control")
    assert clerk.run("vars", "set", "sandbox/subjects", "--from", "-", "--yes", stdin=edited).status == 0
    assert len(writes(small, before)) == 1
    assert fields(site, "b")["group"] == "control"


def test_empty_cells_change_nothing_unless_they_shall(clerk, small, site):
    file = table(clerk, "label,weight\na,\nb,\n")
    assert clerk.run("vars", "set", "sandbox/subjects", "--from", file, "--yes").status == 0
    assert fields(site, "a")["weight"] == "70.0"
    before = len(small.requests)
    assert clerk.run("vars", "set", "sandbox/subjects", "--from", file, "--clear-empty", "--yes").status == 0
    assert ("weight" in fields(site, "a"), len(writes(small, before))) == (False, 1)


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (f"label,weight\na,1\nb,{SECRET}\n", 2, ["line 3, column weight"]),
        (f"label,weight,group\na,1,control\nc,2,{SECRET}\n", 2, ["line 3, column group"]),
        ("label,height\na,1\n", 5, ["line 2, column height", "--undefined"]),
        (f"label,weight\na,1\n{SECRET},2\n", 5, ["line 3: sandbox/subjects has no such item"]),
        ("label,weight\na,1\na,2\n", 2, ["line 3: line 2 is about the same item"]),
        ("label\na\n", 2, ["one column"]),
        ("label,weight\na,x\na,y\nb,x\nc,x\nd,x\n", 2, ["and 2 more"]),
    ],
)  # fmt: skip
def test_one_wrong_cell_keeps_all_from_being_sent(clerk, small, site, text, status, told):
    file = table(clerk, text)
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/subjects", "--from", file, "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (status, 1, [])
    assert all(each in done.err for each in told), done.err
    assert SECRET not in done.err
    assert record(clerk) == []


def test_the_preview_has_names_and_counts_and_values_when_asked(clerk, small, site):
    file = table(clerk, f"label,weight,notes\na,{71.5},{SECRET}\nb,60,\n")
    words = ["vars", "set", "sandbox/subjects", "--from", file, "--undefined"]
    asked = clerk.terminal(*words)
    asked.wait_for("Replace or remove 1 value? [y/N]")
    assert "3 values of 2 items, 1 of them in the place of others" in asked.screen
    assert (SECRET in asked.screen, "71.5" in asked.screen, "notes" in asked.screen) == (False, False, True)
    asked.type("n")
    assert asked.end() == 7
    asked = clerk.terminal(*words, "--show-values")
    asked.wait_for("[y/N]")
    assert all(each in asked.screen for each in (SECRET, "weight: 70.0 -> 71.5"))
    asked.type("n")
    assert asked.end() == 7
    before = len(small.requests)
    dry = clerk.run(*words, "--dry-run", "--json")
    assert [row["new"] for row in dry.json["planned"]] == ["notes", "weight"]
    assert SECRET not in dry.out
    assert SECRET in clerk.run(*words, "--dry-run", "--show-values").out
    assert (writes(small, before), record(clerk)) == ([], [])


def test_no_value_is_in_the_record_or_in_a_url(clerk, small, site):
    file = table(clerk, f"label,notes\na,{SECRET}\n")
    done = clerk.run("vars", "set", "sandbox/subjects", "--from", file, "--undefined", "-q")
    assert (done.status, len(done.lines)) == (0, 1)
    assert SECRET not in json.dumps(record(clerk))
    assert SECRET not in str(list(small.requests))
    assert [line["action"] for line in record(clerk)] == ["vars set", "vars set"]


def test_a_read_only_connection_sends_nothing(clerk, small, site):
    before = len(small.requests)
    done = clerk.run("vars", "set", "sandbox/b", "group=control", "--read-only")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (6, 1, [])


@pytest.mark.parametrize(
    "words",
    [
        ["sandbox/a"], ["sandbox/a", "x=1", "--from", "f.csv"], ["sandbox/a", "x=1", "--clear-empty"],
        ["sandbox/a", "x=1", "X=2"], ["sandbox/subjects", "--from", "nowhere.csv"],
    ],
)  # fmt: skip
def test_words_that_do_not_go_together(clerk, site, words):
    done = clerk.run("vars", "set", *words)
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_what_is_only_shared_keeps_its_values(clerk, small, site):
    small.build.project("other")
    site.create_object("/data/projects/sandbox/subjects/a").share("other")
    before = len(small.requests)
    for words in (["other/a", "weight=71"], ["other/subjects", "--from", table(clerk, "label,weight\na,71\n")]):
        done = clerk.run("vars", "set", *words, "--undefined", "--yes")
        assert (done.status, done.err.count("\n"), "belongs to project sandbox" in done.err) == (2, 1, True)
    assert writes(small, before) == []
