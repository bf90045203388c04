"""Stored objects with a REST path of their own: projects, subjects, experiments, scans, reconstructions, resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..datamodel.schema import DataModel
from .change import UNRECORDED, Change
from .database import Database, SqlValue, utc_now
from .history import History
from .node import Node, decode, encode

_COLUMNS = "row, kind, owner, slot, inserted, inserted_by, modified, status, document"


@dataclass(slots=True)
class Item:
    """One stored object.

    Attributes:
        row: Internal number, 0 until it is stored.
        kind: Key of ``REST_ROOTS``.
        node: Its values and child items.
        owner: Row of the object it belongs to: the session of a scan, the parent of a resource.
        slot: Place below the owner, such as ``out/file``.
        inserted: When it was made, ISO text in UTC.
        inserted_by: Login of who made it.
        modified: When it was last changed.
        status: ``active``, ``quarantine``, ``locked`` or ``obsolete`` (rest-data 7.1.7).
    """

    kind: str
    node: Node
    owner: int | None = None
    slot: str = ""
    row: int = 0
    inserted: str = ""
    inserted_by: str = ""
    modified: str = ""
    status: str = "active"

    @property
    def xsi_type(self) -> str:
        """The concrete type."""
        return self.node.xsi_type

    @property
    def id(self) -> str:
        """The ID attribute: accession id, project id or scan id."""
        return self.node.text("ID")

    @property
    def label(self) -> str:
        """The label in the primary project."""
        return self.node.text("label")

    @property
    def project(self) -> str:
        """The primary project."""
        return self.id if self.kind == "project" else self.node.text("project")

    @property
    def subject(self) -> str:
        """Accession id of the subject of a subject assessor."""
        return self.node.text("subject_ID")

    @property
    def session(self) -> str:
        """Accession id of the session of a scan, a reconstruction or an image assessor."""
        return self.node.text("image_session_ID") or self.node.text("imageSession_ID")

    def share_label(self, project: str) -> str | None:
        """Return the label used in a project that only shares this object, None when it does not."""
        for share in self.node.children.get("sharing/share", ()):
            if share.text("project") == project:
                return share.text("label") or self.label
        return None

    def label_in(self, project: str) -> str:
        """Return the label as a project sees it (rest-data 4.4)."""
        return self.label if self.project == project else (self.share_label(project) or self.label)


class Items:
    """The table of objects.

    Args:
        database: Where they are kept.
        model: The data model, for keys and counters.
        site_id: Returns the prefix of accession ids.
    """

    def __init__(self, database: Database, model: DataModel, site_id: Callable[[], str]) -> None:
        self._database = database
        self.history = History(database)
        self._model = model
        self._site_id = site_id

    def _select(self, where: str, parameters: Sequence[SqlValue] = ()) -> list[Item]:
        found = self._database.rows(f"SELECT {_COLUMNS} FROM items WHERE {where} ORDER BY row", parameters)  # noqa: S608
        return [_item(row) for row in found]

    def get(self, row: int) -> Item | None:
        """Return an object by its row."""
        return _first(self._select("row = ?", (row,)))

    def by_id(self, kind: str, identifier: str) -> Item | None:
        """Return an object by its ID."""
        return _first(self._select("kind = ? AND id = ?", (kind, identifier)))

    def by_label(self, kind: str, project: str, label: str) -> Item | None:
        """Return an object by its label in a project that owns or shares it."""
        own = "SELECT row FROM items WHERE kind = ? AND project = ? AND label = ?"
        shared = "SELECT row FROM shares WHERE project = ? AND label = ?"
        return _first(self._select(_either(own, shared), (kind, project, label, project, label, kind)))

    def all(self, kind: str) -> list[Item]:
        """Return every object of a kind."""
        return self._select("kind = ?", (kind,))

    def count(self, kind: str, root: str) -> int:
        """Return how many objects of a kind are of a type or extend it."""
        rows = self._database.rows("SELECT xsi_type, COUNT(*) FROM items WHERE kind = ? GROUP BY xsi_type", (kind,))
        return sum(int(str(number)) for name, number in rows if self._model.extends(str(name), root))

    def count_in_project(self, kind: str, project: str) -> int:
        """Return how many objects a project owns or shares, those that belong to a session left out."""
        own = "SELECT row FROM items WHERE kind = ? AND project = ?"
        shared = "SELECT row FROM shares WHERE project = ?"
        sql = f"SELECT COUNT(*) FROM items WHERE {_either(own, shared)} AND session = ''"  # noqa: S608
        return int(str(self._database.rows(sql, (kind, project, project, kind))[0][0]))

    def in_project(self, kind: str, project: str) -> list[Item]:
        """Return the objects a project owns or shares."""
        own = "SELECT row FROM items WHERE kind = ? AND project = ?"
        shared = "SELECT row FROM shares WHERE project = ?"
        return self._select(_either(own, shared), (kind, project, project, kind))

    def of_subject(self, subject: str) -> list[Item]:
        """Return the experiments of a subject."""
        return self._select("kind = 'experiment' AND subject = ?", (subject,))

    def assessors(self, session: str) -> list[Item]:
        """Return the image assessors of a session."""
        return self._select("kind = 'experiment' AND session = ?", (session,))

    def owned(self, owner: Item, kind: str, slot: str | None = None) -> list[Item]:
        """Return what belongs to an object: the scans of a session, the resources of a scan."""
        if slot is None:
            return self._select("owner = ? AND kind = ?", (owner.row, kind))
        return self._select("owner = ? AND kind = ? AND slot = ?", (owner.row, kind, slot))

    def member(self, owner: Item, kind: str, identifier: str) -> Item | None:
        """Return what belongs to an object and has an ID: one scan of a session."""
        return _first(self._select("owner = ? AND kind = ? AND id = ?", (owner.row, kind, identifier)))

    def resource(self, number: int) -> Item | None:
        """Return a resource by its numeric id, wherever it lies (rest-data 10.2.5)."""
        return _first(self._select("kind = 'resource' AND number = ?", (number,)))

    def new_id(self, kind: str) -> str:
        """Return a fresh accession id, ``XNAT_S00001`` for subjects and ``XNAT_E00001`` for experiments."""
        letter = "S" if kind == "subject" else "E"
        while True:
            identifier = f"{self._site_id()}_{letter}{self._database.next_number('accession ' + kind):05d}"
            if self.by_id(kind, identifier) is None:
                return identifier

    def save(self, item: Item, change: Change) -> Item:
        """Store a new or changed object and keep its previous state; new nodes get their keys and insert facts."""
        now = utc_now()
        for node in item.node.walk():
            self._stamp(node, change.event, now)
        if item.row == 0:
            item.inserted, item.inserted_by = now, change.login
        item.modified = now if item.row == 0 else utc_now("microseconds")
        self._write(item, change)
        self._write_shares(item)
        return item

    def _stamp(self, node: Node, event: int, now: str) -> None:
        if node.number == 0:
            node.number = self._database.next_number("key " + self._model.root_of(node.xsi_type))
            node.event, node.started = event, now

    def _write(self, item: Item, change: Change) -> None:
        document = encode(item.node)
        values: dict[str, SqlValue] = {
            "kind": item.kind,
            "xsi_type": item.xsi_type,
            "id": item.id,
            "label": item.label,
            "project": item.project,
            "subject": item.subject,
            "session": item.session,
            "owner": item.owner,
            "slot": item.slot,
            "number": item.node.number,
            "inserted": item.inserted,
            "inserted_by": item.inserted_by,
            "modified": item.modified,
            "status": item.status,
            "document": document,
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        if item.row == 0:
            item.row = self._database.run(f"INSERT INTO items ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
            return
        self.history.keep(item.row, change, document)
        sets = ", ".join(f"{name} = ?" for name in values)
        self._database.run(f"UPDATE items SET {sets} WHERE row = ?", (*values.values(), item.row))  # noqa: S608

    def _write_shares(self, item: Item) -> None:
        self._database.run("DELETE FROM shares WHERE row = ?", (item.row,))
        for share in item.node.children.get("sharing/share", ()):
            label = share.text("label") or item.label
            sql = "INSERT OR REPLACE INTO shares (row, project, label) VALUES (?, ?, ?)"
            self._database.run(sql, (item.row, share.text("project"), label))

    def delete(self, item: Item, change: Change = UNRECORDED) -> None:
        """Remove one object from the table and keep its last state; what belongs to it is the caller's business."""
        self.history.keep(item.row, change)
        self._database.run("DELETE FROM shares WHERE row = ?", (item.row,))
        self._database.run("DELETE FROM items WHERE row = ?", (item.row,))

    def of_types(self, items: Iterable[Item], root: str) -> list[Item]:
        """Return the objects whose type is another one or extends it."""
        return [item for item in items if self._model.extends(item.xsi_type, root)]


def _either(own: str, shared: str) -> str:
    """Return the condition of what a project owns or shares; the plus keeps SQLite from walking over the kind."""
    return f"row IN ({own} UNION {shared}) AND +kind = ?"


def _item(row: tuple[SqlValue, ...]) -> Item:
    number, kind, owner, slot, inserted, inserted_by, modified, status, document = row
    return Item(
        kind=str(kind),
        node=decode(str(document)),
        owner=None if owner is None else int(str(owner)),
        slot=str(slot),
        row=int(str(number)),
        inserted=str(inserted),
        inserted_by=str(inserted_by),
        modified=str(modified),
        status=str(status),
    )


def _first(items: list[Item]) -> Item | None:
    return items[0] if items else None
