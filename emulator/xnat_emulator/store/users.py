"""Accounts, alias tokens and project members."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import time
from dataclasses import dataclass
from uuid import uuid4

from .database import Database, SqlValue

_ROUNDS = 1000
TOKEN_LIFETIME_MS = 172_800_000
"""Two days, the default of a server (recorded answers, D27)."""


@dataclass(frozen=True, slots=True)
class User:
    """An account; the password stays in the table."""

    number: int
    login: str
    first_name: str
    last_name: str
    email: str
    enabled: bool


@dataclass(frozen=True, slots=True, repr=False)
class AliasToken:
    """A token that stands for a login; times in epoch milliseconds."""

    id: int
    alias: str
    secret: str
    login: str
    created: int
    expires: int


class Users:
    """The tables of accounts, tokens and members."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, login: str, password: str, first_name: str = "", last_name: str = "", email: str = "") -> None:
        """Add an account, or give an existing one this password."""
        salt = secrets.token_hex(8)
        sql = (
            "INSERT INTO users (login, password, first_name, last_name, email, enabled) VALUES (?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (login) DO UPDATE SET password = excluded.password"
        )
        self._database.run(sql, (login, f"{salt}:{_digest(password, salt)}", first_name, last_name, email))

    def get(self, login: str) -> User | None:
        """Return an account by its login."""
        return next((user for user in self.all() if user.login == login), None)

    def all(self) -> list[User]:
        """Return every account, by last name."""
        sql = "SELECT number, login, first_name, last_name, email, enabled FROM users ORDER BY last_name, login"
        return [_user(row) for row in self._database.rows(sql)]

    def is_administrator(self, login: str) -> bool:
        """Tell whether an account may do everything: the first account of an archive."""
        return any(user.number == 1 and user.login == login for user in self.all())

    def check(self, login: str, password: str) -> str | None:
        """Return the login that a name and a password stand for; the name may be a token's alias."""
        rows = self._database.rows("SELECT password FROM users WHERE login = ? AND enabled = 1", (login,))
        if rows:
            salt, _, stored = str(rows[0][0]).partition(":")
            return login if hmac.compare_digest(stored, _digest(password, salt)) else None
        token = self.token(login)
        if token is None or token.expires < _now_ms() or not hmac.compare_digest(token.secret, password):
            return None
        return token.login

    def issue(self, login: str) -> AliasToken:
        """Return a new token for a login."""
        created = _now_ms()
        signs = string.ascii_letters + string.digits
        secret = "".join(secrets.choice(signs) for _ in range(64))
        alias = str(uuid4())
        sql = "INSERT INTO tokens (alias, secret, login, created, expires) VALUES (?, ?, ?, ?, ?)"
        number = self._database.run(sql, (alias, secret, login, created, created + TOKEN_LIFETIME_MS))
        return AliasToken(number, alias, secret, login, created, created + TOKEN_LIFETIME_MS)

    def tokens(self, login: str) -> list[AliasToken]:
        """Return the tokens of a login."""
        sql = "SELECT id, alias, secret, login, created, expires FROM tokens WHERE login = ? ORDER BY id"
        return [_token(row) for row in self._database.rows(sql, (login,))]

    def token(self, name: str) -> AliasToken | None:
        """Return a token by its alias or its numeric id."""
        sql = "SELECT id, alias, secret, login, created, expires FROM tokens WHERE alias = ? OR CAST(id AS TEXT) = ?"
        found = self._database.rows(sql, (name, name))
        return _token(found[0]) if found else None

    def invalidate(self, token: AliasToken) -> None:
        """Make a token useless."""
        self._database.run("DELETE FROM tokens WHERE id = ?", (token.id,))

    def join(self, project: str, grouping: str, login: str) -> None:
        """Put an account into a project's group: ``owner``, ``member`` or ``collaborator``."""
        sql = "INSERT OR IGNORE INTO members (project, grouping, login) VALUES (?, ?, ?)"
        self._database.run(sql, (project, grouping, login))

    def members(self, project: str) -> list[tuple[str, User]]:
        """Return group and account of every member of a project."""
        rows = self._database.rows("SELECT grouping, login FROM members WHERE project = ? ORDER BY rowid", (project,))
        found = ((str(grouping), self.get(str(login))) for grouping, login in rows)
        return [(grouping, user) for grouping, user in found if user is not None]

    def disband(self, project: str) -> None:
        """Remove the groups of a project."""
        self._database.run("DELETE FROM members WHERE project = ?", (project,))


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()


def _now_ms() -> int:
    return int(time.time() * 1000)


def _user(row: tuple[SqlValue, ...]) -> User:
    number, login, first_name, last_name, email, enabled = row
    return User(int(str(number)), str(login), str(first_name), str(last_name), str(email), enabled == 1)


def _token(row: tuple[SqlValue, ...]) -> AliasToken:
    number, alias, secret, login, created, expires = row
    return AliasToken(int(str(number)), str(alias), str(secret), str(login), int(str(created)), int(str(expires)))
