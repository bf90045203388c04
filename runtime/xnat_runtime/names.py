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


def _problem(name: str) -> str:
    if name.startswith("/"):
        return "is absolute"
    if _DRIVE.match(name):
        return "begins with a drive letter"
    if "\\" in name:
        return "holds a backslash"
    if _CONTROL.search(name):
        return "holds a control character"
    return next((found for part in name.split("/") if (found := _part_problem(part))), "")


def _part_problem(part: str) -> str:
    if part in {"", ".", ".."}:
        return "has an empty, '.' or '..' part"
    if _RESERVED.match(part.partition(".")[0].rstrip()):
        return "is reserved by Windows"
    if len(os.fsencode(part) if part.isprintable() else part.encode("utf-8", "surrogatepass")) > _LONGEST:
        return "is longer than 255 bytes"
    if os.name == "nt" and (part[-1] in ". " or set(part) & set('<>:"|?*')):
        return "is not possible on Windows"
    return ""
