"""Accounts with their roles."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from .database import Database, SqlValue, utc_now
from .tokens import Tokens

ADMINISTRATOR = "Administrator"
GUEST = "guest"
KNOWN_ROLES = (ADMINISTRATOR, "DataManager", "SiteUser")
"""The roles that sites were seen to hand out."""

_ROUNDS = 1000
_ADDED = {
    "verified": "INTEGER NOT NULL DEFAULT 1",
    "expired": "INTEGER NOT NULL DEFAULT 0",
    "modified": "TEXT NOT NULL DEFAULT ''",
    "last_login": "TEXT NOT NULL DEFAULT ''",
}
"""Columns that the table of accounts did not have from the start."""

_TABLES = """
CREATE TABLE IF NOT EXISTS roles (login TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (login, role));
"""
_COLUMNS = "number, login, first_name, last_name, email, enabled, verified, expired, modified, last_login"


@dataclass(frozen=True, slots=True)
class User:
    """An account; the password stays in the table.

    Attributes:
        number: The numeric id, ``xdat_user_id``.
        login: The name to log in with.
        first_name: First name.
        last_name: Last name.
        email: Address for mail.
        enabled: May log in.
        verified: The address was confirmed.
        expired: The password is too old.
        modified: When the account was last changed, ISO text in UTC.
        last_login: When its owner last logged in, ISO text in UTC, empty for never.
    """

    number: int
    login: str
    first_name: str
    last_name: str
    email: str
    enabled: bool
    verified: bool = True
    expired: bool = False
    modified: str = ""
    last_login: str = ""


class Users:
    """The tables of accounts and roles; ``tokens`` holds the alias tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)
        known = {str(row[1]) for row in database.rows("PRAGMA table_info(users)")}
        for name, kind in _ADDED.items():
            if name not in known:
                database.run(f"ALTER TABLE users ADD COLUMN {name} {kind}")
        self.tokens = Tokens(database)

    def add(self, login: str, password: str, first_name: str = "", last_name: str = "", email: str = "") -> None:
        """Add an enabled account, or give an existing one this password."""
        sql = (
            "INSERT INTO users (login, password, first_name, last_name, email, enabled, modified) "
            "VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT (login) DO UPDATE SET password = excluded.password"
        )
        self._database.run(sql, (login, _stored(password), first_name, last_name, email, utc_now()))

    def ensure_guest(self) -> None:
        """Add the account that stands for everybody; nobody knows its password."""
        sql = (
            "INSERT OR IGNORE INTO users (login, password, first_name, last_name, email, enabled) "
            "VALUES (?, ?, '', 'Guest', '', 1)"
        )
        self._database.run(sql, (GUEST, _stored(secrets.token_hex(16))))

    def ensure_administrator(self) -> None:
        """Make the first account of an archive administrator where nobody is."""
        first = self._database.rows("SELECT login FROM users ORDER BY number LIMIT 1")
        if first and not self.in_role(ADMINISTRATOR):
            self.grant(str(first[0][0]), ADMINISTRATOR)

    def get(self, login: str) -> User | None:
        """Return an account by its login."""
        return self._first("login = ?", login)

    def by_number(self, number: int) -> User | None:
        """Return an account by its numeric id."""
        return self._first("number = ?", number)

    def by_email(self, email: str) -> list[User]:
        """Return the accounts with an address, whatever the case."""
        return self._select("lower(email) = ?", (email.lower(),))

    def all(self) -> list[User]:
        """Return every account, by last name."""
        return self._select("1")

    def _first(self, where: str, value: SqlValue) -> User | None:
        found = self._select(where, (value,))
        return found[0] if found else None

    def _select(self, where: str, parameters: tuple[SqlValue, ...] = ()) -> list[User]:
        sql = f"SELECT {_COLUMNS} FROM users WHERE {where} ORDER BY last_name, login"  # noqa: S608
        return [_user(row) for row in self._database.rows(sql, parameters)]

    def save(self, user: User) -> None:
        """Store the changed facts of an account; the login stays."""
        sql = (
            "UPDATE users SET first_name = ?, last_name = ?, email = ?, enabled = ?, verified = ?, expired = ?, "
            "modified = ? WHERE login = ?"
        )
        names = (user.first_name, user.last_name, user.email)
        flags = (int(user.enabled), int(user.verified), int(user.expired))
        self._database.run(sql, (*names, *flags, utc_now(), user.login))

    def set_password(self, login: str, password: str) -> None:
        """Give an account a new password, which is not expired."""
        self._database.run("UPDATE users SET password = ?, expired = 0 WHERE login = ?", (_stored(password), login))

    def note_login(self, login: str) -> None:
        """Remember that the owner of an account logged in now."""
        self._database.run("UPDATE users SET last_login = ? WHERE login = ?", (utc_now(), login))

    def check(self, login: str, password: str) -> str | None:
        """Return the login that a name and a password stand for; the name may be a token's alias.

        An account that is not enabled stands for nobody.
        """
        rows = self._database.rows("SELECT password FROM users WHERE login = ? AND enabled = 1", (login,))
        if rows:
            return login if _fits(password, str(rows[0][0])) else None
        owner = self.tokens.check(login, password)
        account = None if owner is None else self.get(owner)
        return account.login if account is not None and account.enabled else None

    # --- roles ---

    def is_administrator(self, login: str) -> bool:
        """Tell whether an account may do everything."""
        sql = "SELECT 1 FROM roles WHERE login = ? AND role = ?"
        return bool(self._database.rows(sql, (login, ADMINISTRATOR)))

    def roles(self, login: str) -> list[str]:
        """Return the roles of an account."""
        rows = self._database.rows("SELECT role FROM roles WHERE login = ? ORDER BY role", (login,))
        return [str(row[0]) for row in rows]

    def in_role(self, role: str) -> list[str]:
        """Return the logins that have a role."""
        rows = self._database.rows("SELECT login FROM roles WHERE role = ? ORDER BY login", (role,))
        return [str(row[0]) for row in rows]

    def grant(self, login: str, role: str) -> None:
        """Give an account a role."""
        self._database.run("INSERT OR IGNORE INTO roles (login, role) VALUES (?, ?)", (login, role))

    def revoke(self, login: str, role: str) -> None:
        """Take a role from an account."""
        self._database.run("DELETE FROM roles WHERE login = ? AND role = ?", (login, role))


def _stored(password: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(password, salt)}"


def _fits(password: str, stored: str) -> bool:
    salt, _, digest = stored.partition(":")
    return bool(digest) and hmac.compare_digest(digest, _digest(password, salt))


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _ROUNDS).hex()


def _user(row: tuple[SqlValue, ...]) -> User:
    number, login, first_name, last_name, email, enabled, verified, expired, modified, last_login = row
    return User(
        number=int(str(number)),
        login=str(login),
        first_name=str(first_name),
        last_name=str(last_name),
        email=str(email),
        enabled=enabled == 1,
        verified=verified == 1,
        expired=expired == 1,
        modified=str(modified),
        last_login=str(last_login),
    )
