"""Alias tokens: names and secrets that stand for a login for a while (rest-data 2.8)."""

from __future__ import annotations

import hmac
import secrets
import string
import time
from dataclasses import dataclass
from uuid import uuid4

from .database import Database, SqlValue

TOKEN_LIFETIME_MS = 172_800_000
"""Two days, the default of a server (recorded answers, D27)."""

_COLUMNS = "id, alias, secret, login, created, expires"


@dataclass(frozen=True, slots=True, repr=False)
class AliasToken:
    """A token that stands for a login; times in epoch milliseconds."""

    id: int
    alias: str
    secret: str
    login: str
    created: int
    expires: int


class Tokens:
    """The table of alias tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, login: str) -> AliasToken:
        """Return a new token for a login."""
        created = _now_ms()
        signs = string.ascii_letters + string.digits
        secret = "".join(secrets.choice(signs) for _ in range(64))
        alias = str(uuid4())
        sql = "INSERT INTO tokens (alias, secret, login, created, expires) VALUES (?, ?, ?, ?, ?)"
        number = self._database.run(sql, (alias, secret, login, created, created + TOKEN_LIFETIME_MS))
        return AliasToken(number, alias, secret, login, created, created + TOKEN_LIFETIME_MS)

    def of(self, login: str) -> list[AliasToken]:
        """Return the tokens of a login."""
        return self._select("login = ?", (login,))

    def get(self, name: str) -> AliasToken | None:
        """Return a token by its alias or its numeric id."""
        found = self._select("alias = ? OR CAST(id AS TEXT) = ?", (name, name))
        return found[0] if found else None

    def by_alias(self, alias: str) -> AliasToken | None:
        """Return a token by its alias."""
        found = self._select("alias = ?", (alias,))
        return found[0] if found else None

    def _select(self, where: str, parameters: tuple[SqlValue, ...]) -> list[AliasToken]:
        sql = f"SELECT {_COLUMNS} FROM tokens WHERE {where} ORDER BY id"  # noqa: S608
        return [_token(row) for row in self._database.rows(sql, parameters)]

    def check(self, alias: str, secret: str) -> str | None:
        """Return the login of a token that is not over, None when alias or secret are wrong."""
        token = self.by_alias(alias)
        if token is None or token.expires < _now_ms() or not hmac.compare_digest(token.secret, secret):
            return None
        return token.login

    def invalidate(self, token: AliasToken) -> None:
        """Make a token useless."""
        self._database.run("DELETE FROM tokens WHERE id = ?", (token.id,))

    def invalidate_all(self, login: str) -> None:
        """Make every token of a login useless."""
        self._database.run("DELETE FROM tokens WHERE login = ?", (login,))


def _now_ms() -> int:
    return int(time.time() * 1000)


def _token(row: tuple[SqlValue, ...]) -> AliasToken:
    number, alias, secret, login, created, expires = row
    return AliasToken(int(str(number)), str(alias), str(secret), str(login), int(str(created)), int(str(expires)))
