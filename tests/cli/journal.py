"""What commands sent, and what they noted of it."""

from __future__ import annotations

import json
from typing import Any

from .screen import Desk

_LOGIN = ("/data/services/auth", "/data/JSESSION")


def sent(server: Any, since: int) -> list[str]:
    """Returns the requests of a command, without login and logout."""
    return [f"{one.method} {one.path}" for one in list(server.requests)[since:] if not one.path.startswith(_LOGIN)]


def writes(server: Any, since: int) -> list[str]:
    """Returns those that may have changed something."""
    return [each for each in sent(server, since) if not each.startswith(("GET ", "HEAD "))]


def record(desk: Desk) -> list[dict[str, Any]]:
    """Returns the lines of the record of changes; none when there is no record."""
    path = desk.home / ".local" / "state" / "xnat-sdk" / "record.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
