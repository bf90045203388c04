"""What a server says about itself: version, build and uptime."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import attrs

from .errors import InvalidValueError, NotFoundError, UnexpectedAnswerError

if TYPE_CHECKING:
    from .verbs import Verbs

BUILD_INFO_PATH = "/xapi/siteConfig/buildInfo"
UPTIME_PATH = "/xapi/siteConfig/uptime"
_OLD_VERSION_PATH = "/data/version"
_VERSION = re.compile(r"\A\s*v?(\d{1,9}(?:\.\d{1,9}){0,7})(?:[-.+_ ]?([0-9A-Za-z].*?))?\s*\Z", re.S)


@functools.total_ordering
@attrs.frozen(eq=False, repr=False)
class Version:
    """A version of XNAT, such as ``1.8``, ``1.9.2.1`` or ``1.8.11-SNAPSHOT``; compares with others and with texts.

    Missing numbers count as 0, and what has a qualifier comes before the release of the same numbers:
    ``1.8.10 < 1.8.11-SNAPSHOT < 1.8.11 == 1.8.11.0``.

    Attributes:
        text: As the server writes it.
        numbers: The numbers, as many as were written.
        qualifier: What follows them, such as ``SNAPSHOT`` or ``RC1``; "" for a release.
    """

    text: str
    numbers: tuple[int, ...]
    qualifier: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Returns the version that a text names.

        Raises:
            InvalidValueError: The text begins with no number.
        """
        match = _VERSION.match(text)
        if match is None:
            msg = f"{text[:40]!r} is no version like 1.8.10, 1.9.2.1 or 1.8.11-SNAPSHOT."
            raise InvalidValueError(msg)
        return cls(text.strip(), tuple(int(number) for number in match[1].split(".")), match[2] or "")

    @property
    def is_release(self) -> bool:
        """Whether it has no qualifier."""
        return not self.qualifier

    def _key(self) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int | str], ...]]:
        numbers = self.numbers
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        # Runs of digits compare as numbers: RC2 comes before RC10.
        pieces = re.findall(r"\d+|\D+", self.qualifier.lower())
        return numbers, self.is_release, tuple((0, int(one)) if one.isdecimal() else (1, one) for one in pieces)

    def __eq__(self, other: object) -> bool:
        found = _as_version(other)
        return NotImplemented if found is None else self._key() == found._key()

    def __lt__(self, other: Version | str | tuple[int, ...]) -> bool:
        found = _as_version(other)
        return NotImplemented if found is None else self._key() < found._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Version({self.text!r})"


def _as_version(other: object) -> Version | None:
    if isinstance(other, str):
        return Version.parse(other)
    if isinstance(other, tuple):
        # cast: isinstance cannot look into the tuple.
        return Version.parse(".".join(str(number) for number in cast("tuple[int, ...]", other)))
    return other if isinstance(other, Version) else None


@attrs.frozen
class ServerInfo:
    """What a server says about itself.

    Attributes:
        version: Its version.
        build_info: All that ``/xapi/siteConfig/buildInfo`` answers, as texts; empty before XNAT 1.7.
    """

    version: Version
    build_info: Mapping[str, str]

    @property
    def build_time(self) -> datetime.datetime | None:
        """When the server was built, None when it does not say."""
        stamp = self.build_info.get("timestamp", "")
        return datetime.datetime.fromtimestamp(int(stamp) / 1000, datetime.UTC) if stamp.isdecimal() else None


def server_info(session: Verbs) -> ServerInfo:
    """Returns what the server says about itself: one request, two before XNAT 1.7.

    Raises:
        UnexpectedAnswerError: The server names no version.
    """
    info = build_info(session)
    text = info.get("version", "") if info else session.get(_OLD_VERSION_PATH).text
    try:
        return ServerInfo(Version.parse(text), info)
    except InvalidValueError:
        msg = "the answer names no version"
        raise UnexpectedAnswerError(msg, method="GET", url=BUILD_INFO_PATH) from None


def build_info(session: Verbs) -> dict[str, str]:
    """Returns the facts of the build as texts, none before XNAT 1.7: one request."""
    try:
        found = session.get_json(BUILD_INFO_PATH)
    except NotFoundError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def uptime(session: Verbs) -> dict[str, str]:
    """Returns days, hours, minutes and seconds since the server started, as texts: one request.

    Raises:
        UnexpectedAnswerError: The server does not say.
    """
    found = session.get_json(UPTIME_PATH)
    if not isinstance(found, dict):
        msg = "the answer names no days, hours, minutes and seconds"
        raise UnexpectedAnswerError(msg, method="GET", url=UPTIME_PATH)
    return {str(name): str(value) for name, value in found.items()}


def as_duration(parts: Mapping[str, str]) -> datetime.timedelta:
    """Returns an uptime as a duration; parts that are missing or no numbers count as 0."""
    return datetime.timedelta(
        days=_number(parts, "days"),
        hours=_number(parts, "hours"),
        minutes=_number(parts, "minutes"),
        seconds=_number(parts, "seconds"),
    )


def _number(parts: Mapping[str, str], name: str) -> float:
    text = parts.get(name, "")
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d+)?", text) else 0.0
