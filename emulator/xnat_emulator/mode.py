"""How a server is set up where sites differ."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    version: str = "1.8"
    require_login: bool = True
    checksums: bool = True
    ranges: bool = False
    anonymise: bool = False
    require_reason: bool = False
    sessions_per_user: int = 1000
