"""Investigators: those of a table of their own, and those that projects and experiments hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .database import Database
from .items import Item, Items
from .node import Node, decode, encode

TYPE = "xnat:investigatorData"

_TABLES = "CREATE TABLE IF NOT EXISTS investigators (number INTEGER PRIMARY KEY, document TEXT NOT NULL);"


@dataclass(frozen=True, slots=True)
class Investigator:
    """One investigator.

    Attributes:
        node: Names and addresses.
        item: The object that holds it, None for one of the table.
        slot: Where it stands there: ``PI``, ``investigators/investigator``.
    """

    node: Node
    item: Item | None = None
    slot: str = ""


class Investigators:
    """The table of investigators, and the view of all of them."""

    def __init__(self, database: Database, items: Items) -> None:
        self._database = database
        self._items = items
        database.define(_TABLES)

    def add(self, node: Node) -> None:
        """Store an investigator in the table."""
        node.number = self._database.next_number(f"key {TYPE}")
        sql = "INSERT INTO investigators (number, document) VALUES (?, ?)"
        self._database.run(sql, (node.number, encode(node)))

    def write(self, node: Node) -> None:
        """Store changes of an investigator of the table."""
        self._database.run("UPDATE investigators SET document = ? WHERE number = ?", (encode(node), node.number))

    def delete(self, number: int) -> None:
        """Remove an investigator of the table."""
        self._database.run("DELETE FROM investigators WHERE number = ?", (number,))

    def all(self) -> list[Investigator]:
        """Return every investigator by name; of those with equal names the first one."""
        found: dict[tuple[str, str], Investigator] = {}
        for investigator in (*self._stored(), *self._held()):
            node = investigator.node
            found.setdefault((node.text("lastname"), node.text("firstname")), investigator)
        return [found[name] for name in sorted(found)]

    def everywhere(self) -> list[Investigator]:
        """Return every investigator with every place that holds one."""
        return [*self._stored(), *self._held()]

    def _stored(self) -> Iterator[Investigator]:
        for _, document in self._database.rows("SELECT number, document FROM investigators ORDER BY number"):
            yield Investigator(decode(str(document)))

    def _held(self) -> Iterator[Investigator]:
        rows = self._database.rows("SELECT row FROM items WHERE document LIKE ? ORDER BY row", (f"%{TYPE}%",))
        for (row,) in rows:
            item = self._items.get(int(str(row)))
            for slot, children in ({} if item is None else item.node.children).items():
                yield from (Investigator(child, item, slot) for child in children if child.xsi_type == TYPE)
