"""What listings look like: tables, tsv, csv, JSON, paths; columns, filters, order, limit."""

from __future__ import annotations

import csv
import datetime
import io
import shlex
import subprocess

import pytest

from xnat_runtime.cli.cells import cropped, fitted, plain, rank, shown, width
from xnat_runtime.cli.conditions import conditions_of
from xnat_runtime.cli.grid import fit, write_table
from xnat_runtime.cli.picking import pick
from xnat_runtime.cli.settings import Settings
from xnat_runtime.errors import InvalidValueError
from xnat_runtime.sizes import size_text

from .screen import PROGRAM

ROWS = [
    {"id": "10", "type": "T1", "note": "", "date": "2020-05-14"},
    {"id": "2", "type": "t1_long", "note": "x", "date": "2021-01-02"},
    {"id": "3-MR1", "type": "FLAIR", "note": None, "date": ""},
]


def picked(**options: object) -> list[object]:
    found = pick(ROWS, ["id", "type"], Settings(**options), {})  # type: ignore[arg-type]
    return [row["id"] for row in found.rows]


# Cells


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (3_174_096, "3.2 MB")],
)
def test_sizes_are_read_at_a_glance(size, text):
    assert size_text(size) == text
    assert shown("size", size) == text
    assert plain(size) == str(size)


def test_cells_stay_on_their_line_and_move_no_cursor():
    assert shown("label", "a\nb\tc\x1b[31mred") == "a b c [31mred"


def test_moments_are_shown_to_the_minute_and_written_as_iso():
    moment = datetime.datetime(2026, 1, 31, 12, 30, 15, 500000)
    assert shown("insert_date", moment) == "2026-01-31 12:30"
    assert plain(moment) == "2026-01-31T12:30:15.500000"
    assert plain(datetime.date(2026, 1, 31)) == "2026-01-31"
    assert (plain(True), plain(None)) == ("true", "")


def test_wide_signs_take_two_columns():
    assert width("脳画像") == 6
    assert width("e\u0301") == 1
    assert fitted("脳画像", 8) == "脳画像  "
    assert cropped("脳画像", 4) == "脳…"
    assert fitted("脳画像", 4) == "脳… "
    assert cropped("label", 4) == "lab…"


def test_columns_give_way_to_the_terminal_the_widest_first():
    assert fit([10, 10], 80) == [10, 10]
    assert fit([10, 100], 80) == [10, 68]
    assert sum(fit([40, 60, 60], 80)) + 4 <= 80
    assert fit([40, 60, 60], 80)[0] >= 20


# Filters, order, limit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("type=T1*", ["10", "2"]),
        ("type!=T1*", ["3-MR1"]),
        ("TYPE=flair", ["3-MR1"]),
        ("note=", ["10", "3-MR1"]),
        ("note!=", ["2"]),
        ("id>2", ["10", "3-MR1"]),
        ("id<=2", ["2"]),
        ("date>=2021", ["2"]),
        ("date<2021", ["10"]),
        ("type=T[12]", ["10"]),
    ],
)
def test_filters(text, found):
    assert picked(filters=[text]) == found


def test_several_filters_must_all_hold():
    assert picked(filters=["type=T1*", "note!="]) == ["2"]


@pytest.mark.parametrize("text", ["type", "=T1", ""])
def test_what_is_no_filter(text):
    with pytest.raises(InvalidValueError, match="COLUMN=PATTERN"):
        conditions_of([text])


def test_scan_2_stands_before_scan_10():
    assert picked(sort_by="id") == ["2", "10", "3-MR1"]
    assert sorted(["T10", "T2", "t1", "t", "T01"], key=rank) == ["t", "T01", "t1", "T2", "T10"]


def test_rows_without_a_value_stand_last_both_ways():
    assert picked(sort_by="date") == ["10", "2", "3-MR1"]
    assert picked(sort_by="-date") == ["2", "10", "3-MR1"]


def test_a_second_column_decides_between_equals():
    assert picked(sort_by="note,-id") == ["2", "3-MR1", "10"]


def test_a_column_that_there_is_not_lists_those_that_there_are():
    with pytest.raises(InvalidValueError, match=r"no column 'typ' \(did you mean 'type'\?\).*id, type, note, date"):
        picked(columns="typ")


def test_rows_are_taken_one_by_one():
    taken = []

    def rows():
        for number in range(1000):
            taken.append(number)
            yield {"id": str(number)}

    found = iter(pick(rows(), ["id"], Settings(), {}).rows)
    next(found)
    assert len(taken) < 3


# At the terminal and for programs


def test_a_table_fits_80_columns_one_line_a_row(visitor):
    terminal = visitor.terminal("ls", "sandbox/scans", width=80)
    assert terminal.end() == 0
    lines = terminal.screen.splitlines()
    assert lines[0].split()[:3] == ["session", "id", "type"]
    assert len(lines) == 1 + 11 + 1
    assert any("…" in line for line in lines)
    assert lines[-1] == "11 scans"


def test_the_header_is_bold_at_a_terminal_and_plain_with_no_color_or_in_a_pipe(visitor):
    terminal = visitor.terminal("ls")
    terminal.end()
    assert b"\x1b[1m" in terminal.raw
    terminal = visitor.terminal("ls", NO_COLOR="1")
    terminal.end()
    assert b"\x1b[1m" not in terminal.raw
    assert "\x1b" not in visitor.run("ls").out


def test_a_piped_table_cuts_nothing(visitor):
    done = visitor.run("ls", "sandbox/scans", COLUMNS="40")
    assert "series_description" in done.out
    assert "…" not in done.out
    assert done.err == "11 scans\n"


def test_limit_says_how_many_there_are(visitor):
    done = visitor.run("ls", "sandbox/subjects", "--limit", "2")
    assert (len(done.lines), done.err) == (3, "2 of 5 subjects\n")


def test_no_header(visitor):
    assert visitor.run("ls", "--no-header", "--columns", "id").lines == ["sandbox", "brainimages"]
    assert visitor.run("ls", "--no-header", "--columns", "id", "--tsv").lines == ["sandbox", "brainimages"]


def test_columns_filter_and_order_together(visitor):
    done = visitor.run(
        "ls", "sandbox/scans", "-c", "session,ID", "-f", "frames>=12", "-f", "session=Brain*", "-s", "-session", "--tsv"
    )
    assert done.lines == ["session\tid", "Brain-0002_MR\t2", "Brain-0001_MR\t2"]


def test_json_has_typed_values_and_null_for_nothing(visitor):
    done = visitor.run("ls", "sandbox/test001/test001_MR/2", "--json")
    first = done.json[0]
    assert list(first)[:3] == ["label", "file_count", "file_size"]
    assert (first["file_count"], first["tags"]) == (24, None)
    subject = visitor.run("ls", "sandbox/subjects", "--json").json[0]
    assert datetime.datetime.fromisoformat(subject["insert_date"])


def test_json_of_nothing_is_an_empty_list(visitor):
    assert visitor.run("ls", "sandbox/subjects", "--json", "--filter", "label=nobody").json == []


def test_every_format_has_its_option(visitor):
    for words in (("-o", "csv"), ("--csv",), ("--output", "csv")):
        done = visitor.run("ls", *words)
        assert done.lines[0] == "id,name,description"
    assert next(csv.DictReader(io.StringIO(done.out)))["description"].startswith("A place to try things:")
    done = visitor.run("ls", "-o", "yaml")
    assert done.status == 2
    assert done.err == "error: --output yaml: there are table, tsv, csv, json\n"
    assert visitor.run("ls", "--csv", "--json").status == 2


def test_tabs_and_line_ends_in_cells_are_escaped_in_tsv_and_quoted_in_csv(capsys):
    from xnat_runtime.cli.formats import write_separated

    rows = [{"a": "x\ty\nz\\", "b": 1}]
    write_separated(rows, ["a", "b"], "tsv", header=True)
    assert capsys.readouterr().out == "a\tb\nx\\ty\\nz\\\\\t1\n"
    write_separated(rows, ["a", "b"], "csv", header=False)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["x\ty\nz\\", "1"]]


def test_paths_feed_the_next_command(visitor):
    paths = visitor.run("ls", "sandbox/sessions", "-q").lines
    assert len(paths) == 5
    assert visitor.run("info", "-", "-q", stdin="\n".join(paths)).lines == paths


def test_a_reader_that_has_seen_enough_is_no_failure(visitor):
    line = f"{shlex.quote(PROGRAM)} ls sandbox/scans --json | head -1"
    done = subprocess.run(["sh", "-c", line], env=visitor.environ, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[\n", "")


def test_an_unknown_column_is_one_line_and_status_2(visitor):
    done = visitor.run("ls", "sandbox/subjects", "--columns", "lable")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "did you mean 'label'?" in done.err
    done = visitor.run("ls", "sandbox/subjects", "--columns", "lable", "--json")
    assert done.error["exit_status"] == 2


class Tty(io.StringIO):
    """A terminal that keeps how many rows had been made at each write."""

    def __init__(self, made: list[int]) -> None:
        super().__init__()
        self.made = made
        self.seen: list[int] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.seen.append(len(self.made))
        return super().write(text)


def test_the_first_screenful_is_written_before_the_other_rows_are_made(monkeypatch):
    made: list[int] = []

    def rows():
        for number in range(5000):
            made.append(number)
            yield {"id": str(number), "label": "x" * (number // 50)}

    terminal = Tty(made)
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "30")
    write_table(rows(), ["id", "label"], header=True)
    assert terminal.seen[0] == 30
    lines = terminal.getvalue().splitlines()
    assert len(lines) == 5001
    assert max(map(len, lines[1:])) == 60
