r"""Names that a server gives to files, spelled so that every system can hold them, and read back.

A server runs on a system where a file may be called ``10:20.txt``, ``aux`` or ``report.``; Windows has no such files.
What only some systems refuse is escaped everywhere, as ``%3A`` for a colon, so that the same data has the same names on
all of them, and nothing is lost: `original_part` gives the name back. What tries to lead out of the folder is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from ..errors import UnsafeNameError
from ..names import LONGEST_PATH, is_reserved, is_text

MANIFEST: Final = "manifest.json"
"""File that describes a downloaded folder; a server's own file of that name is escaped where they would meet."""

_OWN: Final = ".xnat-"
_DRIVE: Final = re.compile(r"\A[A-Za-z]:")
_ILLEGAL: Final = re.compile(r'[<>:"|?*/\\\x01-\x1f\x7f\udc80-\udcff]')
_PLAIN: Final = re.compile(r"\A[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\Z")
_ESCAPE: Final = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_LONGEST_PART: Final = 255


def parts_of(name: str) -> tuple[str, ...]:
    r"""Return the folders and the file that a name of the server is made of, as the server spells them.

    Args:
        name: The name, slashes between folders.

    Raises:
        UnsafeNameError: It is absolute or begins with a drive, holds ``\``, NUL, or an empty, ``.`` or ``..`` part, is
            no text, or is longer than 4,000 bytes.
    """
    folder, _, file = name.rpartition("/")
    # Thousands of files share a folder: what is plain and stands in a known one needs no second look.
    is_plain = file.isascii() and "\\" not in file and not _part_problem(file) and len(name) * 4 <= LONGEST_PATH
    problem = "" if is_plain and folder and not _folder_problem(folder) else _problem(name)
    if problem:
        raise _refused(name, problem)
    return tuple(name.split("/"))


def spelled(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders and the file under which the parts of a name are written, possible on every system.

    Slashes and backslashes inside a part belong to it (a scan type may hold them) and are escaped.

    Args:
        parts: The parts, as `parts_of` or a layout gives them.

    Raises:
        UnsafeNameError: A part is empty, ``.`` or ``..``, holds NUL, is no text, or is too long for a file name.
    """
    if len(parts) == 1:
        return (_written(parts[0], is_top=True),)
    return (*_written_folders(parts[:-1]), _written(parts[-1], is_top=False))


def file_spelled(name: str, file: str) -> str:
    """Return the file under which a name is written, when other files in its folders were written before.

    Args:
        name: The name, as for `parts_of`.
        file: Its last part.

    Raises:
        UnsafeNameError: As `parts_of` and `spelled` do.
    """
    if len(name) * 4 > LONGEST_PATH or not file.isascii() or "\\" in file:
        parts_of(name)
    return _written(file, is_top=False)


def original_part(part: str, *, is_top: bool = False) -> str:
    """Return what a part was before it was spelled.

    Args:
        part: The name of a file or folder on this side.
        is_top: Whether it is a file that stands in the target folder itself.
    """
    plain = _unescaped(part)
    return plain if plain is not None and plain != part and _spelled(plain, is_top) == part else part


def _problem(name: str) -> str:
    if name.startswith("/"):
        return "is absolute"
    if _DRIVE.match(name):
        return "begins with a drive letter"
    if "\\" in name:
        return "holds a backslash"
    if not is_text(name):
        return "is no text that a file system can hold"
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST_PATH:
        return f"is longer than {LONGEST_PATH:,} bytes"
    return next((found for part in name.split("/") if (found := _part_problem(part))), "")


@lru_cache(4096)
def _folder_problem(folder: str) -> str:
    return _problem(folder)


def _part_problem(part: str) -> str:
    if part in {"", ".", ".."}:
        return "has an empty, '.' or '..' part"
    if "\0" in part:
        return "holds a control character"
    return ""


@lru_cache(4096)
def _written_folders(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_written(part, is_top=False) for part in parts)


@lru_cache(4096)
def _written(part: str, *, is_top: bool) -> str:
    if _PLAIN.match(part) and len(part) <= _LONGEST_PART and not _is_taken(part, is_top):
        return part
    problem = _part_problem(part) or ("" if is_text(part) else "is no text that a file system can hold")
    # Spelling never makes a name shorter.
    found = "" if problem or len(part) > _LONGEST_PART else _spelled(part, is_top)
    if problem or not found or len(found.encode()) > _LONGEST_PART:
        raise _refused(part, problem or f"is longer than {_LONGEST_PART} bytes")
    return found


def _refused(name: str, problem: str) -> UnsafeNameError:
    shown = name if len(name) <= _LONGEST_PART else f"{name[:_LONGEST_PART]}..."
    msg = f"The server sent a file name that is not written to disk, because it {problem}: {shown!r}."
    return UnsafeNameError(msg, name=name)


@lru_cache(4096)
def _spelled(part: str, is_top: bool) -> str:
    """Return a part unchanged where it is possible everywhere and does not look like an escaped one."""
    is_possible = _ILLEGAL.search(part) is None and part[-1:] not in {".", " "} and not _is_taken(part, is_top)
    if is_possible and original_part(part, is_top=is_top) == part:
        return part
    return _escaped(part, is_first=_is_taken(part, is_top))


def _is_taken(part: str, is_top: bool) -> bool:
    """Return whether a name stands for a device on Windows or for a file of our own."""
    folded = part.casefold()
    return is_reserved(part) or folded.startswith(_OWN) or (is_top and folded == MANIFEST)


def _escaped(part: str, *, is_first: bool) -> str:
    begin = _codes(part[0]) if is_first else ""
    middle = part[1:] if is_first else part
    end = ""
    if middle[-1:] in {".", " "}:
        middle, end = middle[:-1], _codes(middle[-1])
    return begin + _ILLEGAL.sub(lambda found: _codes(found[0]), _ESCAPE.sub("%25", middle)) + end


def _codes(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _unescaped(part: str) -> str | None:
    if _ESCAPE.search(part) is None or not is_text(part):
        return None
    return unquote_to_bytes(part.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape") or None
