"""Earlier states of stored objects, kept in the same transaction as the change that ended them (rest-data 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .change import Change
from .database import Database, SqlValue, utc_now
from .node import Node, decode

_TABLES = """
CREATE TABLE IF NOT EXISTS history (
    number INTEGER PRIMARY KEY, row INTEGER NOT NULL, kind TEXT NOT NULL, xsi_type TEXT NOT NULL, id TEXT NOT NULL,
    label TEXT NOT NULL, project TEXT NOT NULL, subject TEXT NOT NULL, session TEXT NOT NULL, owner INTEGER,
    slot TEXT NOT NULL, inserted_by TEXT NOT NULL, ended TEXT NOT NULL, event INTEGER NOT NULL, login TEXT NOT NULL,
    removed INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_row ON history (row);
CREATE INDEX IF NOT EXISTS history_id ON history (kind, id);
CREATE INDEX IF NOT EXISTS history_owner ON history (owner);
CREATE INDEX IF NOT EXISTS history_subject ON history (subject);
CREATE INDEX IF NOT EXISTS history_session ON history (session);
"""
_COPIED = "row, kind, xsi_type, id, label, project, subject, session, owner, slot, inserted_by"
_COLUMNS = f"{_COPIED}, ended, event, login, removed, document"


@dataclass(frozen=True, slots=True)
class Version:
    """One earlier state of an object.

    Attributes:
        row: Row of the object, also when it is gone.
        kind: Key of ``REST_ROOTS``.
        owner: Row of the object it belonged to.
        slot: Place below the owner.
        project: Its primary project then.
        inserted_by: Login of who made the object.
        ended: When the state ended, ISO text in UTC.
        event: Event that ended it.
        login: Who ended it.
        removed: The object was deleted then.
        node: Its values and child items.
    """

    row: int
    kind: str
    owner: int | None
    slot: str
    project: str
    inserted_by: str
    ended: str
    event: int
    login: str
    removed: bool
    node: Node

    def past(self) -> Node:
        """Return the state as an entry of a document: its own values, marked with its end."""
        return _past(self.node, self.ended, self.event)


class History:
    """The table of earlier states.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        database.define(_TABLES)

    def keep(self, row: int, change: Change, document: str | None = None) -> None:
        """Keep the stored state of an object that is about to end.

        Args:
            row: The object.
            change: What ends it.
            document: Text of the next state, None when there is none; an equal state is not kept.
        """
        sql = (
            f"INSERT INTO history ({_COLUMNS}) SELECT {_COPIED}, ?, ?, ?, ?, document "  # noqa: S608
            "FROM items WHERE row = ? AND document IS NOT ?"
        )
        told: tuple[SqlValue, ...] = (utc_now(), change.event, change.login, int(document is None))
        self._database.run(sql, (*told, row, document))

    def _select(self, where: str, parameters: Sequence[SqlValue]) -> list[Version]:
        sql = f"SELECT {_COLUMNS} FROM history WHERE {where} ORDER BY number"  # noqa: S608
        return [_version(row) for row in self._database.rows(sql, parameters)]

    def of(self, row: int) -> list[Version]:
        """Return the earlier states of an object, oldest first."""
        return self._select("row = ?", (row,))

    def of_id(self, kind: str, identifier: str) -> list[Version]:
        """Return the earlier states of an object by its ID, also when it is gone."""
        return self._select("kind = ? AND id = ?", (kind, identifier))

    def removed_from(self, owner: int, slot: str) -> list[Version]:
        """Return the last states of what was deleted from an object: the scans a session had."""
        return self._select("removed AND owner = ? AND slot = ?", (owner, slot))

    def removed_experiments(self, identifier: str) -> list[Version]:
        """Return the last states of deleted experiments of a subject, or of deleted assessors of a session."""
        where = "removed AND kind = 'experiment' AND (subject = ? OR session = ?)"
        return self._select(where, (identifier, identifier))

    def below(self, owner: int, subject: str, session: str) -> list[Version]:
        """Return the earlier states of everything that belonged to an object, by its row or its ID."""
        where = "owner = ? OR (subject = ? AND subject != '') OR (session = ? AND session != '')"
        return self._select(where, (owner, subject, session))


def _version(row: tuple[SqlValue, ...]) -> Version:
    number, kind, _, _, _, project, _, _, owner, slot, inserted_by, ended, event, login, removed, document = row
    return Version(
        row=int(str(number)),
        kind=str(kind),
        owner=None if owner is None else int(str(owner)),
        slot=str(slot),
        project=str(project),
        inserted_by=str(inserted_by),
        ended=str(ended),
        event=int(str(event)),
        login=str(login),
        removed=bool(removed),
        node=decode(str(document)),
    )


def _past(node: Node, ended: str, event: int) -> Node:
    return Node(node.xsi_type, node.values, {}, node.number, node.event, node.started, ended, event)


@dataclass(frozen=True, slots=True)
class _State:
    node: Node
    ended: str
    event: int


def mix(node: Node, versions: Iterable[Version]) -> None:
    """Add to an object's child collections what stood there in earlier states."""
    _mix(node, [_State(version.node, version.ended, version.event) for version in versions])


def _mix(node: Node, states: Sequence[_State]) -> None:
    slots = dict.fromkeys(path for state in states for path in state.node.children)
    for path in slots:
        for child in node.children.get(path, ()):
            _mix(child, [_State(old, state.ended, state.event) for state, old in _same(states, path, child.number)])
        past = _ended_children(node, states, path)
        if past:
            node.children.setdefault(path, []).extend(past)


def _same(states: Sequence[_State], path: str, number: int) -> list[tuple[_State, Node]]:
    return [(state, old) for state in states for old in state.node.children.get(path, ()) if old.number == number]


def _ended_children(node: Node, states: Sequence[_State], path: str) -> list[Node]:
    """Return the children of earlier states that the next state lacks or has with other values."""
    found: list[Node] = []
    followers = [*(state.node for state in states[1:]), node]
    for state, follower in zip(states, followers, strict=True):
        later = {child.number: child.values for child in follower.children.get(path, ())}
        old = state.node.children.get(path, ())
        found += [_past(child, state.ended, state.event) for child in old if later.get(child.number) != child.values]
    return found


def ended(versions: Sequence[Version], current: Node | None) -> list[Node]:
    """Return the entries of an object's earlier states whose own values changed afterwards."""
    followers = [*(version.node.values for version in versions[1:]), None if current is None else current.values]
    pairs = zip(versions, followers, strict=False)
    return [version.past() for version, later in pairs if version.removed or later != version.node.values]
