"""How many objects of each series are on the server: imports are verified so, since sites change what comes in.

Digests and UIDs do not outlive anonymisation; the number of objects of a series does (dicom-import 30, 31, 44).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..documents import ItemNode, read_table
from ..errors import IncompleteTransferError, NotFoundError

if TYPE_CHECKING:
    from ..verbs_transfer import TransferVerbs
    from .dicom_files import Series

Counted: TypeAlias = Literal["series", "total", "unverified"]
"""Objects were counted by series, only all together (a site that gives series other numbers), or not at all."""

_WEAKEST_FIRST: Final[tuple[Counted, ...]] = ("unverified", "total", "series")
_LABELS: Final = frozenset({"DICOM", "secondary"})
_NOT_WORD: Final = re.compile(r"\W", re.ASCII)


@attrs.frozen
class ServerScan:
    """A scan as the server has it.

    Attributes:
        id: Its ID.
        uid: Series Instance UID, "" when it is not known.
        files: Number of its objects, None when the server has not counted.
    """

    id: str
    uid: str
    files: int | None


@attrs.frozen
class SeriesCount:
    """Objects of a series, here and there; series of one number are counted together.

    Attributes:
        series: Series Instance UIDs here.
        scans: IDs of the scans there.
        sent: Objects here.
        found: Objects there, None when the server has not counted.
    """

    series: tuple[str, ...]
    scans: tuple[str, ...]
    sent: int
    found: int | None

    @property
    def is_short(self) -> bool:
        """Whether there are fewer there; a session that had some before may have more."""
        return self.found is not None and self.found < self.sent


def scans_of(node: ItemNode) -> list[ServerScan]:
    """Return the scans of an experiment's document."""
    found: list[ServerScan] = []
    for scan in node.children("scans/scan"):
        kept = [one.fields for one in scan.children("file") if one.fields.get("label") in _LABELS]
        counts = [_whole(fields.get("file_count")) for fields in kept]
        found.append(ServerScan(_text(scan, "ID"), _text(scan, "UID"), _sum(counts)))
    return found


def received_scans(session: TransferVerbs, uri: str) -> list[ServerScan] | None:
    """Return the scans of a received session, None when it is not built yet: one request."""
    path = f"{uri}/resources"
    try:
        rows = read_table(session.get_json(path), path)
    except NotFoundError:
        return None
    counts: dict[str, list[int | None]] = {}
    for row in rows:
        if row.get("category") == "scans" and row.get("label") in _LABELS:
            counts.setdefault(str(row.get("cat_id") or ""), []).append(_whole(row.get("file_count")))
    return [ServerScan(scan, "", _sum(found)) for scan, found in counts.items()]


def compared(series: Sequence[Series], scans: Sequence[ServerScan]) -> tuple[SeriesCount, ...]:
    """Return the counts of series and of the scans that they became.

    By Series Instance UID where the server knows all of them, else by number: series of one number become scans of
    that number with a suffix. Where no scan can be told for a series, all are counted together.
    """
    by_uid = {scan.uid: scan for scan in scans if scan.uid}
    if all(one.uid in by_uid for one in series):
        return tuple(_count([one], [by_uid[one.uid]]) for one in _joined(series))
    groups: dict[str, list[Series]] = {}
    for one in series:
        groups.setdefault(one.number or _NOT_WORD.sub("_", one.uid), []).append(one)
    found = {number: [scan for scan in scans if _is_of(scan, number)] for number in groups}
    if all(found.values()):
        return tuple(_count(members, found[number]) for number, members in groups.items())
    return (_count(series, scans),)


def counted_by(counts: Sequence[SeriesCount], series: Sequence[Series]) -> Counted:
    """Return how objects were counted."""
    if not counts or any(one.found is None for one in counts):
        return "unverified"
    return "total" if len(counts) == 1 and len({one.number for one in series}) > 1 else "series"


def weakest(ways: Iterable[Counted]) -> Counted:
    """Return how the objects of several sessions were counted: no better than the worst."""
    found = set(ways)
    for way in _WEAKEST_FIRST:
        if way in found:
            return way
    return "unverified"


def require_all(counts: Iterable[SeriesCount], place: str) -> None:
    """Return when no series has fewer objects there than here.

    Raises:
        IncompleteTransferError: One has; names it.
    """
    short = next((one for one in counts if one.is_short), None)
    if short is not None:
        named = f"series {short.series[0]}" if len(short.series) == 1 else f"{len(short.series)} series together"
        msg = (
            f"{place} has {short.found:,} objects of {named}, and {short.sent:,} were sent. An import filter of the "
            "site or project may keep some out; verify=False leaves out the comparison."
        )
        raise IncompleteTransferError(msg, expected=short.sent, received=short.found or 0)


def _joined(series: Sequence[Series]) -> list[Series]:
    """Return series with those of one UID and several numbers as one."""
    found: dict[str, Series] = {}
    for one in series:
        known = found.get(one.uid)
        found[one.uid] = one if known is None else attrs.evolve(known, instances=known.instances + one.instances)
    return list(found.values())


def _count(series: Sequence[Series], scans: Sequence[ServerScan]) -> SeriesCount:
    sent = sum(len(one.instances) for one in series)
    uids = tuple(dict.fromkeys(one.uid for one in series))
    return SeriesCount(uids, tuple(scan.id for scan in scans), sent, _sum([scan.files for scan in scans]))


def _is_of(scan: ServerScan, number: str) -> bool:
    return scan.id == number or re.fullmatch(rf"{re.escape(number)}-[A-Z]+\d+", scan.id) is not None


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _whole(value: object) -> int | None:
    text = str(value).strip() if value is not None else ""
    return int(text) if text.isdigit() else None


def _text(node: ItemNode, field: str) -> str:
    return str(node.fields.get(field) or "")
