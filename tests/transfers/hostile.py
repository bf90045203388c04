"""Names that must not become paths as they are: every trick at every place of a name, and archives that hold them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

DEVICES = (
    "con", "prn", "aux", "nul", "conin$", "conout$",
    *(f"{port}{number}" for port in ("com", "lpt") for number in (*"0123456789", "\u00b9", "\u00b2", "\u00b3")),
)  # fmt: skip
CONTROLS = tuple(chr(number) for number in (*range(32), 127))
ILLEGAL = tuple('<>:"|?*')
TRAVERSALS = (
    "..", "../..", "../../../../../../../..", "./..", "a/../..", "....//..", "..;/..", "%2e%2e", "%2e%2e%2f%2e%2e",
    "..%2f..", "..%5c..", "%252e%252e", "\u2025", "\uff0e\uff0e", "..\u200c", ".\u200b.", "..\u0301", "..\ufeff",
)  # fmt: skip
BACKSLASHES = ("..\\..", "a\\..\\..\\b", "\\", "\\\\host\\share", "\\\\?\\C:\\", "\\\\.\\PhysicalDrive0", "a\\b")
ABSOLUTE = ("/", "//", "///etc", "/etc", "/dev", "/proc/self", "~", "~root", "$HOME", "${HOME}", "file:///etc")
DRIVES = ("C:", "c:/", "C:\\", "Z:x", "C:..", "C:../..", "\\\\?\\C:")
STREAMS = (":$DATA", "::$DATA", ":stream", ":$I30:$INDEX_ALLOCATION")
ENDS = (".", " ", "..", ". ", " .", "...", "\u00a0")
LONG = ("x" * 256, "\u00e9" * 128, "x" * 5000, "/".join(["d" * 200] * 30))
ODD = ("\u202egnp.exe", "\u2215", "\uff0f", "\uff3c", "\ufffd", "\u0000", "\u2028", "\ud800", "\udcff", "\U0001f4a9")
OWN = ("manifest.json", "MANIFEST.JSON", ".xnat-transfer.jsonl", ".xnat-0123456789abcdef.part", ".XNAT-x.part")


def names() -> list[str]:
    """Return hostile names, none twice."""
    return list(dict.fromkeys(_names()))


def _names() -> Iterator[str]:
    for trick in (*TRAVERSALS, *BACKSLASHES, *ABSOLUTE, *DRIVES):
        yield from (trick, f"{trick}/evil", f"S/{trick}/evil", f"S/scans/1/{trick}", f"{trick}evil")
    for device in DEVICES:
        yield from (device, f"{device.upper()}.dcm", f"S/{device}.tar.gz", f"S/{device}/evil", f"S/{device} .txt")
    for control in CONTROLS:
        yield from (f"S/a{control}b", f"{control}", f"S/{control}/evil", f"..{control}/evil", f"S/evil{control}")
    for letter in ILLEGAL:
        yield from (f"S/a{letter}b", f"S/{letter}", f"{letter}/evil", f"S/evil{letter}")
    for end in (*ENDS, *STREAMS):
        yield from (f"S/evil{end}", f"S/evil{end}/a", f"..{end}", f"..{end}/evil", f"S/{end}")
    for odd in (*LONG, *ODD):
        yield from (odd, f"S/{odd}", f"{odd}/evil", f"S/{odd}/../evil")
    for own in OWN:
        yield from (own, f"S/{own}", f"./{own}", f"{own}/evil")
    yield from ("", ".", "./", "S/", "S//evil", "S/./evil", "evil/", "S/evil/.", "S/evil/..", "S/evil/../../..")


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an archive with names as they are; libraries that write archives would tidy them."""
    local, table, count = bytearray(), bytearray(), 0
    for name, content in members:
        raw = name.encode("utf-8", "surrogatepass" if "\ud800" in name else "surrogateescape")
        sizes = struct.pack("<III", zlib.crc32(content), len(content), len(content))
        facts = struct.pack("<HHHHH", 20, 0x800, 0, 0, 0x21) + sizes + struct.pack("<HH", len(raw), 0)
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(local))
        table += b"PK\x01\x02" + struct.pack("<H", 20) + facts + place + raw
        local += b"PK\x03\x04" + facts + raw + content
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(table), len(local), 0)
    return bytes(local + table) + b"PK\x05\x06" + end
