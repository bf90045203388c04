"""The SQLite database of an archive: tables, transactions and counters."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

SqlValue: TypeAlias = str | int | float | bytes | None

_TABLES = """
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, login TEXT NOT NULL, moment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (
    number INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, password TEXT NOT NULL, first_name TEXT NOT NULL,
    last_name TEXT NOT NULL, email TEXT NOT NULL, enabled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    id INTEGER PRIMARY KEY, alias TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, login TEXT NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS members (
    project TEXT NOT NULL, grouping TEXT NOT NULL, login TEXT NOT NULL, PRIMARY KEY (project, grouping, login));
CREATE TABLE IF NOT EXISTS items (
    row INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, xsi_type TEXT NOT NULL, id TEXT NOT NULL,
    label TEXT NOT NULL, project TEXT NOT NULL, subject TEXT NOT NULL, session TEXT NOT NULL, owner INTEGER,
    slot TEXT NOT NULL, number INTEGER NOT NULL, inserted TEXT NOT NULL, inserted_by TEXT NOT NULL,
    modified TEXT NOT NULL, document TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'active');
CREATE INDEX IF NOT EXISTS items_id ON items (kind, id);
CREATE INDEX IF NOT EXISTS items_label ON items (kind, project, label);
CREATE INDEX IF NOT EXISTS items_subject ON items (subject);
CREATE INDEX IF NOT EXISTS items_session ON items (session);
CREATE INDEX IF NOT EXISTS items_owner ON items (owner);
CREATE TABLE IF NOT EXISTS shares (
    row INTEGER NOT NULL, project TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (row, project));
CREATE INDEX IF NOT EXISTS shares_label ON shares (project, label);
CREATE TABLE IF NOT EXISTS deleted_projects (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS files (
    row INTEGER PRIMARY KEY, resource INTEGER NOT NULL, path TEXT NOT NULL, blob TEXT NOT NULL,
    size INTEGER NOT NULL, digest TEXT NOT NULL, crc INTEGER NOT NULL, format TEXT NOT NULL, content TEXT NOT NULL,
    description TEXT NOT NULL, tags TEXT NOT NULL, created TEXT NOT NULL, created_by TEXT NOT NULL,
    event INTEGER NOT NULL, uid TEXT NOT NULL, instance INTEGER, UNIQUE (resource, path));
"""


def utc_now(precision: str = "milliseconds") -> str:
    """Return the current moment as ISO text in UTC."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec=precision)


class DatabaseUnusable(OSError):  # noqa: N818 - says what is the matter
    """A database file cannot be opened or made, or it is none."""


def _connect(path: Path) -> sqlite3.Connection:
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        # What is committed stands in the log file before the answer goes out: the system writes it even when this
        # process is killed. Only a machine that loses power could lose it, which is no test server's business.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        _upgrade(connection)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise DatabaseUnusable(f"Cannot use the database {path}: {error}") from error
    return connection


def _upgrade(connection: sqlite3.Connection) -> None:
    """Add what an archive of an earlier release lacks."""
    if not any(column[1] == "status" for column in connection.execute("PRAGMA table_info(items)")):
        connection.execute("ALTER TABLE items ADD COLUMN status TEXT NOT NULL DEFAULT 'active'")


class Database:
    """One connection, shared by all threads under one lock.

    Args:
        path: The database file; it is made when missing.

    Raises:
        DatabaseUnusable: The file cannot be opened or made, or is no database.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._connection = _connect(path)

    def define(self, tables: str) -> None:
        """Make the tables of one area of the archive, unless they are there; outside of any transaction."""
        with self._lock:
            self._connection.executescript(tables)

    def close(self) -> None:
        """Close the connection; the file stays."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep other threads out and make everything inside one change, undone when it fails.

        A transaction inside another is undone alone when it fails, so that the outer one may go on.
        """
        with self._lock:
            if self._depth:
                with self._savepoint():
                    yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # Also when a full disk refuses the COMMIT: left open, the transaction would block every later one.
                self._connection.rollback()
                self._after_commit.clear()
                raise
            finally:
                self._depth = 0
            callbacks, self._after_commit = self._after_commit, []
            for callback in callbacks:
                callback()

    @contextmanager
    def _savepoint(self) -> Generator[None]:
        name, callbacks = f"inner_{self._depth}", len(self._after_commit)
        self._connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # some errors of the database have ended it already
                self._connection.execute(f"ROLLBACK TO {name}")
            del self._after_commit[callbacks:]
            raise
        finally:
            self._depth -= 1
            if self._connection.in_transaction:
                self._connection.execute(f"RELEASE {name}")

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call something once the running change is stored, never when it is undone; at once when none is running."""
        with self._lock:
            if self._depth:
                self._after_commit.append(callback)
                return
        callback()

    def rows(self, sql: str, parameters: Sequence[SqlValue] = ()) -> list[tuple[SqlValue, ...]]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[SqlValue] = ()) -> int:
        """Run a statement and return the id of the row it made."""
        with self._lock:
            return self._connection.execute(sql, parameters).lastrowid or 0

    def blob_names(self) -> set[str]:
        """Return the contents that rows name: whichever table has a column ``blob``, it holds such names."""
        columns = self.rows(
            "SELECT found.name FROM sqlite_master AS found JOIN pragma_table_info(found.name) AS col "
            "WHERE found.type = 'table' AND col.name = 'blob'"
        )
        tables = [str(table) for (table,) in columns]
        return {str(name) for table in tables for (name,) in self.rows(f'SELECT blob FROM "{table}"')}  # noqa: S608

    def next_number(self, name: str) -> int:
        """Return the next number of a counter, starting at 1."""
        sql = (
            "INSERT INTO counters (name, last) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last"
        )
        return int(str(self.rows(sql, (name,))[0][0]))
