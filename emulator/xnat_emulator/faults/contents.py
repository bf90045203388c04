"""Faults in what an answer holds: archives, listings, and the state of the prearchive."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar

from .. import checks
from ..call import Call, Reply
from .effect import Chunks, Effect, whole_body, with_body

HOSTILE_NAMES = (
    "../../outside",
    "/absolute",
    "C:\\absolute",
    "..\\backslash",
    "line\nbreak",
    "con",
    "trailing. ",
    "\u202egnp.exe",
    'quote"and%2F..%2Fescape',
)
"""Names that must not become paths as they are."""


def _is_zip(reply: Reply) -> bool:
    named = any(name == "Content-Disposition" and ".zip" in value for name, value in reply.headers)
    return reply.status == 200 and (reply.media_type.startswith("application/zip") or named)


class _ZipEffect(Effect):
    method: ClassVar[str] = "GET"

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return a zip that is not what it should be; any other reply as it is."""
        del call
        if not _is_zip(reply):
            return reply
        sized = isinstance(reply.body, bytes) or any(name.lower() == "content-length" for name, _ in reply.headers)
        data = self._spoilt(whole_body(reply))
        return with_body(reply, data if sized else Chunks(data))

    def _spoilt(self, data: bytes) -> bytes:
        return data


@dataclass(frozen=True)
class TruncatedZip(_ZipEffect):
    """Sends the first part of a zip as if it was whole (rest-data 10.5.5).

    Attributes:
        keep: Which part is sent, 0 to 1.
    """

    keep: float = 0.5

    def __post_init__(self) -> None:
        checks.number("keep of TruncatedZip", self.keep, 0, 1)

    def _spoilt(self, data: bytes) -> bytes:
        return data[: int(len(data) * self.keep)]


@dataclass(frozen=True)
class CorruptZip(_ZipEffect):
    """Changes one byte in the middle of every member of a zip, so that its checksum does not fit."""

    def _spoilt(self, data: bytes) -> bytes:
        found = bytearray(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if member.compress_size > 0]
        for member in members:
            lengths = found[member.header_offset + 26 : member.header_offset + 30]
            start = member.header_offset + 30 + int.from_bytes(lengths[:2], "little")
            start += int.from_bytes(lengths[2:], "little")
            found[start + member.compress_size // 2] ^= 0xFF
        return bytes(found)


@dataclass(frozen=True)
class HostileMembers(_ZipEffect):
    """Gives the members of a zip names that lead out of the folder, or that no file system likes.

    Attributes:
        names: The names; each member takes the next, and members beyond keep theirs.
    """

    names: tuple[str, ...] = HOSTILE_NAMES

    def __post_init__(self) -> None:
        checks.names("names of HostileMembers", self.names)

    def _spoilt(self, data: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as renamed:
            for number, member in enumerate(source.infolist()):
                name = self.names[number] if number < len(self.names) else member.filename
                renamed.writestr(zipfile.ZipInfo(name, member.date_time), source.read(member))
        return target.getvalue()


_DIGEST = re.compile(r"\b[0-9a-f]{32}\b")
_TEXTUAL = ("application/json", "text/")


def _text_of(reply: Reply) -> str | None:
    if reply.status != 200 or not reply.media_type.startswith(_TEXTUAL):
        return None
    body = whole_body(reply)
    reply.body = body
    return body.decode("utf-8", "replace")


@dataclass(frozen=True)
class WrongDigest(Effect):
    """Changes every MD5 digest in listings and catalogs."""

    method: ClassVar[str] = "GET"

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return the listing with other digests."""
        del call
        text = _text_of(reply)
        if text is None:
            return reply
        return with_body(reply, _DIGEST.sub(lambda found: _other_digest(found[0]), text).encode())


def _other_digest(digest: str) -> str:
    """Return a digest in which every sign differs."""
    return "".join(f"{15 - int(sign, 16):x}" for sign in digest)


class _ListingEffect(Effect):
    method: ClassVar[str] = "GET"

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return a JSON listing with other values; any other reply as it is."""
        del call
        text = _text_of(reply)
        if text is None or not text.startswith('{"ResultSet"'):
            return reply
        return with_body(reply, self._rewritten(text).encode())

    def _rewritten(self, text: str) -> str:
        return text


def _replace_values(text: str, key: str, value: Callable[[int, str], str], prefix: str = "") -> str:
    """Return JSON text in which the values of a key are what ``value`` makes of (row number, old value)."""
    pattern = re.compile(rf'("{re.escape(key)}":"{prefix})((?:[^"\\]|\\.)*)"')
    numbers = count()

    def replaced(found: re.Match[str]) -> str:
        old: str = json.loads(f'"{found[2]}"')
        return f"{found[1]}{json.dumps(value(next(numbers), old), ensure_ascii=False)[1:]}"

    return pattern.sub(replaced, text)


@dataclass(frozen=True)
class DuplicateLabels(_ListingEffect):
    """Gives the second row of JSON listings the label of the first.

    Attributes:
        column: The column that is doubled.
    """

    column: str = "label"

    def __post_init__(self) -> None:
        checks.label("column of DuplicateLabels", self.column)

    def _rewritten(self, text: str) -> str:
        seen: list[str] = []

        def doubled(_: int, old: str) -> str:
            seen.append(old)
            return seen[0] if len(seen) == 2 else old

        return _replace_values(text, self.column, doubled)


@dataclass(frozen=True)
class HostileLabels(_ListingEffect):
    """Puts names into JSON listings that must not become paths: labels, names of files, and the ends of their URIs.

    Attributes:
        names: The names; each row takes the next, and rows beyond keep theirs.
    """

    names: tuple[str, ...] = HOSTILE_NAMES

    def __post_init__(self) -> None:
        checks.names("names of HostileLabels", self.names)

    def _rewritten(self, text: str) -> str:
        for key, prefix in (("label", ""), ("Name", ""), ("URI", '[^"]*/files/')):
            text = _replace_values(text, key, self._name, prefix)
        return text

    def _name(self, number: int, old: str) -> str:
        return self.names[number] if number < len(self.names) else old


@dataclass(frozen=True)
class StalePrearchive(Effect):
    """Repeats the first answer to each request for the prearchive, whatever happened since."""

    method: ClassVar[str] = "GET"
    path: ClassVar[str] = "*/prearchive*"
    _seen: dict[str, tuple[int, bytes, str]] = field(
        default_factory=dict[str, tuple[int, bytes, str]], init=False, repr=False, compare=False
    )

    def fresh(self) -> StalePrearchive:
        """Return an effect that has seen nothing."""
        return StalePrearchive()

    def changed(self, call: Call, reply: Reply) -> Reply:
        """Return what was answered first."""
        first = (reply.status, whole_body(reply), reply.media_type)
        status, body, media_type = self._seen.setdefault(f"{call.path}?{call.query}", first)
        headers = with_body(reply, b"").headers
        return Reply(status, body, media_type, headers)
