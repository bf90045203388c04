"""Small TOML files: a few values, and tables with names, such as profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias, cast

import attrs

from ..errors import InvalidValueError
from .private import write_private

Scalar: TypeAlias = str | bool | int | float
Table: TypeAlias = dict[str, Scalar]

_PLACE: Final = re.compile(r"line \d+")
_BARE: Final = re.compile(r"\A[A-Za-z0-9_-]+\Z")


@attrs.define
class Tables:
    """What such a file holds.

    Attributes:
        values: The values above all tables.
        tables: The tables, by name.
    """

    values: Table = attrs.field(factory=dict[str, Scalar])
    tables: dict[str, Table] = attrs.field(factory=dict[str, Table])


def read_tables(path: Path, group: str) -> Tables:
    """Returns what a file holds, nothing when it is not there.

    Args:
        path: The file.
        group: What its tables are, such as ``profiles``.

    Raises:
        InvalidValueError: It cannot be read; the message never quotes it.
    """
    import tomllib  # noqa: PLC0415 - only where there is such a file

    try:
        found: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Tables()
    except tomllib.TOMLDecodeError as error:
        # Not its own words, which quote what it met.
        place = _PLACE.search(str(error))
        where = f", {place[0]}" if place else ""
        msg = f"{path} is not written as TOML is{where}"
        raise InvalidValueError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        msg = f"{path} cannot be read: {reason}"
        raise InvalidValueError(msg) from None
    return _sorted_out(path, group, found)


def _sorted_out(path: Path, group: str, found: dict[str, object]) -> Tables:
    tables = found.pop(group, {})
    named = cast("dict[str, object]", tables) if isinstance(tables, dict) else {"": tables}
    return Tables(_table(path, found), {name: _table(path, each) for name, each in named.items()})


def _table(path: Path, found: object) -> Table:
    if not isinstance(found, dict):
        msg = f"{path}: there is a value where a table is expected"
        raise InvalidValueError(msg)
    values = cast("dict[str, object]", found)
    for name, value in values.items():
        if not isinstance(value, str | bool | int | float):
            msg = f"{path}: {name!r} is no text, number, true or false"
            raise InvalidValueError(msg)
    return cast("Table", values)


def write_tables(path: Path, group: str, kept: Tables, title: str) -> None:
    """Writes a file anew, readable by its owner only.

    Args:
        path: The file.
        group: What its tables are.
        kept: What it is to hold.
        title: The comment in its first line.

    Raises:
        InvalidValueError: It cannot be written.
    """
    lines = [f"# {title}", *_lines(kept.values)]
    for name, table in kept.tables.items():
        lines += ["", f"[{group}.{_key(name)}]", *_lines(table)]
    write_private(path, "\n".join(lines) + "\n")


def _lines(values: Mapping[str, Scalar]) -> list[str]:
    return [f"{_key(name)} = {_written(value)}" for name, value in values.items()]


def _key(name: str) -> str:
    return name if _BARE.match(name) else _written(name)


def _written(value: Scalar) -> str:
    # What JSON writes is TOML, too, but for one character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
