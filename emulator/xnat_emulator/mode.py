"""How a server is set up where sites differ."""

from __future__ import annotations

from dataclasses import dataclass, fields

from . import checks

VERSIONS = ("1.7", "1.8", "1.9")
"""Release lines a server can behave like."""

PLUGINS = ("containers", "dicomwebproxy", "ohifViewerPlugin", "xsyncPlugin")
"""Plugins that a server can have, by their ids."""


@dataclass(frozen=True, slots=True)
class Slow:
    """How slow a site is; 0 switches the one thing off.

    Attributes:
        request_ms: Milliseconds every answer is held back.
        archive_ms: Milliseconds more until the first byte of a zip or tar archive.
        bytes_per_second: Most bytes of body a second, each way, on one connection.
        proxy_timeout_ms: Milliseconds a proxy before the site waits for the first byte of an answer. Then it answers
            504, while the server goes on with the work.

    Raises:
        ValueError: One is no whole number from 0 on.
    """

    request_ms: int = 300
    archive_ms: int = 5_000
    bytes_per_second: int = 2_000_000
    proxy_timeout_ms: int = 60_000

    def __post_init__(self) -> None:
        for own in fields(self):
            checks.whole(f"{own.name} of Slow", getattr(self, own.name))


@dataclass(frozen=True, slots=True)
class Mode:
    """One way a site is set up; the defaults are those of a stock server.

    Attributes:
        version: Release line that the server behaves like: ``1.7``, ``1.8`` or ``1.9``.
        require_login: Nobody reads anything without an account (rest-data 2.5).
        checksums: Catalogs hold MD5 digests (rest-data 10.3).
        ranges: File downloads honour ``Range``; a stock server sends everything.
        anonymise: Imported DICOM gets new UIDs, so that digests change too.
        require_reason: A change without ``event_reason`` is refused (rest-data 1.8).
        sessions_per_user: HTTP sessions an account may hold at a time (rest-data 2.1.8).
        slow: How slow the site is, None for one that answers at once.
        plugins: Ids of the plugins that are installed, of ``PLUGINS``.

    Raises:
        ValueError: The version is none of ``VERSIONS``, a plugin none of ``PLUGINS``, or no session is allowed.
        TypeError: ``slow`` is neither a ``Slow`` nor None.
    """

    version: str = "1.8"
    require_login: bool = True
    checksums: bool = True
    ranges: bool = False
    anonymise: bool = False
    require_reason: bool = False
    sessions_per_user: int = 1000
    slow: Slow | None = None
    plugins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"XNAT {self.version} is not known to the emulator: take one of {', '.join(VERSIONS)}")
        checks.whole("sessions_per_user of a Mode", self.sessions_per_user, 1)
        for plugin in self.plugins:
            checks.one_of("a plugin of a Mode", plugin, PLUGINS)
        if self.slow is not None:
            checks.kind("slow of a Mode", self.slow, Slow, "Slow(request_ms=50)")
