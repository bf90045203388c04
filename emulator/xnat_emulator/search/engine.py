"""Running a search: columns, rows, order (schema-and-search 4.3, 4.4, 4.6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..call import Call
from ..datamodel.display import LinkProperty
from ..errors import StatusError
from ..formats.javahash import hashtable_order
from ..formats.tables import LINKS, Cell, Row, cell_text
from ..store.items import Item
from .conditions import RefusedByDatabase, compile_sets, in_values
from .corpus import Corpus
from .defaults import listing
from .document import CriteriaSet, SearchDocument, SearchField
from .fields import Fields, Source
from .ordering import ordered

STATUS = "quarantine_status"


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        columns: Keys in the order of CSV.
        facts: What is told about each column.
        rows: Key -> cell.
    """

    columns: tuple[str, ...]
    facts: tuple[Mapping[str, str], ...]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Sort:
    """Field to sort by, as ``FIELD`` or ``type.FIELD``, and whether from the last to the first."""

    field: str
    descending: bool = False


def run(call: Call, document: SearchDocument, sort: Sort | None = None) -> Found:
    """Return what a search finds for the caller.

    Raises:
        StatusError: 500, where the real server's SQL fails.
    """
    return _Run(call, document).result(sort or _own_sort(document))


def _own_sort(document: SearchDocument) -> Sort | None:
    if document.sort is None:
        return None
    owner, name = document.sort
    return Sort(f"{owner}.{name}" if owner else name)


@dataclass(frozen=True)
class _Column:
    source: Source
    asked: SearchField | None


class _Run:
    def __init__(self, call: Call, document: SearchDocument) -> None:
        self._document = document if document.fields else replace(document, fields=listing(call, document.root))
        self._corpus = Corpus(call)
        self._fields = Fields(self._corpus, document.root)
        self._columns = self._read_columns()

    def _read_columns(self) -> list[_Column]:
        """Return the columns: those asked for, each followed by what its links show and nobody asked for."""
        asked = ((field, self._fields.column(field)) for field in self._document.fields)
        found = {source.key: _Column(source, field) for field, source in asked if source is not None}
        columns: dict[str, _Column] = {}
        for key, column in found.items():
            columns[key] = column
            linked = (source for source in self._linked(column.source) if source.key not in found)
            columns.update({source.key: _Column(source, None) for source in linked if source.key not in columns})
        return list(columns.values())

    def _linked(self, source: Source) -> Iterable[Source]:
        links = self._fields.display(source.element).links.get(source.id, ())
        names = dict.fromkeys(name for link in links for _, name in link.inserts)
        found = (self._fields.by_id(source.element, name) for name in names)
        return (one for one in found if one is not None)

    def result(self, sort: Sort | None) -> Found:
        """Return the rows with their columns."""
        trap = next((one for one in self._document.where if _is_list(one)), None)
        facts = tuple(self._facts(column) for column in self._columns)
        keys = tuple(column.source.key for column in self._columns)
        if trap is not None:
            return self._listed(trap, keys, facts)
        items = self._sorted(self._meeting(self._document.where), sort)
        rows = _distinct(self._row(item) for item in items)
        return Found((*keys, STATUS), (*facts, {"key": STATUS}), rows)

    def _meeting(self, where: Sequence[CriteriaSet]) -> list[Item]:
        condition = compile_sets(self._fields, where)
        return [item for item in self._corpus.of_type(self._document.root) if condition(item)]

    def _row(self, item: Item) -> dict[str, Cell]:
        row = {column.source.key: column.source.cell(item) for column in self._columns}
        row[STATUS] = item.status
        return row

    def _sorted(self, items: list[Item], sort: Sort | None) -> list[Item]:
        """Return the objects in order; without a wish the first column decides."""
        source = self._columns[0].source if self._columns else None
        if sort is not None:
            source = self._sort_source(sort)
        if source is None:
            return items
        return ordered(items, source.cell, descending=sort is not None and sort.descending)

    def _sort_source(self, sort: Sort) -> Source:
        owner, _, name = sort.field.rpartition(".")
        plain, _, value = name.partition("=")
        owner = owner or self._document.root
        source = self._fields.by_id(owner, plain, value) if owner in self._corpus.call.model else None
        if source is None:
            raise StatusError(500)
        return source

    def _listed(self, trap: CriteriaSet, keys: tuple[str, ...], facts: tuple[Mapping[str, str], ...]) -> Found:
        """Return one row for each value of a list, whether something has it or not (schema-and-search 4.3)."""
        names = [f"search_field{number}" for number, _ in enumerate(trap.criteria)]
        rows = [
            {**dict.fromkeys(keys), **row, name: value}
            for name, criterion in zip(names, trap.criteria, strict=True)
            for value in _array(criterion.value)
            for row in self._rows_with(criterion.field, value)
        ]
        columns = (*names, *keys, STATUS)
        return Found(columns, (*({"key": name} for name in names), *facts, {"key": STATUS}), rows)

    def _rows_with(self, field: str, value: str) -> list[dict[str, Cell]]:
        sources = [self._fields.condition(name.strip()) for name in field.split(",")]
        if any(source is None for source in sources):
            raise RefusedByDatabase
        items = self._corpus.of_type(self._document.root)
        known = [source for source in sources if source is not None]
        found = [item for item in items if any(cell_text(s.cell(item)) == value for s in known)]
        return [self._row(item) for item in found] or [{STATUS: None}]

    def _facts(self, column: _Column) -> dict[str, str]:
        """Return what is told about a column, in the order of a hash table."""
        source, asked = column.source, column.asked
        if asked is None:
            return {"key": source.key}
        known = {
            "element_name": source.element,
            "key": source.key,
            "xPATH": f"{source.element}.{source.id.partition('=')[0]}",
            "id": source.id,
            "header": asked.header or source.header,
            "type": source.datatype,
        }
        if not asked.visible:
            known["visible"] = "false"
        links = self._fields.display(source.element).links.get(source.id, ())
        if links:
            known |= {"clickable": "true", LINKS: self._link_json(source, links)}
        return {name: known[name] for name in hashtable_order(known)}

    def _link_json(self, source: Source, links: Sequence[LinkProperty]) -> str:
        def key(name: str) -> str:
            found = self._fields.by_id(source.element, name)
            return name.lower() if found is None else found.key

        properties = [
            {
                "name": link.name,
                "value": link.value,
                "inserts": [{"name": mark, "value": key(name)} for mark, name in link.inserts],
            }
            for link in links
        ]
        return json.dumps(properties, separators=(",", ":"))


def _is_list(criteria: CriteriaSet) -> bool:
    return any(criterion.comparison == "IN" for criterion in criteria.criteria)


def _array(text: str) -> list[str]:
    """Return the values of a PostgreSQL array literal, ``'{"a","b"}'``.

    Raises:
        RefusedByDatabase: It is none.
    """
    plain = text.strip().strip("'")
    if not (plain.startswith("{") and plain.endswith("}")):
        raise RefusedByDatabase
    return [value.strip() for value in in_values(plain[1:-1])]


def _distinct(rows: Iterable[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """Return the rows that differ from every earlier one."""
    known: dict[tuple[Cell, ...], dict[str, Cell]] = {}
    for row in rows:
        known.setdefault(tuple(row.values()), row)
    return list(known.values())
