"""Transactions of the store: what is undone, and what still works after a failure (no HTTP)."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from xnat_emulator.store.database import Database
from xnat_emulator.store.mails import Mail, Mails
from xnat_emulator.transactions import Transactions


class Refused(Exception):  # noqa: N818 - it stands for whatever goes wrong
    """Why a transaction of these tests fails."""


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "archive.db")
    opened.define("CREATE TABLE notes (text TEXT UNIQUE)")
    yield opened
    opened.close()


def write(database, text):
    database.run("INSERT INTO notes VALUES (?)", (text,))


def notes(database):
    return [text for (text,) in database.rows("SELECT text FROM notes ORDER BY text")]


def write_and_note(database, text, called):
    with database.transaction():
        write(database, text)
        database.after_commit(lambda: called.append(text))


def write_and_fail(database, text, called):
    with database.transaction():
        write_and_note(database, text, called)
        raise Refused


def write_what_cannot_be_stored(database, called):
    """A COMMIT can fail, for example on a full disk; here a deferred constraint makes it fail."""
    database.define(
        "PRAGMA foreign_keys = ON; CREATE TABLE parents (id INTEGER PRIMARY KEY);"
        "CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)"
    )
    with database.transaction():
        database.after_commit(lambda: called.append("never"))
        database.run("INSERT INTO children VALUES (1)")


def test_failed_inner_transaction_is_undone_alone(database):
    called = []
    with database.transaction():
        write(database, "a")
        with pytest.raises(Refused):
            write_and_fail(database, "b", called)
        write_and_note(database, "c", called)
        assert called == []
    assert (notes(database), called) == (["a", "c"], ["c"])


def test_failed_transaction_undoes_what_its_inner_ones_did(database):
    called = []
    with pytest.raises(Refused):
        write_and_fail(database, "a", called)
    write_and_note(database, "b", called)
    assert (notes(database), called) == (["b"], ["b"])


def test_transaction_that_cannot_be_stored_blocks_no_later_one(database):
    called = []
    with pytest.raises(sqlite3.IntegrityError):
        write_what_cannot_be_stored(database, called)
    write_and_note(database, "b", called)
    assert (notes(database), called) == (["b"], ["b"])


def test_what_follows_a_commit_happens_at_once_outside_of_transactions(database):
    called = []
    database.after_commit(lambda: called.append("now"))
    assert called == ["now"]


def test_sixteen_threads_share_a_database(database):
    gate = threading.Barrier(16)

    def work(number):
        gate.wait()
        for step in range(20):
            with database.transaction():
                database.next_number("notes")
                write(database, f"{number}-{step}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert len(notes(database)) == 320
    assert database.next_number("notes") == 321


def test_mails_are_kept_up_to_a_limit(database, monkeypatch):
    monkeypatch.setattr("xnat_emulator.store.mails._MOST", 3)
    mails = Mails(database)
    for number in range(5):
        mails.add(Mail("admin", subject=str(number)))
    assert [mail.subject for mail in mails.all()] == ["2", "3", "4"]


def test_progress_of_uploads_is_kept_up_to_a_limit(monkeypatch):
    monkeypatch.setattr("xnat_emulator.transactions._MOST", 3)
    transactions = Transactions()
    for number in range(5):
        transactions.add("admin", str(number), "PROCESSING", "")
        transactions.add("admin", str(number), "COMPLETED", "", terminal=True)
    assert [len(transactions.messages("admin", str(number))) for number in range(5)] == [0, 0, 2, 2, 2]
