"""Entries of a netrc file, changed without touching anything else in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..credentials import Surroundings, netrc_path, read_netrc, require_private
from ..errors import InvalidValueError
from ..locks import turn
from ..netrc_text import Entry, Place, Span, entries, spans
from .private import home, write_private

if TYPE_CHECKING:
    from ..auth import Secret

_BARE: Final = re.compile(r'[^\s"\\#]+')
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


def file_for(named: str | None, around: Surroundings) -> Path:
    """Returns the netrc file that is meant, be it there or not: the named one, that of NETRC, or the usual one.

    Raises:
        InvalidValueError: There is no home folder.
    """
    if named:
        return Path(named).expanduser()
    found = netrc_path(around)
    return found or home() / ("_netrc" if sys.platform == "win32" else ".netrc")


def entry_of(path: Path, machine: str) -> Entry | None:
    """Returns the entry of a machine, None when there is none.

    Raises:
        InvalidValueError: The file cannot be read, or others than its owner can read it.
    """
    if not path.exists():
        return None
    if sys.platform != "win32":
        _require_private(path)
    return read_netrc(path).get(machine)


def put(path: Path, machine: str, user: str, secret: Secret) -> None:
    """Writes the entry of a machine: the values of the one that is there, else a new one before ``default``.

    Raises:
        InvalidValueError: The file cannot be changed, or the values cannot be written in one.
    """
    if _UNWRITABLE.search(user + secret.reveal()):
        msg = "the user name or password holds a line break or another character that cannot be kept"
        raise InvalidValueError(msg)
    with turn(_lock(path)):
        text, entry = _text(path), Entry(user, secret.reveal())
        # Readers disagree on how odd values are written: what the one of Python understands is taken.
        styles = (_quoted, _escaped)
        _write(path, [_with(text, machine, entry, style) for style in styles], {machine: entry}, None)


def remove(path: Path, machine: str) -> None:
    """Takes the entry of a machine out.

    Raises:
        InvalidValueError: The file cannot be changed.
    """
    with turn(_lock(path)):
        text = _text(path)
        for span in reversed([each for each in spans(text) if each.name == machine]):
            rest = text[span.end :]
            # The line that an entry leaves empty goes, too.
            is_alone = text[: span.start].endswith("\n") or span.start == 0
            is_alone = is_alone and rest[:1] == "\n"
            text = text[: span.start] + (rest[1:] if is_alone else rest)
        _write(path, [text], {}, machine)


def _require_private(path: Path) -> None:
    try:
        require_private(path)
    except InvalidValueError:
        msg = f"{path} can be read by other users, so that its passwords are not safe: run  chmod 600 {path}"
        raise InvalidValueError(msg) from None


def require_folder(path: Path) -> Path:
    """Returns the folder that a netrc file is in.

    Raises:
        InvalidValueError: It does not exist.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        msg = f"{path} cannot be written: its folder does not exist"
        raise InvalidValueError(msg)
    return folder


def _lock(path: Path) -> Path:
    return require_folder(path) / f"{path.name}.lock"


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    read_netrc(path)
    return path.read_text(encoding="utf-8")


def _write(path: Path, texts: Sequence[str], put_in: Mapping[str, Entry], removed: str | None) -> None:
    """Writes a text that holds what it is to hold and all that was there, at best one that Python's reader reads."""
    before = read_netrc(path) if path.exists() else {}
    expected = {**{name: entry for name, entry in before.items() if name != removed}, **put_in}
    fitting = [text for text in texts if entries(text) == expected]
    if not fitting:
        msg = f"{path} is written in a way that cannot be changed safely: edit it by hand"
        raise InvalidValueError(msg)
    write_private(path, next((text for text in fitting if _is_read_by_others(path, text, expected)), fitting[0]))


def _is_read_by_others(path: Path, text: str, expected: Mapping[str, Entry]) -> bool:
    from netrc import NetrcParseError, netrc  # noqa: PLC0415 - only here

    if '"' not in text and "\\" not in text:
        return True
    probe = path.resolve().with_name(f".{path.name}.probe")
    write_private(probe, text)
    try:
        found = netrc(str(probe)).hosts
    except NetrcParseError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return {name: Entry(each[0], each[2]) for name, each in found.items()} == expected


def _with(text: str, machine: str, entry: Entry, style: Callable[[str], str]) -> str:
    values = {"login": style(entry.user), "password": style(entry.password)}
    found = [each for each in spans(text) if each.name == machine]
    if found:
        return _replaced(text, found[-1], values)
    # Python's reader stumbles over a comment behind quotes: they do not stand at the end if that can be helped.
    names = sorted(values, key=lambda name: not values[name].startswith('"'))
    return _added(text, "\n".join([f"machine {machine}", *(f"{name} {values[name]}" for name in names), ""]))


def _replaced(text: str, span: Span, values: Mapping[str, str]) -> str:
    missing = [f" {name} {value}" for name, value in values.items() if name not in span.places]
    edits = [(span.places[name], value) for name, value in values.items() if name in span.places]
    named = span.places["machine"]
    edits.append((Place(named.end, named.end), "".join(missing)))
    for place, value in sorted(edits, reverse=True):
        text = text[: place.start] + value + text[place.end :]
    return text


def _added(text: str, entry: str) -> str:
    default = next((each for each in spans(text) if each.name == "default"), None)
    at = len(text) if default is None else default.start
    before = text[:at]
    gap = "" if not before or before.endswith("\n") else "\n"
    return before + gap + entry + text[at:]


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(value: str) -> str:
    return re.sub(r'([\s"\\#])', r"\\\1", value)
