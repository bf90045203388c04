"""Saved searches, and results that are kept for paging (schema-and-search 4.5)."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..datamodel.values import Row
from .database import Database, SqlValue

_TABLES = """
CREATE TABLE IF NOT EXISTS searches (
    id TEXT PRIMARY KEY, root TEXT NOT NULL, tag TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS search_users (
    search TEXT NOT NULL, login TEXT NOT NULL, PRIMARY KEY (search, login)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS search_users_login ON search_users (login);
"""
_KEPT_ROWS = 300_000
"""Rows of stored results that are kept; the newest result is kept whatever its size."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One saved search: its document as XML, and who it belongs to."""

    id: str
    root: str
    tag: str
    document: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """The stored result of a search.

    Attributes:
        id: Its own name.
        login: Who made it.
        search: ID of the search, often empty.
        query: The search itself, to tell whether it is still the same.
        root: Type of the rows.
        columns: Keys in order.
        facts: What is told about each column.
        rows: Key -> cell.
    """

    id: str
    login: str
    search: str
    query: str
    root: str
    columns: tuple[str, ...]
    facts: tuple[Mapping[str, str], ...]
    rows: Sequence[Row]


class Searches:
    """The tables of saved searches, and the newest stored results; these are gone when the server ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()
        database.define(_TABLES)

    def get(self, identifier: str) -> SavedSearch | None:
        """Return a saved search by its ID."""
        found = self._select("WHERE id = ?", (identifier,))
        return found[0] if found else None

    def all(self) -> list[SavedSearch]:
        """Return every saved search, as they were saved."""
        return self._select("", ())

    def _select(self, where: str, parameters: Sequence[SqlValue]) -> list[SavedSearch]:
        users: dict[str, list[str]] = {}
        for search, login in self._database.rows("SELECT search, login FROM search_users ORDER BY login"):
            users.setdefault(str(search), []).append(str(login))
        sql = f"SELECT id, root, tag, document FROM searches {where} ORDER BY rowid"  # noqa: S608 - own words only
        rows = [tuple(str(cell) for cell in row) for row in self._database.rows(sql, parameters)]
        return [SavedSearch(row[0], row[1], row[2], row[3], tuple(users.get(row[0], ()))) for row in rows]

    def save(self, search: SavedSearch) -> None:
        """Store a new or changed search with the logins it belongs to."""
        sql = (
            "INSERT INTO searches (id, root, tag, document) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "root = excluded.root, tag = excluded.tag, document = excluded.document"
        )
        self._database.run(sql, (search.id, search.root, search.tag, search.document))
        self._database.run("DELETE FROM search_users WHERE search = ?", (search.id,))
        for login in search.users:
            self._database.run("INSERT OR IGNORE INTO search_users (search, login) VALUES (?, ?)", (search.id, login))

    def remove(self, identifier: str) -> None:
        """Remove a search."""
        self._database.run("DELETE FROM search_users WHERE search = ?", (identifier,))
        self._database.run("DELETE FROM searches WHERE id = ?", (identifier,))

    def new_id(self) -> str:
        """Return an ID for a copy of a search."""
        return f"xs{secrets.randbelow(10**13):013d}"

    # --- stored results ---

    def keep(self, view: View) -> View:
        """Store a result; it takes the place of an earlier one of the same search and login, and of the oldest."""
        with self._lock:
            self._forget(view.login, view.search)
            self._views[view.id] = view
            kept = sum(len(known.rows) + 1 for known in self._views.values())
            while kept > _KEPT_ROWS and len(self._views) > 1:
                _, oldest = self._views.popitem(last=False)
                kept -= len(oldest.rows) + 1
        return view

    def view(self, identifier: str) -> View | None:
        """Return a stored result by its name."""
        with self._lock:
            return self._views.get(identifier)

    def view_of(self, login: str, search: str) -> View | None:
        """Return what somebody stored of a search with this ID."""
        with self._lock:
            found = (view for view in self._views.values() if view.login == login and view.search == search)
            return next(found, None) if search else None

    def forget(self, login: str, search: str) -> None:
        """Drop what somebody stored of a search."""
        with self._lock:
            self._forget(login, search)

    def _forget(self, login: str, search: str) -> None:
        for view in [view for view in self._views.values() if search and (view.login, view.search) == (login, search)]:
            del self._views[view.id]

    def new_view_id(self) -> str:
        """Return a name for a stored result."""
        return f"xs_{secrets.token_hex(8)}"
