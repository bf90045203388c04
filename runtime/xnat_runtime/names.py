"""Names that a server chose, made sure of before they become files."""

from __future__ import annotations

import os
import re

from .errors import UnsafeNameError

_DRIVE = re.compile(r"\A[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RESERVED = re.compile(
    r"\A(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\Z", re.I
)
_LONGEST = 255
LONGEST_PATH = 4000
"""Bytes of a whole name; systems end at 4,096, the target folder included."""


def safe_parts(name: str) -> tuple[str, ...]:
    r"""Return the folders and the file that a relative name is made of, all of them safe to create.

    Refused are absolute names, drive letters, ``\``, ``.`` and ``..``, empty parts, control characters, parts longer
    than 255 bytes, and the names that Windows reserves for devices (``con``, ``aux.txt``). They are refused on every
    system, so that the same data can be unpacked everywhere or nowhere.

    Args:
        name: A name as an archive or a listing holds it, slashes between folders.

    Raises:
        UnsafeNameError: The name is one of these.
    """
    problem = _problem(name)
    if problem:
        msg = f"The server sent a file name that is not written to disk, because it {problem}: {name!r}."
        raise UnsafeNameError(msg, name=name)
    return tuple(name.split("/"))


def is_text(name: str) -> bool:
    """Return whether a name stands for bytes; lone halves of surrogate pairs, which JSON can hold, do not."""
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == name
    except UnicodeEncodeError:
        return False


def is_reserved(part: str) -> bool:
    """Return whether Windows reserves a name for a device, whatever its suffix (``con``, ``aux.txt``)."""
    return _RESERVED.match(part.partition(".")[0].rstrip()) is not None


def _problem(name: str) -> str:
    if name.startswith("/"):
        return "is absolute"
    if _DRIVE.match(name):
        return "begins with a drive letter"
    if "\\" in name:
        return "holds a backslash"
    if _CONTROL.search(name):
        return "holds a control character"
    return _encoding_problem(name) or next((found for part in name.split("/") if (found := _part_problem(part))), "")


def _encoding_problem(name: str) -> str:
    if not is_text(name):
        return "is no text that a file system can hold"
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST_PATH:
        return f"is longer than {LONGEST_PATH:,} bytes"
    return ""


def _part_problem(part: str) -> str:
    if part in {"", ".", ".."}:
        return "has an empty, '.' or '..' part"
    if is_reserved(part):
        return "is reserved by Windows"
    if len(os.fsencode(part) if part.isprintable() else part.encode("utf-8", "surrogatepass")) > _LONGEST:
        return "is longer than 255 bytes"
    if os.name == "nt" and (part[-1] in ". " or set(part) & set('<>:"|?*')):
        return "is not possible on Windows"
    return ""
