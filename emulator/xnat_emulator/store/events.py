"""Events: who changed something when, and what the request said about it (rest-data 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .database import Database, utc_now

_TABLES = """
CREATE TABLE IF NOT EXISTS event_facts (
    event INTEGER PRIMARY KEY, type TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL, comment TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a request says about its change, in its ``event_...`` parameters.

    Attributes:
        type: ``event_type``.
        action: ``event_action``.
        reason: ``event_reason``, the justification.
        comment: ``event_comment``.
    """

    type: str = ""
    action: str = ""
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded change.

    Attributes:
        id: Its number.
        login: Who made it.
        moment: When, ISO text in UTC.
        facts: What the request said about it.
    """

    id: int
    login: str
    moment: str
    facts: EventFacts


class Events:
    """The table of events.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def record(self, login: str, facts: EventFacts) -> int:
        """Record an event and return its number."""
        number = self._database.run("INSERT INTO events (login, moment) VALUES (?, ?)", (login, utc_now()))
        if facts != EventFacts():
            sql = "INSERT INTO event_facts (event, type, action, reason, comment) VALUES (?, ?, ?, ?, ?)"
            self._database.run(sql, (number, facts.type, facts.action, facts.reason, facts.comment))
        return number

    def get(self, numbers: Sequence[int]) -> list[Event]:
        """Return the events of some numbers, oldest first; unknown numbers are left out."""
        found = (self._one(number) for number in sorted(set(numbers)))
        return [event for event in found if event is not None]

    def _one(self, number: int) -> Event | None:
        sql = (
            "SELECT id, login, moment, COALESCE(type, ''), COALESCE(action, ''), COALESCE(reason, ''), "
            "COALESCE(comment, '') FROM events LEFT JOIN event_facts ON event = id WHERE id = ?"
        )
        for identifier, login, moment, *said in self._database.rows(sql, (number,)):
            return Event(int(str(identifier)), str(login), str(moment), EventFacts(*(str(text) for text in said)))
        return None
