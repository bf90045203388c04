"""Which items get which labels: checked as a whole, before the first of them is renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from ..archive import LabelledObject, SubjectObject
from ..edits import ESCAPED
from ..errors import AmbiguousKeyError, InvalidValueError, KeyNotFoundError, NotFoundError, TargetExistsError
from .members import Members, by_id, label_of, require_own
from .places import listing_at, object_at

if TYPE_CHECKING:
    from ..session import BaseSession
    from .changing import Row
    from .sheets import Line, Sheet

# Columns of a table, the first that it has counts; in lower case.
ITEM_COLUMNS: Final = ("path", "uri", "id", "label")
NEW_COLUMNS: Final = ("new_label", "new label", "new")
_PATHS: Final = ("path", "uri")
_TOLD: Final = 3
_UNKNOWN: Final = "there is no such item"


Slot: TypeAlias = tuple[str, bool, str]
"""What can be taken once: a label in a project, by subjects and by experiments each."""


@attrs.define
class Rename:
    """One item and its new label.

    Attributes:
        old: Its label; what a table calls it, when there is no such item.
        new: The new label.
        item: The item, None when there is none.
        line: Line of the table, 0 without one.
        state: What becomes of it: ``rename``, ``unchanged``, or what is in the way.
        why: What is in the way, as a sentence.
    """

    old: str
    new: str
    item: LabelledObject | None
    line: int = 0
    state: Literal["rename", "unchanged", "unknown", "conflict"] = "rename"
    why: str = ""

    @property
    def row(self) -> Row:
        """The row that is shown."""
        told = {"label": self.old, "new_label": self.new, "state": self.state, "why": self.why}
        return {**({"line": self.line} if self.line else {}), **told, "uri": self.uri}

    @property
    def uri(self) -> str:
        """Path of the item, "" when there is none."""
        return "" if self.item is None else self.item.uri

    @property
    def taken(self) -> Slot:
        """What its label takes now."""
        return _slot(self.item, self.old)

    @property
    def wanted(self) -> Slot:
        """What its new label takes."""
        return _slot(self.item, self.new)

    @property
    def place(self) -> str:
        """The line of the table, else the label."""
        return f"line {self.line}" if self.line else self.old

    def refuse(self, why: str) -> None:
        """Notes what is in the way."""
        self.state, self.why = "conflict", why


def one(session: BaseSession, path: str, label: str) -> Rename:
    """Returns the renaming of the item at a path: one request.

    Raises:
        InvalidValueError: It has no label that could be changed.
        NotFoundError: There is none.
        UsageError: It belongs to another project, which shares it.
    """
    item = object_at(session, path)
    return Rename(label_of(item), _checked(label, ""), _labelled(item, path))


def in_listing(session: BaseSession, path: str) -> Members[LabelledObject]:
    """Returns the items of a listing, whose labels can be changed: one request.

    Raises:
        InvalidValueError: They have none.
    """
    listing = listing_at(session, path)
    if not issubclass(listing.__xnat_kind__, LabelledObject):
        msg = f"{path!r} is no listing of subjects, sessions or experiments: only those have labels to change"
        raise InvalidValueError(msg)
    return Members(listing.of_type(listing.__xnat_kind__), path)


def by_pattern(members: Members[LabelledObject], pattern: str, template: str) -> list[Rename]:
    """Returns the renamings of all items whose whole label fits a regular expression.

    Raises:
        InvalidValueError: The expression or the template cannot be read.
    """
    try:
        wanted = re.compile(pattern)
        found = ((item, wanted.fullmatch(label_of(item))) for item in members.items)
        return [Rename(fit[0], _checked(fit.expand(template), fit[0]), item) for item, fit in found if fit]
    except (re.error, IndexError) as error:
        msg = f"--pattern and --to: {error}; see Python's regular expressions, \\1 is what the first (...) found"
        raise InvalidValueError(msg) from None


def from_sheet(session: BaseSession, sheet: Sheet, members: Members[LabelledObject] | None) -> list[Rename]:
    """Returns the renamings that a table lists; lines without a new label are passed over.

    Args:
        session: The connection.
        sheet: The table: a column ``path``, ``id`` or ``label``, and ``new_label``.
        members: The items that it is about; None when it has paths, each of which costs a request.

    Raises:
        InvalidValueError: A column is missing, or a label cannot be.
    """
    by, to = _column(sheet, ITEM_COLUMNS), _column(sheet, NEW_COLUMNS)
    if members is None and by.lower() not in _PATHS:
        msg = f"{sheet.name} has no column path: name the listing that column {by} is about, such as sandbox/subjects"
        raise InvalidValueError(msg)

    def find(key: str) -> LabelledObject:
        return members.find(key) if members is not None else _labelled(object_at(session, key), key)

    def of(line: Line) -> Rename:
        key, new = line.cells[by], _checked(line.cells[to], f"{sheet.name}, line {line.number}, column {to}")
        try:
            item = find(key)
        except AmbiguousKeyError as error:
            return Rename(key, new, None, line.number, "conflict", str(error))
        except (KeyNotFoundError, NotFoundError) as error:
            return Rename(key, new, None, line.number, "unknown", _UNKNOWN if members is None else str(error))
        return Rename(label_of(item), new, item, line.number)

    return [of(line) for line in sheet.lines if line.cells[to]]


def _column(sheet: Sheet, names: Sequence[str]) -> str:
    known = {column.lower(): column for column in sheet.columns}
    found = next((known[name] for name in names if name in known), None)
    if found is None:
        msg = f"{sheet.name} needs a column {' or '.join(names)}: it has {', '.join(sheet.columns)}"
        raise InvalidValueError(msg)
    return found


def _labelled(item: object, path: str) -> LabelledObject:
    if not isinstance(item, LabelledObject):
        msg = f"{path!r} has no label that could be changed: name subjects, sessions or experiments"
        raise InvalidValueError(msg)
    require_own(item)
    return by_id(item)


def _checked(label: str, place: str) -> str:
    """Returns a label that XNAT can keep.

    Raises:
        InvalidValueError: It cannot be kept as it is (rest-data 1.6); nothing was sent.
    """
    if not label.strip() or ESCAPED.search(label) or "/" in label or label == "NULL" or not label.isprintable():
        msg = f"{place + ': ' if place else ''}a label is not blank, not NULL, and holds none of / & < > \" '"
        raise InvalidValueError(msg)
    return label


def settled(renames: Sequence[Rename], others: Sequence[LabelledObject]) -> list[Rename]:
    """Marks what is in the way of each, and returns those to make, in an order in which every label is free.

    Args:
        renames: What is wanted.
        others: The items of the listing, whose labels are taken; () when they are not known.

    Raises:
        UsageError: An item belongs to another project, which shares it.
    """
    for each in renames:
        if each.item is not None:
            require_own(each.item)
            if each.new == each.old:
                each.state = "unchanged"
    _mark_doubles(renames)
    moving = {id(each.item) for each in renames if each.state == "rename"}
    taken = {_slot(item, label_of(item)) for item in others if id(item) not in moving}
    for each in renames:
        if each.state == "rename" and each.wanted in taken:
            each.refuse(f"the label {each.new} is taken")
    return list(_in_order([each for each in renames if each.state == "rename"]))


def _slot(item: LabelledObject | None, label: str) -> Slot:
    project = "" if item is None else str(item.__xnat_row__.get("project") or "")
    return project, isinstance(item, SubjectObject), label


def _mark_doubles(renames: Sequence[Rename]) -> None:
    items: dict[str, Rename] = {}
    labels: dict[Slot, Rename] = {}
    for each in renames:
        if each.item is None:
            continue
        same_item = items.setdefault(each.uri, each)
        same_label = labels.setdefault(each.wanted, each)
        if same_item is not each:
            each.refuse(f"{same_item.place} names the same item")
        elif same_label is not each:
            each.refuse(f"{same_label.place} has the same new label")


def _in_order(renames: Sequence[Rename]) -> Iterator[Rename]:
    """Yields renamings, each once its label is free; those that wait for each other are refused."""
    waiting = {each.taken: each for each in renames}
    while waiting:
        free = [each for each in waiting.values() if each.wanted not in waiting]
        if not free:
            for each in waiting.values():
                each.refuse(f"its label and {each.new} are exchanged: rename one to a label that is free first")
            return
        for each in free:
            yield waiting.pop(each.taken)


def require_clear(renames: Sequence[Rename]) -> None:
    """Refuses the whole when something is in the way of one.

    Raises:
        KeyNotFoundError: There is no such item.
        TargetExistsError: A label is taken, or wanted twice.
    """
    problems = [each for each in renames if each.state in {"unknown", "conflict"}]
    if not problems:
        return
    told = "; ".join(f"{each.place}: {each.why}" for each in problems[:_TOLD])
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    msg = f"nothing was renamed: {told}{more}"
    raise (TargetExistsError if any(each.state == "conflict" for each in problems) else KeyNotFoundError)(msg)
