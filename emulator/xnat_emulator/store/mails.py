"""Mails that the server was asked to send; they are kept, never sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .database import Database, utc_now

_TABLES = """
CREATE TABLE IF NOT EXISTS mails (
    number INTEGER PRIMARY KEY, login TEXT NOT NULL, moment TEXT NOT NULL, recipients TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL);
"""

_MOST = 10_000
"""Mails that are kept."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; ``to``, ``cc`` and ``bcc`` -> addresses."""

    login: str
    recipients: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    subject: str = ""
    text: str = ""
    html: str = ""


class Mails:
    """The table of mails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def add(self, mail: Mail) -> None:
        """Keep a mail; the oldest goes when there are too many."""
        sql = "INSERT INTO mails (login, moment, recipients, subject, text, html) VALUES (?, ?, ?, ?, ?, ?)"
        told = json.dumps(mail.recipients)
        number = self._database.run(sql, (mail.login, utc_now(), told, mail.subject, mail.text, mail.html))
        self._database.run("DELETE FROM mails WHERE number <= ?", (number - _MOST,))

    def all(self) -> list[Mail]:
        """Return the mails that are kept, oldest first."""
        rows = self._database.rows("SELECT login, recipients, subject, text, html FROM mails ORDER BY number")
        return [
            Mail(str(login), json.loads(str(recipients)), str(subject), str(text), str(html))
            for login, recipients, subject, text, html in rows
        ]
