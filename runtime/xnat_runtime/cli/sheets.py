"""Tables that people make in spreadsheets: CSV with commas, semicolons or tabs, and the marks of Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from ..errors import InvalidValueError
from .stdin import STDIN, input_text

_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\\t": "\t", "\t": "\t"}
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
# What Excel writes for a formula that has no value.
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})


@attrs.frozen
class Line:
    """One line of a table.

    Attributes:
        number: Number of the line in the file, as an editor shows it; the header is line 1.
        cells: Its cells by column, without blanks at their ends.
    """

    number: int
    cells: dict[str, str]


@attrs.frozen
class Sheet:
    """A table.

    Attributes:
        name: Name of the file, for messages.
        columns: Names of the columns.
        lines: The lines that have something.
    """

    name: str
    columns: list[str]
    lines: list[Line]


def read_sheet(file: str, delimiter: str | None = None) -> Sheet:
    """Returns the table in a file.

    Args:
        file: Path of the file; ``-`` for standard input.
        delimiter: What stands between cells; by default what the header has most of.

    Raises:
        InvalidValueError: The file is no such table; the message names line and column and never a cell.
    """
    name = "standard input" if file == STDIN else Path(file).name
    text = input_text() if file == STDIN else _text(Path(file), name)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        # A hint that Excel writes and reads; editors count it as a line.
        return _read(name, rest, delimiter or first.strip()[-1], 1)
    return _read(name, text, delimiter, 0)


def _text(path: Path, name: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"{path}: {error.strerror or 'cannot be read'}"
        raise InvalidValueError(msg) from None
    try:
        return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{name} is no text in UTF-8: save it as 'CSV UTF-8'"
        raise InvalidValueError(msg) from None


def _read(name: str, text: str, delimiter: str | None, above: int) -> Sheet:
    mark = _delimiter(text, delimiter)
    rows = list(_rows(name, text, mark, above))
    if not rows:
        msg = f"{name} is empty: its first line names the columns"
        raise InvalidValueError(msg)
    columns = _columns(name, rows[0][1])
    lines = [Line(number, _cells(name, number, columns, row)) for number, row in rows[1:] if any(row)]
    if not lines:
        msg = f"{name} has a header and no lines below it"
        raise InvalidValueError(msg)
    return Sheet(name, [column for column in columns if column], lines)


def _delimiter(text: str, given: str | None) -> str:
    if given is not None:
        found = _DELIMITERS.get(given.lower())
        if found is None:
            msg = "--delimiter takes comma, semicolon or tab"
            raise InvalidValueError(msg)
        return found
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _rows(name: str, text: str, mark: str, above: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    number = above
    try:
        for row in reader:
            yield number + 1, [_plain(cell) for cell in row]
            number = above + reader.line_num
    except csv.Error:
        msg = f"{name}, line {number + 1}: a quotation mark is not closed, or stands in the middle of a cell"
        raise InvalidValueError(msg) from None


def _plain(cell: str) -> str:
    text = cell.strip()
    # Excel keeps zeros in front as ="007".
    return text[2:-1] if len(text) > len('=""') and text.startswith('="') and text.endswith('"') else text


def _columns(name: str, header: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    for column in header:
        if column and column.lower() in seen:
            msg = f"{name} has two columns {column!r}"
            raise InvalidValueError(msg)
        seen.add(column.lower())
    if not header or not header[0]:
        msg = f"{name}: the first line names the columns, and the first column has no name"
        raise InvalidValueError(msg)
    return list(header)


def _cells(name: str, number: int, columns: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    if any(row[len(columns) :]) or any(cell for column, cell in zip(columns, row, strict=False) if not column):
        msg = f"{name}, line {number}: more cells than the first line has names; is the delimiter another one?"
        raise InvalidValueError(msg)
    found = {column: cell for column, cell in zip(columns, row, strict=False) if column}
    for column, cell in found.items():
        if any(sign < " " and sign not in "\t\r\n" for sign in cell):
            msg = f"{name}, line {number}, column {column}: signs that no text has"
            raise InvalidValueError(msg)
        if cell in _ERRORS:
            msg = f"{name}, line {number}, column {column}: an error of the spreadsheet"
            raise InvalidValueError(msg)
    return {**dict.fromkeys(filter(None, columns), ""), **found}
