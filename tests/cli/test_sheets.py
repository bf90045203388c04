"""Tables as spreadsheets write them, read without a command."""

from __future__ import annotations

import pytest

from xnat_runtime.cli.sheets import read_sheet
from xnat_runtime.errors import InvalidValueError

WANTED = [(2, {"label": "a", "note": "x y"}), (3, {"label": "b", "note": ""})]


@pytest.mark.parametrize(
    "data",
    [
        b"label,note\na,x y\nb,\n",
        b"\xef\xbb\xbflabel;note\r\na;x y\r\nb;\r\n;;\r\n",
        "label\tnote\r\na\tx y\r\nb\r\n".encode("utf-16"),
        b'"label" , "note" \n a , x y \n b \n\n,,\n',
        b'label,note\n="a","x y"\nb,=""\n',
        b"label;note;\na;x y;\nb;;\n",
    ],
)
def test_what_is_read(tmp_path, data):
    file = tmp_path / "x.csv"
    file.write_bytes(data.replace(b'"label" , "note" ', b"label , note "))
    found = read_sheet(str(file))
    assert (found.name, found.columns) == ("x.csv", ["label", "note"])
    assert [(line.number, line.cells) for line in found.lines][:1] == WANTED[:1]
    assert [line.cells["label"] for line in found.lines] == ["a", "b"]


def test_lines_are_those_of_the_file(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text('sep=;\nlabel;note\n\na;"two\nlines"\n\nb;x\n', encoding="utf-8")
    found = read_sheet(str(file))
    assert [(line.number, line.cells["label"]) for line in found.lines] == [(4, "a"), (7, "b")]
    assert found.lines[0].cells["note"] == "two\nlines"


def test_the_delimiter_can_be_named(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("label;a,b,c\nx;1\n", encoding="utf-8")
    assert read_sheet(str(file), "semicolon").columns == ["label", "a,b,c"]
    with pytest.raises(InvalidValueError, match="comma, semicolon or tab"):
        read_sheet(str(file), "pipe")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"label,note\na,secret,more\n", "line 2: more cells"),
        (b"label,\na,secret\n", "line 2: more cells"),
        (b"label,note\na,#N/A\n", "line 2, column note: an error of the spreadsheet"),
        (b'label,note\n"a,secret\n', "line 2: a quotation mark"),
        (b'label,note\na,x\n"b"secret,y\n', "line 3: a quotation mark"),
        (b"label,LABEL\na,secret\n", "two columns 'LABEL'"),
        (b",note\na,secret\n", "the first column has no name"),
        (b"label,note\n", "a header and no lines"),
        (b"", "is empty"),
        (b"label,note\na,\xe4secret\n", "no text in UTF-8: save it as 'CSV UTF-8'"),
        (b"label,note\na,sec\0ret\n", "line 2"),
    ],
)
def test_what_is_refused_with_its_place_and_without_its_values(tmp_path, data, told):
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    with pytest.raises(InvalidValueError) as caught:
        read_sheet(str(file))
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidValueError, match="No such file"):
        read_sheet(str(tmp_path / "nowhere.csv"))
