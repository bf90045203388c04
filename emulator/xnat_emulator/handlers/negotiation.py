"""Which form of an answer is wanted: ``format=`` wins over the ``Accept`` header (rest-data 3.1 to 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from ..call import Call

_FORMATS = frozenset({"json", "xml", "csv", "txt", "html", "zip", "tar.gz", "tar", "xlist", "xcat", "xar"})
_MEDIA_TYPES = {
    "application/json": "json",
    "text/xml": "xml",
    "text/csv": "csv",
    "application/vnd.ms-excel": "csv",
    "text/html": "html",
}


def wanted_form(call: Call, variants: Mapping[str, str]) -> str:
    """Return the form that a request asks for.

    Args:
        call: The request. Values of ``format`` that nobody knows leave the choice to the variants.
        variants: Media type -> form, in the order in which the resource registers them.
    """
    asked = (call.parameter("format") or "").lower()
    if asked in _FORMATS:
        return asked
    if "/" in asked:
        return _MEDIA_TYPES.get(asked, asked)
    return accepted(call.headers.get("accept", "*/*"), variants)


def accepted(header: str, variants: Mapping[str, str]) -> str:
    """Return the variant that an ``Accept`` header wants most, of equally wanted ones the first."""
    ranges: dict[str, float] = {}
    for part in header.split(","):
        media, _, rest = part.partition(";")
        ranges[media.strip().lower()] = _quality(rest)
    wanted = {media: _wanted(ranges, media) for media in variants}
    best = max(wanted, key=lambda media: wanted[media])
    return variants[best]


def _quality(rest: str) -> float:
    for part in rest.split(";"):
        name, _, text = part.partition("=")
        if name.strip() == "q":
            try:
                return float(text)
            except ValueError:
                return 0.0
    return 1.0


def _wanted(ranges: Mapping[str, float], media: str) -> float:
    family = f"{media.partition('/')[0]}/*"
    return next((ranges[name] for name in (media, family, "*/*") if name in ranges), 0.0)
