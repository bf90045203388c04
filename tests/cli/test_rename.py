"""``rename``: one item, many by a pattern, many as a table says; nothing when one of them cannot be."""

from __future__ import annotations

import time

import pytest

from xnat_emulator import Fault, faults

from .journal import record, sent, writes


@pytest.fixture
def site(small, office):
    """A project with subjects a, b, c and a session each of the first two; a second one without anything."""
    project = small.build.project("sandbox")
    for name in "abc":
        subject = project.subject(name)
        if name != "c":
            subject.mr_session(f"{name}_MR")
    small.build.project("other")
    return office


def labels(site, kind="subjects"):
    return [each.label for each in getattr(site.create_object("/data/projects/sandbox"), kind)]


def table(clerk, text, name="labels.csv", encoding="utf-8"):
    (clerk.folder / name).write_text(text, encoding=encoding)
    return name


def test_one_shows_old_and_new_and_asks(clerk, small, site):
    asked = clerk.terminal("rename", "sandbox/a", "s1")
    asked.wait_for("Rename 1 item? [y/N]")
    assert "new_label" in asked.screen
    assert "s1" in asked.screen
    asked.type("n")
    assert asked.end() == 7
    assert labels(site) == ["a", "b", "c"]
    before = len(small.requests)
    done = clerk.run("rename", "sandbox/sessions/a_MR", "s1_MR", "--yes", "-q")
    assert (done.status, len(done.lines), done.err) == (0, 1, "")
    assert [each.split()[0] for each in sent(small, before)] == ["GET", "PUT"]
    assert labels(site, "sessions") == ["s1_MR", "b_MR"]
    assert [line["action"] for line in record(clerk)] == ["rename", "rename"]
    again = clerk.run("rename", "sandbox/sessions/s1_MR", "s1_MR", "--yes", "--json")
    assert (again.status, again.json) == (0, {"done": [], "failed": []})


def test_a_label_that_is_taken(clerk, site):
    done = clerk.run("rename", "sandbox/a", "b", "--yes")
    assert (done.status, done.err.count("\n")) == (8, 1)
    assert labels(site) == ["a", "b", "c"]


def test_by_a_pattern_on_a_terminal(clerk, small, site):
    before = len(small.requests)
    asked = clerk.terminal("rename", "sandbox/subjects", "--pattern", "([ab])", "--to", r"s_\1")
    asked.wait_for("Rename 2 items? [y/N]")
    assert "s_a" in asked.screen
    asked.type("y")
    assert asked.end() == 0
    assert labels(site) == ["s_a", "s_b", "c"]
    assert [each.split()[0] for each in sent(small, before)[:3]] == ["GET", "PUT", "PUT"], "one listing, one a rename"
    assert clerk.run("rename", "sandbox/subjects", "--pattern", "nothing", "--to", "x").status == 0


@pytest.mark.parametrize(("pattern", "template"), [("(", "x"), ("(a)", r"\2"), ("a", "x/y"), ("a", "")])
def test_patterns_and_labels_that_cannot_be(clerk, small, site, pattern, template):
    before = len(small.requests)
    done = clerk.run("rename", "sandbox/subjects", "--pattern", pattern, "--to", template, "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (2, 1, [])


@pytest.mark.parametrize(
    "text",
    [
        "label,new_label\na,s1\nb,s2\n",
        "\ufefflabel;new_label;note\r\na;s1;x\r\nb;s2;\r\n;;\r\n",
        "sep=;\nID;New label\n{a};s1\n\n{b};s2\nc\n",
        'uri\tnew\n{uri}\t"s1"\nb\t="s2"\n',
    ],
)
def test_from_a_table_of_any_spreadsheet(clerk, small, site, text):
    a, b = list(site.create_object("/data/projects/sandbox").subjects)[:2]
    file = table(clerk, text.format(a=a.id, b=b.id, uri=a.uri))
    before = len(small.requests)
    done = clerk.run("rename", "sandbox/subjects", "--from", file, "--yes")
    assert (done.status, done.err) == (0, "")
    assert len(sent(small, before)) == 3, "one listing, one a rename"
    assert labels(site) == ["s1", "s2", "c"]


def test_from_a_table_of_paths_and_from_standard_input(clerk, site):
    file = table(clerk, "path;new_label\nsandbox/a;s1\nsandbox/sessions/b_MR;s2_MR\n", encoding="utf-16")
    assert clerk.run("rename", "--from", file, "--delimiter", "semicolon", "--yes").status == 0
    assert (labels(site), labels(site, "sessions")) == (["s1", "b", "c"], ["a_MR", "s2_MR"])
    done = clerk.run("rename", "sandbox/subjects", "--from", "-", "--yes", stdin="label,new_label\nb,s2\n")
    assert (done.status, labels(site)) == (0, ["s1", "s2", "c"])


def test_what_ls_writes_can_be_used_with_a_column_more(clerk, site):
    rows = clerk.run("ls", "sandbox/subjects", "--csv").lines
    file = table(clerk, "\n".join([rows[0] + ",new_label", *(f"{row},n{at}" for at, row in enumerate(rows[1:]))]))
    assert clerk.run("rename", "sandbox/subjects", "--from", file, "--yes").status == 0
    assert labels(site) == ["n0", "n1", "n2"]


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("label,new_label\na,b\n", 8, "line 2: the label b is taken"),
        ("label,new_label\na,x\nb,x\n", 8, "line 3: line 2 has the same new label"),
        ("label,new_label\na,x\na,y\n", 8, "line 3: line 2 names the same item"),
        ("label,new_label\na,b\nb,a\n", 8, "exchanged"),
        ("label,new_label\na,x\nnobody,y\n", 5, "line 3: sandbox/subjects has no such item"),
        ("label,new_label\na,x\nb,y&z\n", 2, "line 3, column new_label"),
        ("label,other\na,x\n", 2, "needs a column new_label"),
        ("name,new_label\na,x\n", 2, "needs a column path or uri or id or label"),
        ("", 2, "is empty"),
    ],
)
def test_nothing_is_renamed_when_one_cannot_be(clerk, small, site, text, status, told):
    file = table(clerk, text)
    before = len(small.requests)
    done = clerk.run("rename", "sandbox/subjects", "--from", file, "--yes")
    assert (done.status, done.err.count("\n"), writes(small, before)) == (status, 1, [])
    assert told in done.err
    assert record(clerk) == []


def test_what_is_in_the_way_is_shown_at_a_terminal_and_by_a_dry_run(clerk, small, site):
    file = table(clerk, "label,new_label\na,b\nc,c\nnobody,y\nb,z\na,q\n")
    status, screen = clerk.shown("rename", "sandbox/subjects", "--from", file)
    assert status == 8
    assert all(word in screen for word in ("unchanged", "unknown", "conflict"))
    done = clerk.run("rename", "sandbox/subjects", "--from", file, "--dry-run", "--json")
    assert (done.status, done.error["exit_status"]) == (8, 8)
    assert [row["state"] for row in done.json["planned"]] == ["rename", "unchanged", "unknown", "rename", "conflict"]
    assert "conflict" in clerk.run("rename", "sandbox/subjects", "--from", file, "--dry-run").out


def test_chains_go_in_the_order_that_works(clerk, small, site):
    file = table(clerk, "label,new_label\na,b\nb,c\nc,d\n")
    before = len(small.requests)
    done = clerk.run("rename", "sandbox/subjects", "--from", file, "--yes", "--json")
    assert (done.status, [row["new_label"] for row in done.json["done"]]) == (0, ["d", "c", "b"])
    assert len(writes(small, before)) == 3
    assert labels(site) == ["b", "c", "d"]


def test_equal_labels_of_other_projects_and_kinds_are_in_nobodys_way(clerk, small, site):
    small.build.project("third").subject("a").mr_session("a")
    file = table(clerk, "path,new_label\nsandbox/a,z\nthird/a,z\nthird/a/a,z\nsandbox/b,a\n")
    before = len(small.requests)
    done = clerk.run("rename", "--from", file, "--yes", "--json")
    assert (done.status, len(done.json["done"])) == (0, 4), done
    assert not [each for each in writes(small, before) if "/subjects/a" in each], "paths of labels end with the rename"
    assert labels(site) == ["z", "a", "c"]
    third = site.create_object("/data/projects/third")
    assert [each.label for each in (*third.subjects, *third.sessions)] == ["z", "z"]
    done = clerk.run("rename", "subjects", "--pattern", "z", "--to", "y", "--yes", "--json")
    assert (done.status, len(done.json["done"])) == (0, 2)


def test_a_dry_run_and_a_read_only_connection_send_nothing(clerk, small, site):
    before = len(small.requests)
    words = ["rename", "sandbox/subjects", "--pattern", "(.*)", "--to", r"x\1"]
    done = clerk.run(*words, "--dry-run", "--json")
    assert (done.status, [row["new_label"] for row in done.json["planned"]]) == (0, ["xa", "xb", "xc"])
    refused = clerk.run(*words, "--yes", "--read-only")
    assert (refused.status, refused.err.count("\n")) == (6, 1)
    nobody = clerk.run(*words)
    assert (nobody.status, nobody.err.count("\n"), "--yes" in nobody.err) == (2, 1, True)
    assert (writes(small, before), labels(site)) == ([], ["a", "b", "c"])


@pytest.mark.parametrize(
    "words",
    [
        ["sandbox/a"], ["sandbox/a", "x", "--pattern", "a", "--to", "b"], ["sandbox/a", "x", "--delimiter", "comma"],
        ["--from", "nowhere.csv"], ["sandbox", "x"], ["sandbox/resources", "--pattern", "a", "--to", "b"],
    ],
)  # fmt: skip
def test_words_that_do_not_go_together(clerk, site, words):
    done = clerk.run("rename", *words, "--yes")
    assert (done.status, done.err.count("\n")) == (2, 1)


def test_what_is_only_shared_is_not_renamed(clerk, small, site):
    site.create_object("/data/projects/sandbox").subjects["a"].share("other")
    done = clerk.run("rename", "other/subjects", "--pattern", "a", "--to", "z", "--yes")
    assert (done.status, done.err.count("\n"), "belongs to project sandbox" in done.err) == (2, 1, True)
    assert clerk.run("rename", "other/a", "z", "--yes").status == 2
    assert labels(site) == ["a", "b", "c"]


def test_the_others_are_renamed_when_the_server_refuses_one(clerk, small, site):
    small.build.project("third").subject("t").mr_session("one")
    file = table(clerk, "label,new_label\na_MR,b_MR\n")
    done = clerk.run("rename", "sandbox/a/sessions", "--from", file, "--yes")
    assert (done.status, done.err.count("\n")) == (8, 1)
    paths = "path,new_label\nthird/t/one,uno\nsandbox/a/a_MR,b_MR\n"
    done = clerk.run("rename", "--from", table(clerk, paths), "--yes", "--json")
    assert (done.status, len(done.json["done"]), len(done.json["failed"])) == (9, 1, 1)
    assert done.json["failed"][0]["exit_status"] == 8


def test_other_delimiters_are_named(clerk, site):
    file = table(clerk, "label,new_label\na,x\n")
    done = clerk.run("rename", "sandbox/subjects", "--from", file, "--delimiter", "pipe", "--yes")
    assert (done.status, done.err) == (2, "error: --delimiter takes comma, semicolon or tab\n")


def test_what_was_done_before_ctrl_c_is_told_and_recorded(clerk, small, site):
    small.faults.add(Fault(faults.Stall(seconds=3), method="PUT", path="*/subjects/*", nth=2))
    started = clerk.terminal("rename", "sandbox/subjects", "--pattern", "(.)", "--to", r"s\1", "--yes")
    while not [one for one in list(small.requests) if one.method == "PUT" and "/subjects/" in one.path]:
        time.sleep(0.05)
    time.sleep(0.3)
    started.press("c")
    assert started.end() == 7
    assert "renamed" in started.screen
    assert "sa" in started.screen
    end = record(clerk)[-1]
    assert (end["exit_status"], end["error"], len(end["done"])) == (7, "KeyboardInterrupt", 1)
